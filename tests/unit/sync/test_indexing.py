"""indexGD as a program, with FWSS as a program and its real database behind it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from runs.wait import wait_until
from tests import programs
from tests.patience import LONGEST
from tests.programs import Program

NODE = "gnss-europe-v0-2-14"
DAY = "2024/001"


@pytest.fixture(scope="module")
def node(make_cluster: Callable[[], Any]) -> Any:
    cluster = make_cluster()
    cluster.start()
    return cluster


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("samples")
    generate = programs.APPS / "rinex-sample" / "generate.py"
    subprocess.run([sys.executable, str(generate), str(folder)], check=True)
    return folder


class Index:
    """An archive, and indexGD over it; it can be ended and started again."""

    def __init__(self, node: Any, folder: Path, running: ExitStack) -> None:
        self.node, self.folder, self.running = node, folder, running
        self.archive = folder / "archive"
        (self.archive / DAY).mkdir(parents=True)
        node.ask(NODE, "delete from rinex_file")
        node.ask(NODE, "delete from other_files")
        self.start_fwss()
        self.start()

    def start_fwss(self) -> None:
        self.fwss: Program = self.running.enter_context(
            programs.fwss(
                self.folder,
                "token",
                DATABASE_ADDRESS=f"127.0.0.1:{self.node.port}",
                DATABASE_PASSWORD_FILE=str(self.secret()),
            )
        )

    def secret(self) -> Path:
        copy = self.folder / "password"
        copy.write_text((self.node.folder / "secret").read_text())
        return copy

    def start(self) -> None:
        self.program: Program = self.running.enter_context(
            programs.indexgd(
                self.folder,
                self.archive,
                FWSS_ADDRESS=f"127.0.0.1:{self.fwss.port}",
                WRITE_TOKEN_FILE=str(self.folder / "write_token"),
            )
        )

    def post(self, query: str = "") -> dict[str, Any]:
        status, body = self.program.ask("POST", f"/index{query}")
        assert status == 202, body
        run: dict[str, Any] = json.loads(body)
        return run

    def get(self, path: str = "/index") -> dict[str, Any]:
        status, body = self.program.ask("GET", path)
        assert status == 200, body
        found: dict[str, Any] = json.loads(body)
        return found

    def index(self, query: str = "") -> dict[str, Any]:
        """Run to the end."""
        return self.ended(self.post(query))

    def ended(self, run: dict[str, Any]) -> dict[str, Any]:
        """Wait for the end of a run."""

        def ended() -> dict[str, Any] | None:
            found = self.get(run["address"])
            return None if found["state"] == "running" else found

        return wait_until(ended, what="the end of the run", within=60, every=0.02, remedy="")

    def copies(self, sample: Path, number: int) -> list[Path]:
        """Put a file into the archive under several names, of a day long ago."""
        made = []
        for one in range(number):
            path = self.archive / DAY / f"t{one:03}0010.24o{sample.suffix.replace('.24o', '')}"
            shutil.copyfile(sample, path)
            os.utime(path, (1_700_000_000, 1_700_000_000))
            made.append(path)
        return made


@pytest.fixture
def index(node: Any, tmp_path: Path) -> Iterator[Index]:
    with ExitStack() as running:
        yield Index(node, tmp_path, running)


def test_what_fwss_has_is_not_read_again_not_even_by_another_process(
    index: Index, samples: Path
) -> None:
    files = index.copies(samples / "test0010.24o", 3)
    first = index.index()
    assert (first["state"], first["read"], first["inserted"]) == ("done", 3, 3), first
    index.program.process.send_signal(signal.SIGTERM)
    assert index.program.process.wait(LONGEST) == 0
    index.start()
    assert index.get()["state"] == "none"
    again = index.index()
    assert (again["read"], again["unchanged"], again["inserted"]) == (0, 3, 0)
    files[0].write_bytes(files[0].read_bytes() + b"\n")
    os.utime(files[1], (1_700_000_001, 1_700_000_001))  # copied, and nothing else
    changed = index.index()
    assert (changed["read"], changed["updated"], changed["unchanged"]) == (2, 1, 2)
    assert index.index()["read"] == 0, "its new time is known, too"
    assert index.index("?all")["read"] == 3


def test_a_file_that_changes_twice_within_a_second_is_read_twice(
    index: Index, samples: Path
) -> None:
    path = index.archive / DAY / "twic0010.24o"
    content = (samples / "test0010.24o").read_bytes()
    path.write_bytes(content)
    index.index()
    written = path.stat().st_mtime_ns
    path.write_bytes(content[:-2] + b" \n")  # as long as before
    assert path.stat().st_mtime_ns // 10**9 > written // 10**9, "the run waited the second out"
    assert index.index()["updated"] == 1


def test_a_post_while_a_run_is_under_way_joins_it_and_both_are_answered_at_once(
    index: Index, samples: Path
) -> None:
    index.copies(samples / "many0020.24o.gz", 200)
    runs = [index.post() for _ in range(5)]
    assert {run["run"] for run in runs} == {runs[0]["run"]}
    assert runs[-1]["state"] == "running", "no answer waited for its end"
    seen = wait_until(
        lambda: found if (found := index.get())["read"] else None,
        what="a file", within=30, every=0.01, remedy="",
    )  # fmt: skip
    assert seen["run"] == runs[0]["run"]
    assert index.program.ask("GET", "/records")[0] == 409
    assert index.ended(runs[0])["inserted"] == 200


def test_a_run_that_is_killed_is_finished_by_the_next_one(index: Index, samples: Path) -> None:
    index.copies(samples / "many0020.24o.gz", 300)
    index.post()
    stored = "select count(*) from rinex_file"
    wait_until(lambda: index.node.ask(NODE, stored)[0][0] > 0,
               what="the first files", within=60, every=0.01, remedy="")  # fmt: skip
    index.program.process.kill()
    index.program.process.wait()
    before = index.node.ask(NODE, stored)[0][0]
    assert 0 < before < 300
    index.start()
    finished = index.index()
    # What was on its way to FWSS when it was killed is stored, too, a moment later.
    there = finished["unchanged"]
    assert before <= there < 300
    assert (finished["state"], finished["read"], finished["inserted"]) == (
        "done",
        300 - there,
        300 - there,
    )


def test_what_is_wrong_with_a_file_costs_that_file_and_is_told(index: Index, samples: Path) -> None:
    [right] = index.copies(samples / "test0010.24o", 1)
    (right.parent / "none0010.24o").write_bytes(b"no RINEX\n")
    os.mkfifo(right.parent / "pipe0010.24o")
    (right.parent / "\x1b[31mred.txt").touch()
    os.utime(right.parent / "none0010.24o", (1e12, 1e12))  # in the year 33658
    for number in range(150):
        (index.archive / f"readme{number}").touch()
    loud = index.archive / "\x1b]0;title\x07"
    loud.mkdir()
    (loud / "evil0010.24o").write_bytes(b"x")
    found = index.index()
    assert (found["state"], found["inserted"]) == ("done", 1)
    assert {Path(one["file"]).name for one in found["errors"]} == {
        "none0010.24o", "pipe0010.24o", "evil0010.24o"}  # fmt: skip
    assert (len(found["skipped"]), found["more"]["skipped"]) == (100, 51)
    assert "evil0010.24o" in index.program.printed()
    assert not any(letter < " " and letter != "\n" for letter in index.program.printed())
    listed = json.loads(index.program.ask("GET", "/records")[1])["files"]
    assert [one["name"] for one in listed] == [right.name]


def test_a_run_without_fwss_fails_with_the_reason_and_can_be_repeated(
    index: Index, samples: Path
) -> None:
    index.copies(samples / "test0010.24o", 1)
    index.fwss.process.kill()
    index.fwss.process.wait()
    failed = index.index()
    assert failed["state"] == "failed"
    assert "refused" in failed["error"]
    assert index.get("/index/" + failed["run"]) == failed
    assert index.program.ask("GET", "/index/20240101T000000.000")[0] == 404
    index.program.process.terminate()
    index.start_fwss()
    index.start()
    assert index.index()["inserted"] == 1


def test_stations_are_in_the_networks_of_their_logs(index: Index, samples: Path) -> None:
    for log in samples.glob("*.log"):
        shutil.copy2(log, index.archive)
    assert index.index()["logs"] == 4
    found = index.node.ask(
        NODE,
        "select n.name, string_agg(s.marker, ' ' order by s.marker) from station s"
        " join station_network m on m.id_station = s.id join network n on n.id = m.id_network"
        " group by n.name",
    )
    assert {name: stations.split() for name, stations in found} == {
        "EPOS": ["DEMO", "HIGH", "MANY", "TEST"],
        "Rede Inventada": ["DEMO", "HIGH"],
        "Réseau Inventé": ["TEST"],
    }
