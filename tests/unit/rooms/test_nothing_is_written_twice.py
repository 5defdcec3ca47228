"""No two places share more than a dozen lines, other names and values or not."""

from __future__ import annotations

import keyword
import tokenize
from collections import defaultdict
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from tests.unit.rooms.house import PROJECT, ROOMS

PLACES = [PROJECT / room for room in (*ROOMS, "apps", "tests")]
LINES = 13  # of code, without comments and imports
# Of these so many differ in their shape: a table's rows are alike, and none is another's copy.
SHAPES = 8
COLUMNS = {  # tables with similar columns
    (file, file)
    for file in ("history/schema.py", "history/migrations/versions/r0001_first_tables.py")
}
NO_CODE = {
    *(tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT),
    tokenize.ENDMARKER,
}
VALUES = {tokenize.NUMBER: "1", tokenize.STRING: "''"}


def shape(token: tokenize.TokenInfo) -> str:
    """Give a token without what it names or says."""
    if token.type == tokenize.NAME and not keyword.iskeyword(token.string):
        return "name"
    return VALUES.get(token.type, token.string)


def lines(file: Path) -> Iterator[tuple[int, str]]:
    """Give the lines of code of a file, as shapes, with their numbers."""
    with file.open() as source:
        tokens = [
            one for one in tokenize.generate_tokens(source.readline) if one.type not in NO_CODE
        ]
    for number, line in groupby(tokens, lambda token: token.start[0]):
        words = [shape(token) for token in line]
        if words[0] not in ("import", "from"):
            yield number, " ".join(words)


def test_no_two_places_share_more_than_a_dozen_lines() -> None:
    seen: dict[tuple[str, ...], list[tuple[str, int]]] = defaultdict(list)
    for file in (file for place in PLACES for file in place.rglob("*.py")):
        code = list(lines(file))
        for first in range(len(code) - LINES + 1):
            part = tuple(text for _, text in code[first : first + LINES])
            if len(set(part)) >= SHAPES:
                seen[part].append((str(file.relative_to(PROJECT)), code[first][0]))
    shared = [
        " ~ ".join(f"{name}:{line}" for name, line in places)
        for places in seen.values()
        if len(places) > 1 and tuple(name for name, _ in places) not in COLUMNS
    ]
    assert shared == []
