"""docs/add-an-application.md, followed to the letter: from ten lines to a running unikernel."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import pytest

from runs.wait import wait_until
from tests.system.lab_of_tests import LONGEST, ROOT

PAGE = (ROOT / "docs" / "add-an-application.md").read_text()
BLOCKS = re.findall(r"^```sh\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
ENVIRONMENT = os.environ | {
    "PYTHONPATH": str(ROOT),
    "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
}


def blocks_of(folder: str) -> tuple[str, str]:
    """Give the block that writes an application, and the command that runs it."""
    [writes] = [block for block in BLOCKS if f"mkdir -p my/{folder}" in block]
    [runs] = [block for block in BLOCKS if f"run my/{folder} " in block]
    return writes, runs


@contextmanager
def running(command: str, folder: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Run the page's command on a free port; gives the address it answers on, and the process."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = re.sub(r"--port \d+", f"--port {port}", command)
    with (folder / "output").open("w") as output:
        process = subprocess.Popen(
            ["bash", "-c", f"exec {command}"],
            cwd=folder,
            env=ENVIRONMENT,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        yield f"http://127.0.0.1:{port}/", process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGINT)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@pytest.mark.timeout(LONGEST + 60)
@pytest.mark.parametrize(
    ("folder", "answer"),
    [("hello", "hello from a unikernel\n"), ("flask", "hello from Flask\n")],
)
def test_the_page_leads_to_a_unikernel_that_answers(
    tmp_path: Path, folder: str, answer: str
) -> None:
    writes, runs = blocks_of(folder)
    subprocess.run(["bash", "-euc", writes], cwd=tmp_path, check=True)
    with running(runs, tmp_path) as (url, process):

        def told() -> str | None:
            assert process.poll() is None, f"it ended: {(tmp_path / 'output').read_text()}"
            try:
                return httpx.get(url, timeout=20).text
            except httpx.HTTPError:
                return None

        try:
            found = wait_until(told, what=url, within=LONGEST, every=1, remedy="")
        finally:
            sys.stdout.write((tmp_path / "output").read_text())
    assert found == answer
