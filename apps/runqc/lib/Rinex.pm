# Count what a RINEX 2, 3 or 4 observation file holds: epochs, satellites, observations by signal.
# An observation counts if it is there and not zero. What real files hold, and this stands: events
# among the epochs, new types of observation in mid-file, an end in the middle of an epoch, no
# INTERVAL, latin-1 text, RINEX 3 content under RINEX 2 names.
package Rinex;
use v5.36;
no warnings 'numeric';    # a blank is zero
use Header;

my $SECOND = 10_000_000;      # times are integers, in 100 ns
my $LONGEST_STEP = 600;       # s; a longer one is a gap, as to Anubis
my $BLANK = ' ' x 80;
my %days;

# Read a file line by line, and give what it holds. A function `counted` may spare the reading of
# satellites' lines, see Hatanaka::expand.
#   header; epochs, first, last (100 ns since 1970), step (100 ns, the most frequent), gaps;
#   cut: whether it ends in the middle of an epoch;
#   systems: letter to {epochs, usable, have, satellites, few_code, few_phase, signals}, where
#   signals is type to {have, satellites}, and satellites counts different ones.
sub measure ($first, $next, $counted = undef) {
    my $header = Header->read($first, $next);
    my $self = bless {
        header => $header, next => $next, counted => $counted, epochs => 0, gaps => 0,
        steps => {}, cut => 0, seen => {}, systems => {}, class => {}, list => '', satellites => [],
    }, __PACKAGE__;
    $header->{version} < 3 ? $self->_epochs_2 : $self->_epochs_3;
    $self->_fold;
    $self->{epochs} or die "no epochs\n";
    $self->{step} = _most_frequent($self->{steps});
    $_->{satellites} = keys %{$_->{satellites}} for values %{$self->{systems}};
    for my $signal (map values %{$_->{signals}}, values %{$self->{systems}}) {
        $signal->{satellites} = keys %{$signal->{satellites}};
    }
    return $self;
}

# "> 2021 12 21 00 00  0.0000000  0 29": the flag in column 32, then the number of lines.
sub _epochs_3 ($self) {
    my $next = $self->{next};
    while (defined(my $line = $next->())) {
        next if $line eq '' || $line !~ /\S/;
        my ($flag, $number) = $line =~ /^>.{30}([0-6 ])([ \d]{2}\d)/ or $self->_lost($line);
        if ($flag > 1) { $self->_event($number); next }
        $self->_begin_epoch(substr $line, 2, 27);
        $self->_counted($number) || $self->_satellites_3($number);
        $self->_end_epoch;
    }
}

