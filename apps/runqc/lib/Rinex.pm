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
my $FARTHEST = 300 * 86_400 * $SECOND;    # between two epochs of a file: a year off is a fault
my $MOST_FAULTS = 20;         # that are named of one file
my $DUAL = 1000;              # counts satellites on two frequencies beside all, in one number
my $LEAST = 4;                # of them make an epoch usable; of few systems all that it has
my %FEW = map { $_ => 1 } qw(S J);
my $TIME = qr/^ *\d{4}(?: +\d+){4} +\d+(?:\.\d*)? *\z/;
my $EPOCH_3 = qr/^> *((?:\d+ +){5}\d+(?:\.\d*)?) +([0-6]) *(\d{1,3})(?![\d.])/;
# " 21  1  1  0  0  0.0000000  0 20G01G03…": by its columns; else as far as it can be recognised. No
# line of observations is like that: its first point is in column 11 or behind column 26.
my $EPOCH_2 =
    qr/^ ( {25}|[^.]{17}\.[^.]{7}|[^.]{17} {8})..([0-6 ])(  \d| \d\d|\d{3})/s;
my $LOOSE_2 = qr/^ ?([ \d]?\d(?: +\d+){4} +\d+\.\d*) +([0-6]) *(\d{1,3})(?=[A-Z])/;
my %days;

# Read a file line by line, and give what it holds. A function `counted` may spare the reading of
# satellites' lines, see Hatanaka::expand.
#   header; epochs, first, last (100 ns since 1970), step (100 ns, the most frequent), gaps;
#   cut: whether it ends in the middle of an epoch;
#   faults: what is wrong with it and does not spoil the rest, the first ones by name;
#   systems: letter to {epochs, usable, have, satellites, few_code, few_phase, signals}, where
#   signals is type to {have, satellites}, and satellites counts different ones.
sub measure ($first, $next, $counted = undef) {
    my $header = Header->read($first, $next);
    my $self = bless {
        header => $header, next => $next, counted => $counted, epochs => 0, gaps => 0,
        steps => {}, order => [], cut => 0, faults => $header->{faults}, seen => {}, systems => {}, class => {}, list => '', satellites => [],
    }, __PACKAGE__;
    my $begin;
    do { $begin = $header->{version} < 3 ? $self->_epochs_2 : $self->_epochs_3 }
        while defined $begin && $self->_further_header($begin);
    $self->_fold;
    $self->{epochs} or die "no epochs\n";
    $self->{step} = _most_frequent(@$self{qw(steps order)});
    $_->{satellites} = keys %{$_->{satellites}} for values %{$self->{systems}};
    for my $signal (map values %{$_->{signals}}, values %{$self->{systems}}) {
        $signal->{satellites} = keys %{$signal->{satellites}};
    }
    return $self;
}

# "> 2021 12 21 00 00  0.0000000  0 29": the flag in column 32, then the number of lines. Give the
# first line of another header behind the epochs.
sub _epochs_3 ($self) {
    my $next = $self->{next};
    while (defined(my $line = delete($self->{early}) // $next->())) {
        next if $line eq '' || $line !~ /\S/;
        my ($time, $flag, $number) = $line =~ /^>(.{28}) {2}([0-6 ])([ \d]{2}\d)/;
        # Some writers leave a blank out, or put one in.
        ($time, $flag, $number) = $line =~ $EPOCH_3 if !defined $flag || $time !~ $TIME;
        ($flag, $number) = $line =~ /^>.{30}([2-6])([ \d]{2}\d)/ if !defined $flag;
        return $line if !defined $flag && Header::begins($line);
        if ($self->_lost(defined $flag, $line)) { next }
        if ($flag > 1) { $self->_event($number); next }
        my $begun = $self->_begin_epoch($time, $line);
        if (!$begun) { $self->_skip($number, $number); next }
        $self->_counted($number) || $self->_satellites_3($number);
        $self->_end_epoch;
    }
    return undef;
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
        $now->{$system} += $class->{$system}{$pattern} // $self->_class($system, $pattern);
    }
    return 1;
}

# Pass over an epoch's satellites.
sub _skip ($self, $number, $lines) {
    return if $self->{counted} && $self->{counted}->($number);
    for (1 .. $lines) {
        my $line = $self->{next}->() // last;
        if ($self->_ends_early($line)) { $self->{early} = $line; last }
    }
}

