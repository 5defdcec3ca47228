"""The picture of a run's starts: what is drawn where, and that any name can be in it."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from types import ModuleType
from typing import Any
from xml.etree import ElementTree as xml

import pytest

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def drawing(flows: ModuleType) -> ModuleType:
    import flows.shown.picture

    found: ModuleType = flows.shown.picture
    return found


def figures(subject: str, technique: str, median: float, **more: Any) -> Mapping[str, Any]:
    spread = {"low": median * 0.9, "high": median * 1.2}
    named = {"subject": subject, "technique": technique, "median": median}
    return {"metric": "start_first_answer", **named, **spread, **more}


def test_a_start_ten_times_as_long_is_one_decade_to_the_right(drawing: ModuleType) -> None:
    quick, slow = figures("indexGD", "unikernel", 0.5), figures("indexGD", "container", 5.0)
    machine = figures("vmCentOS1", "vm", 50.0)
    size = figures("indexGD", "unikernel", 1e7, metric="size")
    shown = drawing.starts([machine, size, slow, quick])
    assert shown == [quick, slow, machine]
    drawn = xml.fromstring(drawing.picture(shown, "run"))
    first, second, third = (float(dot.attrib["cx"]) for dot in drawn.iter(f"{SVG}circle"))
    assert second - first == pytest.approx(third - second, abs=0.2)
    texts = [text.text for text in drawn.iter(f"{SVG}text")]
    assert "indexGD, unikernel" in texts
    assert [text for text in texts if text and text.endswith(" s")][:4] == [
        "0.1 s",
        "1 s",
        "10 s",
        "100 s",
    ]


def test_all_that_is_drawn_is_within_the_picture(drawing: ModuleType) -> None:
    drawn = xml.fromstring(drawing.picture([figures("a", "vm", 1.0, low=1.0, high=1.0)], "run"))
    width, height = float(drawn.attrib["width"]), float(drawn.attrib["height"])
    for part in drawn.iter():
        for name, value in part.attrib.items():
            if name in ("x", "x1", "x2", "cx"):
                assert 0 <= float(value) <= width
            if name in ("y", "y1", "y2", "cy"):
                assert 0 <= float(value) <= height


def test_a_name_is_text_and_nothing_else(drawing: ModuleType) -> None:
    svg = drawing.picture([figures("<script>&", "vm", 1.0)], "a & b")
    kind, _, coded = drawing.data_uri(svg).partition(",")
    assert kind == "data:image/svg+xml;base64"
    drawn = xml.fromstring(base64.b64decode(coded))
    assert "<script>&, vm" in [text.text for text in drawn.iter(f"{SVG}text")]
    assert not list(drawn.iter(f"{SVG}script"))
