# Expand Hatanaka's compact RINEX, versions 1 (of RINEX 2) and 3 (of RINEX 3 and 4).
# A value stands there as a difference of up to its third order to the satellite's epochs before,
# text (epoch lines, flags) as the characters that changed: blank for the same, & for a blank.
# Source: Y. Hatanaka, A Compression Format and Tools for GNSS Observation Data, Bulletin of the
# Geographical Survey Institute 55 (2008), and the notes that come with RNXCMP 4.
package Hatanaka;
use v5.36;
use warnings FATAL => 'numeric';    # a difference that is no number
use Header;
use Satellite;

my $BLANK = ' ' x 48;
my $CUT = "compact RINEX ends in the middle of an epoch\n";
my $LOWER = 100_000_000;
my $NONE = "\n";    # no list of satellites is that
my %FORM = (
    1 => {start => '&', flag => 28, list_at => 32, decimals => 9, width => 12},
    3 => {start => '>', flag => 31, list_at => 41, decimals => 12, width => 15},
);

# "3.0                 COMPACT RINEX FORMAT                    CRINEX VERS   / TYPE"
sub is_compact ($line) {
    return $line =~ /^.{60}CRINEX VERS/;
}

# Give a function that returns the next line of the expanded file, or undef; and one for after an
# epoch line that gives what each satellite has, see `counted`. The digest hears every line, $warn that
# the last epoch is not whole: it is left out, as crx2rnx does.
sub expand ($first, $next, $digest, $warn) {
    my ($version) = $first =~ /^ *([13])\./
        or die "compact RINEX 1 and 3 are read, not '" . substr($first, 0, 9) =~ s/ +\z//r . "'\n";
    $next->();    # CRINEX PROG / DATE
    my @header;
    my $noted = sub { push @header, $next->(); $header[-1] };
    my $begin = $noted->() // die "the file ends in its header\n";
    my $header = Header->read($begin, $noted);
    my $self = bless {
        %{$FORM{$version}},
        version => $version, next => $next, warn => $warn, header => $header, ready => \@header,
        epoch => '', satellites => {}, clock_arc => undef, list => $NONE, listed => [], rest => '',
    }, __PACKAGE__;
    $digest->add(join "\n", @header, '');
    my $line = sub {
        my $ready = $self->{ready};
        return shift @$ready if @$ready;
        if ($self->{rest} eq '') {
            @$ready = $self->_epoch;
            $digest->add(join "\n", @$ready, $self->{rest}) if @$ready;
        }
        else {
            @$ready = split /\n/, $self->{rest}, -1;
            $self->{rest} = pop @$ready;
        }
        return shift @$ready;
    };
    return ($line, sub ($number) { $self->_counted($number) });
}

# After an epoch's first lines: instead of the lines of its satellites give these, each with
# name and, by type of observation, what is there and not zero, as "1101".
# Undef where that would not be the same as reading the lines: then these are to be read.
sub _counted ($self, $number) {
    my ($ready, $listed) = @$self{qw(ready listed)};
    return undef if @$ready || $self->{rest} eq '' || $self->{odd} || @$listed != $number;
    $self->{rest} = '';
    return $listed;
}

