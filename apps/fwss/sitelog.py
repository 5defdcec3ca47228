"""Logs of stations: IGS site logs (versions 1 and 2, text) and GeodesyML, read into a station."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from xml.parsers.expat import ExpatError

import xmltodict

from fields import BadInputError

IGS, GEODESYML = "IGS site log", "GeodesyML"
SECTION = re.compile(r"(\d{1,2})\.(\S*)\s+(.*)")
UNFILLED = re.compile(r"\(.*\)|CCYY.*|none", re.IGNORECASE)  # what the form itself says
# Neither format has a place for networks: they are told where there is room for anything.
#      Additional Information   : Network: EPOS, EUREF
NETWORKS = re.compile(
    r"(?:Additional Information\s*)?(?::\s*)?(?:GNSS )?Networks?\s*[:=](.*)", re.IGNORECASE
)
FREE_TEXT = ("1", "13")  # sections whose additional information may tell of networks
Facts = dict[str, str]
"""What a section says, by its names' letters: `Date Installed` is dateinstalled."""
# The names in the two formats where they differ, the site log's first.
CITY, STATE, COUNTRY = ("cityortown", "city"), ("stateorprovince", "state"), (
    "countryorregion", "country", "countrycodeiso")  # fmt: skip
SERIAL = ("serialnumber", "manufacturerserialnumber")
MODEL = {"receiver": ("receivertype", "igsmodelcode"), "antenna": ("antennatype", "igsmodelcode")}


@dataclass
class Log:
    """A log: what it is, who it is of, its own text, and what it says as POST /stations has it."""

    kind: str
    text: str
    date: str | None
    previous: str | None
    modified: str | None
    station: dict[str, Any]


@dataclass
class Sections:
    """A log taken apart: the form, the site with its place, each receiver, each antenna."""

    form: Facts
    site: Facts
    receivers: list[Facts]
    antennas: list[Facts]
    agencies: list[str]
    networks: list[str]


def read_log(body: bytes) -> Log:
    """Read a log in either format, UTF-8 or latin-1.

    Raises:
        BadInputError: It is no log, or does not say of which station.
    """
    try:
        text = body.decode().removeprefix("\ufeff")
    except UnicodeDecodeError:
        text = body.decode("latin-1")
    kind = GEODESYML if text.lstrip().startswith("<") else IGS
    try:
        found = _geodesyml(text) if kind == GEODESYML else _site_log(text)
    except RecursionError:
        raise BadInputError("sitelog: elements within elements, a thousand deep") from None
    date = _date(found.form.get("dateprepared"))
    return Log(
        kind, text.replace("\0", ""), date, found.form.get("previoussitelog"),
        found.form.get("modifiedaddedsections"), _station(found),
    )  # fmt: skip


def _site_log(text: str) -> Sections:
    blocks: list[tuple[str, Facts]] = []
    free: list[str] = []
    name = ""
    for line in text.splitlines():
        section = SECTION.match(line)
        if section:
            # 3.x is the empty form of a further receiver.
            blocks.append((section[1] + ("x" if "x" in section[2] else ""), {}))
            line = section[3]
        if not blocks or ":" not in line:
            continue
        if blocks[-1][0] in FREE_TEXT:
            free.append(line)
        key, _, value = line.partition(":")
        facts = blocks[-1][1]
        if key.strip():
            name = _letters(key)
            facts.setdefault(name, value.strip())
        elif name and value.strip():
            facts[name] = f"{facts.get(name, '')} {value.strip()}".strip()

    def of(number: str) -> list[Facts]:
        return [facts for section, facts in blocks if section == number]

    merged = {key: value for number in ("2", "1") for facts in of(number)
              for key, value in facts.items()}  # fmt: skip
    agencies = [facts["agency"] for facts in of("11") if facts.get("agency")]
    return Sections(dict(*of("0")[:1]), merged, of("3"), of("4"), agencies, _networks(free))


