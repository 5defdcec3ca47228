"""Products, logs and quality: what FWSS takes, GLASS answers, in every format, to the digit."""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from tests.system.node_api.stack import Stack, requested, sql

pytestmark = pytest.mark.docker

POS = Path(__file__).with_name("GRAS.pos")  # 12 days, made for this; the 8th is an outlier
SERIES = "/products/timeseries/GRAS00FRA/UGA-CNRS"
REFERENCE = (4581690.8, 556114.9, 4389360.8)
VEL = """PBO Velocity file from UGA-CNRS Reference Frame : IGb14
Release Date  : 20180401000000
*Dot#     Name           Ref_epoch
 {marker} Caussols on the plateau 20180131120000 58149.5000 4581690.8 556114.9 4389360.8 43.7547 \
6.9206 1319.3 -0.0139 0.0190 {velz} 0.0002 0.0001 0.0002 0.1 0.2 0.1 0.0166 0.0205 0.0 0.0002 \
0.0001 0.0002 0.1 0.0 0.0 19980101120000 20180331120000
"""
REPORT = """<QC_GNSS xmlns="https://software.pecny.cz/anubis"><meta><program>G-Nut/Anubis [2.2.4]
</program></meta><data><time_beg>2021-01-04 00:00:00</time_beg><time_end>2021-01-04 23:59:30
</time_end><data_int>30</data_int><numb_epo>2880</numb_epo><total><elev_min>5.5</elev_min>
<have>900</have><expt>1000</expt><cyc_slps>3</cyc_slps><clk_jmps>0</clk_jmps></total>
<system type="GPS" nsat="31"><epo><expt>2880</expt><have>2880</have><dual>2870</dual></epo>
<obs type="C1C"><nsat>31</nsat><have>900</have><expt>1000</expt><mpth>21.5</mpth></obs>
</system></data></QC_GNSS>"""


@pytest.fixture(scope="module")
def products(stack: Stack) -> Iterator[dict[str, Any]]:
    """The series and a velocity, as FWSS tells that it stored them."""
    series = stack.insert("/products", POS.read_bytes())
    assert series.status == 200, series.body
    velocity = VEL.format(marker="GRAS00FRA", velz="0.0120").encode()
    moved = stack.insert("/products?analysis_center=UGA-CNRS", velocity)
    assert moved.json()["inserted"] == 1
    yield series.json()


def test_a_series_is_stored_once(stack: Stack, products: dict[str, Any]) -> None:
    assert (products["inserted"], products["refused"]) == (12, [])
    again = stack.insert("/products", POS.read_bytes()).json()
    assert (again["inserted"], again["updated"], again["unchanged"]) == (0, 0, 12)


@pytest.mark.parametrize(
    ("path", "body", "error"),
    [
        ("/products", b"nothing of that kind", "expected a PBO time series"),
        ("/products", b"PBO Velocity file\n", "analysis_center: said neither"),
        ("/products?sampling_period=hourly", POS.read_bytes(), "expected one of daily, weekly"),
    ],
)
def test_what_is_no_product_is_refused(stack: Stack, path: str, body: bytes, error: str) -> None:
    answer = stack.insert(path, body)
    assert answer.status == 400
    assert error in answer.json()["error"]


def test_displacements_are_from_the_reference_position(
    stack: Stack, products: dict[str, Any]
) -> None:
    answer = stack.api(f"{SERIES}/daily/enu/json?version=x")
    assert answer.status == 400  # never ignored
    series = stack.api(f"{SERIES}/daily/enu/json").json()
    assert series["analysis_center"] == "UGA-CNRS"
    assert series["reference_frame"] == "IGb14"
    assert len(series["results"]) == 12
    last = series["results"][-1]
    # The file was made with 20 mm a year to the north and 10 to the east, rounded to 0.01 mm.
    years = 11 / 365.25
    assert last["epoch"] == "2018-01-12 12:00:00"
    assert last["dn"] == pytest.approx(0.02 * years, abs=2e-5)
    assert last["de"] == pytest.approx(0.01 * years, abs=2e-5)
    assert last["du"] == pytest.approx(0, abs=2e-5)
    variances = last["se"] ** 2 + last["sn"] ** 2 + last["su"] ** 2
    assert math.sqrt(variances) == pytest.approx(math.hypot(0.002, 0.0015, 0.0022), abs=2e-5)


