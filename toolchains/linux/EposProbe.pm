# Prints the files that a Perl program loads: `perl -I. -MEposProbe -mMODULE -c PROGRAM`.
# CHECK blocks run last in, first out: this one, loaded first, sees all that the rest loaded.
package EposProbe;
use strict;
use warnings;
require DynaLoader;

CHECK {
    print "loaded $_\n" for grep { defined && m{^/} } values %INC, @DynaLoader::dl_shared_objects;
}

1;
