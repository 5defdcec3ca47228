#!/bin/sh
# Write libicudata.so with the root locale alone to $1: 1 MB instead of 31 MB.
#
# PostgreSQL and libxml2 are linked with ICU. The clusters here use PostgreSQL's builtin locale
# provider, so all that is ever asked of ICU is initdb's question for the version of the root
# collation. icupkg takes it out of Debian's data; genrb writes an index without other locales,
# so that no collation is offered whose rules are missing.
set -eu
output=$1
library=$(readlink -f /usr/lib/x86_64-linux-gnu/libicudata.so.??)
soname=libicudata.so.${library##*/libicudata.so.}
soname=${soname%.*}
version=${soname##*.}
cd "$(mktemp -d)"

objcopy -O binary --only-section=.rodata "$library" "icudt${version}l.dat"
icupkg -l "icudt${version}l.dat" | grep -vxE \
    'root.res|pool.res|coll/(root.res|res_index.res|ucadata.icu)|supplementalData.res|keyTypeData.res' \
    >unwanted.txt
cat >res_index.txt <<'TABLE'
res_index:table(nofallback) { InstalledLocales { root {""} } }
TABLE
genrb --quiet res_index.txt
echo res_index.res >wanted.txt
# Every entry's name begins with the name of the package's file, so that keeps its name.
mkdir root
icupkg -r unwanted.txt -a wanted.txt "icudt${version}l.dat" "root/icudt${version}l.dat"

cat >data.s <<ASSEMBLY
        .globl  icudt${version}_dat
        .type   icudt${version}_dat, @object
        .section .rodata
        .balign 16
icudt${version}_dat:
        .incbin "root/icudt${version}l.dat"
        .size   icudt${version}_dat, . - icudt${version}_dat
        .section .note.GNU-stack,"",@progbits
ASSEMBLY
as -o data.o data.s
ld -shared -soname "$soname" -o "$output/$soname" data.o
