"""What is wrong in a file, in words: line, field, what was expected, what to write instead."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, get_args, get_origin

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from deployments.document import Document, Problem
from deployments.problem import Location
from deployments.text import masked
from errors import WrongInput
from spelling import did_you_mean, nearest

_EXPECTED = {
    "int_type": "a whole number",
    "bool_type": "true or false",
    "string_type": "text",
    "tuple_type": "a list",
    "dict_type": "keys and values",
    "model_type": "keys and values",
    "model_attributes_type": "keys and values",
}
MOST_WORDED = 200  # errors; looking for the word that was meant takes a while for each
MOST_SHOWN = 20  # problems; the first ones explain the rest
WIDEST = 100  # characters shown of a line
_FOUND = {bool: "true or false", int: "a number", str: "text", dict: "keys", list: "a list"}


def put(
    errors: Sequence[ErrorDetails], document: Document, model: type[BaseModel]
) -> list[Problem]:
    """Say where in the file each error is, what was expected and what to write instead.

    Args:
        errors: what pydantic found.
        document: the file.
        model: what the whole file is to describe.
    """
    ordered = sorted(errors, key=lambda error: document.line(_place(error)))
    told, rest = ordered[:MOST_WORDED], ordered[MOST_WORDED:]
    meant = {_meant(_place(error), model) for error in told if error["type"] == "extra_forbidden"}
    problems = []
    for error in told:
        place = _place(error)
        if error["type"] == "default_factory_not_called":
            continue  # follows from another error, which is said
        if error["type"] == "missing" and place in meant:
            continue  # it is there, with a slip of the pen; that is said already
        message, remedy = _say(error, place, model)
        problems.append(Problem(document.line(place), place, message, remedy))
    places = [_place(error) for error in rest]  # they are counted, and not shown
    return problems + [Problem(document.line(place), place, "", "") for place in places]


def unknown_key(place: Location, model: type[BaseModel]) -> tuple[str, str]:
    """Say that a key is unknown, and which are known there."""
    keys = _keys(place[:-1], model)
    key = str(place[-1])
    found = nearest(key, keys)
    known = f"known here: {', '.join(keys)}"
    return "unknown key", f"write `{found}` (the nearest known key); {known}" if found else known


def _place(error: ErrorDetails) -> Location:
    return tuple(step for step in error["loc"] if step != "[key]")


def _meant(place: Location, model: type[BaseModel]) -> Location:
    """Give the place that an unknown key was probably meant to be."""
    found = nearest(str(place[-1]), _keys(place[:-1], model))
    return (*place[:-1], found) if found else ()


def _say(error: ErrorDetails, place: Location, model: type[BaseModel]) -> tuple[str, str]:
    kind, context = error["type"], error.get("ctx", {})
    if kind == "wrong":
        return str(context["message"]), str(context["remedy"])
    if kind == "extra_forbidden":
        return unknown_key(place, model)
    if kind == "missing":
        return "missing", f"add `{place[-1]}`: {_description(place, model)}"
    if kind == "literal_error":
        choices = re.findall(r"'([^']*)'", str(context["expected"]))
        given = str(error["input"])
        return "not one of the choices", did_you_mean(given, choices)
    if kind in _EXPECTED:
        return _wrong_type(_EXPECTED[kind], error["input"], place, model)
    remedy = _description(place, model) or "correct it"
    return error["msg"][:1].lower() + error["msg"][1:], remedy


def _wrong_type(
    expected: str, value: object, place: Location, model: type[BaseModel]
) -> tuple[str, str]:
    found = "nothing" if value is None else _FOUND.get(type(value), type(value).__name__)
    message = f"expected {expected}, found {found}"
    if expected == "text" and isinstance(value, int):
        return message, "put it in quotes if it is meant as text"
    if expected == "a whole number" and isinstance(value, str):
        if re.fullmatch(r"-?[0-9]+", value):
            return message, "write plain decimal digits, without quotes or leading zeros"
        return message, "write plain decimal digits: no point, exponent, underscore or base"
    if expected == "a list" and value is not None:
        return message, "write `[one, two]`, or one item a line, each after `- `"
    if expected == "true or false":
        expected = "`true` or `false`"
    keys = _keys(place, model) if expected == "keys and values" else []
    meaning = ", ".join(keys) or _description(place, model)
    return message, f"write {expected}: {meaning}" if meaning else f"write {expected}"


def _keys(place: Location, model: type[BaseModel]) -> list[str]:
    part = _part_at(place, model)
    fields = part.model_fields if part else {}
    return [
        info.alias or name
        for name, info in fields.items()
        if (name, info.annotation) != ("path", Path)  # where an environment was read from
    ]


def _description(place: Location, model: type[BaseModel]) -> str:
    for end in range(len(place), 0, -1):
        part = _part_at(place[: end - 1], model)
        for name, info in part.model_fields.items() if part else ():
            if (info.alias or name) == place[end - 1]:
                return info.description or ""
    return ""


def _part_at(place: Location, model: type[BaseModel]) -> type[BaseModel] | None:
    """Give the model that describes the keys at a place; None where keys are free."""
    part: type[BaseModel] | None = model
    free = False  # whether the next key is a name that the file gives
    for step in place:
        if free or isinstance(step, int):
            free = False
            continue
        info = part.model_fields.get(step) if part else None
        part = _model_in(info.annotation) if info else None
        free = info is not None and get_origin(info.annotation) is dict
    return None if free else part


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    found = (_model_in(argument) for argument in get_args(annotation))
    return next((model for model in found if model), None)


def refusal(file: Path, problems: Iterable[Problem], text: Sequence[str]) -> WrongInput:
    """Make one error of all that is wrong in a file: line, field, what stands there, remedy.

    Args:
        file: as the error names it.
        problems: what is wrong.
        text: the file's lines.
    """
    ordered = sorted(problems, key=lambda problem: problem.line or 0)
    shown = _printable(str(file))
    if len(ordered) == 1:
        problem = ordered[0]
        return WrongInput(
            headline(shown, problem), seen=_seen(problem, text), remedy=problem.remedy
        )
    lines = []
    for problem in ordered[:MOST_SHOWN]:
        seen = _seen(problem, text)
        evidence = f", seen `{seen}`" if seen else ""
        lines.append(f"{headline(shown, problem)}{evidence}; {problem.remedy}")
    if len(ordered) > MOST_SHOWN:
        lines.append(f"{shown}: and {len(ordered) - MOST_SHOWN} more")
    return WrongInput("\n".join(lines), remedy=f"correct these {len(ordered)}; nothing was touched")


def headline(file: str, problem: Problem) -> str:
    """Name file, line, field and problem: `my.yaml:31: domus[0].memory: missing`."""
    where = file if problem.line is None else f"{file}:{problem.line}"
    field = "".join(
        f"[{step}]" if isinstance(step, int) else f".{step}" for step in problem.place
    ).lstrip(".")
    parts = [where, _printable(field), _printable(problem.message)]
    return ": ".join(part for part in parts if part)


def _seen(problem: Problem, text: Sequence[str]) -> str:
    if problem.line is None or problem.line > len(text):
        return ""
    return _printable(masked(text[problem.line - 1].strip()))


def _printable(text: str) -> str:
    """Shorten, and escape what a terminal would act on."""
    short = text if len(text) <= WIDEST * 3 else f"{text[: WIDEST * 3]}..."
    return re.sub(
        r"[^\x20-\x7e]",
        lambda found: found[0] if found[0].isprintable() else ascii(found[0])[1:-1],
        short,
    )
