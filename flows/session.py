"""What every flow opens: environment, connections, engine, history and progress of one run."""

from __future__ import annotations

import os
import platform as machine
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cache, cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from blocks.connection import SshTarget
from blocks.connections import Connections
from blocks.doors import USUAL, Doors
from blocks.private_key import public_half
from blocks.ssh_config import target_of
from deployments.load import check_files, load_environment
from deployments.model import Environment
from errors import EposVirtError, WrongInput
from flows.alone import alone_on
from history import History, Platform
from history.platform import Kind
from runs.interruption import Interrupted, interruptible
from runs.step import Outcome, Step, check_names, select, selectable
from spelling import did_you_mean
from state import state_place
from tasks.container.engine import asking
from tasks.domu.root_filesystem import Identity, make_identity
from tasks.guest.description import is_running
from tasks.looks import LOOKS
from tasks.measuring.method import FIXED, Method
from tasks.secret import without_secrets
from tasks.server.hypervisor import read_xen
from tasks.server.lab import lab_host, lab_status
from tasks.techniques.instances import with_engine
from tasks.techniques.techniques import Techniques

if TYPE_CHECKING:
    from blocks.named import Blocks
    from runs.progress import Progress


@dataclass
class Session:
    """One run of one flow on one environment; history and display open when first used."""

    environment: Environment
    connections: Connections
    folder: Path
    history: History
    builds: bool = False  # whether this machine's engine is there
    run: str = ""
    method: Method = FIXED  # of measuring
    doors: Doors = USUAL

    @cached_property
    def progress(self) -> Progress:
        """What the operator sees."""
        from runs.progress import Progress

        return Progress()

    @property
    def lab(self) -> str:
        """The lab that is the server; empty where it is none, or a block leads elsewhere."""
        lab, block = self.environment.server.lab or "", self.doors.server
        if not lab or block is None:
            return lab
        ssh = lab_status(lab).get("ssh") or {}
        return lab if (ssh.get("host"), ssh.get("port")) == (block.host, block.port) else ""

    def techniques(self) -> Techniques:
        """Give the things of the environment, as their techniques know them."""
        return Techniques(self.environment, self.connections, self.folder)

    def conceal(self, text: str) -> str:
        """Give a text without the environment's secrets."""
        return without_secrets(self.environment.name, text)

    def identity(self, domu: str) -> Callable[[], Identity]:
        """Give how to make a domU's identity: known once the server's key is."""

        @cache
        def make() -> Identity:
            server = self.doors.server or find_server(self.environment)
            public = public_half(server.key)
            return make_identity(self.environment.name, self.environment.domu(domu), public)

        return make


CPUINFO = "/proc/cpuinfo"
StepsOf = Callable[[Session], Sequence[Step]]


def find_server(environment: Environment) -> SshTarget:
    """Give the server's SSH address and keys: the environment's own, or the lab's."""
    server = environment.server
    if server.lab:
        return lab_host(server.lab)
    assert server.ssh is not None
    return target_of(server.name, server.ssh)


def find_domu(environment: Environment, name: str, doors: Doors = USUAL) -> SshTarget:
    """Give a domU's SSH address, with the key that it was made with: that of the way to its server.

    Args:
        environment: the environment.
        name: the domU's.
        doors: of the run, where the server is not the environment's own.
    """
    domu = environment.domu(name)
    server = doors.server or find_server(environment)
    pinned = state_place("domus", environment.name, name) / "known_hosts"
    if not pinned.exists():
        raise EposVirtError(
            f"domU {name} was not made by this machine",
            seen=f"no {pinned}",
            remedy="python -m flows.create_domu makes it",
        )
    host = str(domu.address.ip)
    return SshTarget(name, host, 22, "root", server.key, pinned, ours=True)


_early: dict[Path, Connections] = {}  # by the environment's file; of the run that is about to begin


def connect_early(environment: Environment) -> None:
    """Begin to connect to an environment's machines, while Prefect is imported and started.

    The next `carry_out` of this process on that environment uses the connections.
    """
    connections = _early[environment.path] = _connections(environment)
    connections.open_early(with_engine(environment), LOOKS)


def _connections(environment: Environment, doors: Doors = USUAL) -> Connections:
    return Connections(
        lambda: doors.server or find_server(environment),
        lambda name: find_domu(environment, name, doors),
        doors=doors,
    )


