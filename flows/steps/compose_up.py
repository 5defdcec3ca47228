"""The steps that bring containers up: images, their transfers, compose."""

from __future__ import annotations

from flows.session import Session
from runs.step import Step
from tasks import step_names
from tasks.application import source_folder
from tasks.container.base_image import base_image_step
from tasks.container.compose import compose_step
from tasks.container.image import base_images, image_step
from tasks.container.image_transfer import transfer_step
from tasks.container.leftovers import container_leftovers_step
from tasks.techniques.start_order import started_before


def steps(session: Session) -> list[Step]:
    """Give the steps: base images, an image each, their transfers one by one, compose."""
    environment, connections = session.environment, session.connections
    folders = {app.name: source_folder(environment, app) for app in environment.containers}
    bases = {n: image for folder in folders.values() for n, image in base_images(folder).items()}
    found = [base_image_step(image, connections) for image in bases.values()]
    found += [image_step(folder, connections) for folder in dict.fromkeys(folders.values())]
    for domu in environment.domus:
        running = before = step_names.domain(domu.name)
        apps = [app for app in environment.containers if app.domu == domu.name]
        for folder in dict.fromkeys(folders[app.name] for app in apps):
            transfer = transfer_step(folder, domu.name, connections, [before])
            found.append(transfer)
            before = transfer.name
        if apps:
            leftovers = container_leftovers_step(environment, domu.name, connections, [running])
            after = [before, leftovers.name, *started_before(session.techniques(), apps)]
            found += [leftovers, compose_step(environment, domu, connections, after)]
    return found
