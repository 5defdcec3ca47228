"""Making secrets anew as steps of a run, and telling which."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flows.session import Session
    from tasks.rotation import Rotation


def rotate(session: Session, run: str, rotation: Rotation) -> None:
    """Make secrets anew, each as a step of the run.

    The states go first: where the server does not answer, nothing was touched.
    """
    from tasks.rotation import forget_states, renew

    server, environment = session.connections.server, session.environment

    def step(name: str, host: str, act: Callable[[], object]) -> None:
        begun = session.history.begin_step(run, name, host)
        try:
            act()
        except Exception as error:
            session.history.end_step(
                begun, "failed", False, session.conceal(str(error) or repr(error)).splitlines()[0]
            )
            raise
        session.history.end_step(begun, "changed", True, "done")

    if rotation.states:
        step("saved-states", "server", partial(forget_states, server, rotation.states))
    for name in rotation.secrets:
        step(f"secret {name}", "this machine", partial(renew, environment, name))


def show(rotation: Rotation, how: str, *, as_json: bool) -> None:
    """Print what is, or would be, made anew, and who reads it; no secret is shown."""
    if as_json:
        told = {"secrets": rotation.secrets, "kept": rotation.kept, "states": rotation.states}
        sys.stdout.write(json.dumps(told) + "\n")
        return
    for name, readers in rotation.secrets.items():
        sys.stdout.write(f"{name}: {how}; read by {', '.join(readers)}\n")
    for name, why in rotation.kept.items():
        sys.stdout.write(f"{name}: kept, {why}\n")
    for path in rotation.states:
        sys.stdout.write(f"{path}: holds older ones\n")