@contextmanager
def open_session(
    environment: Environment,
    *,
    builds: bool,
    connections: Connections | None = None,
    doors: Doors = USUAL,
    method: Method = FIXED,
) -> Iterator[Session]:
    """Open what a run needs; machines are connected to when a step first asks.

    Args:
        environment: the environment.
        builds: whether the run may build images and so needs this machine's engine.
        connections: those that are being opened already.
        doors: the ways to the machines, where they are not the environment's own.
        method: how it measures.
    """
    with ExitStack() as stack:
        opened = stack.enter_context(connections or _connections(environment, doors))
        if builds:
            from blocks.engine import local_engine

            opened.local = stack.enter_context(local_engine())
        history = stack.enter_context(History(doors.history))
        yield Session(
            environment,
            opened,
            state_place("runs"),
            history,
            builds,
            method=method,
            doors=doors,
        )


def carry_out(
    flow: str,
    environment_file: Path,
    steps_of: StepsOf,
    *,
    only: Sequence[str] = (),
    skip: Sequence[str] = (),
    builds: bool = True,
    blocks: Blocks | None = None,
    changed: Callable[[Environment], Environment] = lambda environment: environment,
    method: Method = FIXED,
) -> Summary:
    """Run a flow's steps inside the Prefect flow that calls this.

    Args:
        flow: the flow's name, for the history.
        environment_file: the environment's YAML file.
        steps_of: gives the flow's steps.
        only: keep only these steps, groups or kinds of steps.
        skip: leave these out.
        builds: whether this machine's Docker engine is needed.
        blocks: Prefect's blocks that say how the machines are reached.
        changed: gives the environment that is carried out, from the one in the file.
        method: how it measures.

    Raises:
        WrongInput: a block that is not there, a wrong environment or a word that names no step,
            before anything is opened.
        StepsFailed: steps failed.
    """
    from flows.begun import end_what_runs, recorded
    from flows.shown.kept_progress import KeptProgress
    from runs.execution import Execution
    from runs.flow_run import end_as_cancelled, flow_run_id

    environment = load_environment(environment_file)
    check_files(environment)
    environment = changed(environment)
    check_words(environment, steps_of, only, skip)
    doors = doors_of(blocks)
    early = _early.pop(environment.path, None) if doors == USUAL else None
    try:
        with (
            interruptible() as ended,
            alone_on(environment, doors, f"{flow} of {environment_file}"),
            open_session(
                environment, builds=builds, connections=early, doors=doors, method=method
            ) as session,
            ended.acting(partial(end_what_runs, session)),
        ):
            with recorded(session, flow, known_platform(session), ended):
                steps = chosen(session, steps_of(session), only, skip)
                read_ahead(session, steps)
                execution = Execution(
                    session.history,
                    session.run,
                    session.progress,
                    ended,
                    changing=session.connections.facts_change,
                    ended=KeptProgress(environment.name),
                    conceal=session.conceal,
                )
                outcomes = execution.carry_out(steps)
                session.history.set_platform(session.run, whole_platform(session))
            return Summary(session.run, outcomes, doors.history, flow_run_id())
    except Interrupted:
        end_as_cancelled()


def doors_of(blocks: Blocks | None) -> Doors:
    """Give the ways that a run's blocks say; without any, those of its environment.

    Raises:
        WrongInput: a block is not there.
    """
    if blocks is None:
        return USUAL
    from blocks.named import read_doors

    return read_doors(blocks)


def read_ahead(session: Session, steps: Sequence[Step]) -> None:
    """Open what the steps will use, and read the server's facts in one command."""
    asked = {step.host for step in steps}
    domus = [name for name in with_engine(session.environment) if name in asked]
    session.connections.open_early(domus, LOOKS)
    session.connections.wait_for_facts()


@dataclass(frozen=True)
class Summary:
    """How a run ended.

    Args:
        run: its id in the history.
        outcomes: how each step ended.
        history_url: where that history is, if not the usual one; may hold a password.
        flow_run: its id in Prefect, where it has one.
    """

    run: str
    outcomes: Sequence[Outcome]
    history_url: str | None = field(default=None, repr=False)
    flow_run: str | None = None

    @property
    def proof(self) -> dict[str, Any]:
        """What the proof saw; empty where the run had none."""
        return next((o.results["proof"] for o in self.outcomes if "proof" in o.results), {})

    @property
    def changed(self) -> int:
        """How many steps changed something."""
        return sum(outcome.changed for outcome in self.outcomes)

    def as_json(self) -> dict[str, Any]:
        """Give what scripts read."""
        return {
            "run": self.run,
            "changed": self.changed,
            "steps": [
                {
                    "step": o.step,
                    "state": o.state,
                    "changed": o.changed,
                    "reason": o.reason,
                    "seconds": round(o.seconds, 3),
                }
                for o in self.outcomes
            ],
            **({"proof": self.proof} if self.proof else {}),
        }


