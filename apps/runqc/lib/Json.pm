# JSON, read and written: objects, lists, texts, numbers and null. Texts are bytes, UTF-8.
package Json;
use v5.36;

my %NAMED = (b => "\b", f => "\f", n => "\n", r => "\r", t => "\t");
my $DEEPEST = 32;

# Write a value. Numbers are what looks like one and was made to be: \12.5; text is anything else.
sub encode ($value) {
    return 'null' unless defined $value;
    my $kind = ref $value;
    return '[' . join(', ', map { encode($_) } @$value) . ']' if $kind eq 'ARRAY';
    return $$value if $kind eq 'SCALAR';
    return _text($value) if $kind ne 'HASH';
    return '{' . join(', ', map { _text($_) . ': ' . encode($value->{$_}) } sort keys %$value) . '}';
}

sub _text ($text) {
    $text =~ s/(["\\])/\\$1/g;
    $text =~ s/([\x00-\x1f\x7f])/sprintf '\\u%04x', ord $1/ge;
    # Names that are no UTF-8 are taken for latin-1.
    utf8::encode($text) unless utf8::decode(my $copy = $text);
    return qq{"$text"};
}

# Read a text. Dies if it is no JSON; true and false are 1 and 0.
sub decode ($text) {
    my $value = _value(\$text, 0);
    $text =~ /\G\s*\z/gc or die "no JSON\n";
    return $value;
}

sub _value ($text, $depth) {
    $depth < $DEEPEST or die "JSON is too deep\n";
    $$text =~ /\G\s+/gc;
    return _object($text, $depth + 1) if $$text =~ /\G\{/gc;
    return _list($text, $depth + 1) if $$text =~ /\G\[/gc;
    return _string($text) if $$text =~ /\G"/gc;
    return $1 if $$text =~ /\G(-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)/gc;
    return {null => undef, true => 1, false => 0}->{$1} if $$text =~ /\G(null|true|false)/gc;
    die "no JSON\n";
}

sub _list ($text, $depth) {
    my @values;
    return \@values if $$text =~ /\G\s*\]/gc;
    do { push @values, _value($text, $depth) } while $$text =~ /\G\s*,/gc;
    $$text =~ /\G\s*\]/gc or die "no JSON\n";
    return \@values;
}

sub _object ($text, $depth) {
    my %values;
    return \%values if $$text =~ /\G\s*\}/gc;
    do {
        $$text =~ /\G\s*"/gc or die "no JSON\n";
        my $name = _string($text);
        $$text =~ /\G\s*:/gc or die "no JSON\n";
        $values{$name} = _value($text, $depth);
    } while $$text =~ /\G\s*,/gc;
    $$text =~ /\G\s*\}/gc or die "no JSON\n";
    return \%values;
}

sub _string ($text) {
    $$text =~ /\G((?:[^"\\]|\\.)*+)"/gcs or die "no JSON\n";
    my $string = $1;
    $string =~ s{\\u[dD]([89abAB]\w\w)\\u[dD]([c-fC-F]\w\w)}
                {_utf8(0x10000 + ((hex("d$1") & 0x3ff) << 10) + (hex("d$2") & 0x3ff))}ge;
    $string =~ s{\\(?:u([0-9a-fA-F]{4})|(.))}{defined $1 ? _utf8(hex $1) : $NAMED{$2} // $2}gse;
    return $string;
}

sub _utf8 ($code) {
    my $letter = chr $code;
    utf8::encode($letter);
    return $letter;
}

1;
