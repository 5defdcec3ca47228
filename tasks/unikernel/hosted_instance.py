"""Unikernels of a toolchain that starts its instances itself, as UniK's daemon does."""

from __future__ import annotations

from collections.abc import Sequence

from blocks.connections import Connections
from blocks.web import request
from deployments.model import Application, Environment
from errors import EposVirtError
from runs.step import Action, Plan, Step, change, nothing
from runs.wait import wait_until
from tasks import step_names
from tasks.application import described, variables
from tasks.instance.answer import ASKED_FOR
from tasks.proof.record import forget_proof
from tasks.unikernel.description import DEFAULT_MEMORY
from tasks.unikernel.image import build_image
from tasks.unikernel.start import ANSWER_WITHIN
from toolchains import HostingToolchain, Image, Instance

OURS = "epos-"  # how the names of our images begin; the daemon keeps no other mark


def hosted_step(
    environment: Environment,
    application: Application,
    chain: HostingToolchain,
    connections: Connections,
    after: Sequence[str],
) -> Step:
    """Have the toolchain's daemon run an application in the image built from its sources.

    What the daemon says of a state is not believed: only an answer of the application counts.
    """

    def plan() -> Plan:
        image = build_image(environment, application)
        found = next((one for one in chain.instances() if one.name == application.name), None)
        if found and not found.image.startswith(f"{OURS}{application.name}-"):
            raise EposVirtError(
                f"the daemon of {chain.name} has an instance {application.name} that is not ours",
                seen=f"its image is {found.image}",
                remedy="rename one of the two; what is not ours is never changed",
            )
        start = Action("start it, wait for its answer", lambda: begin(image))
        if found is None:
            return change("is missing", start)
        if found.image == chain.kept_as(image) and answers(found):
            return nothing("runs and answers")
        return change(
            "differs, or does not answer",
            Action("remove the older instance", lambda: chain.remove(found)),
            start,
        )

    def answers(instance: Instance) -> bool:
        says = described(environment, application)
        address = instance.address or str(application.address)
        try:
            answer = request(
                connections.server, address, says.port, says.answer.path, timeout=ASKED_FOR
            )
        except EposVirtError:
            return False
        return answer.status_code == 200 and says.answer.contains in answer.text

    def begin(image: Image) -> None:
        forget_proof(environment)
        says = described(environment, application)
        started = chain.start(
            image,
            instance=application.name,
            memory=application.memory or DEFAULT_MEMORY,
            address=str(application.address),
            volumes={mount.path: application.volumes[name] for name, mount in says.volumes.items()},
            environment=variables(environment, application),
        )
        wait_until(
            lambda: answers(started),
            what=f"the first answer of {application.name}",
            within=ANSWER_WITHIN,
            remedy=f"on the server: xl list; xl console {application.name}",
        )

    return Step(
        step_names.unikernel(application.name), "run_unikernels", "server", plan, tuple(after)
    )
