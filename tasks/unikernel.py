"""Unikernels: built here by a toolchain, kept on the server, started as domUs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from xml.etree import ElementTree as xml

import libvirt

from blocks.connection import Connection
from blocks.connections import Connections
from blocks.web import request
from deployments.model import Application, Environment
from errors import EposVirtError
from runs.state import state_folder
from runs.step import Action, Plan, Step, change, nothing
from runs.wait import StillWaiting, wait_until
from tasks.console import keep_console, last_lines
from tasks.content import file_key, folder_key, key_of
from tasks.domu import add_disk, add_file_disk, guest_xml, mark_in, mark_of, marked, read_domain
from tasks.fit import check_fit
from tasks.proved import forget_proof
from tasks.saved_state import SavedState
from tasks.secret_disk import MOUNT_POINT, disk_path, put_disk, secrets_of_guest
from tasks.source import described, source_folder, variables
from tasks.volume import read_volumes
from toolchains import GuestVolume, Image, read_application, toolchain

IMAGES = "/var/lib/epos-virt/images"  # on the server
ANSWER_WITHIN = 120.0  # seconds from the start of a guest to its first correct answer
DEFAULT_MEMORY = 64 * 2**20  # bytes
SMALLEST_WITHIN = 20.0  # seconds a guest with too little memory is given
SOON = 20.0  # seconds a guest that runs is given before it counts as not answering
DISKS = "bcdefgh"


def build_image(
    environment: Environment, application: Application, say: Callable[[str], None]
) -> Image:
    """Build an application's image with its toolchain, or give the cached one."""
    sources = read_application(source_folder(environment, application))
    chain = toolchain(str(application.toolchain))
    say(f"toolchain {application.toolchain}")
    return chain.build(sources, state_folder("toolchains"))


def sources_key(environment: Environment, application: Application) -> str:
    """Hash an application's sources and the toolchain; the toolchain's own key has more in it."""
    chain = Path(str(getattr(toolchain(str(application.toolchain)), "__file__", ""))).parent
    return key_of(folder_key(source_folder(environment, application)), folder_key(chain))


def built_key(environment: Environment, application: Application) -> str:
    """Give the key of the sources that were built last on this machine; empty for none."""
    path = state_folder("unikernels") / application.name
    return path.read_text() if path.exists() else ""


def unikernel_build_step(
    environment: Environment,
    application: Application,
    say: Callable[[str], None],
    after: Sequence[str],
) -> Step:
    """Build the image on this machine; the toolchain's own cache tells whether it must."""

    def plan() -> Plan:
        if built_key(environment, application) == sources_key(environment, application):
            return nothing(f"{application.name}: already built from the same sources")
        return change(
            f"{application.name}: not built from these sources yet",
            Action(f"build with toolchain {application.toolchain}", build),
        )

    def build() -> None:
        key = sources_key(environment, application)
        build_image(environment, application, say)
        (state_folder("unikernels") / application.name).write_text(key)

    name = f"unikernel-image {application.name}"
    return Step(name, "run_unikernels", "this machine", plan, tuple(after))


def carried(image: Image) -> dict[str, Path]:
    """Give kernel and root of an image, in this order, by the names they get on the server."""
    name = f"{IMAGES}/{image.name}-{image.key[:16]}"
    return {f"{name}.kernel": image.kernel, f"{name}.root": image.root}


def unikernel_step(
    environment: Environment,
    application: Application,
    connections: Connections,
    kept: Path,
    say: Callable[[str], None],
    after: Sequence[str],
    smallest: Callable[[], int | None] = lambda: None,
) -> Step:
    """Carry the image to the server, define the guest, start it, wait for its first answer.

    Args:
        environment: the whole environment.
        application: the application.
        connections: the run's connections.
        kept: folder of the run, where the console of a guest that does not answer is kept.
        say: hears the progress.
        after: steps to wait for.
        smallest: gives the memory, bytes, with which its image was measured to answer.
    """

    guest = Guest(environment, application, connections, kept, say, smallest)

    def plan() -> Plan:
        found = guest.look()
        verbs, reason = plan_unikernel(found)
        sends = [
            Action(
                f"send {here.stat().st_size / 1e6:.1f} MB to {there}",
                partial(send_file, connections.server, here, there),
            )
            for there, here in found.missing.items()
        ]
        acts = {
            "stop": Action("stop the guest of the older image", guest.stop),
            "define": Action("define the guest", partial(guest.define, found.description)),
            "start": Action(f"start it, wait for its answer on {application.address}", guest.start),
            "wait": Action("wait for its answer", guest.wait),
        }
        if found.secrets:
            what = f"put {', '.join(found.secrets)} on a disk of its own"
            sends.append(
                Action(
                    what,
                    partial(put_disk, connections.server, found.secret_disk, found.secrets),
                )
            )
        actions = (*sends, *(acts[verb] for verb in verbs))
        return change(reason, *actions) if actions else nothing(reason)

    return Step(f"unikernel {application.name}", "run_unikernels", "server", plan, tuple(after))


