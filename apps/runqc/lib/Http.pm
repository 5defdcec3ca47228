# The little of HTTP/1.1 that one application in one guest needs, on sockets alone.
# One process hears and answers all; what takes long runs in another, one at a time: its memory is
# given back, and no file can end the server. A newcomer always has a place: where none is left, for
# all or for its address, the connection that has been still for longest is dropped.
package Http;
use v5.36;
use Console;
use Socket;

my $LONGEST_HEAD = 16384;    # bytes
my $LARGEST_BODY = 65536;    # bytes; nobody needs any
my ($PLACES, $OF_ONE_ADDRESS) = (512, 256);    # connections at once
my $UNSENT = 4 << 20;        # bytes of answers that are not taken yet
my $WAITING = 4;             # requests of one address that wait while another is worked on
my $PATIENCE = 10;           # s that they wait
my $WITHIN = 20;             # s for a whole request, and without a byte of the answer being taken
my $REFUSED_WITHIN = 2;      # s for the rest of a request that is refused already
my $EAGAIN = 11;             # of Linux: nothing is there now
my %REASON = (200 => 'OK', 400 => 'Bad Request', 404 => 'Not Found', 405 => 'Method Not Allowed',
    408 => 'Request Timeout', 409 => 'Conflict', 413 => 'Content Too Large',
    422 => 'Unprocessable Content', 500 => 'Internal Server Error', 502 => 'Bad Gateway',
    503 => 'Service Unavailable');
my $INTERNAL = 'internal error; the console says more';
my $BUSY = 'quality control is under way; try again later';

my %clients;     # by descriptor: socket, address, state, ends, moved, in, out
my @waiting;     # [client, work]
my $job;         # what is worked on: process, pipe, answer, client
my $moves = 0;   # counts what happens: a finer clock than seconds

# Answer requests until SIGTERM. The handler takes method, path and query (a hash) and gives status,
# content type and body; or a function that gives them, which is run in a process of its own.
sub serve ($port, $handler) {
    local $SIG{PIPE} = 'IGNORE';
    local $SIG{__WARN__} = \&Console::say_of;
    # Without a handler the kernel's default would do, but not for the first process of a guest.
    local @SIG{qw(TERM INT)} = (sub { kill TERM => $job->{process} if $job; exit 0 }) x 2;
    my $listener = _listener($port);
    while (1) {
        my ($readable, $writable) = _wait($listener);
        _accept($listener, $handler) if vec $readable, fileno $listener, 1;
        _hear_job() if $job && vec $readable, fileno $job->{pipe}, 1;
        for my $client (values %clients) {
            my $number = fileno $client->{socket} // next;
            _read($client, $handler) if vec $readable, $number, 1;
            _write($client) if $clients{$number} && vec $writable, $number, 1;
        }
        _end_late();
        _begin_job($listener) if @waiting && !$job;
    }
}

sub _listener ($port) {
    socket my $listener, PF_INET, SOCK_STREAM | Socket::SOCK_NONBLOCK, 0 or die "socket: $!\n";
    setsockopt $listener, SOL_SOCKET, SO_REUSEADDR, 1;
    bind $listener, sockaddr_in($port, INADDR_ANY) or die "port $port: $!\n";
    listen $listener, 256 or die "listen: $!\n";
    return $listener;
}

# Wait until something happens; give who can be read, and who takes more.
sub _wait ($listener) {
    my ($readable, $writable) = ('', '');
    vec($readable, fileno $listener, 1) = 1;
    vec($readable, fileno $job->{pipe}, 1) = 1 if $job;
    for my $client (values %clients) {
        vec($readable, fileno $client->{socket}, 1) = 1 if $client->{state} =~ /^(reading|refused)\z/;
        vec($writable, fileno $client->{socket}, 1) = 1 if $client->{state} eq 'sending';
    }
    my $found = select $readable, $writable, undef, %clients ? 1 : undef;
    return $found > 0 ? ($readable, $writable) : ('', '');
}

sub _accept ($listener, $handler) {
    while (my $from = accept my $socket, $listener) {
        my (undef, $address) = sockaddr_in($from);
        if (!_make_room($address)) { close $socket; next }
        my $client = {socket => $socket, address => $address, in => ''};
        _become($client, 'reading', $WITHIN);
        $clients{fileno $socket} = $client;
        _read($client, $handler);
    }
}

