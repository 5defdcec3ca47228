"""A container that is measured is made anew as it was, and brought back as it was."""

from __future__ import annotations

from typing import Any

import pytest

from tasks.container.measuring import bring_back, recreate
from tests.unit.container.engine_of_tests import NAME, Engine, recorded


def test_it_is_made_anew_with_its_settings_its_labels_and_its_place_in_the_network() -> None:
    engine: Any = Engine()
    recreate(engine, engine.get(NAME))
    [(config, name)] = engine.made
    was = recorded("running")
    assert name == NAME
    assert config["Labels"] == was["Config"]["Labels"]
    assert config["HostConfig"] == was["HostConfig"]
    endpoint = was["NetworkSettings"]["Networks"]["epos-lab"]
    assert config["NetworkingConfig"]["EndpointsConfig"] == {
        "epos-lab": {
            "IPAMConfig": endpoint["IPAMConfig"],
            "Aliases": endpoint["Aliases"],
            "MacAddress": endpoint["MacAddress"],
        }
    }
    assert engine.noted == ["create", "start"]


@pytest.mark.parametrize(
    ("left", "done"), [("running", []), ("exited", ["start"]), ("", ["create", "start"])]
)
def test_whatever_a_measurement_left_it_runs_afterwards(left: str, done: list[str]) -> None:
    was: Any = Engine().get(NAME)
    engine = Engine(left)
    bring_back(engine, was)
    assert engine.noted == done
    assert engine.state == "running"
