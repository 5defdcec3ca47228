"""README.md's commands, pasted into a terminal one after the other without waiting: all succeed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from state import state_folder
from tests.readme.blocks import commands
from tests.readme.rules import OWN, typed_for
from tests.readme.terminal import Terminal, terminal
from tests.system.lab_of_tests import LONGEST, ROOT

pytestmark = [pytest.mark.lab, pytest.mark.docker, pytest.mark.long]
ACTIVATE = ". .venv/bin/activate"  # as the README says


@pytest.fixture
def shell(deployed: dict[str, Any], environment_file: Path) -> Iterator[Terminal]:
    """A terminal in the checkout, with the deployed lab and an environment of one's own."""
    own = ROOT / OWN
    shutil.copy(environment_file, own)
    settings = {name: os.environ[name] for name in os.environ if name != "PREFECT_API_URL"}
    try:
        with terminal(ROOT, settings) as opened:
            yield opened
    finally:
        own.unlink()
        shutil.rmtree(state_folder("lab", "labs", "readme"))  # of `lab reset`


def test_the_commands_of_the_readme_succeed_one_after_the_other(shell: Terminal) -> None:
    page = (ROOT / "README.md").read_text()
    typed = [each for command in commands(page) for each in typed_for(command)]
    shell.paste([ACTIVATE, *(each.line for each in typed), "exit"])
    failed = []
    for number, each in enumerate(typed, 1):
        if each.until:
            shell.interrupt(number, each.until, within=LONGEST)
        status = shell.status(number, within=LONGEST)
        if status not in each.ends:
            shown = shell.shown_by(number)[-3000:]
            failed.append(f"$ {each.line}\n{shown}\nended with {status}")
    assert not failed, "\n\n".join(failed)
