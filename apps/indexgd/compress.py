"""Decompress .Z, .gz, .bz2 and .zip as a stream of chunks, and expand Hatanaka compression.

Nothing is held but the chunk under way: the guest this runs in has about 40 MB.
Modules that only one format needs are imported when that format turns up.
"""

import os
import re
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    import zipfile

CHUNK = 1 << 16  # bytes
GZIP, BZIP2 = b"\x1f\x8b", b"BZh"
AFTER = "{} data are followed by something else, which is left out"
RINEX = re.compile(r"\.(\d\d[a-z]|rnx|crx)$", re.IGNORECASE)
Warn = Callable[[str], None]
"""Is told of what is wrong and does not spoil the rest."""
ZIP_METHODS = (0, 8, 12)  # stored, deflate, bzip2: what RunQC reads as well
END_OF_TEXT = re.compile(rb"\n[\0\x1a]")  # a line that begins so, and all behind it
CUT = "truncated in the middle"  # as crx2rnx says it
MAX_BITS = 16  # of a code in a .Z file


class BadFileError(Exception):
    """A file that cannot be decompressed or read; the message says why."""


def expanded_chunks(path: str, warn: Warn) -> Iterator[bytes]:
    """Yield the content of a file, decompressed and, if it is Hatanaka's, expanded.

    Raises:
        BadFileError: The file is damaged, or crx2rnx refuses it.
    """
    with open(path, "rb") as stream:
        chunks = decompressed_chunks(stream, warn)
        first = _fill(chunks, 80)
        whole = _chain(first, chunks)
        # CRINEX VERS   / TYPE stands in columns 61 to 80 of the first line.
        if b"CRINEX VERS" in first[:80]:
            whole = _expanded(whole, warn)
        yield from whole


def decompressed_chunks(stream: BinaryIO, warn: Warn) -> Iterator[bytes]:
    """Yield a stream's content, decompressed after its first bytes, not after its name."""
    magic = stream.read(4)
    stream.seek(0)
    if magic[:2] == b"\x1f\x8b":
        return _gzip(stream, warn)
    if magic[:2] == b"\x1f\x9d":
        return _lzw(stream)
    if magic[:3] == b"BZh":
        return _bzip2(stream, warn)
    if magic == b"PK\x03\x04":
        return _zip(stream)
    return _read(stream)


def _read(stream: BinaryIO) -> Iterator[bytes]:
    while chunk := stream.read(CHUNK):
        yield chunk


def _fill(chunks: Iterator[bytes], size: int) -> bytes:
    first = b""
    while len(first) < size and (chunk := next(chunks, b"")):
        first += chunk
    return first


def _chain(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    if first:
        yield first
    yield from rest


def _gzip(stream: BinaryIO, warn: Warn) -> Iterator[bytes]:
    import zlib

    def new() -> "zlib._Decompress":
        return zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)

    member = new()
    try:
        for packed in _read(stream):
            while packed:
                if member.eof:  # several members may follow each other, and zeros the last one
                    packed = packed.lstrip(b"\0")
                    if not packed:
                        break
                    if not GZIP.startswith(packed[: len(GZIP)]):
                        return warn(AFTER.format("gzip"))
                    member = new()
                chunk = member.decompress(packed, CHUNK)
                packed = member.unused_data if member.eof else member.unconsumed_tail
                if chunk:
                    yield chunk
        yield member.flush()
    except zlib.error as error:
        raise BadFileError(f"damaged gzip data: {error}") from error
    if not member.eof:
        raise BadFileError("gzip data ends too early")


def _bzip2(stream: BinaryIO, warn: Warn) -> Iterator[bytes]:
    from bz2 import BZ2Decompressor

    member = BZ2Decompressor()
    try:
        for packed in _read(stream):
            while packed or not (member.eof or member.needs_input):
                if member.eof:
                    packed = packed.lstrip(b"\0")
                    if not packed:
                        break
                    if not BZIP2.startswith(packed[: len(BZIP2)]):
                        return warn(AFTER.format("bzip2"))
                    member = BZ2Decompressor()
                chunk = member.decompress(packed, CHUNK)
                packed = member.unused_data if member.eof else b""
                if chunk:
                    yield chunk
    except OSError as error:
        raise BadFileError(f"damaged bzip2 data: {error}") from error
    if not member.eof:
        raise BadFileError("bzip2 data ends too early")


def _zip(stream: BinaryIO) -> Iterator[bytes]:
    import zipfile

    try:
        with zipfile.ZipFile(stream) as archive, archive.open(_member(archive)) as member:
            while chunk := member.read(CHUNK):
                yield chunk
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError) as error:
        raise BadFileError(f"damaged zip archive: {error}") from error


