"""The steps that build container images, whatever runs their files."""

from __future__ import annotations

from collections.abc import Iterable

from deployments.model import Application, Environment
from flows.session import Session
from runs.step import Step
from tasks import step_names
from tasks.application import source_folder
from tasks.container.base_image import base_image_step
from tasks.container.image import base_images, image_step
from tasks.guest.disks import disks_of


def image_steps(session: Session, applications: Iterable[Application]) -> list[Step]:
    """Give a step for each image of these applications, after those of their base images."""
    environment, connections = session.environment, session.connections
    folders = dict.fromkeys(source_folder(environment, app) for app in applications)
    bases = {name: image for folder in folders for name, image in base_images(folder).items()}
    found = [base_image_step(image, connections) for image in bases.values()]
    return found + [image_step(folder, connections) for folder in folders]


def archive_of(environment: Environment, domu: str) -> list[str]:
    """Name the step that fills the archive, where a domU has it."""
    archive, group = environment.archive, environment.storage.group
    if archive and archive.volume in disks_of(environment, domu):
        return [step_names.archive(group, archive.volume)]
    return []
