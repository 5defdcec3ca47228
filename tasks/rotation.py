"""New secrets in place of those of an environment; whoever reads them gets them by a deployment.

The machines keep what they have until then, so that everything goes on running meanwhile.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from blocks.connection import Connection
from deployments.model import Environment
from errors import WrongInput
from spelling import did_you_mean
from tasks.application import described
from tasks.certificate import CERTIFICATE, KEY, is_the_operators, new_certificate
from tasks.content import KEY_LENGTH
from tasks.secret import new_secret
from tasks.unikernel.saved_state import FOLDER as STATES


@dataclass(frozen=True)
class Rotation:
    """What is made anew, and who has it.

    Args:
        secrets: the applications that read each, by its name.
        kept: secrets that are the operator's own to change, and why.
        states: files on the server in which unikernels' memory holds older ones.
    """

    secrets: dict[str, list[str]]
    kept: dict[str, str]
    states: list[str]

    @property
    def readers(self) -> list[str]:
        """The applications that the next deployment starts anew."""
        return list(dict.fromkeys(name for names in self.secrets.values() for name in names))


def plan_rotation(
    environment: Environment, server: Connection, only: Sequence[str] = ()
) -> Rotation:
    """Look what there is to make anew; changes nothing.

    Args:
        environment: whose secrets.
        server: has the saved states.
        only: names of secrets; empty for all.

    Raises:
        WrongInput: no application reads a secret of that name.
    """
    readers = readers_of(environment)
    for name in only:
        if name not in readers:
            raise WrongInput(
                f"no application of {environment.name} reads a secret {name}",
                remedy=did_you_mean(name, list(readers)),
            )
    chosen = {name: who for name, who in readers.items() if name in only or not only}
    kept = {}
    if {CERTIFICATE, KEY} & chosen.keys():
        pair = {name: readers[name] for name in (CERTIFICATE, KEY) if name in readers}
        if is_the_operators(environment):
            kept = dict.fromkeys(pair, "of the operator's own certificate")
        else:
            chosen |= pair  # one without the other is of no use
    secrets = {name: who for name, who in chosen.items() if name not in kept}
    return Rotation(secrets, kept, _states(environment, server, secrets))


def readers_of(environment: Environment) -> dict[str, list[str]]:
    """Give the applications that read each secret of an environment."""
    found: dict[str, list[str]] = {}
    for app in environment.applications:
        for name in described(environment, app).secrets:
            found.setdefault(name, []).append(app.name)
    return found


def _states(
    environment: Environment, server: Connection, secrets: dict[str, list[str]]
) -> list[str]:
    """Name the saved states of unikernels that read any of these."""
    reading = {name for names in secrets.values() for name in names}
    guests = [app.name for app in environment.unikernels if app.name in reading]
    if not guests:
        return []
    names = "|".join(map(re.escape, guests))
    ours = re.compile(
        rf"{STATES}/{re.escape(environment.name)}-[0-9a-f]{{{KEY_LENGTH}}}-({names})\.state"
    )
    there = server.run("find", STATES, "-type", "f").stdout.splitlines()
    return sorted(path for path in there if ours.fullmatch(path))


def forget_states(server: Connection, states: Sequence[str]) -> bool:
    """Remove saved states: their guests boot next time. Tell whether there were any."""
    if states:
        server.check("rm", "-f", "--", *states)
    return bool(states)


def renew(environment: Environment, name: str) -> None:
    """Make one secret anew on this machine; certificate and key are made together."""
    if name == CERTIFICATE:
        new_certificate(environment)
    elif name != KEY:
        new_secret(environment.name, name)
