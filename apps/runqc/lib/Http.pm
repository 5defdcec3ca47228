# The little of HTTP/1.1 that one application in one guest needs, on sockets alone.
# A process for each request: what it takes of memory is given back, and no file can end the server.
package Http;
use v5.36;
use Socket;

my $LONGEST_HEAD = 16384;    # bytes
my $LARGEST_BODY = 65536;    # bytes; nobody needs any
my $CLIENTS = 8;             # at once; further ones wait in the backlog
my $TIMEOUT = 30;            # s for a request to arrive, and for a client to take 64 kB
my %REASON = (200 => 'OK', 400 => 'Bad Request', 404 => 'Not Found', 405 => 'Method Not Allowed',
    408 => 'Request Timeout', 409 => 'Conflict', 413 => 'Content Too Large',
    422 => 'Unprocessable Content', 500 => 'Internal Server Error', 502 => 'Bad Gateway',
    503 => 'Service Unavailable');

# Answer requests until SIGTERM. The handler takes method, path and query (a hash) and gives
# status, content type and body.
sub serve ($port, $handler) {
    my %children;
    local $SIG{PIPE} = 'IGNORE';
    # Without a handler the kernel's default would do, but not for the first process of a guest.
    local @SIG{qw(TERM INT)} = (sub { kill TERM => keys %children; exit 0 }) x 2;
    my $listener = _listener($port);
    while (1) {
        accept(my $client, $listener) or next;    # a client that has gone
        my $child = fork;
        if (!defined $child) { _send($client, 503, 'application/json', qq({"error": "$!"}\n)) }
        elsif ($child == 0) { close $listener; _converse($client, $handler) }
        else { $children{$child} = 1; _reap(\%children) }
    }
}

# Forget the processes that have ended; wait for one where there are as many as may be.
sub _reap ($children) {
    while ((my $child = waitpid -1, keys %$children >= $CLIENTS ? 0 : 1) > 0) {    # 1: WNOHANG
        delete $children->{$child};
    }
}

sub _listener ($port) {
    socket my $listener, PF_INET, SOCK_STREAM, 0 or die "socket: $!\n";
    setsockopt $listener, SOL_SOCKET, SO_REUSEADDR, 1;
    bind $listener, sockaddr_in($port, INADDR_ANY) or die "port $port: $!\n";
    listen $listener, 64 or die "listen: $!\n";
    return $listener;
}

# In a process of its own: read the request, answer, end.
sub _converse ($client, $handler) {
    $SIG{$_} = 'DEFAULT' for qw(TERM INT);
    my ($method, $path, $query) = _request($client);
    my @answer = eval { $handler->($method eq 'HEAD' ? 'GET' : $method, $path, $query) };
    if (!@answer) {
        print STDERR "RunQC: $method $path: $@";
        @answer = (500, 'application/json', qq({"error": "internal error; the console says more"}\n));
    }
    $answer[3] = $method eq 'HEAD';
    _end($client, @answer);
}

sub _request ($client) {
    local $SIG{ALRM} = sub { _end($client, _error(408, "no request within $TIMEOUT s")) };
    alarm $TIMEOUT;
    my $data = '';
    while (index($data, "\r\n\r\n") < 0 && length $data <= $LONGEST_HEAD) {
        sysread $client, $data, 4096, length $data or exit 0;
    }
    my ($head, $rest) = split /\r\n\r\n/, $data, 2;
    _end($client, _error(413, "a request's head is at most $LONGEST_HEAD bytes"))
        if length $head > $LONGEST_HEAD;
    my ($method, $target) = $head =~ m{^([A-Z]+) (/\S*) HTTP/1\.\d(?:\r\n|\z)}
        or _end($client, _error(400, 'no HTTP/1 request'));
    my ($length) = $head =~ /\r\nContent-Length: *(\d+)/i;
    _end($client, _error(413, "a request's body is at most $LARGEST_BODY bytes; none is needed"))
        if ($length // 0) > $LARGEST_BODY || $head =~ /\r\nTransfer-Encoding:/i;
    while (length $rest < ($length // 0)) {
        sysread $client, $rest, 4096, length $rest or exit 0;
    }
    alarm 0;
    my ($path, $query) = split /\?/, $target, 2;
    return ($method, _unquoted($path), _query($query // ''));
}

sub _query ($text) {
    my %query;
    for my $pair (split /&/, $text) {
        my ($name, $value) = map { _unquoted(tr/+/ /r) } split /=/, $pair, 2;
        $query{$name // ''} //= $value // '';
    }
    return \%query;
}

sub _unquoted ($text) {
    return $text =~ s/%([0-9A-Fa-f]{2})/chr hex $1/ger;
}

sub _error ($status, $text) {
    return ($status, 'application/json', qq({"error": "$text"}\n));
}

sub _end ($client, @answer) {
    _send($client, @answer);
    # What the client still sends would make the kernel throw our answer away.
    shutdown $client, 1;
    alarm 2;
    local $SIG{ALRM} = sub { exit 0 };
    1 while sysread $client, my $rest, 65536;
    exit 0;
}

sub _send ($client, $status, $kind, $body, $head_only = 0) {
    my $head = "HTTP/1.1 $status $REASON{$status}\r\nContent-Type: $kind\r\nContent-Length: "
        . length($body) . "\r\nConnection: close\r\n\r\n";
    my ($data, $sent) = ($head_only ? $head : $head . $body, 0);
    while ($sent < length $data) {
        alarm $TIMEOUT;
        $sent += syswrite($client, $data, 65536, $sent) // return;    # the client has gone
    }
}

1;
