"""What an environment's file leaves out because it follows: virtual machines of applications."""

from __future__ import annotations

from ipaddress import IPv4Interface
from typing import TYPE_CHECKING

from deployments.guest import Application, DomU, RootFileSystem
from deployments.server import Volume
from deployments.size import MiB, Size

if TYPE_CHECKING:
    from deployments.model import Environment

SUITE = "trixie"  # where no domU of the environment names one
DISK = 1024 * MiB  # of a Debian without an engine, a third is used, and the application
SYSTEM_MEMORY = 192 * MiB  # what Debian itself takes, with room
APPLICATION_MEMORY = 128 * MiB  # where the environment does not say


def machine_name(application: Application) -> str:
    """Name the domU, and its volume, of an application that runs as virtual machine."""
    return f"{application.name}-VM"


def completed(environment: Environment) -> Environment:
    """Give each application with technique vm that names no domU one of its own, on a volume."""
    alone = [app for app in environment.applications if app.technique == "vm" and not app.domu]
    if not alone:
        return environment
    named = {app.name: machine_name(app) for app in alone}
    applications = tuple(
        app.model_copy(update={"domu": named[app.name]}) if app.name in named else app
        for app in environment.applications
    )
    volumes = [Volume(name=name, size=Size(DISK)) for name in named.values()]
    storage = environment.storage
    return environment.model_copy(
        update={
            "applications": applications,
            "domus": (*environment.domus, *(_machine(environment, app) for app in alone)),
            "storage": storage.model_copy(update={"volumes": (*storage.volumes, *volumes)}),
        }
    )


def _machine(environment: Environment, app: Application) -> DomU:
    """Describe an application's domU: Debian and kernel options as the first domU has them."""
    network, name = environment.network, machine_name(app)
    like = environment.domus[0] if environment.domus else None
    return DomU(
        name=name,
        volume=name,
        memory=Size(SYSTEM_MEMORY + (app.memory or APPLICATION_MEMORY)),
        vcpus=app.vcpus or 1,
        address=IPv4Interface(f"{app.address}/{network.address.network.prefixlen}"),
        gateway=network.gateway,
        dns=network.dns,
        root=RootFileSystem(suite=(like and like.root.suite) or SUITE, engine=False),
        kernel_options=like.kernel_options if like else (),
    )
