"""A domU: its root on a logical volume, defined and started through libvirt, reached by SSH."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as xml

from blocks.connection import Connection
from blocks.connections import Connections
from deployments.model import DomU, Environment
from errors import EposVirtError
from runs.step import Action, Plan, Step, built_before, change, nothing, to_build
from runs.telling import tell
from runs.wait import StillWaiting, wait_until
from tasks import step_names
from tasks.domu.root_filesystem import Identity, build_root, kept_root, root_image, root_key
from tasks.guest.console import keep_console, last_lines
from tasks.guest.description import add_disk, guest_xml, mark_in, mark_of, marked, read_domain
from tasks.guest.disks import disks_of
from tasks.guest.work import guest_work
from tasks.server.volume import LogicalVolume, note, read_volumes, require_ours

if TYPE_CHECKING:
    import libvirt

BOOT_WITHIN = 240.0  # seconds until SSH must answer; emulation takes 40 to 70


def root_step(
    environment: Environment,
    domu: DomU,
    identity: Callable[[], Identity],
    connections: Connections,
    after: Sequence[str],
    fill: Callable[[Path], object] = lambda _root: None,
) -> Step:
    """Carry a domU's root file system to its volume; never over one that is already there.

    The volume holds the containers' data: once a root was written whole it is kept, also
    when the recipe changed since. `fill` puts into a new one what its engine has from the start.
    """
    group = environment.storage.group

    def plan() -> Plan:
        volume = read_volumes(connections.server, group).get(domu.volume)
        key = root_key(domu, identity())
        have = volume.noted("root") if volume else None
        if have == key:
            return nothing(f"{group}/{domu.volume}: holds the root of {domu.name}")
        if have:
            return nothing(
                f"{group}/{domu.volume}: holds a root of {domu.name} made another way ({have}); "
                "kept, for it may hold data"
            )
        return change(
            f"{group}/{domu.volume}: holds no root of {domu.name} yet",
            Action(
                f"build a root file system and write it to /dev/{group}/{domu.volume}",
                lambda: write_root(environment, connections, domu, identity(), fill),
            ),
        )

    return Step(step_names.root(domu.name), "create_domu", "server", plan, tuple(after))


def build_root_step(domu: DomU, identity: Callable[[], Identity], after: Sequence[str]) -> Step:
    """Build a domU's root file system on this machine, where none is kept for its key."""

    def plan() -> Plan:
        who = identity()
        key = root_key(domu, who)
        if kept_root(domu, who).exists():
            return built_before("already built from the same recipe", key)
        build = Action("mmdebstrap, customise, pack", lambda: build_root(domu, who))
        return to_build("not built yet", key, build)

    name = step_names.root_image(domu.name)
    return Step(name, "create_domu", "this machine", plan, tuple(after), builds=True)


def write_root(
    environment: Environment,
    connections: Connections,
    domu: DomU,
    identity: Identity,
    fill: Callable[[Path], object],
) -> None:
    """Write the image's used blocks to the volume and grow the file system to all of it."""
    server, group = connections.server, environment.storage.group
    volume = require_ours(server, environment, domu.volume)
    refuse_foreign(server, group, volume)
    note(server, group, volume, "writing", domu.name)
    device = f"/dev/{group}/{domu.volume}"
    with root_image(build_root(domu, identity), fill) as image:
        tell(f"{image.stat().st_size / 1e6:.0f} MB to {device}")
        with image.open("rb") as file:
            server.check("zstd", "-dqf", "--no-sparse", "-o", device, stdin=file, timeout=600)
    server.run("e2fsck", "-fp", device, accept={0, 1}, timeout=600)
    server.check("resize2fs", device, timeout=600)
    for key, value in (("root", root_key(domu, identity)), ("writing", "")):
        note(server, group, require_ours(server, environment, domu.volume), key, value)


