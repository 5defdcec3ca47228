"""The floor: the least that a guest and a container can do, measured like everything else.

A start's ratio to it can be compared between machines; its seconds cannot.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, partial

from blocks.connections import Connections
from deployments.model import Environment
from tasks.container.empty_container import empty_container
from tasks.guest.null_guest import null_guest
from tasks.measuring.measure import Subject, measured


def floors(
    environment: Environment, connections: Connections, run: str, subjects: Sequence[Subject]
) -> list[Subject]:
    """Measure the floors whenever anything is measured: ratios hold within one run."""

    @cache
    def anything_to_measure() -> bool:
        known = measured(environment.name)
        return any(known.get(one.name, {}).get("key") != one.key() for one in subjects)

    def key(floor: str) -> str:
        before = measured(environment.name).get(floor, {}).get("key", run)
        return run if anything_to_measure() else before

    guest = partial(null_guest, environment, connections, run)
    found = [Subject("null-guest", "unikernel", partial(key, "null-guest"), guest)]
    for domu in environment.domus[:1] if environment.containers else ():
        container = partial(empty_container, environment, connections, domu.name, run)
        found.append(
            Subject("empty-container", "container", partial(key, "empty-container"), container)
        )
    return found
