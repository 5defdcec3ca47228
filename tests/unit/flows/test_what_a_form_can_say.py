"""The server refuses what no run can be given: it is in the schema that it is offered."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from deployments.load import load_environment
from errors import WrongInput

PROJECT = Path(__file__).parents[3]
REFUSED: list[tuple[str, dict[str, Any]]] = [
    ("measure", {"nosuch": 1}),
    ("measure", {"starts": 0}),
    ("measure", {"starts": 31}),
    ("measure", {"until": -5}),
    ("deploy_all", {"until": 51}),
    ("rebuild_and_measure", {"nights": 0}),
    ("rebuild_and_measure", {"packages": "a\0b"}),
    ("plan", {"environment": "a\0b"}),
    ("plan", {"environment": ""}),
    ("compare", {"application": "FWSS", "nosuch": None}),
    ("teardown", {"nosuch": ""}),
]
TAKEN: list[tuple[str, dict[str, Any]]] = [
    ("measure", {"starts": 1, "until": None, "again": True}),
    ("measure", {"starts": 30, "until": 1}),
    ("rebuild_and_measure", {"nights": 1, "until": 50, "packages": None}),
    ("plan", {"environment": "deployments/lab.yaml", "only": ["proof"], "skip": None}),
    ("compare", {"application": "FWSS", "techniques": ["vm"], "blocks": None}),
]


@pytest.fixture(scope="module")
def schemas(flows: ModuleType) -> dict[str, dict[str, Any]]:
    """Promise what the server is told of each flow's parameters."""
    from commands.serve import parser
    from commands.serve.offering import deployments

    environment = load_environment(PROJECT / "deployments/lab.yaml")
    return {
        str(one.flow_name): one._parameter_openapi_schema.model_dump(exclude_unset=True)
        for one in deployments(parser().parse_args(["--cron", ""]), environment)
    }


def refusal(schema: dict[str, Any], given: dict[str, Any]) -> str:
    """Give why Prefect's server refuses it; empty where it does not."""
    from prefect.utilities.schema_tools.validation import ValidationError, validate

    try:
        validate(given, schema, raise_on_error=True, ignore_required=True)
    except ValidationError as error:
        return str(error)
    return ""


@pytest.mark.parametrize(("flow", "given"), REFUSED)
def test_what_cannot_be_is_refused_by_its_name(
    schemas: dict[str, dict[str, Any]], flow: str, given: dict[str, Any]
) -> None:
    assert list(given)[-1] in refusal(schemas[flow], given)


@pytest.mark.parametrize(("flow", "given"), TAKEN)
def test_what_can_be_is_taken(
    schemas: dict[str, dict[str, Any]], flow: str, given: dict[str, Any]
) -> None:
    assert refusal(schemas[flow], given) == ""


@pytest.mark.parametrize("file", ["", "a\0b"])
def test_a_file_that_cannot_be_is_wrong_input_of_a_flow(flows: ModuleType, file: str) -> None:
    from flows.plan import plan

    with pytest.raises(WrongInput):
        plan.fn(Path(file))
