"""Whom an image's `USER` means: by name or number, out of the image's own passwd and group."""

from __future__ import annotations

from dataclasses import dataclass

from errors import WrongInput
from toolchains.linux.container.tree import Tree

LARGEST = 2**31 - 1  # what engines take as a number


@dataclass(frozen=True)
class User:
    """Who starts an application.

    Args:
        number: its user's.
        group: its group's.
        groups: further groups' numbers.
        home: its home folder.
    """

    number: int
    group: int
    groups: tuple[int, ...]
    home: str


def user_of(said: str, tree: Tree) -> User:
    """Find who is meant: `web`, `1000`, `web:www-data`, `1000:33`; nobody named is root.

    Raises:
        WrongInput: the image has no such user or group.
    """
    name, colon, group = said.partition(":")
    users = _rows(tree.text("/etc/passwd"), fields=6, numbers=(2, 3))
    known = [row for row in users if name in (row[0], row[2])] if name else []
    known = [row for row in known if row[0] == name] or known
    if not known and not _is_number(name or "0"):
        raise _unknown("user", name, "passwd")
    number = int(known[0][2]) if known else int(name or 0)
    if not name:
        known = [row for row in users if row[2] == "0"]
    own = known[0][0] if known else ""
    of_groups = _rows(tree.text("/etc/group"), fields=3, numbers=(2,))
    if colon and group:
        return User(number, _group(group, of_groups), (), _home(known))
    # Engines add the groups that name the user, unless the image names one group.
    further = [int(row[2]) for row in of_groups if own and own in row[3:4][0].split(",")]
    return User(number, int(known[0][3]) if known else 0, tuple(further), _home(known))


def _group(said: str, rows: list[list[str]]) -> int:
    for row in rows:
        if said == row[0]:
            return int(row[2])
    if not _is_number(said):
        raise _unknown("group", said, "group")
    return int(said)


def _home(known: list[list[str]]) -> str:
    return (known[0][5] if known else "") or "/"


def _rows(text: str, *, fields: int, numbers: tuple[int, ...]) -> list[list[str]]:
    """Read lines such as `web:x:1000:1000:Web:/srv:/bin/sh`; others count for nothing."""
    rows = [[*line.split(":"), ""] for line in text.splitlines()]
    whole = (row for row in rows if len(row) > fields)
    return [row for row in whole if all(_is_number(row[at]) for at in numbers)]


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and int(text) <= LARGEST


def _unknown(kind: str, name: str, file: str) -> WrongInput:
    return WrongInput(
        f"the image starts as {kind} {name}, whom it does not know",
        seen=f"no such line in its /etc/{file}",
        remedy=f"add the {kind} in the image, or name a number: USER 1000:1000",
    )
