"""GLASS with a real database: stations, lists, what is refused; what a client sees."""

import json
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree

import pytest

from tests.system.node_api.stack import API, Stack, get, wait_for

pytestmark = pytest.mark.docker


def polygon(*rings: list[list[Any]]) -> str:
    """Ask for the stations inside an outer ring and outside of holes."""
    geometry = json.dumps({"type": "Polygon", "coordinates": rings})
    return f"/stations/v2/station/geojson/json/{quote(geometry)}"


def test_station_json_has_the_documented_shape(stack: Stack) -> None:
    [station] = stack.api("/stations/v2/marker/gras/short/json").json()
    assert list(station) == [
        "name",
        "marker",
        "marker_long_name",
        "date_from",
        "date_to",
        "location",
        "network",
        "network_array",
        "agency",
    ]
    assert station["marker_long_name"] == "GRAS00FRA"
    assert station["date_from"] == "1995-02-10 00:00:00"
    assert station["date_to"] is None
    assert station["location"]["coordinates"]["lat"] == 43.7547
    assert station["location"]["city"]["state"]["country"]["name"] == "France"
    assert station["network_array"] == [{"name": "EUREF"}, {"name": "RENAG"}]


def test_full_station_adds_ties_monument_and_days(stack: Stack) -> None:
    [station] = stack.api("/stations/v2/marker/GRAS00FRA/full/json").json()
    assert station["local_ties"][0]["dy"] == -2.25
    assert station["monument"]["description"] == "concrete pillar"
    assert station["rinex_files_dates"] == ",".join(f"2021-01-0{day}" for day in range(1, 6))


def test_station_csv_begins_with_the_original_header(stack: Stack) -> None:
    lines = stack.api("/stations/v2/station/short/csv").body.splitlines()
    assert lines[0] == (
        "name, marker, marker_long_name, date_from, date_to, x, y, z, lat, lon, altitude,"
        " city, state, country, agencies ,networks"
    )
    assert lines[1].startswith('"<script>alert(""canary"")</script> & Covilhã, ""UBI""",COVI,')
    assert len(lines) == 4


def test_a_rectangle_answers_epos_geojson(stack: Stack) -> None:
    answer = stack.api("/stations/v2/station/bbox/-10/39/8/45")
    collection = answer.json()
    assert answer.headers["Content-Type"].startswith("application/geo+json")
    assert collection["type"] == "FeatureCollection"
    assert list(collection["@epos_style"]) == ["station"]
    covi, gras = collection["features"]
    assert gras["type"] == "Feature"
    assert gras["geometry"] == {"type": "Point", "coordinates": [6.9206, 43.7547, 1319.3]}
    facts = gras["properties"]
    assert facts["marker_long_name"] == "GRAS00FRA"
    assert facts["networks"] == "EUREF & RENAG"
    assert facts["country"] == "France"
    assert facts["date_to"] is None
    assert facts["@epos_type"] == facts["@epos_style"] == "station"
    for key in facts["@epos_map_keys"] + facts["@epos_data_keys"]:
        assert key in facts
    files = facts["@epos_links"][0]
    assert list(files) == ["label", "href", "type"]
    assert len(get(files["href"]).json()) == 5
    assert covi["properties"]["name"] == '<script>alert("canary")</script> & Covilhã, "UBI"'


def test_full_geojson_adds_the_days_of_files(stack: Stack) -> None:
    [gras] = stack.api("/stations/v2/marker/GRAS/full/geojson").json()["features"]
    assert gras["properties"]["rinex_files_dates"].count(",") == 4
    [short] = stack.api("/stations/v2/marker/GRAS/short/geojson").json()["features"]
    assert "rinex_files_dates" not in short["properties"]
    assert stack.api("/stations/v2/marker/XXXX/short/geojson").json()["features"] == []


