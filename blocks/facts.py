"""Facts of a machine, read in one command rather than one by one.

Over SSH every command costs an emulated machine a process of its own and a quarter of a second.
What a run will ask in any case is asked at once when it begins; the answers hold until something
is changed there.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence

from errors import EposVirtError

Command = tuple[str, ...]
Answer = tuple[int, str, str]  # status, standard output, standard error

# Runs there; a program that is missing ends with 127, as in a shell.
SCRIPT = """
import json, subprocess, sys

def ask(argv):
    try:
        done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True)
    except OSError as error:
        return 127, "", str(error)
    return done.returncode, *(part.decode(errors="replace") for part in (done.stdout, done.stderr))

json.dump([ask(argv) for argv in json.load(sys.stdin)], sys.stdout)
"""


class Facts:
    """What a machine answered to commands that only look; safe to use from threads."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self._lock = threading.Lock()
        self._known: dict[Command, Answer] = {}
        self._changes = 0

    def known(self, command: Command) -> Answer | None:
        """Give the answer to a command, where it was read and nothing was changed since."""
        with self._lock:
            return self._known.get(command)

    def changes(self) -> int:
        """Tell how often something was changed; what was asked before a change is not kept."""
        with self._lock:
            return self._changes

    def keep(self, commands: Sequence[Command], printed: str, changes: int) -> None:
        """Keep what the script printed, unless something was changed while it ran.

        Raises:
            EposVirtError: it printed something else: the machine's shell speaks for itself.
        """
        try:
            answers = [(int(a), str(b), str(c)) for a, b, c in json.loads(printed)]
            answered = dict(zip(commands, answers, strict=True))
        except (ValueError, TypeError) as error:
            raise EposVirtError(
                "the machine answered something else than it was asked",
                seen=printed[:200],
                remedy="do its login scripts print? what is not interactive must stay silent",
            ) from error
        with self._lock:
            if self._changes == changes:
                self._known.update(answered)

    def forget(self) -> None:
        """Something is about to be changed on the machine."""
        with self._lock:
            self._known.clear()
            self._changes += 1
