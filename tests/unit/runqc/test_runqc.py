"""RunQC, started as the program it is, reports to FWSS's own code what real files hold.

FWSS is the real one up to its database, of which only the rows it would write are kept.
"""

import csv
import gzip
import http.client
import importlib
import json
import os
import random
import resource
import shutil
import signal
import socket
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple
from urllib.parse import quote
from xml.etree import ElementTree

import pytest

from runs.wait import wait_until
from tests.patience import LONGEST
from toolchains import read_application
from toolchains.linux import perl

ROOT = Path(__file__).resolve().parents[3]
RUNQC = ROOT / "apps" / "runqc"
FWSS = ROOT / "apps" / "fwss"
DATA = ROOT.parent / "shared" / "data"
NAMES = {"GPS": "G", "GLO": "R", "GAL": "E", "BDS": "C", "QZS": "J", "SBS": "S", "IRN": "I"}
MEMORY = 16 << 20  # bytes of data a process may have; the guest has 28 MiB for kernel and all


class Fwss:
    """What FWSS was told, and what it says is pending."""

    def __init__(self, token: Path) -> None:
        self.token = token  # a file with what writers must send
        token.write_text("what writers know\n")
        self.port = 0
        self.pending: list[str] = []
        self.reports: dict[str, dict[str, Any]] = {}
        self.failures: dict[str, str] = {}

    def rows(self, limit: int) -> list[dict[str, str]]:
        done = self.reports.keys() | self.failures.keys()
        paths = [path for path in self.pending if path not in done][:limit]
        return [
            {"name": Path(path).name, "relative_path": str(Path(path).parent).lstrip(".")}
            for path in paths
        ]

    def find(self, name: str, folder: str | None) -> str:
        path = str(Path(folder or "") / name)
        if path not in self.pending:
            raise importlib.import_module("qc").NoSuchFileError(f"{path}: 0 indexed files")
        return path


class NoDatabase:
    @contextmanager
    def begin(self) -> Iterator[None]:
        yield None

    connect = begin


@pytest.fixture(scope="module")
def fwss_modules() -> Iterator[Callable[[str], ModuleType]]:
    own = {path.stem for path in FWSS.glob("*.py")}
    before = {name: sys.modules.pop(name) for name in own if name in sys.modules}
    sys.path.insert(0, str(FWSS))
    yield importlib.import_module
    sys.path.remove(str(FWSS))
    for name in own:
        sys.modules.pop(name, None)
    sys.modules.update(before)


@pytest.fixture
def fwss(
    fwss_modules: Callable[[str], ModuleType], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[Fwss]:
    from werkzeug.serving import WSGIRequestHandler, make_server

    web, files, qc = (fwss_modules(name) for name in ("web_server", "files", "qc"))
    known = Fwss(tmp_path / "write_token")

    def save_report(_: None, report: dict[str, Any], name: str, path: str) -> dict[str, int]:
        known.reports[known.find(name, path)] = report
        return {"file": 1, "report": 1, "status": 1}

    monkeypatch.setenv("WRITE_TOKEN_FILE", str(known.token))
    monkeypatch.setattr(web, "engine", NoDatabase)
    monkeypatch.setattr(files, "pending_files", lambda _, limit: known.rows(limit))
    monkeypatch.setattr(qc, "save_report", save_report)
    monkeypatch.setattr(qc, "_find_file", lambda _, name, path, md5: known.find(name, path))
    monkeypatch.setattr(
        qc, "_set_status", lambda _, file, status, why: known.failures.update({file: why})
    )
    monkeypatch.setattr(WSGIRequestHandler, "log", lambda *_: None)
    server = make_server("127.0.0.1", 0, web.app, threaded=True)
    known.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield known
    server.shutdown()
    thread.join()
    server.server_close()


class Answer(NamedTuple):
    status: int
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class RunQC:
    """A running RunQC."""

    def __init__(self, archive: Path, fwss_address: str, token: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.process = subprocess.Popen(
            ["perl", str(RUNQC / "main.pl")],
            env={
                "PATH": os.environ["PATH"],
                "ARCHIVE": str(archive),
                "PORT": str(self.port),
                "FWSS_ADDRESS": fwss_address,
                "WRITE_TOKEN_FILE": str(token),
            },
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY)),
        )
        health = wait_until(
            lambda: self.ask("GET", "/health"), what="RunQC", within=20, every=0.02, remedy=""
        )
        assert health.json == {"status": "ok"}

    def works(self) -> bool:
        """Tell whether a request is under way: each is a process of its own."""
        pid = self.process.pid
        return bool(Path(f"/proc/{pid}/task/{pid}/children").read_text())

    def ask(self, method: str, target: str, body: bytes | None = None) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=LONGEST)
        connection.request(method, target, body)
        answered = connection.getresponse()
        answer = Answer(answered.status, answered.read())
        connection.close()
        return answer

    def look(self, file: str) -> Answer:
        return self.ask("GET", f"/qc?file={quote(file)}")

    def send(self, file: str) -> Answer:
        return self.ask("POST", f"/qc?file={quote(file)}")


