"""What a killed run left is found by its mark and removed; what has no such mark stays.

The scripts are the real ones, run by this machine's shell in the place of the server's.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree as xml

import libvirt
import pytest

from deployments.model import Environment
from tasks import temporary
from tasks.container.leftovers import container_leftovers_step, labels
from tasks.guest.description import mark_in, mark_temporary, marked
from tasks.guest.leftovers import end_guest, leftovers_step
from tasks.server.leftovers import temporary_files
from tasks.temporary import ATTRIBUTE, LABEL, argument, folder_of
from tests.patience import LONGEST
from tests.unit.conftest import Answers, CannedServer


class LocalServer:
    """This machine in the place of the server."""

    name = "this machine"

    def check(self, *argv: str, stdin: str = "") -> str:
        done = subprocess.run(argv, input=stdin, capture_output=True, text=True, check=True)
        return done.stdout


@pytest.fixture
def place(environment: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Promise the folder of this environment's temporary files, in a folder of the test's own."""
    monkeypatch.setattr(temporary, "FOLDER", str(tmp_path))
    folder = Path(folder_of(environment))
    folder.mkdir()
    return folder


@pytest.fixture
def program(environment: Environment) -> Iterator[subprocess.Popen[bytes]]:
    """Promise a program that has the mark among its arguments, as a direct start has."""
    command = [sys.executable, "-c", "import sys; sys.stdin.read()", argument(environment)]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as process:
        yield process
        process.kill()


class Domain:
    """A domain as libvirt has it: what runs may be another thing than what is defined."""

    def __init__(self, name: str, runs: str = "", defined: str = "") -> None:
        self._name, self.runs, self.defined = name, runs, defined

    def name(self) -> str:
        return self._name

    def UUIDString(self) -> str:
        return "4c6e1ea8-9e5c-4c6f-8a1d-0d7a3a1f9f5e"

    def XMLDesc(self, flags: int = 0) -> str:
        inactive = flags & libvirt.VIR_DOMAIN_XML_INACTIVE
        return self.defined if inactive or not self.runs else self.runs

    def isActive(self) -> int:
        return int(bool(self.runs))

    def isPersistent(self) -> int:
        return int(bool(self.defined))

    def destroy(self) -> None:
        assert self.runs
        self.runs = ""

    def undefine(self) -> None:
        self.defined = ""


class Machines:
    """The connections of a run: domains, and a server."""

    def __init__(self, server: Any, *domains: Domain) -> None:
        self.server, self.domains = server, domains

    def hypervisor(self) -> Any:
        return self

    def listAllDomains(self) -> list[Domain]:
        return [one for one in self.domains if one.runs or one.defined]

    def lookupByName(self, name: str) -> Domain:
        for one in self.listAllDomains():
            if one.name() == name:
                return one
        raise NoDomain(f"no domain {name}")


class NoDomain(libvirt.libvirtError):  # type: ignore[misc]
    def get_error_code(self) -> int:
        return int(libvirt.VIR_ERR_NO_DOMAIN)


def described(environment: str, **more: str) -> str:
    return marked(xml.Element("domain"), environment, **more)


def temporarily(description: str) -> str:
    element = xml.fromstring(description)
    mark_temporary(element, "20261126-090000-abc")
    return xml.tostring(element, encoding="unicode")


NO_FILES: Answers = {"sh -c": ""}


def test_a_temporary_mark_leaves_the_key_as_it_is() -> None:
    usual = described("lab")
    assert mark_in(temporarily(usual)) == mark_in(usual) | {ATTRIBUTE: "20261126-090000-abc"}


def test_nothing_left_is_no_change(environment: Environment) -> None:
    usual = Domain("indexGD", described("lab"), described("lab"))
    machines: Any = Machines(CannedServer(NO_FILES), usual, Domain("Domain-0", "<domain/>"))
    plan = leftovers_step(environment, machines, ()).plan()
    assert plan.actions == ()
    assert plan.reason == "no killed run left anything"


