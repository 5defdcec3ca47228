"""The lab's one way out fetches what lies on the server's own mirrors, and reaches nothing else."""

import http.client
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from lab import program
from lab.mirrors import door
from lab.mirrors.door import is_mirrors, is_mirrors_port
from lab.mirrors.sources import find_mirrors, read_mirrors
from lab.qemu import command_line
from tests.patience import LONGEST
from tests.unit.lab.test_command_line_of_qemu import machine, option

MIRROR = "http://mirror.example/debian/"
LOCAL = "http://127.0.0.1:3142/debian"


@pytest.mark.parametrize(
    ("url", "reached"),
    [
        ("http://mirror.example/debian/dists/trixie/InRelease", True),
        ("http://MIRROR.example:80/debian/pool/a%2bb.deb", True),
        ("http://127.0.0.1:3142/debian/pool/a.deb", True),
        ("http://mirror.example/", False),
        ("http://mirror.example/debian-security/a", False),
        ("http://mirror.example/debian/../secret", False),
        ("http://mirror.example/debian/%2e%2e/secret", False),
        ("http://mirror.example:8080/debian/a", False),
        ("http://mirror.example@127.0.0.1/debian/a", False),
        ("http://mirror.example.evil.example/debian/a", False),
        ("http://mirror.example:99999/debian/a", False),
        ("http://127.0.0.1:5432/debian/a", False),
        ("http://127.0.0.1/debian/a", False),
        ("http://localhost:3142/debian/a", False),
        ("https://mirror.example/debian/a", False),
        ("ftp://mirror.example/debian/a", False),
        ("/debian/a", False),
        ("", False),
    ],
)
def test_what_lies_on_a_mirror_is_reached_and_nothing_beside_it(url: str, reached: bool) -> None:
    assert is_mirrors(url, (MIRROR, LOCAL)) is reached


@pytest.mark.parametrize(
    ("authority", "reached"),
    [
        ("secure.example:443", True),
        ("secure.example", True),
        ("secure.example:22", False),
        ("mirror.example:443", False),
        ("mirror.example:80", False),
        ("127.0.0.1:22", False),
        ("secure.example:x", False),
        ("", False),
    ],
)
def test_a_tunnel_leads_to_a_mirror_that_speaks_tls_only(authority: str, reached: bool) -> None:
    mirrors = (MIRROR, "https://secure.example/debian")
    assert is_mirrors_port(authority, mirrors) is reached


def test_mirrors_are_read_from_sources_without_their_logins() -> None:
    assert find_mirrors(
        "deb http://me:secret@mirror.example:8/debian/ trixie main\n"
        "deb [ arch=amd64 ] https://secure.example/debian trixie main\n"
        "deb http://mirror.example:8/debian/ trixie-updates main\n"
        "deb file:/srv/debian trixie main\n"
    ) == ("http://mirror.example:8/debian/", "https://secure.example/debian")


def test_the_mirrors_of_a_file_system_are_those_of_its_apt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def here(*command: str | Path) -> str:
        assert command[:3] == ("chroot", tmp_path, "apt-get")
        return f"{MIRROR}\n{MIRROR}\nfile:/srv\n{LOCAL}\n"

    monkeypatch.setattr(program, "run", here)
    assert read_mirrors(tmp_path) == (MIRROR, LOCAL)


class Mirror(BaseHTTPRequestHandler):
    """What lies on the mirror is its own path, three times."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        content = self.path.encode() * 3
        self.send_response(200)
        if self.path.endswith("chunked"):
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            content = b"%x\r\n%s\r\n0\r\n\r\n" % (len(content), content)
        else:
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
        if self.command == "GET":
            self.wfile.write(content)

    do_HEAD = do_GET

    def log_message(self, *_words: object) -> None:
        pass


@pytest.fixture
def mirror() -> Iterator[int]:
    """A web server on this machine's loopback; gives its port."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Mirror) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


@contextmanager
def connected(places: Path, *mirrors: str) -> Iterator[socket.socket]:
    """A connection to the door, as QEMU makes one: standard input, output and error are it."""
    guest, qemus = socket.socketpair()
    command = [sys.executable, "-I", "-S", str(door.__file__), str(places), *mirrors]
    end = qemus.fileno()
    with guest, subprocess.Popen(command, stdin=end, stdout=end, stderr=end) as process:
        qemus.close()
        guest.settimeout(30)
        yield guest
        guest.close()
        assert process.wait(LONGEST) == 0


