"""The files that an environment's unikernels have on the server, by their names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import partial

from blocks.connection import Connection
from blocks.connections import Connections
from deployments.model import Environment
from runs.step import Action, Plan, Step, change, nothing
from tasks import step_names
from tasks.application import described
from tasks.content import KEY_LENGTH
from tasks.guest.description import mark_in
from tasks.unikernel.image import IMAGES, files_in, read_images
from tasks.unikernel.saved_state import FOLDER as STATES
from tasks.unikernel.secret_disk import FOLDER as SECRETS


def file_names(environment: Environment) -> re.Pattern[str]:
    """Give what fits the paths of the files of an environment's unikernels.

    An image is filed under its content, and is any environment's that has such an application.
    """
    unikernels = environment.unikernels
    images = _one_of(described(environment, unikernel).name for unikernel in unikernels)
    guests = _one_of(unikernel.name for unikernel in unikernels)
    ours, key = re.escape(environment.name), f"[0-9a-f]{{{KEY_LENGTH}}}"
    return re.compile(
        rf"{IMAGES}/{images}-{key}\.(kernel|root)"
        rf"|{SECRETS}/{ours}-{guests}-{key}\.squashfs"
        rf"|{STATES}/{ours}-{key}-{guests}\.state"
    )


def _one_of(names: Iterable[str]) -> str:
    return f"({'|'.join(map(re.escape, names))})"


def unused_images_step(
    environment: Environment, connections: Connections, after: Sequence[str]
) -> Step:
    """Remove what older images and secrets of this environment left: files that no guest has."""

    def plan() -> Plan:
        server = connections.server
        named = file_names(environment)
        have = {path for path in read_images(server) if named.fullmatch(path)}
        guests = connections.hypervisor().listAllDomains() if have else []
        used = (files_in(guest.XMLDesc()) for guest in guests)  # ours or not
        unused = sorted(have.difference(*used))
        if not unused:
            return nothing("every image and every disk of secrets of this environment is a guest's")
        remove = partial(server.check, "rm", "-f", "--", *unused)
        return change(
            "no guest is defined with them", Action(f"remove {', '.join(unused)}", remove)
        )

    return Step(step_names.UNUSED_IMAGES, "run_unikernels", "server", plan, tuple(after))


def files_of_guest(
    environment: Environment, server: Connection, name: str, description: str
) -> list[str]:
    """Give the files of one guest that hold secrets: its disk of them, and its saved memory."""
    ours, key = re.escape(environment.name), f"[0-9a-f]{{{KEY_LENGTH}}}"
    saved = re.compile(rf"{STATES}/{ours}-{key}-{re.escape(name)}\.state")
    states = server.run("find", STATES, "-type", "f").stdout.splitlines()
    secrets = [path for path in files_in(description) if path.startswith(f"{SECRETS}/")]
    return sorted([*secrets, *filter(saved.fullmatch, states)])


def files_step(environment: Environment, connections: Connections, after: Sequence[str]) -> Step:
    """Remove the images, secrets and saved states of this environment's unikernels."""

    def plan() -> Plan:
        server, hypervisor = connections.server, connections.hypervisor()
        descriptions = [domain.XMLDesc() for domain in hypervisor.listAllDomains()]
        others = [
            files_in(description)
            for description in descriptions
            if mark_in(description).get("environment") != environment.name
        ]
        there = server.run("find", IMAGES, SECRETS, STATES, "-type", "f").stdout.splitlines()
        named = file_names(environment)
        remove = sorted({path for path in there if named.fullmatch(path)}.difference(*others))
        if not remove:
            return nothing("no images, secrets or states of this environment")
        return change(
            "no guest of another environment is defined with them",
            Action(f"remove {', '.join(remove)}", partial(server.check, "rm", "-f", "--", *remove)),
        )

    return Step(step_names.FILES, "teardown", "server", plan, tuple(after))
