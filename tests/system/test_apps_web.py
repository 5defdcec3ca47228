"""GLASS and the portal as containers, with a real database: what a visitor and a client see.

Needs the images epos/database, epos/glass and epos/portal (see apps/*/README.md) in the engine
that DOCKER_HOST names.
"""

import json
import os
import re
import secrets
import ssl
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import md5
from http.client import HTTPResponse
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode
from xml.etree import ElementTree

import docker
import pytest
from docker.models.containers import Container

pytestmark = pytest.mark.docker

ROWS = Path(__file__).with_name("apps_web_rows.sql")
START_S = 120  # the database makes its cluster first; generous for an emulated machine
API = "/GlassFramework/webresources"


@dataclass(frozen=True)
class Answer:
    """What a server answered."""

    status: int
    headers: dict[str, str]
    body: str

    def json(self) -> Any:
        """Return the body as the JSON it is."""
        return json.loads(self.body)


@dataclass(frozen=True)
class Stack:
    """The three containers and where they answer on this machine."""

    database: Container
    glass: Container
    portal: Container
    glass_url: str
    portal_url: str

    def api(self, path: str) -> Answer:
        """GET below GLASS's base."""
        return get(self.glass_url + API + path)

    def page(self, path: str, **headers: str) -> Answer:
        """GET a page of the portal."""
        return get(self.portal_url + path, headers=headers)


def get(url: str, data: bytes | None = None, headers: dict[str, str] | None = None) -> Answer:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # self-signed, made for this test
    opener = urllib.request.build_opener(urllib.request.HTTPSHandler(context=context), _Stay())
    request = urllib.request.Request(url, data=data, headers=headers or {})
    try:
        with opener.open(request, timeout=60) as response:
            assert isinstance(response, HTTPResponse)
            return Answer(response.status, dict(response.headers), response.read().decode())
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, dict(error.headers), error.read().decode())


class _Stay(urllib.request.HTTPRedirectHandler):
    """Shows a redirection instead of following it."""

    def redirect_request(self, *_: Any) -> None:
        return None


def wait_until(condition: Callable[[], bool], what: str, within: float = START_S) -> None:
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        try:
            if condition():
                return
        except OSError as refused:
            last: object = refused
        else:
            last = "not yet"
        time.sleep(0.2)
    raise TimeoutError(f"{what} not within {within} s; last seen: {last}")


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    engine = docker.from_env()
    name = f"test-web-{secrets.token_hex(4)}"
    password = tmp_path_factory.mktemp("secrets") / "database_password"
    password.write_text(secrets.token_urlsafe())
    password.chmod(0o644)  # read by other uids inside the containers
    secret = "/run/secrets/database_password"
    network = engine.networks.create(name)

    def start(image: str, port: int | None, **environment: str) -> Container:
        return engine.containers.run(
            f"epos/{image}",
            name=f"{name}-{image}",
            detach=True,
            network=name,
            cap_drop=["ALL"],
            security_opt=["no-new-privileges"],
            read_only=image != "database",
            tmpfs={"/tmp": ""} if image != "database" else {},
            volumes={str(password): {"bind": secret, "mode": "ro"}},
            environment={"DATABASE_PASSWORD_FILE": secret, **environment},
            ports={f"{port}/tcp": ("127.0.0.1", 0)} if port else {},
        )

    started: list[Container] = []
    try:
        where = {"DATABASE_ADDRESS": f"{name}-database"}
        # On purpose in the wrong order: neither needs what it uses to be there at its start.
        glass_too = {"GLASS_ADDRESS": f"{name}-glass", **where}
        portal = start("portal", 443, PORTAL_SELF_SIGNED="1", **glass_too)
        started.append(portal)
        glass = start("glass", 8080, **where)
        started.append(glass)
        database = start("database", None)
        started.append(database)
        running = Stack(
            database,
            glass,
            portal,
            f"http://127.0.0.1:{published(glass)}",
            f"https://127.0.0.1:{published(portal)}",
        )
        wait_until(lambda: running.page("/health").status == 200, "the portal's health")
        load_rows(database)
        yield running
    finally:
        for container in started:
            container.remove(force=True, v=True)
        network.remove()


def published(container: Container) -> int:
    container.reload()
    ports = next(iter(container.ports.values())) or []
    return int(ports[0]["HostPort"])


