"""The database application makes the gateway: at the first start, and for an older cluster."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

GATEWAY, NODE = "gnss-europe-gateway", "gnss-europe-v0-2-14"
LISTS = ("station_type", "item_type", "attribute", "item_type_attribute", "log_type",
         "constellations", "gnss_obsnames", "country")  # fmt: skip
EMPTY = (
    "node",
    "station",
    "rinex_file",
    "data_center",
    "agency",
    "network",
    "connections",
    "queries",
)
CONNECTIONS = (
    "select o.name, d.name, c.station, c.metadata from connections c join node o on o.id = c.source"
    " join node d on d.id = c.destiny order by 4"
)
TO_THE_GATEWAY = [("EPOS GNSS node", "EPOS gateway", None, tier) for tier in ("T1", "T2", "T3")]


def test_first_start_makes_the_gateway_with_the_lists_and_no_stations(cluster: Any) -> None:
    for table in LISTS:
        rows = f"select * from {table} order by id"
        assert cluster.ask(GATEWAY, rows) == cluster.ask(NODE, rows) != []
    for table in EMPTY:
        assert cluster.ask(GATEWAY, f"select count(*) from {table}") == [(0,)]
    columns = (
        "select table_name, column_name, data_type from information_schema.columns"
        " where table_schema = 'public' order by 1, 2"
    )
    assert cluster.ask(GATEWAY, columns) == cluster.ask(NODE, columns)


def test_the_node_knows_its_gateway_and_sends_every_tier(cluster: Any) -> None:
    assert cluster.ask(NODE, "select id, name, dbname, host from node where id > 1") == [
        (2, "EPOS gateway", GATEWAY, None)
    ]
    assert cluster.ask(NODE, CONNECTIONS) == TO_THE_GATEWAY


def test_the_applications_role_writes_rows_there_and_no_tables(cluster: Any) -> None:
    cluster.ask(GATEWAY, "insert into network (name) values ('written')")
    assert cluster.ask(GATEWAY, "delete from network where name = 'written' returning 1") == [(1,)]
    owned = "select count(*) from pg_tables where tableowner = 'epos_app'"
    assert cluster.ask(GATEWAY, owned) == [(0,)]


def test_a_cluster_of_an_earlier_version_gets_it_once_and_keeps_its_data(
    make_cluster: Callable[[], Any],
) -> None:
    older = make_cluster()
    older.start()
    older.command("postgres", f'drop database "{GATEWAY}"')
    older.command("postgres", f'create database "{GATEWAY}.partial"')  # a start that was killed
    older.command(NODE, "delete from connections; delete from node where id = 2")
    older.ask(NODE, "insert into station (name, marker) values ('ours', 'OURS')")
    older.stop()
    mark = older.folder / "volume" / "17" / f"{GATEWAY}.made"
    mark.unlink()

    older.start()
    assert older.ask(NODE, "select name from station") == [("ours",)]
    assert older.ask(GATEWAY, "select count(*) from constellations") == [(7,)]
    assert older.ask(NODE, CONNECTIONS) == TO_THE_GATEWAY
    databases = "select datname from pg_database where datname like 'gnss%' order by 1"
    assert older.ask(NODE, databases) == [(GATEWAY,), (NODE,)]

    # Another start changes nothing: neither the gateway's rows nor what the operator took out.
    older.ask(GATEWAY, "insert into station (name, marker) values ('far', 'FARR')")
    older.ask(NODE, "delete from connections where metadata = 'T3'")
    older.stop()
    older.start()
    assert older.ask(GATEWAY, "select name from station") == [("far",)]
    assert older.ask(NODE, CONNECTIONS) == TO_THE_GATEWAY[:2]

    # A mark that was lost recreates nothing either.
    older.stop()
    mark.unlink()
    older.start()
    assert older.ask(GATEWAY, "select name from station") == [("far",)]
