"""Measuring an application in a virtual machine of its own: all of the machine is its own."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from blocks.connections import Connections
from deployments.model import Application, Environment
from tasks.content import key_of
from tasks.domu.measuring import domu_memory, used_bytes
from tasks.guest.measuring import bring_back, domain_key, measure_guest_starts
from tasks.guest.shutdown import stop_guest
from tasks.instance.proving_question import question_of
from tasks.measuring.inside import inside_machine
from tasks.measuring.load import load_figures
from tasks.measuring.measure import Figure, Subject, brought_back, idle
from tasks.measuring.method import Method
from tasks.vm.service import UNIT_FILE


def vm_subject(
    environment: Environment, connections: Connections, application: Application
) -> Subject:
    """Measure a virtual machine: used bytes of its root, used memory, starts until it answers."""
    domu = str(application.domu)

    def measure(method: Method) -> Iterable[Figure]:
        hypervisor = connections.hypervisor()
        size = used_bytes(connections.domu(domu))
        yield Figure("size", "bytes", [size], "df: used of /, system and application")

        def stop() -> None:
            connections.forget_domu(domu)
            with brought_back(lambda: stop_guest(connections.hypervisor(), domu)):
                stop_guest(hypervisor, domu)

        question = question_of(environment, application)
        with brought_back(partial(bring_back, connections, domu)):
            yield from measure_guest_starts(
                method, hypervisor, domu, connections.server, question, stop
            )
            idle()
        memory = domu_memory(connections.domu(domu))
        yield Figure("memory", "bytes", [memory], "MemTotal less MemAvailable")
        yield from load_figures(connections.server, question)
        yield from inside_machine(connections.domu(domu))

    def key() -> str:
        unit = connections.domu(domu).read(UNIT_FILE)
        return domain_key(connections.hypervisor(), domu, key_of(unit))

    return Subject(application.name, "vm", key, measure)
