"""The last step of a night: what older nights left on this machine goes; the history stays."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

from blocks.connections import Connections
from runs.step import Action, Plan, Step, change, nothing
from state import state_folder
from tasks import step_names
from tasks.container.engine import THIS_MACHINE
from tasks.package_list import list_key
from tasks.rebuilding.nights import Night, good_nights, night_file, nights_of, nights_of_all


def old_nights_step(
    environment: str, connections: Connections, group: str, after: Sequence[str], keep: int
) -> Step:
    """Remove what only older nights were built of; the last good one's is always kept."""

    def plan() -> Plan:
        old = too_old(nights_of(environment), keep)
        if not old:
            return nothing(f"no more than {keep} nights are kept")
        names = ", ".join(night.run for night in old)
        return change(
            f"{len(old)} nights too many", Action(f"forget {names}", partial(forget, old))
        )

    def forget(old: Sequence[Night]) -> None:
        gone = {night.run for night in old}
        kept = [night for night in nights_of_all() if night.run not in gone]
        remove_files(old, kept)
        remove_images(connections.local_engine, _only(old, kept, "images"))
        for night in old:
            night_file(environment, night.run).unlink(missing_ok=True)

    return Step(step_names.OLD_NIGHTS, group, THIS_MACHINE, plan, tuple(after))


def too_old(nights: Sequence[Night], keep: int) -> list[Night]:
    """Give the nights that are no longer kept."""
    good = good_nights(nights)[-1:]
    return [night for night in nights[: max(0, len(nights) - keep)] if night not in good]


def remove_files(old: Iterable[Night], kept: Iterable[Night]) -> None:
    """Remove roots of domUs, and what toolchains built of a list that no kept night has."""
    old, kept = list(old), list(kept)
    for name in _only(old, kept, "roots"):
        (state_folder("roots") / name).unlink(missing_ok=True)
    lists = {night.packages_key for night in kept} | {"", *list_key()}
    for key in {night.packages_key for night in old} - lists:
        shutil.rmtree(state_folder("toolchains") / key, ignore_errors=True)


def remove_images(engine: Any, names: Iterable[str]) -> None:
    """Take names from images, and with its last name an image; one that something uses stays."""
    from docker.errors import APIError

    for name in names:
        with suppress(APIError):
            engine.images.remove(name)


def _only(old: Iterable[Night], kept: Iterable[Night], what: str) -> list[str]:
    """Give the names that old nights have and no kept one."""
    needed = {name for night in kept for name in getattr(night, what)}
    return sorted({name for night in old for name in getattr(night, what)} - needed)