def _geodesyml(text: str) -> Sections:
    try:
        document = _plain(xmltodict.parse(text, force_list=None))
    except (ExpatError, ValueError) as error:  # ValueError: entities, which are refused
        raise BadInputError(f"sitelog: not XML: {error}") from error
    log = _first(document, "sitelog")
    if not isinstance(log, dict):
        raise BadInputError("sitelog: expected GeodesyML with an element siteLog")
    location = _first(log, "sitelocation") or {}
    position = _first(location, "cartesianposition") or {}
    site = _facts(location) | _facts(_first(log, "siteidentification") or {})
    point = str(_first(position, "pos") or "").split()
    if len(point) == 3:
        site |= dict(zip(("xcoordinate", "ycoordinate", "zcoordinate"), point, strict=True))
    contact = _first(log, "sitecontact") or {}
    agency = _first(contact, "organisationname")
    agencies = [str(value) for value in _values(agency)][:1]
    of_notes = (_first(log, name) for name in ("siteidentification", "moreinformation"))
    notes = [text for one in of_notes for text in _values(_first(one, "notes"))]
    return Sections(
        _facts(_first(log, "forminformation") or {}), site,
        _equipment(log, "gnssreceiver"), _equipment(log, "gnssantenna"),
        agencies, _networks(line for text in notes for line in text.splitlines()),
    )  # fmt: skip


def _networks(lines: Iterable[str]) -> list[str]:
    """Give the networks that lines of free text name, each once."""
    told = [found[1] for line in lines if (found := NETWORKS.fullmatch(line.strip()))]
    names = [name.strip() for text in told for name in re.split("[,;]", text)]
    return list(dict.fromkeys(name for name in names if name and not UNFILLED.fullmatch(name)))


def _plain(node: Any) -> Any:
    """Name elements by their letters, without namespaces; text without attributes."""
    if isinstance(node, list):
        return [_plain(part) for part in node]
    if not isinstance(node, dict):
        return node
    if "#text" in node:
        return node["#text"]
    return {_letters(name.rpartition(":")[2]): _plain(value)
            for name, value in node.items() if not name.startswith("@")}  # fmt: skip


def _first(node: Any, name: str) -> Any:
    """Find the first element of a name, at any depth."""
    if isinstance(node, list):
        return next((found for part in node if (found := _first(part, name)) is not None), None)
    if not isinstance(node, dict):
        return None
    return node[name] if name in node else _first(list(node.values()), name)


def _equipment(log: dict[str, Any], name: str) -> list[Facts]:
    """Give the facts of gnssReceiver/GnssReceiver, one of them or many."""
    found = log.get(name) or []
    nodes = found if isinstance(found, list) else [found]
    return [_facts(node[name]) for node in nodes if isinstance(node, dict) and name in node]


def _facts(node: Any) -> Facts:
    values = node.items() if isinstance(node, dict) else ()
    return {name: " ".join(value.split()) if name not in ("igsmodelcode",) else value.strip()
            for name, value in values if isinstance(value, str)}  # fmt: skip


def _values(node: Any) -> list[Any]:
    if isinstance(node, dict):
        return [text for value in node.values() for text in _values(value)]
    return [node] if isinstance(node, str) else []


def _letters(name: str) -> str:
    """Modified/Added Sections is modifiedaddedsections; what is in brackets is a unit."""
    return re.sub(r"\([^)]*\)?|[^a-z]", "", name.lower())