Start = Callable[..., RunQC]


@pytest.fixture
def start(fwss: Fwss) -> Iterator[Start]:
    running: list[RunQC] = []

    def begin(
        archive: Path,
        fwss_address: str = f"127.0.0.1:{fwss.port}",
        token: Path | None = None,
    ) -> RunQC:
        running.append(RunQC(archive, fwss_address, token or fwss.token))
        return running[-1]

    yield begin
    for runqc in running:
        runqc.process.terminate()
        assert runqc.process.wait(timeout=LONGEST) == 0


@pytest.fixture(scope="session")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rinex-sample")
    generate = ROOT / "apps" / "rinex-sample" / "generate.py"
    subprocess.run([sys.executable, str(generate), str(folder)], check=True)
    return folder


@pytest.fixture
def real(real_archive: Path) -> Path:
    return real_archive


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def counts(report: dict[str, Any]) -> dict[tuple[str, str], int]:
    return {
        (NAMES[system["system"]], observed["name"]): observed["row"]["obs_have"]
        for system in report["constellations"]
        for observed in system["observations"]
    }


def test_every_count_and_checksum_of_the_real_files_is_the_truth(
    start: Start, fwss: Fwss, real: Path
) -> None:
    truth = table(real / "truth.csv")
    fwss.pending = [row["file"] for row in truth]
    answer = start(real).ask("POST", "/qc")
    assert answer.status == 200, answer.body
    summary = answer.json
    assert (summary["checked"], summary["posted"], summary["failed"]) == (19, 19, [])
    wanted: dict[str, dict[tuple[str, str], int]] = {row["file"]: {} for row in truth}
    for row in table(real / "truth_obs_counts.csv"):
        observed = (row["system"], row["obs_type"])
        wanted[row["file"]][observed] = int(row["n_nonblank_nonzero"])
    assert sum(map(len, wanted.values())) == 527
    for row in truth:
        report = fwss.reports[row["file"]]
        assert counts(report) == wanted[row["file"]], row["file"]
        assert report["md5"] == row["md5_uncompressed"]
        assert report["epochs"] == int(row["n_epochs"])
        for end, name in (("date_beg", "first_epoch"), ("date_end", "last_epoch")):
            assert report["summary"][end].isoformat(timespec="milliseconds") == row[name]
        assert sum(system["row"]["nsat"] for system in report["constellations"]) == int(
            row["n_sats"]
        )


