"""One stack of containers for all that ask the node's web applications; it ends with the last."""

from collections.abc import Iterator

import pytest

from tests.system.node_api.stack import Stack, running_stack


@pytest.fixture(scope="package")
def stack(tmp_path_factory: pytest.TempPathFactory, engine: str) -> Iterator[Stack]:
    with running_stack(tmp_path_factory.mktemp("secrets")) as running:
        yield running
