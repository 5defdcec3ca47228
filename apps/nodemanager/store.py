"""The connection to the database."""

import os
from functools import cache

from sqlalchemy import URL, Engine, create_engine

# No limit to how long the database takes, but one to how long its machine may leave the kernel's
# probes without an answer.
KEEPALIVE = {"keepalives_idle": 60, "keepalives_interval": 15, "keepalives_count": 4}  # s, s


@cache
def engine() -> Engine:
    """Return the engine; it connects at the first statement."""
    url = URL.create(
        "postgresql+psycopg2",
        username=os.environ.get("DATABASE_USER", "epos_app"),
        password=read_secret("DATABASE_PASSWORD_FILE"),
        host=os.environ.get("DATABASE_ADDRESS", "localhost"),
        port=int(os.environ.get("DATABASE_PORT", "5432")),
        database=os.environ.get("DATABASE_NAME", "gnss-europe-v0-2-14"),
    )
    # pre_ping: the database may have been restarted between two requests.
    return create_engine(
        url, pool_size=2, max_overflow=2, pool_pre_ping=True, connect_args=KEEPALIVE
    )


def read_secret(variable: str) -> str:
    """Read the file that a variable names."""
    with open(os.environ[variable], encoding="utf-8") as file:
        return file.read().rstrip("\n")
