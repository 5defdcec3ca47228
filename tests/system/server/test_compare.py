"""One application as virtual machine, container and unikernel beside what runs, to its end."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from tests.system.lab_of_tests import on_server, run

pytestmark = [pytest.mark.lab, pytest.mark.docker, pytest.mark.long]
NEEDED = {"size", "memory", "start_running", "start_first_answer"}


def there(environment: Path) -> Any:
    """Give what runs: instances with their states, and the server's volumes."""
    listed = run("flows.ps", "-e", environment, "-o", "json").json
    volumes = on_server("lvs", "--noheadings", "-o", "lv_name")
    return [(one["name"], one["state"]) for one in listed], volumes


def test_three_techniques_are_measured_beside_what_runs_and_leave_it(
    deployed: dict[str, Any], environment_file: Path
) -> None:
    before = there(environment_file)
    done = run("flows.compare", "indexGD", "--environment", environment_file, "-o", "json").json
    figures = run("flows.history", "metrics", "--run", done["run"], "-o", "json").json
    found: dict[str, set[str]] = defaultdict(set)
    for row in figures:
        if row["subject"] == "indexGD":
            found[row["technique"]].add(row["metric"])
    assert set(found) == {"vm", "container", "unikernel"}
    assert all(metrics >= NEEDED for metrics in found.values())
    assert there(environment_file) == before
    assert "compare-" not in on_server("xl", "list")
