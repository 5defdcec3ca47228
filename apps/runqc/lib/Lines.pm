# From chunks of bytes to lines without their ends.
package Lines;
use v5.36;

my $LONGEST = 1 << 16;    # bytes; RINEX 3 lines grow with the types of observation

# Give a function that returns the next line, or undef. A line that begins with NUL or Ctrl-Z (what
# disks and loggers fill up with, and DOS ends a text with) ends the text; all chunks are read.
# Where `whole` is true by then, what nothing ends is no line.
sub lines ($chunks, $whole = \0) {
    my ($rest, $ended, @ready) = ('', 0);
    return sub {
        return undef if $ended;
        until (@ready) {
            my $chunk = $chunks->();
            if (!defined $chunk) {
                return undef if $rest eq '' || $$whole;
                push @ready, $rest;
                $rest = '';
                last;
            }
            $chunk =~ tr/\r//d;
            @ready = split /\n/, $rest . $chunk, -1;
            $rest = pop @ready // '';
            if (length $rest > $LONGEST) {
                $rest =~ s/\0.*//s or die "a line is longer than $LONGEST bytes\n";
                push @ready, $rest, "\0";
                $rest = '';
            }
        }
        my $line = shift @ready;
        return $line if $line !~ /^[\0\x1a]/;
        $ended = 1;
        1 while defined $chunks->();
        return undef;
    };
}

1;