class Through(http.client.HTTPConnection):
    """An HTTP client of a connection that is there."""

    def __init__(self, connection: socket.socket) -> None:
        super().__init__("door")
        self.sock = connection

    def ask(self, url: str, method: str = "GET") -> tuple[int, str, bytes]:
        """Give status, reason and content."""
        self.request(method, url)
        with self.getresponse() as answer:
            return answer.status, answer.reason, answer.read()


def test_apt_fetches_one_file_after_the_other_on_one_connection(
    tmp_path: Path, mirror: int
) -> None:
    url = f"http://127.0.0.1:{mirror}/debian"
    with connected(tmp_path / "places", url) as connection:
        client = Through(connection)
        for path in ("/debian/a.deb", "/debian/b.deb", "/debian/chunked"):
            status, _, content = client.ask(f"http://127.0.0.1:{mirror}{path}")
            assert (status, content) == (200, path.encode() * 3)


def test_another_path_and_another_port_are_refused_by_name(tmp_path: Path, mirror: int) -> None:
    for url in (f"http://127.0.0.1:{mirror}/admin", f"http://127.0.0.1:{mirror + 1}/debian/a"):
        with connected(tmp_path / "places", f"http://127.0.0.1:{mirror}/debian") as connection:
            status, reason, _ = Through(connection).ask(url)
            assert (status, "no package mirror" in reason) == (403, True)


def test_other_methods_and_what_is_no_request_reach_nothing(tmp_path: Path, mirror: int) -> None:
    with connected(tmp_path / "places", f"http://127.0.0.1:{mirror}/debian") as connection:
        status, *_ = Through(connection).ask(f"http://127.0.0.1:{mirror}/debian/a", "POST")
        assert status == 501
    with connected(tmp_path / "places", f"http://127.0.0.1:{mirror}/debian") as connection:
        connection.sendall(b"\x16\x03\x01\0\n")
        assert connection.recv(99).startswith((b"HTTP/1.1 400", b"<!DOCTYPE"))


def test_a_mirror_that_is_away_is_told(tmp_path: Path) -> None:
    with socket.socket() as taken:  # bound, and nobody listens
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/debian"
        with connected(tmp_path / "places", url) as connection:
            said = Through(connection).ask(f"{url}/a")
            assert said == (502, "the mirror does not answer: ConnectionRefusedError", b"")


def test_a_tunnel_carries_both_ways(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as secure:
        port = secure.getsockname()[1]
        with connected(tmp_path / "places", f"https://127.0.0.1:{port}/debian") as connection:
            connection.sendall(f"CONNECT 127.0.0.1:{port} HTTP/1.1\r\n\r\n".encode())
            there, _ = secure.accept()
            with there:
                assert connection.recv(99).startswith(b"HTTP/1.1 200 ")
                connection.sendall(b"hello")
                assert there.recv(9) == b"hello"
                there.sendall(b"yourself")
                assert connection.recv(9) == b"yourself"


def test_a_guest_has_no_more_than_sixteen_connections(tmp_path: Path, mirror: int) -> None:
    url = f"http://127.0.0.1:{mirror}/debian"
    with ExitStack() as stack:
        for _ in range(16):
            client = Through(stack.enter_context(connected(tmp_path / "places", url)))
            assert client.ask(f"{url}/a")[0] == 200
        with connected(tmp_path / "places", url) as one_more:
            assert one_more.recv(1) == b""


def test_qemu_takes_the_network_as_it_is_written(tmp_path: Path) -> None:
    (network,) = option(command_line(machine(str(tmp_path / "a, b"))), "-netdev")
    qemu = shutil.which("qemu-system-x86_64")
    assert qemu
    command = [qemu, "-M", "none", "-display", "none", "-nodefaults", "-qmp", "stdio"]
    done = subprocess.run(
        [*command, "-netdev", network],
        input='{"execute":"qmp_capabilities"}{"execute":"quit"}',
        capture_output=True,
        text=True,
        timeout=LONGEST,
    )
    warning = "qemu-system-x86_64: warning: netdev lan has no peer\n"
    assert (done.returncode, done.stderr) == (0, warning)
