"""What goes for good goes only when its name was typed, or somebody said not to be asked."""

from __future__ import annotations

import io

import pytest

from commands.command import confirm_by_name
from errors import WrongInput


class Terminal(io.StringIO):
    """Standard input that a person types into."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("typed", ["", "\n", "la\n", "LAB\n", "yes\n", "lab x\n", "*\n"])
def test_22_anything_but_the_name_ends_it(monkeypatch: pytest.MonkeyPatch, typed: str) -> None:
    monkeypatch.setattr("sys.stdin", Terminal(typed))
    with pytest.raises(WrongInput, match="nothing was touched"):
        confirm_by_name("takes lab down", "lab", yes=False)


def test_22_where_nobody_can_be_asked_it_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("lab\n"))
    with pytest.raises(WrongInput, match="not confirmed: this takes lab down") as error:
        confirm_by_name("takes lab down", "lab", yes=False)
    assert "--yes" in error.value.remedy


def test_the_name_itself_goes_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", Terminal("lab\n"))
    confirm_by_name("takes lab down", "lab", yes=False)
    assert capsys.readouterr().err == "This takes lab down. Type lab to go on: "
    confirm_by_name("takes lab down", "lab", yes=True)
