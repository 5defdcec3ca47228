"""FWSS reads Anubis' real reports, and says what is wrong with a request."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

Load = Callable[[str], ModuleType]
FILE = {
    "name": "delf0010.21o",
    "relative_path": "2021/001",
    "data_center": "EPOS",
    "content": "observation",
    "marker": "delf",
    "file_size": 244899,
    "creation_date": "2021-01-02T00:00:00",
    "reference_date": "2021-01-01T00:00:00",
    "md5checksum": "45c4b8cab83f64a756bbe2277b035119",
    "format": "RINEX2",
}


def test_every_real_report_is_read(fwss: Load, anubis_reports: list[Path]) -> None:
    for path in anubis_reports:
        report = fwss("anubis").parse_report(path.read_bytes())
        assert report["parameters"]["software_name"] == "G-Nut/Anubis"
        assert report["parameters"]["software_version"] == "2.2.4"
        assert report["epochs"] > 0
        assert report["constellations"]
        assert len(report["md5"]) == 32


def test_a_report_becomes_the_columns_of_the_quality_tables(
    fwss: Load, anubis_reports: list[Path]
) -> None:
    path = next(path for path in anubis_reports if path.parent.name == "delf0010_nav")
    report = fwss("anubis").parse_report(path.read_bytes())
    assert report["summary"] == {
        "date_beg": datetime(2021, 1, 1),
        "date_end": datetime(2021, 1, 1, 0, 52),
        "data_smp": 30.0,
        "obs_elev": 5.84,
        "obs_have": 2079, "obs_expt": 2144, "user_have": 1836, "user_expt": 1847,
        "cyc_slps": 22, "clk_jmps": 0,
        "xbeg": 0, "xend": 0, "xint": 0, "xsys": 0,
    }  # fmt: skip
    gps, glonass = report["constellations"]
    assert gps["system"] == "GPS"
    assert gps["row"]["xele"] == 1030
    assert gps["row"]["xint_slp"] == 44
    code = next(signal for signal in gps["observations"] if signal["name"] == "P1")
    assert code["kind"] == "C"
    assert code["row"] == {
        "obs_sats": 14, "obs_have": 1244, "obs_expt": 1310, "user_have": 1094,
        "user_expt": 1106, "cod_mpth": 29.9,
    }  # fmt: skip
    unknown = next(signal for signal in glonass["observations"] if signal["name"] == "P1")
    assert unknown["row"]["obs_expt"] is None  # "n/a"
    assert report["navigation"][0] == {"system": "GPS", "row": {"nsat": 32, "have": 2}}
    assert report["parameters"]["nav_gps"] is True
    assert report["parameters"]["nav_glo"] is False


@pytest.mark.parametrize(
    "body",
    [b"", b"<a", b"<a/>", b"<QC_GNSS/>", b"<QC_GNSS><data>x</data></QC_GNSS>",
     b"<QC_GNSS><data><system type='GPS'/></data></QC_GNSS>",
     b"<!DOCTYPE a [<!ENTITY b 'c'>]><QC_GNSS><data>&b;</data></QC_GNSS>"],
)  # fmt: skip
def test_what_is_no_report_is_refused(fwss: Load, body: bytes) -> None:
    with pytest.raises(fwss("fields").BadInputError, match="report"):
        fwss("anubis").parse_report(body)


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", "../etc/passwd"), ("name", ""), ("relative_path", "../.."), ("relative_path", "/a"),
     ("marker", "DELFT-16"), ("file_size", -1), ("file_size", True), ("file_size", 1 << 64),
     ("md5checksum", "x"), ("reference_date", "yesterday"), ("content", "music"),
     ("format", "a\0b"), ("position", [1, 2, 3]), ("interval", float("nan")), ("colour", "red"),
     ("data_center", None)],
)  # fmt: skip
def test_a_wrong_field_is_named(fwss: Load, field: str, value: Any) -> None:
    with pytest.raises(fwss("fields").BadInputError, match=rf"files\[0\]\.{field}: "):
        fwss("fields").read({**FILE, field: value}, fwss("files").FILE, "files[0]")


def test_a_right_file_passes(fwss: Load) -> None:
    found = fwss("fields").read(FILE, fwss("files").FILE, "files[0]")
    assert found["marker"] == "DELF"
    assert found["reference_date"] == datetime(2021, 1, 1)
    assert found["md5uncompressed"] is None


@pytest.mark.parametrize(
    ("first_epoch", "n_epochs", "status"),
    [("2021-01-01T00:00:00", 105, 0), ("2020-12-31T23:59:59.500", 105, 0),
     ("2021-01-02T00:00:00", 105, -3), (None, 0, -3), (None, None, 0)],
)  # fmt: skip
def test_a_file_of_another_day_than_its_name_has_a_metadata_issue(
    fwss: Load, first_epoch: str | None, n_epochs: int | None, status: int
) -> None:
    first = datetime.fromisoformat(first_epoch) if first_epoch else None
    row = {"reference_date": datetime(2021, 1, 1), "first_epoch": first, "n_epochs": n_epochs}
    assert fwss("files").first_status(row) == status


def test_coordinates_agree_with_a_known_point(fwss: Load) -> None:
    # HOUZ00GLP, from its site log: 15.97961 N, 61.70306 W, altitude 456 m or so.
    lat, lon, _ = fwss("stations").geodetic(2907580.1, -5400653.4, 1744663.1)
    assert lat == pytest.approx(15.97961, abs=1e-4)
    assert lon == pytest.approx(-61.70306, abs=1e-4)
    assert fwss("stations").geodetic(6378137.0, 0.0, 0.0) == pytest.approx((0, 0, 0), abs=1e-6)


@pytest.fixture
def writer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Promise a token; gives the headers of who knows it."""
    token = tmp_path / "write_token"
    token.write_text("what writers know\n")
    monkeypatch.setenv("WRITE_TOKEN_FILE", str(token))
    return {"Authorization": "Bearer what writers know"}


