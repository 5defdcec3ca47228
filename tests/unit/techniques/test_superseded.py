"""What the environment does not describe any more ends, before what takes its place begins."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import IPv4Address
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from deployments.model import Environment
from deployments.variant import as_technique
from flows.session import Session, known
from flows.steps.deploy_all import steps
from runs.step import Step, in_order
from tasks import step_names
from tasks.container.leftovers import superseded_containers_step
from tasks.guest.description import guest_xml, marked
from tasks.last_proof import keep_proof, proved
from tasks.techniques.superseded import superseded_guests_step
from tests.unit.instance.guests import Machines

DOMU = "centos7-VM"
KEY = "0123456789abcdef"
STATES = "".join(
    f"/var/lib/epos-virt/states/{name}-{KEY}-{guest}.state\n"
    for name, guest in (("lab", "indexGD"), ("lab", "RunQC"), ("another", "indexGD"))
)


def act(step: Step) -> None:
    for action in step.plan().actions:
        action.do()


def switched(environment: Environment, technique: Any, *names: str) -> Environment:
    """Give the environment with applications of another technique."""
    applications = tuple(
        as_technique(app, technique, domu=DOMU) if app.name in names else app
        for app in environment.applications
    )
    return environment.model_copy(update={"applications": applications})


@pytest.fixture
def machines(environment: Environment, canned: Callable[..., Any]) -> Machines:
    """Give a server on which the environment runs, another's guest, a copy and a leftover."""
    made = Machines(canned({"find /var/lib/epos-virt/states": STATES, "rm": ""}))
    unikernels = [app.name for app in environment.unikernels]
    for name in (DOMU, *unikernels, "compare-FWSS-unikernel", "measured", "theirs"):
        guest = guest_xml(environment, name, memory=2**26, vcpus=1, address=IPv4Address("10.0.7.9"))
        whose = "another" if name == "theirs" else environment.name
        more = {"temporary": "run-1"} if name == "measured" else {}
        made.define(name, marked(guest, whose, **more), active=True)
    made.define("Domain-0", "<domain/>", active=True)
    return made


def test_a_guest_that_became_a_container_is_ended_and_no_other(
    environment: Environment, machines: Machines, own_state: Path
) -> None:
    keep_proof(environment, {"files": 3})
    as_deployed = superseded_guests_step(environment, cast(Any, machines), [])
    assert not as_deployed.plan().actions
    now = switched(environment, "container", "indexGD")
    act(superseded_guests_step(now, cast(Any, machines), []))
    assert machines.noted == ["shut indexGD down", "undefine indexGD"]
    assert proved(environment) is None, "the next proof goes through everything"
    saved = f"/var/lib/epos-virt/states/lab-{KEY}-indexGD.state"
    told = cast(Any, machines.server).told
    assert told[-1] == ("rm", "-f", "--", saved), "its memory held its secrets"


def test_a_container_that_became_a_unikernel_is_removed_and_no_other(
    environment: Environment, machines: Machines, own_state: Path
) -> None:
    removed: list[str] = []
    listed = [
        SimpleNamespace(id=name, attrs={"Names": [f"/{name}"], "Labels": labels})
        for name, labels in {
            "fwss": {},
            "database": {},
            "compare-fwss-container": {},
            "measured": {"epos-virt.temporary": "run-1"},
        }.items()
    ]
    machines.engines[DOMU] = SimpleNamespace(
        containers=SimpleNamespace(list=lambda **_: listed),
        api=SimpleNamespace(remove_container=lambda key, force: removed.append(key)),
    )
    act(superseded_containers_step(environment, DOMU, cast(Any, machines), []))
    assert removed == []
    now = switched(environment, "unikernel", "FWSS")
    act(superseded_containers_step(now, DOMU, cast(Any, machines), []))
    assert removed == ["fwss"]


@pytest.mark.parametrize("technique", ["container", "unikernel", "vm"])
def test_whatever_they_become_the_old_ends_before_the_new_begins(
    environment: Environment, tmp_path: Path, own_state: Path, technique: str
) -> None:
    names = [app.name for app in environment.applications]
    now = switched(environment, technique, *names)
    if technique == "vm":
        [first, *_] = environment.domus
        own = [first.model_copy(update={"name": f"{name}-VM"}) for name in names]
        apps = [a.model_copy(update={"domu": f"{a.name}-VM"}) for a in now.applications]
        now = now.model_copy(update={"domus": (first, *own), "applications": tuple(apps)})
    session = Session(now, None, tmp_path, None)  # type: ignore[arg-type]  # plans nothing
    order = [step.name for step in in_order(known(steps(session), session))]
    begins = {
        "container": [step_names.compose(DOMU)],
        "unikernel": [step_names.unikernel(name) for name in names],
        "vm": [step_names.service(name) for name in names],
    }[technique]
    for old in (step_names.SUPERSEDED, step_names.superseded(DOMU)):
        assert order.index(old) < min(map(order.index, begins))
    assert order.index(step_names.SUPERSEDED) < order.index(step_names.root(DOMU))