def _fields_both_have(report: Path | bytes) -> dict[str, str]:
    """What Anubis counts and does not estimate, by a name of ours."""
    text = report.read_bytes() if isinstance(report, Path) else report
    space = "{https://software.pecny.cz/anubis}"
    data = ElementTree.fromstring(text).find(f"{space}data")
    assert data is not None
    found = {tag: data.findtext(space + tag, "") for tag in ("time_beg", "time_end", "data_int")}
    found |= {tag: data.findtext(space + tag, "") for tag in ("numb_epo", "numb_gap")}
    for system in data.iter(f"{space}system"):
        name = system.get("type", "")
        found[f"{name} nsat"] = system.get("nsat", "")
        for tag in ("expt", "have", "dual"):
            found[f"{name} epo {tag}"] = system.findtext(f"{space}epo/{space}{tag}", "")
        for band in system.iter(f"{space}bnd"):
            found[f"{name} {band.get('type')}"] = band.findtext(f"{space}xsat", "")
        for observed in system.iter(f"{space}obs"):
            for tag in ("nsat", "have"):
                found[f"{name} {observed.get('type')} {tag}"] = observed.findtext(space + tag, "")
    return found


def test_what_is_counted_is_what_anubis_counts(start: Start, real: Path) -> None:
    runqc = start(real)
    compared = 0
    for file in (
        "ACOR00ESP_R_20213550000_01D_30S_MO.rnx", "AJAC3550.21O", "DUTH0630.22O",
        "GRAS00FRA_R_20223151700_15M_01S_MO.crx.gz", "delf0010.21d", "york0440.15d",
    ):  # fmt: skip
        folder = DATA / "anubis" / file.partition(".")[0]
        ours, theirs = (
            _fields_both_have(text) for text in (runqc.look(file).body, folder / "out.xml")
        )
        assert ours == theirs, file
        compared += len(ours)
    assert compared > 450


