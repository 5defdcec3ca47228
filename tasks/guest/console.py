"""Consoles of guests: the only witnesses of a failed boot."""

from __future__ import annotations

import re
from pathlib import Path

from blocks.connection import Connection
from printable import printable
from tasks.server.hypervisor import GUEST_LOGS

# Empty, or of a panic's trace in a kernel without symbols: ` ? 0xffffffff80517437`, ` </TASK>`
TRACE = re.compile(r"\s*(Call Trace:|</?TASK>|(\? )?0x[0-9a-f]+)?\s*")


def console_log(guest: str) -> str:
    """Give the file on the server that keeps what a guest prints."""
    return f"{GUEST_LOGS}/guest-{guest}.log"


def keep_console(server: Connection, guest: str, folder: Path) -> Path:
    """Copy what a guest printed since it was made to the run's folder; gives the file."""
    kept = folder / f"console-{guest}.log"
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_text(read_console(server, guest))
    return kept


def read_console(server: Connection, guest: str) -> str:
    """Read a guest's console log, cleaned of control characters; empty where there is none."""
    return printable(server.read(console_log(guest)) or "")


def last_lines(path: Path, count: int = 10) -> str:
    """Give the last lines of a kept console; addresses of a call trace tell nobody anything."""
    lines = [line for line in path.read_text().splitlines() if not TRACE.fullmatch(line)]
    return "\n".join(lines[-count:]) or "(nothing was printed)"