def test_station_xml_is_well_formed_and_has_the_names_of_json(stack: Stack) -> None:
    answer = stack.api("/stations/v2/station/full/xml")
    assert answer.headers["Content-Type"].startswith("application/xml")
    covi, _, gras = ElementTree.fromstring(answer.body)
    assert covi.findtext("name") == '<script>alert("canary")</script> & Covilhã, "UBI"'
    assert covi.find("date_from") is None, "what is unknown is left out"
    assert gras.findtext("location/coordinates/lat") == "43.7547"
    assert [name.text for name in gras.findall("network_array/item/name")] == ["EUREF", "RENAG"]
    assert gras.findtext("monument/inscription") == "\ufffd<a> & b]]>\r\n"
    assert gras.findtext("rinex_files_dates", "").count(",") == 4
    [short] = ElementTree.fromstring(stack.api("/stations/v2/marker/GRAS/short/xml").body)
    assert short.find("rinex_files_dates") is None


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("network?", ["EPOS", "EUREF", "RENAG"]),
        ("station?marker=gras,delf&", ["Caussols", "Delft"]),
        ("station?markerlongname=GRAS00FRA&", ["Caussols"]),
        ("station?marker_long_name=GRAS00FRA&", ["Caussols"]),
        ("station?markerlongname=GRAS00FRA&marker=DELF&", []),
    ],
)
def test_names_are_listed(stack: Stack, path: str, names: list[str]) -> None:
    listed = stack.api(f"/stations/v2/list/{path}format=json").json()
    assert [one["name"] for one in listed] == names
    bare = stack.api(f"/stations/v2/list/{path}format=list")
    assert bare.headers["Content-Type"].startswith("text/plain")
    assert bare.body.splitlines() == names


@pytest.mark.parametrize(
    ("path", "markers"),
    [
        ("/stations/v2/station/bbox/-10/39/-5/41?format=json", ["COVI"]),
        ("/stations/v2/station/bbox/-10/39/8/60?format=json", ["COVI", "DELF", "GRAS"]),
        ("/stations/v2/station/bbox/-10/39/8/60?format=json&with=1", ["COVI", "GRAS"]),
        (
            "/stations/v2/coordinates/rectangle/short/json?minlat=40&maxlat=50&minlon=-9&maxlon=8",
            ["COVI", "GRAS"],
        ),
        (
            "/stations/v2/coordinates/circle/short/json?centerlat=43.7&centerlon=7&radius=20",
            ["GRAS"],
        ),
        (
            "/stations/v2/coordinates/polygon/short/json?polygon=43!-9,43!8,53!8,53!3,45!-9",
            ["DELF", "GRAS"],
        ),
        (
            "/stations/v2/combination/short/json?network=RENAG&polygon=43!-9,43!8,53!8",
            ["GRAS"],
        ),
        # Its border runs through GRAS.
        (
            "/stations/v2/coordinates/polygon/short/json?polygon=43.7547!0,43.7547!8,40!8,40!0",
            ["GRAS"],
        ),
        (polygon([[-9, 40], [8, 40], [8, 53], [-9, 53], [-9, 40]]), ["COVI", "DELF", "GRAS"]),
        (
            polygon(
                [[-9, 40], [8, 40], [8, 53], [-9, 53], [-9, 40]],
                [[6, 43], [7, 43], [7, 44], [6, 44], [6, 43]],
            ),
            ["COVI", "DELF"],
        ),
        ("/stations/v2/network/euref/short/json", ["DELF", "GRAS"]),
        ("/stations/v2/country/PRT/short/json", ["COVI"]),
        ("/stations/v2/agency/epos/short/json", ["GRAS"]),
        ("/stations/v2/name/delft/short/json", ["DELF"]),
        ("/stations/v2/receiver/LEICA%20GR50/short/json", ["GRAS"]),
        ("/stations/v2/combination/short/json?network=EUREF&country=FRA", ["GRAS"]),
        (
            "/stations/v2/coordinates/circle/short/json?centerLat=43.7&centerLon=7&radius=20",
            ["GRAS"],
        ),
        (
            "/stations/v2/combination/short/json?centerlat=43.7&centerLon=7&radius=2000&minlat=41",
            ["DELF", "GRAS"],
        ),
        ("/stations/v2/station/short/json?page=1&perpage=2", ["COVI", "DELF"]),
        ("/stations/v2/station/full/json?page=2&perpage=2", ["GRAS"]),
        ("/stations/v2/station/short/json?page=3&perpage=2", []),
        ("/stations/v2/station/short/json?page=0&perpage=1", ["COVI", "DELF", "GRAS"]),
        ("/stations/v2/network/EUREF/short/json?page=2&perpage=1", ["GRAS"]),
        ("/stations/v2/combination/short/json?network=EUREF&page=1&perpage=1", ["DELF"]),
        (
            "/stations/v2/station/bbox/-10/39/8/60?format=json&with=1&page=2&perpage=1",
            ["GRAS"],
        ),
        (polygon([[-9, 40], [8, 40], [8, 53], [-9, 53]]) + "?page=2&perpage=1", ["DELF"]),
        ("/stations/v2/marker/XXXX/short/json", []),
        ("/stations/v2/name/x'%20or%20'1'='1/short/json", []),
    ],
)
def test_stations_are_found_by_what_is_asked(stack: Stack, path: str, markers: list[str]) -> None:
    answer = stack.api(path)
    assert answer.status == 200
    assert [station["marker"] for station in answer.json()] == markers


