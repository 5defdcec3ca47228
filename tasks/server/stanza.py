"""The files of ifupdown, read into stanzas and written again as they were; see interfaces(5)."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

_STARTS = {
    *("iface", "mapping", "auto", "source", "source-directory", "rename"),
    *("no-auto-down", "no-scripts"),
}
# A line goes on after a backslash; a comment does not.
_LINE = re.compile(r"[ \t]*#[^\n]*(?:\n|$)|(?:[^\n]*\\\n)*[^\n]*\n|[^\n]+$")


@dataclass(frozen=True)
class Stanza:
    """A line that begins something, its options, and the empty lines and comments after them.

    Lines keep their ends and how they are indented; one that goes on after a backslash is one.
    """

    head: str
    options: tuple[str, ...] = ()
    rest: tuple[str, ...] = ()

    @property
    def words(self) -> list[str]:
        """The words of its head."""
        return words_of(self.head)

    def of(self, name: str, *families: str) -> bool:
        """Whether it describes this interface, in one of the address families."""
        words = self.words
        return words[:2] == ["iface", name] and (not families or {*words[2:3]} <= {*families})

    def value(self, *names: str) -> str:
        """Give what an option says, under any of its spellings; empty where it is not there."""
        for option in self.options:
            name, _, value = " ".join(words_of(option)).partition(" ")
            if name in names:
                return value
        return ""


def parse(text: str) -> list[Stanza]:
    """Read a file; `render` gives it back as it was."""
    found: list[Stanza] = []
    for line in _LINE.findall(text):
        words = words_of(line)
        if words and (words[0] in _STARTS or words[0].startswith("allow-")):
            found.append(Stanza(line))
            continue
        last = found.pop() if found else Stanza("")
        if words and last.words[:1] in (["iface"], ["mapping"]):
            found.append(replace(last, options=(*last.options, *last.rest, line), rest=()))
        else:
            found.append(replace(last, rest=(*last.rest, line)))
    return found


def render(stanzas: list[Stanza]) -> str:
    """Write a file."""
    return "".join(line for s in stanzas for line in (s.head, *s.options, *s.rest))


def words_of(line: str) -> list[str]:
    """Give a line's words; a comment has none."""
    bare = line.replace("\\\n", "").strip()
    return [] if bare.startswith("#") else bare.split()
