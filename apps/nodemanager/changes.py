"""Changes: each is checked, written and remembered in one transaction; the last is undone."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

from checks import MissingError, RefusedError, read
from kinds import KINDS, Kind, Row, as_form, delete, get, put
from store import engine

# One after the other: the last change is one that nobody's other change overtook.
LOCK = text("lock table change_log in exclusive mode")
# What refers to a row, by the table that does.
USES = {
    "connections": "connections lead from or to it",
    "queries": "statements wait for it",
    "failed_queries": "statements for it failed",
    "node_data_center": "a data centre belongs to it",
    "node_rinex_file": "files belong to it",
    "data_center_structure": "it publishes files",
    "data_center_station": "stations belong to it",
}


def add(name: str, given: Mapping[str, Any]) -> int:
    """Add a row; give its id.

    Raises:
        RefusedError: What is wrong, by field.
    """
    kind = KINDS[name]
    with changing() as connection:
        row = kind.columns(connection, read(given, kind.fields))
        id = put(connection, kind, row)
        _remember(connection, name, id, None, get(connection, kind, id))
    return id


def edit(name: str, id: int, given: Mapping[str, Any]) -> bool:
    """Write a row anew; tell whether it changed.

    Raises:
        RefusedError: What is wrong, by field.
        MissingError: It is not there.
    """
    kind = KINDS[name]
    with changing() as connection:
        before = _known(connection, kind, id)
        row = kind.columns(connection, read(given, kind.fields))
        kept = {hidden: before[hidden] for hidden in kind.hidden if row[hidden] is None}
        put(connection, kind, {**before, **row, **kept, "id": id})
        after = get(connection, kind, id)
        if after != before:
            _remember(connection, name, id, before, after)
    return after != before


def remove(name: str, id: int) -> None:
    """Remove a row that nothing refers to."""
    kind = KINDS[name]
    with changing() as connection:
        before = _known(connection, kind, id)
        if kind.table == "node" and before["dbname"] == _own_database(connection):
            raise RefusedError({"": "this is the node itself"})
        delete(connection, kind, id)
        _remember(connection, name, id, before, None)


def last_change() -> Row | None:
    """Tell what `undo` would undo."""
    with engine().connect() as connection:
        return _last(connection)


def undo() -> Row:
    """Undo the last change that is not undone; tell which it was.

    Raises:
        RefusedError: There is none, or the row is no longer what that change left.
    """
    with changing() as connection:
        change = _last(connection)
        if change is None:
            raise RefusedError({"": "there is nothing to undo"})
        kind, id = KINDS[change["kind"]], change["row_id"]
        if _plain(get(connection, kind, id)) != change["after"]:
            raise RefusedError({"": f"the {kind.one} was changed elsewhere since"})
        if change["before"] is None:
            delete(connection, kind, id)
        else:
            put(connection, kind, change["before"])
        done = text("update change_log set undone = true where id = :id")
        connection.execute(done, {"id": change["id"]})
    return change


def describe(change: Row) -> str:
    """Say what a change did: removed connection 4."""
    verb = "changed"
    if change["before"] is None:
        verb = "added"
    elif change["after"] is None:
        verb = "removed"
    known = change["after"] or change["before"]
    name = known.get("name") or known.get("acronym") or change["row_id"]
    return f"{verb} {KINDS[change['kind']].one} {name}"


def form_of(name: str, id: int) -> Row:
    """Give what the form of a row holds.

    Raises:
        MissingError: It is not there.
    """
    kind = KINDS[name]
    with engine().connect() as connection:
        return as_form(connection, kind, _known(connection, kind, id))


@contextmanager
def changing() -> Iterator[Connection]:
    """Promise a transaction that no other change shares; what it violates is refused."""
    try:
        with engine().begin() as connection:
            connection.execute(LOCK)
            yield connection
    except IntegrityError as error:
        raise RefusedError({"": _said(error)}) from error


def _said(error: IntegrityError) -> str:
    about = error.orig.diag  # type: ignore[union-attr]  # psycopg2's
    if getattr(error.orig, "pgcode", "") == "23503":
        return f"it is still needed: {USES.get(about.table_name, about.table_name)}"
    if getattr(error.orig, "pgcode", "") == "23505":
        return "there is one like it already"
    return str(about.message_primary)


def _known(connection: Connection, kind: Kind, id: int) -> Row:
    row = get(connection, kind, id)
    if row is None:
        raise MissingError(f"there is no {kind.one} {id}")
    return row


def _own_database(connection: Connection) -> str:
    return str(connection.execute(text("select current_database()")).scalar_one())


def _last(connection: Connection) -> Row | None:
    query = text("select * from change_log where not undone order by id desc limit 1")
    row = connection.execute(query).mappings().first()
    return dict(row) if row else None


def _remember(
    connection: Connection, name: str, id: int, before: Row | None, after: Row | None
) -> None:
    statement = text(
        "insert into change_log (kind, row_id, before, after) values"
        " (:kind, :id, cast(:before as jsonb), cast(:after as jsonb))"
    )
    values = {"kind": name, "id": id, "before": _json(before), "after": _json(after)}
    connection.execute(statement, values)


def _json(row: Row | None) -> str | None:
    return None if row is None else json.dumps(row)


def _plain(row: Row | None) -> Any:
    """Give a row as JSON gives it back."""
    return None if row is None else json.loads(json.dumps(row))
