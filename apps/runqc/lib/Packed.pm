# Read a file as it was before .gz, .Z, .bz2 or .zip, in chunks; what it is, its first bytes say.
# The modules that only one format needs are loaded when that format turns up.
package Packed;
use v5.36;

my $CHUNK = 1 << 16;    # bytes
my $AFTER = ' data are followed by something else, which is left out';
my $MOST_MEMBERS = 1000;    # of a zip archive
my $LONGEST_COMMENT = 1 << 16;    # bytes, behind them

# Give a function that returns the next chunk, or undef. $warn is told of what is wrong and does not
# spoil the rest; it gives nothing.
sub chunks ($path, $warn) {
    open my $file, '<:raw', $path or die "cannot be opened: $!\n";
    read $file, my $magic, 4;
    length $magic or die "the file is empty\n";
    seek $file, 0, 0;
    return _inflated($file, 'gzip', $warn) if $magic =~ /^\x1f\x8b/;
    return _bunzipped($file, $warn) if $magic =~ /^BZh/;
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

# Several gzip members may follow each other, and zeros the last one, or anything, which is left out
# with a word; a zip has one.
sub _inflated ($file, $kind, $warn = undef) {
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
                return $warn->('gzip' . $AFTER) if $packed !~ /^\x1f(\x8b|\z)/;
                $member = ($zlib . '::Inflate')->new(@options);
            }
            my $status = $member->inflate($packed, $chunk);
            if ($status == 1) { undef $member }    # Z_STREAM_END
            elsif ($status != 0 && $status != -5) { die "damaged $kind data: $status\n" }
        }
        return $chunk;
    };
}

sub _bunzipped ($file, $warn) {
    require Compress::Raw::Bzip2;
    my @options = (0, 1, 0, 0, 1);    # append, consume, small, verbosity, limit the output
    my ($packed, $member, $ended) = ('');
    return sub {
        my $chunk = '';
        until (length $chunk) {
            if ($packed eq '' && !read $file, $packed, $CHUNK) {
                die "bzip2 data ends too early\n" if $member;
                return undef;
            }
            if (!$member && $ended) {
                next if $packed =~ s/^\0+// && $packed eq '';
                return $warn->('bzip2' . $AFTER) if $packed !~ /^B(Zh|Z?\z)/;
            }
            $member //= Compress::Raw::Bunzip2->new(@options);
            my $status = $member->bzinflate($packed, $chunk);
            if ($status == 4) { ($member, $ended) = (undef, 1) }    # BZ_STREAM_END
            elsif ($status < 0) { die "damaged bzip2 data: $status\n" }
        }
        return $chunk;
    };
}

# The one file of a zip archive, or the one RINEX file among others. Folders, and what macOS puts
# beside each file, are none. Source: PKWARE's APPNOTE, 4.3.7, 4.3.12 and 4.3.16.
sub _zipped ($file) {
    my @files = grep { $_->{name} !~ m{/\z|^__MACOSX/|(^|/)\._} } _members($file);
    my @rinex = grep { $_->{name} =~ /\.(\d\d[a-z]|rnx|crx)\z/i } @files;
    @files = @rinex if @files > 1 && @rinex;
    @files == 1 or die 'zip archive holds ' . @files . " files, one is expected\n";
    my ($flags, $method, $packed, $at) = @{$files[0]}{qw(flags method packed at)};
    die "the zip archive is encrypted\n" if $flags & 1;
    seek $file, $at, 0;
    read $file, my $head, 30;
    $head =~ /^PK\x03\x04.{26}/s or die "damaged zip archive\n";
    my ($name, $extra) = unpack 'x26vv', $head;
    seek $file, $at + 30 + $name + $extra, 0;
    return _inflated($file, 'zip') if $method == 8;
    return _bunzipped($file, sub ($text) { undef }) if $method == 12;    # the next member follows
    $method == 0 or die "zip method $method is not read; use deflate\n";
    return sub {
        $packed or return undef;
        my $got = read $file, my $chunk, $packed < $CHUNK ? $packed : $CHUNK;
        $got or die "zip data ends too early\n";
        $packed -= $got;
        return $chunk;
    };
}

# What the archive's directory lists.
sub _members ($file) {
    my ($size, $end) = (-s $file, '');
    my $from = $size > $LONGEST_COMMENT + 22 ? $size - $LONGEST_COMMENT - 22 : 0;
    seek $file, $from, 0;
    read $file, $end, $size - $from;
    my $place = rindex $end, "PK\x05\x06";
    $place >= 0 && length($end) >= $place + 22 or die "zip data ends too early\n";
    my ($number, $at) = unpack 'x10vx4V', substr $end, $place;
    $number <= $MOST_MEMBERS or die "zip archive holds $number files, one is expected\n";
    my @members;
    for (1 .. $number) {
        seek $file, $at, 0;
        read $file, my $head, 46;
        $head =~ /^PK\x01\x02.{42}/s or die "damaged zip archive\n";
        my ($flags, $method, $packed, $name, $extra, $comment, $begin) =
            unpack 'x8vvx8Vx4vvvx8V', $head;
        read($file, my $text, $name);
        push @members,
            {name => $text, flags => $flags, method => $method, packed => $packed, at => $begin};
        $at += 46 + $name + $extra + $comment;
    }
    return @members;
}

1;
