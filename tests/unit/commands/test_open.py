"""`epos-virt open` names what it cannot open before any connection is made."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.commands.started import PROJECT, Call, start

ENVIRONMENT = str(PROJECT / "deployments" / "lab.yaml")


@pytest.mark.parametrize(
    ("name", "said"),
    [("centos7-VM", "is a domU, which has no page"), ("Products_Porta", "Products_Portal")],
)
def test_what_has_no_page_is_told(tmp_path: Path, name: str, said: str) -> None:
    [ended] = start([Call("flows.open", (name, "-e", ENVIRONMENT))], tmp_path)
    assert ended.status == 2
    assert said in ended.stderr
