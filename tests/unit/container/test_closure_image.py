"""Images without a Dockerfile: which folders have them, and how an engine is told to start them."""

from __future__ import annotations

from pathlib import Path

import pytest

from errors import EposVirtError, WrongInput
from tasks.container.closure_image import closure_key, instructions
from tasks.container.image import CLOSURE, DOCKERFILE, image_step, way_of
from tasks.unikernel.sources import archive_of, content_key, from_container, sources_of
from toolchains.linux import ContainerRoot

APPS = Path(__file__).parents[3] / "apps"


def test_a_folder_is_built_by_its_dockerfile_where_it_has_one() -> None:
    assert way_of(APPS / "fwss") is DOCKERFILE
    assert way_of(APPS / "indexgd") is CLOSURE
    assert image_step(APPS / "indexgd", None).after == ()  # type: ignore[arg-type]  # plans nothing


def test_one_whose_runtime_has_no_closure_needs_a_dockerfile(tmp_path: Path) -> None:
    (tmp_path / "app.yaml").write_text("{name: x, runtime: php, port: 80}")
    with pytest.raises(WrongInput, match="no Dockerfile, and needs one: its runtime is php"):
        closure_key(tmp_path)


def test_another_source_is_another_image(tmp_path: Path) -> None:
    (tmp_path / "app.yaml").write_text("{name: x, runtime: python, entry: x.py, port: 80}")
    (tmp_path / "x.py").write_text("1")
    before = closure_key(tmp_path)
    (tmp_path / "x.py").write_text("2")
    assert closure_key(tmp_path) != before


def test_what_an_environment_holds_means_itself_to_an_engine() -> None:
    root = ContainerRoot(("/x", 'a "b"'), {"A": '$HOME "q" \\'}, "/app", "1000:1000")
    assert instructions(root) == [
        'ENTRYPOINT ["/x", "a \\"b\\""]',
        "WORKDIR /app",
        "USER 1000:1000",
        'ENV A="\\$HOME \\"q\\" \\\\"',
    ]


def test_a_guest_is_made_of_the_image_where_there_is_a_dockerfile(own_state: Path) -> None:
    folder = APPS / "fwss"
    assert from_container(folder)
    with pytest.raises(EposVirtError, match="was not kept on this machine"):
        sources_of(folder)
    archive = archive_of(folder)
    archive.parent.mkdir(parents=True)
    archive.write_bytes(b"")
    application = sources_of(folder)
    assert (application.runtime, application.entry) == ("image", archive.name)
    assert (application.name, application.port) == ("FWSS", 5555)
    assert content_key(folder) in archive.name


def test_any_other_is_made_of_its_folder() -> None:
    assert not from_container(APPS / "indexgd")
    assert sources_of(APPS / "indexgd").runtime == "python"
