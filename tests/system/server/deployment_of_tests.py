"""The tests' deployment: from nothing, by runs that are killed again and again."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.system.lab_of_tests import ROOT, lab, run

DEPLOYED = "deployed"  # the snapshot taken after the first deployment
TAKES_IT_DOWN = "test_teardown_leaves_nothing_but_what_may_hold_data"  # the last of all tests
# Measuring has a test of its own: of everything it takes longer than all the rest.
WITHOUT_MEASURING = ("-o", "json", "--skip", "measure")
UNIKERNELS = ("indexgd", "runqc", "sync")  # folders of their sources
# Every kind of step that changes something on the server.
KILLED_AFTER = (
    "packages",
    "bridge xenbr0",
    "volume epos/vmCentOS1",
    "hypervisor",
    "packet-filter",
    "root centos7-VM",
    "domu centos7-VM",
    "transfer epos/database to centos7-VM",
    "compose centos7-VM",
    "unikernel EPOS_Sync_System",
)
# 01:38:02 + 26/43 domu centos7-VM  72.4 s  changed; before: is not running
ENDED = re.compile(r"^\S+ (?P<sign>[+=]) +\d+/\d+ (?P<step>.+?)  +\d")


class Deployment:
    """Brings the lab to where it is deployed and proved, beside the tests that need no lab.

    An emulated server keeps little more than one of two cores busy. Other tests change this
    process' environment meanwhile, so that its own is taken when it is made.
    """

    def __init__(self, environment_file: Path) -> None:
        self.environment_file = environment_file
        self.settings = dict(os.environ)
        self.images_are_there = threading.Event()
        self._given_up = threading.Event()
        self._process: subprocess.Popen[str] | None = None

    def give_up(self) -> None:
        """End it, finished or not."""
        self._given_up.set()
        self.images_are_there.set()
        if self._process:
            self._process.kill()

    def carry_out(self) -> dict[str, Any]:
        """Deploy, or restore the lab as an earlier session left it; gives what deploy_all says."""
        known = lab("status", "-o", "json", environment=self.settings).json["snapshots"]
        if DEPLOYED in known:
            lab("restore", DEPLOYED, environment=self.settings)
            self.images_are_there.wait()
        else:
            self._deploy_and_be_killed()
        command = ("flows.deploy_all", self.environment_file, *WITHOUT_MEASURING)
        answer: dict[str, Any] = run(*command, environment=self.settings).json
        lab("snapshot", "--replace", DEPLOYED, environment=self.settings)
        return answer

    def _deploy_and_be_killed(self) -> None:
        """Deploy, and take SIGKILL to the run each time another kind of step was changed by it."""
        # A plain server, which the flows prepare as any other; a lab of theirs has Xen already.
        lab("up", "--plain", environment=self.settings)
        self.images_are_there.wait()
        with self._images_being_built():
            self._deploy_again_and_again()

    @contextmanager
    def _images_being_built(self) -> Iterator[None]:
        """Build the unikernels' images beside: a run that was killed building one begins anew."""
        builders = [
            subprocess.Popen(
                [sys.executable, "-m", "toolchains", "build", f"apps/{source}"],
                cwd=ROOT,
                env=self.settings,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            for source in UNIKERNELS
        ]
        try:
            yield
        finally:
            for builder in builders:
                builder.kill()
                builder.wait()

    def _deploy_again_and_again(self) -> None:
        remaining = set(KILLED_AFTER)
        while remaining and not self._given_up.is_set():
            before = len(remaining)
            seen = []
            for line in self._lines_until_killed():
                seen.append(line)
                if (ended := ENDED.match(line)) and ended["step"] in remaining:
                    remaining.remove(ended["step"])
                    if ended["sign"] == "+":  # else one that was being killed had just done it
                        break
            if len(remaining) == before:
                ends = f"the deployment ended before it changed {', '.join(sorted(remaining))}"
                pytest.fail(f"{ends}:\n{''.join(seen[-40:])}")

    def _lines_until_killed(self) -> Iterator[str]:
        """Deploy and give what it tells; it is killed when no more of that is asked for."""
        process = self._process = subprocess.Popen(
            [sys.executable, "-m", "flows.deploy_all", self.environment_file, *WITHOUT_MEASURING],
            cwd=ROOT,
            env=self.settings,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stderr is not None
        try:
            with process.stderr as lines:
                yield from lines
        finally:
            process.kill()
            process.wait()
