# The header of a RINEX observation file, and the header lines that may stand among its epochs.
package Header;
use v5.36;

my $LONGEST = 10_000;    # lines; real headers have some 20 to 200

sub new ($class) {
    return bless {fields => {}, types => {}, system => 'G', version => '', faults => []}, $class;
}

# Read up to END OF HEADER.
sub read ($class, $first, $next) {
    return $class->new->read_on($first, $next);
}

# The same, of a header behind another: what it says of types holds from there on.
sub read_on ($self, $first, $next) {
    $self->_begin($first);
    @$self{qw(types number now)} = ({}, {}, undef);
    for (1 .. $LONGEST) {
        my $line = $next->() // last;
        return $self->_complete if $line =~ /^.{60}END OF HEADER/;
        $self->take($line);
    }
    die "the header has no END OF HEADER\n";
}

# "     3.04           OBSERVATION DATA    M (MIXED)           RINEX VERSION / TYPE"
sub _begin ($self, $line) {
    begins($line) or die "no RINEX VERSION / TYPE in the first line\n";
    my ($version) = $line =~ /^ *(\d\d?(?:\.\d*)?) /;
    defined $version && $version >= 1 && $version < 5
        or die "RINEX 2, 3 and 4 are read, not '" . substr($line, 0, 9) =~ s/^ +//r . "'\n";
    my $kind = uc substr $line, 20, 1;
    $kind eq 'O' or die "its header says '$kind', not O for observations\n";
    $self->{version} = sprintf '%.2f', $version;
    my $system = substr $line, 40, 1;
    $self->{system} = $system if $system =~ /[A-LN-Z]/;    # of satellites that name none
}

sub begins ($line) {
    return $line =~ /^.{60}RINEX VERSION \/ TYPE/;
}

# Take one line; of header lines given twice the first counts, types of observation replace.
sub take ($self, $line) {
    return if length $line <= 60;
    my ($text, $label) = (substr($line, 0, 60), substr $line, 60, 20);
    # Columns are bytes to most writers and letters to some, whose labels begin later in bytes.
    if ($label =~ /^ / && utf8::decode(my $letters = $line)) {
        ($text, $label) = (substr($letters, 0, 60), substr $letters . ' ' x 80, 60, 20);
        utf8::encode($text);
    }
    $label =~ s/ +\z//;
    return $self->_types_2($text) if $label eq '# / TYPES OF OBSERV';
    return $self->_types_3($text) if $label eq 'SYS / # / OBS TYPES';
    $self->{fields}{$label} //= $text;
}

# "     9    C1    P1    P2    L1    L2    C5    L5    S1    S2"; more lines have no number.
sub _types_2 ($self, $text) {
    my $number = substr $text, 0, 6;
    $self->{types}{''} = [] if $number =~ /\d/;
    $self->{number}{''} = $number + 0 if $number =~ /^ *\d+\z/;
    push @{$self->{types}{''}}, substr($text, 6) =~ /(\w\w)/g;
}

# "G   18 C1C L1C D1C S1C C1W S1W C2W L2W D2W S2W C2L L2L D2L"; more lines have no system.
sub _types_3 ($self, $text) {
    if ($text =~ /^([A-Z]) +(\d+)/) {
        $self->{now} = $1;
        $self->{number}{$1} = $2;
        $self->{types}{$1} = [];
    }
    push @{$self->{types}{$self->{now} // ''}}, substr($text, 6) =~ /(\w\w\w?)/g;
}

sub _complete ($self) {
    my $types = $self->{types};
    grep { @$_ } values %$types or die "the header names no types of observation\n";
    for my $system (sort keys %$types) {    # those that are named count
        my ($said, $named) = ($self->{number}{$system} // 0, scalar @{$types->{$system}});
        push @{$self->{faults}}, "the header says $said types of observation and names $named"
            if $said != $named;
    }
    return $self;
}

# Give the types of observation of a system's satellites, in order; undef where it has none.
sub types ($self, $system) {
    return $self->{types}{$self->{version} < 3 ? '' : $system};
}

# Give a part of a header line, without outer blanks; '' where there is none.
sub field ($self, $label, $from = 0, $length = 60) {
    my $text = $self->{fields}{$label} // '';
    return '' if $from >= length $text;
    return substr($text, $from, $length) =~ s/^\s+|\s+\z//gr;
}

1;