@dataclass(frozen=True)
class Found:
    """What there is of a unikernel on its server.

    Args:
        description: the domain as it should be, with our mark.
        missing: files of the image that the server lacks, with ours.
        secret_disk: where its secrets are on the server; empty where it reads none.
        secrets: those secrets, where the server lacks that disk.
        mark: our mark on the domain of that name; None where there is no such domain.
        running: whether it runs.
        answers: whether it gives its correct answer.
    """

    description: str
    missing: dict[str, Path]
    secret_disk: str
    secrets: dict[str, str] = field(repr=False)
    mark: dict[str, str] | None
    running: bool
    answers: bool


def plan_unikernel(found: Found) -> tuple[list[str], str]:
    """Decide what to do with a guest: some of stop, define, start, wait; and why.

    Raises:
        EposVirtError: a guest of that name exists and does not carry our mark.
    """
    wanted = mark_in(found.description)
    if found.mark is not None and found.mark.get("environment") != wanted["environment"]:
        raise EposVirtError(
            "a guest of this name is already there and is not of this environment",
            seen=f"its mark: {found.mark or 'none'}",
            remedy="rename one of the two; what does not carry our mark is never changed",
        )
    same = found.mark is not None and found.mark["key"] == wanted["key"]
    if same and found.running:
        return ([], "runs and answers") if found.answers else (["wait"], "does not answer yet")
    verbs = ["stop"] if found.running else []
    if not same:
        verbs.append("define")
    reason = "is not running" if same else "is missing" if found.mark is None else "differs"
    return [*verbs, "start"], reason


@dataclass(frozen=True)
class Guest:
    """The guest of one unikernel; what touches the wire is a verb."""

    environment: Environment
    application: Application
    connections: Connections
    kept: Path
    say: Callable[[str], None]
    smallest: Callable[[], int | None]

    def look(self) -> Found:
        """Read what there is of it on the server."""
        image = build_image(self.environment, self.application, self.say)
        domain = read_domain(self.connections.hypervisor(), self.application.name)
        running = bool(domain and domain.isActive())
        server = self.connections.server
        known = secrets_of_guest(self.environment, self.application)
        disk = disk_path(self.environment, self.application, known) if known else ""
        lacks = bool(known) and not server.ask("test", "-e", disk)
        return Found(
            description=unikernel_xml(
                self.environment, self.application, image, self._content(), disk
            ),
            missing=missing_files(server, carried(image)),
            secret_disk=disk,
            secrets=known if lacks else {},
            mark=mark_of(domain) if domain else None,
            running=running,
            answers=running and self._answers_soon(),
        )

    def _answers_soon(self) -> bool:
        """Ask for a while: a guest that is busy may miss the first question."""

        def ask() -> bool:
            return answers(self.environment, self.application, self.connections)

        try:
            return wait_until(ask, what="an answer", within=SOON, every=1, remedy="")
        except StillWaiting:
            return False

    def _content(self) -> str:
        """Give the key of the archive below it: a guest must not keep a disk that was rewritten."""
        name = archive_volume(self.environment, self.application)
        if name is None:
            return ""
        group = self.environment.storage.group
        volume = read_volumes(self.connections.server, group).get(name)
        return (volume.noted("content") or "") if volume else ""

    def stop(self) -> None:
        """End it at once; it has nothing to lose."""
        stop_now(self.connections, self.application.name)

    def define(self, description: str) -> None:
        """Define it as described."""
        self.connections.hypervisor().defineXML(description)

    def start(self) -> None:
        """See that it fits, start it and wait until it answers.

        One that starts restored is saved after its first answer and restored ever after; where
        that fails it is booted, and the reason is told.
        """
        forget_proof(self.environment)
        check_fit(self.connections, self.application, self.smallest())
        with self._nothing_left():
            if self.application.start == "restored":
                self._start_restored()
            else:
                self._boot()

    def _boot(self) -> None:
        start_unikernel(self.environment, self.application, self.connections, self.kept, self.say)

    def _start_restored(self) -> None:
        state = SavedState(self.connections, self.environment, self.application)
        if saved := state.find():
            self.say(f"{saved} fits")
        else:
            self._boot()
        try:
            if not saved:
                self.say("saving its state after the first answer")
                saved = state.save()
            self.say("restoring its saved state")
            state.restore(saved)
            self._answered()
        except EposVirtError as error:
            self.say(f"{error.what}; booting it instead")
            self.stop()
            state.forget()
            self._boot()

    def wait(self) -> None:
        """Wait until it answers."""
        with self._nothing_left():
            self._answered()

    def _answered(self) -> None:
        wait_for_answer(self.environment, self.application, self.connections, self.kept, self.say)

    @contextmanager
    def _nothing_left(self) -> Iterator[None]:
        """Leave nothing but its console of a guest that did not answer."""
        try:
            yield
        except EposVirtError:
            self.remove()
            raise

    def remove(self) -> None:
        """End it and forget its definition: the next run makes it anew."""
        if domain := read_domain(self.connections.hypervisor(), self.application.name):
            if domain.isActive():
                domain.destroy()
            domain.undefine()