# Drop a connection where there are too many; false where all of them are worked on.
sub _make_room ($address) {
    my @crowd = grep { $_->{address} eq $address } values %clients;
    if (@crowd < $OF_ONE_ADDRESS) {
        return 1 if keys %clients < $PLACES;
        @crowd = values %clients;
    }
    my ($oldest) = sort { $a->{moved} <=> $b->{moved} } grep { $_->{state} ne 'working' } @crowd;
    _drop($oldest) if $oldest;
    return $oldest;
}

sub _become ($client, $state, $within) {
    @$client{qw(state ends moved)} = ($state, time + $within, $moves++);
}

# End a connection; what it did not take is thrown away.
sub _drop ($client) {
    setsockopt $client->{socket}, SOL_SOCKET, SO_LINGER, pack 'ii', 1, 0;
    _close($client);
}

sub _close ($client) {
    delete $clients{fileno $client->{socket}};
    @waiting = grep { $_->[0] != $client } @waiting;
    close $client->{socket};
}

sub _end_late () {
    my $now = time;
    for my $client (grep { $_->{ends} < $now && $_->{state} ne 'working' } values %clients) {
        if ($client->{state} eq 'reading') {
            _refuse($client, 408, "no whole request within $WITHIN s");
        }
        elsif ($client->{state} eq 'waiting') {
            @waiting = grep { $_->[0] != $client } @waiting;
            _answer($client, _error(409, $BUSY));
        }
        else { _drop($client) }
    }
}

sub _read ($client, $handler) {
    defined recv $client->{socket}, my $data, 16384, MSG_DONTWAIT
        or return $! == $EAGAIN ? undef : _drop($client);
    return _close($client) if $data eq '';
    return if $client->{state} ne 'reading';
    my $request = eval { _heard($client, $data) };
    return _refuse($client, @{$@}) if ref $@;
    return if !$request;
    my ($method, $path, $query) = @$request;
    $client->{head_only} = $method eq 'HEAD';
    $client->{what} = "$method $path";
    my @answer =
        _safely($client->{what}, $handler, $method eq 'HEAD' ? 'GET' : $method, $path, $query);
    return _answer($client, @answer) if ref $answer[0] ne 'CODE';
    return _answer($client, _error(409, $BUSY))
        if $WAITING <= grep { $_->[0]{address} eq $client->{address} } @waiting;
    _become($client, 'waiting', $PATIENCE);
    push @waiting, [$client, $answer[0]];
}

# Call a function that gives an answer; whatever it dies of is an answer too.
sub _safely ($what, $function, @arguments) {
    my @answer = eval { $function->(@arguments) };
    return @answer if @answer;
    Console::say_of("$what: $@");
    return _error(500, $INTERNAL);
}

# Take a piece of a request; give method, path and query when it is whole, else undef. Dies with
# [status, reason].
sub _heard ($client, $data) {
    $client->{in} .= $data;
    if (!$client->{request}) {
        my $end = index $client->{in}, "\r\n\r\n";
        die [413, "a request's head is at most $LONGEST_HEAD bytes"]
            if ($end < 0 ? length $client->{in} : $end) > $LONGEST_HEAD;
        return undef if $end < 0;
        my $head = substr $client->{in}, 0, $end + 4, '';
        $client->{request} = _request($head);
        $client->{left} = _length($head);
        $data = $client->{in};
    }
    $client->{left} -= length $data;
    $client->{in} = substr $client->{in} =~ s/\s+//gr, 0, 3;    # nobody needs more of a body
    return undef if $client->{left} > 0;
    $client->{in} eq '' || $client->{in} eq '{}'
        or die [400, 'expected no body, or {}: what is asked is in path and query'];
    return $client->{request};
}

