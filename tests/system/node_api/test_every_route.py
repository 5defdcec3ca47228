"""A client's view of GLASS: every route that the field asks, on real files, beside the database."""

import csv
import io
import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import groupby
from math import hypot
from pathlib import Path
from xml.etree import ElementTree

import hatanaka
import pytest

from tests.system.node_api.routes import ROUTES, Route
from tests.system.node_api.stack import Answer, Stack, free_port, get, running_stack, sql, wait_for
from tests.system.node_api.test_products import POS, VEL

pytestmark = pytest.mark.docker

APPS = Path(__file__).parents[3] / "apps"
Rows = list[tuple[str, ...]]
MEDIA = {
    "json": "application/json", "xml": "application/xml", "csv": "text/csv", "list": "text/plain",
    "geojson": "application/geo+json", "script": "text/x-shellscript", "midas": "text/plain",
    "pbo": "text/plain", "covjson": "application/prs.coverage+json",
}  # fmt: skip


@pytest.fixture(scope="module")
def node(
    tmp_path_factory: pytest.TempPathFactory, engine: str, real_archive: Path
) -> Iterator[Stack]:
    """A node of its own: real files by indexGD, their quality by RunQC, products by FWSS."""
    secrets = tmp_path_factory.mktemp("secrets-of-node")
    with running_stack(secrets) as running:
        settings = {
            "PATH": os.environ["PATH"], "ARCHIVE": str(real_archive), "DATA_CENTER": "EPOS",
            "FWSS_ADDRESS": running.fwss_url.removeprefix("http://"),
            "WRITE_TOKEN_FILE": str(secrets / "write_token"),
            "CRX2RNX": str(Path(hatanaka.__file__).with_name("bin") / "crx2rnx"),
        }  # fmt: skip
        indexgd = [sys.executable, "-S", "-s", "-B", str(APPS / "indexgd" / "main.py")]
        with serving(indexgd, settings) as url:
            assert get(f"{url}/index", b"", method="POST").status == 202
            wait_for(
                lambda: json.loads(get(f"{url}/index").body)["state"] != "running",
                "the end of indexing",
            )
            run = json.loads(get(f"{url}/index").body)
            assert (run["state"], run["errors"]) == ("done", []), run
        with serving(["perl", str(APPS / "runqc" / "main.pl")], settings) as url:
            done = get(f"{url}/qc", b"", method="POST")
            assert done.status == 200, done.body
        assert running.insert("/products", POS.read_bytes()).status == 200
        velocity = VEL.format(marker="GRAS00FRA", velz="0.0120").encode()
        assert running.insert("/products?analysis_center=UGA-CNRS", velocity).status == 200
        yield running


@contextmanager
def serving(command: list[str], settings: dict[str, str]) -> Iterator[str]:
    """Run an application of a unikernel as a process; give where it answers."""
    port = free_port()
    process = subprocess.Popen(command, env={**settings, "PORT": str(port)})
    url = f"http://127.0.0.1:{port}"
    try:
        wait_for(lambda: answers(url), f"an answer of {command[-1]}")
        yield url
    finally:
        process.terminate()
        process.wait()


def answers(url: str) -> bool:
    try:
        return get(url + "/health").status == 200
    except OSError:
        return False


# ---------------------------------------------------------------- what reads an answer


def stations(body: str, format: str) -> Rows:
    """Names of 9 characters, and latitudes to six digits."""
    found: list[tuple[str | None, object]]
    if format == "geojson":
        collection = json.loads(body)
        assert collection["type"] == "FeatureCollection"
        facts = [feature["properties"] for feature in collection["features"]]
        assert all(fact["@epos_style"] in collection["@epos_style"] for fact in facts)
        assert all({"@epos_type", *fact["@epos_map_keys"], *fact["@epos_data_keys"]} <= fact.keys()
                   for fact in facts)  # fmt: skip
        found = [(one["properties"]["marker_long_name"],
                  one["geometry"] and one["geometry"]["coordinates"][1])
                 for one in collection["features"]]  # fmt: skip
    elif format == "xml":
        found = [(one.findtext("marker_long_name"), one.findtext("location/coordinates/lat"))
                 for one in ElementTree.fromstring(body)]  # fmt: skip
    elif format == "csv":
        lines = csv.DictReader(io.StringIO(body), skipinitialspace=True)
        found = [(line["marker_long_name"], line["lat"] or None) for line in lines]
    else:
        found = [(one["marker_long_name"], one["location"]["coordinates"]["lat"])
                 for one in json.loads(body)]  # fmt: skip
    return [(str(name), "" if lat is None else f"{float(str(lat)):.6f}") for name, lat in found]