def archive_volume(environment: Environment, application: Application) -> str | None:
    """Give the logical volume of the archive, where the application has it attached."""
    archive = environment.archive
    if archive and archive.volume in application.volumes.values():
        return archive.volume
    return None


def unikernel_xml(
    environment: Environment,
    application: Application,
    image: Image,
    content: str,
    secret_disk: str = "",
) -> str:
    """Describe the guest of a unikernel as libvirt takes it, with our mark.

    Args:
        environment: the whole environment.
        application: the application.
        image: its image.
        content: key of what is on its read-only volumes.
        secret_disk: file on the server with its secrets; empty for none.
    """
    says = described(environment, application)
    domain = guest_xml(
        environment,
        application.name,
        memory=application.memory or DEFAULT_MEMORY,
        vcpus=application.vcpus,
        address=application.address,
    )
    kernel, root = carried(image)
    os = xml.SubElement(domain, "os")
    xml.SubElement(os, "type", arch="x86_64", machine="xenpv").text = "linux"
    xml.SubElement(os, "kernel").text = kernel
    letters = iter(DISKS if image.root_kind == "initramfs" else "a" + DISKS)
    if image.root_kind == "initramfs":
        xml.SubElement(os, "initrd").text = root
    else:
        add_file_disk(domain, root, f"xvd{next(letters)}")
    volumes = []
    for name, mount in says.volumes.items():
        target = f"xvd{next(letters)}"
        volume = application.volumes[name]
        device = f"/dev/{environment.storage.group}/{volume}"
        add_disk(domain, device, target, read_only=mount.read_only)
        volumes.append(
            GuestVolume(device=f"/dev/{target}", mount_point=mount.path, read_only=mount.read_only)
        )
    if secret_disk:
        target = f"xvd{next(letters)}"
        add_file_disk(domain, secret_disk, target)
        device = f"/dev/{target}"
        volumes.append(GuestVolume(device=device, mount_point=MOUNT_POINT, read_only=True))
    line = toolchain(str(application.toolchain)).command_line(
        image,
        address=f"{application.address}/{environment.network.address.network.prefixlen}",
        gateway=str(environment.network.gateway),
        environment=variables(environment, application),
        nameservers=[str(server) for server in environment.network.dns],
        volumes=volumes,
        arguments=(),
        watch=True,  # when it listens is a part of its start
    )
    xml.SubElement(os, "cmdline").text = line
    xml.SubElement(domain, "description").text = f"content {content}"
    for event in ("on_poweroff", "on_reboot", "on_crash"):
        xml.SubElement(domain, event).text = "destroy"
    return marked(domain, environment.name)


