"""Turn an archive's files into records for FWSS.

A record has the columns of the tables rinex_file, file_type and data_center, the marker of the
station, and what the file itself says of its epochs; README.md lists them.
"""

import hashlib
import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from compress import BadFileError, expanded_chunks
from names import OBSERVATION, Name, is_log, parse_name
from rinex import Epochs, Faults, Header, NotRinexError, read_epochs, read_header, split_lines

Record = dict[str, Any]
# What files held when they were read last, by path, with what tells whether they changed since.
# A record takes 2 kB. An archive is indexed every night, and changes by some files.
MOST_KNOWN = 2000
SETTLED = 2.0  # s; a younger change may be followed by another of the same time
_known: dict[str, tuple[tuple[int, ...], Record]] = {}
RECORD, ERROR, LOG, SKIPPED = "record", "error", "log", "skipped"
FORMATS = {"observation": "", "navigation": "_NAV", "meteorological": "_MET"}


def index_file(archive: str, path: str, name: Name, data_center: str) -> Record:
    """Read one file, unless it is known and has not changed.

    Raises:
        BadFileError: It cannot be decompressed.
        NotRinexError: It holds no RINEX.
        OSError: It cannot be read.
    """
    full = os.path.join(archive, path)
    about = os.stat(full)
    state = (about.st_dev, about.st_ino, about.st_size, about.st_mtime_ns, about.st_ctime_ns)
    before = _known.get(full)
    if before and before[0] == state and before[1]["data_center"] == data_center:
        return before[1].copy()
    record = _read_file(full, path, name, data_center, about)
    if time.time() - max(about.st_mtime, about.st_ctime) > SETTLED:
        if len(_known) >= MOST_KNOWN:
            del _known[next(iter(_known))]
        _known[full] = (state, record.copy())
    return record


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
        "creation_date": _text(datetime.fromtimestamp(int(about.st_mtime), UTC)),
        "reference_date": _text(name.begin),
        "md5checksum": _md5_of_file(full),
        "md5uncompressed": content.hexdigest(),
        "format": f"RINEX{header.version[:1]}{FORMATS[name.content]}",
        "sampling_window": name.window,
        "sampling_frequency": _frequency(name, header, epochs),
    }
    return record | _about_content(header, epochs) | {"faults": faults}


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


def index_archive(archive: str, data_center: str) -> Iterator[tuple[str, str, Any]]:
    """Yield every file, in order: its path below the archive, what it is, and what there is of it.

    RECORD with its record; ERROR and SKIPPED with the reason; LOG, which is a station's, with None.
    """
    for folder, folders, files in os.walk(archive):
        folders.sort()
        for file in sorted(files):
            path = os.path.relpath(os.path.join(folder, file), archive)
            yield path, *_found(archive, path, file, data_center)


def _found(archive: str, path: str, file: str, data_center: str) -> tuple[str, Any]:
    if is_log(file):
        return LOG, None
    name = parse_name(file)
    if name is None:
        return SKIPPED, "neither a RINEX file's name nor a station log's"
    try:
        return RECORD, index_file(archive, path, name, data_center)
    except (BadFileError, NotRinexError, OSError) as error:
        return ERROR, str(error)
