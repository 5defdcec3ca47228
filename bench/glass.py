"""Time GLASS's listing routes on a large node: 10 000 stations, a million files.

Starts the containers of database and GLASS on the engine that DOCKER_HOST names, with the memory
they have where they are deployed, loads a made node (bench/glass.sql), and asks every route that
lists: until the first bytes of everything, for the first page of 100, for the page behind it (by
its link), and for a late page by its number. Milliseconds, median and largest of several runs.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

from bench.large_node import containers, limit, load, peak, used
from commands.command import guarded
from errors import WrongInput
from runs.telling import on_stderr, told_to
from runs.wait import wait_until

API = "/GlassFramework/webresources/"
POLYGON = "polygon=40!-10,55!-10,55!20,40!20"
# What is asked, and a late page; none where a list is no page's: it comes as a whole.
ROUTES: dict[str, int | None] = {
    "stations/v2/station/short/json": 100,
    "stations/v2/station/full/json": 100,
    "stations/v2/station/short/csv": 100,
    "stations/v2/station/short/xml": 100,
    "stations/v2/station/short/geojson": 100,
    "stations/v2/marker/A00100AND,A002/full/json": 1,
    "stations/v2/name/Station%2017/short/json": 1,
    "stations/v2/network/EPOS/short/json": 100,
    "stations/v2/agency/AG7/short/json": 1,
    "stations/v2/country/FRA/short/json": 2,
    "stations/v2/city/City%203%20of%205/short/json": 1,
    "stations/v2/receiver/RECEIVER%205/short/json": 7,
    "stations/v2/radome/RADOME%205/short/json": 10,
    "stations/v2/combination/short/json?network=NETWORK5&minLat=0&receiver=RECEIVER%205": 1,
    "stations/v2/coordinates/circle/short/json?centerLat=45&centerLon=5&radius=2000": 3,
    f"stations/v2/coordinates/polygon/short/json?{POLYGON}": 2,
    "stations/v2/station/bbox/-180/-90/180/90": 100,
    "stations/v2/station/bbox/-180/-90/180/90?with=1": 100,
    "stations/v2/station/bbox/-180/-90/180/90?with=2": 10,
    "stations/v2/highrate/bbox/-180/-90/180/90": 100,
    "stations/v2/list/station": 100,
    "stations/v2/list/receiver": 1,
    "stations/v2/list/city": 20,
    "files/date_range/2000-01-01,2026-12-31/json": 10_000,
    "files/date_range/2000-01-01,2026-12-31/csv": 10_000,
    "files/date_range/2025-06-01,2025-06-02/json": 10,
    "files/marker/A00100AND/json": 1,
    "files/network/EPOS/json?filtervalidatedfiles=1": 9_700,
    "files/network/NETWORK5/json": 60,
    "files/agency/AG7/script": 60,
    "files/country/FRA/xml": 150,
    "files/data_center_acronym/DC7/json": 500,
    "files/coordinates/minLat=40&maxLat=50&minLon=-10&maxLon=20/json": 60,
    f"files/coordinates_data/coordinates=polygon&{POLYGON}/json": 90,
    "files/name/A00000ALB_R_20250010000_01D_30S_MO.crx.gz/json": 1,
    "files/combination/md5=d41d8cd98f00b204e9800998ecf8427e/json": 1,
    "files/combination/published_date=2025-06-05/json": 10,
    "files/combination/format=RINEX2&reference_date=2010-01-01,2026-12-31/json": 400,
    "files/combination/format=RINEX4/json": 1,
    "files/combinationT3/country=FRA/json": 15,
    "files/combinationT3/constellation=GAL&multipathvalue=20/json": 100,
    "files/combinationT3/observationtype=C2W&nbcycleslips=0&ratioepoch=95/json": 10,
    "files/combinationT3/spprms=0/json": 25,
    "files/combinationT3/elevangle=0&nbclockjumps=0&multipathvalue=5/json": 1,
    "files/highrate/network/EPOS/json": 100,
    "files/info?marker_long_name=A00100AND": 1,
    "products/stations": 10,
    "products/stations?analysis_center=AC2&epoch_start=2016-01-01": 10,
    "products/stations?epoch_start=2024-01-01": 1,
    "products/attributes/network": None,
    "products/attributes/otl_model": None,
    "products/timeseries/A00000ALB/AC1/daily/enu/json": None,
    "products/velocities/A00000ALB/all/enu/json": None,
    "t0-manager/getConnection": None,
}  # fmt: skip


@dataclass(frozen=True)
class AskedRoute:
    """What came of a request: seconds until the first bytes, until the last; the next page."""

    first: float
    whole: float
    next: str | None


def main() -> int:
    """Run it; gives the exit status."""
    options = argparse.ArgumentParser(
        prog="python -m bench.glass",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    options.add_argument("--stations", type=int, default=10_000, help="up to 26 000")
    options.add_argument("--files", type=int, default=1_000_000)
    options.add_argument("--runs", type=int, default=5, help="of each request")
    asked = options.parse_args()
    return guarded(lambda: measure(asked))


def measure(asked: argparse.Namespace) -> int:
    """Load the node, ask, and print a line a route."""
    with (
        told_to(on_stderr),
        tempfile.TemporaryDirectory(prefix="epos-bench-") as made,
        containers(Path(made)) as (database, glass, port),
    ):
        load(database, asked.stations, asked.files)
        wait_until(lambda: ask(port, "/health").whole > 0, what="GLASS", within=120,
                   every=0.2, remedy="see the containers' logs")  # fmt: skip
        write(f"{'milliseconds (largest)':60} {'begins':>12} {'page 1':>12} {'page 2':>12}"
              f" {'late page':>12}")  # fmt: skip
        slowest = max(shown(port, path, late, asked.runs) for path, late in ROUTES.items())
        write(f"slowest first page: {slowest * 1000:.0f} ms")
        write(f"GLASS: {peak(glass):.0f} MB at most; the database: {used(database):.0f} MB now,"
              f" of {limit(database):.0f} MB")  # fmt: skip
    return 0


def shown(port: int, path: str, late: int | None, runs: int) -> float:
    """Ask a route in each way, print what that took, and give the seconds of its first page."""
    mark = "&" if "?" in path else "?"
    ask(port, API + path)  # what runs for the first time is compiled, and read from the disk
    begins = [ask(port, API + path, whole=late is None).first for _ in range(runs)]
    if late is None:
        write(f"{path:60.60} {cell(begins)}")
        return statistics.median(begins)
    first = [ask(port, f"{API}{path}{mark}page=1&perpage=100") for _ in range(runs)]
    behind = first[0].next
    seconds = {
        "page 1": [one.whole for one in first],
        "page 2": [ask(port, f"{API}{path.partition('?')[0]}{behind}").whole
                   for _ in range(runs if behind else 0)],
        "late": [ask(port, f"{API}{path}{mark}page={late}&perpage=100").whole
                 for _ in range(runs)],
    }  # fmt: skip
    write(f"{path:60.60} {cell(begins)} " + " ".join(map(cell, seconds.values())))
    return max(statistics.median(seconds["page 1"]), statistics.median(begins))


def ask(port: int, path: str, *, whole: bool = True) -> AskedRoute:
    """Get a path; of everything the first bytes are enough."""
    connection = HTTPConnection("127.0.0.1", port, timeout=300)
    try:
        began = time.monotonic()
        connection.request("GET", path)
        answer = connection.getresponse()
        answer.read(1024)
        first = time.monotonic() - began
        if whole:
            answer.read()
        if answer.status != 200:
            raise WrongInput(f"{path} answered {answer.status}", remedy="see GLASS's log")
        link = (answer.getheader("Link") or "<").partition("<")[2].partition(">")[0]
        return AskedRoute(first, time.monotonic() - began, link or None)
    finally:
        connection.close()


def cell(seconds: list[float]) -> str:
    """Write median and largest; nothing where nothing was asked."""
    if not seconds:
        return f"{'':>12}"
    return f"{statistics.median(seconds) * 1000:.0f} ({max(seconds) * 1000:.0f})".rjust(12)


def write(line: str) -> None:
    """Write a result."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
