"""Build the container images, move them to the domU's engine, start them and see them healthy."""

from __future__ import annotations

import sys
from pathlib import Path

from prefect import flow

from flows.command import DEFAULT_ENVIRONMENT, main
from flows.session import Session, Summary, carry_out
from runs.step import Step
from tasks.base_image import base_image_step
from tasks.compose import compose_step
from tasks.image import base_images, image_name, image_step, source_folder
from tasks.image_transfer import transfer_step
from tasks.leftovers import container_leftovers_step


def steps(session: Session) -> list[Step]:
    """Give the steps: base images, an image each, their transfers one by one, compose."""
    environment, connections = session.environment, session.connections
    folders = {app.name: source_folder(environment, app) for app in environment.containers}
    bases = {n: image for folder in folders.values() for n, image in base_images(folder).items()}
    found = [
        base_image_step(image, connections, session.say(f"image {name}"))
        for name, image in bases.items()
    ]
    found += [
        image_step(folder, connections, session.say(f"image {image_name(folder)}"))
        for folder in folders.values()
    ]
    for domu in environment.domus:
        before = f"domu {domu.name}"
        for app in (app for app in environment.containers if app.domu == domu.name):
            folder = folders[app.name]
            say = session.say(f"transfer {image_name(folder)} to {domu.name}")
            transfer = transfer_step(folder, domu.name, connections, say, [before])
            found.append(transfer)
            before = transfer.name
        if before != f"domu {domu.name}":
            leftovers = container_leftovers_step(
                environment, domu.name, connections, [f"domu {domu.name}"]
            )
            say = session.say(f"compose {domu.name}")
            after = [before, leftovers.name]
            found += [leftovers, compose_step(environment, domu, connections, say, after)]
    return found


@flow(name="compose_up", flow_run_name="containers of {environment}", persist_result=False)
def compose_up(
    environment: Path = DEFAULT_ENVIRONMENT,
    only: list[str] | None = None,
    skip: list[str] | None = None,
) -> Summary:
    """Bring the environment's containers up.

    Args:
        environment: the environment's YAML file.
        only: steps, groups or kinds of steps to run; empty for all.
        skip: steps to leave out.
    """
    return carry_out("compose_up", Path(environment), steps, only=only or (), skip=skip or ())


if __name__ == "__main__":
    sys.exit(main("compose_up", compose_up, steps, __doc__))
