"""Turn an archive's files into records for FWSS.

A record has the columns of the tables rinex_file, file_type and data_center, the marker of the
station, and what the file itself says of its epochs; README.md lists them.
"""

import hashlib
import os
import stat
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from compress import BadFileError, expanded_chunks
from console import say
from names import OBSERVATION, Name, is_log, parse_name
from rinex import Epochs, Faults, Header, NotRinexError, read_epochs, read_header, split_lines

Record = dict[str, Any]
Walked = Iterator[tuple[str, str, Any]]
"""Paths below the archive, what each is, and what there is of it."""
# What the files that were read last held, by path, with what tells whether they changed since: for
# those that FWSS does not keep, and for GET /records. A record takes 2 kB.
MOST_KNOWN = 2000
SETTLED = 2.0  # s; a younger change may be followed by another of the same time
_known: dict[str, tuple[tuple[int, ...], str, Record | Exception]] = {}
RECORD, ERROR, LOG, SKIPPED, NAMED = "record", "error", "log", "skipped", "named"
FORMATS = {"observation": "", "navigation": "_NAV", "meteorological": "_MET"}
FAULTY = (BadFileError, NotRinexError)


def state_of(about: os.stat_result) -> tuple[int, ...]:
    """Give what tells whether a file is another than before."""
    return (about.st_dev, about.st_ino, about.st_size, about.st_mtime_ns, about.st_ctime_ns)


def index_file(archive: str, path: str, name: Name, data_center: str) -> Record:
    """Read one file, unless it is known and has not changed.

    Raises:
        BadFileError: It cannot be decompressed.
        NotRinexError: It holds no RINEX.
        OSError: It cannot be read.
    """
    full = os.path.join(archive, path)
    about = os.stat(full)
    if not stat.S_ISREG(about.st_mode):  # reading a pipe would wait for ever
        raise BadFileError("no regular file")
    state = state_of(about)
    before = _known.get(full)
    if before and before[:2] == (state, data_center):
        found = before[2]
    else:
        try:
            found = _read_file(full, path, name, data_center, about)
        except FAULTY as error:
            found = error.with_traceback(None)
        if time.time() - max(about.st_mtime, about.st_ctime) > SETTLED:
            _keep(full, (state, data_center, found))
    if isinstance(found, Exception):
        raise found
    return found.copy()


def _keep(full: str, what: tuple[tuple[int, ...], str, Record | Exception]) -> None:
    _known.pop(full, None)
    if len(_known) >= MOST_KNOWN:
        del _known[next(iter(_known))]
    _known[full] = what


def _read_file(full: str, path: str, name: Name, data_center: str, about: os.stat_result) -> Record:
    content = hashlib.md5(usedforsecurity=False)
    faults = Faults()
    lines = split_lines(_noted(expanded_chunks(full, faults.add), content))
    header = read_header(lines, faults)
    epochs = None
    if name.content == OBSERVATION:
        if header.kind != "O":
            raise NotRinexError(f"named as observations, but its header says {header.kind!r}")
        epochs = read_epochs(lines, header, faults)
    for _ in lines:  # the checksum is of the whole file
        pass
    folder, file = os.path.split(path)
    record = {
        "name": file,
        "relative_path": folder.replace(os.sep, "/"),
        "data_center": data_center,
        "content": name.content,
        "marker": _marker(name, header),
        "file_size": about.st_size,
        "creation_date": creation_date(about),
        "reference_date": _text(name.begin),
        "md5checksum": _md5_of_file(full),
        "md5uncompressed": content.hexdigest(),
        "format": f"RINEX{header.version[:1]}{FORMATS[name.content]}",
        "sampling_window": name.window,
        "sampling_frequency": _frequency(name, header, epochs),
    }
    return record | _about_content(header, epochs) | {"faults": faults}


