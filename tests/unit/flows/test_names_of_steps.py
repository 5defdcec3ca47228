"""Steps name those they wait for: each name is one that a whole deployment has."""

from __future__ import annotations

from argparse import Namespace
from inspect import isfunction, signature
from ipaddress import IPv4Address
from pathlib import Path
from types import ModuleType

import pytest

from deployments.model import Environment
from flows.plan import plan
from flows.session import Session, check_words, known, open_session
from flows.shown.plan import show_plan
from flows.steps import (
    compare,
    compose_up,
    create_domu,
    deploy_all,
    measure,
    prepare_host,
    rebuild_and_measure,
    run_unikernels,
    run_vms,
    teardown,
)
from runs.step import Step, check_names, in_order, nothing
from tasks import step_names
from tasks.comparing.copies import with_copies

FLOWS = (
    *(compose_up, create_domu, deploy_all, measure, prepare_host),
    *(rebuild_and_measure, run_unikernels, run_vms, teardown),
)


def with_all(environment: Environment, name: str) -> Environment:
    """The same with copies of an application, one a technique: no machine of the lab is a vm."""
    return with_copies(environment, name, ("vm", "container", "unikernel"))[0]


@pytest.mark.parametrize("flow", FLOWS, ids=lambda flow: str(flow.__name__.rpartition(".")[2]))
def test_every_step_waits_only_for_steps_of_a_whole_deployment(
    own_state: Path, environment: Environment, flow: ModuleType
) -> None:
    with open_session(with_all(environment, "FWSS"), builds=False) as session:
        assert known(flow.steps(session), session)


@pytest.mark.parametrize("name", ["FWSS", "database", "RunQC"])
def test_so_does_every_step_of_a_comparison(
    own_state: Path, environment: Environment, name: str
) -> None:
    with open_session(with_all(environment, name), builds=False) as session:
        assert known(compare.steps(session, environment, name), session)


@pytest.mark.parametrize("flow", [deploy_all, teardown], ids=["deploy", "teardown"])
def test_whole_flows_wait_for_their_own_steps_only(
    own_state: Path, environment: Environment, flow: ModuleType
) -> None:
    with open_session(environment, builds=False) as session:
        check_names(flow.steps(session), list)


@pytest.mark.parametrize("flow", [compose_up, create_domu, deploy_all, run_unikernels])
def test_the_packet_filter_knows_whatever_is_started_before_it_is(
    own_state: Path, environment: Environment, flow: ModuleType
) -> None:
    with open_session(environment, builds=False) as session:
        names = [step.name for step in in_order(flow.steps(session))]
    starts = [name for name in names if name.startswith(("domu ", "compose ", "unikernel "))]
    assert starts
    assert names.index(step_names.PACKET_FILTER) < min(map(names.index, starts))


def test_two_applications_of_one_source_share_its_image(
    own_state: Path, environment: Environment
) -> None:
    [fwss] = [app for app in environment.containers if app.name == "FWSS"]
    second = fwss.model_copy(update={"name": "FWSS-2", "address": IPv4Address("10.0.7.210")})
    two = environment.model_copy(update={"applications": (*environment.applications, second)})
    with open_session(two, builds=False) as session:
        names = [step.name for step in known(deploy_all.steps(session), session)]
    assert names.count("image epos/fwss") == 1
    assert names.count("transfer epos/fwss to centos7-VM") == 1
    assert {"measure FWSS", "measure FWSS-2"} < set(names)


def step(name: str, *after: str) -> Step:
    return Step(name, "group", "server", lambda: nothing("there"), after)


def test_a_name_that_no_flow_has_is_refused() -> None:
    check_names([step("root vm", "volume a"), step("domu vm", "root vm")], lambda: ["volume a"])
    with pytest.raises(ValueError, match="wait for what no flow has: volumes a"):
        check_names([step("root vm", "volumes a")], lambda: ["volume a"])
    with pytest.raises(ValueError, match="of one name: root vm"):
        check_names([step("root vm"), step("root vm")], list)


def test_a_plan_refuses_such_a_name_as_a_run_does(
    own_state: Path, environment: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    def steps_of(_session: Session) -> list[Step]:
        return [step("root vm", "volumes a")]

    monkeypatch.setattr("flows.plan.steps", steps_of)
    monkeypatch.setattr(
        "flows.plan.open_session", lambda *_, **__: open_session(environment, builds=False)
    )
    refused = "wait for what no flow has: volumes a"
    with pytest.raises(ValueError, match=refused):
        show_plan(environment, steps_of, Namespace(only=[], skip=[], output="table"))
    with pytest.raises(ValueError, match=refused):
        plan.fn(environment.path)
    with pytest.raises(ValueError, match=refused):
        check_words(environment, steps_of, [], [])


def test_no_two_steps_share_a_name_and_each_tells_what_it_is_about() -> None:
    makers = [made for made in vars(step_names).values() if isfunction(made)]
    made = [make(*("one", "two")[: len(signature(make).parameters)]) for make in makers]
    fixed = [name for word, name in vars(step_names).items() if word.isupper()]
    assert len(set(made + fixed)) == len(makers) + len(fixed)
    assert all("one" in name for name in made)
