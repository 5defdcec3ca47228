"""Read a RINEX 2, 3 or 4 observation file as a stream: header, first and last epoch, interval.

Only the lines that are epochs are looked at. What real files hold, and this stands: events among
the epochs (flags 2 to 5, with lines of their own), new types of observation in mid-file, an end in
the middle of an epoch, no INTERVAL, latin-1 text, RINEX 3 content under RINEX 2 names.
"""

import re
from collections.abc import Generator, Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import NamedTuple

LONGEST_LINE = 1 << 16  # bytes; RINEX 3 lines grow with the types of observation
CYCLE_SLIPS = 6
END_OF_TEXT = (b"\x1a", b"\0")  # what DOS ends a text with, and disks and loggers fill up with
LONGEST_HEADER = 10_000  # lines; real headers have some 20 to 200
NEAR_EARTH = (6.3e6, 6.5e6)  # m from its centre
FARTHEST = 300 * 86_400 * 10**7  # 100 ns between two epochs of a file: a year off is a fault
MOST_FAULTS = 20  # that are named of one file
FIRST_YEAR, LAST_YEAR = 1980, 2099
BEGIN, TYPES_2 = b"RINEX VERSION / TYPE", "# / TYPES OF OBSERV"
TYPES_3, NO_TYPES = "SYS / # / OBS TYPES", "the header names no types of observation"
BYTE_ORDER_MARK = b"\xef\xbb\xbf"  # what some editors begin a text with
# An epoch's time as far as it can be recognised, then its flag and number of satellites; by columns
# where the flag is missing. An event may have no time.
EPOCH_3 = re.compile(rb"> *((?:\d+ +){5}\d+(?:\.\d*)?) +(\d) *\d{1,3}(?!\d|\.)")
FIXED_3 = re.compile(rb">( \d{4}(?: [ \d]\d){4}[ \d.]{11})  ([0-6 ])[ \d]{2}\d")
EVENT_3 = re.compile(rb">.{30}[2-6][ \d]{2}\d")
# " 21  1  1  0  0  0.0000000  0 20G01G03…": by its columns; else as far as it can be recognised. No
# line of observations is like that: its first point is in column 11 or behind column 26.
EPOCH_2 = re.compile(
    rb" ( {25}|[^.]{17}\.[^.]{7}|[^.]{17} {8})..([0-6 ])(  \d| \d\d|\d{3})", re.DOTALL
)
LOOSE_2 = re.compile(rb" ?([ \d]?\d(?: +\d+){4} +\d+\.\d*) +([0-6]) *(\d{1,3})(?=[A-Z])")
TIME = re.compile(rb" *(\d+) +(\d+) +(\d+) +(\d+) +(\d+) +(\d+)\.?(\d*) *")
VERSION = re.compile(r" *(\d\d?(?:\.\d*)?) ")


Times = Generator[int, None, bytes | None]
"""Of a file's epochs; gives the first line of another header behind them."""


class NotRinexError(Exception):
    """The content is not that of a RINEX file; the message says why."""


class Faults(list[str]):
    """What is wrong with a file and does not spoil the rest of it; the first ones by name."""

    def add(self, text: str) -> None:
        """Name one more, unless it is named or there are too many."""
        if text not in self and len(self) < MOST_FAULTS:
            self.append(text)


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
    """APPROX POSITION XYZ, metres; None where it is absent, or not near the Earth's surface."""
    observation_types: int
    """The number of them; in RINEX 2 it decides how many lines a satellite takes."""


class Epochs(NamedTuple):
    """The epochs of an observation file; events are not epochs."""

    count: int
    first: datetime | None
    last: datetime | None
    interval: float | None
    """Seconds; the most frequent difference of two successive epochs."""