def test_each_temporary_guest_of_this_environment_is_ended_and_no_other(
    environment: Environment,
) -> None:
    mine = described("lab")
    null = Domain("null-guest-lab", "", described("lab", temporary="1"))
    small = Domain("indexGD", temporarily(mine), mine)
    made = Domain("RunQC", temporarily(mine), "")
    theirs = Domain("null-guest-other", "", described("other", temporary="1"))
    domu = Domain("centos7-VM", mine, mine)
    server = CannedServer({**NO_FILES, "xl vm-list": ""})
    machines: Any = Machines(server, null, small, made, theirs, domu)
    plan = leftovers_step(environment, machines, ()).plan()
    assert [action.what for action in plan.actions] == [
        "end guest null-guest-lab, which was temporary (run 1)",
        "end guest indexGD, which runs as it was measured (run 20261126-090000-abc)",
        "end guest RunQC, which was temporary (run 20261126-090000-abc)",
    ]
    for action in plan.actions:
        action.do()
    assert (null.runs, null.defined) == ("", "")
    assert (small.runs, small.defined) == ("", mine), "its definition stays"
    assert (made.runs, made.defined) == ("", "")
    assert theirs.defined
    assert domu.runs
    assert leftovers_step(environment, machines, ()).plan().actions == ()


def test_a_guest_that_xl_made_is_ended_by_the_uuid_of_its_definition(
    environment: Environment,
) -> None:
    one = Domain("indexGD-1", "", described("lab", temporary="bench.instances"))
    listed = f"UUID  ID  name\n{one.UUIDString()}  5  indexGD-1\n0000  6  other\n"
    server = CannedServer({"xl vm-list": listed, "xl destroy": ""})
    machines: Any = Machines(server, one)
    end_guest(environment, machines, "indexGD-1")
    assert server.told[-1] == ("xl", "destroy", "5")


def test_a_guest_of_the_same_name_without_the_mark_stays(environment: Environment) -> None:
    foreign = Domain("null-guest-lab", "<domain/>", "<domain/>")
    machines: Any = Machines(None, foreign)
    end_guest(environment, machines, "null-guest-lab")
    assert foreign.runs


def test_files_and_programs_are_found_and_removed(
    environment: Environment, place: Path, program: subprocess.Popen[bytes]
) -> None:
    (place / "indexGD.state").write_text("half")
    (place / "direct-start-x").mkdir()
    other = place.with_name("other")
    other.mkdir()
    server: Any = LocalServer()
    assert sorted(temporary_files(environment, server)) == [
        f"{place}/direct-start-x",
        f"{place}/indexGD.state",
        f"process {program.pid}",
    ]
    machines: Any = Machines(server)
    [action] = leftovers_step(environment, machines, ()).plan().actions
    action.do()
    assert program.wait(LONGEST) == -9
    assert (place.exists(), other.exists()) == (False, True)
    assert leftovers_step(environment, machines, ()).plan().actions == ()


def test_an_argument_that_only_begins_like_the_mark_is_another_s(
    environment: Environment, place: Path
) -> None:
    other = environment.model_copy(update={"name": "lab-2"})
    command = [sys.executable, "-c", "import sys; sys.stdin.read()", argument(other)]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as process:
        server: Any = LocalServer()
        assert temporary_files(environment, server) == []
        process.kill()


class Engine:
    """An engine that lists what it is asked for by labels."""

    def __init__(self, containers: dict[str, dict[str, str]]) -> None:
        self.labelled = containers
        self.containers = self
        self.images = SimpleNamespace(list=lambda filters: [])
        self.api = self

    def list(self, all: bool, sparse: bool, filters: dict[str, list[str]]) -> list[Any]:
        return [
            SimpleNamespace(id=name, attrs={"Names": [f"/{name}"]})
            for name, has in self.labelled.items()
            if all and sparse and all_in(filters["label"], has)
        ]

    def remove_container(self, key: str, force: bool) -> None:
        assert force
        del self.labelled[key]


def all_in(wanted: list[str], has: dict[str, str]) -> bool:
    pairs = {*has, *(f"{name}={value}" for name, value in has.items())}
    return set(wanted) <= pairs


def test_only_temporary_containers_of_this_environment_are_removed(
    environment: Environment,
) -> None:
    other = environment.model_copy(update={"name": "other"})
    usual = {"epos-virt.environment": "lab"}
    engine = Engine(
        {
            "gifted": labels(environment, "run"),
            "theirs": labels(other, "run"),
            "fwss": usual,
            "foreign": {LABEL: "x"},
        }
    )
    machines: Any = SimpleNamespace(engine=lambda name: engine)
    step = container_leftovers_step(environment, "centos7-VM", machines, ())
    [action] = step.plan().actions
    assert action.what == "remove container gifted"
    action.do()
    assert set(engine.labelled) == {"theirs", "fwss", "foreign"}
    assert step.plan().actions == ()
