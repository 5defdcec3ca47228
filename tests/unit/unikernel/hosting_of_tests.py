"""A toolchain that hosts its instances: keeps real state, and as a daemon does believes itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from errors import EposVirtError
from toolchains import Application, GuestSettings, HostedInstance, Image

NAME = "hosting"
HOSTED = "indexGD"  # what it hosts of the lab's environment


class Daemon:
    """The toolchain and its daemon in one.

    Args:
        forgets: whether it forgets what it stops, as UniK's does on Xen.
    """

    name = NAME
    summary = "hosts its instances, for tests"

    def __init__(self, *, forgets: bool = False) -> None:
        self.forgets = forgets
        self.there: dict[str, HostedInstance] = {}
        self.asked: list[str] = []
        self.started = 0
        self.is_down = False
        self.dumb: set[str] = set()  # identities of those that do not answer
        self.address = ""  # what an instance really gets; empty: nobody knows
        self.built: set[str] = set()  # names of applications

    def look(self, application: Application, cache: Path) -> Image | None:
        return self._image(application, cache) if application.name in self.built else None

    def build(self, application: Application, cache: Path) -> Image:
        self.asked.append(f"build {application.name}")
        self.built.add(application.name)
        return self._image(application, cache)

    def _image(self, application: Application, cache: Path) -> Image:
        folder = cache / f"epos-{application.name.lower()}-0123456789abcdef"
        return Image(
            name=application.name,
            key="0123456789abcdef" * 4,
            toolchain=NAME,
            runtime="none",
            kernel=folder / "record",
            root=folder / "record",
            root_kind="block",
            size_bytes=7_000_000,
            port=application.port,
            packages={},
            built=False,
        )

    def kept_as(self, image: Image) -> str:
        return image.kernel.parent.name

    def command_line(self, image: Image, settings: GuestSettings) -> str:
        raise NotImplementedError

    def describe(self, image: Image) -> dict[str, object]:
        raise NotImplementedError

    def start(
        self,
        image: Image,
        *,
        instance: str,
        memory: int,
        address: str | None,
        volumes: Mapping[str, str],
        environment: Mapping[str, str],
    ) -> HostedInstance:
        assert instance not in self.there, "a daemon's names are unique"
        self.asked.append(f"start {instance}")
        self.started += 1
        made = HostedInstance(
            name=instance,
            identity=str(self.started),
            image=self.kept_as(image),
            address=self.address,
            state="running",
        )
        self.there[instance] = made
        return made

    def instances(self) -> Sequence[HostedInstance]:
        if self.is_down:
            raise EposVirtError("the daemon does not answer", seen="", remedy="start it")
        return list(self.there.values())

    def logs(self, instance: HostedInstance) -> str:
        return f"boots\nhas \x1b[1mnumber\x1b[0m\n{self.there[instance.name].identity}\n"

    def stop(self, instance: HostedInstance) -> None:
        if self.forgets:
            return self.remove(instance)
        self.asked.append(f"stop {instance.name}")
        self.there[instance.name] = instance.model_copy(update={"state": "stopped"})
        return None

    def remove(self, instance: HostedInstance) -> None:
        self.asked.append(f"remove {instance.name}")
        del self.there[instance.name]

    def answers(self, address: str) -> bool:
        """Tell whether an instance that runs answers there."""
        return any(
            one.state == "running" and one.address == address and one.identity not in self.dumb
            for one in self.there.values()
        )
