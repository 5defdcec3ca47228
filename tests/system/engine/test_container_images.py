"""Programs that nobody here wrote, as container images, become unikernels without a line of code.

The images are small Debian packages, put into archives without an engine: roots by mmdebstrap, and
above each a layer with what people write in a Dockerfile. No lab is needed: they boot in QEMU.
"""

from __future__ import annotations

import gzip
import json
import os
import signal
import socket
import subprocess
import sys
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from runs.wait import wait_until
from state import state_folder
from tests.image_archives import (
    Entry,
    MadeImage,
    as_folder,
    as_tar,
    docker_files,
    gzipped,
    layer,
    layout_files,
    link,
    zstandard,
)
from tests.system.lab_of_tests import LONGEST, ROOT
from toolchains.cache import key_of, stored

SUITE = "trixie"
LEFT_OUT = ("doc", "man", "info", "locale")  # of /usr/share, as in other slim images
ANSWER_WITHIN = 60.0  # seconds on a plain machine
ENVIRONMENT = os.environ | {"PYTHONPATH": str(ROOT)}
pytestmark = pytest.mark.timeout(LONGEST)


def root_of(package: str) -> bytes:
    """Give the tar of a root file system with a Debian package; made once, then kept."""

    def make(folder: Path) -> None:
        left_out = [f"--dpkgopt=path-exclude=/usr/share/{name}/*" for name in LEFT_OUT]
        command = ["mmdebstrap", "--quiet", "--variant=essential", f"--include={package}"]
        subprocess.run([*command, *left_out, SUITE, str(folder / "root.tar")], check=True)
        (folder / "root.tar.gz").write_bytes(gzip.compress((folder / "root.tar").read_bytes(), 1))
        (folder / "root.tar").unlink()

    key = key_of(package, SUITE, LEFT_OUT)
    entry, _ = stored(state_folder("images") / "packages-of-tests", key, make)
    return gzip.decompress((entry / "root.tar.gz").read_bytes())


def image_of(
    package: str, added: Mapping[str, Entry], started: Mapping[str, Any], packs: Any = bytes
) -> MadeImage:
    return MadeImage([root_of(package), layer(added)], started, [f"{package}:latest"], packs)


class Guest:
    """A container image that runs as a unikernel."""

    def __init__(self, process: subprocess.Popen[bytes], output: Path, port: int) -> None:
        self.process = process
        self.output = output
        self.port = port

    @property
    def console(self) -> str:
        return self.output.read_text(errors="replace")

    def exchange(self, question: bytes, answer: bytes) -> bytes:
        """Send bytes until they are answered so; gives the answer."""

        def asked() -> bytes | None:
            assert self.process.poll() is None, f"it ended: {self.console}"
            with socket.create_connection(("127.0.0.1", self.port), 20) as connection:
                connection.settimeout(20)
                connection.sendall(question)
                found = b""
                while not found.startswith(answer):
                    block = connection.recv(4096)
                    if not block:
                        raise OSError(f"it answered {found!r}")
                    found += block
                return found

        return wait_until(
            asked,
            what="a container image's first answer",
            within=ANSWER_WITHIN,
            every=0.5,
            remedy=self.console,
            progress=lambda: len(self.console),
        )

    def ends(self, number: int | None = None) -> int:
        """Wait for its end, asked for by a signal where one is given; gives the exit status."""
        if number is not None:
            os.kill(self.process.pid, number)
        return self.process.wait(LONGEST)


@contextmanager
def running(source: Path, folder: Path, *options: str, port: bool = True) -> Iterator[Guest]:
    """Run `python -m toolchains run SOURCE` while the block does, on a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        free = probe.getsockname()[1]
    words = [*options, *(["--port", str(free)] if port else [])]
    command = [sys.executable, "-m", "toolchains", "run", str(source), *words]
    output = folder / "console"
    with output.open("wb") as stream:
        process = subprocess.Popen(
            command, cwd=ROOT, env=ENVIRONMENT, stdout=stream, stderr=stream, start_new_session=True
        )
    try:
        yield Guest(process, output, free)
    finally:
        sys.stdout.write(output.read_text(errors="replace"))
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@pytest.fixture(scope="module", autouse=True)
def built(request: pytest.FixtureRequest) -> Iterator[dict[str, str]]:
    """What each image's unikernel takes; shown when all have been built, also when all is well."""
    sizes: dict[str, str] = {}
    yield sizes
    capture: Any = request.config.pluginmanager.get_plugin("capturemanager")
    with capture.global_and_fixture_disabled():
        for name, size in sizes.items():
            sys.stdout.write(f"\n{name}: {size}\n")