def chosen(
    session: Session, steps: Sequence[Step], only: Sequence[str], skip: Sequence[str]
) -> list[Step]:
    """Select steps; a word that names none is an error, not an empty run.

    Raises:
        WrongInput: names the nearest words.
        ValueError: a step waits for what no flow has; see `known`.
    """
    words = selectable(known(steps, session))
    if not steps and (only or skip):
        raise WrongInput(
            f"this flow has nothing to do in {session.environment.path}",
            seen=f"nothing there is of its kind; asked for was {', '.join((*only, *skip))}",
            remedy="name another environment, or another flow: python -m flows.deploy_all",
        )
    for word in (*only, *skip):
        if word not in words:
            raise WrongInput(
                f"there is no step, group or kind of steps {word!r}",
                remedy=did_you_mean(word, words),
            )
    left = select(steps, only, skip)
    if steps and not left:
        raise WrongInput(
            "no step is left to do",
            seen=f"only {', '.join(only) or 'all'}; without {', '.join(skip)}",
            remedy="--skip takes away all that --only keeps: leave one of them out",
        )
    return left


def known(steps: Sequence[Step], session: Session) -> Sequence[Step]:
    """Give the steps, each of which waits only for those of a whole deployment, or among these.

    Raises:
        ValueError: a mistake of ours, before anything is changed.
    """

    def all_names() -> list[str]:
        from flows.steps.deploy_all import steps as all_steps

        return [step.name for step in all_steps(session)]

    check_names(steps, all_names)
    return steps


def check_words(
    environment: Environment, steps_of: StepsOf, only: Sequence[str], skip: Sequence[str]
) -> None:
    """Raise WrongInput for a word that names no step, with nothing started or recorded yet."""
    with open_session(environment, builds=False) as session:
        chosen(session, steps_of(session), only, skip)


def words_of(environment: Environment, steps_of: StepsOf) -> list[str]:
    """List what --only and --skip know for a flow's steps; opens nothing."""
    with open_session(environment, builds=False) as session:
        return selectable(steps_of(session))


def known_platform(session: Session) -> Platform:
    """Tell where the figures of a run come from, as far as this machine knows."""
    kind: Kind = "bare metal"
    if session.lab:
        accelerator = lab_status(session.lab).get("accelerator")
        kind = "kvm" if accelerator == "kvm" else "emulation"
    return Platform(
        kind=kind,
        processor=_processor(Path(CPUINFO).read_text()),
        cores=os.cpu_count() or 1,
        memory=os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        controller_os=machine.freedesktop_os_release().get("PRETTY_NAME", machine.system()),
    )


def whole_platform(session: Session) -> Platform:
    """Tell where a run's figures come from, with the versions that its machines report."""
    known = known_platform(session)
    versions: dict[str, Any] = {}
    try:
        xen = read_xen(session.connections.server)
        versions["hypervisor_version"] = xen.get("xen_version", "")
        if not session.lab and xen:  # its own machine, not this one
            versions["processor"] = _processor(session.connections.server.read(CPUINFO) or "")
            versions["cores"] = int(xen["nr_cpus"])
            versions["memory"] = int(xen["total_memory"]) * 2**20
        engines = [domu for domu in session.environment.domus if domu.root.engine]
        for domu in engines[:1]:
            # One that a teardown has ended would be waited for as long as an engine may take.
            if is_running(session.connections.hypervisor(), domu.name):
                with asking(domu.name, "tell its version"):
                    engine = session.connections.engine(domu.name)
                    versions["engine_version"] = engine.version()["Version"]
    except EposVirtError:
        pass  # a run of a part: what is not there yet has no version
    if session.lab:
        versions["qemu_version"] = lab_status(session.lab).get("qemu", "")
    return known.model_copy(update=versions)


def _processor(cpuinfo: str) -> str:
    for line in cpuinfo.splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return machine.machine()