def missing_files(server: Connection, files: dict[str, Path]) -> dict[str, Path]:
    """Tell which files the server does not have, whole: compared by SHA-256."""
    have = server.run("sha256sum", *files).stdout
    sums = {line.split(maxsplit=1)[1]: line.split()[0] for line in have.splitlines() if line}
    return {there: here for there, here in files.items() if sums.get(there) != file_key(here)}


def send_file(server: Connection, here: Path, there: str) -> None:
    """Copy one file to the server, whole or not at all."""
    beside = f"{there}.epos-new"
    with here.open("rb") as file:
        server.check("install", "-D", "-m", "0644", "/dev/stdin", beside, stdin=file, timeout=300)
    server.check("mv", "-fT", beside, there)


def answers(environment: Environment, application: Application, connections: Connections) -> bool:
    """Tell whether the application gives its correct answer now."""
    says = described(environment, application)
    try:
        response = request(
            connections.server, str(application.address), says.port, says.answer.path, timeout=5
        )
    except EposVirtError:
        return False
    return response.status_code == 200 and says.answer.contains in response.text


def start_unikernel(
    environment: Environment,
    application: Application,
    connections: Connections,
    kept: Path,
    say: Callable[[str], None],
) -> None:
    """Start the defined guest and wait until it answers."""
    domain = connections.hypervisor().lookupByName(application.name)
    try:
        domain.create()
    except libvirt.libvirtError as error:
        raise EposVirtError(
            f"unikernel {application.name} was not started",
            seen=str(error),
            remedy="on the server: /var/log/libvirt/libxl tells more; is there memory (xl info)?",
        ) from error
    wait_for_answer(environment, application, connections, kept, say)
    domain.setAutostart(1)  # one that does not answer must not come back with the server


def wait_for_answer(
    environment: Environment,
    application: Application,
    connections: Connections,
    kept: Path,
    say: Callable[[str], None],
) -> None:
    """Wait until a started guest answers; one that does not is ended.

    Raises:
        EposVirtError: it did not, or it ended; the end of its console is in the error.
    """
    say(f"waiting for its answer on {application.address}")
    domain = connections.hypervisor().lookupByName(application.name)

    def answered_or_ended() -> str | None:
        if answers(environment, application, connections):
            return "answered"
        return None if domain.isActive() else "ended"

    try:
        end = wait_until(
            answered_or_ended,
            what=f"the first answer of {application.name} on {application.address}",
            within=ANSWER_WITHIN,
            remedy="see its console",
        )
    except StillWaiting:
        end = "gave no correct answer"
    if end != "answered":
        stop_now(connections, application.name)
        console = keep_console(connections.server, application.name, kept)
        raise EposVirtError(
            f"unikernel {application.name} {end} within {ANSWER_WITHIN:.0f} s",
            seen=f"console ends with:\n{last_lines(console)}",
            remedy=f"read {console}; python -m toolchains run starts the image without Xen",
        )


def stop_now(connections: Connections, name: str) -> None:
    """End a guest at once; it has nothing to lose."""
    domain = connections.hypervisor().lookupByName(name)
    if domain.isActive():
        domain.destroy()


def answers_with(
    environment: Environment, application: Application, connections: Connections, mebibytes: int
) -> bool:
    """Start the guest anew with so much memory and tell whether it gives its correct answer.

    The definition stays as it is: only this one start gets another size.
    """
    stop_now(connections, application.name)
    hypervisor = connections.hypervisor()
    description = xml.fromstring(hypervisor.lookupByName(application.name).XMLDesc())
    for tag in ("memory", "currentMemory"):
        element = description.find(tag)
        if element is not None:
            element.text = str(mebibytes * 1024)
    try:
        hypervisor.createXML(xml.tostring(description, encoding="unicode"))
    except libvirt.libvirtError:
        return False  # kernel and root do not even fit
    domain = hypervisor.lookupByName(application.name)

    def answered_or_ended() -> str | None:
        if answers(environment, application, connections):
            return "answered"
        return None if domain.isActive() else "ended"

    try:
        end = wait_until(answered_or_ended, what="an answer", within=SMALLEST_WITHIN, remedy="")
    except StillWaiting:
        return False
    return end == "answered"
