"""Hosted by a toolchain's daemon: seen, stopped, started, removed as everything else is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from deployments.model import Environment
from errors import EposVirtError, WrongInput
from runs.step import Step
from tasks.instance.instance import Instance
from tasks.techniques.techniques import Techniques
from tasks.unikernel.hosted_instance import Hosted, hosted_step
from tasks.unikernel.hosted_thing import HostedThing
from tests.unit.unikernel.hosting_of_tests import HOSTED, Daemon
from toolchains import HostedInstance

FOREIGN = HostedInstance(name=HOSTED, identity="9", image="somebodys", address="", state="running")
CONNECTIONS: Any = SimpleNamespace(server=None)


@pytest.fixture
def thing(daemon: Daemon, hosting_environment: Environment) -> HostedThing:
    techniques = Techniques(hosting_environment, CONNECTIONS, Path("/nonexistent"))
    made = techniques.of(hosting_environment.application(HOSTED))
    assert isinstance(made, HostedThing)
    return made


@pytest.fixture
def step(daemon: Daemon, hosting_environment: Environment) -> Step:
    application = hosting_environment.application(HOSTED)
    return hosted_step(Hosted(hosting_environment, application, daemon, CONNECTIONS), ["before"])


def carry_out(step: Step) -> str:
    plan = step.plan()
    for action in plan.actions:
        action.do()
    return plan.reason


def test_others_of_the_environment_stay_guests_of_ours(
    daemon: Daemon, hosting_environment: Environment
) -> None:
    techniques = Techniques(hosting_environment, CONNECTIONS, Path("/nonexistent"))
    kinds = [type(techniques.of(app)).__name__ for app in hosting_environment.unikernels]
    assert kinds.count("HostedThing") == 1
    assert set(kinds) == {"HostedThing", "UnikernelThing"}


def test_it_is_seen_as_its_daemon_says(daemon: Daemon, thing: HostedThing) -> None:
    own = str(thing.hosted.application.address)
    assert thing.look() == Instance(name=HOSTED, technique="unikernel", state="absent", address=own)
    assert thing.start()
    assert thing.look() == Instance(
        name=HOSTED,
        technique="unikernel",
        state="running",
        address="10.0.7.77",
        image="epos-indexgd-0123456789abcdef",
    )
    daemon.there[HOSTED] = daemon.there[HOSTED].model_copy(update={"address": ""})
    assert thing.look().address == own  # nobody knows another
    daemon.there[HOSTED] = FOREIGN
    assert thing.look().state == "not ours"
    daemon.is_down = True
    assert thing.look().state == "hosting does not answer"


@pytest.mark.parametrize("forgets", [False, True], ids=["keeps", "forgets"])
def test_what_was_stopped_is_started_again(
    daemon: Daemon, thing: HostedThing, forgets: bool
) -> None:
    daemon.forgets = forgets
    assert [thing.start(), thing.start()] == [True, False]
    assert [thing.stop(), thing.stop()] == [True, False]
    assert thing.look().state == ("absent" if forgets else "stopped")
    assert thing.start()
    assert thing.look().state == "running"
    assert daemon.started == 2


def test_one_that_does_not_answer_is_started_anew(daemon: Daemon, thing: HostedThing) -> None:
    thing.start()
    daemon.dumb.add("1")
    daemon.asked.clear()
    assert thing.start()
    assert daemon.asked == [f"build {HOSTED}", f"remove {HOSTED}", f"start {HOSTED}"]


def test_it_is_removed_once(daemon: Daemon, thing: HostedThing) -> None:
    thing.start()
    assert [thing.remove(), thing.remove()] == [True, False]
    assert daemon.there == {}


def test_its_last_lines_are_shown_without_control_characters(thing: HostedThing) -> None:
    heard: list[str] = []
    with pytest.raises(EposVirtError, match=f"{HOSTED} is not there"):
        thing.logs(heard.append, follow=False, tail=2)
    thing.start()
    thing.logs(heard.append, follow=False, tail=0)
    assert heard == []
    thing.logs(heard.append, follow=False, tail=2)
    assert heard == ["has number", "1"]
    with pytest.raises(WrongInput) as error:
        thing.logs(heard.append, follow=True, tail=2)
    assert error.value.remedy == "leave --follow out"


@pytest.mark.parametrize("act", ["stop", "start", "remove"])
def test_one_that_is_not_ours_is_left_alone(daemon: Daemon, thing: HostedThing, act: str) -> None:
    daemon.there[HOSTED] = FOREIGN
    with pytest.raises(EposVirtError, match="not ours") as error:
        cast(Callable[[], bool], getattr(thing, act))()
    assert error.value.seen == "its image is somebodys"
    assert daemon.asked == []


def test_a_second_deployment_finds_what_the_first_started(daemon: Daemon, step: Step) -> None:
    assert [carry_out(step), carry_out(step)] == ["its image is not built yet", "runs and answers"]
    assert daemon.asked == [f"build {HOSTED}", f"start {HOSTED}"]
    daemon.dumb.add("1")
    assert carry_out(step) == "differs, or does not answer"
    assert [one.identity for one in daemon.instances()] == ["2"]
    assert step.name == f"unikernel {HOSTED}"
    assert step.after == ("before",)


def test_a_deployment_never_replaces_what_is_not_ours(daemon: Daemon, step: Step) -> None:
    daemon.there[HOSTED] = FOREIGN
    with pytest.raises(EposVirtError, match="not ours"):
        step.plan()
    assert daemon.asked == []


def test_a_plan_has_nothing_built(daemon: Daemon, step: Step) -> None:
    [action] = step.plan().actions
    assert action.what == "build it with toolchain hosting, then do what it is needed for"
    assert daemon.asked == []
    daemon.built.add(HOSTED)
    assert [action.what for action in step.plan().actions] == ["start it, wait for its answer"]
    assert step.plan().reason == "is missing"
