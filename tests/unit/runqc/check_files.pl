# What RunQC finds in files, a line of JSON for each: perl check_files.pl LIB FILE ...
use v5.36;
use lib shift @ARGV;
use Json;
use Qc;

for my $path (@ARGV) {
    my $found = eval { Qc::check($path) };
    if (!$found) { say Json::encode({error => $@ =~ s/\n\z//r}); next }
    my %systems = map {
        my ($letter, $system) = ($_, $found->{systems}{$_});
        $letter => {map { $_ => \$system->{signals}{$_}{have} } keys %{$system->{signals}}};
    } keys %{$found->{systems}};
    say Json::encode({
        epochs => \$found->{epochs}, first => \$found->{first}, last => \$found->{last},
        step => defined $found->{step} ? \$found->{step} : undef, md5 => $found->{md5},
        faults => $found->{faults}, systems => \%systems,
    });
}
