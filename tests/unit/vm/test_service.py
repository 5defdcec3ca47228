"""The service of an application in its own domU: sent, told apart from what is there, seen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from deployments.model import Environment
from state import state_folder
from tasks.comparing.copies import with_copies
from tasks.container.saved_image import EntryPoint
from tasks.domu.thing import DomuThing
from tasks.instance.instance import Instance
from tasks.secret import digest
from tasks.vm.measuring import vm_subject
from tasks.vm.service import UNIT_FILE, Service, service_step
from tasks.vm.thing import VmThing
from tasks.vm.unit import PREPARATION, UNITS

STARTED = EntryPoint(("/usr/bin/python3", "main.pyc"), {"A": "b"}, "/app", 1000, 1000, "SIGTERM")
LISTED = """{"report": [{"lv": [{"vg_name": "epos", "lv_name": "archive", "lv_size": "134217728B",
 "lv_tags": "epos-virt,epos-virt.content=c0ffee"}]}]}"""
SECRET = "canary"


class Machines:
    """A server and a domU that are canned."""

    def __init__(self, server: Any, domu: Any) -> None:
        self.server, self._domu = server, domu

    def domu(self, name: str) -> Any:
        assert name == "compare-indexGD-vm-VM"
        return self._domu


@pytest.fixture
def beside(environment: Environment, own_state: Path) -> Environment:
    (state_folder("secrets", environment.name) / "write_token").write_text(SECRET)
    return with_copies(environment, "indexGD", ("vm",))[0]


@pytest.fixture
def service(beside: Environment, canned: Any) -> Service:
    machines: Any = Machines(canned({"lvs": LISTED}), None)
    return Service(beside, beside.application("compare-indexGD-vm"), machines)


def there(service: Service, **changed: str | tuple[int, str]) -> dict[str, Any]:
    """What a domU answers in which all is as it should be, but for what is changed."""
    secrets = f"{digest(SECRET)}  /srv/epos/secrets/write_token\n"
    whole = {
        "root": STARTED.as_json(),
        "secrets": secrets,
        "unit": service.unit(STARTED),
        "active": "active\n",
    }
    found = {**whole, **changed}
    return {
        f"cat {service.root}/started.json": found["root"],
        "sha256sum": found["secrets"],
        f"cat {UNIT_FILE}": found["unit"],
        "systemctl is-active": found["active"],
        "test -e": (1, ""),
    }


@pytest.mark.parametrize(
    ("changed", "reason", "first"),
    [
        ({"root": (1, "")}, "its root is missing or another", "send its root"),
        ({"secrets": ""}, "its secrets differ", "put write_token"),
        ({"unit": "other"}, "its service differs", f"write {UNIT_FILE}"),
        ({"active": (3, "inactive\n")}, "it does not run", f"write {UNIT_FILE}"),
    ],
)
def test_what_differs_is_told_and_ends_with_its_answer(
    service: Service, canned: Any, changed: dict[str, Any], reason: str, first: str
) -> None:
    service.connections._domu = canned(there(service, **changed))  # type: ignore[attr-defined]
    found, actions = service.differences()
    assert found == reason
    assert actions[0].what.startswith(first)
    assert [action.what for action in actions][-2:] == [
        f"wait for its answer on {service.application.address}",
        "remove older roots",
    ]


def test_where_nothing_differs_nothing_is_done(
    service: Service, canned: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.connections._domu = canned(there(service))  # type: ignore[attr-defined]
    monkeypatch.setattr(Service, "answers_soon", lambda _service: True)
    step = service_step(service.environment, service.application, service.connections, ["x"])
    assert (step.name, step.after) == ("vm compare-indexGD-vm", ("x",))
    assert step.plan().actions == ()


def test_another_archive_or_secret_starts_it_anew(service: Service) -> None:
    text = service.unit(STARTED)
    assert "# content archive: c0ffee" in text
    assert f"# secret write_token: {digest(SECRET)}" in text
    assert SECRET not in text
    assert 'BindReadOnlyPaths="/srv/epos/volumes/archive":"/archive"' in text


def test_its_start_writes_its_service_and_the_places_of_its_volumes(
    service: Service, canned: Any
) -> None:
    answers = {**there(service), "mkdir": "", "sh -c": "", "systemctl": ""}
    domu = canned(answers)
    service.connections._domu = domu  # type: ignore[attr-defined]
    service.start()
    archive = f"{UNITS}/srv-epos-volumes-archive.mount"
    assert list(domu.written) == [archive, f"{UNITS}/{PREPARATION}", UNIT_FILE]
    assert domu.written[UNIT_FILE] == service.unit(STARTED)
    assert domu.told[-1][:2] == ("systemctl", "restart")
    [made] = [told for told in domu.told if told[0] == "mkdir"]
    assert f"{service.root}/files/archive" in made


def test_its_machine_is_the_thing_and_says_how_its_service_is(
    service: Service, canned: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = DomuThing.__new__(DomuThing)
    machine.domu = service.environment.domu("compare-indexGD-vm-VM")
    seen = Instance(name="x", technique="vm", state="running", address="10.0.7.254")
    monkeypatch.setattr(DomuThing, "look", lambda _thing: seen)
    service.connections._domu = canned({"systemctl is-active": (3, "failed\n")})  # type: ignore[attr-defined]
    thing = VmThing(service.environment, service.connections, service.application, machine)
    assert thing.look().state == "service failed"
    assert (thing.name, thing.host) == ("compare-indexGD-vm", "compare-indexGD-vm-VM")
    assert thing.started_by == "vm compare-indexGD-vm"
    assert thing.subject("run").technique == "vm"


def test_its_figures_are_of_its_own_name_unless_another_is_said(service: Service) -> None:
    subject = vm_subject(service.environment, service.connections, service.application)
    assert (subject.name, subject.recorded_as) == ("compare-indexGD-vm", "")
