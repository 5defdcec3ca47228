"""GLASS with a real database: a client that leaves in the middle of an answer ends it."""

import socket
import struct
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from tests.patience import LONGEST
from tests.system.node_api.stack import API, Stack, sql, wait_for

pytestmark = pytest.mark.docker

MANY = 100_000  # files: 40 MB of JSON, several times what the sockets on its way hold
READ_AT_ONCE = 200  # files a statement (query/Files.java)
AT_ONCE = struct.pack("ii", 1, 0)  # SO_LINGER: closing resets the connection
TELLS = "alter role epos_glass set log_statement = 'all'"
TELLS_NOTHING = "alter role epos_glass reset log_statement"
CONNECT_ANEW = "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'epos_glass'"
BUSY = """select count(*) from pg_stat_activity where usename = 'epos_glass'
          and (state <> 'idle' or state_change > clock_timestamp() - interval '1 s')"""


@pytest.fixture(scope="module")
def many_files(stack: Stack) -> Iterator[None]:
    """Give DELF many files for as long; the database logs what GLASS asks."""
    sql(stack.database, f"""
        insert into rinex_file (name, id_station, id_data_center_structure, file_size,
               id_file_type, relative_path, reference_date, creation_date, md5checksum)
        select 'many' || n, 102, p.id, n, p.id_file_type, 'many', timestamp '2000-01-01'
               + n * interval '1 hour', '2022-01-01', md5(n::text)
          from generate_series(1, {MANY}) n, data_center_structure p where p.id = 201;
        {TELLS}; {CONNECT_ANEW}""")  # fmt: skip
    yield
    undo = "delete from rinex_file where relative_path = 'many'"
    sql(stack.database, f"{undo}; {TELLS_NOTHING}; {CONNECT_ANEW}")


@pytest.mark.parametrize("form", ["json", "csv", "xml", "script"])
def test_no_more_is_read_for_a_client_that_has_left(
    stack: Stack, many_files: None, form: str
) -> None:
    before, said = reads(stack), stack.glass.logs()
    leave_in_the_middle(stack, f"/files/marker/DELF/{form}")
    wait_for(lambda: sql(stack.database, BUSY) == "0", "an end of what GLASS reads")
    read = (reads(stack) - before) * READ_AT_ONCE
    assert 0 < read < MANY / 2
    assert stack.glass.logs() == said, "a client may leave: that is no log's error"
    assert stack.api("/files/marker/GRAS/json").status == 200


def leave_in_the_middle(stack: Stack, path: str) -> None:
    where = urlsplit(stack.glass_url)
    with socket.create_connection((where.hostname, where.port), timeout=LONGEST) as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
        client.sendall(f"GET {API}{path} HTTP/1.1\r\nHost: {where.netloc}\r\n\r\n".encode())
        assert client.recv(1000).startswith(b"HTTP/1.1 200 OK")


def reads(stack: Stack) -> int:
    """Count what reads files that were chosen: each is executed, then fetched from."""
    log: bytes = stack.database.logs()
    return log.count(b"where f.id = any(") // 2
