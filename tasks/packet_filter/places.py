"""Which addresses are at which guest's card, and who has a reason to talk to whom; pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address

from deployments.model import Application, Environment
from tasks.application import described, used
from tasks.container.compose_file import containers_of, mac_address
from tasks.guest.description import card_name, mac_of


@dataclass(frozen=True)
class Card:
    """A guest's card on the bridge.

    Args:
        guest: whose it is.
        name: its name on the server, but for the number that Xen gave the guest.
        addresses: under which it may send, by the hardware address of each.
    """

    guest: str
    name: str
    addresses: Mapping[str, IPv4Address]


@dataclass(frozen=True)
class Passage:
    """A TCP port of an application that somebody may open connections to.

    Args:
        to: the application's name.
        address: its own.
        port: as its app.yaml says.
        user: name and address of the application that uses it; None for the LAN.
    """

    to: str
    address: IPv4Address
    port: int
    user: tuple[str, IPv4Address] | None = None


def cards_of(environment: Environment, hosted: Collection[str] = ()) -> list[Card]:
    """Give the cards of an environment's guests; a domU's is its containers' as well.

    Args:
        environment: the environment.
        hosted: unikernels that a toolchain's daemon starts, with cards that only it knows.
    """
    domus = [
        Card(
            domu.name,
            card_name(domu.address.ip),
            {
                mac_of(domu.address.ip): domu.address.ip,
                **{
                    mac_address(app.address): app.address
                    for app in containers_of(environment, domu.name)
                },
            },
        )
        for domu in environment.domus
    ]
    unikernels = [
        Card(app.name, card_name(app.address), {mac_of(app.address): app.address})
        for app in environment.unikernels
        if app.name not in hosted
    ]
    return [*domus, *unikernels]


def passages_of(environment: Environment, cards: Sequence[Card]) -> list[Passage]:
    """Give who may open connections to the applications at these cards: the LAN, and users.

    What two containers of one domU say to each other passes no card of the server's.

    Raises:
        WrongInput: an application uses what is not in the environment.
    """
    at = {address: card for card in cards for address in card.addresses.values()}
    here = [app for app in environment.applications if app.address in at]
    found = [_passage(environment, app) for app in here]
    for app in here:
        says = described(environment, app)
        for other in (used(environment, says, name) for name in says.uses):
            if other in here and at[other.address] != at[app.address]:
                found.append(_passage(environment, other, (app.name, app.address)))
    return found


def _passage(
    environment: Environment, app: Application, user: tuple[str, IPv4Address] | None = None
) -> Passage:
    return Passage(app.name, app.address, described(environment, app).port, user)
