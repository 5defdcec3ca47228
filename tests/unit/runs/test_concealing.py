"""Secrets are taken out of what is told, in whatever spelling a program quotes them."""

from __future__ import annotations

import html
import json
import os
import shlex
import traceback
from base64 import b64encode
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote, quote_plus

import pytest

from errors import EposVirtError, WrongInput
from runs.concealing import concealed, concealed_error, concealed_plan, without
from runs.planned import planned
from runs.step import Action, Results, Step, change
from tasks.secret import without_secrets

SECRET = "p'w /\\$ü<\"0123456789"
KEY = "-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqG\nSM49AgEGCCqGSM49\n-----END PRIVATE KEY-----\n"


def conceal(text: str) -> str:
    return without([SECRET, KEY, "short\n"], text)


@pytest.mark.parametrize(
    "spelled",
    [
        SECRET,
        *(quote(SECRET), quote(SECRET, safe=""), quote_plus(SECRET)),
        json.dumps(SECRET)[1:-1],
        json.dumps(SECRET, ensure_ascii=False)[1:-1],
        shlex.quote(SECRET),
        html.escape(SECRET),
        repr(SECRET)[1:-1],
        SECRET.replace("$", "$$"),
        b64encode(SECRET.encode()).decode(),
    ],
)
def test_every_spelling_is_hidden(spelled: str) -> None:
    assert conceal(f"psql: no role of {spelled}, said it") == "psql: no role of ***, said it"


def test_of_a_key_every_line_is_hidden() -> None:
    begin, *lines, end = KEY.splitlines()
    assert conceal(KEY).splitlines() == [begin, *("***" for _ in lines), end]
    assert conceal("read MIGHAgEAMBMGByqG from it") == "read *** from it"


def test_what_is_a_part_of_other_words_stays() -> None:
    assert conceal("shortly") == "shortly"


def test_an_error_without_secrets_is_the_same() -> None:
    error = EposVirtError("is broken", seen="EIO", remedy="replace it")
    assert concealed_error(error, conceal) is error


def test_an_error_tells_none_nor_does_what_it_came_from() -> None:
    try:
        try:
            raise ValueError(f"no {SECRET}")
        except ValueError as cause:
            raise EposVirtError("broken", remedy="wait", transient=True) from cause
    except EposVirtError as error:
        told = concealed_error(error, conceal)
    assert isinstance(told, EposVirtError)
    assert (told.what, told.remedy, told.transient) == ("broken", "wait", True)
    assert SECRET not in "".join(traceback.format_exception(told))


def test_an_error_of_another_kind_keeps_its_name() -> None:
    assert "KeyError: '***'" in str(concealed_error(KeyError("MIGHAgEAMBMGByqG"), conceal))


def test_a_plan_and_results_tell_none() -> None:
    plan = change(f"is {SECRET}", Action(f"set {SECRET}", print, f"+ {SECRET}"))
    told = concealed_plan(plan, conceal)
    assert (told.reason, told.actions[0].what) == ("is ***", "set ***")
    assert told.actions[0].detail == "+ ***"
    seen = Results({"proof": {"answer": [SECRET, 1]}})
    assert concealed(seen, conceal) == {"proof": {"answer": ["***", 1]}}
    [row] = planned([Step("a", "group", "server", lambda: plan)], conceal)
    assert SECRET not in str(row)


class Pair(NamedTuple):
    name: str
    value: object


def test_whatever_a_step_learned_keeps_its_kind() -> None:
    counts: defaultdict[str, int] = defaultdict(int, {SECRET: 1})
    learned = {"pair": Pair(SECRET, 2), "counts": counts, "set": {SECRET}, "none": None}
    told = concealed(learned, conceal)
    assert told == {"pair": Pair("***", 2), "counts": {"***": 1}, "set": {"***"}, "none": None}
    assert told["counts"]["new"] == 0


def test_what_was_wrong_input_still_is() -> None:
    told = concealed_error(WrongInput(f"no {SECRET}", remedy="another"), conceal)
    assert isinstance(told, WrongInput)
    assert (told.what, told.exit_status, told.args) == ("no ***", 2, ("no ***",))


def test_a_plan_that_fails_tells_none() -> None:
    def fails() -> None:
        raise EposVirtError(f"no {SECRET}", remedy="wait")

    with pytest.raises(EposVirtError, match=r"no \*\*\*"):
        planned([Step("a", "group", "server", fails)], conceal)  # type: ignore[arg-type]


def test_the_secrets_of_an_environment_are_those_that_are_there_now(own_state: Path) -> None:
    folder = own_state / "secrets" / "lab"
    assert without_secrets("lab", "a new-password") == "a new-password"
    assert not folder.exists()
    folder.mkdir(parents=True)
    (folder / "one").write_text("new-password")
    assert without_secrets("lab", "a new-password") == "a ***"
    assert without_secrets("another", "a new-password") == "a new-password"
    (folder / "folder").mkdir()
    (folder / "gone").symlink_to("nowhere")
    os.mkfifo(folder / "pipe")
    assert without_secrets("lab", "a new-password") == "a ***", "what is no file holds none"
