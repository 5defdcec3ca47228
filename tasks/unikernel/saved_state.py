"""Starting a unikernel from a saved state: its memory as it was right after a correct answer.

A restored guest is a copy. Before it runs, Xen's hotplug program leaves it its own address and
fresh random bits in Xenstore (server/files/hotplug.c); its PID 1 takes both before the application
goes on (toolchains/linux/init/resume.c). So one state serves any number of instances of the same
image, each under its own address.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as xml

from blocks.connection import Connection
from blocks.connections import Connections
from deployments.model import Application, Environment
from errors import EposVirtError
from runs.interruption import undoing
from tasks.content import KEY_LENGTH, key_of
from tasks.server.hotplug import VIF_SCRIPT, wanted_files
from tasks.server.hypervisor import read_xen
from tasks.server.transfer import missing_files
from tasks.temporary import folder_of

if TYPE_CHECKING:
    import libvirt

FOLDER = "/var/lib/epos-virt/states"  # on the server; guests' memory, so root's alone
ADOPT = (Path(__file__).parents[1] / "server" / "files" / "adopt_state.py").read_text()


@dataclass(frozen=True)
class SavedState:
    """The saved state of one unikernel.

    Args:
        connections: the run's connections.
        environment: the whole environment.
        application: the application.
    """

    connections: Connections
    environment: Environment
    application: Application

    @property
    def server(self) -> Connection:
        """The server that keeps it."""
        return self.connections.server

    def can_restore(self) -> bool:
        """Tell whether the server's hotplug program is ours, which makes a copy another guest.

        One that is older, or Xen's own, leaves a restored guest the random bits of its original.
        """
        program, _ = wanted_files()[VIF_SCRIPT]
        return not missing_files(self.server, {VIF_SCRIPT: program})

    def find(self) -> str:
        """Give the state that fits the guest as it is defined now, its own if there is one; or "".

        One of another instance of the same image fits as well.
        """
        listed = self.server.run("find", FOLDER, "-name", self._file("*")).stdout.splitlines()
        mine = f"{FOLDER}/{self._file(self.application.name)}"
        return mine if mine in listed else min(listed, default="")

    def save(self) -> str:
        """Save the running guest, which ends with that; older states of it go. Give the file.

        Raises:
            EposVirtError: Xen could not save it; it may still be running.
        """
        import libvirt

        path = f"{FOLDER}/{self._file(self.application.name)}"
        beside = self._temporary("state")
        self.forget()
        try:
            self._domain().save(beside)
        except libvirt.libvirtError as error:
            raise self._failed("saved", error) from error
        self.server.check("mv", "-fT", beside, path)
        return path

    def restore(self, path: str) -> None:
        """Create the guest from a saved state and let it run.

        Raises:
            EposVirtError: there is no such state, or Xen could not restore it.
        """
        import libvirt

        try:
            with self._own(path) as state:
                self.connections.hypervisor().restore(state)
        except libvirt.libvirtError as error:
            raise self._failed("restored", error) from error

    def forget(self) -> None:
        """Remove every state that this unikernel saved."""
        key = "[0-9a-f]" * KEY_LENGTH
        name = f"{self.environment.name}-{key}-{self.application.name}.state"
        self.server.check("find", FOLDER, "-name", name, "-delete")

    def _file(self, saved_by: str) -> str:
        """Name a state's file after all that went into it; where one thing differs, it is another.

        That is the guest's description but for who it is (with it image, memory, vCPUs, command
        line and what is on its volumes), Xen's version and options, and the processor.
        """
        running = _xen(self.server)
        about = [running.get(key, "") for key in ("xen_version", "xen_commandline", "hw_caps")]
        key = key_of(without_identity(self._defined()), about)
        return f"{self.environment.name}-{key[:KEY_LENGTH]}-{saved_by}.state"

    @contextmanager
    def _own(self, path: str) -> Iterator[str]:
        """Give a state as one of this guest's: a copy for the time, where another saved it."""
        if path == f"{FOLDER}/{self._file(self.application.name)}":
            yield path
            return
        copy = self._temporary("adopted")
        description = self._defined()
        self.server.check("python3", "-c", ADOPT, path, copy, stdin=description)
        try:
            yield copy
        finally:
            with undoing():
                self.server.check("rm", "-f", copy)

    def _temporary(self, kind: str) -> str:
        """Name a file that is being written; a killed run leaves it to the next one to remove."""
        folder = folder_of(self.environment)
        self.server.check("install", "-d", "-m", "0700", FOLDER, folder)
        return f"{folder}/{self.application.name}.{kind}"

    def _domain(self) -> libvirt.virDomain:
        return self.connections.hypervisor().lookupByName(self.application.name)

    def _defined(self) -> str:
        """Give the guest's description without what changes as it runs."""
        import libvirt

        description: str = self._domain().XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE)
        return description

    def _failed(self, what: str, error: libvirt.libvirtError) -> EposVirtError:
        return EposVirtError(
            f"{self.application.name} was not {what}",
            seen=str(error),
            remedy="on the server: /var/log/libvirt/libxl tells more",
        )


def without_identity(description: str) -> str:
    """Take a guest's name, UUID, hardware address, IPv4 address and our mark out of it."""
    domain = xml.fromstring(description)
    for tag in ("name", "uuid", "metadata"):
        if (element := domain.find(tag)) is not None:
            domain.remove(element)
    for card in domain.iterfind("devices/interface"):
        for tag in ("mac", "ip"):
            if (element := card.find(tag)) is not None:
                card.remove(element)
    if (line := domain.find("os/cmdline")) is not None and line.text:
        words = [word for word in line.text.split() if not word.startswith("epos.address=")]
        line.text = " ".join(words)
    return xml.tostring(domain, encoding="unicode")


@cache
def _xen(server: Connection) -> dict[str, str]:
    """Read what Xen runs there; asked once a run, in which no server is rebooted under guests."""
    return read_xen(server)
