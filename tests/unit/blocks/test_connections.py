"""What a run has open is opened anew where its other end is gone."""

from __future__ import annotations

from typing import Any

import pytest

from blocks.connections import Connections
from errors import EposVirtError


class Libvirt:
    """A connection to a daemon that may end."""

    def __init__(self) -> None:
        self.alive = True
        self.closed = False

    def isAlive(self) -> bool:
        return self.alive

    def close(self) -> None:
        self.closed = True


class Tunnel:
    """What carries a connection."""

    def __init__(self) -> None:
        self.closed = False

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Libvirt, Tunnel]]:
    """Promise that libvirt is opened without a server; gives what was."""
    every: list[tuple[Libvirt, Tunnel]] = []

    def open_libvirt(*_way: object) -> tuple[Libvirt, Tunnel]:
        every.append((Libvirt(), Tunnel()))
        return every[-1]

    monkeypatch.setattr("blocks.libvirtd.open_libvirt", open_libvirt)
    return every


def connections() -> Connections:
    nowhere: Any = object()
    made = Connections(lambda: nowhere, lambda _name: nowhere)
    made._server = nowhere
    return made


def test_16_a_daemon_that_was_started_anew_is_asked_anew(
    opened: list[tuple[Libvirt, Tunnel]],
) -> None:
    every = connections()
    first: Any = every.hypervisor()
    assert every.hypervisor() is first
    first.alive = False
    assert every.hypervisor() is opened[1][0]
    assert opened[0][1].closed, "its tunnel as well"
    assert len(opened) == 2


def test_16_a_daemon_that_is_away_is_worth_another_try(monkeypatch: pytest.MonkeyPatch) -> None:
    answers: list[Any] = [EposVirtError("away", remedy="", transient=True), (Libvirt(), Tunnel())]

    def open_libvirt(*_way: object) -> Any:
        answer = answers.pop(0)
        if isinstance(answer, EposVirtError):
            raise answer
        return answer

    monkeypatch.setattr("blocks.libvirtd.open_libvirt", open_libvirt)
    every = connections()
    with pytest.raises(EposVirtError) as error:
        every.hypervisor()
    assert error.value.transient
    assert every.hypervisor()
