"""From the lab nothing is reached but the lab itself and the package mirrors of its server."""

from __future__ import annotations

import select
import shlex
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from blocks.connections import Connections
from blocks.web import request
from deployments.load import load_environment
from flows.session import Session, open_session
from lab.recipe import ADDRESS, DNS, DOOR_PORT, GATEWAY
from runs.wait import wait_until
from tasks.application import described
from tasks.database.server import DatabaseServer
from tests.system.lab_of_tests import lab, on_server

pytestmark = [pytest.mark.lab, pytest.mark.docker]
DOMU, NODE = "centos7-VM", "gnss-europe-v0-2-14"
DOOR, SERVER = f"{DNS}:{DOOR_PORT}", f"{ADDRESS}:22"
LONGEST = 15  # s for a connection that must be made; one that must not be waits as long
# $0 is the patience; each further word HOST:PORT. Prints those that take a connection.
CONNECT = """\
for place in "$@"; do
    timeout "$0" bash -c "exec 3<>/dev/tcp/${place%:*}/${place#*:}" 2>/dev/null && echo "$place" &
done
wait
"""
# The same where there is no bash.
CONNECT_IN_PYTHON = """\
import socket, sys
for place in sys.argv[2:]:
    host, port = place.split(":")
    try:
        socket.create_connection((host, int(port)), int(sys.argv[1])).close()
        print(place)
    except OSError:
        pass
"""
# Sends a datagram to each HOST:PORT, and asks each HOST for a name as a resolver does.
SEND = """\
import socket, sys
question = bytes.fromhex("abcd01000001000000000000076578616d706c65036f726700") + b"\\0\\1\\0\\1"
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
    for place in sys.argv[1:]:
        host, port = place.split(":")
        sender.sendto(b"from the lab", (host, int(port)))
        sender.sendto(question, (host, 53))
    sender.settimeout(5)
    try:
        print(sender.recv(512))
    except TimeoutError:
        print("nothing")
"""


class Outside:
    """This machine, as whoever breaks out of the lab would find it: it listens on every address."""

    def __init__(self, stack: ExitStack) -> None:
        self._tcp = stack.enter_context(socket.create_server(("0.0.0.0", 0)))
        self.port: int = self._tcp.getsockname()[1]
        self._udp = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        self._udp.bind(("0.0.0.0", self.port))

    @property
    def places(self) -> list[str]:
        """Its addresses, as the lab would name them: both of QEMU's, and its own on its LAN."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.connect(("192.0.2.1", 9))  # sends nothing: it chooses a card
            own = probe.getsockname()[0]
        return [f"{host}:{self.port}" for host in (GATEWAY, DNS, own)]

    def heard(self) -> bool:
        """Tell whether anybody connected, or sent anything."""
        return bool(select.select([self._tcp, self._udp], [], [], 0)[0])


@pytest.fixture
def outside() -> Iterator[Outside]:
    with ExitStack() as stack:
        made = Outside(stack)
        for host in ("127.0.0.1", made.places[-1].split(":")[0]):  # it does hear who can reach it
            socket.create_connection((host, made.port)).close()
            made._tcp.accept()[0].close()
        yield made


@pytest.fixture(scope="module")
def session(deployed: dict[str, Any], environment_file: Path) -> Iterator[Session]:
    with open_session(load_environment(environment_file), builds=False) as opened:
        yield opened


def reached_from(who: str, connections: Connections, places: list[str]) -> set[str]:
    """Connect to each of `places` from the server, its domU or a container; gives the reached."""
    words = (str(LONGEST), *places)
    if who == "container":
        container = connections.engine(DOMU).containers.get("fwss")
        done = container.exec_run(["python3", "-c", CONNECT_IN_PYTHON, *words])
        assert isinstance(done.output, bytes)
        return set(done.output.decode().split())
    machine = connections.server if who == "dom0" else connections.domu(DOMU)
    wait_until(machine.answers, what=f"SSH of {who}", within=120, every=2, remedy="see its console")
    return set(machine.check("bash", "-c", CONNECT, *words, timeout=120).split())


@pytest.mark.parametrize("who", ["dom0", "domU", "container"])
def test_the_lab_reaches_its_one_way_out_and_guests_not_the_server(
    session: Session, outside: Outside, who: str
) -> None:
    places = [*outside.places, DOOR, SERVER]
    wanted = {DOOR, SERVER} if who == "dom0" else {DOOR}
    assert reached_from(who, session.connections, places) == wanted
    assert not outside.heard()


def test_a_unikernel_reaches_no_further(session: Session, outside: Outside) -> None:
    environment = session.environment
    container = session.connections.engine(DOMU).containers.get("database")
    database = DatabaseServer(container, DOMU)
    (sync,) = (app for app in environment.unikernels if app.name == "EPOS_Sync_System")
    columns = "host = {0}, port = {1}, username = {2}, password = {2}"
    move = f"update node set {columns} where id = 2 returning id;"
    port = described(environment, sync).port
    try:
        for place in outside.places:
            host, outsides = place.split(":")
            assert database.ask(move.format(f"'{host}'", outsides, "'nobody'"), NODE)
            server = session.connections.server
            answer = request(server, str(sync.address), port, "/sync", method="POST", timeout=300)
            assert f"no connection to {place}" in answer.text
    finally:
        database.ask(move.format("null", "null", "null"), NODE)
    assert not outside.heard()


def test_datagrams_and_questions_for_names_go_nowhere(
    deployed: dict[str, Any], outside: Outside
) -> None:
    assert on_server("python3", "-c", SEND, *outside.places).strip() == "nothing"
    assert not outside.heard()


def test_the_server_fetches_packages_and_nothing_else(
    deployed: dict[str, Any], outside: Outside
) -> None:
    uris = ("apt-get", "indextargets", "--no-release-info", "--format", "$(REPO_URI)")
    mirror = on_server(*uris).split()[0]
    fetch = "cd $(mktemp -d) && /usr/lib/apt/apt-helper download-file"
    good = lab("ssh", "--", f"{fetch} {shlex.quote(mirror)}dists/trixie/Release it && cat it")
    assert "Codename: trixie" in good.stdout
    for url in (f"http://127.0.0.1:{outside.port}/", f"http://{outside.places[-1]}/debian/"):
        refused = lab("ssh", "--", f"{fetch} {url} it", check=False)
        assert refused.status
        assert "no package mirror of this server" in refused.stdout + refused.stderr
    assert not outside.heard()
