"""A YAML file, read with suspicion: what is in it, and on which line each value stands.

Read is a small part of YAML: blocks, lists and scalars. Aliases, tags and further documents are
refused, so nothing can be constructed or multiplied. Plain scalars are read as YAML 1.2 has them
and less: decimal whole numbers, `true`, `false`, `null`; all else is text, also `no`, `1_000`,
`1e3` and `1.10`, which YAML 1.1 would turn into something else.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from deployments.problem import Location
from spelling import nearest

LARGEST = 2**20  # bytes; the environment that ships has 3000
DEEPEST = 64  # levels of nesting; the model needs 5
MOST = 30_000  # values; 256 domUs and 256 applications with all they can have need half of that

_WHOLE = re.compile(r"0|-?[1-9][0-9]{0,17}")
_CONSTANTS: dict[str, bool | None] = {"true": True, "false": False, "null": None, "~": None}
# Not in YAML (C0, C1, not characters at all), or seen by nobody and made to mislead readers: marks
# of the direction of writing (U+202A and the like), blanks without width.
_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x80-\x84\x86-\x9f\ufffe\uffff\u202a-\u202e\u2066-\u2069"
    "\ud800-\udfff\u061c\u200b\u200e\u200f\u2060\ufeff]"
)
# libyaml's parser is twenty times as fast; without it, the same in Python.
_LOADER: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_HINTS = {
    "tab": "indent with blanks; YAML takes no tabs",
    "\\t": "indent with blanks; YAML takes no tabs",
    "quoted scalar": "close the quote",
    "block mapping": "compare the indentation and the quotes with the lines around it",
    "mapping values": "put a text that holds `: ` in quotes; compare the indentation",
    "flow": "close the bracket, separate the items with commas",
}


@dataclass(frozen=True)
class Problem:
    """What is wrong at a place of a file; without a line, with all of it."""

    line: int | None
    place: Location
    message: str
    remedy: str


class Malformed(Exception):
    """The file cannot be read as an environment at all; `load` makes a message of it."""

    def __init__(self, *problems: Problem) -> None:
        """See the class."""
        super().__init__(*problems)
        self.problems = problems


@dataclass(frozen=True)
class Document:
    """What a file says.

    Args:
        value: mappings, lists, text, whole numbers, booleans and None.
        lines: for each value the line, from 1, of its key or of its item's begin.
        text: the file's lines.
    """

    value: object
    lines: dict[Location, int]
    text: list[str]

    def line(self, place: Location) -> int:
        """Give the line of a place, or of the nearest there is around it."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 1)


def read_text(path: Path) -> str:
    """Read a regular file of UTF-8 text of at most 1 MiB.

    Raises:
        Malformed: it is not there, cannot be read, or is something else.
    """
    try:
        _refuse_foreign_link(path)
        content = _read_bytes(path)
    except FileNotFoundError:
        raise Malformed(_whole("no such file", _files_nearby(path))) from None
    except (OSError, ValueError, RuntimeError) as error:  # RuntimeError: links in a circle
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise Malformed(
            _whole(f"cannot be read: {reason}", "check the path and its permissions")
        ) from None
    return _decode(content)


def parse(text: str) -> Document:
    """Parse YAML text.

    Raises:
        Malformed: with every problem found; after a mistake in the syntax there is only that one.
    """
    lines = text.splitlines()
    builder = _Builder()
    try:
        value = builder.document(yaml.parse(text, Loader=_LOADER))
    except yaml.MarkedYAMLError as error:
        raise Malformed(_syntax_problem(error, lines)) from None
    except yaml.YAMLError as error:
        raise Malformed(Problem(1, (), f"not YAML: {error}", "check the file")) from None
    if builder.problems:
        raise Malformed(*builder.problems)
    return Document(value, builder.lines, lines)


def _refuse_foreign_link(path: Path) -> None:
    folder = path.parent.resolve()
    if path.is_symlink() and folder not in path.resolve().parents:
        remedy = "copy the file into the folder, or name the file itself"
        raise Malformed(_whole("a symbolic link to outside its folder", remedy))


def _read_bytes(path: Path) -> bytes:
    # O_NONBLOCK: a named pipe must not hang us; on regular files it means nothing.
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise Malformed(_whole("not a file", "name the YAML file"))
        with open(handle, "rb", closefd=False) as file:
            content = file.read(LARGEST + 1)
    finally:
        os.close(handle)
    if len(content) > LARGEST:
        raise Malformed(_whole("larger than 1 MiB", "an environment has some kB; name another"))
    return content


def _decode(content: bytes) -> str:
    save = "save the file as UTF-8 text without a byte order mark"
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Malformed(Problem(1, (), "UTF-16 text", save))
    if content.startswith(b"\xef\xbb\xbf"):
        raise Malformed(Problem(1, (), "begins with a byte order mark", save))
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        message = f"not UTF-8 text: byte 0x{content[error.start]:02x}"
        raise Malformed(Problem(line, (), message, save)) from None
    if found := _UNPRINTABLE.search(text):
        line = text[: found.start()].count("\n") + 1
        message = f"unprintable character U+{ord(found[0]):04X}"
        raise Malformed(Problem(line, (), message, "take it out"))
    return text


