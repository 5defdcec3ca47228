"""What is in a database, in figures that are the same of a copy and of nothing else."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated
from urllib.parse import quote

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from errors import WrongInput

FILE = "contents.json"  # of a dump
WHOLE = b"-- PostgreSQL database dump complete"  # near the end of each file
# The names that others are made of (NAME.before, NAME.restored), within PostgreSQL's 63 bytes.
NAME = r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,49}"
NOBODYS = r"(postgres|template[01]|.*\.(before|restored))"
SEQUENCE = "sequence "  # before its name
# A line of JSON for each table (rows, and the sum of a hash of each: in whatever order) and each
# sequence (its last value); then for what else makes a schema: how many, and their hash.
READ = r"""
select format(
    'select json_build_object(%L, json_build_array(count(*),'
    ' coalesce(sum(hashtextextended(t::text, 0)::numeric), 0)::text)) from %s t',
    relname, oid::regclass)
  from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace order by relname
\gexec
select json_build_object('sequence ' || sequencename,
                         json_build_array(1, coalesce(last_value, 0)::text))
  from pg_sequences where schemaname = 'public' order by sequencename;
with part(kind, said) as (
    select '(constraints)', concat_ws(' ', conrelid::regclass, conname, pg_get_constraintdef(oid))
      from pg_constraint where connamespace = 'public'::regnamespace
    union all
    select '(indexes)', indexdef from pg_indexes where schemaname = 'public'
    union all
    select '(columns)', concat_ws(' ', table_name, column_name, data_type, is_nullable,
                                column_default, is_identity)
      from information_schema.columns where table_schema = 'public'
    union all
    select '(rights)', concat_ws(' ', relname, one)
      from pg_class, unnest(relacl) one where relnamespace = 'public'::regnamespace
)
select json_build_object(
    kind, json_build_array(count(*), md5(string_agg(said, e'\n' order by said))))
  from part group by kind order by kind;
"""
KINDS = ("(columns)", "(constraints)", "(indexes)", "(rights)")  # no tables

Figures = tuple[int, str]
"""Rows of a table (of a sequence 1, of another kind how many), and what they hold in sum."""


def usable(name: str) -> str:
    """Give the name of a database that can be dumped and restored.

    Raises:
        ValueError: it cannot.
    """
    if not re.fullmatch(NAME, name) or re.fullmatch(NOBODYS, name):
        raise ValueError(f"{name!r} is not the name of a database that can be dumped and restored")
    return name


DatabaseName = Annotated[str, AfterValidator(usable)]


class Contents(BaseModel):
    """What a dump holds.

    Args:
        environment: its name.
        application: the application that is the database server.
        made_at: when the databases were as they are in it, this machine's time.
        version: of PostgreSQL.
        databases: of each its tables and sequences, with their figures.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    environment: str
    application: str
    made_at: datetime
    version: str
    databases: Mapping[DatabaseName, Mapping[str, Figures]] = Field(min_length=1)

    def rows(self, database: str) -> int:
        """Count the rows of a database's tables."""
        return sum(rows for rows, _ in self.tables(database).values())

    def tables(self, database: str) -> dict[str, Figures]:
        """Give the figures of a database's tables."""
        found = self.databases[database].items()
        return {
            name: figures
            for name, figures in found
            if name not in KINDS and not name.startswith(SEQUENCE)
        }


def figures_of(lines: Sequence[str]) -> dict[str, Figures]:
    """Read what READ answered."""
    found = [(name, figures) for line in lines for name, figures in json.loads(line).items()]
    return {name: (rows, digest) for name, (rows, digest) in found}


def different(wanted: Mapping[str, Figures], found: Mapping[str, Figures]) -> str:
    """Say what differs between two databases; empty where nothing does."""
    lines = [
        f"{name}: {said(wanted.get(name))} in the dump, {said(found.get(name))} restored"
        for name in sorted({*wanted, *found})
        if not _same(name, wanted.get(name), found.get(name))
    ]
    return "\n".join(lines)


def _same(name: str, wanted: Figures | None, found: Figures | None) -> bool:
    """Compare; a sequence goes on while it is dumped, for it knows no transaction."""
    if wanted and found and name.startswith(SEQUENCE):
        return int(found[1]) >= int(wanted[1])
    return wanted == found


def said(figures: Figures | None) -> str:
    """Say what a table holds."""
    return "absent" if figures is None else f"{figures[0]} rows with the sum {figures[1]}"


def read_contents(folder: Path) -> Contents:
    """Read what a dump says of itself.

    Raises:
        WrongInput: it is none, or not whole.
    """
    try:
        found = Contents.model_validate_json((folder / FILE).read_text())
    except (OSError, ValueError) as error:  # ValidationError is one
        raise WrongInput(
            f"{folder} is no dump",
            seen=str(error),
            remedy="name a folder that `python -m flows.database dump FOLDER` made",
        ) from None
    if missing := [name for name in found.databases if not dumped(folder, name).is_file()]:
        raise WrongInput(
            f"{folder} lacks {', '.join(missing)}", remedy="fetch the whole folder again"
        )
    return found


def dumped(folder: Path, database: str) -> Path:
    """Give the file of a database in a dump."""
    return folder / f"{quote(database, safe='')}.sql.gz"
