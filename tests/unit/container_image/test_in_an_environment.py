"""A container image as the source of an application in an environment."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from deployments.files import wrong_files
from deployments.model import Application, Environment
from tasks.application import described
from tasks.instance.proving_question import question_of
from tasks.unikernel.image import sources_key
from tests.image_archives import MadeImage, as_tar, docker_files, layer

STARTED = {
    "Cmd": ["serve"],
    "ExposedPorts": {"6379/tcp": {}},
    "Volumes": {"/var/lib/store": {}},
}


def with_image(environment: Environment, folder: Path, **more: Any) -> Environment:
    """Give the environment with one application: the image `store.tar` beside its file."""
    made = MadeImage([layer({"a": "1"})], STARTED, ["store:1"])
    as_tar(folder / "store.tar", docker_files(made))
    says = {"name": "store", "source": "store.tar", "address": "10.0.7.230"}
    app = Application.model_validate({**says, "technique": "unikernel", **more})
    path = folder / "environment.yaml"
    return environment.model_copy(
        update={"applications": (app,), "domus": (), "archive": None, "path": path}
    )


def test_the_archive_alone_is_a_source(environment: Environment, tmp_path: Path) -> None:
    changed = with_image(environment, tmp_path, volumes={"store": "data"})
    [app] = changed.applications
    assert wrong_files(changed) == []
    assert described(changed, app).volumes["store"].path == "/var/lib/store"
    question = question_of(changed, app)
    assert (question.scheme, question.port, question.path) == ("tcp", 6379, "")
    before = sources_key(changed, app)
    as_tar(tmp_path / "store.tar", docker_files(MadeImage([layer({"a": "2"})], STARTED)))
    assert sources_key(changed, app) != before


@pytest.mark.parametrize(
    ("more", "place", "says"),
    [
        ({}, "volumes", "says nothing of `store`"),
        ({"volumes": {"other": "data"}}, "other", "has no such volume"),
        ({"technique": "container", "domu": "vm"}, "technique", "which only unikernels run"),
        ({"source": "absent.tar"}, "source", "there is no file"),
    ],
)
def test_what_does_not_fit_is_found_before_anything_is_touched(
    environment: Environment, tmp_path: Path, more: dict[str, Any], place: str, says: str
) -> None:
    found = wrong_files(with_image(environment, tmp_path, **more))
    assert any(at[-1] == place and says in message for at, message, _ in found), found


def test_a_file_that_is_no_image_is_told_with_its_place(
    environment: Environment, tmp_path: Path
) -> None:
    changed = with_image(environment, tmp_path)
    (tmp_path / "store.tar").write_text("no archive")
    [(place, message, remedy)] = wrong_files(changed)
    assert place == ("applications", 0, "source")
    assert "is no tar" in message and "docker save" in remedy
