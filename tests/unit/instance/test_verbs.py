"""Stop, start, remove and logs: one protocol, what is done is each technique's own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from deployments.model import Environment
from errors import EposVirtError
from tasks.container.engine import ENVIRONMENT_LABEL
from tasks.container.thing import ContainerThing
from tasks.domu.domu import domu_xml
from tasks.domu.thing import DomuThing
from tasks.guest.description import guest_xml, marked
from tasks.instance.find import find
from tasks.instance.thing import Thing
from tasks.techniques.techniques import Techniques
from tasks.unikernel.thing import UnikernelThing
from tests.unit.instance.guests import Machines

DOMU = "centos7-VM"


@pytest.fixture
def machines(canned: Callable[..., Any]) -> Machines:
    return Machines(canned({}))


@pytest.fixture
def thing(environment: Environment, machines: Machines) -> Callable[[str], Thing]:
    techniques = Techniques(environment, cast(Any, machines), Path("/nonexistent"))
    return lambda name: techniques.of(find(environment, name))


def unikernel_guest(environment: Environment, name: str) -> str:
    address = environment.application(name).address
    guest = guest_xml(environment, name, memory=2**26, vcpus=1, address=address)
    return marked(guest, environment.name)


def domu_guest(environment: Environment) -> str:
    return domu_xml(environment, environment.domu(DOMU))


def test_each_thing_is_what_its_technique_makes_of_it(thing: Callable[[str], Thing]) -> None:
    assert isinstance(thing(DOMU), DomuThing)
    assert isinstance(thing("FWSS"), ContainerThing)
    assert isinstance(thing("indexGD"), UnikernelThing)
    assert [thing(name).host for name in (DOMU, "FWSS", "indexGD")] == ["server", DOMU, "server"]


def test_what_is_open_to_a_domu_is_closed_before_it_is_shut_down(
    environment: Environment, machines: Machines, thing: Callable[[str], Thing]
) -> None:
    machines.define(DOMU, domu_guest(environment), active=True)
    assert [thing(DOMU).stop(), thing(DOMU).stop()] == [True, False]
    assert machines.noted == [f"forget {DOMU}", f"shut {DOMU} down"]


def test_a_unikernel_is_ended_at_once(
    environment: Environment, machines: Machines, thing: Callable[[str], Thing]
) -> None:
    machines.define("indexGD", unikernel_guest(environment, "indexGD"), active=True)
    assert thing("indexGD").start() is False
    assert [thing("indexGD").stop(), thing("indexGD").stop()] == [True, False]
    assert machines.noted == ["destroy indexGD"]


def test_a_removed_guest_is_stopped_and_undefined(
    environment: Environment, machines: Machines, thing: Callable[[str], Thing]
) -> None:
    machines.define("indexGD", unikernel_guest(environment, "indexGD"), active=True)
    assert thing("indexGD").remove()
    assert machines.noted == ["destroy indexGD", "undefine indexGD"]


def test_a_unikernel_that_does_not_fit_is_not_started(
    environment: Environment,
    machines: Machines,
    thing: Callable[[str], Thing],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    checked: list[str] = []

    def check(_connections: object, application: Any, description: str, _smallest: None) -> None:
        checked.append(description)
        raise EposVirtError(f"{application.name} does not fit", seen="", remedy="")

    monkeypatch.setattr("tasks.unikernel.unikernel.check_fit", check)
    description = unikernel_guest(environment, "indexGD")
    machines.define("indexGD", description, active=False)
    with pytest.raises(EposVirtError, match="does not fit"):
        thing("indexGD").start()
    assert checked == [description]
    assert machines.noted == []


@pytest.mark.parametrize("name", [DOMU, "indexGD"])
def test_a_guest_that_is_not_there_or_not_ours_is_told_how_to_make_it(
    environment: Environment, machines: Machines, thing: Callable[[str], Thing], name: str
) -> None:
    for _ in range(2):
        for act in (thing(name).stop, thing(name).start, thing(name).remove):
            with pytest.raises(EposVirtError, match=f"{name} is not there") as error:
                act()
            assert f"mark of environment {environment.name}" in error.value.seen
        machines.define(name, f"<domain><name>{name}</name></domain>", active=True)
    assert machines.noted == []


def test_the_console_of_a_guest_is_shown_as_it_is_kept(
    canned: Callable[..., Any], machines: Machines, thing: Callable[[str], Thing]
) -> None:
    machines.server = canned({"tail": ""})
    thing("indexGD").logs(print, follow=False, tail=7)
    thing(DOMU).logs(print, follow=True, tail=1)
    kept = "/var/log/xen/console/guest"
    assert cast(Any, machines.server).told == [
        ("tail", "--lines=7", f"{kept}-indexGD.log"),
        ("tail", "--lines=1", "--follow=name", "--retry", f"{kept}-{DOMU}.log"),
    ]


class Container:
    """A container that is healthy as soon as it is looked at after its start."""

    def __init__(self, environment: str) -> None:
        self.labels = {ENVIRONMENT_LABEL: environment}
        self.status, self.health = "running", "healthy"
        self.noted: list[str] = []

    def stop(self, timeout: int) -> None:
        self.noted.append("stop")
        self.status = "exited"

    def start(self) -> None:
        self.noted.append("start")
        self.status, self.health = "running", "starting"

    def reload(self) -> None:
        self.noted.append("look")
        self.health = "healthy"

    def remove(self) -> None:
        self.noted.append("remove")

    def logs(self, *, tail: int, stream: bool = False, follow: bool = False) -> Any:
        return iter([b"a\nb", b"c\nd"]) if stream else b"a\nb\n"


@pytest.fixture
def container(
    environment: Environment, machines: Machines, monkeypatch: pytest.MonkeyPatch
) -> Container:
    monkeypatch.setattr("tasks.container.thing.guest_work", lambda *_: None)
    found = Container(environment.name)
    engine = SimpleNamespace(containers=SimpleNamespace(get=lambda _name: found))
    machines.engines[DOMU] = engine
    return found


def test_a_container_is_stopped_and_its_health_waited_for(
    container: Container, thing: Callable[[str], Thing]
) -> None:
    assert thing("FWSS").start() is False
    assert [thing("FWSS").stop(), thing("FWSS").stop()] == [True, False]
    assert thing("FWSS").start() is True
    assert container.noted == ["stop", "start", "look"]


def test_a_removed_container_is_stopped_first(
    container: Container, thing: Callable[[str], Thing]
) -> None:
    assert thing("FWSS").remove()
    assert container.noted == ["stop", "remove"]


def test_a_container_of_another_environment_is_not_there(
    container: Container, thing: Callable[[str], Thing]
) -> None:
    container.labels[ENVIRONMENT_LABEL] = "another"
    with pytest.raises(EposVirtError, match="FWSS is not there"):
        thing("FWSS").stop()
    assert container.noted == []


def test_a_container_s_log_comes_in_whole_lines(
    container: Container, thing: Callable[[str], Thing]
) -> None:
    heard: list[str] = []
    thing("FWSS").logs(heard.append, follow=False, tail=2)
    thing("FWSS").logs(heard.append, follow=True, tail=2)
    assert heard == ["a", "b", "a", "bc"]
