# From chunks of bytes to lines without their ends.
package Lines;
use v5.36;

my $LONGEST = 1 << 16;    # bytes; RINEX 3 lines grow with the types of observation

# Give a function that returns the next line, or undef.
sub lines ($chunks) {
    my ($rest, @ready) = ('');
    return sub {
        until (@ready) {
            my $chunk = $chunks->();
            if (!defined $chunk) {
                return undef if $rest eq '';
                push @ready, $rest;
                $rest = '';
                last;
            }
            $chunk =~ tr/\r//d;
            @ready = split /\n/, $rest . $chunk, -1;
            $rest = pop @ready // '';
            length $rest <= $LONGEST or die "a line is longer than $LONGEST bytes\n";
        }
        return shift @ready;
    };
}

1;
