"""The steps that bring containers up: images, their transfers, compose."""

from __future__ import annotations

from flows.session import Session
from flows.steps.images import archive_of, image_steps
from flows.steps.prepare_host import filtering_step
from runs.step import Step
from tasks import step_names
from tasks.application import source_folder
from tasks.container.compose import compose_step
from tasks.container.compose_file import containers_of
from tasks.container.image_transfer import transfer_step
from tasks.container.leftovers import container_leftovers_step, superseded_containers_step
from tasks.database.backup import backups
from tasks.techniques.start_order import started_before


def steps(session: Session) -> list[Step]:
    """Give the steps: base images, an image each, their transfers one by one, filter, compose."""
    environment, connections = session.environment, session.connections
    found = image_steps(session, environment.containers)
    if environment.containers:
        found.append(filtering_step(session))
    saves = backups(environment, connections)
    for domu in environment.domus:
        running = before = step_names.domain(domu.name)
        apps = containers_of(environment, domu.name)
        for folder in dict.fromkeys(source_folder(environment, app) for app in apps):
            transfer = transfer_step(folder, domu.name, connections, [before])
            found.append(transfer)
            before = transfer.name
        if domu.name in environment.engines:
            found.append(superseded_containers_step(environment, domu.name, connections, [running]))
        if apps:
            leftovers = container_leftovers_step(environment, domu.name, connections, [running])
            superseded = step_names.superseded(domu.name)
            after = [before, leftovers.name, superseded, step_names.PACKET_FILTER]
            after += started_before(session.techniques(), apps)
            after += archive_of(environment, domu.name)
            found += [leftovers, compose_step(environment, domu, connections, after, saves)]
    return found
