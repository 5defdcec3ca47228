"""The floor of a container's start: one that ends at once, timed and left nowhere."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from deployments.model import Environment
from tasks.container.compose_file import NETWORK
from tasks.container.empty_container import empty_container
from tasks.instance.address import free
from tasks.measuring.method import FIXED, REPETITIONS
from tasks.temporary import LABEL
from tests.unit.container.engine_of_tests import recorded


class Engine:
    """An engine whose containers are seen to run once, then to have exited."""

    def __init__(self) -> None:
        self.api, self.images, self.containers = self, self, self
        self.there: dict[str, Iterator[str]] = {}
        self.asked: list[dict[str, Any]] = []
        self.image = b""
        self.marks: list[str] = []

    def import_image_from_data(self, data: bytes, *, changes: list[str], **_: str) -> None:
        self.image, self.marks = data, changes

    def get(self, _tag: str) -> Any:
        return SimpleNamespace(attrs=recorded("image"))

    def create_host_config(self, **host: Any) -> dict[str, Any]:
        return host

    def create_container(self, _tag: str, **asked: Any) -> dict[str, str]:
        self.asked.append(asked)
        return {"Id": str(len(self.asked))}

    def start(self, identity: str) -> None:
        self.there[identity] = iter(["running", "exited"])

    def inspect_container(self, identity: str) -> Any:
        state = recorded("exited")["State"]
        return {"State": {**state, "Status": next(self.there[identity])}}

    def remove_container(self, identity: str, **_: Any) -> None:
        del self.there[identity]

    def list(self, **_: Any) -> list[Any]:
        return []  # no killed run left anything


def test_it_is_started_with_an_address_of_its_own_until_it_has_ended_and_removed(
    environment: Environment, own_state: Path
) -> None:
    engine = Engine()
    connections: Any = SimpleNamespace(engine=lambda _: engine)
    size, running, ended = empty_container(environment, connections, "centos7-VM", "run-1", FIXED)
    assert (size.metric, size.values) == ("size", [recorded("image")["Size"]])
    assert (running.metric, len(running.values)) == ("start_running", REPETITIONS)
    assert (ended.metric, len(ended.values)) == ("start_first_answer", REPETITIONS)
    assert all(e >= r > 0 for e, r in zip(ended.values, running.values, strict=True))
    assert engine.there == {}
    with tarfile.open(fileobj=io.BytesIO(engine.image)) as tar:
        [program] = tar.getmembers()
    assert (program.name, program.mode) == ("empty", 0o755)
    [asked] = {str(one): one for one in engine.asked}.values()
    assert asked["labels"][LABEL] == "run-1"
    assert f'LABEL {LABEL}="run-1"' in engine.marks
    [address] = free(environment, 1)
    endpoint = asked["networking_config"]["EndpointsConfig"][NETWORK]
    assert endpoint["IPAMConfig"]["IPv4Address"] == str(address)
