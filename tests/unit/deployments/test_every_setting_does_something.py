"""Every field of an environment and of an app.yaml is read by what deploys: none does nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest
from pydantic import BaseModel

from deployments.app_yaml import Described
from deployments.model import Environment
from tests.unit.deployments.reads import attributes_read

ROOT = Path(__file__).parents[3]
ROOMS = ("tasks", "flows", "lab", "blocks", "commands")
# `schema: 1` is what reading checks.
READ_BY_THE_MODEL_ITSELF = {("Environment", "schema_")}


def models(of: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """Give a model and all that are parts of it."""
    yield of
    for field in of.model_fields.values():
        for part in parts(field.annotation):
            yield from models(part)


def parts(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from parts(inner)


def files(*rooms: str) -> list[Path]:
    return [file for room in rooms for file in (ROOT / room).rglob("*.py")]


@pytest.fixture(scope="module")
def read() -> set[tuple[str, str]]:
    """All that is read in the rooms that deploy.

    Toolchains have an `Application` of their own, an app.yaml and its folder, so they are apart.
    """
    in_app_yaml = [ROOT / "deployments" / "app_yaml.py"]
    return attributes_read(files(*ROOMS), files("deployments")) | {
        (of, name)
        for of, name in attributes_read(files("toolchains"), in_app_yaml)
        if of == "Described"
    }


@pytest.mark.parametrize(
    "model",
    dict.fromkeys([*models(Environment), *models(Described)]),
    ids=lambda one: one.__name__,
)
def test_every_field_is_read(model: type[BaseModel], read: set[tuple[str, str]]) -> None:
    fields = {(model.__name__, name) for name in model.model_fields}
    assert fields - READ_BY_THE_MODEL_ITSELF <= read


def test_what_another_class_has_of_the_same_name_is_no_read(tmp_path: Path) -> None:
    source = tmp_path / "source.py"
    source.write_text("""
class Mine:
    name: str
    size: int
    kept: list[Other]

class Other:
    name: str
    size: int

def told(mine: Mine, thing: object) -> list[str]:
    return [other.name for other in mine.kept]
""")
    assert attributes_read([source], []) == {("Mine", "kept"), ("Other", "name")}
