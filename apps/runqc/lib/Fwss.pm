# FWSS, the web service that keeps the reports: a client of what apps/fwss/README.md describes.
package Fwss;
use v5.36;
use Socket;
use Json;

my $PORT = 5555;
# No limit to how long FWSS takes, but one to how long its machine may leave the kernel's probes
# without an answer: the first after so many seconds, then so many, so far apart.
my ($SILENT, $PROBES, $BETWEEN) = (60, 4, 15);
my @PAUSES = (1, 2, 4, 8, 16);    # s before asking it again while its database is away
my $LARGEST = 4 << 20;       # bytes of an answer; 1000 files have 700 kB

sub MOST () { return 1000 }    # files FWSS gives at once

# Give the observation files that wait for quality control: [{name, relative_path}].
sub pending () {
    my $files = _call('GET', "/files/pending?limit=" . MOST);
    ref $files eq 'ARRAY' or die {error => 'FWSS gave no list of files'};
    return [map { ref $_ eq 'HASH' ? _place($_) : () } @$files];
}

sub _place ($file) {
    return {name => $file->{name} // '', relative_path => $file->{relative_path} // ''};
}

# Store a report.
sub post_report ($file, $xml) {
    my $query = join '&', map { "$_=" . _quoted($file->{$_}) } qw(name relative_path);
    return _call('POST', "/qc?$query", 'application/xml', $xml);
}

# Store that quality control failed.
sub post_failure ($file, $reason) {
    return _call('POST', '/qc', 'application/json', Json::encode({%$file, failed => $reason}));
}

sub _quoted ($text) {
    return $text =~ s/([^A-Za-z0-9._~\/-])/sprintf '%%%02X', ord $1/ger;
}

# Ask FWSS, and give its answer. Dies with {error, unreachable}.
sub _call ($method, $target, $kind = '', $body = '') {
    my $address = $ENV{FWSS_ADDRESS} // '';
    $address eq ''
        and die {error => 'no address of FWSS; give it as FWSS_ADDRESS', unreachable => 1};
    my ($host, $port) = $address =~ /^(.*):(\d+)\z/ ? ($1, $2) : ($address, $PORT);
    my $request = "$method $target HTTP/1.0\r\nHost: $host:$port\r\nConnection: close\r\n"
        . _authorization()
        . ($kind && "Content-Type: $kind\r\nContent-Length: " . length($body) . "\r\n") . "\r\n";
    my ($status, $found);
    for my $pause (@PAUSES, 0) {
        my $answer = eval { _exchange($host, $port, $request . $body) };
        defined $answer
            or die {error => "FWSS at $host:$port: $@" =~ s/\n//gr, unreachable => 1};
        ($status, $found) = _understood($answer, "FWSS at $host:$port");
        last if $status != 503;
        sleep $pause;
    }
    $status =~ /^2/ and return $found;
    my $said = ref $found eq 'HASH' ? $found->{error} // '' : '';
    my $for_all = $status == 503 || $status == 401;    # no other report would do better
    die {error => "FWSS at $host:$port answered $status: $said", unreachable => $for_all};
}

# The header with the token that FWSS asks writers for; a server of the operator's own may need none.
sub _authorization () {
    my $path = $ENV{WRITE_TOKEN_FILE} // '';
    $path eq '' and return '';
    open my $file, '<', $path or die {error => "$path: $!", unreachable => 1};
    my $token = <$file> // '';
    return 'Authorization: Bearer ' . $token =~ s/\s+\z//r . "\r\n";
}

sub _exchange ($host, $port, $request) {
    my $place = inet_aton($host) or die "no such host\n";
    socket my $socket, PF_INET, SOCK_STREAM, 0 or die "$!\n";
    setsockopt $socket, SOL_SOCKET, SO_KEEPALIVE, 1;
    setsockopt $socket, Socket::IPPROTO_TCP, Socket::TCP_KEEPIDLE, $SILENT;
    setsockopt $socket, Socket::IPPROTO_TCP, Socket::TCP_KEEPCNT, $PROBES;
    setsockopt $socket, Socket::IPPROTO_TCP, Socket::TCP_KEEPINTVL, $BETWEEN;
    connect $socket, sockaddr_in($port, $place) or die "$!\n";
    local $SIG{PIPE} = 'IGNORE';
    my ($sent, $answer) = (0, '');
    while ($sent < length $request) {
        $sent += syswrite($socket, $request, 65536, $sent) // die "$!\n";
    }
    while (my $got = sysread $socket, $answer, 65536, length $answer) {
        length $answer <= $LARGEST or die "its answer is too long\n";
    }
    return $answer;
}

sub _understood ($answer, $who) {
    my ($head, $body) = split /\r\n\r\n/, $answer, 2;
    my ($status) = ($head // '') =~ m{^HTTP/1\.\d (\d{3})};
    my ($length) = ($head // '') =~ /^Content-Length: *(\d+)/im;
    $status && length($body // '') >= ($length // 0)
        or die {error => "$who gave no complete answer", unreachable => 1};
    my $found = eval { Json::decode($body // '') };
    defined $found || $status !~ /^2/ or die {error => "$who answered no JSON"};
    return ($status, $found);
}

1;
