"""How what measuring and comparing make for a moment is marked: as ours, and as left over.

A run that is killed leaves such things; the next one finds them by these marks (`leftovers` in the
folders server, guest and container) and removes them. They are of one environment, and name the run
that made them.
"""

from __future__ import annotations

from collections.abc import Sequence

from deployments.model import Environment
from runs.step import Action, Plan, change, nothing

LABEL = "epos-virt.temporary"  # of containers and images; its value is the run
ATTRIBUTE = "temporary"  # of our mark in a guest's metadata; its value is the run
FOLDER = "/var/lib/epos-virt/temporary"  # on the server


def folder_of(environment: Environment) -> str:
    """Give the folder on the server for what is temporary, half-written files among it."""
    return f"{FOLDER}/{environment.name}"


def argument(environment: Environment) -> str:
    """Give what a program on the server that must not outlive its run has as an argument."""
    return f"{LABEL}={environment.name}"


def removal(actions: Sequence[Action]) -> Plan:
    """Plan to remove what was found; nothing to do where that is nothing."""
    if not actions:
        return nothing("no killed run left anything")
    return change("a killed run left things that were temporary", *actions)