def load_rows(database: Container) -> None:
    client = [
        "docker",
        "exec",
        "-i",
        str(database.id),
        "psql",
        "-q",
        "-v",
        "ON_ERROR_STOP=1",
        "-h",
        "/run/postgresql",
        "-U",
        "postgres",
        "-d",
        "gnss-europe-v0-2-14",
    ]
    subprocess.run(client, input=ROWS.read_bytes(), check=True, capture_output=True)


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
    assert station["rinex_files_dates"] == [f"2021-01-0{day}" for day in range(1, 6)]


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
    assert len(gras["properties"]["rinex_files_dates"]) == 5
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
    assert len(gras.findall("rinex_files_dates/item")) == 5
    [short] = ElementTree.fromstring(stack.api("/stations/v2/marker/GRAS/short/xml").body)
    assert short.find("rinex_files_dates") is None


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("network?", ["EPOS", "EUREF", "RENAG"]),
        ("station?marker=gras,delf&", ["Caussols", "Delft"]),
        ("station?markerlongname=GRAS00FRA&", ["Caussols"]),
        ("station?markerlongname=GRAS00FRA&marker=DELF&", []),
    ],
)
def test_names_are_listed(stack: Stack, path: str, names: list[str]) -> None:
    assert stack.api(f"/stations/v2/list/{path}format=json").json() == names
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
    "path",
    [
        "/stations/v2/marker/GRAS/big/json",
        "/stations/v2/marker/GRAS/short/pdf",
        "/stations/v2/station/short/json?page=one",
        "/stations/v2/station/short/json?page=1&perpage=0",
        "/stations/v2/planet/earth/short/json",
        "/stations/v2/list/planet",
        "/stations/v2/list/network?format=csv",
        "/stations/v2/coordinates/circle/short/json?centerlat=NaN&centerlon=7&radius=20",
        "/stations/v2/station/bbox/-10/39/-5/91",
        "/stations/v2/station/bbox/170/39/-170/41",
        "/stations/v2/station/bbox/-10/41/-5/39",
        "/stations/v2/combination/short/json?minLat=41&maxLat=39",
        "/stations/v2/station/bbox/-10/39/-5/41?with=2",
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
            "/files/info?markerlongname=GRAS",
            "unknown parameter 'markerlongname': did you mean marker_long_name?",
        ),
        (
            "/stations/v2/combination/short/json?minLat=40&minlat=41",
            "parameter minLat is given twice",
        ),
        (
            "/stations/v2/list/station?marker_long_name=GRAS00FRA",
            "unknown parameter 'marker_long_name': did you mean markerlongname?",
        ),
        (
            "/stations/v2/list/network?marker=GRAS",
            "unknown parameter 'marker': did you mean format?",
        ),
        ("/tools/version?full=1", "unknown parameter 'full': none is known here"),
    ],
)
def test_no_parameter_is_ignored(stack: Stack, path: str, message: str) -> None:
    answer = stack.api(path)
    assert (answer.status, answer.json()) == (400, {"error": message})


def test_file_json_has_the_documented_shape(stack: Stack) -> None:
    [file] = stack.api(
        "/files/station-marker/GRAS/json?epoch_start=2021-01-02&epoch_end=2021-01-02"
    ).json()
    assert list(file) == [
        "name",
        "url",
        "file_size",
        "md5_checksum",
        "md5_uncompressed",
        "file_type",
        "reference_date",
        "published_date",
        "creation_date",
        "revision_date",
        "relative_path",
        "status",
        "data_center",
    ]
    assert file["url"] == f"https://files.example.org/pub/2021/002/{file['name']}"
    assert file["file_type"] == {
        "format": "RINEX3",
        "sampling_window": "24hour",
        "sampling_frequency": "30s",
    }
    assert file["data_center"]["data_center_structure"] == {"directory_naming": "YYYY/DDD"}


def test_files_come_in_pages_and_without_failed_ones(stack: Stack) -> None:
    days = [
        file["reference_date"][:10]
        for file in stack.api(
            "/files/station-marker/GRAS/json?filtervalidatedfiles=1&page=2&perpage=2"
        ).json()
    ]
    assert days == ["2021-01-04", "2021-01-05"]


