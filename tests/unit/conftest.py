"""What several rooms' tests need: the lab's environment, and a server with canned answers."""

from __future__ import annotations

import fcntl
import os
import shlex
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from blocks.connection import CommandFailed, Connection, Result, SshTarget
from deployments.load import load_environment
from deployments.model import Environment
from tests.postgresql import PostgresTools, find_postgres
from tests.programs import compiled_sync
from tests.quick_history import Configure, without_waiting_for_disks
from tests.unit.unikernel.hosting_of_tests import HOSTED, NAME, Daemon

PROJECT = Path(__file__).parents[2]

Answers = Mapping[str, str | tuple[int, str]]  # standard output, or status and output


class CannedServer(Connection):
    """A server for parsers: answers with recorded output, and keeps what it was told to run.

    A command that no answer is given for fails the test: nothing is guessed.
    """

    def __init__(self, answers: Answers) -> None:
        """Take the answers by the beginning of the command they belong to."""
        nowhere = Path("/nonexistent")
        super().__init__(SshTarget("server", "10.0.7.100", 22, "root", nowhere, nowhere))
        self.answers_by_command = answers
        self.told: list[tuple[str, ...]] = []
        self.written: dict[str, str] = {}

    def run(self, *argv: str, accept: object = None, **rest: object) -> Result:
        self.told.append(argv)
        command = shlex.join(argv)
        known = max(
            (begin for begin in self.answers_by_command if command.startswith(begin)),
            key=len,
            default=None,
        )
        assert known is not None, f"the test has no answer to `{command}`"
        answer = self.answers_by_command[known]
        status, text = answer if isinstance(answer, tuple) else (0, answer)
        result = Result(argv, status, text, "")
        if isinstance(accept, set) and status not in accept:
            raise CommandFailed(self.name, result)
        return result

    def write(self, path: str, content: str | bytes, mode: str = "0644") -> None:
        self.written[path] = (
            content if isinstance(content, str) else content.decode(errors="replace")
        )


@pytest.fixture(scope="session", autouse=True)
def as_shipped() -> Iterator[Configure]:
    """Let histories wait for no disk; gives what configures a connection as it is shipped."""
    with without_waiting_for_disks() as configure:
        yield configure


@pytest.fixture(scope="session")
def postgres_tools() -> PostgresTools:
    return find_postgres()


@pytest.fixture(scope="session")
def classes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """EPOS_Sync_System, compiled as the toolchain does but for an older Java.

    Once for all workers of a run: the compiler takes seconds of a processor.
    """
    own = tmp_path_factory.getbasetemp()
    shared = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    made = shared / "sync-classes"
    with (shared / "sync-classes.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            compiled_sync(tmp_path_factory.mktemp("classes")).rename(made)
    return made


@pytest.fixture(scope="session")
def environment() -> Environment:
    return load_environment(PROJECT / "deployments" / "lab.yaml")


@pytest.fixture
def canned() -> Callable[[Answers], CannedServer]:
    return CannedServer


@pytest.fixture
def own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A state folder of the test's own: none may see or touch the operator's."""
    folder = tmp_path / "state"
    monkeypatch.setenv("EPOS_VIRT_STATE", str(folder))
    return folder


@pytest.fixture
def daemon(own_state: Path, monkeypatch: pytest.MonkeyPatch) -> Daemon:
    """Promise a toolchain whose instances answer where they really are, while they run."""
    from tasks.measuring.timed_start import Question
    from toolchains import TOOLCHAINS

    made = Daemon()
    made.address = "10.0.7.77"
    monkeypatch.setitem(TOOLCHAINS, NAME, made)

    def answers(_server: object, question: Question) -> bool:
        return made.answers(question.address)

    monkeypatch.setattr("tasks.instance.answer.answers", answers)
    return made


@pytest.fixture
def hosting_environment(environment: Environment) -> Environment:
    """Promise the lab's environment, in which the daemon hosts one unikernel."""
    applications = tuple(
        app.model_copy(update={"toolchain": NAME}) if app.name == HOSTED else app
        for app in environment.applications
    )
    return environment.model_copy(update={"applications": applications})