def test_the_shorter_form_is_answered_as_its_client_expects(
    stack: Stack, products: dict[str, Any]
) -> None:
    answer = stack.api(f"{SERIES}/enu/json/?file=true").json()
    assert list(answer["results"][0]) == ["epoch", "de", "dn", "du", "se", "sn", "su"]


@pytest.mark.parametrize(
    ("asked", "days"),
    [
        ("", 12),
        ("?remove_outliers=1", 11),
        ("?removeOutliers=1&apply_offsets=0", 11),
        ("?epoch_start=2018-01-03&epoch_end=2018-01-05", 3),
        ("?reference_frame=IGb14&otl_model=FES2014b&calibration_model=igs14&cut_of_angle=7", 12),
        ("?reference_frame=ITRF2014", 0),
        ("?cut_of_angle=10", 0),
    ],
)
def test_a_series_is_narrowed(
    stack: Stack, products: dict[str, Any], asked: str, days: int
) -> None:
    for axes in ("enu", "xyz"):
        assert len(stack.api(f"{SERIES}/daily/{axes}/json{asked}").json()["results"]) == days
    xml = ElementTree.fromstring(stack.api(f"{SERIES}/daily/xyz/xml{asked}").body)
    assert len(xml.findall("result")) == days
    assert stack.api(f"{SERIES}/weekly/enu/json{asked}").json() == {"results": []}


def test_a_pbo_file_that_glass_wrote_is_the_same_series(
    stack: Stack, products: dict[str, Any]
) -> None:
    written = stack.api(f"{SERIES}/daily/xyz/pbo")
    assert written.headers["Content-Type"].startswith("text/plain")
    again = stack.insert("/products", written.body.encode()).json()
    assert (again["updated"], again["inserted"]) == (0, 0)
    cells = written.body.splitlines()[-1].split()
    assert cells[:3] == ["20180112", "120000", "58130.5000"]
    assert [float(cell) for cell in cells[15:18]] == pytest.approx([0.0006, 0.0003, 0], abs=2e-5)


def test_midas_reads_a_line_a_day(stack: Stack, products: dict[str, Any]) -> None:
    lines = stack.api(f"{SERIES}/daily/enu/midas").body.splitlines()
    marker, year, *displacements = lines[0].split()
    assert (marker, displacements) == ("GRAS", ["0.00000"] * 3)
    assert float(year) == pytest.approx(2018.00137, abs=1e-5)
    assert len(lines) == 12
    # The last day, along the earth's axes: the file's own x, y, z less the reference position.
    last = stack.api(f"{SERIES}/daily/xyz/midas").body.splitlines()[-1].split()
    cells = POS.read_text().splitlines()[-1].split()
    moved = [float(cell) - at for cell, at in zip(cells[3:6], REFERENCE, strict=True)]
    assert [float(cell) for cell in last[2:]] == pytest.approx(moved, abs=1e-9)


def test_a_coverage_has_an_axis_of_time(stack: Stack, products: dict[str, Any]) -> None:
    answer = stack.api(f"{SERIES}/daily/enu/covjson")
    coverage = answer.json()
    assert answer.headers["Content-Type"].startswith("application/prs.coverage+json")
    assert coverage["domain"]["domainType"] == "PointSeries"
    times = coverage["domain"]["axes"]["t"]["values"]
    assert (times[0], len(times)) == ("2018-01-01T12:00:00Z", 12)
    assert set(coverage["parameters"]) == set(coverage["ranges"])
    for values in coverage["ranges"].values():
        assert values["shape"] == [len(values["values"])] == [12]


