"""What the name of a RINEX file says: station, period, content and how it is packed.

Short names (RINEX 2, and often RINEX 3 content): ``ssssdddf.yyt``, with minutes
``ssssdddfmm.yyt``. Long names (RINEX 3 and later): ``XXXXMRCCC_S_YYYYDDDHHMM_PER[_FRQ]_CT.rnx``.
Source: RINEX 3.04, section 4 and appendix table A1.
"""

import re
from datetime import datetime, timedelta
from typing import NamedTuple

OBSERVATION, NAVIGATION, METEOROLOGICAL = "observation", "navigation", "meteorological"
SHORT = re.compile(
    r"(?P<station>[A-Z0-9]{4})(?P<day>\d{3})(?P<session>[A-X0-9])(?P<minute>[0-5]\d)?"
    r"\.(?P<year>\d\d)(?P<type>[ODNGHLPQFM])"
)
LONG = re.compile(
    r"(?P<station>[A-Z0-9]{4}\d\d[A-Z]{3})_[RSU]_"
    r"(?P<year>\d{4})(?P<day>\d{3})(?P<hour>\d\d)(?P<minute>\d\d)"
    r"_(?P<period>\d\d[A-Z])(_(?P<frequency>\d\d[A-Z]))?_(?P<type>[A-Z](O|N|M))\.(RNX|CRX)"
)
PACKED = re.compile(r"\.(Z|GZ|BZ2|ZIP)$", re.IGNORECASE)
# The extension of an archive may replace that of the file: ABMF…_MO.zip holds ABMF…_MO.rnx.
BARE_LONG = re.compile(r"_[A-Z][ONM]$")
SHORT_CONTENT = {"O": OBSERVATION, "D": OBSERVATION, "M": METEOROLOGICAL}  # others: navigation
LONG_CONTENT = {"O": OBSERVATION, "N": NAVIGATION, "M": METEOROLOGICAL}
WINDOWS = {"S": "s", "M": "min", "H": "hour", "D": "day", "Y": "year"}
FREQUENCIES = {"S": "s", "M": "min", "H": "h", "D": "d", "Z": "Hz", "C": "00Hz"}
# Of a station: houz00glp_20250106.log, houz_20250106.log; HOUZ00GLP.xml is GeodesyML.
LOG = re.compile(r"([A-Z0-9]{4}|[A-Z0-9]{6}[A-Z]{3})_\d{8}\.log|[A-Z0-9]{6}[A-Z]{3}\.xml", re.I)


class Name(NamedTuple):
    """What a file's name says."""

    station: str
    """Four or nine characters, upper case."""
    begin: datetime
    window: str | None
    """24hour, 1hour, 15min …; None where the name does not say."""
    frequency: str | None
    """30s, 1s …; None where the name does not say."""
    content: str


def is_log(file: str) -> bool:
    """Tell whether a file has the name of a station's log."""
    return LOG.fullmatch(file) is not None


def parse_name(name: str) -> Name | None:
    """Read a file's name in any case; None if it is not that of a RINEX file."""
    upper = PACKED.sub("", name).upper()
    if BARE_LONG.search(upper):
        upper += ".RNX"
    try:
        if match := LONG.fullmatch(upper):
            return _long(match)
        if match := SHORT.fullmatch(upper):
            return _short(match)
    except ValueError:  # day 367, hour 25
        return None
    return None


def _long(match: re.Match[str]) -> Name:
    hour, minute = int(match["hour"]), int(match["minute"])
    if hour > 23 or minute > 59:
        raise ValueError(match[0])
    begin = _day(int(match["year"]), int(match["day"])) + timedelta(hours=hour, minutes=minute)
    return Name(
        station=match["station"],
        begin=begin,
        window=_amount(match["period"], WINDOWS).replace("1day", "24hour"),
        frequency=_amount(match["frequency"], FREQUENCIES) or None,
        content=LONG_CONTENT[match["type"][1]],
    )


def _short(match: re.Match[str]) -> Name:
    year = int(match["year"])
    session, minute = match["session"], match["minute"]
    hour = ord(session) - ord("A") if session.isalpha() else 0
    return Name(
        station=match["station"],
        begin=_day(year + (1900 if year >= 80 else 2000), int(match["day"]))
        + timedelta(hours=hour, minutes=int(minute or 0)),
        window="15min" if minute else ("1hour" if session.isalpha() else "24hour"),
        frequency=None,
        content=SHORT_CONTENT.get(match["type"], NAVIGATION),
    )


def _day(year: int, day: int) -> datetime:
    begin = datetime(year, 1, 1) + timedelta(days=day - 1)
    if begin.year != year:
        raise ValueError(f"{year} has no day {day}")
    return begin


def _amount(text: str | None, units: dict[str, str]) -> str:
    """30S is 30s; 00U, unspecified, and absence are the empty string."""
    if not text or text[2] not in units:
        return ""
    return f"{int(text[:2])}{units[text[2]]}"
