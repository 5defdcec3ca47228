"""The commands of a page: what stands in its ```sh blocks, a line each, without the comments."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import product

FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
COMMENT = re.compile(r"(^|\s+)#( .*)?$")
ALTERNATIVES = re.compile(r"[\w.-]+(?:\|[\w.-]+)+")
LOOKS_LIKE_A_COMMAND = re.compile(
    r"^(\S*script/|\S*python3? |epos-virt|\.venv/|export |eval |source |prefect |sudo |git |curl )"
)


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, "" for what a command printed, and its lines."""

    language: str
    lines: tuple[str, ...]

    @property
    def commands(self) -> tuple[str, ...]:
        """Give the lines that are typed, each without its comment."""
        if self.language != "sh":
            return ()
        typed = (COMMENT.sub("", line).strip() for line in self.lines)
        return tuple(line for line in typed if line)

    @property
    def hidden_commands(self) -> tuple[str, ...]:
        """Give the lines of a block without language that no test would run."""
        if self.language:
            return ()
        return tuple(line for line in self.lines if LOOKS_LIKE_A_COMMAND.match(line))


def blocks(page: str) -> list[Block]:
    """Read all fenced blocks of a page in Markdown."""
    return [Block(language, tuple(text.splitlines())) for language, text in FENCE.findall(page)]


def commands(page: str) -> list[str]:
    """Read all commands of a page, in their order, with each of several alternatives in turn.

    `python -m flows.stop|start NAME` becomes `python -m flows.stop NAME` and
    `python -m flows.start NAME`.
    """
    return [each for block in blocks(page) for line in block.commands for each in spread(line)]


def spread(line: str) -> list[str]:
    """Give one line for each combination of alternatives; `|` between blanks stays a pipe."""
    fixed = ALTERNATIVES.split(line)
    choices = [_full(found) for found in ALTERNATIVES.findall(line)]
    return ["".join(_interleave(fixed, chosen)) for chosen in product(*choices)]


def _full(alternatives: str) -> list[str]:
    """`flows.stop|start` means flows.stop and flows.start."""
    first, *others = alternatives.split("|")
    package = first[: first.rfind(".") + 1]
    return [first, *(package + other for other in others)]


def _interleave(fixed: list[str], chosen: tuple[str, ...]) -> list[str]:
    return [part for pair in zip(fixed, (*chosen, ""), strict=True) for part in pair]
