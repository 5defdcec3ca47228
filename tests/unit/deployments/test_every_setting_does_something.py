"""Every field of an environment is read by what deploys it: no setting does nothing."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest
from pydantic import BaseModel

from deployments.model import Environment

ROOT = Path(__file__).parents[3]
ROOMS = ("tasks", "flows", "lab", "blocks")
# `schema: 1` is what reading checks.
READ_BY_THE_MODEL_ITSELF = {"schema_"}


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


@pytest.fixture(scope="module")
def read() -> set[str]:
    """All names that are read as attributes, or stand as texts, in the rooms that deploy."""
    trees = (ast.parse(file.read_text()) for room in ROOMS for file in (ROOT / room).rglob("*.py"))
    nodes = [node for tree in trees for node in ast.walk(tree)]
    attributes = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    texts = {node.value for node in nodes if isinstance(node, ast.Constant)}
    return attributes | {text for text in texts if isinstance(text, str)}


@pytest.mark.parametrize("model", dict.fromkeys(models(Environment)), ids=lambda one: one.__name__)
def test_every_field_is_read(model: type[BaseModel], read: set[str]) -> None:
    assert set(model.model_fields) - READ_BY_THE_MODEL_ITSELF <= read
