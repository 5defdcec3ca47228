"""What can be told of the SQL without a server: it names tables and columns there are."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

APPS = Path(__file__).parents[3] / "apps"
DATABASE = APPS / "database"
CARRIED = APPS / "sync/src/main/resources/epos/sync/carry"
STATEMENTS = sorted(
    [*CARRIED.glob("*.sql"), *(DATABASE / f"{name}.sql" for name in
                               ("lists", "data", "destination"))]
)  # fmt: skip


def without_comments(path: Path) -> str:
    return re.sub(r"--[^\n]*", "", path.read_text(encoding="utf-8"))


def schema() -> dict[str, set[str]]:
    """Read the columns of each table."""
    text = without_comments(DATABASE / "schema.sql")
    tables = re.findall(r"create table (\w+) \((.*?)\n\);", text, re.DOTALL)
    types = "text|integer|bigint|smallint|char|boolean|double|numeric|timestamp"
    column = rf"(?m)(?:^|,)\s*(\w+) (?:{types})\b"
    return {name: set(re.findall(column, body)) for name, body in tables}


@pytest.mark.parametrize("path", STATEMENTS, ids=lambda path: path.name)
def test_insertions_name_columns_of_the_schema(path: Path) -> None:
    tables = schema()
    for table, columns in re.findall(
        r"insert into (\w+)(?: as \w+)? \(([^)]*)\)", without_comments(path)
    ):
        named = {column.strip() for column in columns.split(",")}
        assert named <= tables[table], f"{path.name}: {table} has no {named - tables[table]}"


@pytest.mark.parametrize("path", STATEMENTS, ids=lambda path: path.name)
def test_statements_are_balanced(path: Path) -> None:
    text = re.sub(r"'[^']*'", "''", without_comments(path))
    assert text.count("(") == text.count(")")
    assert text.count("$$") % 2 == 0
    assert path.name.endswith(".read.sql") or text.rstrip().endswith(";")


def test_a_file_is_carried_with_every_column_it_has() -> None:
    text = (CARRIED / "file.carry.sql").read_text()
    columns = schema()["rinex_file"] - {"id"}
    assert all(re.search(rf"\b{column}\b", text) for column in columns)


def test_a_report_is_carried_with_every_column_it_has() -> None:
    text = (CARRIED / "quality.carry.sql").read_text()
    for table, columns in schema().items():
        if table.startswith("qc_"):
            insertion = re.search(rf"insert into {table} \(([^)]*)\)", text)
            assert insertion, table
            named = {column.strip() for column in insertion[1].split(",")}
            assert named == columns - {"id"}, table


def test_the_image_has_every_file_that_the_entrypoint_loads() -> None:
    copied = (DATABASE / "Dockerfile").read_text()
    for script in ("entrypoint", "make-cluster"):
        text = (DATABASE / script).read_text()
        for name in set(re.findall(r"\$sql/([\w.-]+)", text)) - {"cluster.tar.lzo"}:
            assert (DATABASE / name).is_file()
            assert re.search(rf"(?s)COPY [^/]*\b{name}\b", copied), name
        subprocess.run(["sh", "-n", str(DATABASE / script)], check=True)
    assert "cluster.tar.lzo /usr/share/epos/" in copied, "it is made with the image"


def test_a_new_cluster_and_its_access_know_the_same_roles() -> None:
    roles = {line.split()[0] for line in (DATABASE / "roles").read_text().splitlines()}
    for file in ("roles.sql", "pg_hba.conf"):
        assert set(re.findall(r"\bepos_[a-z]+", (DATABASE / file).read_text())) == roles
