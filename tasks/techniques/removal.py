"""What techniques have on a server besides guests, which carry a mark: taken down with them."""

from __future__ import annotations

from blocks.connections import Connections
from runs.step import Step
from tasks import step_names
from tasks.techniques.techniques import Techniques
from tasks.unikernel.hosted_instance import hosted_steps
from tasks.unikernel.server_files import files_step


def removal_steps(techniques: Techniques, connections: Connections) -> list[Step]:
    """Give the steps of a teardown that a technique has; each waits for what has its things."""
    hosted = hosted_steps(techniques.hosted(), [step_names.LEFTOVERS])
    files = files_step(techniques.environment, connections, [step_names.GUESTS])
    return [*hosted, files]