@pytest.mark.parametrize(
    ("path", "pages"),
    [
        ("/stations/v2/station/short/json?page=1&perpage=2", [["COVI", "DELF"], ["GRAS"]]),
        ("/stations/v2/station/full/json?Page=1&perpage=3", [["COVI", "DELF", "GRAS"]]),
        (
            "/stations/v2/combination/short/json?network=EUREF&perpage=1&page=1",
            [["DELF"], ["GRAS"]],
        ),
        ("/stations/v2/station/short/json", [["COVI", "DELF", "GRAS"]]),
    ],
)
def test_a_page_names_the_next_one(stack: Stack, path: str, pages: list[list[str]]) -> None:
    found, link = [], path
    while link:
        answer = stack.api(link)
        found.append([station["marker"] for station in answer.json()])
        after = answer.headers.get("Link", "").removesuffix('>; rel="next"').removeprefix("<")
        link = after and path.partition("?")[0] + after
    assert found == pages


@pytest.mark.parametrize(
    "path",
    [
        "/stations/v2/marker/GRAS/big/json",
        "/stations/v2/marker/GRAS/short/pdf",
        "/stations/v2/station/short/json?page=one",
        "/stations/v2/station/short/json?page=1&perpage=0",
        "/stations/v2/station/short/json?page=1&after=101",
        "/stations/v2/station/short/json?after=99999",
        "/stations/v2/planet/earth/short/json",
        "/stations/v2/list/planet",
        "/stations/v2/list/network?format=csv",
        "/stations/v2/coordinates/circle/short/json?centerlat=NaN&centerlon=7&radius=20",
        "/stations/v2/station/bbox/-10/39/-5/91",
        "/stations/v2/station/bbox/170/39/-170/41",
        "/stations/v2/station/bbox/-10/41/-5/39",
        "/stations/v2/combination/short/json?minLat=41&maxLat=39",
        "/stations/v2/station/bbox/-10/39/-5/41?with=3",
        "/stations/v2/coordinates/polygon/short/json?polygon=43!-9,43!8",
        "/stations/v2/coordinates/polygon/short/json?polygon=43!-9,43!8,43!-9",
        "/stations/v2/coordinates/polygon/short/json?polygon=43!-9,43,53!8",
        "/stations/v2/coordinates/polygon/short/json",
        "/stations/v2/station/geojson/json/%7B%22type%22:%22Point%22%7D",
        "/stations/v2/station/geojson/json/%7B",
        polygon([[-9, 40], ["east", 40], [8, 53]]),
        polygon([[-9, 40], [181, 40], [8, 53]]),
        polygon([[-9, 40], [8], [8, 53]]),
        "/stations/v2/station/bbox/-10/39/-5/41?format=kml",
        "/files/station-marker/GRAS/json?page=-1",
        "/files/station-marker/GRAS/json?epoch_start=2021-02-30",
        "/files/date_range/2021-01-02,2021-01-01/json",
        "/files/date_range/date_from=2021-01-02&date_to=2021-01-01/json",
        "/files/date_range/date_from=2021-01-02/json",
        "/files/date_range/2021-01-02/json",
        "/files/coordinates/minLat=40&maxLat=50/json",
        "/files/coordinates_data/minLat=40&maxLat=50&minLon=6&maxLon=7/json",
        "/files/coordinates_data/coordinates=square&minLat=40/json",
        "/files/combination/marker/json",
        "/files/combination/marker=/json",
        "/files/combination/marker=GRAS&reference_date=today/json",
        "/files/combination/published_date=2021-01-01,2021-01-02,2021-01-03/json",
        "/files/marker/GRAS/pdf",
        "/stations/v2/station/short/json?marker=%ff",
        "/stations/v2/combination/short/json?centerLat=43.7&radius=20",
    ],
)
def test_a_bad_parameter_is_refused_with_a_message(stack: Stack, path: str) -> None:
    answer = stack.api(path)
    assert answer.status == 400
    assert answer.json()["error"]


