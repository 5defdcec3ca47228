"""Attacks on the node's own servers, started as the programs they are: health always answers."""

from __future__ import annotations

import json
import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from tests import programs
from tests.hostile import hostile
from tests.programs import Program

TOKEN = "what writers know"
SERVERS = ("indexGD", "RunQC", "EPOS_Sync_System", "FWSS")
HEALTHY = {"FWSS": 503}  # it has no database here, and says so
LARGEST = {
    "indexGD": "/archive/large.bin",
    "RunQC": "/qc?file=test0010.24o",
    "EPOS_Sync_System": "/status",
    "FWSS": "/openapi.json",
}
WRITING = {"indexGD": "/index", "RunQC": "/qc", "EPOS_Sync_System": "/sync", "FWSS": "/files"}
DEEP, DIGITS = b"[" * 20_000, b"9" * 5000


@pytest.fixture(scope="module", params=SERVERS)
def server(
    request: pytest.FixtureRequest, sample_archive: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Program]:
    folder = tmp_path_factory.mktemp("server")
    archive = shutil.copytree(sample_archive, folder / "archive")
    (archive / "large.bin").write_bytes(bytes(8 << 20))
    start: dict[str, Callable[[], AbstractContextManager[Program]]] = {
        "indexGD": lambda: programs.indexgd(folder, archive),
        "RunQC": lambda: programs.runqc(folder, archive),
        "EPOS_Sync_System": lambda: programs.sync(folder, request.getfixturevalue("classes")),
        "FWSS": lambda: programs.fwss(folder, TOKEN),
    }
    with start[request.param]() as program:
        yield program


def attacks(program: Program) -> dict[str, tuple[bytes, bytes]]:
    largest, writing = LARGEST[program.name].encode(), WRITING[program.name].encode()
    token = b"Authorization: Bearer %b\r\n" % TOKEN.encode()
    post = b"POST %b HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n%b" % (writing, token)
    return {
        "idle": (b"", b""),
        "a header byte by byte": (b"GET /health HTTP/1.1\r\nHost: x\r\nX: ", b"x"),
        "a body byte by byte": (post + b"Content-Length: 9999\r\n\r\n", b" "),
        "never reading the answer": (b"GET %b HTTP/1.1\r\nHost: x\r\n\r\n" % largest, b""),
    }


@pytest.mark.parametrize(
    "kind", ["idle", "a header byte by byte", "a body byte by byte", "never reading the answer"]
)
def test_health_answers_within_a_second(server: Program, kind: str) -> None:
    usual = max(timed(server) for _ in range(10))  # what this machine takes
    with hostile(server.port, *attacks(server)[kind]):
        ends = time.monotonic() + 1
        slowest = timed(server)
        while time.monotonic() < ends:
            threading.Event().wait(0.01)  # the attack and the server need a processor, too
            slowest = max(slowest, timed(server))
    assert slowest < 1 + 20 * usual, f"{slowest:.2f} s, {usual:.3f} s without the attack"


def timed(program: Program) -> float:
    began = time.monotonic()
    status, _ = program.ask("GET", "/health")
    assert status == HEALTHY.get(program.name, 200)
    return time.monotonic() - began


def test_another_address_works_on_during_an_attack(server: Program) -> None:
    """What is asked slowly, but steadily, is not thrown out by those who come from elsewhere."""
    with socket.socket() as patient:
        patient.bind(("127.0.0.2", 0))
        patient.connect(("127.0.0.1", server.port))
        patient.settimeout(30)
        patient.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n")
        with hostile(server.port, b"GET /health HTTP/1.1\r\n", b"x"):
            timed(server)
        patient.sendall(b"\r\n")
        assert patient.recv(100).startswith(b"HTTP/1.1 %d " % HEALTHY.get(server.name, 200))


@pytest.mark.parametrize(
    "path",
    [b"/%00", b"/archive/a%00b", b"/qc?file=%00", b"/files?name=a%00", b"/\xed\xa0\x80",
     b"/%ED%A0%80", b"/health?x=%ED%B0%80", b"/%1b[31m", b"/health?%00=1"],
    ids=repr,
)  # fmt: skip
def test_a_path_that_is_no_text_is_refused(server: Program, path: bytes) -> None:
    refused(server.send(b"GET %b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n" % path))


@pytest.mark.parametrize(
    "body",
    [DEEP, b'{"a":' * 5000, DIGITS, b'[{"file_size": ' + DIGITS + b"}]", b"NaN", b"-Infinity",
     b'{"x": [1e999]}', b"\x00", b'{"\\ud800": 1}', b"[" * 16_000 + b"]" * 16_000],
    ids=lambda body: f"{body[:12]!r} {len(body)}",
)  # fmt: skip
def test_a_body_that_nobody_can_use_is_refused(server: Program, body: bytes) -> None:
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {TOKEN}"}
    status, answer = server.ask("POST", WRITING[server.name], body, **headers)
    assert (status, "error" in json.loads(answer)) == (400, True), answer


@pytest.mark.parametrize("length", [DIGITS, b"-1", b"1e3", b"NaN", b"0x10"], ids=repr)
def test_a_length_that_is_none_is_refused(server: Program, length: bytes) -> None:
    head = b"POST %b HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: %b\r\n\r\n"
    answer = server.send(head % (WRITING[server.name].encode(), length))
    assert answer.split(b" ")[1] in (b"400", b"413"), answer


def refused(answer: bytes) -> None:
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 "), answer
    assert b"Bad URI" in body or json.loads(body)["error"]  # waitress says so without FWSS


def test_what_is_printed_has_no_control_characters(server: Program) -> None:
    """Everything that the tests before made the program print."""
    assert not any(letter < " " and letter != "\n" for letter in server.printed())
    assert server.process.poll() is None


@pytest.mark.parametrize("server", ["FWSS"], indirect=True)
@pytest.mark.parametrize(
    "target",
    ["/files/pending?limit=" + "9" * 5000, "/files/navigation?limit=NaN",
     "/files/pending?limit=-1", "/files?name=a/b", "/files/pending?limit=0"],
    ids=lambda target: target[:30],
)  # fmt: skip
def test_fwss_refuses_parameters_before_it_asks_its_database(server: Program, target: str) -> None:
    status, answer = server.ask("GET", target)
    assert status == 400, answer
    assert json.loads(answer)["errors"]


@pytest.mark.parametrize("server", ["FWSS"], indirect=True)
def test_fwss_does_not_hear_out_large_bodies_of_strangers(server: Program) -> None:
    head = b"POST /files HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
    assert server.send(head + b"Content-Length: 9000000\r\n\r\n").startswith(b"HTTP/1.1 413 ")


def test_reports_and_logs_with_impossible_figures_are_refused(fwss: Any) -> None:
    report = (
        b"<QC_GNSS><meta><program>x</program></meta><data><time_beg>2021-01-01</time_beg>"
        b"<time_end>2021-01-01</time_end><numb_epo>%b</numb_epo></data></QC_GNSS>"
    )
    bad, parse = fwss("fields").BadInputError, fwss("anubis").parse_report
    assert parse(report % b"7")["epochs"] == 7
    for figure in (DIGITS, b"NaN", b"-inf", b"1e999"):
        with pytest.raises(bad, match="is no number"):
            parse(report % figure)
    with pytest.raises(bad, match="deep"):
        fwss("sitelog").read_log(b"<a>" * 20_000 + b"</a>" * 20_000)
