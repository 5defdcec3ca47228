"""From node to gateway: only what is validated, each once, changes as changes, nothing by halves.

The tests share a cluster and go from state to state; each begins with a new pair of databases.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from runs.wait import wait_until

NODE, GATEWAY = "gnss-europe-v0-2-14", "gnss-europe-gateway"
ROWS = Path(__file__).with_name("node_rows.sql")
READ = Path(__file__).parents[3] / "apps/sync/src/main/resources/epos/sync/carry"
COPIES = {NODE: "node_as_made", GATEWAY: "gateway_as_made"}
FIRST = {
    "candidates": 3, "carried": 3, "updated": 0, "unchanged": 0, "failed": 0, "failures": [],
}  # fmt: skip
VALIDATED = ["delf0010.21o", "delf0020.21o", "york0010.21o"]
SLOW = (
    "create function wait() returns trigger language plpgsql as"
    " $$ begin if new.name = 'delf0020.21o' then perform pg_sleep(%s); end if; return new; end $$;"
    " create trigger wait before insert on rinex_file for each row execute function wait()"
)
REFUSE = (
    "create function refuse() returns trigger language plpgsql as"
    " $$ begin raise exception 'no signals today'; end $$;"
    " create trigger refuse before insert on qc_observation_summary_s"
    " for each row execute function refuse()"
)


@pytest.fixture(scope="module")
def templates(cluster: Any) -> Iterator[None]:
    """Copies of both databases as the first start made them; they are so again afterwards."""
    made = (f'create database {copy} template "{name}"' for name, copy in COPIES.items())
    cluster.command("postgres", *made)
    yield
    as_made(cluster)


def as_made(cluster: Any) -> None:
    statements = []
    for name, copy in COPIES.items():
        statements += [
            f'drop database "{name}" with (force)',
            f'create database "{name}" template {copy} strategy file_copy',
        ]
    cluster.command("postgres", *statements)


@pytest.fixture
def node(cluster: Any, templates: None) -> Any:
    """A node with rows and its empty gateway."""
    as_made(cluster)
    cluster.command(NODE, ROWS.read_text())
    return cluster


def ask_in_vain(sync: Any) -> None:
    with contextlib.suppress(OSError):
        sync.call("POST", "/sync")


def content(cluster: Any, database: str, kind: str) -> dict[str, Any]:
    """Give all rows of a kind by natural key, with all that is carried of them."""
    rows = (READ / f"{kind}.read.sql").read_text()
    return dict(cluster.ask(database, f"select key, doc from ({rows}) unit"))


def names(cluster: Any, database: str = GATEWAY) -> list[str]:
    return [row[0] for row in cluster.ask(database, "select name from rinex_file order by name")]


def count(cluster: Any, database: str, table: str) -> int:
    return int(cluster.ask(database, f"select count(*) from {table}")[0][0])


def test_validated_files_arrive_with_all_they_refer_to_and_nothing_else(
    node: Any, start_sync: Any
) -> None:
    assert start_sync(node).sync() == FIRST
    assert names(node) == VALIDATED
    assert node.ask(GATEWAY, "select count(*) from rinex_file where status <= 0") == [(0,)]
    for kind, many in (("file", 3), ("quality", 3), ("station", 2), ("structure", 2)):
        there, here = content(node, GATEWAY, kind), content(node, NODE, kind)
        assert len(there) == many
        assert there == {key: here[key] for key in there}
    assert count(node, GATEWAY, "qc_observation_summary_c") == 12
    assert count(node, NODE, "queries") == count(node, NODE, "failed_queries") == 0
    # No private data: neither a contact's address nor how to log in to a node.
    assert node.ask(GATEWAY, "select distinct email from contact") == [(None,)]
    assert node.ask(GATEWAY, "select name, username, password from node") == [
        ("EPOS GNSS node", None, None)
    ]
    assert count(node, GATEWAY, "node_rinex_file") == 3


def test_a_second_run_carries_nothing_and_writes_nothing(node: Any, start_sync: Any) -> None:
    sync = start_sync(node)
    sync.sync()
    tables = [row[0] for row in node.ask(GATEWAY, "select tablename from pg_tables"
                                         " where schemaname = 'public'")]  # fmt: skip
    # xmin is the transaction that wrote a row last.
    rows = " union all ".join(f"select '{name}', ctid, xmin::text from {name}" for name in tables)
    before = sorted(node.ask(GATEWAY, rows))
    assert sync.sync() == {**FIRST, "carried": 0, "unchanged": 3}
    assert sorted(node.ask(GATEWAY, rows)) == before


@pytest.mark.parametrize(
    "change",
    [
        "update rinex_file set revision_date = now() where name = 'delf0010.21o'",
        "update rinex_file set md5checksum = md5('other') where name = 'delf0010.21o'",
        "update rinex_file set status = 3 where name = 'delf0010.21o'",
        "update qc_observation_summary_l set pha_slps = 8 from qc_constellation_summary q,"
        " qc_report_summary r, rinex_file f where q.id = id_qc_constellation_summary and"
        " r.id = q.id_qc_report_summary and f.id = r.id_rinex_file and f.name = 'delf0010.21o'",
        "delete from qc_report_summary r using rinex_file f"
        " where f.id = r.id_rinex_file and f.name = 'delf0010.21o'",
    ],
    ids=["revision_date", "md5", "status", "report", "no report any more"],
)
def test_what_changed_is_updated_in_place(node: Any, start_sync: Any, change: str) -> None:
    sync = start_sync(node)
    sync.sync()
    before = node.ask(GATEWAY, "select id, name from rinex_file order by id")
    node.ask(NODE, change)
    assert sync.sync() == {**FIRST, "carried": 0, "updated": 1, "unchanged": 2}
    for kind in ("file", "quality"):
        there, here = content(node, GATEWAY, kind), content(node, NODE, kind)
        assert there == {key: here[key] for key in there}
    assert node.ask(GATEWAY, "select id, name from rinex_file order by id") == before
    assert sync.sync() == {**FIRST, "carried": 0, "unchanged": 3}


def test_a_station_is_updated_and_its_long_name_completed(node: Any, start_sync: Any) -> None:
    sync = start_sync(node)
    sync.sync()
    node.ask(NODE, "update station set monument_num = 0, receiver_num = 0, country_code = 'GBR',"
                   " name = 'York, UK' where marker = 'YORK'")  # fmt: skip
    node.ask(NODE, "delete from station_network where id_network ="
                   " (select id from network where name = 'NETPOS')")  # fmt: skip
    node.ask(NODE, "update location set description = null, id_city = null")
    sync.sync()
    assert content(node, GATEWAY, "station") == {
        key: doc for key, doc in content(node, NODE, "station").items() if "HIDE" not in key
    }
    assert count(node, GATEWAY, "station") == 2
    assert sync.sync() == {**FIRST, "carried": 0, "unchanged": 3}


def test_a_file_that_becomes_valid_is_carried_then(node: Any, start_sync: Any) -> None:
    sync = start_sync(node)
    sync.sync()
    node.ask(
        NODE, "update rinex_file set status = 1 where name in ('delf0030.21o', 'hide0020.21o')"
    )
    assert sync.sync() == {**FIRST, "candidates": 5, "carried": 2, "unchanged": 3}
    assert count(node, GATEWAY, "station") == 3


def test_killed_in_the_middle_nothing_is_by_halves_and_the_next_run_finishes(
    node: Any, start_sync: Any
) -> None:
    node.command(GATEWAY, SLOW % 30)
    sync = start_sync(node)
    run = threading.Thread(target=ask_in_vain, args=(sync,))
    run.start()
    asleep = "select pid from pg_stat_activity where wait_event = 'PgSleep'"
    wait_until(
        lambda: bool(node.command(GATEWAY, asleep)), what="a file under way", within=60, remedy=""
    )
    assert sync.call("POST", "/sync")[0] == 409
    assert sync.call("GET", "/status")[1]["running"] is True
    sync.kill()
    run.join()
    # As if the gateway's server had gone as well: what it was doing is rolled back.
    node.command(GATEWAY, f"select pg_terminate_backend(pid) from ({asleep}) asleep")
    assert names(node) == ["delf0010.21o"]
    here, there = (content(node, where, "quality") for where in (NODE, GATEWAY))
    assert there == {key: here[key] for key in there}
    # What was carried, not yet taken out; what was under way; what was to follow.
    assert count(node, NODE, "queries") == 3

    node.command(GATEWAY, "drop trigger wait on rinex_file")
    assert start_sync(node).sync() == {**FIRST, "carried": 2, "unchanged": 1}
    assert names(node) == VALIDATED
    assert count(node, NODE, "queries") == 0


def test_a_failure_moves_to_failed_queries_whole_and_is_settled_later(
    node: Any, start_sync: Any
) -> None:
    node.command(GATEWAY, REFUSE)
    sync = start_sync(node)
    for _ in range(2):  # the second time in place of the first
        summary = sync.sync()
        assert summary["failed"] == 2
        assert summary["failures"][0] == {
            "what": 'file ["delf0010.21o", "2021/001"]', "reason": "no signals today",
        }  # fmt: skip
        # york has no signals. Of the others not even the row of the file is there.
        assert names(node) == ["york0010.21o"]
        failed = "select destiny, reason, query like %s from failed_queries order by id"
        assert node.ask(NODE, failed, "%delf00%") == [(2, "no signals today", True)] * 2
        assert count(node, NODE, "queries") == 0
    node.command(GATEWAY, "drop trigger refuse on qc_observation_summary_s")
    assert sync.sync() == {**FIRST, "carried": 2, "unchanged": 1}
    assert count(node, NODE, "failed_queries") == 0


def test_queries_that_others_put_into_the_queue_are_run_there(node: Any, start_sync: Any) -> None:
    node.ask(NODE, "insert into queries (query, destiny) values"
                   " ('insert into network (name) values (''theirs'')', 2),"
                   " ('begin; insert into network (name) values (''open'')', 2),"
                   " ('begin; insert into nowhere values (1)', 2)")  # fmt: skip
    summary = start_sync(node).sync()
    assert summary["carried"] == 3
    assert summary["failures"] == [
        {"what": "begin; insert into nowhere values (1)",
         "reason": 'relation "nowhere" does not exist'},
    ]  # fmt: skip
    found = "select name from network where name in ('theirs', 'open') order by 1"
    assert node.ask(GATEWAY, found) == [("open",), ("theirs",)]
    assert count(node, NODE, "failed_queries") == 1


def test_connections_say_which_station_and_tier_go(node: Any, start_sync: Any) -> None:
    sync = start_sync(node)
    node.ask(NODE, "delete from connections")
    assert sync.sync() == {**FIRST, "candidates": 0, "carried": 0}
    node.ask(NODE, "insert into connections (source, destiny, station, metadata)"
                   " select 1, 2, id, tier from station, unnest(array['T1', 'T2']) tier"
                   " where marker = 'DELF'")  # fmt: skip
    assert sync.sync() == {**FIRST, "candidates": 2, "carried": 2}
    assert count(node, GATEWAY, "qc_report_summary") == 0
    node.ask(NODE, "insert into connections (source, destiny, metadata) values (1, 2, 'T3')")
    # york's report is wanted there without york's file: it has none, so there is nothing to do.
    assert sync.sync() == {**FIRST, "carried": 0, "updated": 2, "unchanged": 1}
    node.ask(NODE, "insert into connections (source, destiny, metadata) values (1, 2, 'T2')")
    summary = sync.sync()
    assert [failure["reason"] for failure in summary["failures"]] == [
        'its station ["YORK", null, null, null] is not at the gateway: is T1 carried there?'
    ]


def test_a_file_of_another_node_is_not_overwritten(node: Any, start_sync: Any) -> None:
    sync = start_sync(node)
    sync.sync()
    node.ask(GATEWAY, "update node set name = 'another node' where name = 'EPOS GNSS node'")
    node.ask(NODE, "update rinex_file set status = 4 where name = 'york0010.21o'")
    assert sync.sync()["failures"][0]["reason"].endswith("from node another node")
    found = "select status from rinex_file where name = 'york0010.21o'"
    assert node.ask(GATEWAY, found) == [(1,)]


def test_more_files_than_are_compared_at_once(node: Any, start_sync: Any) -> None:
    node.ask(NODE, "insert into rinex_file (name, relative_path, id_station,"
                   " id_data_center_structure, file_size, id_file_type, reference_date,"
                   " creation_date, md5checksum, status) select 'f' || n, 'a', id_station,"
                   " id_data_center_structure, 1, id_file_type, now(), now(), md5checksum, 1"
                   " from rinex_file, generate_series(1, 247) n"
                   " where name = 'york0010.21o'")  # fmt: skip
    sync = start_sync(node)
    assert sync.sync() == {**FIRST, "candidates": 250, "carried": 250}
    assert sync.sync() == {**FIRST, "candidates": 250, "carried": 0, "unchanged": 250}


def test_unreachable_databases_are_told_and_what_stays_can_be_carried_later(
    node: Any, start_sync: Any
) -> None:
    status, answer = start_sync(node, DATABASE_PORT="1").call("POST", "/sync")
    assert status == 503
    assert answer["error"].startswith("no connection to 127.0.0.1:1/gnss-europe-v0-2-14: ")
    sync = start_sync(node)
    node.ask(NODE, "update node set port = 1 where id = 2")
    status, answer = sync.call("POST", "/sync")
    assert status == 503
    assert answer["error"].startswith("EPOS gateway: no connection to 127.0.0.1:1/")
    assert sync.call("GET", "/status") == (200, {"running": False, "last": answer})
    node.ask(NODE, "update node set port = null, host = '127.0.0.9' where id = 2")
    assert "no password for node EPOS gateway" in sync.call("POST", "/sync")[1]["error"]
    node.ask(NODE, "update node set host = null, dbname = 'gnss-europe-v0-2-14' where id = 2")
    assert "is this node's own database" in sync.call("POST", "/sync")[1]["error"]
    node.ask(NODE, "update node set dbname = null where id = 2")
    assert sync.sync() == FIRST  # GATEWAY_NAME's default


def test_a_database_that_is_starting_is_waited_for(start_sync: Any, cluster: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        refusing = threading.Thread(target=refuse, args=(server, ["57P03", "3D000"]))
        refusing.start()
        sync = start_sync(cluster, DATABASE_PORT=str(server.getsockname()[1]))
        status, answer = sync.call("POST", "/sync")
        refusing.join(10)
    assert status == 503
    assert answer["error"].endswith("refused with 3D000"), answer


def refuse(server: socket.socket, states: list[str]) -> None:
    """Answer one login after another with an error of PostgreSQL."""
    for state in states:
        with server.accept()[0] as client:
            client.recv(1000)
            fields = f"SFATAL\0C{state}\0Mrefused with {state}\0\0".encode()
            client.sendall(b"E" + (len(fields) + 4).to_bytes(4) + fields)


def test_a_gateway_that_goes_in_the_middle_leaves_the_rest_for_the_next_run(
    node: Any, start_sync: Any
) -> None:
    node.command(GATEWAY, SLOW % 30)
    sync = start_sync(node)
    answers: list[Any] = []
    run = threading.Thread(target=lambda: answers.append(sync.call("POST", "/sync")))
    run.start()
    asleep = "select pid from pg_stat_activity where wait_event = 'PgSleep'"
    wait_until(
        lambda: bool(node.command(GATEWAY, asleep)), what="a file under way", within=60, remedy=""
    )
    node.command(GATEWAY, f"select pg_terminate_backend(pid) from ({asleep}) asleep")
    run.join()
    status, answer = answers[0]
    assert status == 503
    assert answer["error"] == ("the connection to EPOS gateway was lost: the next run finishes")
    assert answer["carried"] == 1
    node.command(GATEWAY, "drop trigger wait on rinex_file")
    assert sync.sync() == {**FIRST, "carried": 2, "unchanged": 1}


def test_health_answers_without_settings_or_database(start_sync: Any, cluster: Any) -> None:
    sync = start_sync(cluster, DATABASE_ADDRESS="", DATABASE_PORT="nonsense")
    assert sync.call("GET", "/health") == (
        200, {"status": "ok", "application": "EPOS_Sync_System"},
    )  # fmt: skip
    assert sync.call("GET", "/status") == (200, {"running": False, "last": None})
    status, answer = sync.call("POST", "/sync")
    assert (status, answer["error"]) == (
        503, "environment variable DATABASE_ADDRESS is not set",
    )  # fmt: skip


def test_wrong_requests_are_told_as_json(start_sync: Any, cluster: Any) -> None:
    sync = start_sync(cluster)
    for method, path, wanted in (
        ("GET", "/nowhere", 404), ("POST", "/", 404), ("GET", "/sync", 405),
        ("POST", "/health", 405), ("DELETE", "/status", 405),
    ):  # fmt: skip
        status, answer = sync.call(method, path)
        assert (status, list(answer)) == (wanted, ["error"])
    for words in (b"nonsense\r\n\r\n", b"GET /health\r\n\r\n", b"x" * 20000):
        with socket.create_connection(("127.0.0.1", sync.port), 10) as client:
            client.sendall(words)  # and no more: it need not wait for the end to refuse that
            assert client.recv(100).startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert sync.call("GET", "/health?x=1")[0] == 200
