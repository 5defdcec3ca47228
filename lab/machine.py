"""The life of a lab: up, down, snapshot, restore, reset. Each may be repeated at any point."""

from __future__ import annotations

import shlex
import time

from errors import EposVirtError, WrongInput
from lab import accelerator, build, keys, process, program, progress, qemu, snapshots, ssh
from lab.folders import (
    LabState,
    MachineFolder,
    bases_folder,
    lab_folder,
    lab_names,
    locked,
    read_state,
    write_state,
)
from lab.preparation import Preparation
from lab.qmp import QmpError, connect
from lab.recipe import DATA_GIB, DOOR_FILE, DOOR_SETTINGS
from runs.child import ProgramFailed

_BOOT_LIMIT = 240  # s without a line on the console; Xen and its dom0 take 60 under emulation
_RESTORE_LIMIT = 60  # s; 3 on an idle machine
_POWEROFF_LIMIT = 180  # s; libvirt and Xen end or save their guests first
_START_TRIES = 3
# At every start, for a lab and a snapshot of before there was a door know nothing of it.
_SHOW_DOOR = f"printf %s {shlex.quote(DOOR_SETTINGS)} > {DOOR_FILE}"


def up(name: str, preparation: Preparation | None = None) -> bool:
    """Make the lab run and answer SSH, building what is missing; return whether it was down.

    Args:
        name: of the lab.
        preparation: what a lab that is made now has from the start; one that is there stays.
    """
    folder = lab_folder(name)
    with locked(folder.path):
        state = read_state(folder) or _make_disks(folder, preparation or Preparation())
        was_down = process.running_pid(folder) is None
        if was_down:
            state = _start(folder, state)
            progress.say(f"{name} boots; its console: {folder.console}")
    # Without the lock, so that `down` can end a boot that hangs.
    ssh.wait_for(login(folder, state), within=_BOOT_LIMIT, first=_SHOW_DOOR if was_down else "true")
    progress.say(f"{name} answers SSH on {qemu.HOST}:{state.port}")
    return was_down


def down(name: str, *, hard: bool = False) -> bool:
    """Power the lab off; return whether it ran.

    Args:
        name: of the lab.
        hard: take the power away, as a power failure does, instead of shutting down.
    """
    folder = lab_folder(name)
    _state(folder)
    with locked(folder.path):
        if process.running_pid(folder) is None:
            return False
        if hard:
            progress.say(f"{name}: power taken away")
            return process.kill(folder)
        _power_off(folder, _state(folder))
        return True


def snapshot(name: str, snapshot_name: str, *, replace: bool = False) -> None:
    """Save the running lab, memory and disks, under a name.

    Args:
        name: of the lab.
        snapshot_name: what to restore it by.
        replace: give up an older snapshot of that name.
    """
    folder = lab_folder(name)
    with locked(folder.path):
        state = _state(folder)
        if process.running_pid(folder) is None:
            raise WrongInput(
                f"the lab {name} is down, and only a running one can be saved",
                remedy=f"python -m lab up --name {name}",
            )
        taken = snapshots.read(folder)
        if snapshot_name in taken and not replace:
            raise WrongInput(
                f"the lab {name} has a snapshot {snapshot_name} already",
                remedy="choose another name, or add --replace",
            )
        started = time.monotonic()
        with connect(folder) as monitor:
            if snapshot_name in taken:
                snapshots.delete(monitor, snapshot_name)
            snapshots.save(monitor, snapshot_name)
        progress.say(f"{name} saved as {snapshot_name} in {time.monotonic() - started:.1f} s")
        kept = {each: how for each, how in state.snapshots.items() if each in taken}
        kept[snapshot_name] = state.accelerator
        write_state(folder, state.model_copy(update={"snapshots": kept}))


def restore(name: str, snapshot_name: str) -> None:
    """Put the lab back, running, to where it was saved; what it did since is lost."""
    folder = lab_folder(name)
    with locked(folder.path):
        state = _state(folder)
        _require_snapshot(folder, snapshot_name)
        _end_now(folder)
        state = _start(folder, state, snapshot_name)
        # The server went to sleep then and wakes up now: its clock shows the time of then.
        ssh.wait_for(login(folder, state), within=_RESTORE_LIMIT, first=_SHOW_DOOR)
        ssh.set_clock(login(folder, state))
        progress.say(f"{name} is back at {snapshot_name}, SSH on {qemu.HOST}:{state.port}")


def forget(name: str, snapshot_name: str) -> None:
    """Delete one of the lab's snapshots; the lab itself stays as it is."""
    folder = lab_folder(name)
    _state(folder)
    with locked(folder.path):
        state = _state(folder)
        _require_snapshot(folder, snapshot_name)
        if process.running_pid(folder) is None:
            snapshots.delete_offline(folder, snapshot_name)
        else:
            with connect(folder) as monitor:
                snapshots.delete(monitor, snapshot_name)
        kept = {each: how for each, how in state.snapshots.items() if each != snapshot_name}
        write_state(folder, state.model_copy(update={"snapshots": kept}))


def reset(name: str, preparation: Preparation | None = None) -> None:
    """Throw away the lab's disks and snapshots and make fresh ones on the current base.

    Args:
        name: of the lab.
        preparation: what it then has from the start; by default what it had.
    """
    folder = lab_folder(name)
    with locked(folder.path):
        if preparation is None:
            state = read_state(folder)
            preparation = build.preparation_of(state.base) if state else Preparation()
        process.kill(folder)
        # First, so that an interrupted reset leaves a lab that is absent and not a broken one.
        folder.state_file.unlink(missing_ok=True)
        _make_disks(folder, preparation)
    for key in build.discard_unused({_state(lab_folder(each)).base for each in lab_names()}):
        progress.say(f"base {key}, used by no lab any more, deleted")