def refuse_foreign(server: Connection, group: str, volume: LogicalVolume) -> None:
    """Refuse a volume that holds something we did not begin to write.

    Raises:
        EposVirtError: names what is on it.
    """
    device = f"/dev/{group}/{volume.name}"
    found = server.run("blkid", "-p", "-o", "value", "-s", "TYPE", device, accept={0, 2}).stdout
    if found.strip() and volume.noted("writing") is None:
        raise EposVirtError(
            f"{device} already holds a file system that epos-virt did not write",
            seen=found.strip(),
            remedy=f"name another volume; or if it is not needed: wipefs --all {device}",
        )


def domu_xml(environment: Environment, domu: DomU) -> str:
    """Describe a domU as libvirt takes it; listing 4.4 of the thesis, with our mark."""
    domain = guest_xml(
        environment,
        domu.name,
        memory=domu.memory,
        vcpus=domu.vcpus,
        address=domu.address.ip,
    )
    xml.SubElement(domain, "bootloader").text = "pygrub"
    kind = xml.SubElement(xml.SubElement(domain, "os"), "type", arch="x86_64", machine="xenpv")
    kind.text = "linux"
    for event in ("on_poweroff", "on_reboot", "on_crash"):
        xml.SubElement(domain, event).text = getattr(domu, event)
    group = environment.storage.group
    add_disk(domain, f"/dev/{group}/{domu.volume}", "xvda")
    for disk in disks_of(environment, domu.name).values():
        add_disk(domain, f"/dev/{group}/{disk.volume}", disk.target, read_only=disk.read_only)
    return marked(domain, environment.name)


def plan_domain(
    mark: dict[str, str] | None, running: bool, autostart: bool, description: str, want: DomU
) -> list[str]:
    """Decide what to do with a domain: some of define, autostart, start; in that order.

    Raises:
        EposVirtError: a domain of that name exists and does not carry our mark.
    """
    wanted = mark_in(description)
    if mark is not None and mark.get("environment") != wanted["environment"]:
        raise EposVirtError(
            f"a domU called {want.name} is already there and is not of this environment",
            seen=f"its mark: {mark or 'none'}",
            remedy="rename one of the two; what does not carry our mark is never changed",
        )
    verbs = []
    if mark is None or mark["key"] != wanted["key"]:
        verbs.append("define")
    if want.autostart != autostart:
        verbs.append("autostart")
    if not running:
        verbs.append("start")
    return verbs


def lacking_disks(running: str, wanted: str) -> dict[str, str]:
    """Give the disks that a running domU does not have yet, by their targets.

    Those that it need not have any more stay until it boots again: they may be mounted.
    """
    have = _disks(running)
    return {target: disk for target, disk in _disks(wanted).items() if target not in have}


def _disks(description: str) -> dict[str, str]:
    found = xml.fromstring(description).iterfind("devices/disk")
    named = {disk.find("target"): xml.tostring(disk, encoding="unicode") for disk in found}
    return {target.get("dev", ""): disk for target, disk in named.items() if target is not None}


def attachment(domain: libvirt.virDomain, target: str, disk: str) -> Action:
    """Give a running domU a further disk; that it has it when it boots is in its definition."""
    import libvirt

    live = libvirt.VIR_DOMAIN_AFFECT_LIVE
    return Action(f"attach {target}", lambda: domain.attachDeviceFlags(disk, live))


