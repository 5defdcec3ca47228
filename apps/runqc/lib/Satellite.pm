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
my %shapes;

# A satellite of so many types of observation: a line of it is still to come.
sub new ($name, $types) {
    my $self = {name => $name, flags => '', arcs => []};
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
    my $text = $form eq $steady
        ? $self->{add}->($self->{frame}, @fields)
        : _one_by_one($self, $form, \@fields);
    $self->{observed} = $self->{pattern};
    return index($text, '. ') < 0 && index($text, '.-') < 0 ? $text : _small($self, $text);
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

# A line with a value that begins, ends or has not yet all its differences.
sub _one_by_one ($self, $form, $fields) {
    my ($arcs, $steady, $pattern, $place) = (_arcs($self), 1, '', -1);
    for my $field (@$fields) {
        $place++;
        if ($field eq '') {
            $arcs->[$place] = undef;
            $pattern .= '0';
            next;
        }
        $pattern .= '1';
        my $arc = $arcs->[$place];
        if ($arc && @$arc == 4 && $arc->[0] == 3 && substr($field, 1, 1) ne '&') {
            $arc->[1] += $arc->[2] += $arc->[3] += $field;    # as advance, but quicker
            next;
        }
        if ($field =~ /^(\d)&(-?\d{1,18})\z/) { $arc = $arcs->[$place] = [$1, $2 + 0] }
        else { advance($arc, $field) }
        $steady &&= @$arc == 4 && $arc->[0] == 3;
    }
    $#$arcs = $place;    # what a line leaves out is blank
    $pattern .= '0' x ($self->{types} - @$fields);
    _take_shape($self, $pattern) if $pattern ne $self->{pattern};
    _settle($self, $form) if $steady;
    return _framed($self->{shape}, $self->{frame}, map { $_ ? $_->[1] : () } @$arcs);
}

# From here on lines of this form are added at once: values and differences go to where the
# compiled code has them, by place.
sub _settle ($self, $form) {
    my $shape = $self->{shape};
    my ($add, @levels) = ($shape->{new} //= _addition($shape, $self->{pattern}))->();
    my $arcs = $self->{arcs};
    for my $place (grep { $arcs->[$_] } 0 .. $#$arcs) {
        $levels[$_][$place] = $arcs->[$place][$_ + 1] for 0 .. 2;
    }
    @$self{qw(steady add levels)} = ($form, $add, \@levels);
}

# Give the arcs, by place; take them back from where _settle put them.
sub _arcs ($self) {
    my $arcs = $self->{arcs};
    if ($self->{steady} ne $NEVER) {
        my $levels = $self->{levels};
        for my $arc (grep { $arcs->[$_] } 0 .. $#$arcs) {
            $arcs->[$arc][$_ + 1] = $levels->[$_][$arc] for 0 .. 2;
        }
        $self->{steady} = $NEVER;
    }
    return $arcs;
}

# Give the next value of an arc: [order, value, first difference, second difference, …].
sub advance ($arc, $difference) {
    $difference =~ /^-?\d{1,18}\z/ or die "damaged compact RINEX: no number\n";
    $arc or die "damaged compact RINEX: a difference to nothing\n";
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
    @$self{qw(pattern shape frame)} = ($pattern, $shape, $frame);
}

# Values are printed as integers; `whole` keeps the columns before the last three digits, `part`
# these, moved to the right by one.
sub _shape ($pattern) {
    my $spelled = sub ($one, $none) { $pattern =~ s/(.)/$1 ? $one : $none/ger };
    return {
        frame => $spelled->("\0" x 10 . ".\0\0\0%s", $BLANK),
        flags => $spelled->('a2', 'x2'),
        form => $spelled->("%13d\0\0\0", "\0" x 16),
        whole => $spelled->("\xff" x 10 . "\0" x 6, "\0" x 16),
        part => $spelled->("\0" x 11 . "\xff" x 3 . "\0" x 2, "\0" x 16),
    };
}

sub _framed ($shape, $frame, @values) {
    my $text = sprintf $shape->{form}, @values;
    length $text == length $frame or die "damaged compact RINEX: a value above 13 digits\n";
    return $text &. $shape->{whole} |. "\0$text" &. $shape->{part} |. $frame;
}

# Compile what makes a function that adds differences of third order to the values that are there
# and gives the text as _framed does; it comes with its lists of values, first and second
# differences. Lists of its own are reached three times as quickly as by references.
sub _addition ($shape, $pattern) {
    my @there = grep { substr $pattern, $_, 1 } 0 .. length($pattern) - 1;
    my $sums = join ', ', map { "\$v[$_] += \$d[$_] += \$e[$_] += \$_[" . ($_ + 1) . ']' } @there;
    my ($form, $whole, $part, $length) = (@$shape{qw(form whole part)}, length $shape->{whole});
    return eval <<~"END" // die $@;
        sub {
            my (\@v, \@d, \@e);
            my \$add = sub {
                my \$text = sprintf \$form, $sums;
                length \$text == $length or die "damaged compact RINEX: a value above 13 digits\\n";
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
