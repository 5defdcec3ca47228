"""The command that makes secrets anew: it asks before it touches anything, and is remembered."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from commands import instances
from commands.rotate_secrets import main
from deployments.load import load_environment
from flows.session import Session
from history import History
from tasks.secret import local_secrets, made_secret
from tests.unit.commands.started import PROJECT

LAB = PROJECT / "deployments" / "lab.yaml"
STATE = "/var/lib/epos-virt/states/lab-0123456789abcdef-indexGD.state"


@pytest.fixture
def server(own_state: Path, canned: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Promise a server with a saved state, which no command of this test connects to."""
    made = canned({"find": f"{STATE}\n", "rm": ""})

    @contextmanager
    def opened(file: Path, names: list[str], *, alone: bool) -> Iterator[Any]:
        with History() as history:
            machines = SimpleNamespace(server=made)
            environment = load_environment(file)
            session = Session(environment, cast(Any, machines), own_state, history)
            yield session, []

    monkeypatch.setattr(instances, "opened", opened)
    return made


def test_a_plan_tells_and_touches_nothing(
    server: Any, capsys: pytest.CaptureFixture[str], own_state: Path
) -> None:
    made_secret("lab", "write_token")
    before = local_secrets("lab", ["write_token"])
    assert main(["-e", str(LAB), "--plan", "-o", "json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["secrets"]["write_token"] == ["FWSS", "indexGD", "RunQC"]
    assert told["states"] == [STATE]
    assert local_secrets("lab", ["write_token"]) == before
    assert all(argv[0] == "find" for argv in server.told)


def test_without_a_yes_nothing_is_touched(
    server: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    made_secret("lab", "write_token")
    before = local_secrets("lab", ["write_token"])
    monkeypatch.setattr("sys.stdin", SimpleNamespace(isatty=lambda: False))
    assert main(["-e", str(LAB), "--only", "write_token"]) == 2
    said = capsys.readouterr().err
    assert "not confirmed: this makes 1 secrets of lab anew; 3 applications start anew" in said
    assert local_secrets("lab", ["write_token"]) == before


def test_it_makes_them_and_the_history_has_it(
    server: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    made_secret("lab", "write_token")
    before = local_secrets("lab", ["write_token"])
    assert main(["-e", str(LAB), "--only", "write_token", "--yes"]) == 0
    shown = capsys.readouterr()
    assert "write_token: made anew; read by FWSS, indexGD, RunQC" in shown.out
    assert "python -m flows.deploy_all" in shown.err
    after = local_secrets("lab", ["write_token"])
    assert after != before
    assert not {*before.values(), *after.values()} & {*shown.out.split(), *shown.err.split()}
    assert ("rm", "-f", "--", STATE) in server.told
    with History() as history:
        [run] = history.runs().to_dict("records")
        assert (run["flow"], run["state"], run["changed"]) == ("rotate_secrets", "done", 2)
