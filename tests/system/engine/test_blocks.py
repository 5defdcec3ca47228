"""Blocks in Prefect: each kind is saved, edited and read again, and a run goes where it says."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest
from prefect.blocks.core import Block
from pydantic import SecretStr

from blocks.docker_engine import DockerEngine
from blocks.doors import USUAL
from blocks.engine import local_engine
from blocks.history_database import HistoryDatabase
from blocks.hypervisor import Hypervisor
from blocks.named import Blocks, read_doors
from blocks.register import KINDS, block_name, register
from blocks.ssh_host import SshHost
from deployments.load import load_environment
from errors import EposVirtError, WrongInput
from flows.prepare_host import prepare_host
from history import open_history
from tests.system.prefect.prefect_of_tests import harmless_environment, own_prefect

# The server ends by itself after its last user, so nobody waits for its process.
pytestmark = pytest.mark.filterwarnings(r"ignore:subprocess \d+ is still running:ResourceWarning")


@pytest.fixture(scope="session", autouse=True)
def engine() -> None:
    """Promise nothing: no test here needs the Docker engine that the other system tests share."""


@pytest.fixture(scope="module", autouse=True)
def _prefect(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with own_prefect(tmp_path_factory.mktemp("prefect")):
        yield


def far(key: str = "key") -> SshHost:
    """A machine that nobody can log in on: there is no such key."""
    path = Path("/nonexistent") / key
    return SshHost(machine="far", host="127.0.0.1", key=path, known_hosts=path)


FILLED: dict[type[Block], Block] = {
    SshHost: far(),
    Hypervisor: Hypervisor(driver="qemu", socket="/run/other-libvirt"),
    DockerEngine: DockerEngine(socket="/run/podman.sock"),
    HistoryDatabase: HistoryDatabase(url=SecretStr("postgresql://user:secret@db/history")),
}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: str(kind.__name__))
def test_a_block_is_saved_and_read_as_it_was(kind: type[Block]) -> None:
    [saved] = register({f"A {kind.__name__}": FILLED[kind]})
    assert saved == f"{kind.get_block_type_slug()}/{block_name(f'A {kind.__name__}')}"
    read = cast(Block, kind.load(saved.partition("/")[2]))
    assert read.model_dump() == FILLED[kind].model_dump()
    assert "secret" not in repr(read)


def test_the_ways_of_a_run_are_those_of_its_blocks_and_the_usual_for_the_others() -> None:
    register({"ways": far(), "ways-libvirt": FILLED[Hypervisor]})
    assert read_doors(Blocks()) == USUAL
    doors = read_doors(Blocks(server="ways", hypervisor="ways-libvirt"))
    assert (doors.server, doors.driver) == (far().target, "qemu")
    assert (doors.libvirt_socket, doors.engine_socket) == (
        "/run/other-libvirt",
        USUAL.engine_socket,
    )


def test_a_block_that_is_not_there_is_told() -> None:
    with pytest.raises(WrongInput, match="there is no block epos-ssh-host/nobody"):
        read_doors(Blocks(server="nobody"))


def test_editing_a_block_changes_where_the_next_run_goes(tmp_path: Path) -> None:
    environment = harmless_environment(tmp_path)
    for key in ("before", "after"):
        register({"moving": far(key)})
        with pytest.raises(EposVirtError, match=f"SSH key /nonexistent/{key} cannot be read"):
            prepare_host(environment, only=["bridge"], blocks=Blocks(server="moving"))


def test_a_run_keeps_its_history_where_its_block_says(tmp_path: Path) -> None:
    elsewhere = str(tmp_path / "elsewhere.sqlite")
    register({"elsewhere": HistoryDatabase(url=SecretStr(elsewhere))})
    environment = harmless_environment(tmp_path)
    with pytest.raises(EposVirtError):
        prepare_host(environment, only=["bridge"], blocks=Blocks(history="elsewhere"))
    with open_history(elsewhere) as history:
        [run] = history.runs().to_dict("records")
    assert (run["flow"], run["environment"]) == (
        "prepare_host",
        load_environment(environment).name,
    )


def test_an_engine_of_ours_leaves_nothing_mounted(monkeypatch: pytest.MonkeyPatch) -> None:
    state = tempfile.mkdtemp(prefix="engine-")  # pytest's path is too long for its sockets
    monkeypatch.setenv("EPOS_VIRT_STATE", state)
    monkeypatch.setenv("DOCKER_HOST", f"unix://{state}/none")
    with local_engine() as engine:
        assert engine().version()["Version"]
    assert state not in Path("/proc/mounts").read_text()
    shutil.rmtree(state)


def test_an_engine_that_ends_is_told_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = tmp_path / ("x" * 100)  # too long for a socket
    monkeypatch.setenv("EPOS_VIRT_STATE", str(state))
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none")
    with local_engine() as engine, pytest.raises(EposVirtError, match="ended instead") as told:
        engine()
    assert "too long" in told.value.remedy
