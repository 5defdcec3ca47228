"""A unikernel that a toolchain's daemon hosts as a thing of an environment."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from errors import EposVirtError, WrongInput
from printable import printable
from runs.step import Step
from tasks import step_names
from tasks.instance.instance import ABSENT, NOT_OURS, Instance
from tasks.instance.thing import absent
from tasks.measuring.measure import Subject
from tasks.unikernel.hosted_instance import Hosted, hosted_step
from tasks.unikernel.hosted_measuring import hosted_subject

STOPPED = "stopped"  # in the daemon's words too


@dataclass
class HostedThing:
    """A unikernel that its toolchain's daemon starts and stops.

    A daemon may forget what it stops, as UniK's does on Xen. So what is not there is what is
    stopped: it is started anew from its image.
    """

    hosted: Hosted

    @property
    def name(self) -> str:
        """Its name in the environment."""
        return self.hosted.application.name

    @property
    def host(self) -> str:
        """Where it is, as the history names it."""
        return "server"

    @property
    def started_by(self) -> str:
        """Name of the step that starts it."""
        return step_names.unikernel(self.name)

    def run_step(self, smallest: Callable[[], int | None], after: Sequence[str]) -> Step:
        """Give the step that has it run; how little memory it needs, its daemon knows."""
        return hosted_step(self.hosted, after)

    def look(self) -> Instance:
        """See what the daemon says of it, at the address that it really has."""
        try:
            found = self.hosted.look()
        except EposVirtError:
            return self._seen(f"{self.hosted.chain.name} does not answer")
        if found is None:
            return self._seen(ABSENT)
        if not self.hosted.is_ours(found):
            return self._seen(NOT_OURS)
        return self._seen(found.state, address=found.address, image=found.image)

    def _seen(self, state: str, *, address: str = "", image: str = "") -> Instance:
        return Instance(
            name=self.name,
            technique="unikernel",
            state=state,
            address=address or str(self.hosted.application.address),
            image=image,
        )

    def logs(self, hear: Callable[[str], None], *, follow: bool, tail: int) -> None:
        """Tell what the daemon has of what it printed.

        Raises:
            WrongInput: it is to be followed, which no daemon can.
        """
        chain = self.hosted.chain
        if follow:
            raise WrongInput(
                f"{self.name}: the daemon of {chain.name} shows what was printed, and ends",
                remedy="leave --follow out",
            )
        found = self.hosted.find()
        if found is None:
            raise absent(self.hosted.environment, self.name)
        lines = chain.logs(found).splitlines()
        for line in lines[max(len(lines) - tail, 0) :]:
            hear(printable(line))

    def stop(self) -> bool:
        """Have the daemon end it; tells whether there was one that it had not stopped."""
        found = self.hosted.find()
        if found is None or found.state == STOPPED:
            return False
        self.hosted.chain.stop(found)
        return True

    def start(self) -> bool:
        """Start it anew from its image, unless it answers; tells whether it did not."""
        found = self.hosted.find()
        if found and self.hosted.answers(found):
            return False
        image = self.hosted.build()
        if found:
            self.hosted.chain.remove(found)
        self.hosted.start(image)
        return True

    def remove(self) -> bool:
        """Have the daemon end and forget it; tells whether it was there."""
        found = self.hosted.find()
        if found is None:
            return False
        self.hosted.chain.remove(found)
        return True

    def subject(self, run: str) -> Subject:
        """Give what is measured of it."""
        return hosted_subject(self.hosted)