@pytest.mark.parametrize(
    ("path", "days"),
    [
        ("/files/marker/gras/json", [1, 2, 3, 4, 5]),
        ("/files/site/GRAS00FRA/json?filtervalidatedfiles=1", [1, 2, 4, 5]),
        ("/files/date_range/date_from=2021-01-04&date_to=2021-01-09/json", [4, 5]),
        ("/files/date_range/2021-01-02,2021-01-03/json", [2, 3]),
        ("/files/coordinates/minLat=43&maxLat=44&minLon=6&maxLon=7/json", [1, 2, 3, 4, 5]),
        (
            "/files/coordinates_data/coordinates=rectangle&minlat=43&maxlat=44&minlon=6&maxlon=7"
            "/json?epoch_start=2021-01-05",
            [5],
        ),
        (
            "/files/coordinates_data/coordinates=circle&centerLat=43.7&centerLon=7&radius=20"
            "/json?page=1&perpage=1",
            [1],
        ),
        # What the desktop program asks.
        (
            "/files/combination/marker=GRAS&reference_date=2021-01-02,2021-01-04/json"
            "?filtervalidatedfiles=1&page=0&perpage=100",
            [2, 4],
        ),
        ("/files/combination/marker=GRAS,DELF&reference_date=2021-01-03/json", [3]),
        ("/files/combination/network=euref&dateRange=2021-01-01,2021-01-02/json", [1, 2]),
        ("/files/combination/agency=EPOS&published_date=2021-01-05/json", [4]),
        (
            "/files/combination/country=FRA"
            "&file_name=GRAS00FRA_R_20210030000_01D_30S_MO.crx.gz/json",
            [3],
        ),
        (f"/files/combination/md5={md5(b'2021-01-02 00:00:00').hexdigest().upper()}/json", [2]),
        ("/files/combination/marker=DELF/json", []),
    ],
)
def test_files_are_found_by_what_is_asked(stack: Stack, path: str, days: list[int]) -> None:
    answer = stack.api(path)
    assert answer.status == 200
    assert [int(file["reference_date"][8:10]) for file in answer.json()] == days


def test_file_xml_has_the_names_of_json(stack: Stack) -> None:
    answer = stack.api("/files/country/PRT/xml")
    assert answer.headers["Content-Type"].startswith("application/xml")
    files = ElementTree.fromstring(answer.body)
    known = stack.api("/files/country/PRT/json").json()
    assert [file.findtext("name") for file in files] == [file["name"] for file in known]
    assert files.findtext("file/data_center/data_center_structure/directory_naming") == "YYYY/DDD"
    assert files.find("file/md5_uncompressed") is None, "what is unknown is left out"


# Stands for curl: answers what the MD5 of the rows is of, but for the third day.
CURL = """#!/bin/sh
while [ $# -gt 1 ]; do
    case $1 in --output) file=$2 ;; --url) url=$2 ;; esac
    shift
done
case $url in
https://files.example.org/pub/2021/003/*) printf changed ;;
https://files.example.org/pub/2021/*)
    day=${url#*/2021/00}
    printf '2021-01-0%s 00:00:00' "${day%%/*}"
    ;;
*) printf canary ;;
esac >"$file"
"""


def run_script(body: str, folder: Path) -> subprocess.CompletedProcess[str]:
    programs = folder / "bin"
    programs.mkdir()
    (programs / "curl").write_text(CURL)
    (programs / "curl").chmod(0o755)
    (folder / "files").mkdir()
    return subprocess.run(
        ["sh", "-c", body],
        cwd=folder / "files",
        env={"PATH": f"{programs}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_a_script_fetches_files_and_keeps_those_with_the_right_md5(
    stack: Stack, tmp_path: Path
) -> None:
    answer = stack.api("/files/marker/GRAS/script")
    assert answer.headers["Content-Type"].startswith("text/x-shellscript")
    run = run_script(answer.body, tmp_path)
    fetched = sorted(path.name for path in (tmp_path / "files").iterdir())
    assert fetched == [f"GRAS00FRA_R_202100{n}0000_01D_30S_MO.crx.gz" for n in (1, 2, 4, 5)]
    assert run.returncode == 1
    assert run.stderr == (
        "GRAS00FRA_R_20210030000_01D_30S_MO.crx.gz: not fetched, or its MD5 is wrong\n"
    )


def test_a_script_runs_nothing_that_a_name_says(stack: Stack, tmp_path: Path) -> None:
    body = stack.api("/files/country/PRT/script").body
    run = run_script(body, tmp_path)
    name = "-o '; touch canary; \"$(touch canary)`touch canary`\n\\.gz"
    assert [path.name for path in (tmp_path / "files").iterdir()] == [name]
    assert run.stderr == "<b>canary</b>.gz: refused as the name of a file\n"


def test_half_a_script_fails(stack: Stack, tmp_path: Path) -> None:
    body = stack.api("/files/marker/GRAS/script?epoch_end=2021-01-01").body
    half = body[: body.index("\n", body.index("\nfetch '") + 1)]
    run = run_script(half, tmp_path)
    assert run.returncode == 1
    assert "cut off" in run.stderr


def test_a_restarted_database_is_found_again(stack: Stack) -> None:
    assert stack.api("/stations/v2/list/network").status == 200
    stack.database.restart()
    wait_until(lambda: stack.api("/stations/v2/list/network").status == 200, "GLASS's answer")


def test_pages_show_stations_and_files_and_escape_them(stack: Stack) -> None:
    page = stack.page("/")
    assert page.status == 200
    assert ">GRAS00FRA</a>" in page.body
    assert "&lt;script&gt;alert(&quot;canary&quot;)&lt;/script&gt;" in page.body
    assert "<script" not in page.body
    covi = stack.page("/stations/COVI").body
    assert "&lt;b&gt;canary&lt;/b&gt;.gz" in covi
    assert "javascript:" not in covi, "only addresses of the web become links"
    gras = stack.page("/stations/gras00fra").body
    assert 'href="https://files.example.org/pub/2021/001/GRAS00FRA_R_2021001' in gras
    assert "QC failed" in gras


def test_search_finds_by_any_of_the_shown_words(stack: Stack) -> None:
    assert "1 station for “delf”" in stack.page("/?q=delf").body
    body = stack.page("/?" + urlencode({"q": '"><script>'})).body
    assert "<script" not in body


def test_station_json_of_the_portal_holds_its_files(stack: Stack) -> None:
    answer = stack.page("/stations/GRAS.json").json()
    assert answer["station"]["marker"] == "GRAS"
    assert len(answer["files"]) == 5


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/stations/NONE", 404),
        ("/stations/TOOLONGNAME", 400),
        ("/files?from=2021-13-01&to=2021-01-01", 400),
        ("/?page=0", 400),
        ("/src/Page.php", 404),
        ("/requests/1/answers", 404),
        ("/work", 404),
    ],
)
def test_what_is_not_there_is_said_in_a_page(stack: Stack, path: str, status: int) -> None:
    page = stack.page(path)
    assert page.status == status
    assert 'role="alert"' in page.body


