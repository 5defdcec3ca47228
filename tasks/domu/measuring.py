"""Measuring a domU: used bytes of its volume, used memory, starts until SSH greets."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from blocks.connection import Connection
from blocks.connections import Connections
from deployments.model import DomU
from tasks.guest.measuring import bring_back, domain_key, measure_guest_starts
from tasks.guest.shutdown import stop_guest
from tasks.measuring.inside import inside_machine
from tasks.measuring.measure import Figure, Subject, brought_back, idle
from tasks.measuring.method import Method
from tasks.measuring.timed_start import Question


def domu_subject(connections: Connections, domu: DomU) -> Subject:
    """Measure a domU: used bytes of its volume, used memory, starts until SSH greets."""
    greeting = Question(domu.name, "ssh", str(domu.address.ip), 22, "", "SSH-2.0-")

    def measure(method: Method) -> Iterable[Figure]:
        hypervisor = connections.hypervisor()
        yield Figure("size", "bytes", [used_bytes(connections.domu(domu.name))], "df: used of /")

        def stop() -> None:
            connections.forget_domu(domu.name)
            # What was asked to shut down is down before it is brought back.
            with brought_back(lambda: stop_guest(connections.hypervisor(), domu.name)):
                stop_guest(hypervisor, domu.name)

        with brought_back(partial(bring_back, connections, domu.name)):
            yield from measure_guest_starts(
                method, hypervisor, domu.name, connections.server, greeting, stop
            )
            idle()
        memory = domu_memory(connections.domu(domu.name))
        yield Figure("memory", "bytes", [memory], "MemTotal less MemAvailable")
        yield from inside_machine(connections.domu(domu.name))

    return Subject(
        domu.name, "vm", lambda: domain_key(connections.hypervisor(), domu.name), measure
    )


def domu_memory(connection: Connection) -> int:
    """Give the bytes a domU's programs use, as its own `free` shows it: total less available."""
    fields = {}
    for line in (connection.read("/proc/meminfo") or "").splitlines():
        # MemAvailable:     312345 kB
        key, value = line.split(":")
        fields[key] = int(value.split()[0]) * 1024
    return fields["MemTotal"] - fields["MemAvailable"]


def used_bytes(connection: Connection) -> int:
    """Give the bytes a domU's root file system uses of its volume."""
    return int(connection.check("df", "--block-size=1", "--output=used", "/").split()[1])
