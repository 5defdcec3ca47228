"""Create the domUs: root file system on its volume, definition, start, SSH."""

from __future__ import annotations

import sys
from pathlib import Path

from prefect import flow

from flows.command import DEFAULT_ENVIRONMENT, main
from flows.session import Session, Summary, carry_out
from runs.step import Step
from tasks.domu import build_root_step, domain_step, root_step


def steps(session: Session) -> list[Step]:
    """Give the steps of every domU: build its root here, write it there, define and start."""
    environment, connections = session.environment, session.connections
    server = environment.server
    up = [f"lab {server.lab}"] if server.lab else []
    found = []
    for domu in environment.domus:
        identity = session.identity(domu.name)
        image_name, root_name = f"root-image {domu.name}", f"root {domu.name}"
        volume = f"volume {environment.storage.group}/{domu.volume}"
        image = build_root_step(domu, identity, session.say(image_name), up)
        root = root_step(
            environment,
            domu,
            identity,
            connections,
            session.say(root_name),
            [image.name, volume, "hotplug"],
        )
        say = session.say(f"domu {domu.name}")
        domain = domain_step(environment, domu, connections, session.folder, say, [root.name])
        found += [image, root, domain]
    return found


@flow(
    name="create_domu",
    flow_run_name="create domUs of {environment}",
    persist_result=False,
)
def create_domu(
    environment: Path = DEFAULT_ENVIRONMENT,
    only: list[str] | None = None,
    skip: list[str] | None = None,
) -> Summary:
    """Create the environment's domUs.

    Args:
        environment: the environment's YAML file.
        only: steps, groups or kinds of steps to run; empty for all.
        skip: steps to leave out.
    """
    return carry_out(
        "create_domu", Path(environment), steps, only=only or (), skip=skip or (), builds=False
    )


if __name__ == "__main__":
    sys.exit(main("create_domu", create_domu, steps, __doc__, builds=False))
