"""Many records in one request: what is wrong with some of them costs no other."""

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from fields import BadInputError, Field, read
from store import is_refusal

Record = dict[str, Any]
Refused = list[Record]
"""What was not stored: record (its place in the request, from 0), name, errors (texts)."""
Save = Callable[[Connection, list[Record]], dict[str, int]]
"""Stores records by a few statements; counts what became of them."""
REFUSED_BY_DATABASE = "the database refused a value; the log of FWSS says which"


def read_all(
    items: Sequence[Any], fields: Mapping[str, Field], where: str, refused: Refused
) -> dict[int, Record]:
    """Check all records; give the right ones by their place, add the wrong ones to refused."""
    found: dict[int, Record] = {}
    for place, item in enumerate(items):
        try:
            found[place] = read(item, fields, f"{where}[{place}]")
        except BadInputError as error:
            refuse(refused, place, item, *error.errors)
    return found


def refuse(refused: Refused, place: int, item: Any, *errors: str) -> None:
    """Add a record to those that are refused, by the name its sender knows it by."""
    known = item if isinstance(item, dict) else {}
    name = known.get("name") or known.get("marker")
    refused.append({"record": place, "name": name, "errors": list(errors)})


def save_kept(
    connection: Connection, found: Mapping[int, Record], save: Save, refused: Refused
) -> dict[str, int]:
    """Store records; where the database refuses one, all but that one.

    Halves are tried until the one is alone, so a right request costs nothing more.
    """
    places = list(found)
    try:
        with connection.begin_nested():
            return save(connection, [found[place] for place in places])
    except DBAPIError as error:
        if not is_refusal(error):
            raise
        if len(places) == 1:
            logging.getLogger("fwss").error("database refused: %s", error.orig)
            refuse(refused, places[0], found[places[0]], REFUSED_BY_DATABASE)
            return {}
    middle = len(places) // 2
    counts: dict[str, int] = {}
    for half in (places[:middle], places[middle:]):
        part = save_kept(connection, {place: found[place] for place in half}, save, refused)
        for name, count in part.items():
            counts[name] = counts.get(name, 0) + count
    return counts
