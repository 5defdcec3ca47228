"""The database application brings a cluster of an earlier version to its schema, rows and all."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

GATEWAY, NODE = "gnss-europe-gateway", "gnss-europe-v0-2-14"
TABLES = "select count(*) from pg_tables where schemaname = 'public'"
RIGHTS = """revoke all on schema public from public;
grant usage on schema public to epos_app;
grant select, insert, update, delete on all tables in schema public to epos_app;
"""
FILES = """
insert into file_type (id, format) values (900, 'RINEX9');
insert into data_center (id, acronym, hostname, name, protocol)
    values (900, 'C', 'h', 'n', 'https');
insert into data_center_structure (id, id_data_center, id_file_type) values (900, 900, 900);
insert into station (id, name, marker) values (900, 'reported', 'REPO');
insert into rinex_file (id, name, id_station, id_data_center_structure, file_size, id_file_type,
       relative_path, reference_date, creation_date, md5checksum)
    select 900 + n, n, 900, 900, 1, 900, 'd', '2024-01-01', '2024-01-01', md5(n::text)
      from generate_series(1, 2) n;
insert into qc_parameters
    select (jsonb_populate_record(null::qc_parameters, jsonb_object_agg(column_name,
            case data_type when 'boolean' then 'false' else '900' end))).*
      from information_schema.columns where table_name = 'qc_parameters';
"""
# One report of two systems, one that says nothing.
REPORTS = """
insert into qc_report_summary (id, id_rinex_file, id_qc_parameters, date_beg, date_end)
    select 900 + n, 900 + n, 900, '2024-01-01', '2024-01-02' from generate_series(1, 2) n;
insert into qc_constellation_summary (id, id_qc_report_summary, id_constellation, x_rms, y_rms)
    values (901, 901, 1, 0.5, 1.25), (902, 901, 2, null, 0.75);
insert into qc_observation_summary_c (id_qc_constellation_summary, id_gnss_obsnames, cod_mpth)
    values (901, 1, 20), (901, 2, null), (902, 1, 33.5), (902, 2, 12);
"""
WORST = "select id_qc_report_summary, cod_mpth, rms from qc_report_worst order by 1"
VERSIONS = "select number, name from schema_version order by number"


@contextmanager
def without_migrations(cluster: Any) -> Iterator[Path]:
    """Let the application be as it was before it had any; give the folder of those it has now."""
    migrations, kept = cluster.folder / "app" / "migrations", cluster.folder / "kept"
    grants = cluster.folder / "app" / "grants.sql"
    rights = grants.read_text()
    grants.write_text(RIGHTS)
    migrations.rename(kept)
    migrations.mkdir(mode=0o755)
    (migrations / "0000-nothing.sql").write_text("select 1;\n")
    yield kept
    shutil.rmtree(migrations)
    kept.rename(migrations)
    grants.write_text(rights)


@pytest.fixture(scope="module")
def earlier_volume(make_cluster: Callable[[], Any]) -> Path:
    """The volume of a cluster that was made before there were migrations, and is stopped."""
    cluster = make_cluster()
    with without_migrations(cluster):
        cluster.start()
        cluster.ask(NODE, "insert into station (id, name, marker) values (7, 'ours', 'OURS')")
        cluster.command(GATEWAY, FILES + REPORTS)
        cluster.command(NODE, "drop table schema_version")
        cluster.stop()
    volume: Path = cluster.folder / "volume"
    (volume / "17" / "schema.version").unlink()
    return volume


@pytest.fixture
def earlier(make_cluster: Callable[[], Any], earlier_volume: Path) -> Any:
    """A cluster that was made before there were migrations, with a station and a file."""
    cluster = make_cluster()
    subprocess.run(["cp", "-a", f"{earlier_volume}/.", cluster.folder / "volume"], check=True)
    return cluster


def test_an_earlier_cluster_gets_the_new_tables_and_keeps_its_rows(earlier: Any) -> None:
    earlier.start()
    for database in (NODE, GATEWAY):
        assert (1, "products") in earlier.ask(database, VERSIONS)
    assert earlier.ask(NODE, "select name from station") == [("ours",)]
    # The applications' role writes there as well.
    earlier.ask(NODE, "insert into analysis_centers (name, abbreviation) values ('a', 'A')")
    before = earlier.ask(NODE, TABLES)
    earlier.stop()
    earlier.start()
    assert earlier.ask(NODE, "select abbreviation from analysis_centers") == [("A",)]
    assert earlier.ask(NODE, TABLES) == before


def test_a_migration_that_fails_leaves_nothing_behind_and_is_done_again(earlier: Any) -> None:
    last = sorted((earlier.folder / "app" / "migrations").glob("*.sql"))[-1]
    right = last.read_text()
    last.write_text(right + "\nselect 1 / 0;\n")
    with pytest.raises(AssertionError, match="division by zero"):
        earlier.start()
    last.write_text(right)
    earlier.start()
    assert (1, "products") in earlier.ask(NODE, VERSIONS)
    assert earlier.ask(NODE, "select name from station") == [("ours",)]


def test_a_new_cluster_equals_one_that_was_migrated(earlier: Any, cluster: Any) -> None:
    columns = (
        "select table_name, column_name, data_type, is_nullable, column_default"
        " from information_schema.columns where table_schema = 'public' order by 1, 2"
    )
    earlier.start()
    for database in (NODE, GATEWAY):
        assert earlier.ask(database, columns) == cluster.ask(database, columns)


def test_the_worst_of_a_report_is_kept_beside_it_whoever_writes_it(earlier: Any) -> None:
    def after(*statements: str) -> Any:
        for statement in statements:
            earlier.ask(GATEWAY, statement, user="epos_fwss")
        return earlier.ask(GATEWAY, WORST)

    earlier.start()
    assert after() == [(901, 33.5, 1.25), (902, 0, 0)]
    assert after(
        "update qc_observation_summary_c set cod_mpth = 99 where cod_mpth = 12",
        "update qc_constellation_summary set z_rms = 9 where id = 902",
    ) == [(901, 99, 9), (902, 0, 0)]
    without = "delete from qc_constellation_summary where id = 902"
    assert after(without) == [(901, 20, 1.25), (902, 0, 0)]
    assert after("delete from qc_report_summary") == []
    assert after(REPORTS) == [(901, 33.5, 1.25), (902, 0, 0)]


def test_every_migration_is_shell_and_sql_that_a_reader_can_number() -> None:
    folder = Path(__file__).parents[3] / "apps" / "database" / "migrations"
    numbers = [int(path.name.split("-")[0]) for path in sorted(folder.glob("*.sql"))]
    assert numbers == list(range(1, len(numbers) + 1))
    scripts = [folder.parent / name for name in ("entrypoint", "make-cluster", "single-user.sh")]
    for script in scripts:
        subprocess.run(["sh", "-n", script], check=True)
