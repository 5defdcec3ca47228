"""One thing of an environment, as it is now."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

ABSENT = "absent"
NOT_OURS = "not ours"


@dataclass(frozen=True, kw_only=True)
class Instance:
    """One thing of an environment, as it is now.

    Args:
        name: as in the environment.
        technique: vm, container or unikernel.
        state: running, stopped, absent, ...; where it cannot be seen, why.
        address: its IPv4 address.
        memory: bytes it has (guests) or uses (containers); None where it does not run.
        since: when it was started; None where it does not run or nobody noted it.
        image: what it was made from.
    """

    name: str
    technique: str
    state: str
    address: str
    memory: int | None = None
    since: datetime | None = None
    image: str = ""


def as_json(instances: Sequence[Instance]) -> str:
    """Give the list for scripts; times in UTC, memory in bytes."""
    rows = [
        {**vars(one), "since": f"{one.since:%Y-%m-%dT%H:%M:%SZ}" if one.since else None}
        for one in instances
    ]
    return json.dumps(rows, indent=2) + "\n"
