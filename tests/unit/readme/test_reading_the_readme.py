"""README.md is read whole: no command in it is left out by the test that runs them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.readme.blocks import blocks, commands, spread
from tests.readme.rules import RULES, typed_for

README = (Path(__file__).parents[3] / "README.md").read_text()
PAGE = """
# A page
```sh
script/deploy        # installs; then `script/deploy`
# a whole line of comment
python -m flows.stop|start NAME ...

echo '#1' | wc -l
```
```
15:29:19 > lab lab
```
```
python -m flows.ps
```
```yaml
key: value
```
"""


def test_commands_are_what_is_typed() -> None:
    assert commands(PAGE) == [
        "script/deploy",
        "python -m flows.stop NAME ...",
        "python -m flows.start NAME ...",
        "echo '#1' | wc -l",
    ]


def test_a_command_outside_a_block_of_commands_is_found() -> None:
    assert [block.hidden_commands for block in blocks(PAGE)] == [
        (),
        (),
        ("python -m flows.ps",),
        (),
    ]


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("epos-virt ps|logs", ["epos-virt ps", "epos-virt logs"]),
        ("a x|y b|c", ["a x b", "a x c", "a y b", "a y c"]),
        ("python -m flows.a|b_c E", ["python -m flows.a E", "python -m flows.b_c E"]),
        ("ps | head", ["ps | head"]),
    ],
)
def test_alternatives_are_all_taken(line: str, meant: list[str]) -> None:
    assert spread(line) == meant


def test_every_command_of_the_readme_is_tried() -> None:
    for command in commands(README):
        typed_for(command)


def test_nothing_is_tried_that_the_readme_does_not_say() -> None:
    assert set(RULES) <= set(commands(README))


def test_the_readme_hides_no_command_in_a_block_without_language() -> None:
    assert [line for block in blocks(README) for line in block.hidden_commands] == []


def test_words_that_stand_for_others_are_filled_in() -> None:
    for command in commands(README):
        for typed in typed_for(command):
            assert "NAME" not in typed.line
            assert "[ENVIRONMENT]" not in typed.line


def test_a_command_without_a_rule_is_told() -> None:
    with pytest.raises(LookupError, match=r"README\.md has `make coffee`, which no test runs"):
        typed_for("make coffee")