# Whether what was said to have more lines ends before this one, where the next begins.
sub _ends_early ($self, $line) {
    my $short = $self->{header}{version} < 3;
    my ($time) = $line =~ ($short ? $EPOCH_2 : $EPOCH_3);
    return 0 if $short && substr($line . $BLANK, 18, 1) ne '.';
    return 0 if !(defined $time && defined _time($time)) && ($short || !Header::begins($line));
    $self->_fault('fewer lines than an epoch says, before ' . _shown($line));
    return 1;
}

# Name a line where an epoch should begin, the first of several that do not; tell whether it is one.
sub _lost ($self, $found, $line) {
    $self->_fault('no epoch: ' . _shown($line)) if !$found && !$self->{lost};
    return $self->{lost} = !$found;
}

# "G01  20000000.123 7  …": an observation takes 16 columns, its value 14.
sub _satellites_3 ($self, $number) {
    my ($next, $seen, $class, $now) = @$self{qw(next seen class now)};
    my $templates = $self->{templates} //= $self->_templates('x3');
    my ($line, $system, $pattern);
    for (1 .. $number) {
        defined($line = $next->()) or return $self->{cut} = 1;
        $system = substr $line, 0, 1;
        my $template = $templates->{$system};
        if (!defined $template) {
            return $self->{early} = $line if $self->_ends_early($line);
            $self->_fault($line =~ /^[A-Z][ \d]\d/
                ? "the header names no types of observation of system $system"
                : 'no satellite: ' . _shown($line));
            next;
        }
        # Its system's letter is the only one.
        ($line =~ tr/ 0-9.+\-//c) == 1 or $line = $self->_readable($line, 3);
        $pattern = join '', map { $_ != 0 ? 1 : 0 } unpack $template, $line . $templates->{''};
        $seen->{substr $line, 0, 3}{$pattern}++;
        $now->{$system} += $class->{$system}{$pattern} // $self->_class($system, $pattern);
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

# The flag in column 29, then the number of satellites. Give the first line of another header.
sub _epochs_2 ($self) {
    my $next = $self->{next};
    while (defined(my $line = delete($self->{early}) // $next->())) {
        next if $line eq '' || $line !~ /\S/;
        return $line if Header::begins($line);
        my ($time, $flag, $number) = $line =~ $EPOCH_2;
        if (!defined $flag && (($time, $flag, $number) = $line =~ $LOOSE_2)) {
            $line = sprintf ' %-25s  %s%3d%s', $time, $flag, $number, substr $line, $+[0];
        }
        if ($self->_lost(defined $flag, $line)) { next }
        my $lines = int((@{$self->{header}->types('')} + 4) / 5);
        if ($flag == 6) { $self->_skip(0, int(($number - 1) / 12) + $number * $lines); next }
        if ($flag > 1) { $self->_event($number); next }
        my $begun = $self->_begin_epoch($time, $line);
        my @satellites = $self->_list_2($line, $number);
        if ($self->{early}) { $self->_end_epoch if $begun; next }
        if (!$begun) { $self->_skip($number, $number * $lines); next }
        $self->_counted($number, @satellites)
            || $self->_satellites_2($number, $lines, @satellites);
        $self->_end_epoch;
    }
    return undef;
}

# Twelve satellites stand in a line, from column 33 on; one without letter is the header's system's.
sub _list_2 ($self, $line, $number) {
    my $list = substr "$line$BLANK", 32, 36;
    for (1 .. int(($number - 1) / 12)) {
        my $more = $self->{next}->() // return;
        return $self->{early} = $more if $self->_ends_early($more);
        $list .= substr "$more$BLANK", 32, 36;
    }
    # Mostly they are those of the epoch before.
    return @{$self->{satellites}} if $list eq $self->{list} && $number == @{$self->{satellites}};
    my @satellites = unpack "(a3)" . ($number + 0), $list;
    for (@satellites) {
        s/^ /$self->{header}{system}/;
        tr/ /0/;
        /^[A-Z]\d\d\z/ or $self->_fault("no satellite: '" . _clean($_) . "'");
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
            return $self->{early} = $line
                if substr($line . $BLANK, 18, 1) eq '.' && $self->_ends_early($line);
            $text .= substr $line . $BLANK, 0, 80;
        }
        $text = $self->_readable($text, 0) if $text =~ tr/ 0-9.+\-//c;
        my $pattern = join '', map { $_ != 0 ? 1 : 0 } unpack $template, $text;
        my $system = substr $satellite, 0, 1;
        if ($satellite =~ /^[A-Z]\d\d\z/) {
            $seen->{$satellite}{$pattern}++;
            $now->{$system} += $class->{$system}{$pattern} // $self->_class($system, $pattern);
        }
        last if $self->{cut};
    }
}

# Lines that are no observations; header lines among them count from here on.
sub _event ($self, $number) {
    $self->_fold;
    for (1 .. $number) {
        my $line = $self->{next}->() // last;
        if ($self->_ends_early($line)) { $self->{early} = $line; last }
        $self->{header}->take($line);
    }
}

# Take an epoch's time; false if there is none, which is named.
sub _begin_epoch ($self, $text, $line) {
    my $time = _time($text);
    if (!defined $time) {
        $self->_fault('no time of an epoch: ' . _shown($line));
        return 0;
    }
    if ($self->{epochs} && abs($time - $self->{last}) > $FARTHEST) {
        $self->_fault('an epoch far from the one before: ' . _shown($line));
        return 0;
    }
    if ($self->{epochs}++) {
        my $step = $time - $self->{last};
        push @{$self->{order}}, $step if !$self->{steps}{$step}++;
        $self->{gaps}++ if $step > $LONGEST_STEP * $SECOND;
    }
    $self->{first} //= $time;
    $self->{last} = $time;
    $self->{now} = {};
    return 1;
}

sub _end_epoch ($self) {
    my $now = $self->{now};
    for my $system (keys %$now) {
        $self->{systems}{$system}{epochs}++;
        my ($dual, $seen) = (int($now->{$system} / $DUAL), $now->{$system} % $DUAL);
        my $needed = $FEW{$system} && $seen < $LEAST ? $seen : $LEAST;
        $self->{systems}{$system}{usable}++ if $dual >= $needed;
    }
}

# Count a satellite by its pattern of observations: 1, and $DUAL if it has code and phase on two
# frequencies, of few systems on one.
sub _class ($self, $system, $pattern) {
    my ($code, $phase) = $self->_bands($system, $pattern);
    my $bands = $FEW{$system} ? 1 : 2;
    my $dual = $code >= $bands && $phase >= $bands;
    return $self->{class}{$system}{$pattern} = 1 + ($dual ? $DUAL : 0);
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
        $text =~ /^ *(\d+) +(\d+) +(\d+) +(\d+) +(\d+) +(\d+)\.?(\d*) *\z/ or return undef;
    $year += $year >= 80 ? 1900 : 2000 if $year < 100;
    my $date = $days{"$year $month $day"} //= _days($year, $month, $day) // return undef;
    return undef if $hour > 24 || $minute > 59 || $second > 60 || length $hour > 2;
    my $seconds = (($date * 24 + $hour) * 60 + $minute) * 60 + $second;
    return $seconds * $SECOND + substr "${part}0000000", 0, 7;
}

# Days since 1970-01-01, of the Gregorian calendar.
sub _days ($year, $month, $day) {
    return undef if $month < 1 || $month > 12 || $year < 1980 || $year > 2099;
    my @lengths = (31, $year % 4 || $year == 2100 ? 28 : 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31);
    return undef if $day < 1 || $day > $lengths[$month - 1];
    ($year, $month) = ($year - 1, $month + 12) if $month < 3;
    my $leap = int($year / 4) - int($year / 100) + int($year / 400);
    return 365 * $year + $leap + int((153 * $month - 457) / 5) + $day - 719469;
}

# The first of equals.
sub _most_frequent ($steps, $order) {
    my $best;
    for my $step (@$order) {
        $best = $step if !defined $best || $steps->{$step} > $steps->{$best};
    }
    return $best;
}

# A header behind the first: two files in one. False where it is no observation file's.
sub _further_header ($self, $line) {
    $self->_fault('a second header among the epochs: two files in one');
    $self->_fold;
    return 1 if eval { $self->{header}->read_on($line, $self->{next}) };
    $self->_fault('the second file is left out: ' . $@ =~ s/\n\z//r);
    1 while defined $self->{next}->();    # the digest is of all of it
    return 0;
}

# Blank what is no number among values of 14 columns and their 2 of flags, and name it.
sub _readable ($self, $line, $begin) {
    for (my $at = $begin; $at < length $line; $at += 16) {
        my $field = substr $line, $at, 14;
        next if $field =~ /^ *(?:[-+]?\d*\.?\d*)? *\z/;
        $self->_fault("no number: '" . _clean($field =~ s/^ +| +\z//gr) . "'");
        substr($line, $at, 14) = ' ' x length $field;
    }
    return $line;
}

sub _fault ($self, $text) {
    my $faults = $self->{faults};
    push @$faults, $text if @$faults < $MOST_FAULTS && !grep { $_ eq $text } @$faults;
}

sub _shown ($line) {
    return "'" . _clean(substr $line, 0, 35) . "'";
}

sub _clean ($text) {
    return $text =~ tr/ -~/?/cr;
}

1;
