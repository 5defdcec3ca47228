"""What a lab is now, as an object for programs and as a table for people."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from lab import build, process, qemu, recipe, snapshots, ssh
from lab.folders import MachineFolder, bases_folder, lab_folder, read_state


class SshAccess(BaseModel):
    """How to reach the server's SSH; `answers` tells whether it greets now."""

    model_config = ConfigDict(frozen=True)

    host: str
    port: int
    user: str
    key: str
    known_hosts: str
    answers: bool


class Status(BaseModel):
    """A lab as it is now.

    `state` is "absent" (no disks), "down" or "up" (QEMU runs). `stale` means that the lab was
    built from something else than what would be built now; `reset` makes it anew.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    state: str
    stale: bool
    accelerator: str
    accelerator_reason: str
    ssh: SshAccess | None
    address: str
    interface: str
    disk: str
    memory_mb: int
    cpus: int
    pid: int | None
    snapshots: list[str]
    built_from: str
    folder: str
    console: str


def read_status(name: str) -> Status:
    """Look at the lab `name`; nothing is changed."""
    folder = lab_folder(name)
    state = read_state(folder)
    pid = process.running_pid(folder) if state else None
    return Status(
        name=name,
        state="absent" if state is None else "down" if pid is None else "up",
        stale=state is not None
        and state.base != build.current_recipe(build.preparation_of(state.base)).key(),
        accelerator=state.accelerator if state else "",
        accelerator_reason=state.accelerator_reason if state else "",
        ssh=_access(folder, state.base, state.port, pid is not None) if state else None,
        address=recipe.ADDRESS,
        interface=recipe.INTERFACE,
        disk=recipe.DATA_DEVICE,
        memory_mb=recipe.MEMORY_MB,
        cpus=recipe.CPUS,
        pid=pid,
        snapshots=snapshots.read(folder) if state else [],
        built_from=state.base if state else "",
        folder=str(folder.path),
        console=str(folder.console),
    )


def _wanted_base(base: str) -> str:
    """Return what the lab's base images would be filed under, were they built now."""
    return build.current_recipe(build.preparation_of(base)).key()


def table(status: Status) -> str:
    """Return the status as lines of name and value."""
    values = status.model_dump(exclude={"ssh"})
    if access := status.ssh:
        answer = "answers" if access.answers else "no answer"
        values["ssh"] = f"{access.user}@{access.host}:{access.port}, {answer}"
        values["key"], values["known_hosts"] = access.key, access.known_hosts
    width = max(map(len, values))
    return "\n".join(f"{name:{width}}  {_text(value)}".rstrip() for name, value in values.items())


def _access(folder: MachineFolder, base: str, port: int, running: bool) -> SshAccess | None:
    """Return how to log in, None before the first start."""
    if not port:
        return None
    return SshAccess(
        host=qemu.HOST,
        port=port,
        user=recipe.USER,
        key=str(build.LabBase(bases_folder() / base).key),
        known_hosts=str(folder.known_hosts),
        answers=running and ssh.answers(port),
    )


def _text(value: object) -> str:
    """Write a value as people read it."""
    if value is None or value in ("", []):
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(value)
    return str(value)
