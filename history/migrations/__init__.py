"""From the tables of an older program to today's: Alembic's revisions, in `versions/`.

A new one: change `history/schema.py`, write the next file in `versions/`, and name it in
`schema.REVISION`. A test compares what the revisions make with what the schema says.
"""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection


def upgrade(connection: Connection, revision: str) -> None:
    """Bring a history from a revision to the newest, in the transaction that is going on.

    Args:
        connection: to the history; writers wait meanwhile, and see all of it or nothing.
        revision: which one its tables are of.
    """
    config = _config(connection)
    command.stamp(config, revision)
    command.upgrade(config, "head")


def known() -> list[str]:
    """Give all revisions, the newest first."""
    return [one.revision for one in ScriptDirectory.from_config(_config()).walk_revisions()]


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    # Doubled: the value is read as configparser's, to which % means something.
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