def _station(found: Sections) -> dict[str, Any]:
    site = found.site
    name = _one(site, "ninecharacterid") or _nine(site) or _one(site, "fourcharacterid")
    if not name:
        raise BadInputError("sitelog: it names no station (Nine Character ID, Four Character ID)")
    position = [_number(_one(site, f"{axis}coordinate")) for axis in "xyz"]
    equipment = [*_receivers(found.receivers), *_antennas(found.antennas)]
    station = {
        "marker": name.strip(),
        "name": _one(site, "sitename"),
        "description": _one(site, "markerdescription"),
        "date_from": _date(_one(site, "dateinstalled")),
        "iers_domes": _one(site, "iersdomesnumber"),
        "cpd_num": _one(site, "cdpnumber"),
        "position": position if None not in position else None,
        "country": _country(_one(site, *COUNTRY), name),
        "state": _one(site, *STATE),
        "city": _one(site, *CITY),
        "tectonic_plate": _one(site, "tectonicplate"),
        "networks": found.networks or None,
        "agencies": found.agencies or None,
        "monument": {
            "description": _one(site, "monumentdescription"),
            "inscription": _one(site, "monumentinscription"),
            "height": _number(_one(site, "heightofthemonument")),
            "foundation": _one(site, "monumentfoundation"),
            "foundation_depth": _number(_one(site, "foundationdepth")),
        },
        "geological": {
            "characteristics": _one(site, "geologiccharacteristic"),
            "bedrock_type": _one(site, "bedrocktype"),
            "bedrock_condition": _one(site, "bedrockcondition"),
            "fracture_spacing": _one(site, "fracturespacing"),
            "fault_zone": _one(site, "faultzonesnearby"),
            "distance_to_fault": _one(site, "distanceactivity"),
        },
        "equipment": equipment or None,  # none that is told does not mean that there is none
    }
    if not station["country"]:
        station["state"] = station["city"] = None
    return {key: value for key, value in station.items() if value is not None}


def _nine(site: Facts) -> str | None:
    parts = [site.get(name, "") for name in ("fourcharacterid", "monumentnumber", "receivernumber")]
    country = _one(site, *COUNTRY) or ""
    return "".join(parts) + country if all(parts) and len(country) == 3 else None


def _country(said: str | None, marker: str) -> str | None:
    """Give the three letters: of the log, or those of the marker where the log has a name."""
    if said and re.fullmatch(r"[A-Za-z]{3}", said):
        return said
    return marker[6:9] or None


def _receivers(all_of_them: list[Facts]) -> list[dict[str, Any]]:
    return [
        {
            "type": "receiver",
            "name": name,
            "serial_number": _one(facts, *SERIAL),
            "firmware_version": _one(facts, "firmwareversion"),
            "satellite_system": _one(facts, "satellitesystem"),
            "elevation_cutoff_setting": _number(_one(facts, "elevationcutoffsetting")),
            **_period(facts),
        }
        for facts in all_of_them
        if (name := _one(facts, *MODEL["receiver"]))
    ]


def _antennas(all_of_them: list[Facts]) -> list[dict[str, Any]]:
    """Give each antenna, and its radome as equipment of its own."""
    found: list[dict[str, Any]] = []
    for facts in all_of_them:
        name = _one(facts, *MODEL["antenna"])
        if not name:
            continue
        eccentricities = {f"marker_arp_{axis}_ecc": _number(_one(facts, f"markerarp{axis}ecc"))
                          for axis in ("up", "north", "east")}  # fmt: skip
        antenna = {"type": "antenna", "name": name, "serial_number": _one(facts, *SERIAL)}
        found.append({**antenna, **eccentricities, **_period(facts)})
        if radome := facts.get("antennaradometype", "").strip():
            serial = _one(facts, "radomeserialnumber")
            found.append(
                {"type": "radome", "name": radome, "serial_number": serial, **_period(facts)}
            )
    return found


def _period(facts: Facts) -> dict[str, str | None]:
    return {
        "date_from": _date(_one(facts, "dateinstalled")),
        "date_to": _date(_one(facts, "dateremoved")),
    }


def _one(facts: Facts, *names: str) -> str | None:
    """Give the first of these names that is filled in."""
    for name in names:
        value = facts.get(name, "").strip()
        if value and not UNFILLED.fullmatch(value):
            return "".join(letter for letter in value if letter.isprintable())
    return None


def _number(text: str | None) -> float | None:
    """1.35 m, 15 deg."""
    match = re.match(r"[-+]?\d+(\.\d*)?", text or "")
    return float(match[0]) if match else None


def _date(text: str | None) -> str | None:
    """2000-05-13, 2000-05-13T16:00Z, with a time of day that may be missing."""
    match = re.match(r"(\d{4}-\d{2}-\d{2})(?:T(\d{2}:\d{2}(?::\d{2})?))?", text or "")
    return f"{match[1]}T{match[2] or '00:00'}" if match else None