def creation_date(about: os.stat_result) -> str:
    """Give when a file was changed last, in whole seconds, UTC.

    Raises:
        BadFileError: In no year of four digits.
    """
    try:
        return _text(datetime.fromtimestamp(int(about.st_mtime), UTC)) or ""
    except (ValueError, OverflowError, OSError):
        raise BadFileError(f"its time is none: {about.st_mtime:.0f} s after 1970") from None


def _about_content(header: Header, epochs: Epochs | None) -> Record:
    found: Record = {"version": header.version}
    if epochs is None:
        return found
    found |= {
        "marker_name": header.marker_name,
        "marker_number": header.marker_number,
        "position": list(header.position) if header.position else None,
        "first_epoch": _text(epochs.first),
        "last_epoch": _text(epochs.last),
        "interval": epochs.interval,
        "n_epochs": epochs.count,
    }
    return found


def _marker(name: Name, header: Header) -> str:
    """The station of the name; nine characters if only the header has them, for the same station.

    Short names have four, and MARKER NAME is often prose (EIJSDEN in eijs0010.21d), so the header
    is believed only where it has the form and agrees with the name.
    """
    marker = header.marker_name.upper()
    if len(name.station) == 4 and len(marker) == 9 and marker.startswith(name.station):
        number, country = marker[4:6], marker[6:]
        if number.isdigit() and country.isalpha() and marker.isascii():
            return marker
    return name.station


def _frequency(name: Name, header: Header, epochs: Epochs | None) -> str | None:
    """What the name says, else the header, else the epochs themselves; None without epochs."""
    if epochs is None or name.frequency:
        return name.frequency
    interval = header.interval or epochs.interval
    return f"{interval:g}s" if interval else None


def _text(moment: datetime | None) -> str | None:
    """2021-01-01T00:00:00, with milliseconds only where there are any; UTC or GPS time."""
    if moment is None:
        return None
    exact = "milliseconds" if moment.microsecond else "seconds"
    return moment.replace(tzinfo=None).isoformat(timespec=exact)


def _noted(chunks: Iterator[bytes], checksum: "hashlib._Hash") -> Iterator[bytes]:
    for chunk in chunks:
        checksum.update(chunk)
        yield chunk


def _md5_of_file(path: str) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def index_archive(archive: str, data_center: str) -> Walked:
    """Yield every file: RECORD with its record, ERROR or SKIPPED with the reason, LOG with None."""
    for path, kind, what in walk(archive):
        if kind == NAMED:
            yield path, *read(archive, path, what, data_center)
        else:
            yield path, kind, what


def walk(archive: str) -> Walked:
    """Yield every file without reading it: NAMED with its Name, else as `index_archive`.

    A folder's files come as the disk has them, before its folders: a folder of 100 000 is not held.
    """
    folders = [""]
    while folders:
        folder = folders.pop()
        inner = []
        try:
            with os.scandir(os.path.join(archive, folder)) as entries:
                for entry in entries:
                    path = os.path.join(folder, entry.name)
                    if entry.is_dir(follow_symlinks=False):
                        inner.append(path)
                    elif not entry.is_symlink() or not entry.is_dir():
                        yield path, *_named(entry.name)
        except OSError as error:
            yield folder, ERROR, f"cannot be listed: {error.strerror}"
        folders += sorted(inner, reverse=True)


def _named(file: str) -> tuple[str, Any]:
    if is_log(file):
        return LOG, None
    if name := parse_name(file):
        return NAMED, name
    return SKIPPED, "neither a RINEX file's name nor a station log's"


def read(archive: str, path: str, name: Name, data_center: str) -> tuple[str, Any]:
    """Read a file; give RECORD and its record, or ERROR and the reason."""
    try:
        return RECORD, index_file(archive, path, name, data_center)
    except (*FAULTY, OSError) as error:
        return ERROR, str(error)
    except Exception as error:  # one file must not end a run
        say(f"{path}: {error!r}")
        return ERROR, f"cannot be read: {error!r}"
