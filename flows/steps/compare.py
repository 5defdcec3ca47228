"""The steps that compare techniques: copies of one application made, measured and removed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import replace

from deployments.model import Application, Environment
from flows.session import Session
from flows.steps import compose_up, create_domu, measure, prepare_host, run_unikernels, run_vms
from runs.step import Step
from tasks import step_names
from tasks.application import source_folder
from tasks.comparing.leftover_copies import copies_step
from tasks.container.compose import as_described_step, compose_step
from tasks.container.image import base_images, image_name
from tasks.packet_filter.filter import filter_step

GROUP = "compare"
PARTS = (prepare_host, create_domu, compose_up, run_vms, run_unikernels)


def steps(session: Session, original: Environment, application: str) -> list[Step]:
    """Give the steps: what the copies stand on, the copies, their figures, their end.

    Args:
        session: of the environment with the copies in it.
        original: the environment without them.
        application: what they are copies of.
    """
    environment, connections = session.environment, session.connections
    before = {app.name for app in original.applications}
    copies = [app for app in environment.applications if app.name not in before]
    inside = [copy for copy in copies if copy in environment.containers]
    engines = list(dict.fromkeys(str(copy.domu) for copy in inside))
    # Beside what runs: where a container of it would be made anew, no copy is made.
    looks = [
        as_described_step(
            original, original.domu(domu), connections, step_names.as_described(domu), GROUP
        )
        for domu in engines
    ]
    looked = tuple(step.name for step in looks)
    everything = {step.name: step for part in PARTS for step in part.steps(session)}
    old = everything[step_names.OLD_COPIES]
    # Those in engines, too: what a killed comparison left there has an address that is taken now.
    everything[old.name] = copies_step(
        environment, connections, old.name, GROUP, old.after, engines=environment.engines
    )
    wanted = set(_names(environment, original, copies))
    making = [
        replace(step, group=GROUP, after=(*looked, *_left_of(step, everything, wanted)))
        for step in everything.values()
        if step.name in wanted
    ]
    techniques = session.techniques()
    subjects = [
        replace(techniques.of(copy).subject(session.run), recorded_as=application)
        for copy in copies
    ]
    measured = measure.measuring(session, [step.name for step in making], subjects)
    ends = [*(step.name for step in making), *(step.name for step in measured)]
    without = [
        replace(
            compose_step(original, original.domu(domu), connections, ends),
            name=step_names.without_copies(domu),
            group=GROUP,
        )
        for domu in engines
    ]
    after = [*ends, *(step.name for step in without)]
    gone = copies_step(original, connections, step_names.COPIES, GROUP, after, engines=engines)
    named = [one.application.name for one in techniques.hosted()]
    as_before = replace(
        filter_step(original, connections, [gone.name], hosted=named),
        name=step_names.WITHOUT_COPIES,
        group=GROUP,
    )
    return [*looks, *making, *measured, *without, gone, as_before]


def _left_of(step: Step, everything: Mapping[str, Step], wanted: Set[str]) -> tuple[str, ...]:
    """Give what a step waits for when those between are left out: what they would wait for."""
    found: dict[str, None] = {}
    left = list(step.after)
    while left:
        name = left.pop()
        if name in wanted:
            found[name] = None
        elif name in everything:
            left += everything[name].after
    return tuple(found)


def _names(
    environment: Environment, original: Environment, copies: Sequence[Application]
) -> Iterator[str]:
    """Name the steps that make the copies, and what they stand on."""
    group = environment.storage.group
    known = {volume.name for volume in original.storage.volumes}
    for volume in environment.storage.volumes:
        if volume.name not in known:
            yield step_names.volume(group, volume.name)
            yield step_names.filesystem(group, volume.name)
    yield step_names.HOTPLUG
    yield step_names.PACKET_FILTER  # what is a copy's reaches what the original reaches
    yield step_names.LEFTOVERS
    yield step_names.OLD_COPIES
    for copy in copies:
        folder = source_folder(environment, copy)
        image, domu = image_name(folder), str(copy.domu)
        yield from (step_names.image(name) for name in (image, *base_images(folder)))
        yield from {
            "vm": (
                step_names.root_image(domu),
                step_names.root(domu),
                step_names.domain(domu),
                step_names.service(copy.name),
            ),
            "container": (
                step_names.domain(domu),  # its engine mounts the volumes that the copy has
                step_names.transfer(image, domu),
                step_names.container_leftovers(domu),
                step_names.compose(domu),
            ),
            "unikernel": (
                step_names.unikernel_image(copy.name),
                step_names.unikernel(copy.name),
            ),
        }[copy.technique]
