# What is printed: one line for each message, without what a terminal would obey.
package Console;
use v5.36;

sub say_of ($text) {
    $text =~ s/\n\z//;
    $text =~ s/([\x00-\x1f\x7f]|\xc2[\x80-\x9f])/sprintf '\\x%s', unpack 'H*', $1/ge;
    print STDERR "RunQC: $text\n";
    return;
}

1;