@pytest.mark.parametrize(
    ("path", "message"),
    [
        (
            "/stations/v2/combination/short/json?minLatt=40",
            "unknown parameter 'minLatt': did you mean minLat?",
        ),
        (
            "/stations/v2/coordinates/circle/short/json?centerlat=1&centerlon=1&radios=1",
            "unknown parameter 'radios': did you mean radius?",
        ),
        (
            "/stations/v2/list/network?formt=json",
            "unknown parameter 'formt': did you mean format?",
        ),
        (
            "/files/station-marker/GRAS/json?perpag=2",
            "unknown parameter 'perpag': did you mean perpage?",
        ),
        (
            "/files/combination/marker=GRAS&refrence_date=2021-01-01/json",
            "unknown parameter 'refrence_date': did you mean reference_date?",
        ),
        (
            "/files/coordinates/minLat=40&maxLat=50&minLon=6&maxLonn=7/json",
            "unknown parameter 'maxLonn': did you mean maxLon?",
        ),
        (
            "/files/info?marklongname=GRAS",
            "unknown parameter 'marklongname': did you mean marker_long_name?",
        ),
        (
            "/stations/v2/combination/short/json?minLat=40&minlat=41",
            "parameter minLat is given twice",
        ),
        (
            "/stations/v2/list/station?mark_long_name=GRAS00FRA",
            "unknown parameter 'mark_long_name': did you mean markerlongname?",
        ),
        (
            "/stations/v2/list/network?marker=GRAS",
            "unknown parameter 'marker': did you mean page?",
        ),
        ("/tools/version?full=1", "unknown parameter 'full': none is known here"),
    ],
)
def test_no_parameter_is_ignored(stack: Stack, path: str, message: str) -> None:
    answer = stack.api(path)
    assert (answer.status, answer.json()) == (400, {"error": message})


def test_a_list_says_what_is_known_of_each(stack: Stack) -> None:
    [station] = stack.api("/stations/v2/list/station?marker=GRAS").json()
    assert station == {"name": "Caussols", "marker": "GRAS", "marker_long_name": "GRAS00FRA"}
    countries = stack.api("/stations/v2/list/country").json()
    assert {"name": "Portugal", "iso_code": "PRT"} in countries


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("/stations/site/GRAS", ["Caussols"]),
        ("/stations/files/marker/GRAS00FRA?page=1&perpage=1", ["GRAS00FRA_R_20210010000"]),
        ("/stations/files/date_range/2021-01-05&2021-01-09", ["GRAS00FRA_R_20210050000"]),
    ],
)
def test_routes_of_the_first_version_are_answered(
    stack: Stack, path: str, names: list[str]
) -> None:
    found = [one["name"].partition("_01D")[0] for one in stack.api(path).json()]
    assert found == names


def test_glass_only_reads(stack: Stack) -> None:
    for method in ("POST", "PUT", "DELETE", "TRACE"):
        answer = get(f"{stack.glass_url}{API}/tools/version", method=method)
        assert answer.status == 405
        assert "only reads" in answer.json()["error"]
    broken = get(f"{stack.glass_url}{API}/stations/%zz")
    assert (broken.status, list(broken.json())) == (400, ["error"])
    assert "Server" not in broken.headers


@pytest.mark.parametrize("path", ["/nowhere", "/stations/v3/station", "/products"])
def test_what_is_no_route_is_said_in_json(stack: Stack, path: str) -> None:
    answer = stack.api(path)
    assert answer.status == 404
    assert "no such resource" in answer.json()["error"]


def test_a_restarted_database_is_found_again(stack: Stack) -> None:
    assert stack.api("/stations/v2/list/network").status == 200
    stack.database.restart()
    wait_for(lambda: stack.api("/stations/v2/list/network").status == 200, "GLASS's answer")