def test_wrong_requests_are_answered_in_json_without_a_database(
    fwss: Load, writer: dict[str, str]
) -> None:
    client = fwss("web_server").app.test_client()
    no_json = {"data": "[", "content_type": "application/json"}
    assert client.post("/files", headers=writer, **no_json).status_code == 400
    assert client.post("/files", headers=writer, json={"a": 1}).status_code == 400
    assert client.get("/files").get_json()["error"].startswith("name: missing")
    assert client.get("/files/pending?limit=-1").status_code == 400
    assert client.get("/nothing").get_json()["error"]


@pytest.mark.parametrize("path", ["/files", "/stations", "/qc", "/products", "/sitelogs"])
@pytest.mark.parametrize(
    "authorization",
    ["", "Bearer", "Bearer ", "Bearer what writers know not", "Bearer ü", "Basic eDp5"],
)
def test_nobody_writes_without_the_token(
    fwss: Load, writer: dict[str, str], path: str, authorization: str
) -> None:
    client = fwss("web_server").app.test_client()
    headers = {"Authorization": authorization} if authorization else {}
    answer = client.post(path, headers=headers, json=[])
    assert (answer.status_code, answer.headers["WWW-Authenticate"][:6]) == (401, "Bearer")
    assert "write_token" in answer.get_json()["error"]


@pytest.mark.parametrize("token", ["x=y==", "a b", "é", "with\\ 'quotes\""])
def test_any_token_that_an_operator_wrote_is_understood(
    fwss: Load, token: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "write_token").write_text(f"{token}\nanother line\n")
    monkeypatch.setenv("WRITE_TOKEN_FILE", str(tmp_path / "write_token"))
    sent = {"HTTP_AUTHORIZATION": f"Bearer {token}".encode().decode("latin-1")}  # as WSGI has it
    answer = fwss("web_server").app.test_client().post("/files", environ_base=sent, json={})
    assert answer.status_code == 400


@pytest.mark.parametrize("token", [None, "", " \n"])
def test_where_no_token_is_given_nobody_writes(
    fwss: Load, token: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WRITE_TOKEN_FILE", str(tmp_path / "write_token"))
    if token is not None:
        (tmp_path / "write_token").write_text(token)
    client = fwss("web_server").app.test_client()
    for told in ("", "Bearer", "Bearer ", "Bearer None"):
        headers = {"Authorization": told} if told else {}
        assert client.post("/files", headers=headers, json=[]).status_code == 401


def test_pages_of_other_hosts_may_read_and_not_write(fwss: Load) -> None:
    client = fwss("web_server").app.test_client()
    for method, allowed in (("GET", True), ("POST", False)):
        asked = {"Origin": "https://a.example", "Access-Control-Request-Method": method}
        answer = client.options("/files", headers=asked)
        assert ("Access-Control-Allow-Methods" in answer.headers) == allowed
