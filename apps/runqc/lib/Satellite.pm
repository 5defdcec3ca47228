# One satellite of a compact file: from a line of differences to its observations, as RINEX has
# them: 16 columns each, value 14.3, two flags.
# A day holds a million values, so the usual line, one difference for each value that was there
# before, is done by few operations on all of its values: Perl's costs are by operation, not by
# byte. One call adds and prints them; bitwise operations on the whole text set points and flags.
package Satellite;
use v5.36;
use integer;                        # quicker, and a value out of bounds gets too long to print
use warnings FATAL => 'numeric';    # a difference that is no number

my $MOST = 400;        # shapes known at once; real files have some ten for each system
my $NEVER = "\n";      # no line is that
my $BLANK = ' ' x 16;
my $NO_NUMBER = "damaged compact RINEX: no number\n";
my $NOTHING = "damaged compact RINEX: a difference to nothing\n";
my %shapes;

# A satellite of so many types of observation: a line of it is still to come.
sub new ($name, $types) {
    my $self = {name => $name, flags => '', levels => [[], [], []], others => {}};
    fit($self, $types);
    return $self;
}

# From here on its lines have so many types.
sub fit ($self, $types) {
    my $flags = $self->{flags};
    @$self{qw(types steady flags)} = ($types, $NEVER, ' ' x (2 * $types));
    _take_shape($self, '0' x $types);
    _flag($self, $flags);
}

# "3&20200000 3&-5555  17 &5&5": the types' differences, then their flags, two characters each.
# Gives the text, 16 columns a type; notes in `observed`, by type, which are there and not zero.
sub text ($self, $line) {
    my ($types, $steady) = @$self{qw(types steady)};
    my @fields = split / /, $line, $types + 1;
    if (@fields > $types) {
        my $change = pop @fields;
        $line = unpack 'A*', substr $line, 0, length($line) - length($change) - 1;
        _flag($self, $change) if $change ne '';
    }
    (my $form = $line) =~ tr/-0-9/1/s;
    my $text;
    if ($form eq $steady) {
        $text = $self->{add}->($self->{frame}, @fields);
        _grow($self) if $self->{fresh};
    }
    else { $text = _one_by_one($self, \@fields) }
    $self->{observed} = $self->{pattern};
    return index($text, '. ') < 0 && index($text, '.-') < 0 ? $text : _small($self, $text);
}

# What was added to a value that had begun in the line before was its first difference, not yet
# the second.
sub _grow ($self) {
    $self->{levels}[2][$_] = 0 for @{$self->{fresh}};
    $self->{fresh} = undef;
}

# Apply the changed characters of the flags: blank for the same, & for a blank.
sub _flag ($self, $change) {
    length $change <= length $self->{flags}
        or die "damaged compact RINEX: more flags than types of observation\n";
    while ($change =~ /[^ ]/g) {
        my $place = pos($change) - 1;
        my $flag = substr $change, $place, 1;
        $flag = ' ' if $flag eq '&';
        substr $self->{flags}, $place, 1, $flag;
        substr $self->{frame}, 8 * $place + ($place & 1 ? 7 : 14), 1, $flag
            if substr $self->{pattern}, $place / 2, 1;
    }
    $self->{odd} ||= $change =~ tr/ 0-9.+\-&//c;
}

# A line in which values begin, with their order: "3&20200000", or end.
sub _one_by_one ($self, $fields) {
    my ($others, $pattern, $place, @fresh) = ($self->{others}, '', -1);
    my ($v, $d, $e) = @{$self->{levels}};    # values, first and second differences, by place
    for my $field (@$fields) {
        $place++;
        $pattern .= $field eq '' ? 0 : 1;
        if ($field eq '' || substr($field, 1, 1) eq '&') {
            delete $others->{$place};
            ($v->[$place], $d->[$place], $e->[$place]) = (undef, 0, 0);
            next if $field eq '';
            $field =~ /^(\d)&([-+]?\d{1,18})\z/ or die $NO_NUMBER;
            $v->[$place] = $2 + 0;
            if ($1 == 3) { push @fresh, $place }
            else { $others->{$place} = [$1, $2 + 0] }
        }
        elsif (my $arc = $others->{$place}) { $v->[$place] = advance($arc, $field) }
        else {
            $field =~ /^[-+]?\d{1,18}\z/ or die $NO_NUMBER;
            defined $v->[$place] or die $NOTHING;
            $v->[$place] += $d->[$place] += $e->[$place] += $field;
        }
    }
    _grow($self) if $self->{fresh};
    $#$_ = $place for $v, $d, $e;    # what a line leaves out is blank
    $pattern .= '0' x ($self->{types} - @$fields);
    _take_shape($self, $pattern) if $pattern ne $self->{pattern};
    $self->{steady} = %$others ? $NEVER : $self->{shape}{line};
    $self->{fresh} = \@fresh if @fresh;
    return _framed($self->{shape}, $self->{frame}, grep { defined } @$v);
}

