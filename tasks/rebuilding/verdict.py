"""The last step but one of a night: is what it built slower or larger, and what changed?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from deployments.model import Environment
from errors import EposVirtError
from history import History
from history.judging.nights import Verdict, judge
from runs.step import Action, Plan, Results, Step, change
from runs.telling import tell
from tasks import step_names
from tasks.application import source_folder
from tasks.container.base_image import base_key
from tasks.container.engine import THIS_MACHINE
from tasks.container.image import base_images, image_key, image_name
from tasks.package_list import in_use
from tasks.rebuilding.built_from import BuiltFrom, built_from, changes
from tasks.rebuilding.nights import Night, good_nights, nights_of, remember_night
from tasks.unikernel.sources import from_container

SEEN = "verdict"  # a step's result: what a night changed, in words


class Regressed(EposVirtError):
    """What a night built is worse than what good nights before it built."""


def verdict_step(
    environment: Environment,
    history: History,
    run: str,
    group: str,
    after: Sequence[str],
    roots: Callable[[], Sequence[Path]],
    *,
    accept: bool,
) -> Step:
    """Compare what was measured with the last good nights, and keep what the night was.

    Args:
        environment: what was deployed.
        history: has the figures.
        run: of this night.
        group: the flow's.
        after: names of the steps that measure.
        roots: gives the files that domUs' roots were kept as.
        accept: what is worse is taken for good from now on.
    """

    def plan() -> Plan:
        nights = good_nights(nights_of(environment.name))
        return change(
            f"{len(nights)} good nights are known", Action("compare with the last of them", look)
        )

    def look() -> Results:
        good = good_nights(nights_of(environment.name))
        found = judge(history.engine, run, [night.run for night in good])
        now = built_from(environment)
        text = told(found, good[-1].built_from if good else None, now)
        listed = in_use()
        worse = bool(found.worse)
        night = Night(
            run=run,
            good=not found.slower_machine and (not worse or accept),
            accepted=worse and accept,
            date=listed.date if listed else "",
            packages_key=listed.key if listed else "",
            built_from=now,
            images=tuple(sorted(set(_images(environment)))),
            roots=tuple(path.name for path in roots()),
            said=text,
        )
        remember_night(environment.name, night)
        tell(text.splitlines()[0])
        if worse and not accept:
            raise Regressed(
                f"{environment.name}: {len(found.worse)} figures are worse than in the last good "
                f"nights",
                seen=text,
                remedy=f"mend what changed; or take it for good: python -m "
                f"flows.rebuild_and_measure {environment.path} --accept",
            )
        return Results({SEEN: text})

    return Step(step_names.VERDICT, group, THIS_MACHINE, plan, tuple(after), 0, always=True)


def told(found: Verdict, before: BuiltFrom | None, now: BuiltFrom) -> str:
    """Say what a night changed, and what was changed for it."""
    lines = [f"{found.judged} figures, compared with {found.nights} good nights"]
    if found.slower_machine:
        lines.append("void: the machine itself was slower, so no time is judged")
        lines += [f"  floor: {one}" for one in found.slower_machine]
    lines += [f"worse: {one}" for one in found.worse]
    lines += [f"better: {one}" for one in found.better]
    if before is not None:
        differs = changes(before, now)
        lines += [f"changed: {one}" for one in differs or ["nothing that it was built from"]]
    return "\n".join(lines)


def _images(environment: Environment) -> Iterator[str]:
    inside = {app.name for app in (*environment.containers, *environment.vms)}
    for app in environment.applications:
        folder = source_folder(environment, app)
        if app.name in inside or from_container(folder):
            yield f"{image_name(folder)}:{image_key(folder)}"
            for name, base in base_images(folder).items():
                yield f"{name}:{base_key(base)}"
