# Read a file as it was before .gz, .Z, .bz2 or .zip, in chunks; what it is, its first bytes say.
# The modules that only one format needs are loaded when that format turns up.
package Packed;
use v5.36;

my $CHUNK = 1 << 16;    # bytes

# Give a function that returns the next chunk, or undef.
sub chunks ($path) {
    open my $file, '<:raw', $path or die "cannot be opened: $!\n";
    read $file, my $magic, 4;
    length $magic or die "the file is empty\n";
    seek $file, 0, 0;
    return _inflated($file, 'gzip') if $magic =~ /^\x1f\x8b/;
    return _bunzipped($file) if $magic =~ /^BZh/;
    return _zipped($file) if $magic eq "PK\x03\x04";
    return _plain($file) if $magic !~ /^\x1f\x9d/;
    require Lzw;
    return Lzw::chunks($file);
}

sub _plain ($file) {
    return sub {
        my $got = read($file, my $chunk, $CHUNK) // die "cannot be read: $!\n";
        return $got ? $chunk : undef;
    };
}

# Several gzip members may follow each other, and zeros the last one; a zip has one.
sub _inflated ($file, $kind) {
    require Compress::Raw::Zlib;
    my $zlib = 'Compress::Raw::Zlib';
    my $bits = $kind eq 'gzip' ? $zlib->can('WANT_GZIP')->() : -15;
    my @options = (-WindowBits => $bits, -LimitOutput => 1, -Bufsize => $CHUNK);
    my ($packed, $member) = ('', ($zlib . '::Inflate')->new(@options));
    return sub {
        my $chunk = '';
        until (length $chunk) {
            if ($packed eq '' && !read $file, $packed, $CHUNK) {
                die "$kind data ends too early\n" if $member;
                return undef;
            }
            if (!$member) {
                return undef if $kind ne 'gzip';
                next if $packed =~ s/^\0+// && $packed eq '';
                $member = ($zlib . '::Inflate')->new(@options);
            }
            my $status = $member->inflate($packed, $chunk);
            if ($status == 1) { undef $member }    # Z_STREAM_END
            elsif ($status != 0 && $status != -5) { die "damaged $kind data: $status\n" }
        }
        return $chunk;
    };
}

sub _bunzipped ($file) {
    require Compress::Raw::Bzip2;
    my @options = (0, 1, 0, 0, 1);    # append, consume, small, verbosity, limit the output
    my ($packed, $member) = ('');
    return sub {
        my $chunk = '';
        until (length $chunk) {
            if ($packed eq '' && !read $file, $packed, $CHUNK) {
                die "bzip2 data ends too early\n" if $member;
                return undef;
            }
            $member //= Compress::Raw::Bunzip2->new(@options);
            my $status = $member->bzinflate($packed, $chunk);
            if ($status == 4) { undef $member }    # BZ_STREAM_END
            elsif ($status < 0) { die "damaged bzip2 data: $status\n" }
        }
        return $chunk;
    };
}

# The one file of a zip archive. Source: PKWARE's APPNOTE, 4.3.7 and 4.3.16.
sub _zipped ($file) {
    my ($end, $size) = ('', -s $file);
    seek $file, $size > 22 ? $size - 22 : 0, 0;
    read $file, $end, 22;
    if ($end =~ /^PK\x05\x06/) {
        my $members = unpack 'x10v', $end;
        $members == 1 or die "zip archive holds $members files, one is expected\n";
    }
    seek $file, 0, 0;
    read($file, my $head, 30) == 30 or die "zip data ends too early\n";
    my ($flags, $method, $packed, $name, $extra) = unpack 'x6vvx8Vx4vv', $head;
    die "the zip archive is encrypted\n" if $flags & 1;
    seek $file, 30 + $name + $extra, 0;
    return _inflated($file, 'zip') if $method == 8;
    $method == 0 && !($flags & 8) or die "zip method $method is not read; use deflate\n";
    return sub {
        $packed or return undef;
        my $got = read $file, my $chunk, $packed < $CHUNK ? $packed : $CHUNK;
        $got or die "zip data ends too early\n";
        $packed -= $got;
        return $chunk;
    };
}

1;
