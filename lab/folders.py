"""Where the lab's files are, who may change them now, and what is remembered of a lab."""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from errors import EposVirtError, WrongInput
from runs.held import alone
from state import make_private, replace_text, state_folder, state_place

_LAB_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,30}")
# A snapshot's name starts with a letter, for QEMU also takes its number for a name.
_SNAPSHOT_NAME = re.compile(r"[A-Za-z][A-Za-z0-9._-]{0,62}")


@dataclass(frozen=True)
class MachineFolder:
    """The files of one QEMU machine."""

    path: Path

    @property
    def root_disk(self) -> Path:
        """The overlay over the base's root file system."""
        return self.path / "root.qcow2"

    @property
    def data_disk(self) -> Path:
        """The disk of the volume group."""
        return self.path / "data.qcow2"

    @property
    def console(self) -> Path:
        """What the server wrote to its serial port since QEMU was started."""
        return self.path / "console.log"

    @property
    def known_hosts(self) -> Path:
        """The server's host key, pinned to the port in use."""
        return self.path / "known_hosts"

    @property
    def pid_file(self) -> Path:
        """The process id of QEMU."""
        return self.path / "qemu.pid"

    @property
    def qmp_socket(self) -> Path:
        """QEMU's control socket."""
        return self.path / "qmp.sock"

    @property
    def door_places(self) -> Path:
        """Who is at the lab's way out: bytes that a process holds (lab/mirrors/door.py)."""
        return self.path / "door.lock"

    @property
    def state_file(self) -> Path:
        """What is remembered of the lab; its presence says that the disks are complete."""
        return self.path / "state.json"


class LabState(BaseModel):
    """What is remembered of a lab between two commands.

    Args:
        base: key of the base images its overlays lie on.
        port: of 127.0.0.1, leads to the server's SSH; 0 before the first start.
        accelerator: of the last start, "kvm" or "tcg".
        snapshots: name of each snapshot and the accelerator it was taken under.
    """

    model_config = ConfigDict(frozen=True)

    base: str
    port: int = 0
    accelerator: str = ""
    accelerator_reason: str = ""
    snapshots: dict[str, str] = {}


def lab_folder(name: str) -> MachineFolder:
    """Return the folder of the lab `name`, which may not be there yet."""
    return MachineFolder(state_place("lab", "labs") / check_lab_name(name))


def lab_names() -> list[str]:
    """Return the names of all labs that have disks."""
    files = state_place("lab", "labs").glob("*/state.json")
    return sorted(each.parent.name for each in files)


def bases_folder() -> Path:
    """Return the folder of all base images."""
    return state_folder("lab", "bases")


def check_lab_name(name: str) -> str:
    """Return `name`, or raise WrongInput where it cannot be a lab's."""
    if not _LAB_NAME.fullmatch(name):
        raise WrongInput(
            f"{name!r} cannot be the name of a lab",
            remedy="use 1 to 31 small letters, digits and hyphens, as in --name lab2",
        )
    return name


def check_snapshot_name(name: str) -> str:
    """Return `name`, or raise WrongInput where it cannot be a snapshot's."""
    if not _SNAPSHOT_NAME.fullmatch(name):
        raise WrongInput(
            f"{name!r} cannot be the name of a snapshot",
            remedy="start with a letter; letters, digits, dots, hyphens follow, as in xen-ready",
        )
    return name


def read_state(folder: MachineFolder) -> LabState | None:
    """Return what is remembered of a lab, None where it has no disks."""
    try:
        return LabState.model_validate_json(folder.state_file.read_text())
    except FileNotFoundError:
        return None
    except ValidationError as error:
        raise EposVirtError(
            f"{folder.state_file} cannot be read",
            seen=str(error),
            remedy=f"python -m lab reset --name {folder.path.name} makes the lab anew",
        ) from error


def write_state(folder: MachineFolder, state: LabState) -> LabState:
    """Keep `state`, in one stroke: a reader sees the old one or the new one."""
    replace_text(folder.state_file, state.model_dump_json(indent=2) + "\n")
    return state


def locked(folder: Path) -> contextlib.AbstractContextManager[None]:
    """Hold the only right to change `folder` while the block runs; waits for who has it."""
    make_private(folder.parent)
    # Beside the folder, so that throwing the folder away keeps the lock.
    return alone(folder.with_name(folder.name + ".lock"), f"another command on {folder}")
