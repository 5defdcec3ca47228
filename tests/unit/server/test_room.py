"""An environment that does not fit its server is refused by file and line, nothing changed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from deployments.load import load_environment
from deployments.model import Environment
from errors import WrongInput
from tasks.server.group import Group
from tasks.server.lab import lab_step
from tasks.server.room import BOOT_ID, Room, does_not_fit, read_room, room_step
from tasks.server.volume import LogicalVolume

HERE = Path(__file__).parent
PROJECT = HERE.parents[2]
GIB, MIB = 2**30, 2**20
PLAIN = {
    "test -d /proc/xen/": (1, ""),
    "cat /proc/meminfo": "MemTotal:        4096000 kB\nMemFree: 1 kB\n",
    "nproc": "2\n",
    "vgs": (127, ""),
    "lsblk": '{"blockdevices": [{"path": "/dev/vdb", "size": 68719476736}]}',
}


class Machines:
    """The connections of a run whose server is canned."""

    def __init__(self, server: Any) -> None:
        self.server = server


def test_a_plain_server_is_read_before_anything_is_installed(
    canned: Callable[..., Any], environment: Environment
) -> None:
    assert read_room(canned(PLAIN), environment) == Room(4096000 * 1024, 2, 64 * GIB)


def test_of_a_server_with_xen_the_whole_machine_counts_and_not_dom0s_part(
    canned: Callable[..., Any], environment: Environment
) -> None:
    info = (HERE / "hypervisor" / "xl_info_of_the_lab.txt").read_text()
    groups = (HERE / "volume" / "real" / "vgs_of_two_groups.json").read_text()
    volumes = (HERE / "volume" / "real" / "lvs_of_the_thesis_volumes.json").read_text()
    xen = {"test -d /proc/xen/": "", "which xl": "xl", "xl info": info}
    server = canned({**xen, "vgs": groups, "lvs": volumes})
    room = read_room(server, environment)
    assert (room.memory, room.processors, room.disk) == (4095 * MIB, 2, 12582912000)
    assert "vmCentOS1" in room.volumes
    assert does_not_fit(environment, room) == []


def test_what_a_server_does_not_tell_is_not_guessed(
    canned: Callable[..., Any], environment: Environment
) -> None:
    silent = {"test -d /proc/xen/": "", "which xl": "xl", "xl info": (1, "")}
    without = environment.storage.model_copy(update={"device": None})
    unknown = environment.model_copy(update={"storage": without})
    room = read_room(canned({**silent, "vgs": (127, "")}), unknown)
    assert room == Room()
    assert does_not_fit(unknown, room) == []


@pytest.mark.parametrize(
    ("room", "line", "says"),
    [
        (Room(memory=1 * GIB), "domus[0].memory", "1536 MiB of memory are given away"),
        (Room(memory=512 * MIB), "hypervisor.dom0_memory", "the server has 512 MiB"),
        (Room(processors=1), "domus[0].vcpus", "2 virtual processors, the server has 1"),
        (Room(disk=2 * GIB), "storage.volumes[1].size", "3.73 GiB more are needed in epos"),
    ],
    ids=["guests", "dom0", "processors", "disk"],
)
def test_what_does_not_fit_is_named_by_file_and_line(
    canned: Callable[..., Any],
    environment: Environment,
    monkeypatch: pytest.MonkeyPatch,
    room: Room,
    line: str,
    says: str,
) -> None:
    monkeypatch.setattr("tasks.server.room.read_room", lambda *_: room)
    machines: Any = Machines(canned({}))
    with pytest.raises(WrongInput) as error:
        room_step(environment, machines, ()).plan()
    assert f": {line}: " in error.value.what
    assert says in error.value.what
    assert error.value.what.partition(":")[0].endswith("lab.yaml")
    assert error.value.what.split(":")[1].isdigit()


@pytest.mark.parametrize(
    ("lab", "place"),
    [
        ({"memory_mb": 1024, "cpus": 2}, "domus[0].memory"),
        ({"memory_mb": 4096, "cpus": 1}, "domus[0].vcpus"),
    ],
    ids=["memory", "processors"],
)
def test_a_lab_that_is_too_small_is_not_even_started(
    environment: Environment, monkeypatch: pytest.MonkeyPatch, lab: dict[str, Any], place: str
) -> None:
    status = {"state": "absent", "memory_mb": 4096, "cpus": 2}
    monkeypatch.setattr("tasks.server.lab.lab_status", lambda _name: status)
    assert "python -m lab up" in lab_step("lab", environment).plan().actions[0].what
    status |= lab
    with pytest.raises(WrongInput) as error:
        lab_step("lab", environment).plan()
    assert f": {place}: " in error.value.what


def test_the_machine_that_runs_this_is_no_server(canned: Callable[..., Any]) -> None:
    own = load_environment(PROJECT / "deployments" / "epos-server.yaml")
    machines: Any = Machines(canned({"cat": Path(BOOT_ID).read_text()}))
    with pytest.raises(WrongInput, match=r":\d+: server\.ssh\.host: .*rebooted under the run"):
        room_step(own, machines, ()).plan()
    machines.server.answers_by_command = {"cat": "another\n", **PLAIN}
    assert "MiB of memory" in room_step(own, machines, ()).plan().reason


def test_what_is_there_already_needs_no_room_twice(environment: Environment) -> None:
    there = {v.name: LogicalVolume(v.name, v.size) for v in environment.storage.volumes}
    full = Group("epos", "u", 0, 4 * MIB)
    assert does_not_fit(environment, Room(disk=0, group=full, volumes=there)) == []
    there["home"] = LogicalVolume("home", 4 * MIB)
    [(place, *_)] = does_not_fit(environment, Room(disk=0, group=full, volumes=there))
    assert place == ("storage", "volumes", 1, "size")
