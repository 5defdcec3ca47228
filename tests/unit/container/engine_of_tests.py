"""An engine that answers as a real one did: recorded/ holds what Docker 20.10 said of a container.

It ran a program that had 3 MB of memory and had read a file of 3 MiB, in a network of its own.
"""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from docker.errors import NotFound
from docker.models.containers import Container
from docker.models.images import Image

RECORDED = Path(__file__).parent / "recorded"
NAME = "fwss"


def recorded(name: str) -> Any:
    """Give what the engine said."""
    return json.loads((RECORDED / f"{name}.json").read_text())


class Engine:
    """One container, `running`, `exited` or not there; what is done is noted."""

    def __init__(self, state: str = "running") -> None:
        self.state = state
        self.noted: list[str] = []
        self.made: list[tuple[dict[str, Any], str]] = []
        self.containers = self
        self.api = self
        self.images = SimpleNamespace(get=lambda _: Image(attrs=recorded("image")))

    def get(self, name: str) -> Container:
        if not self.state or name != NAME:
            raise NotFound(f"No such container: {name}")
        return self._container()

    def list(self, **asked: Any) -> list[Container]:
        return [self._container()] if self.state else []

    def _container(self) -> Container:
        client: Any = SimpleNamespace(api=self, images=self.images)
        return Container(attrs=recorded(self.state), client=client)

    def stats(self, _id: str, **asked: Any) -> Any:
        return recorded(f"stats_{self.state}")

    def start(self, identity: str, **_: Any) -> None:
        self.noted.append("start")
        self.state = "running"

    def create_container_from_config(self, config: dict[str, Any], name: str) -> dict[str, str]:
        self.noted.append("create")
        self.made.append((config, name))
        return {"Id": "1"}
