"""The history's database, as a Prefect block."""

from __future__ import annotations

from prefect.blocks.core import Block
from pydantic import Field, SecretStr

from history import History, open_history


class HistoryDatabase(Block):
    """Where runs, steps and metrics are kept; without a URL the SQLite file of the state folder."""

    _block_type_name = "History database"
    _block_type_slug = "epos-history-database"

    url: SecretStr | None = Field(
        default=None,
        description="SQLAlchemy URL; secret, for it may hold a password. Empty: SQLite.",
    )

    def connect(self) -> History:
        """Open the history."""
        return open_history(self.url.get_secret_value() if self.url else None)