def test_a_series_goes_on_over_a_jump_where_its_offsets_are_taken_out(
    stack: Stack, products: dict[str, Any]
) -> None:
    # Two velocities of a station part where it jumped: 7 mm along x on the 6th, another way after.
    first = VEL.format(marker="GRAS00FRA", velz="0.0120").splitlines()
    line = first[-1].replace("20180331120000", "20180106000000")
    x, velocity = REFERENCE[0] + 0.007, -0.0239
    later = (
        line.replace("19980101120000 20180106000000", "20180106000000 20180331120000")
        .replace("20180131120000", "20180106000000")
        .replace(" 4581690.8 ", f" {x:.5f} ")
        .replace(" -0.0139 ", f" {velocity:.4f} ")
    )
    step = 0.007 - 0.0139 * 25.5 / 365.25  # the first velocity is of 25.5 days later
    body = "\n".join([*first[:-1], line, later]) + "\n"
    stored = stack.insert("/products?analysis_center=UGA-CNRS", body.encode())
    assert stored.json()["refused"] == []
    raw = stack.api(f"{SERIES}/daily/xyz/json?apply_offsets=0").json()
    clean = stack.api(f"{SERIES}/daily/xyz/json?apply_offsets=1").json()
    assert "offsets" not in raw
    [offset] = clean["offsets"]
    assert offset["epoch"] == "2018-01-06 00:00:00"
    assert offset["dx"] == pytest.approx(step, abs=1.1e-5)
    moved = [was["x"] - now["x"] for was, now in zip(raw["results"], clean["results"], strict=True)]
    assert moved == pytest.approx([0] * 5 + [step] * 7, abs=1e-5)
    assert [one["sx"] for one in raw["results"]] == [one["sx"] for one in clean["results"]]
    xml = ElementTree.fromstring(stack.api(f"{SERIES}/daily/enu/xml?apply_offsets=1").body)
    assert xml.findtext("offsets/item/epoch") == offset["epoch"]
    sql(
        stack.database,
        "delete from reference_position_velocities where start_epoch >= '2018-01-06'",
    )


def test_velocities_turn_and_lose_their_plates_motion(
    stack: Stack, products: dict[str, Any]
) -> None:
    base = "/products/velocities/GRAS/UGA-CNRS"
    [earth] = stack.api(f"{base}/xyz/json").json()
    assert (earth["vx"], earth["vy"], earth["vz"]) == (-0.0139, 0.019, 0.012)
    [local] = stack.api(f"{base}/enu/json").json()
    # Calculated apart, by the rotation of the textbook at the ellipsoid's normal.
    assert (local["ve"], local["vn"]) == pytest.approx((0.02054, 0.01663), abs=1e-5)
    speed = math.hypot(local["ve"], local["vn"], local["vu"])
    assert speed == pytest.approx(math.hypot(0.0139, 0.019, 0.012), abs=1e-5)
    [fixed] = stack.api(f"{base}/enu/json?tectonic_plate=EURA").json()
    # Eurasia by ITRF2014: the plate takes the point 20.5 mm to the east, 16.2 to the north.
    assert (fixed["ve"], fixed["vn"]) == pytest.approx((0.0001, 0.0007), abs=5e-4)
    assert fixed["tectonic_plate"] == "EURA"
    assert stack.api(f"{base}/enu/json?tectonic_plate=MARS").status == 400
    file = stack.api("/products/velocities/file/GRAS/UGA-CNRS/enu/pbo").body
    assert "-0.01390  0.01900  0.01200" in file.splitlines()[-1]
    assert len(ElementTree.fromstring(stack.api(f"{base}/enu/xml").body)) == 1


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("attributes/analysisCenter", ["UGA-CNRS"]),
        ("attributes/analysis_center?type=velocities", ["UGA-CNRS"]),
        ("attributes/referenceFrame?type=timeseries", ["IGb14"]),
        ("attributes/reference_frame", ["IGb14"]),
        ("attributes/otlModel", ["FES2014b"]),
        ("attributes/otl_model?type=velocities", []),
        ("attributes/antenna_model", ["igs14"]),
        ("attributes/samplingPeriod", ["daily"]),
        ("attributes/network?type=timeseries", ["EUREF", "RENAG"]),
        ("attributes/format?type=velocities", ["json", "pbo", "xml"]),
    ],
)
def test_choices_are_what_there_is(
    stack: Stack, products: dict[str, Any], path: str, answer: list[str]
) -> None:
    assert stack.api(f"/products/{path}").json() == answer


