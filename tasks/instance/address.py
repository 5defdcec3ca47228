"""The one registry of an environment's addresses: bridge, containers and unikernels share it."""

from __future__ import annotations

from ipaddress import IPv4Address

from deployments.model import Environment
from errors import WrongInput


def taken(environment: Environment) -> set[IPv4Address]:
    """Give every address that something in the environment has."""
    network = environment.network
    return {
        network.address.ip,
        network.gateway,
        *network.dns,
        *(domu.address.ip for domu in environment.domus),
        *(application.address for application in environment.applications),
    }


def free(environment: Environment, count: int) -> list[IPv4Address]:
    """Give so many addresses that nothing in the environment has, the highest first.

    Raises:
        WrongInput: the network has not that many left.
    """
    network, used = environment.network.address.network, taken(environment)
    left = [one for one in reversed(list(network.hosts())) if one not in used]
    if len(left) < count:
        raise WrongInput(
            f"{network} has {len(left)} free addresses, {count} are needed",
            remedy="choose a larger network, or fewer instances",
        )
    return left[:count]
