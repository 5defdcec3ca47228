"""An application in its own virtual machine: its root, secrets and service, seen to answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from blocks.connection import Connection
from blocks.connections import Connections
from deployments.app_yaml import Described
from deployments.model import Application, Environment
from errors import EposVirtError
from printable import printable
from runs.step import Action, Plan, Step, change, nothing
from runs.telling import tell
from runs.wait import StillWaiting, wait_until
from tasks import certificate, step_names
from tasks.application import described, source_folder, variables
from tasks.container.compose_file import writable_folders
from tasks.container.image import image_key, image_name
from tasks.container.saved_image import EntryPoint, packed_root
from tasks.guest.disks import disks_of
from tasks.guest.work import guest_work
from tasks.instance.answer import answers
from tasks.instance.proving_question import question_of
from tasks.last_proof import forget_proof
from tasks.secret import (
    digest,
    ensure_secrets,
    far_digests,
    local_secrets,
    write_secrets,
    wrong_there,
)
from tasks.server.volume import read_volumes
from tasks.vm.unit import (
    FOLDER,
    PREPARATION,
    SECRETS_FOLDER,
    UNITS,
    Mounted,
    mount_texts,
    preparation_text,
    root_folder,
    unit_text,
)

UNIT = "epos-application.service"
UNIT_FILE = f"{UNITS}/{UNIT}"
STARTED = "started.json"  # beside a root: how what is in it is started
# systemd starts nothing as a number that its machine has no name for.
KNOWN = """
getent passwd "$1" >/dev/null || echo "epos-$1:x:$1:$2::/:/usr/sbin/nologin" >>/etc/passwd
getent group "$2" >/dev/null || echo "epos-$2:x:$2:" >>/etc/group
"""
ANSWER_WITHIN = 120.0  # seconds in which it answers, or its machine is at work
SHOWN = 12  # last lines of its journal in an error


def service_step(
    environment: Environment,
    application: Application,
    connections: Connections,
    after: Sequence[str],
) -> Step:
    """Put an application into its own domU as a service, start it, wait for its answer."""
    service = Service(environment, application, connections)

    def plan() -> Plan:
        reason, actions = service.differences()
        return change(reason, *actions) if actions else nothing(reason)

    name = step_names.service(application.name)
    return Step(name, "run_vms", str(application.domu), plan, tuple(after))


@dataclass
class Service:
    """The service of one application in its domU; what touches the wire is a verb."""

    environment: Environment
    application: Application
    connections: Connections

    @cached_property
    def says(self) -> Described:
        """What its app.yaml says."""
        return described(self.environment, self.application)

    @cached_property
    def source(self) -> Path:
        """The folder of its sources."""
        return source_folder(self.environment, self.application)

    @cached_property
    def root(self) -> str:
        """The folder in the domU that holds its root file system, by the key of its content."""
        return root_folder(image_key(self.source))

    @property
    def domu(self) -> Connection:
        """The connection of its domU."""
        return self.connections.domu(str(self.application.domu))

    def differences(self) -> tuple[str, list[Action]]:
        """Look, and say what differs and what is to be done about it."""
        started = self._started()
        secrets = self._wrong_secrets()
        actions = []
        if started is None:
            actions.append(Action(f"send its root file system to {self.root}", self.send_root))
        if secrets:
            actions.append(
                Action(f"put {', '.join(secrets)} into {SECRETS_FOLDER}", self.put_secrets)
            )
        if actions or started is None:
            reason = "its root is missing or another" if started is None else "its secrets differ"
        elif self.domu.read(UNIT_FILE) != self.unit(started):
            reason = "its service differs"
        elif not is_active(self.domu):
            reason = "it does not run"
        elif not self.answers_soon():
            return "does not answer yet", [Action("wait for its answer", self.wait)]
        else:
            return f"runs, answers on {self.application.address}", []
        return reason, [
            *actions,
            Action(f"write {UNIT_FILE} and start it", self.start),
            Action(f"wait for its answer on {self.application.address}", self.wait),
            Action("remove older roots", self.remove_older),
        ]

    def _started(self) -> EntryPoint | None:
        """Read how its root's program is started; None where that root is not there whole."""
        kept = self.domu.read(f"{self.root}/{STARTED}")
        return EntryPoint.from_json(kept) if kept else None

    def _wrong_secrets(self) -> list[str]:
        names = self.says.secrets
        far = far_digests(self.domu, SECRETS_FOLDER, names)
        return wrong_there(local_secrets(self.environment.name, names), names, far)

    def unit(self, started: EntryPoint) -> str:
        """Describe its service."""
        known = local_secrets(self.environment.name, self.says.secrets)
        seals = {f"secret {name}": digest(secret) for name, secret in known.items()}
        return unit_text(
            self.application.name,
            f"{self.root}/files",
            started,
            variables(self.environment, self.application, self.says),
            self.volumes(),
            self.says.secrets,
            seals | self._contents(),
            writable_folders(self.says),
            self.application.memory,
            self.application.vcpus,
        )

    def volumes(self) -> list[Mounted]:
        """Give what is mounted into its root: logical volumes, else folders of the domU's disk."""
        disks = disks_of(self.environment, str(self.application.domu))
        found = []
        for key, mount in self.says.volumes.items():
            name = self.application.volumes.get(key, key)
            disk = disks.get(name)
            found.append(
                Mounted(
                    folder=f"{FOLDER}/volumes/{name}",
                    path=mount.path,
                    read_only=mount.read_only,
                    device=disk.device if disk else "",
                    filesystem=disk.filesystem if disk else "",
                )
            )
        return found

    def _contents(self) -> dict[str, str]:
        """Give the keys of what we wrote to its logical volumes: it is started anew with others."""
        group = self.environment.storage.group
        disks = disks_of(self.environment, str(self.application.domu))
        there = read_volumes(self.connections.server, group) if disks else {}
        keys = {name: there[name].noted("content") for name in disks if name in there}
        return {f"content {name}": key for name, key in keys.items() if key}

    def send_root(self) -> None:
        """Carry its root file system to the domU; what is whole has its name and STARTED."""
        tag = f"{image_name(self.source)}:{image_key(self.source)}"
        with packed_root(self.connections.local_engine, tag) as (tar, started):
            tell(f"{tar.stat().st_size / 1e6:.0f} MB to {self.root}")
            beside = f"{self.root}.part"
            self.domu.check("rm", "-rf", beside)
            self.domu.check("mkdir", "-p", f"{beside}/files")
            with tar.open("rb") as file:
                unpack = ("tar", "-x", "-p", "--numeric-owner", "-C", f"{beside}/files")
                self.domu.check(*unpack, stdin=file, timeout=600)
            self.domu.write(f"{beside}/{STARTED}", started.as_json())
            self.domu.check("rm", "-rf", self.root)
            self.domu.check("mv", "-T", beside, self.root)

    def put_secrets(self) -> None:
        """Make the secrets that are missing and put them into the domU."""
        names = self.says.secrets
        if certificate.CERTIFICATE in names:
            certificate.certificate_of(self.environment)
        known = ensure_secrets(self.environment.name, names, self.domu, SECRETS_FOLDER)
        write_secrets(self.domu, SECRETS_FOLDER, known, names)

    def start(self) -> None:
        """Write its service and start it anew.

        Raises:
            EposVirtError: it was not started; with the last lines of its journal.
        """
        forget_proof(self.environment)
        started = self._started()
        assert started is not None, "its root was sent before"
        volumes = self.volumes()
        places = [volume.folder for volume in volumes]
        places += [f"{self.root}/files{volume.path}" for volume in volumes]
        if places:
            self.domu.check("mkdir", "-p", *places)
        self.domu.check("sh", "-c", KNOWN, "sh", str(started.user), str(started.group))
        beside = mount_texts(volumes)
        beside[PREPARATION] = preparation_text(f"{self.root}/files", volumes)
        for unit, text in beside.items():
            self.domu.write(f"{UNITS}/{unit}", text)
        self.domu.write(UNIT_FILE, self.unit(started))  # the last: it tells what all of them are
        self.domu.check("systemctl", "daemon-reload")
        self.domu.check("systemctl", "--quiet", "enable", UNIT)
        if self.domu.run("systemctl", "restart", UNIT, timeout=300).status:
            raise EposVirtError(
                f"{self.application.name} does not start in {self.application.domu}",
                seen="\n".join(journal(self.domu, SHOWN)),
                remedy=f"python -m flows.logs {self.application.name} shows all it printed",
            )

    def answers_soon(self) -> bool:
        """Tell whether it answers; one that runs is given its time."""
        try:
            self._wait()
        except StillWaiting:
            return False
        return True

    def wait(self) -> None:
        """Wait until it answers.

        Raises:
            EposVirtError: it did not; with the last lines of its journal.
        """
        try:
            self._wait()
        except StillWaiting as late:
            raise EposVirtError(
                late.what,
                seen="\n".join(journal(self.domu, SHOWN)),
                remedy=f"python -m flows.logs {self.application.name} shows all it printed",
            ) from late

    def _wait(self) -> None:
        question = question_of(self.environment, self.application)
        wait_until(
            lambda: answers(self.connections.server, question),
            what=f"an answer of {self.application.name}",
            within=ANSWER_WITHIN,
            every=0.5,
            remedy="",
            progress=guest_work(self.connections, str(self.application.domu)),
        )

    def remove_older(self) -> None:
        """Remove the roots that this one has replaced."""
        find = ("find", FOLDER, "-mindepth", "1", "-maxdepth", "1", "-name", "root-*")
        self.domu.check(*find, "!", "-path", self.root, "-exec", "rm", "-rf", "{}", "+")


def is_active(domu: Connection) -> bool:
    """Tell whether the service runs."""
    return domu.run("systemctl", "is-active", UNIT).stdout.strip() == "active"


def journal(domu: Connection, lines: int) -> list[str]:
    """Read the last lines of what the application printed."""
    shown = ("--unit", UNIT, "--output=cat", "--no-pager")
    told = domu.run("journalctl", *shown, f"--lines={lines}")
    return [printable(line) for line in told.stdout.splitlines()]