def build(source: Path, image: MadeImage, sizes: dict[str, str]) -> None:
    """Build the unikernel of an image, which takes no more than a container of it does."""
    command = [sys.executable, "-m", "toolchains", "build", str(source), "-o", "json"]
    done = subprocess.run(command, cwd=ROOT, env=ENVIRONMENT, stdout=subprocess.PIPE, check=True)
    size = json.loads(done.stdout)["size_bytes"]
    container = sum(map(len, image.layers))
    sizes[source.name] = f"container {container / 1e6:.1f} MB, unikernel {size / 1e6:.1f} MB"
    assert size < container


def test_a_web_server_answers_and_ends_as_its_image_says(
    tmp_path: Path, built: dict[str, str]
) -> None:
    """nginx with a script before it, logs that are links to /dev/stdout, and SIGQUIT."""
    script = '#!/bin/sh\nset -e\necho "before $(id -un) $PWD $GREETING"\nexec "$@"\n'
    added: dict[str, Entry] = {
        "entry.sh": script,
        "var/log/nginx/access.log": link("/dev/stdout"),
        "var/log/nginx/error.log": link("/dev/stderr"),
        "var/www/html/.wh.index.nginx-debian.html": "",
        "var/www/html/index.html": "served by a unikernel\n",
    }
    started = {
        "Entrypoint": ["/bin/sh", "/entry.sh"],
        "Cmd": ["nginx", "-g", "daemon off;"],
        "Env": ["GREETING=hello"],
        "WorkingDir": "/srv/made/by/the/engine",
        "StopSignal": "SIGQUIT",
        "ExposedPorts": {"80/tcp": {}},
    }
    image = image_of("nginx-light", added, started)
    source = as_tar(tmp_path / "nginx.tar", docker_files(image))
    build(source, image, built)
    with running(source, tmp_path) as guest:
        guest.exchange(b"GET / HTTP/1.0\r\n\r\n", b"HTTP/1.1 200")
        page = httpx.get(f"http://127.0.0.1:{guest.port}/", timeout=20)
        assert (page.text, page.headers["server"][:5]) == ("served by a unikernel\n", "nginx")
        gone = httpx.get(f"http://127.0.0.1:{guest.port}/index.nginx-debian.html", timeout=20)
        assert gone.status_code == 404
        assert guest.ends(signal.SIGINT) == 0  # by SIGTERM it would end as well, but in the middle
    assert "before root /srv/made/by/the/engine hello" in guest.console
    assert '"GET / HTTP/1.1" 200' in guest.console


def redis(*words: str) -> bytes:
    parts = [f"${len(word)}\r\n{word}\r\n" for word in words]
    return f"*{len(words)}\r\n{''.join(parts)}".encode()


