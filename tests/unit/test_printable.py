"""What other programs print is made plain before anybody sees it."""

from __future__ import annotations

import pytest

from errors import EposVirtError
from printable import printable


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;a title\x07text", "text"),
        ("\x1b]52;c;bm90aGluZw==\x1b\\text", "text"),
        ("progress 1\rprogress 2", "progress 1progress 2"),
        ("one\r\n\ttwo", "one\n\ttwo"),
        ("nul\x00, bell\x07, C1 \x9b31m", "nul, bell, C1 31m"),
        ("half a surrogate \udc80", "half a surrogate ?"),
        ("Größe 10 µm", "Größe 10 µm"),
    ],
)
def test_sequences_and_control_characters_are_gone(told: str, shown: str) -> None:
    assert printable(told) == shown


def test_an_error_shows_no_control_character_of_what_was_seen() -> None:
    error = EposVirtError("it failed", seen="\x1b[2J\x1b[Hall is well", remedy="look")
    assert "\x1b" not in str(error)
    assert "seen: all is well" in str(error)
