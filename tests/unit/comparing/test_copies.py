"""Copies of an application: one a technique, beside what runs, and nothing of them afterwards."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.etree import ElementTree as xml

import pytest

from deployments.checks.names import COPIES
from deployments.model import Environment, Technique
from errors import WrongInput
from flows.session import Session, known
from flows.steps.compare import steps
from flows.steps.prepare_host import steps as host_steps
from runs.step import in_order
from tasks import step_names
from tasks.comparing.copies import copy_name, with_copies
from tasks.comparing.leftover_copies import copies_step

ALL: tuple[Technique, ...] = ("vm", "container", "unikernel")


@pytest.mark.parametrize("name", ["indexGD", "database", "Products_Portal", "EPOS_Sync_System"])
def test_any_application_is_copied_in_every_technique(environment: Environment, name: str) -> None:
    beside, copies = with_copies(environment, name, ALL)
    assert [copy.technique for copy in copies] == list(ALL)
    named = beside.model_dump_json(exclude={"path"}, by_alias=True).replace(COPIES, "copy-of-")
    Environment.model_validate_json(named)  # but for their names, which no file may have
    addresses = {app.address for app in environment.applications}
    assert not addresses & {copy.address for copy in copies}
    assert len({copy.address for copy in copies}) == 3


def test_a_copy_has_data_of_its_own_and_reads_what_the_original_reads(
    environment: Environment,
) -> None:
    _, databases = with_copies(environment, "database", ALL)
    data = [copy.volumes["data"] for copy in databases]
    assert data == [f"{copy_name('database', one)}-data" for one in ALL]
    assert environment.application("database").volumes["data"] not in data
    _, indexers = with_copies(environment, "indexGD", ALL)
    assert {copy.volumes["archive"] for copy in indexers} == {"archive"}


def test_only_a_guest_without_a_domu_needs_a_volume_for_its_data(environment: Environment) -> None:
    before = {volume.name for volume in environment.storage.volumes}
    beside, _ = with_copies(environment, "database", ALL)
    more = {volume.name for volume in beside.storage.volumes} - before
    assert more == {"compare-database-unikernel-data", "compare-database-vm-VM"}


def test_what_is_not_there_is_told_before_anything_is_made(environment: Environment) -> None:
    with pytest.raises(WrongInput, match="there is no application 'FWS'"):
        with_copies(environment, "FWS", ALL)
    nowhere = environment.model_copy(update={"domus": (), "applications": ()})
    alone = nowhere.model_copy(update={"applications": environment.unikernels})
    with pytest.raises(WrongInput, match="no domU with an engine"):
        with_copies(alone, "RunQC", ALL)
    _, copies = with_copies(alone, "RunQC", ("vm", "unikernel"))
    assert [copy.technique for copy in copies] == ["vm", "unikernel"]


@pytest.fixture
def comparing(environment: Environment, tmp_path: Path, own_state: Path) -> list[Any]:
    beside, _ = with_copies(environment, "FWSS", ALL)
    session = Session(beside, None, tmp_path, None)  # type: ignore[arg-type]  # plans nothing
    return list(known(steps(session, environment, "FWSS"), session))


def test_only_what_copies_stand_on_is_made_and_they_end_when_all_is_measured(
    comparing: list[Any],
) -> None:
    names = [step.name for step in in_order(comparing)]
    assert "volume epos/compare-FWSS-vm-VM" in names
    assert {step_names.volume("epos", "root"), "bridge xenbr0", "unikernel RunQC"}.isdisjoint(names)
    measured = [name for name in names if name.startswith("measure ")]
    assert {f"measure {copy_name('FWSS', one)}" for one in ALL} <= set(measured)
    assert names[0] == "as-described centos7-VM", "what runs is looked at before anything is made"
    assert names[-2:] == [step_names.COPIES, step_names.WITHOUT_COPIES]
    assert names.index(step_names.PACKET_FILTER) < names.index("domu compare-FWSS-vm-VM")
    assert max(map(names.index, measured)) < names.index("compose-without-copies centos7-VM")
    assert {step.group for step in comparing} == {"compare", "measure"}


def test_a_deployment_looks_for_copies_that_a_killed_run_left(
    environment: Environment, tmp_path: Path, own_state: Path
) -> None:
    session = Session(environment, None, tmp_path, None)  # type: ignore[arg-type]  # plans nothing
    assert step_names.OLD_COPIES in [step.name for step in host_steps(session)]


class Guest:
    """A domain that is there, of an environment."""

    def __init__(self, name: str, environment: str) -> None:
        self._name, self.of, self.gone = name, environment, False

    def name(self) -> str:
        return self._name

    def XMLDesc(self, _flags: int = 0) -> str:
        root = xml.Element("domain")
        metadata = xml.SubElement(root, "metadata")
        xml.SubElement(metadata, "{urn:epos-virt:1}guest", environment=self.of, key="k")
        return xml.tostring(root, encoding="unicode")

    def isActive(self) -> bool:
        return False

    def undefine(self) -> None:
        self.gone = True


class Machines:
    """A server with guests and volumes."""

    def __init__(self, server: Any, guests: list[Guest]) -> None:
        self.server, self.guests = server, guests

    def hypervisor(self) -> Machines:
        return self

    def listAllDomains(self) -> list[Guest]:
        return self.guests

    def lookupByName(self, name: str) -> Guest:
        return next(guest for guest in self.guests if guest.name() == name)


VOLUMES = """{"report": [{"lv": [
 {"vg_name": "epos", "lv_name": "compare-FWSS-vm-VM", "lv_size": "1073741824B",
  "lv_tags": "epos-virt,epos-virt.environment=lab"},
 {"vg_name": "epos", "lv_name": "compare-mine", "lv_size": "1073741824B", "lv_tags": ""},
 {"vg_name": "epos", "lv_name": "archive", "lv_size": "134217728B",
  "lv_tags": "epos-virt,epos-virt.environment=lab"}]}]}"""


def test_copies_go_and_nothing_else(environment: Environment, canned: Any) -> None:
    server = canned({"lvs": VOLUMES, "lvremove": ""})
    guests = [
        Guest("compare-FWSS-vm-VM", "lab"),
        Guest("compare-FWSS-unikernel", "another"),
        Guest("RunQC", "lab"),
    ]
    step = copies_step(environment, Machines(server, guests), "copies", "compare", [])  # type: ignore[arg-type]
    plan = step.plan()
    assert [action.what for action in plan.actions] == [
        "end and undefine compare-FWSS-vm-VM",
        "lvremove epos/compare-FWSS-vm-VM",
    ]
    for action in plan.actions:
        action.do()
    assert [guest.gone for guest in guests] == [True, False, False]
    assert any("compare-FWSS-vm-VM" in " ".join(told) for told in server.told)