def files(body: str, format: str) -> Rows:
    """Names and MD5s; each has the address it can be fetched from."""
    if format == "script":
        begin, end = body.find("\nfetch '"), body.rindex("\ntrap - EXIT")
        fetched = shlex.split(body[begin:end]) if begin >= 0 else []
        found = [(name, md5, url) for _, url, name, md5 in zip(*[iter(fetched)] * 4, strict=True)]
    elif format == "xml":
        found = [(text(one, "name"), text(one, "md5_checksum"), text(one, "url"))
                 for one in ElementTree.fromstring(body)]  # fmt: skip
    elif format == "csv":
        lines = csv.DictReader(io.StringIO(body), skipinitialspace=True)
        assert (lines.fieldnames or [])[-1] == "url"
        found = [(line["name"], line["md5_checksum"], line["url"]) for line in lines]
    else:
        found = [(one["name"], one["md5_checksum"], one["url"]) for one in json.loads(body)]
    assert all(url.endswith("/" + name) for name, _, url in found)
    return [(name, md5) for name, md5, _ in found]


def text(element: ElementTree.Element, path: str) -> str:
    found = element.findtext(path)
    assert found is not None, f"{path} is missing"
    return found


def series(body: str, axes: str, format: str) -> Rows:
    """Epochs, with x or with the distance from the reference position."""
    if format == "midas":
        lines = [line.split() for line in body.splitlines()]
        assert all(marker == "GRAS" for marker, *_ in lines)
        days = [round((float(year) - 2000) * 365.25) for _, year, *_ in lines]
        return [(f"2018-01-{day - 6574:02} 12:00:00", length(off))
                for day, (_, _, *off) in zip(days, lines, strict=True)]  # fmt: skip
    if format == "pbo":
        cells = [line.split() for line in body.splitlines() if re.match(r" \d{8} ", line)]
        return [(epoch(day + time),
                 of_earth(values[1]) if axes == "xyz" else length(values[13:16]))
                for day, time, *values in cells]  # fmt: skip
    if format == "covjson":
        coverage = json.loads(body)
        times = coverage["domain"]["axes"]["t"]["values"]
        names = ["x"] if axes == "xyz" else ["de", "dn", "du"]
        values = zip(*(coverage["ranges"][name]["values"] for name in names), strict=True)
        return [(time.replace("T", " ").rstrip("Z"), of_axes(axes, *off))
                for time, off in zip(times, values, strict=True)]  # fmt: skip
    names = ["x"] if axes == "xyz" else ["de", "dn", "du"]
    if format == "xml":
        return [(text(one, "epoch"), of_axes(axes, *(text(one, name) for name in names)))
                for one in ElementTree.fromstring(body).findall("result")]  # fmt: skip
    return [(one["epoch"], of_axes(axes, *(one[name] for name in names)))
            for one in json.loads(body)["results"]]  # fmt: skip


def epoch(digits: str) -> str:
    return re.sub(r"(....)(..)(..)(..)(..)(..)", r"\1-\2-\3 \4:\5:\6", digits)


def of_axes(axes: str, *values: object) -> str:
    return of_earth(values[0]) if axes == "xyz" else length(list(values))


def of_earth(value: object) -> str:
    return f"{float(str(value)):.5f}"


def length(values: list[object] | list[str]) -> str:
    return f"{hypot(*(float(str(value)) for value in values)):.4f}"


def velocities(body: str, axes: str, format: str) -> Rows:
    """Names, and speeds in m a year."""
    names = ["ve", "vn", "vu"] if axes == "enu" else ["vx", "vy", "vz"]
    if format == "xml":
        return [(text(one, "marker_long_name"), length([text(one, name) for name in names]))
                for one in ElementTree.fromstring(body)]  # fmt: skip
    return [(one["marker_long_name"], length([one[name] for name in names]))
            for one in json.loads(body)]  # fmt: skip


