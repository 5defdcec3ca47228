"""A unikernel in a guest of ours as a thing of an environment."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.etree import ElementTree as xml

from deployments.model import Application
from runs.step import Step
from tasks import step_names
from tasks.guest.thing import GuestThing
from tasks.instance.instance import Instance
from tasks.measuring.measure import Subject
from tasks.unikernel.measuring import unikernel_subject
from tasks.unikernel.start import stop_now
from tasks.unikernel.unikernel import Guest, unikernel_step

if TYPE_CHECKING:
    import libvirt


@dataclass
class UnikernelThing(GuestThing):
    """A unikernel: ended at once, started where it fits, until it gives its correct answer."""

    application: Application

    @property
    def name(self) -> str:
        """Its name in the environment."""
        return self.application.name

    @property
    def started_by(self) -> str:
        """Name of the step that starts it."""
        return step_names.unikernel(self.name)

    def run_step(self, smallest: Callable[[], int | None], after: Sequence[str]) -> Step:
        """Give the step that has it run."""
        environment, application = self.environment, self.application
        return unikernel_step(
            environment, application, self.connections, self.kept, after, smallest
        )

    def look(self) -> Instance:
        """See how its guest is."""
        return self.look_at("unikernel", str(self.application.address), image_of)

    def end(self) -> None:
        """End it at once; it has nothing to lose."""
        stop_now(self.connections, self.name)

    def begin(self) -> None:
        """See that it fits, start it and wait for its answer."""
        guest = Guest(self.environment, self.application, self.connections, self.kept, lambda: None)
        guest.check_fit(self.domain().XMLDesc())
        guest.start()

    def subject(self, run: str) -> Subject:
        """Give what is measured of it."""
        return unikernel_subject(self.environment, self.connections, self.application, run)


def image_of(domain: libvirt.virDomain) -> str:
    """Name the image that a guest boots, after its kernel's file."""
    kernel = xml.fromstring(domain.XMLDesc()).findtext("os/kernel") or ""
    return kernel.rpartition("/")[2].removesuffix(".kernel")
