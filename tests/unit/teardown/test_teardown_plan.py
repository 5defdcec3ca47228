"""Taking down: what carries our mark and can be made again goes; data and others' things stay."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import pytest

from deployments.model import Environment
from tasks.domu.domu import domu_xml
from tasks.server.volume import LogicalVolume, remove_volume
from tasks.teardown import guests_step, plan_removal, volumes_step
from tasks.unikernel.server_files import files_step

OURS = frozenset({"epos-virt"})


def volumes(*names: str, foreign: str = "") -> dict[str, LogicalVolume]:
    return {
        name: LogicalVolume(name, 2**30, frozenset() if name == foreign else OURS) for name in names
    }


ALL = ("root", "home", "swap", "vmCentOS1", "archive")


def test_data_is_kept_unless_told(environment: Environment) -> None:
    remove, keep = plan_removal(environment, volumes(*ALL), data=False)
    assert remove == ["archive"]
    assert keep == ["root", "home", "swap", "vmCentOS1"]


def test_data_goes_when_told(environment: Environment) -> None:
    assert plan_removal(environment, volumes(*ALL), data=True) == (list(ALL), [])


@pytest.mark.parametrize("data", [False, True])
def test_a_foreign_volume_stays_whatever_is_told(environment: Environment, data: bool) -> None:
    remove, _ = plan_removal(environment, volumes(*ALL, foreign="archive"), data=data)
    assert "archive" not in remove
    remove, _ = plan_removal(environment, volumes(*ALL, foreign="home"), data=data)
    assert "home" not in remove


def test_a_volume_of_another_environment_stays(environment: Environment) -> None:
    assert plan_removal(environment, volumes("elsewhere"), data=True) == ([], [])
    theirs = LogicalVolume("home", 2**30, OURS | {"epos-virt.environment=another"})
    mine = LogicalVolume("root", 2**30, OURS | {f"epos-virt.environment={environment.name}"})
    have = {volume.name: volume for volume in (theirs, mine)}
    assert plan_removal(environment, have, data=True) == (["root"], [])


def test_nothing_there_is_nothing_to_remove(environment: Environment) -> None:
    assert plan_removal(environment, {}, data=True) == ([], [])


def test_a_volume_is_removed_by_its_mark_as_well_as_its_name(canned: Callable[..., Any]) -> None:
    server = canned({"lvremove": ""})
    remove_volume(server, "epos", "archive")
    (argv,) = server.told
    assert argv[3] == "vg_name=epos && lv_name=archive && lv_tags={epos-virt}"
    assert argv[-1] == "epos"


class Domain:
    """A domain as libvirt lists it."""

    def __init__(self, name: str, description: str) -> None:
        self._name = name
        self._description = description

    def name(self) -> str:
        return self._name

    def XMLDesc(self) -> str:
        return self._description


class Machines:
    """The connections of a run whose server is canned and whose hypervisor lists these domains."""

    def __init__(self, server: Any, domains: list[Domain]) -> None:
        self.server = server
        self.domains = domains

    def hypervisor(self) -> Any:
        return self

    def listAllDomains(self) -> list[Domain]:
        return self.domains


def test_only_guests_of_this_environment_are_shut_down(environment: Environment) -> None:
    domu = environment.domu("centos7-VM")
    other = environment.model_copy(update={"name": "another"})
    machines: Any = Machines(
        None,
        [
            Domain("Domain-0", "<domain/>"),
            Domain("centos7-VM", domu_xml(environment, domu)),
            Domain("theirs", domu_xml(other, domu)),
            Domain("nobodys", "<domain><name>nobodys</name></domain>"),
        ],
    )
    plan = guests_step(environment, machines).plan()
    assert [action.what for action in plan.actions] == ["shut down and undefine centos7-VM"]
    machines.domains = machines.domains[2:]
    assert guests_step(environment, machines).plan().actions == ()


KEY = "0123456789abcdef"
KEPT = "/var/lib/epos-virt"
OF_LAB = (
    f"{KEPT}/images/RunQC-{KEY}.kernel",
    f"{KEPT}/images/RunQC-{KEY}.root",
    f"{KEPT}/secrets/lab-RunQC-{KEY}.squashfs",
    f"{KEPT}/states/lab-{KEY}-indexGD.state",
)
OF_OTHERS = (
    f"{KEPT}/images/dice-{KEY}.kernel",
    f"{KEPT}/images/RunQC-slim-{KEY}.root",
    f"{KEPT}/secrets/lab-2-RunQC-{KEY}.squashfs",
    f"{KEPT}/states/lab-2-{KEY}-indexGD.state",
    f"{KEPT}/states/my-lab-{KEY}-indexGD.state",
)


def test_only_files_of_this_environment_are_removed(
    canned: Callable[..., Any], environment: Environment
) -> None:
    server = canned({"find": "\n".join((*OF_OTHERS, *OF_LAB)), "rm": ""})
    plan = files_step(environment, cast(Any, Machines(server, [])), ()).plan()
    for action in plan.actions:
        action.do()
    assert server.told[-1] == ("rm", "-f", "--", *OF_LAB)


def test_an_image_that_another_environments_guest_is_defined_with_stays(
    canned: Callable[..., Any], environment: Environment
) -> None:
    kernel, root, *mine = OF_LAB
    theirs = f"<domain><os><kernel>{kernel}</kernel></os><devices><disk><source file='{root}'/>"
    domain = Domain("theirs", f"{theirs}</disk></devices></domain>")
    server = canned({"find": "\n".join(OF_LAB), "rm": ""})
    [action] = files_step(environment, cast(Any, Machines(server, [domain])), ()).plan().actions
    action.do()
    assert server.told[-1] == ("rm", "-f", "--", *mine)


def test_what_is_kept_is_told(canned: Callable[..., Any], environment: Environment) -> None:
    rows = ",".join(
        f'{{"vg_name":"epos","lv_name":"{name}","lv_size":"4194304B","lv_tags":"epos-virt"}}'
        for name in ALL
    )
    machines: Any = Machines(canned({"lvs": f'{{"report":[{{"lv":[{rows}]}}]}}'}), [])
    plan = volumes_step(environment, machines, (), data=False).plan()
    assert [action.what for action in plan.actions] == ["lvremove epos/archive"]
    assert "kept, for they may hold data: root, home, swap, vmCentOS1" in plan.reason


def test_a_second_teardown_changes_nothing(
    canned: Callable[..., Any], environment: Environment
) -> None:
    server = canned({"lvs": '{"report":[{"lv":[]}]}', "find": (1, "")})
    machines: Any = Machines(server, [])
    for step in (
        guests_step(environment, machines),
        files_step(environment, machines, ()),
        volumes_step(environment, machines, (), data=True),
    ):
        assert step.plan().actions == ()
