"""GLASS with a real database: files, in every format; what a client sees."""

import os
import subprocess
from hashlib import md5
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.patience import LONGEST
from tests.system.node_api.stack import Stack

pytestmark = pytest.mark.docker


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


def test_a_lines_last_cell_is_the_url(stack: Stack) -> None:
    header, *lines = stack.api("/files/marker/GRAS/csv").body.splitlines()
    assert header.endswith(", url")
    assert lines[0].rsplit(",", 1)[1].startswith("https://files.example.org/pub/2021/001/")


def test_info_has_the_status_by_the_name_its_clients_know(stack: Stack) -> None:
    files = stack.api("/files/info?marker_long_name=GRAS00FRA&date_from=2021-01-02").json()
    assert [file["file_status"] for file in files] == [1, -2, 0, 0]


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
        timeout=LONGEST,
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