# Count an epoch's satellites without their lines, if that can be: names, if they are not as the
# compact file has them, are given.
sub _counted ($self, $number, @names) {
    my $counted = $self->{counted} or return 0;
    my $found = $counted->($number) or return 0;
    my ($seen, $class, $now) = @$self{qw(seen class now)};
    for my $place (0 .. $#$found) {
        my $pattern = $found->[$place]{observed};
        my $satellite = $names[$place] // $found->[$place]{name};
        my $system = substr $satellite, 0, 1;
        $seen->{$satellite}{$pattern}++;
        $now->{$system} |= $class->{$system}{$pattern} // $self->_class($system, $pattern)
            unless ($now->{$system} // 0) == 3;    # no satellite adds to that
    }
    return 1;
}

# "G01  20000000.123 7  …": an observation takes 16 columns, its value 14.
sub _satellites_3 ($self, $number) {
    my ($next, $seen, $class, $now) = @$self{qw(next seen class now)};
    my $templates = $self->{templates} //= $self->_templates('x3');
    my ($line, $system, $pattern);
    for (1 .. $number) {
        defined($line = $next->()) or return $self->{cut} = 1;
        $system = substr $line, 0, 1;
        my $template = $templates->{$system} // $self->_lost($line);
        # Its system's letter is the only one.
        ($line =~ tr/ 0-9.+\-//c) == 1 or $self->_lost($line);
        $pattern = join '', map { $_ != 0 ? 1 : 0 } unpack $template, $line . $templates->{''};
        $seen->{substr $line, 0, 3}{$pattern}++;
        $now->{$system} |= $class->{$system}{$pattern} // $self->_class($system, $pattern)
            unless ($now->{$system} // 0) == 3;    # no satellite adds to that
    }
}

# By system, how to unpack its values; by '', the blanks that make any line long enough.
sub _templates ($self, $begin) {
    my ($types, $most) = ($self->{header}{types}, 0);
    my %templates;
    for my $system (keys %$types) {
        my $number = @{$types->{$system}};
        $templates{$system} = $begin . 'A14x2' x $number;
        $most = $number if $number > $most;
    }
    $templates{''} = ' ' x (3 + 16 * $most);
    return \%templates;
}

# " 21  1  1  0  0  0.0000000  0 20G01G03…": the flag in column 29, then the number of satellites.
sub _epochs_2 ($self) {
    my $next = $self->{next};
    while (defined(my $line = $next->())) {
        next if $line eq '' || $line !~ /\S/;
        my ($flag, $number) = $line =~ /^ .{27}([0-6 ])([ \d]{2}\d)/ or $self->_lost($line);
        my $lines = int((@{$self->{header}->types('')} + 4) / 5);
        if ($flag == 6) { $number = int(($number - 1) / 12) + $number * $lines }
        if ($flag > 1) { $self->_event($number); next }
        $self->_begin_epoch(substr $line, 1, 25);
        my @satellites = $self->_list_2($line, $number);
        $self->_counted($number, @satellites)
            || $self->_satellites_2($number, $lines, @satellites);
        $self->_end_epoch;
    }
}

# Twelve satellites stand in a line, from column 33 on; one without letter is the header's system's.
sub _list_2 ($self, $line, $number) {
    my $list = substr "$line$BLANK", 32, 36;
    for (1 .. int(($number - 1) / 12)) {
        my $more = $self->{next}->() // return;
        $list .= substr "$more$BLANK", 32, 36;
    }
    # Mostly they are those of the epoch before.
    return @{$self->{satellites}} if $list eq $self->{list} && $number == @{$self->{satellites}};
    my @satellites = unpack "(a3)" . ($number + 0), $list;
    for (@satellites) {
        s/^ /$self->{header}{system}/;
        tr/ /0/;
        /^[A-Z]\d\d\z/ or $self->_lost($list);
    }
    @$self{qw(list satellites)} = ($list, \@satellites);
    return @satellites;
}

# Five observations a line of 80 columns.
sub _satellites_2 ($self, $number, $lines, @satellites) {
    my ($next, $seen, $class, $now) = @$self{qw(next seen class now)};
    my $template = 'A14x2' x @{$self->{header}->types('')};
    $self->{cut} = 1 if @satellites < $number;
    for my $satellite (@satellites) {
        my $text = '';
        for (1 .. $lines) {
            my $line = $next->();
            if (!defined $line) { $self->{cut} = 1; $line = '' }
            $text .= substr $line . $BLANK, 0, 80;
        }
        $text =~ tr/ 0-9.+\-//c and $self->_lost($text);
        my $pattern = join '', map { $_ != 0 ? 1 : 0 } unpack $template, $text;
        my $system = substr $satellite, 0, 1;
        $seen->{$satellite}{$pattern}++;
        $now->{$system} |= $class->{$system}{$pattern} // $self->_class($system, $pattern)
            unless ($now->{$system} // 0) == 3;    # no satellite adds to that
        last if $self->{cut};
    }
}

# Lines that are no observations; header lines among them count from here on.
sub _event ($self, $number) {
    $self->_fold;
    for (1 .. $number) {
        my $line = $self->{next}->() // last;
        $self->{header}->take($line);
    }
}

sub _begin_epoch ($self, $text) {
    my $time = _time($text) // $self->_lost($text);
    if ($self->{epochs}++) {
        my $step = $time - $self->{last};
        $self->{steps}{$step}++;
        $self->{gaps}++ if $step > $LONGEST_STEP * $SECOND;
    }
    $self->{first} //= $time;
    $self->{last} = $time;
    $self->{now} = {};
}

sub _end_epoch ($self) {
    my $now = $self->{now};
    for my $system (keys %$now) {
        $self->{systems}{$system}{epochs}++;
        $self->{systems}{$system}{usable}++ if $now->{$system} & 2;
    }
}

# Say what a satellite's pattern of observations is good for: 1, and 2 if with code and phase.
sub _class ($self, $system, $pattern) {
    my ($code, $phase) = $self->_bands($system, $pattern);
    return $self->{class}{$system}{$pattern} = $code && $phase ? 3 : 1;
}

# Give the number of frequencies with code, and of those with phase.
sub _bands ($self, $system, $pattern) {
    my ($types, %code, %phase) = ($self->{header}->types($system));
    for my $place (grep { substr $pattern, $_, 1 } 0 .. $#$types) {
        $code{$1} = 1 if $types->[$place] =~ /^[CP](\d)/;
        $phase{$1} = 1 if $types->[$place] =~ /^L(\d)/;
    }
    return (scalar keys %code, scalar keys %phase);
}

# Turn satellites' patterns into counts by signal. Files have few patterns and many observations:
# counting patterns is what makes it fast. Due whenever the types of observation may change.
sub _fold ($self) {
    for my $satellite (sort keys %{$self->{seen}}) {
        my $patterns = $self->{seen}{$satellite};
        for my $pattern (keys %$patterns) {
            $self->_count($satellite, $pattern, $patterns->{$pattern});
        }
    }
    @$self{qw(seen class templates)} = ({}, {}, undef);
}

sub _count ($self, $satellite, $pattern, $times) {
    my $letter = substr $satellite, 0, 1;
    my $system = $self->{systems}{$letter} //= {};
    my $types = $self->{header}->types($letter);
    my ($code, $phase) = $self->_bands($letter, $pattern);
    $system->{satellites}{$satellite} = 1;
    $system->{have} += $times if $code && $phase;
    $system->{few_code} += $times if $code < 2;
    $system->{few_phase} += $times if $phase < 2;
    for my $place (grep { substr $pattern, $_, 1 } 0 .. $#$types) {
        my $signal = $system->{signals}{$types->[$place]} //= {};
        $signal->{have} += $times;
        $signal->{satellites}{$satellite} = 1;
    }
}

# Read "21  1  1  0  0  0.0000000", or the same with a year of four digits.
sub _time ($text) {
    my ($year, $month, $day, $hour, $minute, $second, $part) =
        $text =~ /^ *(\d+) +(\d+) +(\d+) +(\d+) +(\d+) +(\d+)\.?(\d*)/ or return undef;
    $year += $year >= 80 ? 1900 : 2000 if $year < 100;
    my $date = $days{"$year $month $day"} //= _days($year, $month, $day) // return undef;
    return undef if $hour > 24 || $minute > 59 || $second > 60;
    my $seconds = (($date * 24 + $hour) * 60 + $minute) * 60 + $second;
    return $seconds * $SECOND + substr "${part}0000000", 0, 7;
}

# Days since 1970-01-01, of the Gregorian calendar.
sub _days ($year, $month, $day) {
    return undef if $month < 1 || $month > 12 || $day < 1 || $day > 31 || $year > 9999;
    ($year, $month) = ($year - 1, $month + 12) if $month < 3;
    my $leap = int($year / 4) - int($year / 100) + int($year / 400);
    return 365 * $year + $leap + int((153 * $month - 457) / 5) + $day - 719469;
}

# The first of equals.
sub _most_frequent ($steps) {
    my ($best) = sort { $steps->{$b} <=> $steps->{$a} || $a <=> $b } keys %$steps;
    return $best;
}

sub _lost ($self, $line) {
    my $where = 'at the first epoch';
    if (defined $self->{last}) {
        my @time = gmtime($self->{last} / $SECOND);
        $where = sprintf 'after %04d-%02d-%02dT%02d:%02d:%02d',
            $time[5] + 1900, $time[4] + 1, @time[3, 2, 1, 0];
    }
    die "damaged RINEX $where: '" . substr($line, 0, 40) =~ tr/ -~/?/cr . "'\n";
}

1;
