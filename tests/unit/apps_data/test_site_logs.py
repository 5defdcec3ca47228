"""FWSS reads logs of stations, in both formats, to the same station."""

import csv
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

Load = Callable[[str], ModuleType]
MADE = """     ABCD Site Information Form (site log)

0.   Form
     Date Prepared            : 2020-02-03

1.   Site Identification of the GNSS Monument
     Site Name                : Brûlé
     Four Character ID        : ABCD
     Height of the Monument   : (m)
     Date Installed           : 1999-01-02T03:04Z
     Additional Information   : one
                              : two

2.   Site Location Information
     City or Town             : Here
     Country                  : Somewhere
       X coordinate (m)       : 4581690.8
       Y coordinate (m)       :
       Z coordinate (m)       : 4389360.8

3.1  Receiver Type            : LEICA GR50
     Serial Number            : 1
     Elevation Cutoff Setting : 5 deg
     Date Installed           : 2000-01-01T00:00Z
     Date Removed             : (CCYY-MM-DDThh:mmZ)
3.x  Receiver Type            : (A20, from rcvr_ant.tab; see instructions)

4.1  Antenna Type             : LEIAR25.R4      LEIT
     Marker->ARP Up Ecc. (m)  :   0.0010
     Antenna Radome Type      : LEIT
"""


@pytest.mark.parametrize(
    ("source", "name"), [("sitelog", "houz00glp_20250106.log"), ("geodesyml", "HOUZ00GLP.xml")]
)
def test_a_real_log_has_the_equipment_of_the_truth(
    fwss: Load, real_archive: Path, source: str, name: str
) -> None:
    log = fwss("sitelog").read_log((real_archive / name).read_bytes())
    with (real_archive / "truth_sitelog_HOUZ.csv").open() as lines:
        truth = list(csv.DictReader(lines))
    for kind in ("receiver", "antenna"):
        expected = [row for row in truth if (row["source"], row["kind"]) == (source, kind)]
        found = [item for item in log.station["equipment"] if item["type"] == kind]
        for item, row in zip(found, expected, strict=True):
            assert (item["name"], item["serial_number"]) == (row["type"], row["serial"])
            assert (item["date_from"] or "", item["date_to"] or "") == (
                row["date_from"],
                row["date_to"],
            )
            if kind == "receiver":
                assert item["firmware_version"] == row["firmware"]
            else:
                assert item["marker_arp_up_ecc"] == float(row["up"])


def test_both_formats_tell_of_the_same_station(fwss: Load, real_archive: Path) -> None:
    of_text, of_xml = (
        fwss("sitelog").read_log((real_archive / name).read_bytes()).station
        for name in ("houz00glp_20250106.log", "HOUZ00GLP.xml")
    )
    for name in ("marker", "name", "country", "state", "city", "iers_domes", "monument"):
        assert of_text[name] == of_xml[name]
    assert of_text["position"] == pytest.approx(of_xml["position"], abs=0.001)
    assert of_text["marker"] == "HOUZ00GLP"
    assert of_text["agencies"] == ["Guadeloupe Seismic and Volcano Observatory"]


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_what_is_not_filled_in_says_nothing(fwss: Load, encoding: str) -> None:
    log = fwss("sitelog").read_log(MADE.encode(encoding))
    station = log.station
    assert station["name"] == "Brûlé"
    assert station["date_from"] == "1999-01-02T03:04"
    assert station["monument"]["height"] is None
    for unknown in ("position", "country", "city"):  # a city without a country is nowhere
        assert unknown not in station
    receiver, antenna, radome = station["equipment"]
    assert (receiver["date_to"], receiver["elevation_cutoff_setting"]) == (None, 5.0)
    assert (antenna["name"], antenna["marker_arp_up_ecc"]) == ("LEIAR25.R4      LEIT", 0.001)
    assert radome["name"] == "LEIT"
    assert "networks" not in station
    # And it is what POST /stations takes.
    fwss("fields").read(station, fwss("stations").STATION, "sitelog")


@pytest.mark.parametrize(
    "body",
    [b"", b"no log", b"<a/>", b"<a", b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", b"\xff\xfe\x00",
     b"<siteLog/>", b"1.  Site\n     Site Name : x\n"],
)  # fmt: skip
def test_what_is_no_log_is_refused(fwss: Load, body: Any) -> None:
    with pytest.raises(fwss("fields").BadInputError, match="sitelog"):
        fwss("sitelog").read_log(body)


@pytest.mark.parametrize(
    ("told", "networks"),
    [
        ("Network: EPOS, EUREF", ["EPOS", "EUREF"]),
        (
            "a dome\n                              : Networks = EPOS;EPOS; Réseau X",
            ["EPOS", "Réseau X"],
        ),
        ("part of the network: ask", None),
        ("Network: none", None),
        ("Network:", None),
        ("(multiple lines)", None),
    ],
)
def test_networks_are_read_where_there_is_room_for_anything(
    fwss: Load, told: str, networks: list[str] | None
) -> None:
    section = f"13.  More Information\n\n     Additional Information   : {told}\n"
    xml = f"""<geo:siteLog xmlns:geo="urn:x"><geo:fourCharacterID>ABCD</geo:fourCharacterID>
        <geo:siteIdentification><geo:fourCharacterID>ABCD</geo:fourCharacterID>
        </geo:siteIdentification><geo:moreInformation><geo:notes><![CDATA[
        {told}]]></geo:notes></geo:moreInformation></geo:siteLog>"""
    for body in (f"{MADE}\n{section}", xml):
        assert fwss("sitelog").read_log(body.encode()).station.get("networks") == networks
