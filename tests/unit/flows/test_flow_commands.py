"""The commands of the flows: wrong input ends with status 2 and touches nothing, a plan only looks.

Two are started as a person starts them, the others call the command line's function. Every kind
of wrong input is tried in tests/unit/deployments.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

from commands import flow
from tests.patience import LONGEST

PROJECT = Path(__file__).parents[3]


def command(state: Path, name: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", f"flows.{name}", *map(str, arguments)],
        cwd=PROJECT,
        env=os.environ | {"EPOS_VIRT_STATE": str(state)},
        capture_output=True,
        text=True,
        timeout=LONGEST,
    )


def touched(state: Path) -> list[str]:
    """What a command made: a lab's machine, an engine, a run's folder or lock, all would show."""
    places = ("docker", "domus", "images", "lab/labs/*", "locks", "roots", "runs/*", "secrets")
    return [str(path) for place in places for path in state.glob(place)]


@pytest.fixture
def prepare_host(flows: ModuleType, own_state: Path) -> Iterator[Callable[..., int]]:
    """Promise `python -m flows.prepare_host` as a call; the process' signals stay as they were."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)}

    def call(*arguments: str | Path) -> int:
        return flow.main("prepare_host", [str(argument) for argument in arguments])

    yield call
    for number, handler in before.items():
        signal.signal(number, handler)


def test_a_malformed_environment_ends_with_2_and_touches_nothing(
    own_state: Path, tmp_path: Path
) -> None:
    file = tmp_path / "environment.yaml"
    file.write_text("schema: 1\nname: lab\nname: lab\n")
    ended = command(own_state, "deploy_all", file)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith(f"{file}:3: name: ")
    assert "  next: " in ended.stderr
    assert "Traceback" not in ended.stderr
    assert touched(own_state) == []
    assert not (own_state / "history.sqlite").exists()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "environment.yaml: no such file"),
        (b"", "environment.yaml:1: "),
        (b"\x00\x01", "environment.yaml"),
        (b'schema: 1\nname: "lab\n', "environment.yaml:2: "),
        (b"schema: 1\nnetwork:\n\tbridge: xenbr0\n", "environment.yaml:3: "),
        (b"!!python/object:os.system {}\n", "environment.yaml:1: "),
    ],
    ids=["missing", "empty", "binary", "unclosed quote", "tab", "python object"],
)
def test_what_cannot_be_an_environment_is_refused_by_every_command(
    prepare_host: Callable[..., int],
    own_state: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    content: bytes | None,
    said: str,
) -> None:
    file = tmp_path / "environment.yaml"
    if content is not None:
        file.write_bytes(content)
    assert prepare_host(file) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert said in err
    assert not own_state.exists()


def test_help_tells_the_options_and_the_exit_status(own_state: Path) -> None:
    ended = command(own_state, "deploy_all", "--help")
    assert ended.returncode == 0
    assert ended.stderr == ""
    for part in ("--plan", "--only", "--skip", "deployments/lab.yaml", "exit status: 0 done"):
        assert part in ended.stdout


def test_a_plan_without_a_lab_says_what_comes_after_it_and_touches_nothing(
    prepare_host: Callable[..., int], own_state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert prepare_host("--plan", "--detailed-exitcode") == 3
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == ["+ lab lab: lab lab is absent", "      python -m lab up --name lab"]
    assert "? packages: known after lab lab" in lines
    assert "? hypervisor: known after bridge xenbr0" in lines
    assert lines[-1].startswith("1 steps would change something, ")
    assert lines[-1].endswith("Nothing was touched.")
    assert touched(own_state) == []


def test_a_plan_as_json_has_a_row_for_each_step(
    prepare_host: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    assert prepare_host("--plan", "--only", "lab", "-o", "json") == 0
    assert json.loads(capsys.readouterr().out) == [
        {
            "step": "lab lab",
            "group": "prepare_host",
            "host": "this machine",
            "state": "change",
            "reason": "lab lab is absent",
            "actions": ["python -m lab up --name lab"],
            "details": [""],
        }
    ]


@pytest.mark.parametrize("option", ["--only", "--skip"])
def test_a_flow_with_nothing_to_do_in_an_environment_says_so(
    flows: ModuleType, own_state: Path, capsys: pytest.CaptureFixture[str], option: str
) -> None:
    assert flow.main("run_vms", ["--plan", option, "nosuch"]) == 2
    err = capsys.readouterr().err
    assert "this flow has nothing to do in " in err
    assert "deployments/lab.yaml" in err
    assert "add it first" not in err
    assert touched(own_state) == []


@pytest.mark.parametrize("option", ["--only", "--skip"])
def test_a_word_that_names_no_step_ends_with_2_and_the_known_words(
    prepare_host: Callable[..., int],
    own_state: Path,
    capsys: pytest.CaptureFixture[str],
    option: str,
) -> None:
    assert prepare_host("--plan", option, "nonsense") == 2
    err = capsys.readouterr().err
    assert "there is no step, group or kind of steps 'nonsense'" in err
    assert "next: known: bridge, bridge xenbr0, " in err
    assert touched(own_state) == []