def test_every_answer_carries_the_security_headers(stack: Stack) -> None:
    for path in ("/", "/stations/NONE", "/style.css"):
        headers = stack.page(path).headers
        assert "max-age" in headers["Strict-Transport-Security"]
        assert headers["Content-Security-Policy"].startswith("default-src 'none'")
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "X-Powered-By" not in headers


def test_tls_older_than_1_2_is_refused(stack: Stack) -> None:
    port = stack.portal_url.rsplit(":", 1)[1]
    old = subprocess.run(
        [
            "openssl",
            "s_client",
            "-connect",
            f"127.0.0.1:{port}",
            "-tls1_1",
            "-cipher",
            "DEFAULT@SECLEVEL=0",
        ],
        input=b"",
        capture_output=True,
        timeout=30,
    )
    assert old.returncode != 0


def test_a_request_is_queued_and_answered(stack: Stack) -> None:
    form = stack.page("/requests")
    [token] = re.findall(r'name="token" value="([0-9a-f]+)"', form.body)
    cookie = form.headers["Set-Cookie"].split(";")[0]
    assert "secure; HttpOnly; SameSite=Strict" in form.headers["Set-Cookie"]
    fields = {"marker": "gras", "product": "files", "format": "csv"}
    url = stack.portal_url + "/requests"
    forged = get(url, urlencode({**fields, "token": "0" * 64}).encode(), {"Cookie": cookie})
    assert forged.status == 403
    made = get(url, urlencode({**fields, "token": token}).encode(), {"Cookie": cookie})
    assert (made.status, made.headers["Location"]) == (303, "/requests")
    worked = stack.portal.exec_run(["wget", "-q", "-O", "-", "http://127.0.0.1:8081/work"])
    assert worked.exit_code == 0, worked.output
    [answer] = re.findall(r'href="(/requests/\d+/answer)"', stack.page("/requests").body)
    assert stack.page(answer).body.startswith("name, url, file_size")


def test_without_glass_the_portal_says_so(stack: Stack) -> None:
    stack.glass.stop()
    page = stack.page("/")
    assert page.status == 503
    assert "Retry-After" in page.headers
    assert stack.page("/health").json() == {
        "status": "unavailable",
        "database": "ok",
        "glass": "unavailable",
    }
    stack.glass.start()


def test_the_portal_refuses_to_start_without_a_certificate(stack: Stack) -> None:
    with pytest.raises(docker.errors.ContainerError, match="there is no TLS certificate"):
        docker.from_env().containers.run(
            "epos/portal",
            network_mode="none",  # it ends before it would use one
            remove=True,
            stderr=True,
            environment={
                "DATABASE_ADDRESS": "x",
                "GLASS_ADDRESS": "x",
                "DATABASE_PASSWORD_FILE": "/etc/passwd",
            },
        )
