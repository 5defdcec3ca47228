"""The portal migrates products_queue to what the database application creates."""

import re
from pathlib import Path

APPS = Path(__file__).parents[3] / "apps"


def statements(path: Path) -> str:
    """Return the SQL of a file without comments and line breaks."""
    return " ".join(re.sub(r"--[^\n]*", "", path.read_text()).split())


def test_migration_creates_what_the_database_application_creates() -> None:
    migration = statements(APPS / "portal/migrations/001_product_request.sql")
    assert migration == statements(APPS / "database/products_queue.sql")
