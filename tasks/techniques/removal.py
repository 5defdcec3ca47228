"""What techniques have on a server besides guests, which carry a mark: taken down with them."""

from __future__ import annotations

from blocks.connections import Connections
from deployments.model import Environment
from runs.step import Step
from runs.telling import tell
from tasks import step_names
from tasks.guest.shutdown import stop_guest
from tasks.techniques.techniques import Techniques
from tasks.unikernel.hosted_instance import hosted_steps
from tasks.unikernel.server_files import files_of_guest, files_step


def take_down(environment: Environment, connections: Connections, name: str) -> None:
    """Shut a guest of ours down, forget its definition, remove its secrets and saved memory."""
    tell(f"shutting down {name}")
    hypervisor = connections.hypervisor()
    description = hypervisor.lookupByName(name).XMLDesc()
    stop_guest(hypervisor, name)
    hypervisor.lookupByName(name).undefine()
    if own := files_of_guest(environment, connections.server, name, description):
        connections.server.check("rm", "-f", "--", *own)


def removal_steps(techniques: Techniques, connections: Connections) -> list[Step]:
    """Give the steps of a teardown that a technique has; each waits for what has its things."""
    hosted = hosted_steps(techniques.hosted(), [step_names.LEFTOVERS])
    files = files_step(techniques.environment, connections, [step_names.GUESTS])
    return [*hosted, files]
