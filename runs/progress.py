"""What a person sees while a run goes on: live on a terminal, plain lines elsewhere."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from rich.console import Console, Group
from rich.live import Live
from rich.spinner import Spinner
from rich.text import Text

MARKS = {
    "changed": ("+", "green"),
    "unchanged": ("=", "dim"),
    "failed": ("!", "bold red"),
    "skipped": ("-", "yellow"),
    "cancelled": ("x", "yellow"),
}
REMIND_AFTER = 30.0  # seconds: a plain log shows a sign of life of every longer step


class Progress:
    """Collects what the steps say and shows it on standard error; safe to call from threads."""

    def __init__(self, console: Console | None = None) -> None:
        """Use `console`, or standard error."""
        self.console = console or Console(stderr=True, highlight=False, soft_wrap=True)
        self._lock = threading.Lock()
        self._running: dict[str, tuple[float, str]] = {}
        self._waiting: list[str] = []
        self._total = 0
        self._done = 0

    def expect(self, steps: list[str]) -> None:
        """Name the steps to come, in order."""
        with self._lock:
            self._waiting = list(steps)
            self._total = len(steps)
            self._done = 0

    def started(self, step: str) -> None:
        """A step began."""
        with self._lock:
            self._running[step] = (time.monotonic(), "")
            if step in self._waiting:
                self._waiting.remove(step)
        if not self.console.is_terminal:
            self._line(f"> {step}")

    def said(self, step: str, line: str) -> None:
        """A step told something on its way: shown beside its spinner, or as a line."""
        with self._lock:
            since, before = self._running.get(step, (time.monotonic(), ""))
            self._running[step] = (since, line)
        if not self.console.is_terminal and line != before:
            self._line(f"  {step}: {line}")

    def ended(self, step: str, state: str, reason: str) -> None:
        """A step ended."""
        with self._lock:
            since, _ = self._running.pop(step, (time.monotonic(), ""))
            if step in self._waiting:
                self._waiting.remove(step)
            self._done += 1
            count = f"{self._done}/{self._total}"
        mark, style = MARKS.get(state, ("?", ""))
        first = reason.splitlines()[0] if reason else ""
        told = f"{state}; before: {first}" if state == "changed" else f"{state}: {first}"
        self._line(f"{mark} {count:>5} {step}  {time.monotonic() - since:.1f} s  {told}", style)

    def note(self, text: str) -> None:
        """Show a line that belongs to no step."""
        self._line(text)

    def _line(self, text: str, style: str = "") -> None:
        stamp = datetime.now().strftime("%H:%M:%S")
        self.console.print(Text(f"{stamp} ").append(text, style=style))

    @contextmanager
    def shown(self) -> Iterator[None]:
        """Keep the display alive while the block runs."""
        if self.console.is_terminal:
            with Live(get_renderable=self._picture, console=self.console, transient=True):
                yield
            return
        stop = threading.Event()
        thread = threading.Thread(target=self._remind, args=(stop,), daemon=True)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()

    def _remind(self, stop: threading.Event) -> None:
        while not stop.wait(REMIND_AFTER):
            now = time.monotonic()
            with self._lock:
                running = [
                    f"{step} ({now - since:.0f} s)" for step, (since, _) in self._running.items()
                ]
                following = self._waiting[:1]
            if running:
                self._line(
                    f"  still running: {', '.join(running)}"
                    + (f"; next: {following[0]}" if following else "")
                )

    def _picture(self) -> Group:
        now = time.monotonic()
        with self._lock:
            rows = [
                Spinner("dots", Text(f" {step}  {now - since:.0f} s  {line[:80]}"))
                for step, (since, line) in self._running.items()
            ]
            following = ", ".join(self._waiting[:3])
        if following:
            return Group(*rows, Text(f"  next: {following}", style="dim"))
        return Group(*rows)