def login(folder: MachineFolder, state: LabState) -> ssh.Login:
    """Return how to log in to a lab."""
    return ssh.Login(folder=folder, port=state.port, key=_base(folder, state).key)


def _state(folder: MachineFolder) -> LabState:
    """Return what is remembered of a lab that must be there."""
    if state := read_state(folder):
        return state
    raise WrongInput(
        f"there is no lab {folder.path.name}",
        seen=f"labs: {', '.join(lab_names()) or 'none'}",
        remedy=f"python -m lab up --name {folder.path.name} makes it",
    )


def _require_snapshot(folder: MachineFolder, name: str) -> None:
    """Raise WrongInput where the lab has no snapshot of that name."""
    taken = snapshots.read(folder)
    if name not in taken:
        raise WrongInput(
            f"the lab {folder.path.name} has no snapshot {name}",
            seen=f"it has {', '.join(taken) or 'none'}",
            remedy=f"python -m lab snapshot {name} --name {folder.path.name} takes one",
        )


def _base(folder: MachineFolder, state: LabState) -> build.LabBase:
    """Return the base images that the lab's overlays lie on."""
    if base := build.find_base(state.base):
        return base
    raise EposVirtError(
        f"the base images of the lab {folder.path.name} are gone",
        seen=f"no {state.base} in {bases_folder()}",
        remedy=f"python -m lab reset --name {folder.path.name} makes the lab anew",
    )


def _make_disks(folder: MachineFolder, preparation: Preparation) -> LabState:
    """Make fresh disks on the current base, building that first where it is missing."""
    recipe = build.current_recipe(preparation)
    base, _ = build.ensure_base(recipe)
    program.require("qemu-img")
    folder.path.mkdir(mode=0o700, exist_ok=True)
    overlay = ("qemu-img", "create", "-q", "-f", "qcow2")
    program.run(*overlay, "-b", base.root_image, "-F", "raw", folder.root_disk)
    program.run(*overlay, folder.data_disk, f"{DATA_GIB}G")
    return write_state(folder, LabState(base=recipe.key()))


def _start(folder: MachineFolder, state: LabState, snapshot_name: str = "") -> LabState:
    """Start QEMU and remember how; another port is tried where one was taken meanwhile."""
    program.require(qemu.PROGRAM, "ssh")
    base = _base(folder, state)
    chosen = _accelerator(folder, state, snapshot_name)
    progress.say(f"{folder.path.name}: {chosen.name}, for {chosen.reason}")
    port = state.port
    for tries_left in reversed(range(_START_TRIES)):
        port = qemu.choose_port(port)
        public = keys.public_line(base.host_key)
        folder.known_hosts.write_text(keys.known_hosts_line(qemu.HOST, port, public))
        machine = qemu.Machine(
            folder=folder,
            disks=(
                qemu.Disk(name="root", path=folder.root_disk),
                qemu.Disk(name="data", path=folder.data_disk),
            ),
            disc=base.disc,
            port=port,
            accelerator=chosen.name,
            mirrors=base.mirrors(),
            snapshot=snapshot_name,
        )
        try:
            process.start(machine)
            break
        except ProgramFailed as error:
            if not tries_left or "host forwarding rule" not in error.seen:
                raise
            port = 0
    how = {"port": port, "accelerator": chosen.name, "accelerator_reason": chosen.reason}
    return write_state(folder, state.model_copy(update=how))


def _accelerator(
    folder: MachineFolder, state: LabState, snapshot_name: str
) -> accelerator.Accelerator:
    """Return what to run on: a snapshot continues only on what it was taken under."""
    base = _base(folder, state)
    chosen = accelerator.choose(base.kernel, base.initrd)
    taken_under = state.snapshots.get(snapshot_name, chosen.name)
    if taken_under == chosen.name:
        return chosen
    if taken_under == "kvm":
        raise EposVirtError(
            f"snapshot {snapshot_name} was taken under KVM, which does not work here now",
            seen=chosen.reason,
            remedy=f"python -m lab up --name {folder.path.name} boots the lab under emulation",
        )
    reason = f"snapshot {snapshot_name} was taken under {taken_under}"
    return accelerator.Accelerator(name=taken_under, reason=reason)


def _power_off(folder: MachineFolder, state: LabState) -> None:
    """Shut the server down; where it does not, make QEMU write its disks and end."""
    progress.say(f"{folder.path.name}: powering off")
    try:
        ssh.run(login(folder, state), "systemctl poweroff", within=30)
    except EposVirtError:
        with connect(folder) as monitor:
            monitor.execute("system_powerdown")
    if not process.wait_for_end(folder, within=_POWEROFF_LIMIT):
        progress.say(f"{folder.path.name} did not power off within {_POWEROFF_LIMIT} s")
        _end_now(folder)


def _end_now(folder: MachineFolder) -> None:
    """End QEMU without asking the server, its disk files complete."""
    if process.running_pid(folder) is None:
        return
    try:
        with connect(folder) as monitor:
            monitor.execute("quit")
    except (QmpError, OSError):
        process.kill(folder)
    if not process.wait_for_end(folder, within=30):
        process.kill(folder)
