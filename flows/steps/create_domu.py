"""The steps that create the domUs: root file system on its volume, definition, start, SSH."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from deployments.model import DomU
from flows.session import Session
from flows.steps.prepare_host import filtering_step
from runs.step import Step
from tasks import step_names
from tasks.application import source_folder
from tasks.container.base_image import has_image
from tasks.container.compose_file import containers_of
from tasks.container.image import image_key, image_name
from tasks.container.seed import seed_images
from tasks.domu.domu import build_root_step, domain_step, root_step
from tasks.guest.disks import disks_of

# The filter knows a guest before it starts, and nothing else has its address or volume.
BEFORE_GUESTS = (step_names.PACKET_FILTER, step_names.SUPERSEDED)


def steps(session: Session) -> list[Step]:
    """Give the steps of every domU: build its root here, write it there, define and start.

    The packet filter learns of them before.
    """
    environment, connections = session.environment, session.connections
    up = [step_names.lab(session.lab)] if session.lab else []
    found = [filtering_step(session)] if environment.domus else []
    for domu in environment.domus:
        identity = session.identity(domu.name)
        volume = step_names.volume(environment.storage.group, domu.volume)
        files = build_root_step(domu, identity, up)
        root = root_step(
            environment,
            domu,
            identity,
            connections,
            [files.name, volume, *BEFORE_GUESTS, *images_of(session, domu)],
            partial(seed, session, domu),
        )
        group = environment.storage.group
        disks = [step_names.volume(group, name) for name in disks_of(environment, domu.name)]
        domain = domain_step(environment, domu, connections, session.folder, [root.name, *disks])
        found += [files, root, domain]
    return found


def images_of(session: Session, domu: DomU) -> dict[str, Path]:
    """Name the steps that build the images of a domU's containers, with their source folders."""
    environment = session.environment
    folders = [source_folder(environment, app) for app in containers_of(environment, domu.name)]
    return {step_names.image(image_name(folder)): folder for folder in folders}


def seed(session: Session, domu: DomU, root: Path) -> None:
    """Put the images of a new domU's containers into its root, as far as this machine has them."""
    if not session.builds:
        return
    engine = session.connections.local_engine
    keys = {image_name(folder): image_key(folder) for folder in images_of(session, domu).values()}
    there = [f"{name}:{key}" for name, key in keys.items() if has_image(engine, name, key)]
    seed_images(root, engine, there)
