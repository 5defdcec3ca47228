"""The lab: a Debian server in QEMU with the shape of the thesis' own, for who has no server."""
