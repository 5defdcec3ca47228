# Quality control of one file of the archive.
package Qc;
use v5.36;
use Hatanaka;
use Lines;
use Packed;
use Rinex;

# Give what a file holds: see Rinex::measure; and md5, of the content unpacked and expanded, and
# seconds, of the processor; faults also of its packing. Dies with the reason, a line, if it is no whole observation file.
sub check ($path) {
    my $began = _seconds();
    require Digest::MD5;
    my ($digest, @faults) = (Digest::MD5->new);
    my $found = Rinex::measure(_opened($path, $digest, sub ($text) { push @faults, $text; undef }));
    $found->{faults} = [@faults, @{$found->{faults}}];
    $found->{md5} = $digest->hexdigest;
    $found->{seconds} = sprintf '%.2f', _seconds() - $began;
    return $found;
}

# Give the first line, a function for the others, and for compact files one that counts them.
sub _opened ($path, $digest, $warn) {
    my $chunks = Packed::chunks($path, $warn);
    my $compact = 0;
    my $next = Lines::lines(sub {
        my $chunk = $chunks->();
        $digest->add($chunk) if defined $chunk && !$compact;
        return $chunk;
    }, \$compact);
    my $first = $next->() // die "the file is empty\n";
    $first =~ s/^\xef\xbb\xbf//;    # UTF-8's byte order mark, which some editors write
    return ($first, $next) unless Hatanaka::is_compact($first);
    $compact = 1;
    $digest->reset;
    ($next, my $counted) = Hatanaka::expand($first, $next, $digest, $warn);
    return ($next->(), $next, $counted);
}

sub _seconds () {
    my ($user, $system) = times;
    return $user + $system;
}

1;
