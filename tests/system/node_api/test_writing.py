"""FWSS with a real database: what is wrong with a record is told, and costs no other.

These come last: what they store would be found by the other tests.
"""

import secrets

import pytest

from tests.system.node_api.stack import Stack
from tests.system.node_api.test_products import POS, VEL

pytestmark = pytest.mark.docker

LOG = """     GRAS Site Information Form (site log)

0.   Form
     Date Prepared            : 2020-01-02

1.   Site Identification of the GNSS Monument
     Site Name                : Caussols
     Nine Character ID        : GRAS00FRA
     Monument Description     : béton

3.1  Receiver Type            : LEICA GR50
     Date Installed           : 2000-01-01T00:00Z
     Date Removed             : CCYY-MM-DDThh:mmZ
"""


def test_a_wrong_record_costs_no_other_and_all_that_is_wrong_is_told(stack: Stack) -> None:
    stations = [
        {"marker": "GOOD00ESP", "country": "ESP"},
        {"marker": "BAD!", "name": 5, "country": "XX"},
        {"marker": "ALSO00ESP", "country": "ZZZ"},
    ]
    answer = stack.insert("/stations", stations)
    assert (answer.status, answer.json()["saved"]) == (200, 1)
    wrong = answer.json()["refused"]
    assert [(one["record"], one["name"]) for one in wrong] == [(1, 5), (2, "ALSO00ESP")]
    assert len(wrong[0]["errors"]) == 3
    assert "ZZZ is not in the table country" in wrong[1]["errors"][0]
    assert stack.api("/stations/v2/marker/GOOD/short/json").json()
    alone = stack.insert("/stations", stations[1])
    assert (alone.status, len(alone.json()["errors"])) == (400, 3)


def test_a_wrong_file_costs_no_other(stack: Stack) -> None:
    file = {
        "name": "GOOD00ESP_R_20210010000_01D_30S_MO.crx.gz", "relative_path": "2021/001",
        "data_center": "EPOS", "content": "observation", "marker": "GOOD00ESP", "file_size": 5,
        "creation_date": "2021-01-02T00:00:00", "reference_date": "2021-01-01T00:00:00",
        "md5checksum": "0" * 32, "format": "RINEX3", "sampling_window": "24hour",
        "sampling_frequency": "1s",
    }  # fmt: skip
    # Every check passes it, and the database refuses it: no index can hold it.
    long = "".join(chr(0x4E00 + secrets.randbelow(20000)) for _ in range(1000))
    files = [
        {**file, "name": "other_center", "data_center": "NOWHERE"},
        file,
        {**file, "name": "no_sum", "md5checksum": "x", "file_size": -1},
        {**file, "name": long},
    ]
    answer = stack.insert("/files", files).json()
    assert answer["inserted"] == 1
    refused = [(one["record"], one["name"]) for one in answer["refused"]]
    assert refused == [(0, "other_center"), (2, "no_sum"), (3, long)]
    assert len(answer["refused"][1]["errors"]) == 2
    [rate] = stack.api("/files/highrate/station-marker/GOOD00ESP/json").json()
    assert rate["name"] == file["name"]
    # GOOD has no coordinates, so no rectangle holds it.
    assert stack.api("/stations/v2/highrate/bbox/-180/-90/180/90").json()["features"] == []


def test_a_wrong_line_of_a_product_costs_no_other(stack: Stack) -> None:
    lines = POS.read_text().splitlines()
    lines[-1] = lines[-1].replace(" 58130.5000 ", " 58999.5000 ")
    lines[-2] = lines[-2].replace("0.00200", "-0.00200", 1)
    answer = stack.insert("/products?analysis_center=ANOTHER", "\n".join(lines).encode()).json()
    assert answer["inserted"] == 10
    assert [one["line"] for one in answer["refused"]] == [len(lines) - 1, len(lines)]
    assert "-0.00200" in answer["refused"][0]["errors"][0]
    assert "58999.5000" in answer["refused"][1]["errors"][0]
    bad = VEL.format(marker="GRAS00FRA", velz="fast").encode()
    refused = stack.insert("/products?analysis_center=ANOTHER", bad).json()
    assert (refused["inserted"], refused["refused"][0]["line"]) == (0, 4)


def test_logs_are_answered_as_they_were_written(stack: Stack) -> None:
    assert stack.api("/log/COVI").status == 204
    assert stack.api("/log/geodesyml/GRAS").status == 204
    assert stack.api("/log/geodesyml/GRAS,DELF").status == 400
    kept = stack.insert("/sitelogs?name=gras00fra_20200102.log", LOG.encode("latin-1"))
    assert (kept.status, kept.json()["unchanged"]) == (200, False)
    again = stack.insert("/sitelogs?name=gras00fra_20200102.log", LOG.encode("latin-1")).json()
    assert again == {**kept.json(), "unchanged": True}
    answer = stack.api("/log/gras,COVI")
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert answer.body == LOG
    [station] = stack.api("/stations/v2/marker/GRAS/full/json").json()
    assert station["location"]["city"]["name"] == "Grasse"  # without a country said, none changes
    receiver = station["station_items"][-1]
    assert (receiver["name"], receiver["date_from"]) == ("LEICA GR50", "2000-01-01 00:00:00")
    assert station["monument"]["description"] == "béton"
    assert stack.insert("/sitelogs", b"nothing").status == 400
