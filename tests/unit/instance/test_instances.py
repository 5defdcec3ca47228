"""One list of everything that runs, and names that find it."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from commands.ps import as_table
from deployments.model import Environment
from errors import WrongInput
from tasks.instance.find import find
from tasks.instance.instance import Instance, as_json


def test_the_table_and_its_json_say_the_same() -> None:
    since = datetime(2026, 11, 24, 2, 48, tzinfo=UTC)
    running = Instance(
        name="indexGD",
        technique="unikernel",
        state="running",
        address="10.0.7.210",
        memory=67_108_864,
        since=since,
        image="indexGD-bfd85bd54abb750d",
    )
    absent = Instance(name="RunQC", technique="unikernel", state="absent", address="10.0.7.211")
    table = as_table([running, absent])
    assert "67.1 MB" in table
    assert "absent" in table
    [first, second] = json.loads(as_json([running, absent]))
    assert first["since"] == "2026-11-24T02:48:00Z"
    assert first["memory"] == 67_108_864
    assert second["memory"] is None


def test_a_name_is_found_in_any_case_and_a_wrong_one_gets_the_nearest(
    environment: Environment,
) -> None:
    assert find(environment, "INDEXgd").name == "indexGD"
    assert find(environment, "centos7-vm").name == "centos7-VM"
    with pytest.raises(WrongInput) as error:
        find(environment, "indexG")
    assert "write `indexGD` (the nearest)" in error.value.remedy
