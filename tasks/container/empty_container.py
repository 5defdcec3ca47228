"""The floor of a container's start: one whose program ends at once."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from blocks.connections import Connections
from deployments.model import Environment
from runs.interruption import undoing
from tasks.compiled import STANDALONE, compiled
from tasks.container.compose_file import NETWORK
from tasks.container.engine import asking
from tasks.container.leftovers import labels, remove_temporary
from tasks.instance.address import free
from tasks.measuring.measure import Figure, first_answer, start_figures
from tasks.measuring.method import Method, repeated
from tasks.measuring.timed_end import timed_end
from tasks.measuring.timed_start import Start

SOURCE = Path(__file__).parent / "files" / "empty.S"


def empty_container(
    environment: Environment, connections: Connections, host: str, run: str, method: Method
) -> Iterable[Figure]:
    """Measure a container whose program ends at once: created until it has ended."""
    program = compiled(SOURCE, *STANDALONE)
    tag = f"epos/empty-container:{program.name.rpartition('-')[2]}"
    marks = labels(environment, run)
    with asking(host, "measure an empty container"):
        engine = connections.engine(host)
        repository, _, key = tag.partition(":")
        changes = ['CMD ["/empty"]', *(f'LABEL {name}="{value}"' for name, value in marks.items())]
        try:
            engine.api.import_image_from_data(
                image_tar(program), repository=repository, tag=key, changes=changes
            )
            starts = repeated(
                method,
                lambda: empty_start(environment, engine, tag, marks),
                first_answer,
                "ended",
            )
            size = engine.images.get(tag).attrs["Size"]
        finally:
            with undoing():
                remove_temporary(environment, connections.engine(host), host)
    yield Figure("size", "bytes", [size], "the engine's size of the image")
    yield from start_figures(method, starts, "creating call until the engine says that it ended")


def image_tar(program: Path) -> bytes:
    """Give the one file of the image as a tar archive."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        info = tarfile.TarInfo("empty")
        info.size, info.mode = program.stat().st_size, 0o755
        tar.addfile(info, io.BytesIO(program.read_bytes()))
    return archive.getvalue()


def empty_start(environment: Environment, engine: Any, tag: str, marks: dict[str, str]) -> Start:
    """Time one empty container on the containers' own network."""
    [spare] = free(environment, 1)
    address = {"IPAMConfig": {"IPv4Address": str(spare)}}
    made: list[str] = []

    def create() -> None:
        created = engine.api.create_container(
            tag,
            networking_config={"EndpointsConfig": {NETWORK: address}},
            host_config=engine.api.create_host_config(network_mode=NETWORK),
            labels=marks,
        )
        made.append(created["Id"])
        engine.api.start(created["Id"])

    def ended() -> bool:
        state: dict[str, Any] = engine.api.inspect_container(made[0])["State"]
        return bool(state["Status"] == "exited")

    start = timed_end(create, ended)
    engine.api.remove_container(made[0])
    return start
