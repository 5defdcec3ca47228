"""The embedded lab as the environment's server: used through its command line only."""

from __future__ import annotations

import json
import sys
from functools import partial
from pathlib import Path
from typing import Any

from blocks.connection import SshTarget
from deployments.load import refuse
from deployments.model import Environment, Xen
from errors import EposVirtError
from runs.child import follow, run
from runs.step import Action, Plan, Step, change, nothing
from runs.telling import tell
from tasks import step_names
from tasks.server.hypervisor import (
    DAEMONS,
    GRUB_FILE,
    GUEST_LOGS,
    dom0_options,
    grub_file,
    with_daemons,
    xen_options,
)
from tasks.server.packages import SERVER_PACKAGES
from tasks.server.room import Room, does_not_fit

# A file in the folder of guests' consoles, so that it is there when xenconsoled looks for it.
CONSOLES = [f"{GUEST_LOGS}/.kept", ""]
ROOT = Path(__file__).parents[2]


def lab_step(name: str, environment: Environment) -> Step:
    """Build the lab where it is missing and start it where it is down, unless it is too small.

    One that is built now has Xen from the start, as the environment wants it: what is unpacked
    here need not be by an emulated processor, and it need not boot twice.
    """

    def plan() -> Plan:
        state = lab_status(name)
        if state["state"] == "up":
            return nothing(f"lab {name} is up ({state['accelerator']})")
        refuse(environment, does_not_fit(environment, room_of(state)))
        up = partial(start_lab, name, environment.hypervisor)
        return change(
            f"lab {name} is {state['state']}", Action(f"python -m lab up --name {name}", up)
        )

    return Step(step_names.lab(name), "prepare_host", "this machine", plan)


def room_of(status: dict[str, Any]) -> Room:
    """Give what a lab has, which is known before it runs."""
    return Room(status["memory_mb"] * 2**20, status["cpus"])


_up: dict[str, dict[str, Any]] = {}  # labs that answered this process


def lab_status(name: str) -> dict[str, Any]:
    """Ask the lab how it is, once: one that was seen up stays so, or its SSH tells otherwise.

    See `python -m lab status --help` for the keys.
    """
    if name not in _up:
        status: dict[str, Any] = json.loads(_lab("status", "--name", name, "-o", "json"))
        if status["state"] != "up" or not status["ssh"]["answers"]:
            return status
        _up[name] = status
    return _up[name]


def lab_host(name: str) -> SshTarget:
    """Give the SSH address and keys of a running lab.

    Raises:
        EposVirtError: it is not up.
    """
    status = lab_status(name)
    if status["state"] != "up":
        raise EposVirtError(
            f"lab {name} is {status['state']}",
            remedy=f"python -m lab up --name {name}, or python -m flows.deploy_all",
        )
    ssh = status["ssh"]
    return SshTarget(
        name=f"lab {name}",
        host=ssh["host"],
        port=ssh["port"],
        user=ssh["user"],
        key=Path(ssh["key"]),
        known_hosts=Path(ssh["known_hosts"]),
        ours=True,
    )


def preparation(wanted: Xen) -> str:
    """Give what a new lab has from the start, as `python -m lab up --prepared` reads it.

    With it the steps `packages` and `hypervisor` find what they want, but for dom0's weight.
    """
    return json.dumps(
        {
            "packages": SERVER_PACKAGES,
            "files": [[GRUB_FILE, grub_file(wanted)], [DAEMONS, with_daemons("")], CONSOLES],
            "xen_options": xen_options(wanted),
            "kernel_options": dom0_options(wanted),
        }
    )


def start_lab(name: str, hypervisor: Xen) -> None:
    """Build and start the lab; its progress is passed on line by line."""
    follow(
        *(sys.executable, "-m", "lab", "up", "--name", name, "--prepared", "-"),
        hear=tell,
        given=preparation(hypervisor),
        folder=ROOT,
        what=f"lab {name} did not start",
        remedy=f"python -m lab console --name {name} shows how far it came",
    )


def _lab(*arguments: str) -> str:
    return run(
        *(sys.executable, "-m", "lab", *arguments),
        folder=ROOT,
        what=f"python -m lab {' '.join(arguments)} failed",
        remedy="run it by hand; it says what is wrong",
    )
