"""How results of the history are printed: for a terminal, for a pipe, for a script."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from history.grid import Grid


def print_grid(shown: Grid) -> None:
    """Print a table: with rich on a terminal, as aligned text elsewhere."""
    from history.grid import plain, terminal

    if sys.stdout.isatty():
        from rich.console import Console

        Console().print(terminal(shown))
    else:
        write(plain(shown) + "\n")


def print_json(value: Any) -> None:
    """Print a value as JSON."""
    write(json.dumps(value, indent=2, allow_nan=False) + "\n")


def write(text: str) -> None:
    """Print a text, whatever the locale knows of its characters."""
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(text.encode(encoding, "replace").decode(encoding))


def cell(value: Any) -> str:
    """Give a value of the JSON as a cell; times to the second, without the zone's letter."""
    from history import table

    if value is None:
        return table.NONE
    text = str(value)
    return f"{text[:10]} {text[11:19]}" if text.endswith("Z") and text[10:11] == "T" else text
