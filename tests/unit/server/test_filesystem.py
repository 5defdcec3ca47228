"""File systems on volumes that applications write to: made once, never over what is there."""

from __future__ import annotations

from typing import Any

import pytest

from deployments.model import Environment
from errors import EposVirtError
from tasks.comparing.copies import with_copies
from tasks.server.filesystem import filesystem_step, make_filesystem, written_volumes

NAME = "compare-database-unikernel-data"
LISTED = """{"report": [{"lv": [{"vg_name": "epos", "lv_name": "%s", "lv_size": "536870912B",
 "lv_tags": "epos-virt,epos-virt.environment=lab%s"}]}]}"""


class Machines:
    """The connections of a run whose server is canned."""

    def __init__(self, server: Any) -> None:
        self.server = server


@pytest.fixture
def beside(environment: Environment) -> Environment:
    return with_copies(environment, "database", ("unikernel",))[0]


def test_what_is_only_read_gets_none(environment: Environment, beside: Environment) -> None:
    assert written_volumes(environment) == []  # the archive is the project's own to fill
    assert written_volumes(beside) == [NAME]


def test_it_is_made_without_lost_and_found_and_noted(beside: Environment, canned: Any) -> None:
    server = canned(
        {
            "lvs": LISTED % (NAME, ""),
            "blkid": (2, ""),
            "mkfs.ext4": "",
            "debugfs -w -R 'rmdir lost+found'": "",
            "lvchange --addtag epos-virt.filesystem=ext4": "",
        }
    )
    step = filesystem_step(beside, NAME, Machines(server), [])  # type: ignore[arg-type]
    [action] = step.plan().actions
    action.do()
    told = [command[0] for command in server.told]
    assert told.index("mkfs.ext4") < told.index("debugfs") < told.index("lvchange")


def test_one_that_is_noted_is_left(beside: Environment, canned: Any) -> None:
    server = canned({"lvs": LISTED % (NAME, ",epos-virt.filesystem=ext4")})
    step = filesystem_step(beside, NAME, Machines(server), [])  # type: ignore[arg-type]
    assert step.plan().actions == ()


def test_a_killed_run_s_file_system_is_kept_and_another_s_refused(
    beside: Environment, canned: Any
) -> None:
    answers = {"lvs": LISTED % (NAME, ""), "lvchange": ""}
    kept = canned({**answers, "blkid": "ext4\n"})
    make_filesystem(beside, Machines(kept), NAME)  # type: ignore[arg-type]
    assert "mkfs.ext4" not in [command[0] for command in kept.told]
    other = canned({**answers, "blkid": "xfs\n"})
    with pytest.raises(EposVirtError, match="applications cannot use"):
        make_filesystem(beside, Machines(other), NAME)  # type: ignore[arg-type]
    assert "lvchange" not in [command[0] for command in other.told]
