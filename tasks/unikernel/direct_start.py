"""What an application's own start costs: a unikernel's image run on the server, without a guest.

With the null guest it is the floor of a unikernel's start: a guest that costs nothing, and the
application in it. performance.md calls the two N and A, and a start's ratio to their sum E.
"""

from __future__ import annotations

import json
from dataclasses import replace

from blocks.connection import Connection
from deployments.model import Application, Environment
from errors import EposVirtError
from runs.patience import stretched
from tasks.application import SECRETS, described, variables
from tasks.measuring.measure import ANSWERED, Figure, timed_figure
from tasks.measuring.method import Method, repeated
from tasks.measuring.timed_start import Question, timed_start
from tasks.temporary import argument, folder_of
from tasks.unikernel.image import carried
from tasks.unikernel.secret_disk import disk_path, secrets_of_guest
from toolchains import DirectToolchain, Image, toolchain

HERE = "127.0.0.1"
WITHIN = 60.0  # seconds until the application is started
WARM_UPS = 1  # left out; see docs/architecture.md, "The floor"


def direct_starts(
    environment: Environment,
    application: Application,
    image: Image,
    server: Connection,
    question: Question,
    method: Method,
) -> list[Figure]:
    """Time starts of an application on the server itself; nothing where its toolchain cannot.

    The first is a warm-up.
    """
    chain = toolchain(str(application.toolchain))
    if not isinstance(chain, DirectToolchain):
        return []
    command = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "python3", "-c"]
    command += [chain.run_directly, json.dumps(_asked(environment, application, image))]
    command.append(argument(environment))
    here = replace(question, address=HERE)
    taken = repeated(
        method, lambda: direct_start(server, here, command), float, "without a guest", WARM_UPS
    )
    how = f"in dom0, exec of the application until {ANSWERED}"
    return [timed_figure(method, "start_direct", taken, how)]


def _asked(environment: Environment, application: Application, image: Image) -> dict[str, object]:
    """Say what `run_directly` is to run: the same root, volumes and settings as in the guest."""
    [_, root] = carried(image)
    mounts = described(environment, application).volumes
    volumes = [
        [f"/dev/{environment.storage.group}/{application.volumes[name]}", mount.path]
        for name, mount in mounts.items()
        if mount.read_only  # one that is written to belongs to the guest
    ]
    if known := secrets_of_guest(environment, application):
        volumes.append([disk_path(environment, application, known), SECRETS])
    return {
        "root": root,
        "folder": folder_of(environment),
        "volumes": volumes,
        "environment": variables(environment, application),
    }


def direct_start(server: Connection, question: Question, command: list[str]) -> float:
    """Start it once; give the seconds from its exec to the first correct answer, and end it.

    Raises:
        EposVirtError: it was not started, or gave no correct answer.
    """
    channel = server.open_command(*command)
    channel.settimeout(stretched(WITHIN))
    began: list[float] = []

    def wait_for_exec() -> None:
        word, _, moment = channel.makefile("r").readline().strip().partition(" ")
        if word != "exec":
            told = channel.makefile_stderr("r").read().decode(errors="replace")
            raise EposVirtError(
                f"{question.name} was not started on {server.name} itself",
                seen=told,
                remedy="it needs python3, unshare, mount and a free loop device there",
            )
        began.append(float(moment))

    try:
        started = timed_start(server, question, wait_for_exec)
        assert started.answered_at is not None, "HTTP is asked from the server"
        return started.answered_at - began[0]
    finally:
        channel.shutdown_write()  # ends it
        channel.settimeout(stretched(WITHIN))
        channel.recv_exit_status()
        channel.close()
