"""The flows in this process, without what importing them sets for Prefect."""

from __future__ import annotations

import os
from collections.abc import Iterator
from types import ModuleType

import pytest


@pytest.fixture(scope="session")
def flows(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    """Promise the flows imported; that sets Prefect's settings, which no other test may see."""
    before = dict(os.environ)
    os.environ["EPOS_VIRT_STATE"] = str(tmp_path_factory.mktemp("state"))
    import flows
    import flows.session
    import flows.shown.results

    os.environ.clear()
    os.environ.update(before)
    yield flows