def split_lines(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Yield lines without their ends; the last one also if nothing ends it.

    A line that begins with NUL or Ctrl-Z ends the text, though all of the chunks are read.
    """
    rest = b""
    for chunk in chunks:
        text = rest + chunk.replace(b"\r", b"")
        lines = text.split(b"\n")
        rest = lines.pop()
        if any(end in text for end in END_OF_TEXT):
            for line in lines:
                if line.startswith(END_OF_TEXT):
                    return _drain(chunks)
                yield line
        else:
            yield from lines
        if len(rest) > LONGEST_LINE:
            text, nul, _ = rest.partition(b"\0")
            if not nul:
                raise NotRinexError(f"a line is longer than {LONGEST_LINE} bytes")
            if text:
                yield text
            return _drain(chunks)
    if rest and not rest.startswith(END_OF_TEXT):
        yield rest


def _drain(chunks: Iterator[bytes]) -> None:
    for _ in chunks:
        pass


def read_header(lines: Iterator[bytes], faults: Faults) -> Header:
    """Read up to END OF HEADER.

    Raises:
        NotRinexError: The first line is no RINEX VERSION / TYPE, or the header does not end.
    """
    first = next(lines, b"").removeprefix(BYTE_ORDER_MARK).decode("latin-1")
    if not first:
        raise NotRinexError("the file is empty")
    return read_header_after(first, lines, faults)


def read_header_after(first: str, lines: Iterator[bytes], faults: Faults) -> Header:
    """Read a header whose first line was read already."""
    if not first[60:].startswith(BEGIN.decode()):
        raise NotRinexError("no RINEX VERSION / TYPE in the first line")
    fields: dict[str, str] = {}
    types: list[str] = []
    for line in islice(lines, LONGEST_HEADER):
        content, label = _columns(line)
        if label.startswith("END OF HEADER"):
            return _header(first, fields, types, faults)
        label = label[:20].strip()
        fields.setdefault(label, content)
        if label in (TYPES_2, TYPES_3):
            types.append(content)
    raise NotRinexError("the header has no END OF HEADER")


def _columns(line: bytes) -> tuple[str, str]:
    """Split a header line into its 60 columns and what follows; UTF-8 where it can be, or latin-1.

    Columns are bytes to most writers and letters to some, whose labels begin later in bytes.
    """
    try:
        text = line.decode()
    except UnicodeDecodeError:
        text = line.decode("latin-1")
    if len(text) == len(line) or line[60:61] == b" ":
        return text[:60], text[60:]
    return line[:60].decode(errors="replace"), line[60:].decode("latin-1")


def _header(first: str, fields: dict[str, str], types: list[str], faults: Faults) -> Header:
    version, kind = _version(first[:20]), first[20:21].upper()
    named = len("".join(text[6:] for text in types).split())
    told = named if version >= "3" else _observation_types(types, faults)
    if kind == "O" and not told:
        faults.add(NO_TYPES)
    return Header(
        version=version,
        kind=kind,
        marker_name=_printable(fields.get("MARKER NAME", ""), faults),
        marker_number=_printable(fields.get("MARKER NUMBER", "")[:20], faults),
        interval=_positive(fields.get("INTERVAL", "")[:10]),
        position=_position(fields.get("APPROX POSITION XYZ", ""), faults),
        observation_types=told,
    )


def _printable(text: str, faults: Faults) -> str:
    clean = "".join(letter for letter in text if letter.isprintable()).strip()
    if clean != text.strip():
        faults.add(f"control characters in the header beside {clean!r}")
    return clean


def _version(text: str) -> str:
    """2, 2.0 and 2.00 are all 2.00."""
    match = VERSION.match(text)
    if match is None or not 1 <= float(match[1]) < 5:
        raise NotRinexError(f"no version of RINEX: {text.strip()!r}")
    return f"{float(match[1]):.2f}"


def read_epochs(lines: Iterator[bytes], header: Header, faults: Faults) -> Epochs:
    """Read the epochs that follow a header; one whose time is none is named and left out."""
    count, intervals = 0, {}
    first = last = None
    for time in _times(lines, header, faults):
        if last is not None and abs(time - last) > FARTHEST:
            faults.add(f"epoch {_moment(time)} is far from {_moment(last)}, the one before")
            continue
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


def _times(lines: Iterator[bytes], first: Header, faults: Faults) -> Iterator[int]:
    """Yield the epochs in 100 ns, also those of another file that was put behind the first."""
    header: Header | None = first
    while header:
        read = _epochs_3 if header.version >= "3" else _epochs_2
        begin = yield from read(lines, header, faults)
        header = _further_header(begin, lines, faults) if begin else None


def _further_header(line: bytes, lines: Iterator[bytes], faults: Faults) -> Header | None:
    """Read the header of a second file; None where it is no observation file's."""
    faults.add("a second header among the epochs: two files in one")
    try:
        header = read_header_after(line.decode("latin-1"), lines, faults)
    except NotRinexError as error:
        faults.add(f"the second file is left out: {error}")
        return None
    if header.kind != "O" or not header.observation_types:
        faults.add("the second file is left out: it has no observations")
        return None
    return header


def _epochs_2(lines: Iterator[bytes], header: Header, faults: Faults) -> Times:
    """Yield the epochs of RINEX 2. Twelve satellites stand in a line; five observations do."""
    types, early, lost = header.observation_types, None, False
    while (line := early or next(lines, None)) is not None:
        early = None
        if not line.strip():
            continue
        if line.startswith(BEGIN, 60):
            return line
        match = EPOCH_2.match(line) or LOOSE_2.match(line)
        if not match:
            if not lost:  # the first of them
                faults.add(f"no epoch: {_shown(line[:32])}")
            lost = True
            continue
        lost, flag, number = False, int(match[2].strip() or b"0"), int(match[3])
        if 2 <= flag < CYCLE_SLIPS:
            types, early = _skip_event(lines, number, types, faults)
            continue
        time = _time(match[1])
        if time is None:
            faults.add(f"no time of an epoch: {_shown(line[:32])}")
        elif flag != CYCLE_SLIPS:
            yield time
        continued = max(0, number - 1) // 12
        early = _skip(lines, continued + number * ((types + 4) // 5), faults)
    return None


def _skip(lines: Iterator[bytes], number: int, faults: Faults) -> bytes | None:
    """Pass over the lines of an epoch; give the next one's if that begins before their end."""
    for line in islice(lines, number):
        if line[18:19] == b"." and _begins_epoch(line, faults):
            return line
    return None


def _begins_epoch(line: bytes, faults: Faults) -> bool:
    match = EPOCH_2.match(line)
    if match is None or _time(match[1]) is None:
        return False
    faults.add(f"fewer lines than an epoch says, before {_shown(line[:32])}")
    return True


def _skip_event(
    lines: Iterator[bytes], number: int, types: int, faults: Faults
) -> tuple[int, bytes | None]:
    """Skip an event's lines, which may be header lines that change the types of observation."""
    told, early = [], None
    for line in islice(lines, number):
        if line[18:19] == b"." and _begins_epoch(line, faults):
            early = line
            break
        text = line.decode("latin-1")
        if text[60:].startswith(TYPES_2):
            told.append(text[:60])
    return _observation_types(told, faults) if told else types, early


def _epochs_3(lines: Iterator[bytes], header: Header, faults: Faults) -> Times:
    """Yield the epochs of RINEX 3 and 4: "> 2021 12 21 00 00  0.0000000  0 29".

    The columns are not taken for granted: some writers leave a blank out, or put one in.
    """
    for line in lines:
        first = line[:1]
        if first >= b"A":  # a satellite, as most are
            continue
        if first != b">":
            if line.startswith(BEGIN, 60):
                return line
            continue
        match = EPOCH_3.match(line) or FIXED_3.match(line)
        if match and int(match[2].strip() or b"0") > 1:
            continue
        time = _time(match[1]) if match else None
        if time is not None:
            yield time
        elif not EVENT_3.match(line):
            faults.add(f"no time of an epoch: {_shown(line[:35])}")
    return None


def _shown(line: bytes) -> str:
    return repr(line.decode("latin-1").strip())


def _time(text: bytes) -> int | None:
    """Read "21  1  1  0  0  0.0000000" or the same with a year of four digits, as 100 ns."""
    match = TIME.fullmatch(text)
    if match is None:
        return None
    year, month, day, hour, minute, second = (int(part) for part in match.groups()[:6])
    if year < 100:
        year += 1900 if year >= 80 else 2000
    if not FIRST_YEAR <= year <= LAST_YEAR or hour > 24 or minute > 59 or second > 60:
        return None
    try:
        days = datetime(year, month, day).toordinal()
    except ValueError:
        return None
    seconds = (days * 24 + hour) * 3600 + minute * 60 + second
    return seconds * 10**7 + int((match[7] + b"0000000")[:7])


def _moment(time: int | None) -> datetime | None:
    if time is None:
        return None
    return datetime.min + timedelta(days=-1, microseconds=time // 10)


def _observation_types(told: list[str], faults: Faults) -> int:
    """Count the types of RINEX 2: those that are named, whatever their number is said to be.

    "     9    C1    P1    P2    L1    L2    C5    L5    S1    S2"; more lines have no number.
    """
    named = len("".join(text[6:] for text in told).split())
    said = told[0][:6].strip() if told else ""
    if said and (not said.isdigit() or int(said) != named):
        faults.add(f"the header says {said} types of observation and names {named}")
    return named


def _positive(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if 0 < value < float("inf") else None


def _position(text: str, faults: Faults) -> tuple[float, float, float] | None:
    """Read metres; zeros stand for a position that is not known."""
    if not text.strip():
        return None
    try:
        x, y, z = (float(part) for part in text.split())
    except ValueError:
        x, y, z = (float("nan"),) * 3
    least, most = NEAR_EARTH
    if x == y == z == 0:
        return None
    if least < (x * x + y * y + z * z) ** 0.5 < most:  # false for NaN
        return x, y, z
    faults.add(f"APPROX POSITION XYZ is not near the Earth's surface, in m: {text.strip()!r}")
    return None
