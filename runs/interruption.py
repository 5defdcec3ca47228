"""Ending a run that its operator no longer wants: each of its threads is told once, and may undo.

A signal only rings a bell. Whoever waits, talks to a machine or tells its progress in the run then
gets `Interrupted`, once: what it undoes on its way out can wait and talk again.
"""

from __future__ import annotations

import os
import select
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
AGAIN = 60.0  # seconds until what still blocks, or undoes, is broken off again
ASKED, OVER = b"a", b"o"  # what the bell may say


class Interrupted(BaseException):
    """The operator ended the run; no Exception, which one may go on after."""


class Interruption:
    """Whether the run shall end."""

    def __init__(self) -> None:
        """Listen to the bell in a thread: a signal's handler may take no lock, start no thread."""
        self._asked = threading.Event()
        self._thread = threading.local()
        self._acts: list[Callable[[], object]] = []
        self._ear, self._bell = os.pipe()
        self._listener = threading.Thread(target=self._listen, name="interruption", daemon=True)
        self._listener.start()

    @property
    def asked(self) -> bool:
        """Whether the run shall end."""
        return self._asked.is_set()

    def ask(self, _number: int = 0, _frame: FrameType | None = None) -> None:
        """Have the run end; fit for a signal's handler."""
        os.write(self._bell, ASKED)

    def check(self) -> None:
        """Raise Interrupted where the run shall end and this thread was not told yet."""
        if self.asked and not self._told:
            self._told = True
            raise Interrupted

    def pause(self, seconds: float) -> None:
        """Let this thread wait; ends at once with Interrupted as `check` does."""
        if self._told:
            threading.Event().wait(seconds)
            return
        self._asked.wait(seconds)
        self.check()

    @contextmanager
    def undoing(self) -> Iterator[None]:
        """Tell this thread nothing in the block: it removes what it made."""
        before, self._told = self._told, True
        try:
            yield
        finally:
            self._told = before

    @contextmanager
    def acting(self, act: Callable[[], object]) -> Iterator[None]:
        """Have `act` called, in another thread, when the run shall end: it breaks what blocks."""
        self._acts.append(act)
        try:
            yield
        finally:
            self._acts.remove(act)

    def close(self) -> None:
        """Listen no more."""
        os.write(self._bell, OVER)
        self._listener.join()
        os.close(self._ear)
        os.close(self._bell)

    @property
    def _told(self) -> bool:
        return getattr(self._thread, "told", False)

    @_told.setter
    def _told(self, value: bool) -> None:
        self._thread.told = value

    def _listen(self) -> None:
        while True:
            ready, _, _ = select.select([self._ear], [], [], AGAIN if self.asked else None)
            heard = os.read(self._ear, 4096) if ready else b""
            if OVER in heard:
                return
            if ready and self.asked:
                continue  # a second signal: one undoes already
            self._asked.set()
            for act in list(self._acts):
                act()


_current: ContextVar[Interruption | None] = ContextVar("interruption", default=None)


@contextmanager
def interruptible() -> Iterator[Interruption]:
    """Make the block, with the threads that inherit its context, end at the first signal.

    Later signals change nothing. In another than the main thread no signals are heard.
    """
    interruption = Interruption()
    token = _current.set(interruption)
    try:
        with _handling(interruption.ask):
            yield interruption
    finally:
        _current.reset(token)
        interruption.close()


def check() -> None:
    """Raise Interrupted where this thread's run shall end, once."""
    if interruption := _current.get():
        interruption.check()


def pause(seconds: float) -> None:
    """Let this thread wait; where its run shall end, end at once with Interrupted, once."""
    if interruption := _current.get():
        interruption.pause(seconds)
    else:
        threading.Event().wait(seconds)


@contextmanager
def undoing() -> Iterator[None]:
    """Let this thread finish what the block undoes, also where its run shall end."""
    with ExitStack() as stack:
        if interruption := _current.get():
            stack.enter_context(interruption.undoing())
        yield


@contextmanager
def interrupted_once() -> Iterator[None]:
    """Raise KeyboardInterrupt in the block at the first signal; later ones change nothing."""
    heard: list[int] = []

    def interrupt(number: int, _frame: FrameType | None) -> None:
        heard.append(number)
        if len(heard) == 1:
            raise KeyboardInterrupt

    with _handling(interrupt):
        yield


@contextmanager
def _handling(handler: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    """Have signals handled; only the main thread may ask for that.

    One that is ignored, as SIGHUP under nohup, stays so.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    heard = [number for number in SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, handler) for number in heard}
    try:
        yield
    finally:
        for number, earlier in before.items():
            signal.signal(number, signal.SIG_DFL if earlier is None else earlier)