@pytest.mark.parametrize(
    ("path", "markers"),
    [
        ("/products/stations", ["GRAS"]),
        ("/products/stations?analysis_center=uga-cnrs&otl_model=FES2014b", ["GRAS"]),
        ("/products/stations?epoch_start=2019-01-01", []),
        ("/products/stations?coordinates_rectangle=&min_lat=44&max_lat=60", []),
        ("/products/stations?min_lat=40&max_lat=44&min_lon=6&max_lon=7&format=json", ["GRAS"]),
        ("/stations/v2/station/bbox/-10/39/8/60?format=json&with=2", ["GRAS"]),
    ],
)
def test_stations_with_products_are_found(
    stack: Stack, products: dict[str, Any], path: str, markers: list[str]
) -> None:
    assert [station["marker"] for station in stack.api(path).json()] == markers


def test_the_portal_gets_products_for_its_visitors(stack: Stack, products: dict[str, Any]) -> None:
    series = requested(stack, "timeseries/json").json()
    assert len(series["results"]) == 12
    velocities = ElementTree.fromstring(requested(stack, "velocities/xml").body)
    assert velocities.findtext("velocity/marker") == "GRAS"


def test_files_with_quality_are_found_by_it(stack: Stack) -> None:
    name = "GRAS00FRA_R_20210040000_01D_30S_MO.crx.gz"
    assert stack.insert(f"/qc?name={name}", REPORT.encode()).status == 200
    every = "/files/combinationT3/marker=GRAS"
    [file] = stack.api(f"{every}/json").json()
    assert file["name"] == name
    [system] = file["quality"]["constellations"]
    assert (system["constellation"], system["epo_have"]) == ("GPS", 2880)
    assert system["observations"][0]["cod_mpth"] == 21.5
    for wanted, there in (
        ("constellation=GPS,GAL", True), ("constellation=GAL", False),
        ("observationtype=C1C", True), ("observationtype=L1C", False),
        ("ratioepoch=90", True), ("ratioepoch=91", False),
        ("multipathvalue=22", True), ("multipathvalue=21", False),
        ("nbcycleslips=3", True), ("nbcycleslips=2", False), ("nbclockjumps=0", True),
        ("elevangle=6", True), ("elevangle=5", False), ("spprms=1", True),
        ("country=PRT", False), ("sampling_frequency=30s", True), ("sampling_frequency=1s", False),
    ):  # fmt: skip
        assert bool(stack.api(f"{every}&{wanted}/json").json()) == there, wanted
    xml = ElementTree.fromstring(stack.api(f"{every}/xml").body)
    assert xml.findtext("file/quality/obs_have") == "900"


def test_a_station_with_a_series_links_to_it(stack: Stack, products: dict[str, Any]) -> None:
    features = stack.api("/stations/v2/marker/GRAS,DELF/short/geojson").json()["features"]
    links = [[link["label"] for link in one["properties"]["@epos_links"]] for one in features]
    assert links[0] == ["Files", "Station"]
    assert links[1] == ["Files", "Station", "Time series", "Time series, to be plotted"]
    assert "has_series" not in stack.api("/stations/v2/marker/GRAS/full/json").body


def test_what_is_known_of_the_network_has_no_secret(stack: Stack) -> None:
    nodes = stack.api("/t0-manager/getNode").json()
    assert [node["name"] for node in nodes] == ["EPOS GNSS node", "EPOS gateway"]
    assert not {"username", "password"} & nodes[0].keys()
    centers = stack.api("/t0-manager/getDataCenter").json()
    assert "EPOS" in [center["acronym"] for center in centers]
    tiers = [one["metadata"] for one in stack.api("/t0-manager/getConnection").json()]
    assert tiers == ["T1", "T2", "T3"]
    assert stack.api("/t0-manager/deleteNode").status == 404
