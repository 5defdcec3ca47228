"""The first step of a night: the list of packages that it builds from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from deployments.model import Environment
from errors import WrongInput
from runs.step import Action, Plan, Step, change
from runs.telling import tell
from tasks import step_names
from tasks.container.engine import THIS_MACHINE
from tasks.package_list import PackageList, in_use, kept_as, read_list, use

NAMED = 5  # packages that an error names


@dataclass
class Fresh:
    """The list of a night, and what the mirror has instead where it is an older one.

    Args:
        environment: what is built.
        file: a list that is to be built from again; None for what the mirror has now.
        ask: gives what the mirror has now.
    """

    environment: Environment
    file: Path | None
    ask: Callable[[Environment], PackageList]
    other: list[str] = field(default_factory=list)

    def step(self, group: str) -> Step:
        """Have everything built from that list from now on."""

        def plan() -> Plan:
            have = in_use()
            found = f"in use: {kept_as(have).name}" if have else "no list is in use"
            what = f"build from {self.file}" if self.file else "ask the mirror, build from that"
            return change(found, Action(what, self.take))

        return Step(step_names.PACKAGE_LIST, group, THIS_MACHINE, plan, always=True)

    def take(self) -> None:
        """Take the list into use; one that did not change stays, with its date.

        Raises:
            EposVirtError: the mirror does not answer; an older list was not given.
        """
        fresh = self.ask(self.environment)
        wanted = read_list(self.file) if self.file else fresh
        self.other = different(wanted, fresh)
        have = in_use()
        if have is None or have.key != wanted.key:
            use(wanted)
        changed = len(different(have, wanted)) if have else len(wanted.packages)
        tell(f"{len(wanted.packages)} packages of {wanted.date}, {changed} other than before")

    def guarded(self, step: Step) -> Step:
        """Give a step that comes after the list, and builds nothing of what the list has not."""
        if not step.builds:
            return step

        def plan() -> Plan:
            found = step.plan()
            if found.actions and self.other:
                raise WrongInput(
                    f"{step.name}: what was built from {self.file} is not kept, and cannot be made",
                    seen="the mirror has " + "; ".join(self.other[:NAMED]),
                    remedy="have apt and mmdebstrap of this machine ask a snapshot mirror of the "
                    "list's date, and repeat",
                )
            return found

        return replace(step, plan=plan, after=(*step.after, step_names.PACKAGE_LIST))


def different(wanted: PackageList, there: PackageList) -> list[str]:
    """Name the packages whose versions differ, as `libc6 2.41-13 in place of 2.41-12`."""
    return [
        f"{name} {there.packages.get(name, 'not')} in place of {version}"
        for name, version in wanted.packages.items()
        if there.packages.get(name) != version
    ]
