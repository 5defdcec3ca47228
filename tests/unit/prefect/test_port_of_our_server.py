"""A port that another program has is told with that program, or given way to."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator

import pytest

from runs.listener import listener_on
from runs.prefect_server.places import HOST
from runs.prefect_server.program import listen


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server((HOST, 0)) as other:
        yield other.getsockname()[1]


def test_24_the_only_port_that_will_do_names_who_has_it(taken: int) -> None:
    with pytest.raises(SystemExit) as error:
        listen(taken, exactly=True)
    said = str(error.value)
    assert said.startswith(f"port {taken} of {HOST}: Address already in use")
    assert f", by process {os.getpid()} (" in said


def test_24_any_other_port_gives_way(taken: int) -> None:
    with listen(taken, exactly=False) as listening:
        assert listening.getsockname()[0] == HOST
        assert listening.getsockname()[1] != taken


def test_nobody_is_named_where_nobody_listens(taken: int) -> None:
    with socket.socket() as bound:
        bound.bind((HOST, 0))
        assert listener_on(bound.getsockname()[1]) == ""