def test_a_key_value_store_keeps_its_data_on_a_volume(
    tmp_path: Path, built: dict[str, str]
) -> None:
    """redis as its own user, on a volume that was empty: it may write there."""
    started = {
        "Entrypoint": ["redis-server"],
        "Cmd": ["--bind", "0.0.0.0", "--protected-mode", "no", "--appendonly", "yes"],
        "User": "redis",
        "WorkingDir": "/var/lib/redis",
        "Volumes": {"/var/lib/redis": {}},
        "ExposedPorts": {"6379/tcp": {}},
    }
    image = image_of("redis-server", {"var/lib/redis/from-the-image": "x"}, started, gzipped)
    source = as_folder(tmp_path / "redis", layout_files(image))
    build(source, image, built)
    disk = tmp_path / "data.ext4"
    subprocess.run(["mke2fs", "-q", "-t", "ext4", disk, "64M"], check=True)
    volume = ("--volume", f"{disk}:/var/lib/redis:rw")
    with running(source, tmp_path, *volume) as guest:
        guest.exchange(redis("PING"), b"+PONG\r\n")
        guest.exchange(redis("SET", "where", "on a volume"), b"+OK\r\n")
        assert guest.ends(signal.SIGTERM) == 0
    with running(source, tmp_path, *volume) as guest:
        guest.exchange(redis("GET", "where"), b"$11\r\non a volume\r\n")
        assert guest.ends(signal.SIGINT) == 0
    listed = subprocess.run(
        ["debugfs", "-R", "ls -l /", disk], capture_output=True, text=True, check=True
    )
    assert "from-the-image" in listed.stdout and "lost+found" not in listed.stdout
    with running(source, tmp_path) as guest:  # nothing of it is in the image
        guest.exchange(redis("GET", "where"), b"$-1\r\n")
        assert "lost with the guest: /var/lib/redis" in guest.console


def test_a_message_broker_takes_connections(tmp_path: Path, built: dict[str, str]) -> None:
    """mosquitto, which gives root away by itself; its layers are packed by zstd."""
    added: dict[str, Entry] = {"broker.conf": "listener 1883\nallow_anonymous true\n"}
    started = {"Cmd": ["mosquitto", "-c", "/broker.conf"], "ExposedPorts": {"1883/tcp": {}}}
    image = image_of("mosquitto", added, started, zstandard)
    source = as_tar(tmp_path / "mosquitto.tar", layout_files(image))
    build(source, image, built)
    connect = bytes.fromhex("100c 0004 4d515454 04 02 003c 0000")  # MQTT 3.1.1, section 3.1
    with running(source, tmp_path) as guest:
        assert guest.exchange(connect, bytes.fromhex("20020000")) == bytes.fromhex("20020000")
        assert guest.ends(signal.SIGINT) == 0


SCRIPT = """
echo "user $(id -u):$(id -g) in $(id -G), home $HOME, host $(hostname), folder $(pwd)"
echo shared >/dev/shm/file && echo "shared memory: $(cat /dev/shm/file)"
(echo written >/opt/mine/file) 2>/dev/null && echo "root: $(cat /opt/mine/file)"
(echo x >/etc/passwd) 2>/dev/null || echo "passwd is not for this user"
echo "to a link" >/dev/stdout
test -t 0 || echo "no terminal: $(cat | wc -c) bytes of input"
sleep 300 & kill -0 $! && ls /dev/pts/ /dev/mqueue/ /dev/fd/ >/dev/null && echo "several processes"
exit 7
"""


def folder_of(user: int) -> Entry:
    member = tarfile.TarInfo()
    member.type, member.mode, member.uid = tarfile.DIRTYPE, 0o700, user
    return member


def words_of(command: Sequence[str], user: str) -> Mapping[str, Any]:
    return {"Entrypoint": list(command), "User": user, "WorkingDir": "/opt/mine"}


def test_exit_status_and_output_are_the_program_s_own(tmp_path: Path) -> None:
    added: dict[str, Entry] = {"opt/mine": folder_of(33)}
    image = image_of("mosquitto", added, words_of(["sh", "-c", SCRIPT], "www-data"))
    source = as_tar(tmp_path / "script.tar", docker_files(image))
    with running(source, tmp_path, port=False) as guest:
        assert guest.ends() == 7
    told = guest.console.splitlines()
    assert "user 33:33 in 33, home /var/www, host mosquitto, folder /opt/mine" in told
    for line in (
        "shared memory: shared",
        "root: written",
        "passwd is not for this user",
        "to a link",
        "no terminal: 0 bytes of input",
        "several processes",
    ):
        assert line in told


def test_a_program_that_is_not_there_ends_with_127(tmp_path: Path) -> None:
    image = image_of("mosquitto", {}, {"Cmd": ["never-installed"]})
    source = as_tar(tmp_path / "absent.tar", docker_files(image))
    with running(source, tmp_path, port=False) as guest:
        assert guest.ends() == 127
    assert "epos-init: error exec never-installed: No such file" in guest.console