# Give the next value of an arc: [order, value, first difference, second difference, …].
sub advance ($arc, $difference) {
    $difference =~ /^[-+]?\d{1,18}\z/ or die $NO_NUMBER;
    $arc or die $NOTHING;
    my $order = $arc->[0];
    if ($order == 0) { return $arc->[1] = $difference + 0 }
    if ($#$arc < $order) { push @$arc, $difference + 0 }
    else { $arc->[-1] += $difference }
    $arc->[$_] += $arc->[$_ + 1] for reverse 1 .. $#$arc - 1;
    return $arc->[1];
}

# From here on these types are there: "1101". What surrounds the values: points, flags, blanks.
sub _take_shape ($self, $pattern) {
    %shapes = () if keys %shapes >= $MOST;
    my $shape = $shapes{$pattern} //= _shape($pattern);
    my $frame = sprintf $shape->{frame}, unpack $shape->{flags}, $self->{flags};
    my ($add, @levels) = ($shape->{new} //= _addition($shape, $pattern))->();
    @{$levels[$_]} = @{$self->{levels}[$_]} for 0 .. 2;
    @$self{qw(pattern shape frame add levels)} = ($pattern, $shape, $frame, $add, \@levels);
}

# Values are printed as integers; `whole` keeps the columns before the last three digits, `part`
# these, moved to the right by one. `line` is how a line of numbers looks.
sub _shape ($pattern) {
    my $spelled = sub ($one, $none) { $pattern =~ s/(.)/$1 ? $one : $none/ger };
    return {
        line => unpack('A*', join ' ', map { $_ ? 1 : '' } split //, $pattern),
        frame => $spelled->("\0" x 10 . ".\0\0\0%s", $BLANK),
        flags => $spelled->('a2', 'x2'),
        form => $spelled->("%13d\0\0\0", "\0" x 16),
        whole => $spelled->("\xff" x 10 . "\0" x 6, "\0" x 16),
        part => $spelled->("\0" x 11 . "\xff" x 3 . "\0" x 2, "\0" x 16),
    };
}

sub _framed ($shape, $frame, @values) {
    my $text = sprintf $shape->{form}, @values;
    length $text == length $frame or _too_long();
    return $text &. $shape->{whole} |. "\0$text" &. $shape->{part} |. $frame;
}

sub _too_long () {
    die "damaged compact RINEX: a value above 13 digits\n";
}

# Compile what makes a function that adds differences of third order to the values that are there
# and gives the text as _framed does; it comes with its lists of values, first and second
# differences. Lists of its own are reached three times as quickly as by references.
sub _addition ($shape, $pattern) {
    my @there = grep { substr $pattern, $_, 1 } 0 .. length($pattern) - 1;
    my $sums = join ', ', map { "\$v[$_] += \$d[$_] += \$e[$_] += \$_[" . ($_ + 1) . ']' } @there;
    my ($form, $whole, $part) = @$shape{qw(form whole part)};
    return eval <<~"END" // die $@;
        sub {
            my (\@v, \@d, \@e);
            my \$add = sub {
                my \$text = sprintf \$form, $sums;
                length \$text == length \$whole or _too_long();
                return \$text &. \$whole |. "\\0\$text" &. \$part |. \$_[0];
            };
            return (\$add, \\\@v, \\\@d, \\\@e);
        }
        END
}

# Values below 0.1, which have blanks after the point. RNXCMP writes no 0 before it.
sub _small ($self, $text) {
    my @points;
    push @points, $-[0] while $text =~ /\.[ -]/g;
    for my $point (grep { $_ % 16 == 10 } @points) {    # others are flags
        my $value = substr $text, $point + 1, 3;
        substr($text, $point - 1, 5) = sprintf '%s.%03d', $value < 0 ? '-' : ' ', abs $value;
        substr($self->{observed}, $point / 16, 1) = '0' if $value == 0;
    }
    return $text;
}

1;