def _files_nearby(path: Path) -> str:
    try:
        known = sorted(file.name for file in path.parent.glob("*.y*ml"))[:100]
    except OSError:
        known = []
    found = nearest(path.name, known)
    return f"did you mean {path.parent / found}" if found else "check the path"


def _whole(message: str, remedy: str) -> Problem:
    return Problem(None, (), message, remedy)


def _syntax_problem(error: yaml.MarkedYAMLError, lines: list[str]) -> Problem:
    mark = error.problem_mark or error.context_mark
    # Where a quote was opened says more than the end of the file, where it was missed.
    if error.context_mark and "quoted" in (error.context or ""):
        mark = error.context_mark
    number = min(mark.line + 1, max(len(lines), 1)) if mark else 1
    line = lines[number - 1] if lines else ""
    said = ", ".join(part for part in (error.context, error.problem) if part)
    hint = next((hint for key, hint in _HINTS.items() if key in said), "check this line")
    if line.lstrip(" ").startswith("\t"):
        hint = _HINTS["tab"]
    return Problem(number, (), f"not YAML: {said}", hint)


@dataclass
class _Builder:
    """Builds values from the parser's events and notes the line of each."""

    lines: dict[Location, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    values: int = 0

    def document(self, events: Iterator[yaml.Event]) -> object:
        """Build the only document of a stream."""
        value: object = None
        documents = 0
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise Malformed(
                        _problem(event, (), "a second document", "keep one document a file")
                    )
                value = self._node(next(events), events, ())
        if not documents:
            remedy = "start from one that ships, deployments/lab.yaml or apps/fwss/app.yaml"
            raise Malformed(Problem(1, (), "the file is empty", remedy))
        return value

    def _node(self, event: yaml.Event, events: Iterator[yaml.Event], place: Location) -> object:
        if len(place) > DEEPEST:
            remedy = f"an environment needs 5 levels, {DEEPEST} are read"
            raise Malformed(_problem(event, (), "nested too deeply", remedy))
        self.values += 1
        if self.values > MOST:
            remedy = "an environment has some hundred; name another file"
            raise Malformed(_problem(event, (), f"more than {MOST} values", remedy))
        self.lines.setdefault(place, _line(event))
        if isinstance(event, yaml.AliasEvent):
            raise Malformed(
                _problem(event, place, "an alias (*)", "write the value again; none are read")
            )
        assert isinstance(event, yaml.NodeEvent)
        self._refuse_tag(event, place)
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(events, place)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(events, place)
        assert isinstance(event, yaml.ScalarEvent)
        return self._scalar(event, place)

    def _mapping(self, events: Iterator[yaml.Event], place: Location) -> dict[str, object]:
        mapping: dict[str, object] = {}
        for event in events:
            if isinstance(event, yaml.MappingEndEvent):
                break
            if not isinstance(event, yaml.ScalarEvent):
                remedy = "write a plain word before the colon"
                raise Malformed(_problem(event, place, "a key that is no text", remedy))
            key: str = event.value
            here = (*place, key)
            self._refuse_tag(event, here)
            self._refuse_unprintable(event, here)
            if key in mapping:
                message = f"the key is there twice, first in line {self.lines[here]}"
                self.problems.append(_problem(event, here, message, "keep one of them"))
            else:
                self.lines[here] = _line(event)
            mapping[key] = self._node(next(events), events, here)
        return mapping

    def _sequence(self, events: Iterator[yaml.Event], place: Location) -> list[object]:
        sequence: list[object] = []
        for event in events:
            if isinstance(event, yaml.SequenceEndEvent):
                break
            sequence.append(self._node(event, events, (*place, len(sequence))))
        return sequence

    def _refuse_tag(self, event: yaml.Event, place: Location) -> None:
        if (tag := getattr(event, "tag", None)) is not None:
            message = f"a tag ({tag[:60]})"
            self.problems.append(_problem(event, place, message, "take it out; none are read"))

    def _refuse_unprintable(self, event: yaml.ScalarEvent, place: Location) -> None:
        """Look at a value once more: `"\\0"` is printable where it stands, and NUL when read."""
        if found := _UNPRINTABLE.search(event.value):
            message = f"unprintable character U+{ord(found[0]):04X}"
            self.problems.append(_problem(event, place, message, "take it out"))

    def _scalar(self, event: yaml.ScalarEvent, place: Location) -> object:
        text: str = event.value
        self._refuse_unprintable(event, place)
        if "${" in text:
            message = "variables (${...}) are not filled in"
            self.problems.append(_problem(event, place, message, "write the value itself"))
        if not event.implicit[0]:  # in quotes, or a block of text
            return text
        if not text:
            return None
        if text in _CONSTANTS:
            return _CONSTANTS[text]
        return int(text) if _WHOLE.fullmatch(text) else text


def _problem(event: yaml.Event, place: Location, message: str, remedy: str) -> Problem:
    return Problem(_line(event), place, message, remedy)


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1
