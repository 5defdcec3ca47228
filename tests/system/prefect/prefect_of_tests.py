"""`python -m flows.serve` as a person starts it, with a state and a port of the tests' own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from prefect.settings import (
    PREFECT_API_URL,
    PREFECT_HOME,
    PREFECT_LOGGING_LEVEL,
    temporary_settings,
)

from runs.prefect_server import prefect_server
from runs.wait import wait_until
from tests.patience import LONGEST
from tests.system.lab_of_tests import ROOT


@dataclass
class Serving:
    """A running flows.serve."""

    state: Path
    port: int
    process: subprocess.Popen[str]
    lines: list[str] = field(default_factory=list)

    @property
    def ui(self) -> str:
        """Where its server's UI is."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def login(self) -> str:
        """The login that its server asks for."""
        return (self.state / "prefect" / "login").read_text().strip()

    def said(self, text: str) -> str:
        """Wait until it has said something, and give that line."""

        def found() -> str | None:
            ended = self.process.poll() is not None
            line = next((line for line in self.lines if text in line), None)
            if line is None and ended:
                pytest.fail(f"flows.serve ended and did not say {text!r}:\n{''.join(self.lines)}")
            return line

        return wait_until(
            found, what=f"flows.serve saying {text!r}", within=LONGEST, remedy="see its lines"
        )

    @contextmanager
    def client(self) -> Iterator[httpx.Client]:
        """Give a client of the API that has logged in, and has a CSRF token."""
        user, _, password = self.login.partition(":")
        api = f"{self.ui}/api"
        with httpx.Client(base_url=api, auth=(user, password), timeout=LONGEST) as client:
            own = uuid.uuid4().hex  # another client of the same name would make its token invalid
            token = client.get("/csrf-token", params={"client": own}).json()["token"]
            client.headers.update({"Prefect-Csrf-Token": token, "Prefect-Csrf-Client": own})
            yield client

    def ask(self, path: str, **question: Any) -> Any:
        """Ask the API; gives its answer's JSON."""
        with self.client() as client:
            answer = client.post(path, json=question)
            answer.raise_for_status()
            return answer.json()

    def deployment(self, flow: str = "deploy_all") -> str:
        """Give the id of a flow's deployment."""
        wanted = {"flows": {"name": {"any_": [flow]}}}
        return cast(str, self.ask("/deployments/filter", **wanted)[0]["id"])

    def start(self, flow: str = "deploy_all", **parameters: Any) -> str:
        """Start a run of a flow, as the UI and `prefect deployment run` do; gives its id."""
        path = f"/deployments/{self.deployment(flow)}/create_flow_run"
        return cast(str, self.ask(path, parameters=parameters)["id"])

    def runs(self, flow: str = "deploy_all") -> list[dict[str, Any]]:
        """Give the runs of a flow that this carries out, not a shell's; those due first first."""
        wanted = {
            "flows": {"name": {"any_": [flow]}},
            "deployments": {"name": {"any_": ["nightly", "deploy", "on-demand"]}},
            "sort": "EXPECTED_START_TIME_ASC",
        }
        return cast(list[dict[str, Any]], self.ask("/flow_runs/filter", **wanted))

    def newest(self, artifact: str) -> dict[str, Any]:
        """Give the newest version of an artifact."""
        kept = self.ask("/artifacts/filter", artifacts={"key": {"any_": [artifact]}})
        return cast(dict[str, Any], max(kept, key=lambda one: str(one["created"])))

    def ended_runs(self, flow: str = "deploy_all") -> set[str]:
        """Give the ids of the runs of a flow that have ended, whenever that was."""
        return {run["id"] for run in self.runs(flow) if run["end_time"]}

    def ended(self, run: str, flow: str = "deploy_all") -> dict[str, Any]:
        """Wait until a run has ended, and give it."""

        def done() -> dict[str, Any] | None:
            found = next(one for one in self.runs(flow) if one["id"] == run)
            return found if found["end_time"] else None

        return wait_until(done, what=f"the end of run {run}", within=LONGEST, remedy="")

    def stop(self, number: int = signal.SIGTERM) -> int:
        """End it as a person or systemd does; gives its exit status."""
        self.process.send_signal(number)
        return self.process.wait(LONGEST)


@contextmanager
def own_prefect(home: Path) -> Iterator[str]:
    """Use a Prefect server of the tests' own while the block runs; gives its API's address."""
    settings = {
        PREFECT_API_URL: None,
        PREFECT_HOME: str(home),
        PREFECT_LOGGING_LEVEL: "CRITICAL",
    }
    with pytest.MonkeyPatch.context() as patch, temporary_settings(settings):
        patch.setenv("EPOS_VIRT_STATE", str(home))
        patch.setenv("PREFECT_HOME", str(home))
        patch.setenv("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
        patch.setenv("DO_NOT_TRACK", "1")
        patch.delenv("PREFECT_API_URL", raising=False)
        with prefect_server() as url:
            yield url


@contextmanager
def serve(
    state: Path, *arguments: str, cwd: Path, port: int | None = None, **environment: str
) -> Iterator[Serving]:
    """Run flows.serve while the block runs; it may not yet be ready when this is entered."""
    port = port or free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "flows.serve", *arguments]
        + ([] if "PREFECT_API_URL" in environment else ["--port", str(port)]),
        cwd=cwd,
        env=without_prefect() | surroundings(state) | environment,
        stderr=subprocess.PIPE,
        text=True,
    )
    serving = Serving(state, port, process)
    reader = threading.Thread(target=_read, args=(process, serving.lines))
    reader.start()
    try:
        yield serving
    finally:
        if process.poll() is None:
            process.terminate()
        process.wait(LONGEST)
        reader.join()


def _read(process: subprocess.Popen[str], lines: list[str]) -> None:
    assert process.stderr is not None
    with process.stderr as stream:
        lines.extend(stream)


def surroundings(state: Path) -> dict[str, str]:
    """Give what makes a command of the project use this state, from any folder."""
    return {"EPOS_VIRT_STATE": str(state), "PYTHONPATH": str(ROOT)}


def without_prefect() -> dict[str, str]:
    """Give this process' environment as a new shell has it: nothing set for Prefect."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}


def free_port() -> int:
    """Give a port of loopback that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def wait_for_port(port: int) -> None:
    """Wait until somebody listens."""

    def listens() -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    wait_until(listens, what=f"port {port}", within=LONGEST, remedy="")


def harmless_environment(folder: Path, name: str = "harmless") -> Path:
    """Write the lab's environment with a server that is not there: steps on this machine work."""
    text = (ROOT / "deployments" / "lab.yaml").read_text()
    text = text.replace("name: lab\n", f"name: {name}\n", 1)
    text = text.replace("  name: epos-lab\n  lab: lab\n", "  name: nowhere\n  lab: nowhere\n")
    text = text.replace("../apps/", f"{os.path.relpath(ROOT / 'apps', folder)}/")
    text = text.replace("../../shared", os.path.relpath(ROOT.parent / "shared", folder))
    path = folder / f"{name}.yaml"
    path.write_text(text)
    return path
