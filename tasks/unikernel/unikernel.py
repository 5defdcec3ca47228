"""Unikernels: what there is of each, what to do about it, and doing it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from blocks.connections import Connections
from deployments.model import Application, Environment
from errors import EposVirtError
from runs.step import Action, Plan, Step, change, nothing
from runs.telling import tell
from tasks import step_names
from tasks.guest.description import mark_in, mark_of, read_domain
from tasks.guest.work import guest_work
from tasks.last_proof import forget_proof
from tasks.server.transfer import send_file
from tasks.server.volume import read_volumes
from tasks.temporary import ATTRIBUTE
from tasks.unikernel.description import archive_volume, unikernel_xml
from tasks.unikernel.image import lacking, with_image
from tasks.unikernel.needs import check_fit
from tasks.unikernel.saved_state import SavedState
from tasks.unikernel.secret_disk import (
    disk_path,
    mode_of_secrets,
    put_disk,
    secrets_of_guest,
)
from tasks.unikernel.start import (
    ANSWERED,
    how_it_went,
    start_unikernel,
    stop_now,
    wait_for_answer,
)
from toolchains import Image

SHOWN = 4  # last lines of a console that tell why a saved state was of no use
SOON = 20.0  # seconds a guest that runs is given before it counts as not answering


def unikernel_step(
    environment: Environment,
    application: Application,
    connections: Connections,
    kept: Path,
    after: Sequence[str],
    smallest: Callable[[], int | None] = lambda: None,
) -> Step:
    """Carry the image to the server, define the guest, start it, wait for its first answer.

    Args:
        environment: the whole environment.
        application: the application.
        connections: the run's connections.
        kept: folder of the run, where the console of a guest that does not answer is kept.
        after: steps to wait for.
        smallest: gives the memory, bytes, with which its image was measured to answer.
    """

    guest = Guest(environment, application, connections, kept, smallest)

    def plan_of(image: Image) -> Plan:
        found = guest.look(image)
        verbs, reason = plan_unikernel(found)
        if "start" in verbs:  # before anything is stopped
            guest.check_fit(found.description)
        sends = [
            Action(
                f"send {here.stat().st_size / 1e6:.1f} MB to {there}",
                partial(send_file, connections.server, here, there),
            )
            for there, here in found.missing.items()
        ]
        acts = {
            "stop": Action("stop the guest as it was", guest.stop),
            "define": Action("define the guest", partial(guest.define, found.description)),
            "start": Action(f"start it, wait for its answer on {application.address}", guest.start),
            "wait": Action("wait for its answer", guest.wait),
        }
        if found.secrets:
            what = f"put {', '.join(found.secrets)} on a disk of its own"
            sends.append(
                Action(
                    what,
                    partial(
                        put_disk,
                        connections.server,
                        found.secret_disk,
                        found.secrets,
                        mode_of_secrets(environment, application),
                    ),
                )
            )
        actions = (*sends, *(acts[verb] for verb in verbs))
        return change(reason, *actions) if actions else nothing(reason)

    def plan() -> Plan:
        return with_image(environment, application, plan_of)

    return Step(
        step_names.unikernel(application.name), "run_unikernels", "server", plan, tuple(after)
    )


@dataclass(frozen=True)
class FoundGuest:
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


def plan_unikernel(found: FoundGuest) -> tuple[list[str], str]:
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
    if same and found.running and ATTRIBUTE in (found.mark or {}):
        return ["stop", "start"], "runs as a killed run was measuring it"
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
    smallest: Callable[[], int | None]

    def look(self, image: Image) -> FoundGuest:
        """Read what there is of it on the server, and of its image."""
        domain = read_domain(self.connections.hypervisor(), self.application.name)
        running = bool(domain and domain.isActive())
        answers = running and self._answers_soon()
        server = self.connections.server
        known = secrets_of_guest(self.environment, self.application)
        disk = disk_path(self.environment, self.application, known) if known else ""
        lacks = bool(known) and not server.ask("test", "-e", disk)
        return FoundGuest(
            description=unikernel_xml(
                self.environment, self.application, image, self._content(), disk
            ),
            missing=lacking(server, image),
            secret_disk=disk,
            secrets=known if lacks else {},
            mark=mark_of(domain) if domain else None,
            running=answers or bool(domain and domain.isActive()),  # it may have ended meanwhile
            answers=answers,
        )

    def _answers_soon(self) -> bool:
        """Ask for a while: a guest that is busy may miss the first question."""
        work = guest_work(self.connections, self.application.name)
        end = how_it_went(self.environment, self.application, self.connections, SOON, work)
        return end == ANSWERED

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
        """Start it and wait until it answers; that it fits was checked before.

        One that starts restored is saved after its first answer and restored ever after; where
        that fails it is booted, and the reason is told.
        """
        forget_proof(self.environment)
        with self._nothing_left():
            if self.application.start == "restored":
                self._start_restored()
            else:
                self._boot()

    def check_fit(self, description: str) -> None:
        """See that a guest so described fits the server, in place of the one that runs.

        Raises:
            EposVirtError: names everything that is in its way.
        """
        check_fit(self.connections, self.application, description, self.smallest())

    def _boot(self) -> None:
        start_unikernel(self.environment, self.application, self.connections, self.kept)

    def _start_restored(self) -> None:
        state = SavedState(self.connections, self.environment, self.application)
        if not state.can_restore():
            tell("the server's hotplug program is not ours (python -m flows.prepare_host)")
            return self._boot()
        if saved := state.find():
            tell(f"{saved} fits")
        else:
            self._boot()
        try:
            if not saved:
                tell("saving its state after the first answer")
                saved = state.save()
            tell("restoring its saved state")
            state.restore(saved)
            self._answered()
        except EposVirtError as error:
            seen = " / ".join(error.seen.splitlines()[-SHOWN:])
            tell(f"{error.what}; booting it instead (seen: {seen})")
            self.stop()
            state.forget()
            self._boot()

    def wait(self) -> None:
        """Wait until it answers."""
        with self._nothing_left():
            self._answered()

    def _answered(self) -> None:
        wait_for_answer(self.environment, self.application, self.connections, self.kept)

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
