# RunQC: check the quality of the archive's RINEX observation files, send the reports to FWSS.
# It listens before it loads what reads files; the processes that read them load it.
use v5.36;
BEGIN { unshift @INC, ($0 =~ m{^(.*)/} ? $1 : '.') . '/lib' }
use Console;
use Http;

my $ARCHIVE = $ENV{ARCHIVE} // '/archive';
my $PORT = $ENV{PORT} // 4000;
my $JSON = 'application/json';

Http::serve($PORT, \&handle);

# Answer one request, or give what does.
sub handle ($method, $path, $query) {
    return (200, $JSON, qq({"status": "ok"}\n)) if $path eq '/health';
    require Json;
    return failure(404, 'not found; there are /health and /qc') if $path ne '/qc';
    return failure(405, 'use GET to look, POST to send') if $method !~ /^(GET|POST)\z/;
    my ($unknown) = grep { $_ ne 'file' } sort keys %$query;
    return failure(400, "unknown parameter '$unknown'; known is file") if defined $unknown;
    my $name = $query->{file};
    return failure(400, 'name the file: /qc?file=NAME') if $method eq 'GET' && !defined $name;
    my ($file, @refused) = defined $name ? place($name) : ();
    return failure(@refused) if @refused;
    return sub () {
        require Qc;
        require Anubis;
        require Fwss;
        return look($file) if $method eq 'GET';
        return $file ? send_one($file) : send_all();
    };
}

sub failure ($status, $text, %more) {
    return ($status, $JSON, Json::encode({error => $text, %more}) . "\n");
}

# Give a file of the archive, {name, relative_path, path}; or undef, a status and the reason.
sub place ($relative) {
    return (undef, 400, 'file: expected a path below the archive, without . and .. and //')
        if $relative eq '' || $relative =~ /\0/ || grep { /^\.{0,2}\z/ } split m{/}, $relative, -1;
    my ($folder, $name) = $relative =~ m{^(?:(.*)/)?([^/]+)\z}s;
    my $path = $ARCHIVE;
    for my $part (split m{/}, $relative) {
        $path .= "/$part";
        return (undef, 400, 'file: a link, which may lead out of the archive') if -l $path;
    }
    return (undef, 404, "$relative: no such file in the archive") if !-f $path;
    return {name => $name, relative_path => $folder // '', path => $path};
}

# GET: the report.
sub look ($file) {
    my ($found, $reason) = checked($file);
    return failure(422, $reason, file => full_name($file)) if !$found;
    return (200, 'application/xml', Anubis::report($found, $file->{name}));
}

# Give what a file holds; or undef and the reason.
sub checked ($file) {
    my $found = eval { Qc::check($file->{path}) };
    return $found if $found;
    my $reason = $@ =~ s/\n\z//r;
    if ($reason =~ / at \S+ line \d+/) {
        Console::say_of("$file->{path}: $reason");
        $reason = 'cannot be read; the console says more';
    }
    return (undef, $reason);
}

sub full_name ($file) {
    return $file->{relative_path} eq '' ? $file->{name} : "$file->{relative_path}/$file->{name}";
}

# POST of one file: check it and tell FWSS the result, also if that is a failure.
sub send_one ($file) {
    my $result = sent($file);
    my $error = delete $result->{error};
    return (200, $JSON, Json::encode($result) . "\n") if !defined $error;
    return failure($result->{checked} ? 502 : 422, $error, %$result);
}

# Check a file and tell FWSS; give what is to be said of it.
sub sent ($file) {
    my ($found, $reason) = checked($file);
    my %identity = map { $_ => $file->{$_} } qw(name relative_path);
    my $answer = eval {
        $found
            ? Fwss::post_report(\%identity, Anubis::report($found, $file->{name}))
            : Fwss::post_failure(\%identity, $reason);
    };
    my $problem = $answer ? undef : said($@);
    my %result = (file => full_name($file));
    $result{unreachable} = \'true' if $problem && $problem->{unreachable};
    return {%result, error => $reason, $problem ? (fwss => $problem->{error}) : ()} if !$found;
    $result{$_} = \$found->{$_} for qw(epochs gaps seconds);
    $result{checked} = \'true';
    $result{md5} = $found->{md5};
    $result{cut} = \'true' if $found->{cut};
    $result{faults} = $found->{faults} if @{$found->{faults}};
    return {%result, error => $problem->{error}} if $problem;
    return {%result, status => \($answer->{status} // 0)};
}

# What Fwss died with.
sub said ($problem) {
    return $problem if ref $problem eq 'HASH';
    Console::say_of($problem);
    return {error => 'internal error; the console says more'};
}

# POST of all: every file that FWSS says is pending.
sub send_all () {
    my $began = time;
    my ($checked, $posted, %seen, @failed, @faults) = (0, 0);
    my $problem;
    until ($problem) {
        my $pending = eval { Fwss::pending() };
        if (!$pending) { $problem = said($@)->{error}; last }
        my @new = grep { !$seen{full_name($_)}++ } @$pending;
        for my $item (@new) {
            my $result = handled($item);
            $checked++ if $result->{checked};
            push @faults, map { {file => $result->{file}, fault => $_} } @{$result->{faults} // []};
            if (!defined $result->{error}) { $posted++; next }
            push @failed, {map { defined $result->{$_} ? ($_ => $result->{$_}) : () }
                    qw(file error fwss)};
            if ($result->{unreachable}) { $problem = $result->{fwss} // $result->{error}; last }
        }
        last if !@new || @$pending < Fwss::MOST();
    }
    my %counts = (checked => \$checked, posted => \$posted, failed => \@failed,
        faults => \@faults, seconds => \(time - $began));
    return failure(502, $problem, %counts) if defined $problem;
    return (200, $JSON, Json::encode(\%counts) . "\n");
}

# Check one of FWSS's files; one that is not here is left to who has it.
sub handled ($item) {
    my ($file, $status, $reason) = place(full_name($item));
    return {file => full_name($item), error => $reason} if !$file;
    return sent($file);
}
