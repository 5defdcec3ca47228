"""The steps that run unikernels: images, the archive, a guest each."""

from __future__ import annotations

from functools import partial

from deployments.model import Application, Environment
from flows.session import Session
from flows.steps.images import image_steps
from flows.steps.prepare_host import filtering_step
from runs.step import Step
from tasks import step_names
from tasks.application import described, source_folder
from tasks.archive import archive_step
from tasks.container.image import image_name
from tasks.techniques.instances import with_engine
from tasks.techniques.start_order import started_before
from tasks.unikernel.image import unikernel_build_step
from tasks.unikernel.server_files import unused_images_step
from tasks.unikernel.sources import from_container


def steps(session: Session) -> list[Step]:
    """Give the steps: filter and archive, then of every unikernel its image and its guest."""
    environment, connections = session.environment, session.connections
    techniques = session.techniques()
    found = [filtering_step(session)] if environment.unikernels else []
    before = [step_names.PACKET_FILTER, step_names.LEFTOVERS, *superseding(environment)]
    if environment.archive:
        volume = step_names.volume(environment.storage.group, environment.archive.volume)
        archive = archive_step(environment, connections, [volume, step_names.HYPERVISOR])
        found.append(archive)
        before.append(archive.name)
    folders = {app.name: source_folder(environment, app) for app in environment.unikernels}
    boxed = [app for app in environment.unikernels if from_container(folders[app.name])]
    found += image_steps(session, boxed)
    for application in environment.unikernels:
        built = [step_names.image(image_name(folders[application.name]))]
        built = built if application in boxed else []
        image = unikernel_build_step(environment, application, connections, built)
        needs = [image.name, *before, *makers_of_secrets(session, application)]
        needs += started_before(techniques, [application])
        smallest = partial(smallest_seen, session, application.name)
        found += [image, techniques.unikernel(application).run_step(smallest, needs)]
    return [*found, unused_images_step(environment, connections, [step.name for step in found])]


def superseding(environment: Environment) -> list[str]:
    """Name the steps that end what an application was before, which has its address."""
    return [step_names.SUPERSEDED, *map(step_names.superseded, environment.engines)]


def makers_of_secrets(session: Session, application: Application) -> list[str]:
    """Name the steps that make an application's secrets: the containers know them first."""
    if not described(session.environment, application).secrets:
        return []
    return [step_names.compose(domu) for domu in with_engine(session.environment)]


def smallest_seen(session: Session, name: str) -> int | None:
    """Give the smallest memory, bytes, with which a unikernel was measured to answer; or None."""
    found = session.history.metrics(subject=name, metric="memory_smallest")
    return int(found["median"].iloc[-1]) if len(found) else None