def plates(body: str, format: str) -> Rows:
    if format == "xml":
        return [(text(one, "marker_long_name"), text(one, "tectonic_plate"))
                for one in ElementTree.fromstring(body)]  # fmt: skip
    return [(one["marker_long_name"], one["tectonic_plate"]) for one in json.loads(body)]


def of_pbo(body: str) -> Rows:
    cells = [line.split() for line in body.splitlines() if line.startswith(" GRAS")]
    return [(line[0], length(line[-20:-17])) for line in cells]


def linked_series(node: Stack, body: str) -> Rows:
    """Follow the links to time series, which a browser elsewhere could as well."""
    [feature] = json.loads(body)["features"]
    links = {link["type"]: link["href"] for link in feature["properties"]["@epos_links"]
             if "timeseries" in link["href"]}  # fmt: skip
    name = feature["properties"]["marker_long_name"]
    plotted = get(links["application/prs.coverage+json"]).json()["domain"]["axes"]["t"]["values"]
    results = get(links["application/json"]).json()["results"]
    assert len(plotted) == len(results)
    return [(name, str(len(results)))]


def words(body: str, format: str) -> Rows:
    found = body.splitlines() if format == "list" else json.loads(body)
    return [(word,) for word in found]


def members(*names: str) -> Callable[[str], Rows]:
    return lambda body: [tuple(str(one[name]) for name in names) for one in json.loads(body)]


OTHERS: dict[str, Callable[[str], Rows]] = {
    "names json": members("name"),
    "long names json": members("marker_long_name"),
    "file status": members("name", "file_status"),
    "dates": members("rinex_files_dates"),
    "acronyms": lambda body: [(name,) for name, _ in groupby(one for (one,) in
                                                            members("acronym")(body))],
    "tiers": members("metadata"),
    "version": lambda body: [(json.loads(body)["version"].partition(".")[0],)],
    "cached": lambda body: [(str(json.loads(body)["cached"]),)],
    "velocities pbo": of_pbo,
}  # fmt: skip


def read(node: Stack, reader: str, answer: Answer) -> Rows:
    """Read an answer by what its route says."""
    what, *how = reader.split()
    if reader == "linked series":
        return linked_series(node, answer.body)
    if reader in OTHERS:
        return OTHERS[reader](answer.body)
    if how[:1] == ["of"]:
        return plates(answer.body, how[1])
    readers: dict[str, Callable[..., Rows]] = {
        "stations": stations, "files": files, "series": series, "velocities": velocities,
        "words": words,
    }  # fmt: skip
    return readers[what](answer.body, *how)


# ---------------------------------------------------------------- what the database says


def rows_of(node: Stack, query: str) -> Rows:
    """Give the rows that a query has, null as nothing."""
    shown = sql(node.database, f"select coalesce(json_agg(array(select coalesce(value, '') from"
                f" json_each_text(to_json(found)))), '[]') from ({query}) found")  # fmt: skip
    return [tuple(row) for row in json.loads(shown)]


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.path)
def test_what_a_client_asks_is_answered_as_the_database_has_it(node: Stack, route: Route) -> None:
    answer = node.api("/" + route.path)
    there = rows_of(node, route.rows)
    if route.reader == "nothing" or (not there and answer.status == 204):
        assert (answer.status, answer.body) == (204, ""), route.line
    elif route.reader == "text":
        assert answer.status == 200
        assert answer.body.strip() == "\n".join(row[0] for row in there).strip(), route.line
    else:
        assert answer.status == 200, f"{route.line}: {answer.body}"
        format = route.reader.split()[-1]
        assert answer.headers["Content-Type"].startswith(MEDIA.get(format, "")), route.line
        assert read(node, route.reader, answer) == there, route.line


@pytest.mark.parametrize("path", sorted({route.path for route in ROUTES}))
def test_no_route_ignores_what_it_does_not_know(node: Stack, path: str) -> None:
    answer = node.api(f"/{path}{'&' if '?' in path else '?'}unknwon=1")
    assert answer.status == 400
    assert re.fullmatch(
        r"unknown parameter 'unknwon': (did you mean \w+\?|none is known here)",
        answer.json()["error"],
    )
