"""An application's own start: without its guest on the server, with the same root and settings."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from deployments.model import Environment
from errors import EposVirtError
from state import state_folder
from tasks.application import SECRETS, variables
from tasks.measuring.method import FIXED, REPETITIONS
from tasks.measuring.timed_start import Question, Start
from tasks.temporary import argument, folder_of
from tasks.unikernel.direct_start import WARM_UPS, direct_start, direct_starts
from tasks.unikernel.secret_disk import disk_path, secrets_of_guest
from toolchains import linux

QUESTION = Question("indexGD", "http", "10.0.7.210", 4000, "/health", "ok")
IMAGE: Any = SimpleNamespace(
    name="indexGD", key="0" * 64, kernel=Path("/cache/kernel"), root=Path("/cache/root")
)


class Channel:
    """A started program that says this; what is done to it is noted."""

    def __init__(self, said: str, told: str = "") -> None:
        self.said, self.told, self.noted = said, told, list[str]()

    def settimeout(self, _seconds: float) -> None:
        pass

    def makefile(self, _mode: str) -> Any:
        return io.StringIO(self.said)

    def makefile_stderr(self, _mode: str) -> Any:
        return io.BytesIO(self.told.encode())

    def shutdown_write(self) -> None:
        self.noted.append("end")

    def recv_exit_status(self) -> int:
        return 0

    def close(self) -> None:
        self.noted.append("close")


@pytest.fixture
def answered(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Promise a first answer 1.5 s after the program said that it begins; gives who was asked."""
    addresses: list[str] = []

    def timed(_server: object, question: Question, create: Callable[[], object]) -> Start:
        create()
        addresses.append(question.address)
        return Start(0.1, 2.0, 101.5)

    monkeypatch.setattr("tasks.unikernel.direct_start.timed_start", timed)
    return addresses


def test_it_is_timed_from_its_exec_to_its_answer_and_ended(
    own_state: Path, answered: list[str]
) -> None:
    channel = Channel("exec 100.0\n")
    server: Any = SimpleNamespace(name="server", open_command=lambda *_: channel)
    assert direct_start(server, QUESTION, ["run"]) == 1.5
    assert channel.noted == ["end", "close"]


def test_one_that_does_not_begin_is_told_with_what_it_said(
    own_state: Path, answered: list[str]
) -> None:
    channel = Channel("", "unshare: Operation not permitted")
    server: Any = SimpleNamespace(name="server", open_command=lambda *_: channel)
    with pytest.raises(EposVirtError, match="was not started on server itself") as failed:
        direct_start(server, QUESTION, ["run"])
    assert failed.value.seen == "unshare: Operation not permitted"
    assert channel.noted == ["end", "close"]


def test_it_gets_what_its_guest_gets_and_the_warm_up_is_left_out(
    environment: Environment, own_state: Path, answered: list[str]
) -> None:
    for name in ("read_token", "write_token"):
        (state_folder("secrets", environment.name) / name).write_text("canary")
    index = environment.application("indexGD")
    commands: list[tuple[str, ...]] = []

    def opened(*command: str) -> Channel:
        commands.append(command)
        return Channel("exec 100.0\n")

    server: Any = SimpleNamespace(name="server", open_command=opened)
    [figure] = direct_starts(environment, index, IMAGE, server, QUESTION, FIXED)
    assert (figure.metric, figure.values) == ("start_direct", [1.5] * REPETITIONS)
    assert len(commands) == REPETITIONS + WARM_UPS
    assert answered == ["127.0.0.1"] * len(commands)
    *_, program, text, mark = commands[0]
    assert (program, mark) == (linux.run_directly, argument(environment))
    asked = json.loads(text)
    assert asked["environment"] == variables(environment, index)
    assert asked["folder"] == folder_of(environment)
    archive = f"/dev/{environment.storage.group}/{index.volumes['archive']}"
    known = secrets_of_guest(environment, index)
    assert [archive, "/archive"] in asked["volumes"]
    assert [disk_path(environment, index, known), SECRETS] in asked["volumes"]
    assert "canary" not in text


def test_one_of_a_toolchain_that_cannot_has_no_such_figure(
    environment: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tasks.unikernel.direct_start.toolchain", lambda _: SimpleNamespace())
    server: Any = None
    index = environment.application("indexGD")
    assert direct_starts(environment, index, IMAGE, server, QUESTION, FIXED) == []