sub _request ($head) {
    my ($method, $target) = $head =~ m{^([A-Z]+) (/\S*) HTTP/1\.\d\r\n}
        or die [400, 'no HTTP/1 request'];
    my ($path, $query) = split /\?/, $target, 2;
    return [$method, _unquoted($path), _query($query // '')];
}

sub _length ($head) {
    my @told = $head =~ /\r\nContent-Length:[ \t]*([^\r\n]*?)[ \t]*(?=\r\n)/gi;
    die [400, 'Content-Length: expected one number of bytes']
        if @told > 1 || grep { !/^\d+\z/ } @told;
    my $length = ($told[0] // 0) =~ s/^0+(?=\d)//r;
    die [413, "a request's body is at most $LARGEST_BODY bytes; none is needed"]
        if length $length > 9 || $length > $LARGEST_BODY || $head =~ /\r\nTransfer-Encoding:/i;
    return $length;
}

sub _query ($text) {
    my %query;
    for my $pair (split /&/, $text) {
        my ($name, $value) = map { _unquoted(tr/+/ /r) } split /=/, $pair, 2;
        $query{$name // ''} //= $value // '';
    }
    return \%query;
}

# Read percent-encoded UTF-8, without control characters and surrogates.
sub _unquoted ($text) {
    my $escaped = $text !~ /%(?![0-9A-Fa-f]{2})/;
    $text =~ s/%(..)/chr hex $1/ge;
    $escaped && utf8::decode(my $copy = $text) && $text !~ /[\x00-\x1f\x7f]|\xed[\xa0-\xbf]/
        or die [400, 'path and query: expected UTF-8 without control characters, as %XX'];
    return $text;
}

sub _error ($status, $text) {
    return ($status, 'application/json', qq({"error": "$text"}\n));
}

# Answer, and hear what is still sent: it would make the kernel throw our answer away.
sub _refuse ($client, $status, $text) {
    $client->{unread} = 1;
    _answer($client, _error($status, $text));
}

sub _answer ($client, $status, $kind, $body) {
    $client->{out} = "HTTP/1.1 $status $REASON{$status}\r\nContent-Type: $kind\r\nContent-Length: "
        . length($body) . "\r\nConnection: close\r\n\r\n" . ($client->{head_only} ? '' : $body);
    _become($client, 'sending', $WITHIN);
    _forget_unsent($client);
    _write($client);
}

# Drop who has left an answer longest, where all of them together take too much memory.
sub _forget_unsent ($but) {
    my $unsent = 0;
    $unsent += length($_->{out} // '') for values %clients;
    for my $client (sort { $a->{moved} <=> $b->{moved} } values %clients) {
        return if $unsent <= $UNSENT;
        next if $client == $but || $client->{state} ne 'sending';
        $unsent -= length $client->{out};
        _drop($client);
    }
}

sub _write ($client) {
    my $sent = send $client->{socket}, $client->{out}, MSG_DONTWAIT | MSG_NOSIGNAL;
    defined $sent or return $! == $EAGAIN ? undef : _drop($client);
    substr $client->{out}, 0, $sent, '';
    return _become($client, 'sending', $WITHIN) if $client->{out} ne '';
    return _close($client) if !$client->{unread};
    shutdown $client->{socket}, 1;
    _become($client, 'refused', $REFUSED_WITHIN);
}

# Have the next request worked on.
sub _begin_job ($listener) {
    my ($client, $work) = @{shift @waiting};
    my $process = pipe(my $from, my $to) ? fork : undef;
    return _answer($client, _error(503, "no process: $!")) if !defined $process;
    if (!$process) {
        $SIG{$_} = 'DEFAULT' for qw(TERM INT);
        close $_ for $from, $listener, map { $_->{socket} } values %clients;
        my ($status, $kind, $body) = _safely($client->{what}, $work);
        print {$to} "$status $kind\n$body";
        close $to;
        exit 0;
    }
    close $to;
    _become($client, 'working', 0);
    $job = {process => $process, pipe => $from, client => $client, answer => ''};
}

# Take what the process says; at its end the request is answered.
sub _hear_job () {
    return if sysread $job->{pipe}, $job->{answer}, 65536, length $job->{answer};
    waitpid $job->{process}, 0;
    my ($client, $answer) = @$job{qw(client answer)};
    $job = undef;
    my ($status, $kind, $body) = $answer =~ /^(\d{3}) (\S+)\n(.*)\z/s;
    Console::say_of("the process of a request was ended by signal " . ($? & 127)) if !$status;
    _answer($client, $status ? ($status, $kind, $body) : _error(500, $INTERNAL));
}

1;
