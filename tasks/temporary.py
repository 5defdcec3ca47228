"""How what measuring and comparing make for a moment is marked: as ours, and as left over.

A run that is killed leaves such things; the next one finds them by these marks (tasks/leftovers.py)
and removes them. They are of one environment, and name the run that made them.
"""

from __future__ import annotations

from xml.etree import ElementTree as xml

from deployments.model import Environment
from tasks.container.engine import ENVIRONMENT_LABEL
from tasks.guest.description import mark_element

LABEL = "epos-virt.temporary"  # of containers and images; its value is the run
ATTRIBUTE = "temporary"  # of our mark in a guest's metadata; its value is the run
FOLDER = "/var/lib/epos-virt/temporary"  # on the server


def labels(environment: Environment, run: str) -> dict[str, str]:
    """Give the labels of a temporary container or image."""
    return {ENVIRONMENT_LABEL: environment.name, LABEL: run or "by hand"}


def mark_temporary(description: xml.Element, run: str) -> None:
    """Mark a guest's description, which has our mark, as temporary."""
    mark = mark_element(description)
    assert mark is not None
    mark.set(ATTRIBUTE, run)


def folder_of(environment: Environment) -> str:
    """Give the folder on the server for what is temporary, half-written files among it."""
    return f"{FOLDER}/{environment.name}"


def argument(environment: Environment) -> str:
    """Give what a program on the server that must not outlive its run has as an argument."""
    return f"{LABEL}={environment.name}"
