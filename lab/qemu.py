"""QEMU's command line: the shape of the server as arguments."""

from __future__ import annotations

import json
import shlex
import socket
import sys
from dataclasses import dataclass
from pathlib import Path

from lab import recipe
from lab.folders import MachineFolder
from lab.mirrors import door

PROGRAM = "qemu-system-x86_64"
HOST = "127.0.0.1"

ACCELERATION = {
    "kvm": ("-accel", "kvm", "-cpu", "host,vendor=GenuineIntel"),
    # With an AMD vendor Xen hides `sep`, and libvirt's Xen driver then finds no CPU model.
    # An intercepted rdtscp is reported to Xen as rdtsc, which ends PVH guests.
    "tcg": ("-accel", "tcg,thread=multi", "-cpu", "max,vendor=GenuineIntel,rdtscp=off"),
}


@dataclass(frozen=True, kw_only=True)
class Disk:
    """One disk of the server; `name` is its node name, `form` "raw" or "qcow2"."""

    name: str
    path: Path
    form: str = "qcow2"


@dataclass(frozen=True, kw_only=True)
class Machine:
    """All that one start of QEMU depends on.

    Args:
        folder: where its socket, console and process id go.
        disks: in the order of /dev/vda, /dev/vdb.
        disc: the boot disc, which reads the server's own GRUB configuration.
        port: of 127.0.0.1, leads to the server's SSH.
        accelerator: "kvm" or "tcg".
        mirrors: URLs of the package mirrors, all that can be reached from the lab.
        snapshot: what to continue from; empty to boot.
    """

    folder: MachineFolder
    disks: tuple[Disk, ...]
    disc: Path
    port: int
    accelerator: str
    mirrors: tuple[str, ...] = ()
    snapshot: str = ""


def command_line(machine: Machine) -> list[str]:
    """Return the command that starts `machine` detached, listening on loopback only."""
    command = [
        PROGRAM,
        *("-name", f"epos-lab-{machine.folder.path.name}"),
        *("-machine", "q35", *ACCELERATION[machine.accelerator]),
        *("-smp", str(recipe.CPUS), "-m", str(recipe.MEMORY_MB)),
        *("-nodefaults", "-no-user-config", "-display", "none"),
        *("-sandbox", "on,obsolete=deny,resourcecontrol=deny"),
        *("-rtc", "base=utc,clock=host"),
        # The card gets its name, enp3s0, from being behind the third root port.
        *(part for n in (1, 2, 3) for part in ("-device", f"pcie-root-port,id=p{n},chassis={n}")),
        *("-netdev", _network(machine)),
        *("-device", "virtio-net-pci,netdev=lan,bus=p3,romfile="),
    ]
    for disk in machine.disks:
        command += ["-blockdev", json.dumps(_block_device(disk))]
        command += ["-device", f"virtio-blk-pci,drive={disk.name},serial={disk.name}"]
    command += [
        *("-blockdev", json.dumps(_disc(machine.disc))),
        *("-device", "ide-cd,drive=disc,bootindex=0"),
        *("-chardev", f"file,id=console,path={_plain(machine.folder.console)}"),
        *("-serial", "chardev:console"),
        # Relative to the folder: the path of a socket may have 107 characters at most.
        *("-qmp", f"unix:{machine.folder.qmp_socket.name},server=on,wait=off"),
        *("-pidfile", str(machine.folder.pid_file), "-daemonize"),
    ]
    if machine.snapshot:
        command += ["-loadvm", machine.snapshot]
    return command


def choose_port(preferred: int) -> int:
    """Return `preferred` where it is free on loopback, else a port that is."""
    for port in (preferred, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            chosen: int = probe.getsockname()[1]
            return chosen
    raise OSError(f"no free port on {HOST}")


def _network(machine: Machine) -> str:
    """The EPOS LAN, which exists inside QEMU only, and from which there is one way out: the door.

    Without `restrict` what is sent to the gateway arrives at this machine's own loopback, and all
    else wherever this machine can reach.
    """
    program = (sys.executable, "-I", "-S", door.__file__, str(machine.folder.door_places))
    command = shlex.join((*program, *machine.mirrors)).replace(",", ",,")
    return (
        "user,id=lan,restrict=on,ipv6=off,"
        # QEMU wants a name server's address that is not the door's, and takes one of nobody.
        f"net={recipe.NETWORK},host={recipe.GATEWAY},dns={recipe.BROADCAST},"
        f"guestfwd=tcp:{recipe.DNS}:{recipe.DOOR_PORT}-cmd:{command},"
        f"hostfwd=tcp:{HOST}:{machine.port}-{recipe.ADDRESS}:22"
    )


def _block_device(disk: Disk) -> dict[str, object]:
    """A disk that gives back what the server discards.

    It writes through this machine's page cache: what the server has synced survives the death
    of QEMU, and of this machine too, for a sync in the server is one here.
    """
    return {
        "driver": disk.form,
        "node-name": disk.name,
        "discard": "unmap",
        "detect-zeroes": "unmap",
        "file": {
            "driver": "file",
            "filename": str(disk.path),
            "aio": "threads",
            "discard": "unmap",
        },
    }


def _disc(path: Path) -> dict[str, object]:
    file = {"driver": "file", "filename": str(path), "read-only": True}
    return {"driver": "raw", "node-name": "disc", "read-only": True, "file": file}


def _plain(path: Path) -> str:
    """A path as the value of an option: QEMU reads two commas as one that is no separator."""
    return str(path).replace(",", ",,")
