"""What all command lines share: how they are called, how they end, how errors are told."""

from __future__ import annotations

import argparse
import errno
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from errors import EposVirtError, WrongInput
from state import state_folder

if TYPE_CHECKING:
    from history import History

EPILOG = "exit status: 0 done, 1 failed, 2 wrong input or usage, 130 interrupted"


def plain_parser(prog: str, description: str, epilog: str = EPILOG) -> argparse.ArgumentParser:
    """Make a parser that shows its texts as they are written."""
    return argparse.ArgumentParser(
        prog=prog,
        description=description,
        epilog=epilog,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def guarded(work: Callable[[], int]) -> int:
    """Call `work`; an error of ours becomes its message and exit status, never a traceback.

    Nor does a signal: Ctrl-C, SIGTERM and SIGHUP end it with status 130.
    """
    from runs.interruption import interrupted_once

    try:
        with interrupted_once():
            return work()
    except EposVirtError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_status
    except KeyboardInterrupt:
        sys.stderr.write("interrupted; run the same command again to go on from here\n")
        return 130
    except BrokenPipeError:
        sys.stderr.close()  # whoever read us has enough; Python must not complain at exit
        return 0
    except OSError as error:
        if error.errno != errno.ENOSPC:
            return _mistake(error)
        sys.stderr.write(f"no room is left: {error}\n  next: free some, and run it again\n")
        return 1
    except Exception as error:
        return _mistake(error)


@contextmanager
def what_was_recorded() -> Iterator[History]:
    """Open the history to read it; where there is none, that is told and it is an empty one."""
    from history import read_history

    with read_history() as history:
        if history.missing:
            sys.stderr.write(f"nothing was recorded yet: there is no {history.missing}\n")
        yield history


def confirm_by_name(does: str, name: str, *, yes: bool, further: str = "") -> None:
    """Have a person type a name before something goes; `yes` says that they were not to be asked.

    Args:
        does: what is done, as in `This {does}.`
        name: what must be typed.
        further: what else helps who was not asked.

    Raises:
        WrongInput: there is no terminal to ask on, or something else was typed.
    """
    if yes:
        return
    if not sys.stdin.isatty():
        raise WrongInput(
            f"not confirmed: this {does}",
            remedy=f"give --yes, or run it on a terminal{further}",
        )
    sys.stderr.write(f"This {does}. Type {name} to go on: ")
    sys.stderr.flush()
    if sys.stdin.readline().strip() != name:
        raise WrongInput("not confirmed: nothing was touched", remedy="type the name exactly")


def _mistake(error: Exception) -> int:
    kept = state_folder() / "last-error.txt"
    kept.write_text("".join(traceback.format_exception(error)))
    sys.stderr.write(
        f"{type(error).__name__}: {error}\n"
        f"  next: this is a mistake in epos-virt; please report it with {kept}\n"
    )
    return 1
