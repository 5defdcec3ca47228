"""Unikernels of a toolchain that starts its instances itself, as UniK's daemon does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from blocks.connections import Connections
from deployments.model import Application, Environment
from errors import EposVirtError
from runs.step import Action, Plan, Step, change, nothing
from runs.wait import wait_until
from tasks import step_names
from tasks.application import described, variables
from tasks.instance import answer
from tasks.instance.proving_question import question_of
from tasks.last_proof import forget_proof
from tasks.measuring.timed_start import Question
from tasks.unikernel.description import memory_of
from tasks.unikernel.image import build_image, with_image
from tasks.unikernel.start import ANSWER_WITHIN
from toolchains import HostedInstance, HostingToolchain, Image, toolchain

OURS = "epos-"  # how the names of our images begin; the daemon keeps no other mark


def hosting(application: Application) -> HostingToolchain | None:
    """Give the toolchain of a unikernel where its daemon starts it; None where we do."""
    chain = toolchain(str(application.toolchain))
    return chain if isinstance(chain, HostingToolchain) else None


@dataclass(frozen=True)
class Hosted:
    """The instance of one unikernel; what the daemon says of its state is not believed.

    Args:
        environment: the whole environment.
        application: what it runs.
        chain: the toolchain whose daemon has it.
        connections: the run's connections; its answer is asked for from the server.
    """

    environment: Environment
    application: Application
    chain: HostingToolchain
    connections: Connections

    def look(self) -> HostedInstance | None:
        """Find what the daemon has of its name, ours or not."""
        name = self.application.name
        return next((one for one in self.chain.instances() if one.name == name), None)

    def is_ours(self, found: HostedInstance) -> bool:
        """Tell whether an instance runs an image that we had built of this application."""
        source = described(self.environment, self.application).name
        return found.image.lower().startswith(f"{OURS}{source}-".lower())

    def find(self) -> HostedInstance | None:
        """Find it.

        Raises:
            EposVirtError: the daemon has one of its name that is not ours.
        """
        found = self.look()
        if found and not self.is_ours(found):
            name = self.application.name
            raise EposVirtError(
                f"the daemon of {self.chain.name} has an instance {name} that is not ours",
                seen=f"its image is {found.image}",
                remedy="rename one of the two; what is not ours is never changed",
            )
        return found

    def build(self) -> Image:
        """Have its image built, or find the one that the daemon keeps."""
        return build_image(self.environment, self.application)

    def question(self, instance: HostedInstance) -> Question:
        """Give what it is asked, at the address that it really has."""
        question = question_of(self.environment, self.application)
        return replace(question, address=instance.address or question.address)

    def answers(self, instance: HostedInstance) -> bool:
        """Tell whether it gives its correct answer now."""
        return answer.answers(self.connections.server, self.question(instance))

    def create(self, image: Image) -> HostedInstance:
        """Have the daemon start it; its answer is not waited for."""
        says = described(self.environment, self.application)
        volumes = self.application.volumes
        return self.chain.start(
            image,
            instance=self.application.name,
            memory=memory_of(self.environment, self.application),
            address=str(self.application.address),
            volumes={mount.path: volumes[name] for name, mount in says.volumes.items()},
            environment=variables(self.environment, self.application),
        )

    def start(self, image: Image) -> None:
        """Start it and wait for its answer."""
        forget_proof(self.environment)
        started = self.create(image)
        wait_until(
            lambda: self.answers(started),
            what=f"the first answer of {self.application.name}",
            within=ANSWER_WITHIN,
            remedy=f"on the server: xl list; xl console {self.application.name}",
        )


def hosted_step(hosted: Hosted, after: Sequence[str]) -> Step:
    """Have the toolchain's daemon run an application in the image built from its sources."""

    def plan_of(found: HostedInstance | None, image: Image) -> Plan:
        start = Action("start it, wait for its answer", lambda: hosted.start(image))
        if found is None:
            return change("is missing", start)
        if found.image == hosted.chain.kept_as(image) and hosted.answers(found):
            return nothing("runs and answers")
        return change(
            "differs, or does not answer",
            Action("remove the older instance", lambda: hosted.chain.remove(found)),
            start,
        )

    def plan() -> Plan:
        found = hosted.find()
        return with_image(hosted.environment, hosted.application, partial(plan_of, found))

    name = step_names.unikernel(hosted.application.name)
    return Step(name, "run_unikernels", "server", plan, tuple(after))


def hosted_steps(hosted: Sequence[Hosted], after: Sequence[str]) -> list[Step]:
    """Remove what toolchains' daemons host of an environment; no step where none hosts any.

    A daemon is asked only where an application names its toolchain. It keeps no mark of an
    environment: ours is what has an application's name and an image of its sources.
    """

    def plan() -> Plan:
        actions = [
            Action(f"remove {one.name} of {one.image}", partial(hosts.chain.remove, one))
            for hosts in hosted
            if (one := hosts.look()) and hosts.is_ours(one)
        ]
        if not actions:
            return nothing("no daemon has an instance of this environment")
        return change(f"{len(actions)} instances are this environment's", *actions)

    return [Step(step_names.HOSTED, "teardown", "server", plan, tuple(after))] if hosted else []
