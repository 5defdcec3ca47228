# A quality report in the XML layout of G-Nut/Anubis 2.2.4.
# What needs satellites' positions or observations' values (elevation, expected observations,
# multipath, cycle slips) is not computed here and says n/a, as Anubis does where it has nothing.
package Anubis;
use v5.36;

my $PROGRAM = 'RunQC [1.0]';
my $SECOND = 10_000_000;    # times come in 100 ns
my @SYSTEMS = (
    [G => 'GPS'], [E => 'GAL'], [R => 'GLO'], [C => 'BDS'], [S => 'SBS'], [J => 'QZS'],
    [I => 'IRN'],
);

sub report ($found, $name) {
    my @systems = grep { $found->{systems}{$_->[0]} } @SYSTEMS;
    my $span = $found->{step} ? $found->{last} - $found->{first} : 0;
    my $expected = $found->{step} ? 1 + int($span / $found->{step} + 0.5) : 1;
    my $id = _identity($found, $name);
    return join "\n", '<?xml version="1.0"?>',
        qq{<QC_GNSS gml:id="$id" xmlns="https://software.pecny.cz/anubis"}
        . ' xmlns:gml="http://www.opengis.net/gml/3.2" schemaVersion="1.1">',
        _meta($found, @systems), _data($found, $expected, @systems), _head($found, $name),
        "</QC_GNSS>\n";
}

sub _identity ($found, $name) {
    my ($site) = uc($name) =~ /^(\w{4,9})/;
    return join '_', $site // 'SITE', map { _moment($_) =~ tr/-://dr } @$found{qw(first last)};
}

sub _meta ($found, @systems) {
    return '  <meta>', _leaf(4, created => _moment(time * $SECOND)), _leaf(4, program => $PROGRAM),
        '    <settings>', _leaf(6, data_int => _step($found, 3)), _leaf(6, elev_min => 'n/a'),
        (map { qq{      <system type="$_->[1]" />} } @systems), '    </settings>', '  </meta>';
}

sub _data ($found, $expected, @systems) {
    my $have = 0;
    $have += $found->{systems}{$_->[0]}{have} // 0 for @systems;
    return '  <data>',
        _leaf(4, time_beg => _moment($found->{first})),
        _leaf(4, time_end => _moment($found->{last})),
        _leaf(4, data_int => _step($found, 2)),
        _leaf(4, numb_epo => $found->{epochs}), _leaf(4, numb_gap => $found->{gaps}),
        '    <total>', _leaf(6, expt => 'n/a'), _leaf(6, have => $have), _unknown(6),
        (map { _leaf(6, $_ => 'n/a') } qw(elev_min cyc_slps clk_jmps)), '    </total>',
        '    <excluded>', (map { _leaf(6, $_ => 0) } qw(xbeg xend xint xsys)), '    </excluded>',
        (map { _system($_->[1], $found->{systems}{$_->[0]}, $expected) } @systems), '  </data>';
}

sub _system ($name, $system, $expected) {
    my $have = $system->{have} // 0;
    return qq{    <system type="$name" nsat="$system->{satellites}" xele="$have">},
        '      <epo>', _leaf(8, expt => $expected), _leaf(8, have => $system->{epochs}),
        _leaf(8, dual => $system->{usable} // 0), '      </epo>',
        '      <amb>', (map { _leaf(8, $_ => 'n/a') } qw(nepo nsat nsig nslp)), '      </amb>',
        _few(code => $system->{few_code}), _few(phase => $system->{few_phase}),
        _signals($system->{signals}), '    </system>';
}

sub _few ($kind, $satellites) {
    return qq{      <bnd type="$kind">}, _leaf(8, xepo => 'n/a'),
        _leaf(8, xsat => $satellites // 0), '      </bnd>';
}

# Signals that are observations: code, phase, Doppler, strength; not I (ionosphere), X (channel).
sub _signals ($signals) {
    my @lines;
    for my $type (grep { /^[CPLDS]\d[A-Z]?\z/ } sort keys %$signals) {
        my $signal = $signals->{$type};
        push @lines, qq{      <obs type="$type">}, _leaf(8, nsat => $signal->{satellites}),
            _leaf(8, expt => 'n/a'), _leaf(8, have => $signal->{have}), _unknown(8);
        push @lines, _leaf(8, mpth => 'n/a') if $type =~ /^[CP]/;
        push @lines, _leaf(8, slps => 'n/a') if $type =~ /^L/;
        push @lines, '      </obs>';
    }
    return @lines;
}

# Observations above an elevation.
sub _unknown ($indent) {
    return map { _leaf($indent, $_ => 'n/a') } qw(expt_usr have_usr);
}

sub _head ($found, $name) {
    my $header = $found->{header};
    return '  <head file_numb="1">', _leaf(4, file_name => $name),
        _leaf(4, file_md5sum => $found->{md5}),
        _leaf(4, file_format => "RINEX$header->{version}"),
        _leaf(4, marker_name => $header->field('MARKER NAME')),
        _leaf(4, marker_numb => $header->field('MARKER NUMBER', 0, 20)),
        _leaf(4, receiver_type => $header->field('REC # / TYPE / VERS', 20, 20)),
        _leaf(4, receiver_numb => $header->field('REC # / TYPE / VERS', 0, 20)),
        _leaf(4, antenna_type => $header->field('ANT # / TYPE', 20, 16)),
        _leaf(4, antenna_dome => $header->field('ANT # / TYPE', 36, 4)),
        _leaf(4, antenna_numb => $header->field('ANT # / TYPE', 0, 20)),
        _leaf(4, software => $header->field('PGM / RUN BY / DATE', 0, 20)),
        _leaf(4, data_int => $header->field('INTERVAL', 0, 10) || 'n/a'),
        _position($header), '  </head>';
}

sub _position ($header) {
    my @place = split ' ', $header->field('APPROX POSITION XYZ');
    return () unless @place == 3 && !grep { !/^-?\d*\.?\d+\z/ } @place;
    return '    <position type="GNS" source="rinex_header">', '      <coordinate>',
        '        <gml:Point gml:id="rinex_header">', _leaf(10, 'gml:pos' => "@place"),
        '        </gml:Point>', '      </coordinate>', '    </position>';
}

sub _leaf ($indent, $name, $value) {
    return ' ' x $indent . "<$name>" . _escaped($value) . "</$name>";
}

# Bytes to ASCII: headers are ASCII, UTF-8 or latin-1; XML has no control characters.
sub _escaped ($text) {
    utf8::decode($text);
    $text =~ s/([&<>"]|[^\x20-\x7e])/ord $1 < 32 ? '?' : '&#' . ord($1) . ';'/ge;
    return $text;
}

sub _step ($found, $digits) {
    return $found->{step} ? sprintf "%.${digits}f", $found->{step} / $SECOND : 'n/a';
}

sub _moment ($time) {
    my ($second, $minute, $hour, $day, $month, $year) = gmtime int $time / $SECOND;
    return sprintf '%04d-%02d-%02dT%02d:%02d:%02d',
        $year + 1900, $month + 1, $day, $hour, $minute, $second;
}

1;
