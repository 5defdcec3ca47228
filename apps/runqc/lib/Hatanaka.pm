# Expand Hatanaka's compact RINEX, versions 1 (of RINEX 2) and 3 (of RINEX 3 and 4).
# A value stands there as a difference of up to its third order to the satellite's epochs before,
# text (epoch lines, flags) as the characters that changed: blank for the same, & for a blank.
# Source: Y. Hatanaka, A Compression Format and Tools for GNSS Observation Data, Bulletin of the
# Geographical Survey Institute 55 (2008), and the notes that come with RNXCMP 4.
package Hatanaka;
use v5.36;
use warnings FATAL => 'numeric';    # a difference that is no number
use Header;

my $BLANK = ' ' x 16;
my %FORM = (
    1 => {start => '&', flag => 28, list => 32, clock => '%12.9f', clock_unit => 1e9},
    3 => {start => '>', flag => 31, list => 41, clock => '%15.12f', clock_unit => 1e12},
);

# "3.0                 COMPACT RINEX FORMAT                    CRINEX VERS   / TYPE"
sub is_compact ($line) {
    return $line =~ /^.{60}CRINEX VERS/;
}

# Give a function that returns the next line of the expanded file, or undef.
sub expand ($first, $next) {
    my ($version) = $first =~ /^ *([13])\./
        or die "compact RINEX 1 and 3 are read, not '" . substr($first, 0, 9) =~ s/ +\z//r . "'\n";
    $next->();    # CRINEX PROG / DATE
    my @header;
    my $noted = sub { push @header, $next->(); $header[-1] };
    my $begin = $noted->() // die "the file ends in its header\n";
    my $header = Header->read($begin, $noted);
    my $self = bless {
        %{$FORM{$version}},
        version => $version, next => $next, header => $header,
        epoch => '', satellites => {}, clock_arc => undef,
    }, __PACKAGE__;
    my @ready = @header;
    return sub {
        @ready = $self->_epoch unless @ready;
        return shift @ready;
    };
}

# Give the lines of the next epoch or event, none at the end.
sub _epoch ($self) {
    my $next = $self->{next};
    my $line = $next->();
    $line = $next->() while defined $line && $line eq '';
    return unless defined $line;
    if (substr($line, 0, 1) eq $self->{start}) {
        @$self{qw(epoch satellites clock_arc)} = ('', {}, undef);
    }
    $self->{epoch} eq '' && substr($line, 0, 1) ne $self->{start}
        and die "damaged compact RINEX: the first epoch is not a whole one\n";
    my $epoch = $self->{epoch} = patched($self->{epoch}, $line);
    my ($flag, $number) = substr("$epoch$BLANK$BLANK$BLANK", $self->{flag}, 4) =~ /^(.)( *\d+)\z/
        or die "damaged compact RINEX: no number of satellites in '$epoch'\n";
    return $self->_event($number) if $flag =~ /[2-6]/;
    my @lines = eval { $self->_observations($number) };
    return @lines if @lines;
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
    return @lines;
}

sub _observations ($self, $number) {
    my $next = $self->{next};
    my $clock = $next->() // die "compact RINEX ends in the middle of an epoch\n";
    my @lines = $self->_epoch_lines($number, $self->_clock($clock));
    my ($old, %new) = ($self->{satellites});
    for my $place (0 .. $number - 1) {
        my $name = substr $self->{epoch}, $self->{list} + 3 * $place, 3;
        my $line = $next->() // die "compact RINEX ends in the middle of an epoch\n";
        my $types = $self->{header}->types(substr $name, 0, 1)
            // die "damaged compact RINEX: satellite '$name'\n";
        my $text = '';
        $new{$name} = $old->{$name} // {flags => '', arcs => []};
        _satellite($new{$name}, $line, scalar @$types, \$text);
        push @lines, $self->{version} == 3 ? trimmed("$name$text") : _in_fives($text);
    }
    $self->{satellites} = \%new;
    return @lines;
}

# "3&20200000 3&-5555  17 &5&5": the types' differences, then their flags, two characters each.
sub _satellite ($state, $line, $types, $text) {
    my @fields = split / /, $line, $types + 1;
    my $change = @fields > $types ? pop @fields : '';
    my $arcs = $state->{arcs};
    my $flags = patched($state->{flags}, $change);
    my $short = 2 * $types - length $flags;
    $short >= 0 or die "damaged compact RINEX: more flags than types of observation\n";
    $flags .= ' ' x $short;
    $state->{flags} = $flags;
    my ($place, $value) = (0);
    for my $field (@fields) {
        my $arc = $arcs->[$place];
        if ($field eq '') {
            $arcs->[$place] = undef;
            $$text .= $BLANK;
            $place++;
            next;
        }
        if (substr($field, 1, 1) eq '&') {
            $arcs->[$place] = [substr($field, 0, 1), $value = 0 + substr $field, 2];
        }
        elsif ($arc && $#$arc == 3 && $arc->[0] == 3) {    # the same as _advanced, but fast
            $value = $arc->[1] += $arc->[2] += $arc->[3] += $field;
        }
        else {
            $value = _advanced($arc, $field);
        }
        my $number = sprintf '%14.3f', $value / 1000;
        $number =~ s/ (-?)0\./  $1./ if $value < 1000 && $value > -1000;    # as RNXCMP writes it
        $$text .= $number . substr $flags, 2 * $place++, 2;
    }
    $#$arcs = $#fields;    # what a line leaves out is blank
    $$text .= $BLANK x ($types - $place);
}

# Give the next value of an arc: [order, value, first difference, second difference, …].
sub _advanced ($arc, $difference) {
    $arc or die "damaged compact RINEX: a difference to nothing\n";
    my $order = $arc->[0];
    if ($order == 0) { return $arc->[1] = $difference + 0 }
    if ($#$arc < $order) { push @$arc, $difference + 0 }
    else { $arc->[-1] += $difference }
    $arc->[$_] += $arc->[$_ + 1] for reverse 1 .. $#$arc - 1;
    return $arc->[1];
}

# The receiver's clock: "3&-123456", a difference, or nothing.
sub _clock ($self, $line) {
    if ($line eq '') {
        $self->{clock_arc} = undef;
        return '';
    }
    my $value;
    if ($line =~ /^(\d)&(-?\d+)\z/) { $self->{clock_arc} = [$1, $value = $2] }
    else { $value = _advanced($self->{clock_arc}, $line) }
    return sprintf $self->{clock}, $value / $self->{clock_unit};
}

# Version 1: twelve satellites a line, the clock in column 69. Version 3: only the clock, in 42.
sub _epoch_lines ($self, $number, $clock) {
    my ($epoch, $list) = @$self{qw(epoch list)};
    length $epoch >= $list + 3 * $number
        or die "damaged compact RINEX: fewer than $number satellites\n";
    return trimmed(sprintf '%-41s%s', substr($epoch, 0, 35), $clock) if $self->{version} == 3;
    my ($first, @more) = substr($epoch, $list, 3 * $number) =~ /(.{1,36})/g;
    my $start = substr($epoch, 0, $list) . ($first // '');
    return trimmed(sprintf '%-68s%s', $start, $clock), map { trimmed((' ' x 32) . $_) } @more;
}

# RINEX 2: five observations a line.
sub _in_fives ($text) {
    return map { trimmed($_) } $text =~ /(.{1,80})/g;
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
