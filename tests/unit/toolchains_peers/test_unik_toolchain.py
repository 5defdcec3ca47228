"""UniK: built and started through a daemon's real HTTP API, whose traps must not catch us."""

from __future__ import annotations

import ipaddress
import json
import socket
import threading
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import requests

from deployments.model import Environment
from errors import EposVirtError, WrongInput
from tasks.unikernel.hosted_instance import Hosted, hosting
from tasks.unikernel.hosted_thing import HostedThing
from toolchains import unik
from toolchains.application import read_application
from toolchains.hosting import HostedInstance, HostingToolchain
from toolchains.interface import Application
from toolchains.unik.daemon import Daemon, DaemonFailed
from toolchains.unik.daemon_config import daemon_config, write_daemon_config
from toolchains.unik.listener import Listener, NoListener
from toolchains.unik.local_daemon import MARK, LocalDaemon
from toolchains.unik.starting import start_instance

LOOPBACK = ipaddress.IPv4Interface("127.0.0.1/8")


@pytest.fixture
def local(monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalDaemon]:
    with LocalDaemon() as daemon:
        monkeypatch.setenv("UNIK_URL", daemon.url)
        yield daemon


def application(folder: Path, runtime: str = "python", entry: str = "main.py") -> Application:
    folder.mkdir(exist_ok=True)
    (folder / "app.yaml").write_text(
        f"name: indexGD\nruntime: {runtime}\nentry: {entry}\nport: 4000\n"
    )
    if runtime != "java":
        (folder / entry).write_text("print('hello')\n")
    return read_application(folder)


@pytest.fixture
def index(tmp_path: Path) -> Application:
    return application(tmp_path / "index")


def start_java(tmp_path: Path, name: str) -> HostedInstance:
    """Start an instance on OSv, which waits for no listener."""
    java = application(tmp_path / "sync", "java", "epos.Main")
    (java.folder / "manifest.yaml").write_text(
        "main_file: target/a.jar\nbuild_command: mvn package\n"
    )
    image = unik.build(java, tmp_path / "cache")
    return unik.start(
        image, instance=name, memory=96 * 2**20, address=None, volumes={}, environment={}
    )


def test_the_module_is_a_toolchain_that_hosts_its_instances() -> None:
    assert isinstance(unik, HostingToolchain)


def test_an_image_is_built_once_for_the_same_content(
    local: LocalDaemon, index: Application, tmp_path: Path
) -> None:
    first, again = (unik.build(index, tmp_path / "cache") for _ in range(2))
    (index.folder / "main.py").write_text("print('changed')\n")
    other = unik.build(index, tmp_path / "cache")

    assert (first.built, again.built, other.built) == (True, False, True)
    assert first.key == again.key != other.key
    kept = unik.describe(first)
    assert (kept["runtime"], kept["kept_by"]) == ("rump/python", local.url)
    assert kept["kept_as"] in local.state.images
    assert requests.get(f"{local.url}/images", timeout=5).headers[MARK[0]] == MARK[1]


def test_a_look_has_the_daemon_build_nothing_and_writes_nothing(
    local: LocalDaemon, index: Application, tmp_path: Path
) -> None:
    assert unik.look(index, tmp_path / "cache") is None
    assert local.state.images == {}
    built = unik.build(index, tmp_path / "cache")
    assert built.kernel.is_file()
    found = unik.look(index, tmp_path / "another")
    assert found is not None
    assert (found.key, unik.kept_as(found)) == (built.key, unik.kept_as(built))
    assert unik.look(index, tmp_path / "cache") == built.model_copy(update={"built": False})
    assert not (tmp_path / "another").exists()


def test_a_runtime_without_a_base_is_told_which_have_one(tmp_path: Path) -> None:
    perl = application(tmp_path / "runqc", "perl", "main.pl")
    with pytest.raises(WrongInput, match="cannot build a unikernel for perl") as raised:
        unik.build(perl, tmp_path)
    assert "java (on osv/java), python (on rump/python)" in raised.value.remedy


