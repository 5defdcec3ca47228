"""What Alembic runs to migrate; `history.migrations` gives it the connection."""

from __future__ import annotations

from alembic import context

from history import schema

context.configure(connection=context.config.attributes["connection"], target_metadata=schema.tables)
with context.begin_transaction():
    context.run_migrations()
