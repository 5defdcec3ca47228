# Decompress what compress(1) wrote (.Z): LZW with codes of 9 to 16 bits, least bit first.
# Codes come in groups of eight, which is as many bytes as a code has bits. Where their width
# grows, and after a clear code, the rest of the group is padding. Source: ncompress 4.2.
package Lzw;
use v5.36;

my $CHUNK = 1 << 16;     # bytes
my $LARGEST = 8 << 20;   # bytes of the table's strings; text has 1 to 2 MB
my $CLEAR = 256;
my $DAMAGED = "damaged .Z data";

# Give a function that returns the next chunk, or undef.
sub chunks ($file) {
    read($file, my $head, 3) == 3 or die "$DAMAGED: it ends too early\n";
    my ($bits, $block) = (ord(substr $head, 2) & 0x1f, ord(substr $head, 2) & 0x80);
    $bits >= 9 && $bits <= 16 or die "$DAMAGED: codes of $bits bits\n";
    my $state = {file => $file, bits => $bits, block => $block};
    _clear($state);
    return sub {
        my $output = '';
        while (length $output < $CHUNK) {
            read $state->{file}, my $group, $state->{width} or last;
            $output .= _group($state, $group);
        }
        return $output eq '' ? undef : $output;
    };
}

sub _clear ($state) {
    my @table = map chr, 0 .. 255;
    push @table, '' if $state->{block};
    @$state{qw(table width previous size)} = (\@table, 9, '', 0);
}

sub _group ($state, $group) {
    my ($table, $width, $previous) = @$state{qw(table width previous)};
    my ($mask, $most, $output) = ((1 << $width) - 1, 1 << $state->{bits}, '');
    my $codes = int length($group) * 8 / $width;
    $group .= "\0\0\0";
    for my $place (0 .. $codes - 1) {
        my $bit = $place * $width;
        my $code = unpack('V', substr $group, $bit >> 3, 4) >> ($bit & 7) & $mask;
        if ($code == $CLEAR && $state->{block}) {
            _clear($state);
            return $output;
        }
        my $entry = $table->[$code];
        if (!defined $entry) {
            $code == @$table && $previous ne '' or die "$DAMAGED: a code before its definition\n";
            $entry = $previous . substr $previous, 0, 1;
        }
        $output .= $entry;
        if ($previous ne '' && @$table < $most) {
            push @$table, $previous . substr $entry, 0, 1;
            ($state->{size} += length $entry) <= $LARGEST or die "$DAMAGED: no text packs so well\n";
        }
        $previous = $entry;
        # The writer is one entry ahead: it changes the width that much sooner.
        if (@$table >= 1 << $width && $width < $state->{bits}) {
            $state->{width}++;
            last;
        }
    }
    $state->{previous} = $previous;
    return $output;
}

1;