def _member(archive: "zipfile.ZipFile") -> "zipfile.ZipInfo":
    """Find the one file of an archive, or the one RINEX file among others.

    Folders, and what macOS puts beside each file, are none.
    """
    files = [
        member
        for member in archive.infolist()
        if not member.is_dir()
        and not member.filename.startswith("__MACOSX/")
        and not os.path.basename(member.filename).startswith("._")
    ]
    if len(files) > 1:
        files = [member for member in files if RINEX.search(member.filename)] or files
    if len(files) != 1:
        raise BadFileError(f"zip archive holds {len(files)} files, one is expected")
    if files[0].compress_type not in ZIP_METHODS:
        raise BadFileError(f"zip method {files[0].compress_type} is not read; use deflate")
    return files[0]


def _lzw(stream: BinaryIO) -> Iterator[bytes]:
    """Decompress what compress(1) wrote: LZW with codes of 9 to 16 bits, least bit first.

    Codes come in groups of eight; where the width changes, or after a clear code, the rest of
    the group is padding. Source: ncompress 4.2.
    """
    header = stream.read(3).ljust(3, b"\0")
    bits, block_mode = header[2] & 0x1F, header[2] & 0x80
    if not 9 <= bits <= MAX_BITS:
        raise BadFileError(f"damaged .Z data: codes of {bits} bits")
    literals = [bytes((value,)) for value in range(256)] + ([b""] if block_mode else [])
    table = literals.copy()
    width, previous, output = 9, b"", bytearray()
    while group := stream.read(width):  # eight codes of `width` bits are `width` bytes
        value = int.from_bytes(group, "little")
        mask = (1 << width) - 1
        for _ in range(len(group) * 8 // width):
            code, value = value & mask, value >> width
            if code == 256 and block_mode:
                table, width, previous = literals.copy(), 9, b""
                break
            if code < len(table):
                entry = table[code]
            elif code == len(table) and previous:
                entry = previous + previous[:1]
            else:
                raise BadFileError("damaged .Z data: a code before its definition")
            output += entry
            if previous and len(table) < 1 << bits:
                table.append(previous + entry[:1])
            previous = entry
            # The writer is one entry ahead of the reader: it changes the width that much sooner.
            if len(table) >= 1 << width and width < bits:
                width += 1
                break
        if len(output) >= CHUNK:
            yield bytes(output)
            output.clear()
    yield bytes(output)


def _text_alone(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Leave out what loggers fill up with behind a text: crx2rnx would refuse the whole file."""
    last = b""
    for chunk in chunks:
        text = last + chunk
        if end := END_OF_TEXT.search(text):
            yield text[len(last) : end.start() + 1]
            return
        yield chunk
        last = chunk[-1:]


def _expanded(chunks: Iterator[bytes], warn: Warn) -> Iterator[bytes]:
    """Expand Compact RINEX with crx2rnx, which a thread feeds while its output is read.

    In Python the largest daily file takes minutes on the emulated machine, in C two seconds.
    """
    import subprocess
    from threading import Thread

    problems: list[Exception] = []
    process = subprocess.Popen(
        [_crx2rnx(), "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdin and process.stdout and process.stderr
    source = process.stdin

    def feed() -> None:
        try:
            with source:
                for chunk in _text_alone(chunks):
                    source.write(chunk)
        except BrokenPipeError:
            pass  # crx2rnx gave up; its exit status says so
        except Exception as error:
            problems.append(error)

    feeder = Thread(target=feed, daemon=True)
    feeder.start()
    try:
        while chunk := process.stdout.read(CHUNK):
            yield chunk
        feeder.join()
        complaint = process.stderr.read(1000).decode("latin-1").strip()
        status = process.wait()
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
        process.stderr.close()
        feeder.join()
    if problems:
        raise problems[0]
    if status == 1 and CUT in complaint:  # all that is whole is expanded
        warn("compact RINEX ends in the middle of an epoch")
    elif status == 2:  # expanded all the same
        warn(f"crx2rnx: {complaint}")
    elif status != 0:
        raise BadFileError(f"crx2rnx ended with status {status}: {complaint}")


def _crx2rnx() -> str:
    """Find the program: named by CRX2RNX, or inside the hatanaka package.

    The package itself is not imported: it brings modules that are not needed here.
    """
    if named := os.environ.get("CRX2RNX"):
        return named
    for folder in sys.path:
        candidate = os.path.join(folder, "hatanaka", "bin", "crx2rnx")
        if os.path.exists(candidate):
            return candidate
    raise BadFileError("crx2rnx is missing: install requirements.txt, or name it in CRX2RNX")