def domain_step(
    environment: Environment, domu: DomU, connections: Connections, kept: Path, after: Sequence[str]
) -> Step:
    """Define a domU, have it start with the server, start it, wait until it answers.

    Args:
        environment: the whole environment.
        domu: the domU.
        connections: the run's connections.
        kept: folder of the run, where the console of a domU that does not boot is kept.
        after: steps to wait for.
    """
    description = domu_xml(environment, domu)

    def plan() -> Plan:
        hypervisor = connections.hypervisor()
        domain = read_domain(hypervisor, domu.name)
        running = bool(domain and domain.isActive())
        verbs = plan_domain(
            mark_of(domain) if domain else None,
            running,
            bool(domain and domain.autostart()),
            description,
            domu,
        )
        acts = {
            "define": Action(f"define {domu.name}", lambda: hypervisor.defineXML(description)),
            "autostart": Action(
                f"{'' if domu.autostart else 'do not '}start {domu.name} with the server",
                lambda: hypervisor.lookupByName(domu.name).setAutostart(int(domu.autostart)),
            ),
            "start": Action(
                f"start {domu.name}, wait for SSH on {domu.address.ip}",
                partial(start_domu, connections, domu, kept),
            ),
        }
        if running and domain:
            lacking = lacking_disks(domain.XMLDesc(), description)
            acts |= {target: attachment(domain, target, disk) for target, disk in lacking.items()}
            verbs += lacking
        if not verbs and not reachable_soon(connections, domu):
            if not connections.hypervisor().lookupByName(domu.name).isActive():
                return change("was shutting down", acts["start"])
            wait = partial(wait_for_ssh, connections, domu, kept)
            return change("runs, but does not answer yet", Action("wait for SSH", wait))
        if not verbs:
            return nothing(f"runs, answers on {domu.address.ip}")
        reason = {True: "runs, but differs"}.get(running, "is not running")
        return change(reason, *(acts[verb] for verb in verbs))

    return Step(step_names.domain(domu.name), "create_domu", "server", plan, tuple(after))


def reachable_soon(connections: Connections, domu: DomU) -> bool:
    """Tell whether the domU answers SSH; one that starts with the server is given its time.

    One that shuts down, as a killed measurement may leave it, is none that answers.
    """

    def answers_or_ended() -> str | None:
        if reachable(connections, domu):
            return "answers"
        connections.forget_domu(domu.name)
        active = connections.hypervisor().lookupByName(domu.name).isActive()
        return None if active else "ended"

    try:
        found = wait_until(
            answers_or_ended,
            what=f"SSH of {domu.name}",
            within=BOOT_WITHIN,  # one that starts with the server boots as any other does
            every=1,
            remedy="",
            progress=guest_work(connections, domu.name),
        )
        return found == "answers"
    except StillWaiting:
        return False


def reachable(connections: Connections, domu: DomU) -> bool:
    """Tell whether the domU answers SSH now, and does not shut down."""
    try:
        told = connections.domu(domu.name).run("systemctl", "is-system-running", timeout=20)
        return told.stdout.strip() != "stopping"
    except EposVirtError as error:
        if error.transient:
            return False
        raise


def start_domu(connections: Connections, domu: DomU, kept: Path) -> None:
    """Start a defined domU and wait until it answers SSH."""
    import libvirt

    domain = connections.hypervisor().lookupByName(domu.name)
    tell("starting")
    try:
        domain.create()
    except libvirt.libvirtError as error:
        raise EposVirtError(
            f"domU {domu.name} was not started",
            seen=str(error),
            remedy="on the server: /var/log/libvirt/libxl and /var/log/xen tell more; "
            "is its volume free and its memory there (xl info)?",
        ) from error
    wait_for_ssh(connections, domu, kept)


def wait_for_ssh(connections: Connections, domu: DomU, kept: Path) -> None:
    """Wait until a running domU answers SSH.

    Raises:
        EposVirtError: it did not; the end of its console is in the error, all of it in the run.
    """
    tell(f"waiting for SSH on {domu.address.ip}")

    def answers() -> bool:
        connections.forget_domu(domu.name)
        return connections.domu(domu.name).run("true", timeout=20).status == 0

    try:
        wait_until(
            answers,
            what=f"SSH of {domu.name} on {domu.address.ip}:22",
            within=BOOT_WITHIN,
            every=0.5,
            remedy="see its console",
            progress=guest_work(connections, domu.name),
        )
    except StillWaiting as error:
        console = keep_console(connections.server, domu.name, kept)
        raise EposVirtError(
            error.what,
            seen=f"{error.seen}\nconsole ends with:\n{last_lines(console)}",
            remedy=f"read {console}; or watch it boot on the server: xl console {domu.name}",
        ) from error
