"""Read a RINEX 2, 3 or 4 observation file as a stream: header, first and last epoch, interval.

Only the lines that are epochs are looked at. What real files hold, and this stands: events among
the epochs (flags 2 to 5, with lines of their own), new types of observation in mid-file, an end in
the middle of an epoch, no INTERVAL, latin-1 text, RINEX 3 content under RINEX 2 names.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

LONGEST_LINE = 1 << 16  # bytes; RINEX 3 lines grow with the types of observation
CYCLE_SLIPS = 6


class NotRinexError(Exception):
    """The content is not that of a RINEX file; the message says why."""


class Header(NamedTuple):
    """What is of interest in a header."""

    version: str
    kind: str
    """O for observations, N, G, H … for navigation, M for meteorology."""
    marker_name: str
    marker_number: str
    interval: float | None
    """Seconds, as INTERVAL says."""
    position: tuple[float, float, float] | None
    """APPROX POSITION XYZ, metres; None where it is absent or zero."""
    observation_types: int
    """RINEX 2: the number of them, which decides how many lines a satellite takes."""


class Epochs(NamedTuple):
    """The epochs of an observation file; events are not epochs."""

    count: int
    first: datetime | None
    last: datetime | None
    interval: float | None
    """Seconds; the most frequent difference of two successive epochs."""


def split_lines(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Yield lines without their ends; the last one also if nothing ends it."""
    rest = b""
    for chunk in chunks:
        lines = (rest + chunk).split(b"\n")
        rest = lines.pop()
        if len(rest) > LONGEST_LINE:
            raise NotRinexError(f"a line is longer than {LONGEST_LINE} bytes")
        yield from lines
    if rest:
        yield rest


def read_header(lines: Iterator[bytes]) -> Header:
    """Read up to END OF HEADER.

    Raises:
        NotRinexError: The first line is no RINEX VERSION / TYPE, or the header does not end.
    """
    first = next(lines, b"").decode("latin-1")
    if not first[60:].startswith("RINEX VERSION / TYPE"):
        raise NotRinexError("no RINEX VERSION / TYPE in the first line")
    fields: dict[str, str] = {}
    for line in lines:
        text = line.decode("latin-1").rstrip("\r")
        label = text[60:80].strip()
        if label == "END OF HEADER":
            return _header(first, fields)
        fields.setdefault(label, text[:60])
    raise NotRinexError("the header has no END OF HEADER")


def _header(first: str, fields: dict[str, str]) -> Header:
    return Header(
        version=_version(first[:20]),
        kind=first[20:21].upper(),
        marker_name=fields.get("MARKER NAME", "").strip(),
        marker_number=fields.get("MARKER NUMBER", "")[:20].strip(),
        interval=_positive(fields.get("INTERVAL", "")[:10]),
        position=_position(fields.get("APPROX POSITION XYZ", "")),
        observation_types=_observation_types(fields.get("# / TYPES OF OBSERV", "")),
    )


def _version(text: str) -> str:
    """2, 2.0 and 2.00 are all 2.00."""
    value = _positive(text)
    if value is None:
        raise NotRinexError(f"no version of RINEX: {text.strip()!r}")
    return f"{value:.2f}"


def read_epochs(lines: Iterator[bytes], header: Header) -> Epochs:
    """Read the epochs that follow a header."""
    times = _epochs_2(lines, header) if header.version.startswith("2") else _epochs_3(lines)
    count, intervals = 0, {}
    first = last = None
    for time in times:
        if last is None:
            first = time
        else:
            step = time - last
            intervals[step] = intervals.get(step, 0) + 1
        last = time
        count += 1
    return Epochs(count, _moment(first), _moment(last), _modal(intervals))


def _modal(intervals: dict[int, int]) -> float | None:
    """The most frequent one, the first of equals."""
    if not intervals:
        return None
    return max(intervals, key=intervals.__getitem__) / 10**7


def _epochs_2(lines: Iterator[bytes], header: Header) -> Iterator[int]:
    """Yield the epochs of RINEX 2, in 100 ns.

    " 21  1  1  0  0  0.0000000  0 20G01G03…": the flag in column 29, then the number of
    satellites, twelve of which stand in a line; five observations in a line for each.
    """
    types = header.observation_types
    for line in lines:
        if not line.strip():
            continue
        flag, number = _integer(line[28:29]), _integer(line[29:32])
        if flag is None or number is None:
            continue  # what follows a damaged epoch: lines of observations
        if 2 <= flag < CYCLE_SLIPS:
            types = _skip_event(lines, number, types)
            continue
        time = _time(line[1:26])
        if time is None:
            continue
        if flag != CYCLE_SLIPS:
            yield time
        continued = max(0, number - 1) // 12
        for _ in range(continued + number * ((types + 4) // 5)):
            next(lines, None)


def _skip_event(lines: Iterator[bytes], number: int, types: int) -> int:
    """Skip an event's lines, which may be header lines that change the types of observation."""
    found = False
    for _ in range(number):
        text = next(lines, b"").decode("latin-1")
        if text[60:].startswith("# / TYPES OF OBSERV") and not found:
            types, found = _observation_types(text[:60]), True
    return types


def _epochs_3(lines: Iterator[bytes]) -> Iterator[int]:
    """Yield the epochs of RINEX 3 and 4, in 100 ns: "> 2021 12 21 00 00  0.0000000  0 29"."""
    for line in lines:
        if line[:1] != b">":
            continue
        flag = _integer(line[31:32])
        if flag is not None and flag < 2 and (time := _time(line[2:29])) is not None:
            yield time


def _time(text: bytes) -> int | None:
    """Read "21  1  1  0  0  0.0000000" or the same with a year of four digits, as 100 ns."""
    try:
        year, month, day, hour, minute, second = text.split()
        whole, _, fraction = second.partition(b".")
        number = int(year)
        if number < 100:
            number += 1900 if number >= 80 else 2000
        days = datetime(number, int(month), int(day)).toordinal()
        seconds = (days * 24 + int(hour)) * 3600 + int(minute) * 60 + int(whole or b"0")
        return seconds * 10**7 + int((fraction + b"0000000")[:7])
    except ValueError:
        return None


def _moment(time: int | None) -> datetime | None:
    if time is None:
        return None
    return datetime.min + timedelta(days=-1, microseconds=time // 10)


def _integer(text: bytes) -> int | None:
    text = text.strip() or b"0"
    return int(text) if text.isdigit() else None


def _observation_types(text: str) -> int:
    return int(text[:6]) if text[:6].strip().isdigit() else 0


def _positive(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if 0 < value < float("inf") else None


def _position(text: str) -> tuple[float, float, float] | None:
    try:
        x, y, z = (float(part) for part in text.split())
    except ValueError:
        return None
    return (x, y, z) if x * x + y * y + z * z > 1 else None
