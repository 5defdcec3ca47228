"""What cannot be recorded is not begun: a run's history is opened before any of its steps."""

from __future__ import annotations

from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from history import Platform
from history.database import HistoryUnavailable
from runs.interruption import interruptible


class FullHistory:
    """A history on a disk that is full."""

    def begin_run(self, *_asked: object) -> str:
        raise HistoryUnavailable("the history could not be used", remedy="free space")


def test_05_a_run_that_cannot_be_recorded_changes_nothing(flows: ModuleType) -> None:
    from flows.begun import recorded

    begun: list[str] = []
    named = SimpleNamespace(name="lab")
    session: Any = SimpleNamespace(history=FullHistory(), environment=named)
    with (
        interruptible() as ended,
        pytest.raises(HistoryUnavailable),
        recorded(session, "deploy_all", Platform(), ended),
    ):
        begun.append("a step")
    assert begun == []


def test_09_no_flow_takes_a_secret_as_a_parameter(flows: ModuleType) -> None:
    from importlib import import_module

    from deployments.offered import OFFERED
    from deployments.text import holds_secret

    for one in OFFERED:
        flow = getattr(import_module(f"flows.{one.flow}"), one.flow)
        told = flow.parameters.model_dump()["properties"]
        assert told
        assert [name for name in told if holds_secret(name)] == []
        assert "SecretStr" not in str(told) and '"password"' not in str(told)
