"""What Prefect is offered to run: every flow, and prefect.yaml says the same."""

from __future__ import annotations

from pathlib import Path

from deployments.offered import OFFERED, prefect_yaml

PROJECT = Path(__file__).parents[3]


def test_the_committed_prefect_yaml_is_what_is_offered() -> None:
    assert (PROJECT / "prefect.yaml").read_text() == prefect_yaml(), (
        "run: python -m deployments prefect > prefect.yaml"
    )


def test_every_flow_is_offered_once() -> None:
    texts = {file.stem: file.read_text() for file in (PROJECT / "flows").glob("*.py")}
    flows = {name for name, text in texts.items() if "@flow(" in text or " = flow_of" in text}
    assert sorted(one.flow for one in OFFERED) == sorted(flows)
