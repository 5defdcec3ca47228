"""PostgreSQL's own programs, for clusters of the tests' own: on loopback, in temporary folders."""

from __future__ import annotations

import os
import pwd
from dataclasses import dataclass
from pathlib import Path

from tests import needs

OLDEST = 15  # Debian 12's


@dataclass(frozen=True)
class PostgresTools:
    """PostgreSQL's programs: their folder, their major version, what runs them as a user."""

    folder: Path
    version: int
    as_user: tuple[str, ...]

    @property
    def superuser(self) -> str:
        return "postgres" if self.as_user else pwd.getpwuid(os.getuid()).pw_name


def find_postgres() -> PostgresTools:
    """Find the newest; without one the test is skipped."""
    folders = Path("/usr/lib/postgresql").glob("*/bin/postgres")
    versions = {int(path.parts[-3]): path.parent for path in folders}
    newest = max(versions, default=0)
    if newest < OLDEST:
        needs.skip(f"PostgreSQL {OLDEST} or newer", package="postgresql")
    return PostgresTools(versions[newest], newest, _as_user())


def _as_user() -> tuple[str, ...]:
    if os.geteuid() != 0:
        return ()
    try:  # PostgreSQL refuses to run as root; its package brings a user
        user = pwd.getpwnam("postgres")
    except KeyError:
        needs.skip("user postgres", package="postgresql")
    return ("setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups")
