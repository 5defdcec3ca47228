"""A node's databases dumped, lost in part, and restored, while GLASS and FWSS use them."""

import gzip
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from errors import EposVirtError, WrongInput
from tasks.database.backup import back_up, backups_of
from tasks.database.contents import Contents, dumped, read_contents
from tasks.database.dump import dump
from tasks.database.restore import restore
from tasks.database.server import DatabaseServer
from tests.system.node_api.stack import Stack, sql, wait_for

NODE = "gnss-europe-v0-2-14"
NAMES = {NODE, "gnss-europe-gateway", "products_queue"}


@pytest.fixture
def server(stack: Stack) -> DatabaseServer:
    return DatabaseServer(stack.database, "this machine")


@pytest.fixture
def kept(server: DatabaseServer, tmp_path: Path) -> Iterator[Contents]:
    """Promise a dump, which is restored in the end: other tests use these rows too."""
    contents = dump(server, "lab", "database", tmp_path / "kept")
    yield contents
    restore(server, tmp_path / "kept", contents)


def rows(stack: Stack, table: str) -> int:
    return int(sql(stack.database, f"select count(*) from {table};"))


def test_what_was_lost_is_there_again(
    stack: Stack, server: DatabaseServer, kept: Contents, tmp_path: Path
) -> None:
    assert set(kept.databases) == NAMES
    before = rows(stack, "rinex_file")
    assert before == kept.databases[NODE]["rinex_file"][0] > 0
    sql(stack.database, "delete from quality_file; delete from rinex_errors;")
    sql(stack.database, "delete from rinex_file; update station set name = 'lost';")
    restore(server, tmp_path / "kept", read_contents(tmp_path / "kept"))
    assert rows(stack, "rinex_file") == before
    again = dump(server, "lab", "database", tmp_path / "again")
    assert again.databases == kept.databases
    wait_for(lambda: stack.api("/stations/v2/combination/full/json?marker=GRAS").status == 200,
             "GLASS, whose connections were ended")  # fmt: skip
    lost = server.ask("select count(*) from station where name = 'lost';", f"{NODE}.before")
    assert lost != ["0"], "what was there before stays until the next restoration"


def test_what_a_deployment_backs_up_is_a_dump_of_now(
    server: DatabaseServer, kept: Contents, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EPOS_VIRT_STATE", str(tmp_path))
    back_up(server, "lab", "database")
    [folder] = backups_of("lab", "database")
    assert read_contents(folder).databases == kept.databases
    restore(server, folder, read_contents(folder))


def test_a_dump_that_was_changed_replaces_nothing(
    stack: Stack, server: DatabaseServer, kept: Contents, tmp_path: Path
) -> None:
    file = dumped(tmp_path / "kept", NODE)
    whole = file.read_bytes()
    text = gzip.decompress(whole)
    assert b"GRAS" in text
    sql(stack.database, "update station set name = 'changed since';")
    try:
        file.write_bytes(gzip.compress(text.replace(b"GRAS", b"GRAZ")))
        with pytest.raises(EposVirtError, match="is not what was dumped") as refused:
            restore(server, tmp_path / "kept", kept)
        assert "station: " in refused.value.seen
        file.write_bytes(whole[: len(whole) // 2])
        for size in range(len(whole) // 4, len(whole), len(whole) // 4):
            file.write_bytes(whole[:size])
            with pytest.raises(WrongInput, match=r"damaged|cut off"):
                restore(server, tmp_path / "kept", kept)
        file.write_bytes(gzip.compress(text[: text.index(b"ADD CONSTRAINT")]))
        with pytest.raises(WrongInput, match="cut off"):
            restore(server, tmp_path / "kept", kept)
    finally:
        file.write_bytes(whole)
    assert stack.api("/stations/v2/combination/full/json?marker=GRAS").status == 200
    assert server.databases() == sorted(NAMES)


def test_killed_as_it_replaces_the_same_command_finishes_and_loses_nothing(
    stack: Stack, server: DatabaseServer, kept: Contents, tmp_path: Path
) -> None:
    sql(stack.database, "update station set name = 'precious';")
    precious = "select count(*) from station where name = 'precious';"
    restore(server, tmp_path / "kept", kept)
    before = server.ask(precious, f"{NODE}.before")
    assert before != ["0"]
    # Killed after that, or run twice: it is as in the dump, and what was there first stays.
    restore(server, tmp_path / "kept", kept)
    assert server.ask(precious, f"{NODE}.before") == before
    # One that looks at what was set aside, or a load that a killed run left, is in nobody's way.
    left = subprocess.Popen(
        ["docker", "exec", str(stack.database.id), "psql", "-h", "/run/postgresql", "-U",
         "postgres", "-d", f"{NODE}.before", "-c", "select pg_sleep(600)"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        asleep = "select count(*) from pg_stat_activity where wait_event = 'PgSleep';"
        wait_for(lambda: server.ask(asleep) == ["1"], "a session on what was set aside")
        sql(stack.database, "update station set name = 'again';")
        restore(server, tmp_path / "kept", kept)
    finally:
        left.kill()
        left.wait()
    assert rows(stack, "rinex_file") > 0


def test_rows_that_are_written_while_it_is_dumped_spoil_no_dump(
    stack: Stack, server: DatabaseServer, kept: Contents, tmp_path: Path
) -> None:
    ended = threading.Event()

    def write() -> None:
        while not ended.is_set():
            sql(stack.database, "insert into agency (name) values (md5(random()::text));")

    writing = threading.Thread(target=write)
    writing.start()
    try:
        contents = dump(server, "lab", "database", tmp_path / "written")
    finally:
        ended.set()
        writing.join()
    assert restore(server, tmp_path / "written", contents)


def test_a_dump_of_a_later_schema_is_refused(
    stack: Stack, server: DatabaseServer, kept: Contents, tmp_path: Path
) -> None:
    sql(stack.database, "insert into schema_version values (9999, 'of-tomorrow');")
    later = dump(server, "lab", "database", tmp_path / "later")
    sql(stack.database, "delete from schema_version where number = 9999;")
    with pytest.raises(WrongInput, match=r"version \d+ of the schema, the server's \d+"):
        restore(server, tmp_path / "later", later)


def test_what_is_no_dump_or_there_already_is_told(server: DatabaseServer, tmp_path: Path) -> None:
    with pytest.raises(WrongInput, match="is there already"):
        dump(server, "lab", "database", tmp_path)
    with pytest.raises(WrongInput, match="is no dump"):
        read_contents(tmp_path)
