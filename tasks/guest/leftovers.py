"""What killed runs left on the server: guests, files and programs that were temporary.

Only what carries our mark of being temporary, and of this environment (tasks/temporary.py). No run
of this machine makes any while this looks: one run at a time may change a server.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from blocks.connection import Connection
from blocks.connections import Connections
from deployments.model import Environment
from runs.step import Action, Plan, Step
from tasks import step_names
from tasks.guest.description import mark_in, mark_of, read_domain
from tasks.server.leftovers import remove_files, temporary_files
from tasks.temporary import ATTRIBUTE, removal

if TYPE_CHECKING:
    import libvirt


def leftovers_step(
    environment: Environment,
    connections: Connections,
    after: Sequence[str],
    group: str = "prepare_host",
) -> Step:
    """Remove from the server what a killed run left there."""

    def plan() -> Plan:
        guests = temporary_guests(environment, connections.hypervisor())
        actions = [
            Action(f"end guest {name}, {why}", partial(end_guest, environment, connections, name))
            for name, why in guests.items()
        ]
        if found := temporary_files(environment, connections.server):
            what = f"end or remove {', '.join(found)}"
            actions.append(Action(what, partial(remove_files, environment, connections.server)))
        return removal(actions)

    return Step(step_names.LEFTOVERS, group, "server", plan, tuple(after))


def temporary_guests(environment: Environment, hypervisor: libvirt.virConnect) -> dict[str, str]:
    """Name the guests that a killed run left, and say what each is."""
    found = {}
    for domain in hypervisor.listAllDomains():
        mark = mark_of(domain)
        if _is_temporary(environment, mark):
            kept = domain.isPersistent() and not _only_temporary(domain)
            what = "which runs as it was measured" if kept else "which was temporary"
            found[domain.name()] = f"{what} (run {mark[ATTRIBUTE]})"
    return found


def _only_temporary(domain: libvirt.virDomain) -> bool:
    """Tell whether also the definition is temporary, not only what runs now."""
    import libvirt  # where it is used: it takes long to import

    return ATTRIBUTE in mark_in(domain.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE))


def end_guest(environment: Environment, connections: Connections, name: str) -> None:
    """End a temporary guest of ours, if it is there; a definition that is not temporary stays."""
    hypervisor = connections.hypervisor()
    domain = read_domain(hypervisor, name)
    if domain is None or not _is_temporary(environment, mark_of(domain)):
        return
    if domain.isActive():
        domain.destroy()
    else:
        _destroy_without_libvirt(connections.server, domain)
    domain = read_domain(hypervisor, name)  # one that had no definition is gone
    if domain and _only_temporary(domain):
        domain.undefine()


def _is_temporary(environment: Environment, mark: Mapping[str, str]) -> bool:
    return mark.get("environment") == environment.name and ATTRIBUTE in mark


def _destroy_without_libvirt(server: Connection, domain: libvirt.virDomain) -> None:
    """End a guest that xl made, as bench/instances.py does: libvirt does not know that it runs."""
    # 4c6e1ea8-9e5c-4c6f-8a1d-0d7a3a1f9f5e     5    indexGD-1
    for line in server.check("xl", "vm-list").splitlines():
        if line.split()[:1] == [domain.UUIDString()]:
            server.check("xl", "destroy", line.split()[1])
