"""What an engine says of a container: read from what a real one said."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from deployments.model import Environment
from errors import EposVirtError
from tasks.container.compose_plan import Container
from tasks.container.containers import as_container, image_of, memory_bytes, size_bytes
from tasks.container.listing import Listing
from tests.unit.container.engine_of_tests import NAME, Engine, recorded

DOMU = "centos7-VM"


def test_its_state_its_marks_and_its_address_are_read() -> None:
    assert as_container(recorded("running"), "epos-lab") == Container(
        name=NAME,
        environment="lab",
        config="c0ffee",
        state="running",
        health="none",
        address="10.77.0.2",
        error="",
    )
    ended = as_container(recorded("exited"), "another-network")
    assert (ended.state, ended.address) == ("exited", "")


def test_its_memory_is_without_the_pages_of_files_that_it_does_not_use() -> None:
    engine: Any = Engine()
    assert memory_bytes(engine, NAME, DOMU) == 7_131_136 - 3 * 2**20
    assert size_bytes(engine, NAME, DOMU) == recorded("image")["Size"]
    assert image_of(engine, NAME, DOMU) == recorded("image")["Id"]


def test_one_that_does_not_run_has_no_memory_and_no_figure() -> None:
    engine: Any = Engine("exited")
    with pytest.raises(EposVirtError, match="has no memory to measure"):
        memory_bytes(engine, NAME, DOMU)


@pytest.mark.parametrize(("name", "seen"), [("lab", [NAME]), ("another", [])])
def test_a_listing_has_only_what_is_the_environment_s(
    environment: Environment, name: str, seen: list[str]
) -> None:
    connections: Any = SimpleNamespace(engine=lambda _: Engine())
    of = environment.model_copy(update={"name": name})
    listed = Listing(of, connections, DOMU, lambda: True).containers
    assert isinstance(listed, dict)
    assert list(listed) == seen


def test_a_domu_that_is_down_is_not_asked_and_one_that_fails_says_so(
    environment: Environment,
) -> None:
    def engine(_: str) -> Any:
        raise EposVirtError("no engine", seen="", remedy="")

    connections: Any = SimpleNamespace(engine=engine)
    down = Listing(environment, connections, DOMU, lambda: False)
    assert down.containers == f"{DOMU} is down"
    silent = Listing(environment, connections, DOMU, lambda: True)
    assert silent.containers == f"{DOMU} does not answer"