# Give the first lines of the next epoch, or all of an event's, none at the end; `rest` are the
# others.
sub _epoch ($self) {
    my $next = $self->{next};
    my $line = $next->();
    $line = $next->() while defined $line && $line eq '';
    return unless defined $line;
    my $start = substr($line, 0, 1) eq $self->{start};
    if ($start) { @$self{qw(epoch satellites clock_arc list)} = ('', {}, undef, $NONE) }
    elsif ($self->{epoch} eq '') {
        die "damaged compact RINEX: the first epoch is not a whole one\n";
    }
    my $epoch = $self->{epoch} = patched($self->{epoch}, $line);
    my ($flag, $number) = substr($epoch . $BLANK, $self->{flag}, 4) =~ /^(.)( *\d+)\z/
        or die "damaged compact RINEX: no number of satellites in '$epoch'\n";
    return $self->_event($number) if $flag =~ /[2-6]/;
    my @lines = eval { $self->_observations($number) };
    return @lines if @lines;
    return $self->{warn}->($CUT =~ s/\n//r) // () if $@ eq $CUT;
    my $problem = $@ =~ s/^Argument .* isn't numeric .*/damaged compact RINEX: no number\n/sr;
    die $problem =~ s/\n\z/' at ' . substr($epoch, 1, $self->{flag} - 3) . "\n"/er;
}

sub _event ($self, $number) {
    my @lines = $self->{epoch} =~ s/ +\z//r;
    for (1 .. $number) {
        my $line = $self->{next}->() // die "compact RINEX ends in the middle of an event\n";
        $self->{header}->take($line);
        push @lines, $line;
    }
    $self->{list} = $NONE;    # the types of observation may be others
    return @lines;
}

sub _observations ($self, $number) {
    my ($next, $short, $rest) = ($self->{next}, $self->{version} == 1, '');
    my $clock = $next->() // die $CUT;
    my @lines = $self->_epoch_lines($number, $self->_clock($clock));
    my $list = substr $self->{epoch}, $self->{list_at}, 3 * $number;
    $self->_take_list($list) if $list ne $self->{list};
    for my $satellite (@{$self->{listed}}) {
        my $line = $next->() // die $CUT;
        my $text = Satellite::text($satellite, $line);
        $self->{odd} ||= $satellite->{odd};
        # A takes off the blanks at the end. RINEX 2 has five observations a line.
        $rest .= $short
            ? join "\n", unpack('(A80)*', $text), ''
            : unpack('A*', $satellite->{name} . $text) . "\n";
    }
    $self->{rest} = $rest;
    return @lines;
}

# What is known of a satellite holds until it is missing once.
sub _take_list ($self, $list) {
    my ($old, %new) = ($self->{satellites});
    my @names = unpack '(a3)*', $list;
    for my $name (@names) {
        my $types = $self->{header}->types(substr $name, 0, 1)
            // die "damaged compact RINEX: satellite '$name'\n";
        $new{$name} //= $old->{$name} // Satellite::new($name, scalar @$types);
        Satellite::fit($new{$name}, scalar @$types) if $new{$name}{types} != @$types;
    }
    @$self{qw(list satellites listed)} = ($list, \%new, [@new{@names}]);
    # Such names and flags are for who reads the lines to refuse.
    $self->{odd} = grep { !/^[A-Z ][ \d]\d\z/ } @names;
}

# The receiver's clock: "3&-123456", a difference, or nothing.
sub _clock ($self, $line) {
    if ($line eq '') {
        $self->{clock_arc} = undef;
        return '';
    }
    my $value;
    if ($line =~ /^(\d)&(-?\d+)\z/) { $self->{clock_arc} = [$1, $value = $2] }
    else { $value = Satellite::advance($self->{clock_arc}, $line) }
    return _clock_text($value, @$self{qw(decimals width)});
}

# As crx2rnx writes it, byte for byte: no zero before the point. It keeps the lower eight digits
# apart, and where they are zero a negative clock loses one of the digit above them.
sub _clock_text ($value, $decimals, $width) {
    my $sign = $value < 0 ? '-' : '';
    $value += $LOWER if $sign && $value % $LOWER == 0;
    my $digits = sprintf "%0${decimals}d", abs $value;
    substr($digits, -$decimals, 0) = '.';
    return sprintf "%${width}s", $sign . $digits;
}

# Version 1: twelve satellites a line, the clock in column 69. Version 3: only the clock, in 42.
sub _epoch_lines ($self, $number, $clock) {
    my ($epoch, $list) = @$self{qw(epoch list_at)};
    length $epoch >= $list + 3 * $number
        or die "damaged compact RINEX: fewer than $number satellites\n";
    return trimmed(sprintf '%-41s%s', substr($epoch, 0, 35), $clock) if $self->{version} == 3;
    my ($first, @more) = substr($epoch, $list, 3 * $number) =~ /(.{1,36})/g;
    my $start = substr($epoch, 0, $list) . ($first // '');
    return trimmed(sprintf '%-68s%s', $start, $clock), map { trimmed((' ' x 32) . $_) } @more;
}

# Apply the changed characters of a text to the one before.
sub patched ($old, $change) {
    $old .= ' ' x (length($change) - length $old) if length $change > length $old;
    while ($change =~ /([^ ]+)/g) {
        substr($old, $-[1], length $1) = $1 =~ tr/&/ /r;
    }
    return $old;
}

sub trimmed ($text) {
    $text =~ s/ +\z//;
    return $text;
}

1;