def test_generated_samples_hold_what_was_generated(
    start: Start, fwss: Fwss, samples: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "2024" / "a b"
    shutil.copytree(samples, folder)
    fwss.pending = [f"2024/a b/{row['file']}" for row in table(samples / "truth.csv")]
    fwss.pending.append("2024/gone0010.24o")
    summary = start(tmp_path).ask("POST", "/qc").json
    assert (summary["checked"], summary["posted"]) == (4, 4)
    reason = "2024/gone0010.24o: no such file in the archive"
    assert summary["failed"] == [{"file": "2024/gone0010.24o", "error": reason}]
    assert counts(fwss.reports["2024/a b/test0010.24o"]) == {
        (system, observed): 20 * satellites
        for system, satellites in (("G", 3), ("R", 1))
        for observed in ("C1", "L1", "S1")
    }
    many = fwss.reports["2024/a b/many0020.24o.gz"]
    assert counts(many) == {("G", observed): 140 for observed in ("C1", "L1", "S1")}
    high = fwss.reports["2024/a b/HIGH00PRT_R_20240041200_15M_01S_MO.rnx.gz"]
    assert high["summary"]["data_smp"] == 1.0
    assert high["constellations"][0]["row"]["epo_expt"] == 60


def _bad_files(samples: Path) -> dict[str, tuple[bytes, str]]:
    plain = (samples / "test0010.24o").read_bytes()
    header, _, epochs = plain.partition(b"END OF HEADER\n")
    packed = gzip.compress(plain)
    compact = (
        b"1.0                 COMPACT RINEX FORMAT                    CRINEX VERS   / TYPE\n"
        b"x                                                           CRINEX PROG / DATE\n"
        + header + b"END OF HEADER\n&24  1  1  0  0  0.0000000  0  1G01\n\n3&1 3&1 3&1\n"
    )  # fmt: skip
    again = b"              3\n\n"
    return {
        "empty.24o": (b"", "the file is empty"),
        "empty.24o.gz": (gzip.compress(b""), "the file is empty"),
        "text.24o": (b"no RINEX\n" * 99, "no RINEX VERSION / TYPE in the first line"),
        "noise.24o": (random.Random(4).randbytes(99999), "no RINEX VERSION"),
        "headless.24o": (epochs, "no RINEX VERSION / TYPE in the first line"),
        "head.24o": (header, "the header has no END OF HEADER"),
        "none.24o": (header + b"END OF HEADER\n", "no epochs"),
        "future.24o": (plain.replace(b"2.11", b"5.00", 1), "RINEX 2, 3 and 4 are read, not '5.00'"),
        "cut.24o.gz": (packed[:-300], "gzip data ends too early"),
        "bad.24o.gz": (packed[:200] + b"\0" * 99 + packed[300:], "damaged gzip data"),
        "bad.24o.bz2": (b"BZh9" + b"\0" * 999, "damaged bzip2 data"),
        "bad.24o.zip": (b"PK\3\4" + b"\0" * 9, "zip data ends too early"),
        "bad.24o.Z": (b"\x1f\x9d\x90" + bytes(range(255, 0, -1)), "damaged .Z data"),
        "bomb.24o.gz": (gzip.compress(b"x" * (64 << 20)), "a line is longer than 65536 bytes"),
        "arc.24d": (compact + again[:-1] + b"\n1 x 1\n", "damaged compact RINEX"),
        "begin.24d": (compact.replace(b"\n&24", b"\n 24"), "the first epoch is not a whole one"),
    }


def test_a_bad_file_is_refused_with_the_reason_and_fwss_is_told(
    start: Start, fwss: Fwss, samples: Path, tmp_path: Path
) -> None:
    bad = _bad_files(samples)
    for name, (content, _) in bad.items():
        (tmp_path / name).write_bytes(content)
    with zipfile.ZipFile(tmp_path / "two.zip", "w") as two:
        two.writestr("a", "a")
        two.writestr("b", "b")
    shutil.copy(samples / "test0010.24o", tmp_path)
    runqc = start(tmp_path)
    fwss.pending = [*bad, "test0010.24o"]
    for name, (_, reason) in bad.items():
        answer = runqc.look(name)
        assert answer.status == 422, (name, answer)
        assert reason in answer.json["error"], name
    assert "holds 2 files" in runqc.look("two.zip").json["error"]
    assert runqc.send("empty.24o").status == 422
    assert fwss.failures == {"empty.24o": "the file is empty"}
    summary = runqc.ask("POST", "/qc").json
    assert (summary["checked"], summary["posted"], len(summary["failed"])) == (1, 1, len(bad) - 1)
    assert fwss.failures.keys() == bad.keys()
    assert fwss.reports.keys() == {"test0010.24o"}
    assert runqc.ask("POST", "/qc").json["failed"] == []


def test_no_damage_to_a_file_is_an_internal_error(
    start: Start, samples: Path, tmp_path: Path
) -> None:
    hatanaka = importlib.import_module("hatanaka")
    chance = random.Random(20)
    names = []
    for place, name in enumerate(["test0010.24o", "DEMO00PRT_R_20240030000_01D_30S_MO.rnx"] * 30):
        content = (samples / name).read_bytes()
        if place % 4 > 1:
            content = hatanaka.rnx2crx(content)
        damaged = bytearray(content)
        for _ in range(chance.randint(1, 4)):
            damaged[chance.randrange(len(damaged))] = chance.choice(b" 0123456789&>G-.\nx\xff")
        names.append(f"{place}.24o")
        (tmp_path / names[-1]).write_bytes(damaged)
    runqc = start(tmp_path)
    for name in names:
        answer = runqc.look(name)
        assert answer.status in (200, 422), (name, answer)
        assert b"console" not in answer.body, (name, answer)


@pytest.mark.parametrize(
    ("method", "target", "status"),
    [
        ("GET", "/qc?file=../secret", 400),
        ("POST", "/qc?file=..%2Fsecret", 400),
        ("GET", "/qc?file=2024/../../secret", 400),
        ("GET", "/qc?file=/etc/passwd", 400),
        ("GET", "/qc?file=a%00b", 400),
        ("GET", "/qc?file=link", 400),
        ("GET", "/qc?file=folder/link/secret", 400),
        ("GET", "/qc?file=", 400),
        ("GET", "/qc", 400),
        ("GET", "/qc?file=none0010.24o", 404),
        ("GET", "/qc?file=folder", 404),
        ("GET", "/index", 404),
        ("PUT", "/qc?file=none0010.24o", 405),
        ("GET", "/" + "a" * 20000, 413),
    ],
)
def test_wrong_requests_are_refused_in_json(
    start: Start, tmp_path: Path, method: str, target: str, status: int
) -> None:
    (tmp_path / "secret").write_text("secret")
    archive = tmp_path / "archive"
    (archive / "folder").mkdir(parents=True)
    (archive / "link").symlink_to(tmp_path / "secret")
    (archive / "folder" / "link").symlink_to(tmp_path)
    runqc = start(archive)
    answer = runqc.ask(method, target)
    assert (answer.status, list(answer.json)) == (status, ["error"])
    assert runqc.ask("POST", "/qc", b"x" * 100_000).status == 413
    assert runqc.ask("GET", "/health").status == 200


def test_fwss_refusing_or_away_is_502_with_what_it_said(
    start: Start, fwss: Fwss, samples: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.write_text("what nobody knows")
    for token, said in ((other, "writing needs the node's token"), (tmp_path / "none", "No such")):
        stranger = start(samples, token=token).send("test0010.24o")
        assert (stranger.status, said in stranger.json["error"]) == (502, True)
    fwss.pending = ["test0010.24o", "test0020.24o"]
    pending = start(samples, token=other).ask("POST", "/qc")
    assert (pending.status, len(pending.json["failed"])) == (502, 1), "no other would do better"
    fwss.pending = []
    refused = start(samples).send("test0010.24o")
    assert refused.status == 502
    assert "answered 404: test0010.24o: 0 indexed files" in refused.json["error"]
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    away = start(samples, f"127.0.0.1:{port}")
    for answer in (away.send("test0010.24o"), away.ask("POST", "/qc")):
        assert answer.status == 502
        assert answer.json["error"] == f"FWSS at 127.0.0.1:{port}: Connection refused"
    assert away.look("test0010.24o").status == 200


def test_the_image_has_every_module_that_the_program_loads() -> None:
    application = read_application(RUNQC)
    found = perl._modules(application, [*RUNQC.glob("*.pl"), *RUNQC.glob("lib/*.pm")])

    def loads(*options: str) -> set[str]:
        tell = 'print join "\\n", keys %INC'
        done = subprocess.run(["perl", *options, "-e", tell], capture_output=True, text=True)
        return set(done.stdout.splitlines())

    image = {module for name in found for module in loads(f"-m{name}")}
    own = {path.name for path in RUNQC.glob("lib/*.pm")}
    names = [f"-m{path.stem}" for path in RUNQC.glob("lib/*.pm")]
    assert loads(f"-I{RUNQC / 'lib'}", *names) - own <= image


def test_while_a_file_is_checked_health_answers_and_sigterm_ends_all(
    start: Start, samples: Path, tmp_path: Path
) -> None:
    os.mkfifo(tmp_path / "pipe")
    content = (samples / "test0010.24o").read_bytes()
    header, _, epochs = content.partition(b"END OF HEADER\n")
    (tmp_path / "long0010.24o").write_bytes(header + b"END OF HEADER\n" + epochs * 2000)
    runqc = start(tmp_path)
    assert runqc.look("pipe").status == 404  # reading it would wait for ever
    slow = socket.create_connection(("127.0.0.1", runqc.port))
    slow.sendall(b"GET /qc?file=long0010.24o HTTP/1.1\r\n\r\n")
    wait_until(runqc.works, what="the check", within=20, every=0.01, remedy="")
    assert runqc.ask("GET", "/health").status == 200
    runqc.process.send_signal(signal.SIGTERM)
    assert runqc.process.wait(timeout=LONGEST) == 0
    with suppress(ConnectionResetError):
        assert slow.recv(1) == b""  # its process has ended too
    slow.close()