def test_java_without_a_manifest_is_told_to_write_one(tmp_path: Path) -> None:
    java = application(tmp_path / "sync", "java", "epos.Main")
    with pytest.raises(WrongInput, match=r"no manifest\.yaml") as raised:
        unik.build(java, tmp_path)
    assert "build_command" in raised.value.remedy


def test_without_a_daemon_the_error_says_how_to_get_and_start_one(
    index: Application, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    monkeypatch.setenv("UNIK_URL", f"http://127.0.0.1:{port}")
    with pytest.raises(DaemonFailed) as raised:
        unik.build(index, tmp_path)
    assert raised.value.transient
    assert "Connection refused" in raised.value.seen
    assert "toolchains.unik.daemon_config" in raised.value.remedy
    assert "unik daemon" in raised.value.remedy


def test_a_failed_build_shows_the_last_output_of_the_daemon(
    local: LocalDaemon, index: Application, tmp_path: Path
) -> None:
    (index.folder / "manifest.yaml").write_text("main_file: mian.py\n")
    with pytest.raises(DaemonFailed) as raised:
        unik.build(index, tmp_path)
    assert "status 500: failed to compile raw image: invalid main file" in raised.value.seen
    assert not local.state.images


def test_an_instance_is_never_taken_for_another_whose_name_contains_its_own(
    local: LocalDaemon, tmp_path: Path
) -> None:
    longer = start_java(tmp_path, "Sync-old")
    with pytest.raises(DaemonFailed, match="would take another for 'Sync'") as raised:
        start_java(tmp_path, "Sync")
    assert "Sync-old (1)" in raised.value.seen
    with pytest.raises(DaemonFailed, match="has no Sync"):
        unik.remove(longer.model_copy(update={"name": "Sync"}))
    assert [one.name for one in unik.instances()] == ["Sync-old"]
    # The daemon itself does fall for it.
    assert requests.delete(f"{local.url}/instances/Sync", timeout=5).status_code == 204
    assert unik.instances() == []


@pytest.mark.usefixtures("local")
def test_failing_logs_are_an_error_although_their_status_is_200(tmp_path: Path) -> None:
    started = start_java(tmp_path, "Sync")
    with pytest.raises(DaemonFailed, match="no logs of Sync") as raised:
        unik.logs(started)
    assert "status 200" in raised.value.seen
    assert "not been assigned a public ip address" in raised.value.seen
    unik.remove(started)
    with pytest.raises(DaemonFailed, match="has no Sync"):
        unik.logs(started)


def test_stopping_removes_because_the_daemon_cannot_stop_on_xen(
    local: LocalDaemon, tmp_path: Path
) -> None:
    started = start_java(tmp_path, "Sync")
    refused = requests.post(f"{local.url}/instances/Sync/stop", timeout=5)
    assert refused.status_code == 500
    unik.stop(started)
    assert unik.instances() == []


def test_what_unik_hosts_is_seen_and_removed_like_everything_else(
    local: LocalDaemon, environment: Environment, tmp_path: Path
) -> None:
    index = environment.application("indexGD").model_copy(update={"toolchain": "unik"})
    chain = hosting(index)
    assert chain is not None
    connections: Any = SimpleNamespace(server=None)
    thing = HostedThing(Hosted(environment, index, chain, connections))
    assert thing.look().state == "absent"
    started = start_java(tmp_path, "indexGD")
    seen = thing.look()
    assert (seen.state, seen.image) == ("running", started.image)
    with pytest.raises(DaemonFailed, match="no logs of indexGD"):
        thing.logs(print, follow=False, tail=1)
    assert thing.stop()
    assert local.state.instances == {}
    assert (thing.look().state, thing.stop(), thing.remove()) == ("absent", False, False)


def guest_stub(broadcasts: socket.socket, register_port: int, received: list[object]) -> None:
    """Do what the stub in a guest on rump does: hear the call, ask for the environment."""
    listener = broadcasts.recv(1024).decode().split(":")[1]
    url = f"http://{listener}:{register_port}/register?mac_address=02:00:00:00:00:07"
    with urllib.request.urlopen(urllib.request.Request(url, method="POST"), timeout=5) as answer:
        received.append(json.loads(answer.read()))


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def test_a_guest_on_rump_gets_its_environment_and_tells_its_address(
    local: LocalDaemon, index: Application, tmp_path: Path
) -> None:
    image = unik.build(index, tmp_path / "cache")
    received: list[object] = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as broadcasts:
        broadcasts.bind(("", 0))
        listener = Listener(
            LOOPBACK,
            {"FWSS_URL": "http://10.0.7.203:5555"},
            register_port=free_port(),
            broadcast_port=broadcasts.getsockname()[1],
        )
        stub = threading.Thread(
            target=guest_stub, args=(broadcasts, listener.register_port, received)
        )
        local.state.booted = lambda _: stub.start()
        started = start_instance(
            Daemon(local.url),
            unik.kept_as(image),
            instance="index",
            memory=44 * 2**20,
            volumes={},
            environment={},
            listener=listener,
            within=10,
        )
        stub.join()
    assert received == [{"FWSS_URL": "http://10.0.7.203:5555"}]
    assert (started.address, started.identity) == ("127.0.0.1", "1")


def test_without_a_listener_no_guest_on_rump_is_started(
    local: LocalDaemon, index: Application, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("UNIK_LISTENER", raising=False)
    image = unik.build(index, tmp_path / "cache")
    with pytest.raises(NoListener, match="UNIK_LISTENER is not set"):
        unik.start(image, instance="i", memory=2**26, address=None, volumes={}, environment={})
    assert not local.state.instances


def test_a_guest_that_never_asks_is_an_error_that_names_it() -> None:
    listener = Listener(LOOPBACK, {}, register_port=free_port(), broadcast_port=free_port())
    with listener, pytest.raises(NoListener, match="index did not ask") as raised:
        listener.wait("index", 0.1)
    assert "127.255.255.255" in raised.value.seen


def test_volumes_are_those_of_the_daemon_and_an_unknown_one_starts_nothing(
    local: LocalDaemon, tmp_path: Path
) -> None:
    java = application(tmp_path / "sync", "java", "epos.Main")
    with (java.folder / "app.yaml").open("a") as app:
        app.write("volumes: {archive: /archive}\n")
    (java.folder / "manifest.yaml").write_text("main_file: a.jar\nbuild_command: make\n")
    image = unik.build(read_application(java.folder), tmp_path / "cache")

    def start() -> HostedInstance:
        mounts = {"/archive": "archive"}
        return unik.start(
            image, instance="Sync", memory=2**26, address=None, volumes=mounts, environment={}
        )

    with pytest.raises(WrongInput, match="no volume 'archive'") as raised:
        start()
    assert "create-volume --name archive" in raised.value.remedy
    assert requests.post(f"{local.url}/volumes/archive?size=10", timeout=5).status_code == 201
    assert start().state == "running"


def test_the_daemons_configuration_is_that_of_the_thesis(tmp_path: Path) -> None:
    path = tmp_path / ".unik" / "daemon-config.yaml"
    text = daemon_config()
    assert (write_daemon_config(path, text), write_daemon_config(path, text)) == (True, False)
    assert path.read_text().splitlines()[1:] == [
        "providers:",
        "  xen:",
        "  - name: my-xen",
        "    xen_bridge: xenbr0",
        "    pv_kernel: /boot/xen/grub-x86_64-xen.bin",
        "version: 0.0.0",
    ]
    path.write_text("providers: {}\n")
    with pytest.raises(EposVirtError, match="not written by epos-virt"):
        write_daemon_config(path, text)
