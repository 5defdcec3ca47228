"""Runs on the server with its Python: makes a saved guest's state that of another guest.

Arguments: the saved state, the new file. Standard input: the other guest's description. A state
as libvirt writes it for Xen is a header, the guest's description, and what Xen saved; only the
description is exchanged (libvirt, src/libxl/libxl_conf.h: libxlSavefileHeader).
"""

import os
import struct
import sys

HEADER = struct.Struct("=16sII40x")  # magic, version, length of the description, reserved
MAGIC = b"libvirt-xml\n \0 \r"
VERSION = 2


def main() -> int:
    """Write the new file: whole, or not at all."""
    source, target = sys.argv[1:3]
    description = sys.stdin.buffer.read() + b"\0"
    with open(source, "rb") as saved, open(f"{target}.new", "wb") as made:
        magic, version, length = HEADER.unpack(saved.read(HEADER.size))
        if magic.rstrip(b"\0") != MAGIC or version != VERSION:
            sys.stderr.write(f"{source} is no state of version {VERSION}, as libvirt saves one\n")
            return 1
        saved.seek(length, os.SEEK_CUR)
        made.write(HEADER.pack(magic, version, len(description)) + description)
        made.flush()
        at, end = saved.tell(), os.fstat(saved.fileno()).st_size
        while at < end:
            at += os.sendfile(made.fileno(), saved.fileno(), at, end - at)
    os.rename(f"{target}.new", target)
    return 0


if __name__ == "__main__":
    sys.exit(main())
