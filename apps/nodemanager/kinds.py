"""What is managed: nodes, connections between them, data centres; how each is read and written."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, text

from checks import (
    Field,
    RefusedError,
    host,
    line,
    mail_address,
    marker,
    number,
    one_of,
    port,
    web_address,
)

Row = dict[str, Any]
TIERS = ("T1", "T2", "T3")
PROTOCOLS = ("http", "https", "ftp", "ftps")


@dataclass(frozen=True)
class Kind:
    """A kind of rows: its table, its fields, and how these become columns of it."""

    table: str
    one: str
    several: str
    verb: str
    """What GLASS's t0-manager lists it by."""
    fields: Mapping[str, Field]
    columns: Callable[[Connection, Row], Row] = lambda _connection, values: values
    """From checked fields to columns; raises RefusedError."""
    linked: str = ""
    """A column that is a row of another table: node_data_center."""
    hidden: tuple[str, ...] = ()
    """Columns that are never shown; left empty they stay as they are."""


def _connection_columns(connection: Connection, values: Row) -> Row:
    if values["source"] == values["destiny"]:
        raise RefusedError({"destiny": "expected another node than the source"})
    errors = {name: "there is no such node" for name in ("source", "destiny")
              if not _exists(connection, "node", values[name])}  # fmt: skip
    station = None
    if values["station"]:
        station = _station(connection, values["station"])
        if station is None:
            errors["station"] = f"there is no station {values['station']}"
    if errors:
        raise RefusedError(errors)
    return {**values, "station": station}


def _station(connection: Connection, name: str) -> int | None:
    query = text(
        "select id from station where marker = :marker and (:long = '' or"
        " coalesce(monument_num, 0) || '' || coalesce(receiver_num, 0) || country_code = :long)"
        " order by id limit 1"
    )
    return connection.execute(query, {"marker": name[:4], "long": name[4:]}).scalar()


def _center_columns(connection: Connection, values: Row) -> Row:
    columns = {name: value for name, value in values.items() if name != "agency"}
    if values["node"] and not _exists(connection, "node", values["node"]):
        raise RefusedError({"node": "there is no such node"})
    columns["root_path"] = values["root_path"] or ""
    columns["id_agency"] = _agency(connection, values["agency"])
    return columns


def _agency(connection: Connection, name: str | None) -> int | None:
    if not name:
        return None
    add = "insert into agency (name) values (:name) on conflict (name) do nothing"
    connection.execute(text(add), {"name": name})
    find = "select id from agency where name = :name"
    return int(connection.execute(text(find), {"name": name}).scalar_one())


def _exists(connection: Connection, table: str, id: int) -> bool:
    return bool(
        connection.execute(text(f"select 1 from {table} where id = :id"), {"id": id}).scalar()
    )


NODE = Kind(
    "node", "node", "Nodes", "getNode",
    {
        "name": Field("Name", line, required=True),
        "host": Field("Host", host, hint="of its database; empty: this node's own server"),
        "port": Field("Port", port),
        "dbname": Field("Database", line),
        "username": Field("User", line),
        "password": Field("Password", line, hint="left empty it stays as it is"),
        "url": Field("Web address", web_address),
        "email": Field("Mail", mail_address),
        "contact_name": Field("Contact", line),
    },
    hidden=("password",),
)  # fmt: skip
CONNECTION = Kind(
    "connections", "connection", "Connections", "getConnection",
    {
        "source": Field("From", number, required=True, choices="nodes"),
        "destiny": Field("To", number, required=True, choices="nodes"),
        "station": Field("Station", marker, hint="empty: every station"),
        "metadata": Field(
            "Tier", one_of(*TIERS), required=True, choices=" ".join(TIERS),
            hint="T1 stations, T2 files, T3 quality",
        ),
    },
    columns=_connection_columns,
)  # fmt: skip
CENTER = Kind(
    "data_center", "data centre", "Data centres", "getDataCenter",
    {
        "acronym": Field("Acronym", line, required=True),
        "name": Field("Name", line, required=True),
        "protocol": Field(
            "Protocol", one_of(*PROTOCOLS), required=True, choices=" ".join(PROTOCOLS)
        ),
        "hostname": Field("Host", host, required=True, hint="with its port, if it is another"),
        "root_path": Field("Root path", line),
        "agency": Field("Agency", line),
        "node": Field("Node", number, choices="nodes"),
    },
    columns=_center_columns,
    linked="node",
)  # fmt: skip
KINDS = {"nodes": NODE, "connections": CONNECTION, "data-centers": CENTER}


def get(connection: Connection, kind: Kind, id: int) -> Row | None:
    """Read a row as its columns, with what is linked."""
    row = connection.execute(
        text(f"select * from {kind.table} where id = :id"), {"id": id}
    ).mappings().first()  # fmt: skip
    if row is None:
        return None
    found = dict(row)
    if kind.linked:
        query = "select min(id_node) from node_data_center where id_data_center = :id"
        found[kind.linked] = connection.execute(text(query), {"id": id}).scalar()
    return found


def put(connection: Connection, kind: Kind, row: Row) -> int:
    """Write a row in place of the one of its id, or a new one where it has none."""
    columns = {name: value for name, value in row.items() if name != kind.linked}
    names = ", ".join(columns)
    values = ", ".join(f":{name}" for name in columns)
    changes = ", ".join(f"{name} = excluded.{name}" for name in columns)
    statement = f"insert into {kind.table} ({names}) values ({values})"
    statement += f" on conflict (id) do update set {changes} returning id"
    id = int(connection.execute(text(statement), columns).scalar_one())
    if kind.linked:
        connection.execute(
            text("delete from node_data_center where id_data_center = :id"), {"id": id}
        )
        if row[kind.linked]:
            add = "insert into node_data_center (id_node, id_data_center) values (:node, :id)"
            connection.execute(text(add), {"node": row[kind.linked], "id": id})
    return id


def delete(connection: Connection, kind: Kind, id: int) -> None:
    """Remove a row and what is linked; what else refers to it keeps it."""
    if kind.linked:
        connection.execute(
            text("delete from node_data_center where id_data_center = :id"), {"id": id}
        )
    connection.execute(text(f"delete from {kind.table} where id = :id"), {"id": id})


def as_form(connection: Connection, kind: Kind, row: Row) -> Row:
    """Give a row as what its form holds; what is hidden is empty."""
    shown = {name: row.get(name) for name in kind.fields}
    if kind is CENTER and row["id_agency"]:
        query = text("select name from agency where id = :id")
        shown["agency"] = connection.execute(query, {"id": row["id_agency"]}).scalar()
    if kind is CONNECTION and row["station"]:
        query = text(
            "select marker || case when country_code is null then '' else"
            " coalesce(monument_num, 0) || '' || coalesce(receiver_num, 0) || country_code end"
            " from station where id = :id"
        )
        shown["station"] = connection.execute(query, {"id": row["station"]}).scalar()
    return {name: None if name in kind.hidden else value for name, value in shown.items()}
