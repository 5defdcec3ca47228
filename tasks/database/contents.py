"""What is in a database, in figures that are the same of a copy and of nothing else."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from errors import WrongInput

FILE = "contents.json"  # of a dump
# A line of JSON for each table (rows, and the sum of a hash of each: in whatever order) and each
# sequence (its last value).
READ = r"""
select format(
    'select json_build_object(%L, json_build_array(count(*),'
    ' coalesce(sum(hashtextextended(t::text, 0)::numeric), 0)::text)) from %s t',
    relname, oid::regclass)
  from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace order by relname
\gexec
select json_build_object(sequencename, json_build_array(1, coalesce(last_value, 0)::text))
  from pg_sequences where schemaname = 'public' order by sequencename;
"""

Figures = tuple[int, str]
"""Rows of a table, and what they hold in sum."""


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
    databases: Mapping[str, Mapping[str, Figures]] = Field(min_length=1)

    def rows(self, database: str) -> int:
        """Count the rows of a database's tables, and its sequences."""
        return sum(rows for rows, _ in self.databases[database].values())


def figures_of(lines: Sequence[str]) -> dict[str, Figures]:
    """Read what READ answered."""
    found = [(name, figures) for line in lines for name, figures in json.loads(line).items()]
    return {name: (rows, digest) for name, (rows, digest) in found}


def different(wanted: Mapping[str, Figures], found: Mapping[str, Figures]) -> str:
    """Say what differs between two databases; empty where nothing does."""
    names = sorted({*wanted, *found})
    lines = [
        f"{name}: {said(wanted.get(name))} in the dump, {said(found.get(name))} restored"
        for name in names
        if wanted.get(name) != found.get(name)
    ]
    return "\n".join(lines)


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
    except (OSError, ValidationError) as error:
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
