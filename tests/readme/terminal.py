"""A bash on a terminal, which is given all its lines at once, as by somebody who pastes them."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.patience import LONGEST

ROWS, COLUMNS = 40, 132
PROMPT = "<<ready:$?>>"
READY = re.compile(rb"<<ready:(\d+)>>")
LONGEST_PROMPT = len("<<ready:255>>")
ESCAPES = re.compile(r"\x1b(\[[0-?]*[ -/]*[@-~]|\][^\x07]*\x07|.)|\r")


class Terminal:
    """What a person sees; a command has ended when the prompt after it is there."""

    def __init__(self, controller: int) -> None:
        self._controller = controller
        self._shown = bytearray()
        self._prompts: list[re.Match[bytes]] = []
        self._changed = threading.Condition()
        self._closed = False
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def paste(self, lines: Sequence[str]) -> None:
        """Type all lines, without waiting for anything."""
        text = "".join(f"{line}\n" for line in lines).encode()
        # A terminal holds 4 KiB of what nobody has read yet; whoever pastes more has to wait.
        threading.Thread(target=self._write, args=(text,), daemon=True).start()

    def status(self, number: int, *, within: float) -> int:
        """Wait until the command of this number, from 0, has ended; give its exit status."""
        self._wait(lambda: len(self._prompts) > number + 1, f"end of command {number}", within)
        return int(self._prompts[number + 1].group(1))

    def shown_by(self, number: int) -> str:
        """Give what a command has shown so far, as plain text."""
        begin, *later = self._prompts[number:]
        end = later[0].start() if later else len(self._shown)
        return ESCAPES.sub("", self._shown[begin.end() : end].decode(errors="replace"))

    def interrupt(self, number: int, once: str, *, within: float) -> None:
        """Press Ctrl-C as soon as a command has shown what a regular expression describes."""

        def seen() -> bool:
            begun, ended = len(self._prompts) > number, len(self._prompts) > number + 1
            return begun and (ended or bool(re.search(once, self.shown_by(number))))

        self._wait(seen, f"{once!r} of command {number}", within)
        # The key itself would throw away the lines that are typed already.
        os.killpg(os.tcgetpgrp(self._controller), signal.SIGINT)

    def close(self) -> None:
        """Stop looking."""
        self._closed = True
        self._reader.join()
        os.close(self._controller)

    def _wait(self, happened: Callable[[], bool], what: str, within: float) -> None:
        with self._changed:
            self._changed.wait_for(lambda: happened() or self._closed, within)
            if not happened():
                end = self._shown[-3000:].decode(errors="replace")
                raise AssertionError(f"no {what} within {within:.0f} s; it shows:\n{end}")

    def _write(self, text: bytes) -> None:
        while text:
            text = text[os.write(self._controller, text) :]

    def _read(self) -> None:
        while not self._closed:
            if not select.select([self._controller], [], [], 0.2)[0]:
                continue
            try:
                block = os.read(self._controller, 65536)
            except OSError:  # Linux says EIO when nobody has the other end open any more
                self._closed = True
                block = b""
            with self._changed:
                self._add(block)
                self._changed.notify_all()

    def _add(self, block: bytes) -> None:
        known = self._prompts[-1].end() if self._prompts else 0
        begin = max(known, len(self._shown) - LONGEST_PROMPT)
        self._shown += block
        self._prompts += READY.finditer(bytes(self._shown), begin)


@contextmanager
def terminal(folder: Path, environment: Mapping[str, str]) -> Iterator[Terminal]:
    """Open a terminal with a bash in `folder`; it is hung up in the end, with all its jobs."""
    controller, tty = pty.openpty()
    settings = termios.tcgetattr(tty)
    settings[3] &= ~termios.ECHO  # what was pasted is known; only answers are to be seen
    termios.tcsetattr(tty, termios.TCSANOW, settings)
    fcntl.ioctl(tty, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    shell = subprocess.Popen(
        ["setsid", "--ctty", "bash", "--noprofile", "--norc", "--noediting", "-i"],
        cwd=folder,
        env={**environment, "PS1": PROMPT, "TERM": "xterm", "HISTFILE": ""},
        stdin=tty,
        stdout=tty,
        stderr=tty,
    )
    os.close(tty)
    shown = Terminal(controller)
    try:
        yield shown
    finally:
        shell.send_signal(signal.SIGHUP)
        shell.wait(LONGEST)
        shown.close()
