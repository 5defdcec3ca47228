"""The lab's command line: `python -m lab --help`."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from errors import EposVirtError, WrongInput
from lab import progress
from runs.telling import told_to

if TYPE_CHECKING:
    from lab.preparation import Preparation

# What does the work is imported where it is used: the help needs none of it.

PROG = "python -m lab"
_ABOUT = """\
A Debian server in QEMU with the shape of the thesis' own: 4096 MB, 2 cores, card enp3s0 at
10.0.7.100 in a network of its own, a second disk for the volume group. It starts as plain
Debian, which the flows then prepare for Xen; or, with --prepared, with as much of that done as the
file says. Nothing but its SSH can be reached from here, and from it nothing but the package mirrors
of its own apt, through a proxy: neither this machine nor anything that this machine reaches.
"""
_EXAMPLES = """\
examples:
  python -m lab up                      build what is missing, boot, wait for SSH (minutes, once)
  python -m lab ssh -- uname -a         run a command in it
  python -m lab snapshot xen            keep what it is now; `restore xen` is back in seconds
  python -m lab status -o json          what programs read: port, key, known_hosts, state
  python -m lab down                    power it off
  python -m lab up --name second        another one, beside the first

The files are in the folder `lab` of EPOS_VIRT_STATE (default ~/.local/share/epos-virt).
Exit status: 0 done, 1 failed, 2 wrong input.
"""


def main(arguments: Sequence[str] | None = None, prog: str = PROG) -> int:
    """Run one command; return its exit status."""
    args = parser(prog).parse_args(arguments)
    act: Callable[[argparse.Namespace], None] = args.act
    try:
        with told_to(progress.say):
            act(args)
    except EposVirtError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_status
    except BrokenPipeError:
        # Who reads our output has seen enough; without this Python complains once more at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        sys.stderr.write("interrupted; the same command goes on from here\n")
        return 130
    return 0


def _build(args: argparse.Namespace) -> None:
    from lab import build, progress

    base, built = build.ensure_base(build.current_recipe())
    progress.say("built" if built else "there already, nothing to build")
    found = {"built_from": base.folder.name, "changed": built, "folder": str(base.folder)}
    lines = (f"{name:10}  {value}" for name, value in found.items())
    _write(json.dumps(found, indent=2) if args.output == "json" else "\n".join(lines))


def _up(args: argparse.Namespace) -> None:
    from lab import machine
    from lab.folders import check_snapshot_name
    from lab.status import read_status

    if args.snapshot and read_status(args.name).state != "up":
        machine.restore(args.name, check_snapshot_name(args.snapshot))
    else:
        machine.up(args.name, _preparation(args))
    _show(args)


def _down(args: argparse.Namespace) -> None:
    from lab import machine, progress

    if not machine.down(args.name, hard=args.hard):
        progress.say(f"{args.name} is down already")
    _show(args)


def _snapshot(args: argparse.Namespace) -> None:
    from lab import machine
    from lab.folders import check_snapshot_name

    machine.snapshot(args.name, check_snapshot_name(args.snapshot), replace=args.replace)
    _show(args)


def _restore(args: argparse.Namespace) -> None:
    from lab import machine
    from lab.folders import check_snapshot_name

    machine.restore(args.name, check_snapshot_name(args.snapshot))
    _show(args)


def _forget(args: argparse.Namespace) -> None:
    from lab import machine
    from lab.folders import check_snapshot_name

    machine.forget(args.name, check_snapshot_name(args.snapshot))
    _show(args)


def _reset(args: argparse.Namespace) -> None:
    from lab import machine
    from lab.status import read_status

    status = read_status(args.name)
    if status.state != "absent" and not args.yes:
        loss = f"the disks of {args.name}, snapshots: {', '.join(status.snapshots) or 'none'}"
        _confirm(f"Throw away {loss}?")
    machine.reset(args.name, _preparation(args))
    _show(args)


def _preparation(args: argparse.Namespace) -> Preparation | None:
    from lab.preparation import Preparation, read_preparation

    if args.plain or args.prepared is None:
        return Preparation() if args.plain else None
    return read_preparation(args.prepared.read())


def _status(args: argparse.Namespace) -> None:
    if not args.all:
        _show(args)
        return
    from lab.folders import lab_names
    from lab.status import read_status, table

    found = [read_status(name) for name in lab_names()]
    if args.output == "json":
        _write(json.dumps([status.model_dump() for status in found], indent=2))
    else:
        _write("\n\n".join(map(table, found)) or "no labs; python -m lab up makes one")


def _ssh(args: argparse.Namespace) -> None:
    from lab import machine, process, program, ssh
    from lab.folders import lab_folder, read_state

    program.require("ssh")
    folder = lab_folder(args.name)
    state = read_state(folder)
    if state is None or process.running_pid(folder) is None:
        raise WrongInput(
            f"the lab {args.name} is not running", remedy=f"python -m lab up --name {args.name}"
        )
    command = ssh.command_line(machine.login(folder, state), args.command)
    os.execvp(command[0], command)


def _console(args: argparse.Namespace) -> None:
    from lab.folders import lab_folder

    log = lab_folder(args.name).console
    if not log.exists():
        raise WrongInput(
            f"the lab {args.name} has no console log",
            seen=f"no {log}",
            remedy=f"python -m lab up --name {args.name} starts the lab",
        )
    follow = ("-F",) if args.follow else ()
    os.execvp("tail", ["tail", "-n", str(args.lines), *follow, str(log)])


def _show(args: argparse.Namespace) -> None:
    from lab.status import read_status, table

    status = read_status(args.name)
    _write(status.model_dump_json(indent=2) if args.output == "json" else table(status))


def _write(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _confirm(question: str) -> None:
    """Ask; anything but yes raises WrongInput, as does having nobody to ask."""
    answer = ""
    if sys.stdin.isatty():
        sys.stderr.write(f"{question} [y/N] ")
        sys.stderr.flush()
        answer = sys.stdin.readline().strip().lower()
    if answer not in ("y", "yes"):
        raise WrongInput("nothing was thrown away", remedy="answer y, or add --yes")


def parser(prog: str = PROG) -> argparse.ArgumentParser:
    """Make the command's parser."""
    made = argparse.ArgumentParser(
        prog=prog,
        description=_ABOUT,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verbs = made.add_subparsers(required=True, metavar="COMMAND", title="commands")

    def verb(
        name: str, act: Callable[[argparse.Namespace], None], what: str, examples: str
    ) -> argparse.ArgumentParser:
        command = verbs.add_parser(
            name,
            help=what,
            description=what[0].upper() + what[1:] + ".",
            epilog="examples:\n"
            + "\n".join(f"  python -m lab {line}" for line in examples.splitlines()),
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        command.set_defaults(act=act)
        if name != "build":
            command.add_argument("--name", default="lab", help="which lab (default: lab)")
        if name not in ("ssh", "console"):
            command.add_argument("-o", "--output", choices=("table", "json"), default="table")
        return command

    def prepared(command: argparse.ArgumentParser) -> None:
        how = command.add_mutually_exclusive_group()
        how.add_argument(
            "--prepared",
            type=argparse.FileType(),
            metavar="FILE",
            help="JSON: what a lab that is made now has from the start; - is standard input",
        )
        how.add_argument("--plain", action="store_true", help="a lab made now is plain Debian")

    verb("build", _build, "build the base images where they are missing", "build\nbuild -o json")
    up = verb(
        "up",
        _up,
        "build what is missing, boot the lab, wait for its SSH; nothing where it runs",
        "up\nup --name second\nup --from xen -o json",
    )
    up.add_argument(
        "--from", dest="snapshot", metavar="SNAPSHOT", help="where it is down, restore this"
    )
    prepared(up)
    down = verb("down", _down, "power the lab off", "down\ndown --hard")
    down.add_argument("--hard", action="store_true", help="take the power away: nothing is asked")
    status = verb("status", _status, "say what the lab is now", "status\nstatus --all -o json")
    status.add_argument("--all", action="store_true", help="every lab, not just --name")
    command = verb(
        "ssh",
        _ssh,
        "log in to the lab, or run a command in it",
        "ssh\nssh -- xl list\nssh -- 'xl info | grep xen_version'",
    )
    command.add_argument(
        "command", nargs="*", help="one word is a shell line, several are kept as arguments"
    )
    console = verb("console", _console, "show what the lab's console wrote", "console\nconsole -f")
    console.add_argument("-f", "--follow", action="store_true", help="go on as it is written")
    console.add_argument("-n", "--lines", type=int, default=100, help="how many (default: 100)")
    snapshot = verb(
        "snapshot",
        _snapshot,
        "save the running lab under a name",
        "snapshot xen\nsnapshot xen --replace",
    )
    snapshot.add_argument("snapshot", metavar="NAME")
    snapshot.add_argument("--replace", action="store_true", help="give up an older one so called")
    restore = verb(
        "restore", _restore, "put the lab back, running, to a snapshot", "restore xen -o json"
    )
    restore.add_argument("snapshot", metavar="NAME")
    forget = verb("forget", _forget, "delete a snapshot; the lab stays as it is", "forget xen")
    forget.add_argument("snapshot", metavar="NAME")
    reset = verb(
        "reset",
        _reset,
        "throw the lab's disks and snapshots away and make fresh ones",
        "reset\nreset --plain\nreset --name second --yes",
    )
    reset.add_argument("--yes", action="store_true", help="do not ask")
    prepared(reset)
    return made


if __name__ == "__main__":
    sys.exit(main())
