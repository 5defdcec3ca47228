"""What pydantic found, in the words of an environment's file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, get_args

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from deployments.document import Document, Problem
from deployments.model import Environment
from deployments.problem import Location
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
_FOUND = {bool: "true or false", int: "a number", str: "text", dict: "keys", list: "a list"}


def put(errors: Sequence[ErrorDetails], document: Document) -> list[Problem]:
    """Say where in the file each error is, what was expected and what to write instead."""
    ordered = sorted(errors, key=lambda error: document.line(_place(error)))
    told, rest = ordered[:MOST_WORDED], ordered[MOST_WORDED:]
    meant = {_meant(_place(error)) for error in told if error["type"] == "extra_forbidden"}
    problems = []
    for error in told:
        place = _place(error)
        if error["type"] == "default_factory_not_called":
            continue  # follows from another error, which is said
        if error["type"] == "missing" and place in meant:
            continue  # it is there, with a slip of the pen; that is said already
        message, remedy = _say(error, place)
        problems.append(Problem(document.line(place), place, message, remedy))
    places = [_place(error) for error in rest]  # they are counted, and not shown
    return problems + [Problem(document.line(place), place, "", "") for place in places]


def unknown_key(place: Location) -> tuple[str, str]:
    """Say that a key is unknown, and which are known there."""
    keys = _keys(place[:-1])
    key = str(place[-1])
    found = nearest(key, keys)
    known = f"known here: {', '.join(keys)}"
    return "unknown key", f"write `{found}` (the nearest known key); {known}" if found else known


def _place(error: ErrorDetails) -> Location:
    return tuple(step for step in error["loc"] if step != "[key]")


def _meant(place: Location) -> Location:
    """Give the place that an unknown key was probably meant to be."""
    found = nearest(str(place[-1]), _keys(place[:-1]))
    return (*place[:-1], found) if found else ()


def _say(error: ErrorDetails, place: Location) -> tuple[str, str]:
    kind, context = error["type"], error.get("ctx", {})
    if kind == "wrong":
        return str(context["message"]), str(context["remedy"])
    if kind == "extra_forbidden":
        return unknown_key(place)
    if kind == "missing":
        return "missing", f"add `{place[-1]}`: {_description(place)}"
    if kind == "literal_error":
        choices = re.findall(r"'([^']*)'", str(context["expected"]))
        given = str(error["input"])
        return "not one of the choices", did_you_mean(given, choices)
    if kind in _EXPECTED:
        return _wrong_type(_EXPECTED[kind], error["input"], place)
    remedy = _description(place) or "correct it"
    return error["msg"][:1].lower() + error["msg"][1:], remedy


def _wrong_type(expected: str, value: object, place: Location) -> tuple[str, str]:
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
    keys = _keys(place) if expected == "keys and values" else []
    meaning = ", ".join(keys) or _description(place)
    return message, f"write {expected}: {meaning}" if meaning else f"write {expected}"


def _keys(place: Location) -> list[str]:
    part = _part_at(place)
    fields = part.model_fields if part else {}
    return [info.alias or name for name, info in fields.items() if name != "path"]


def _description(place: Location) -> str:
    for end in range(len(place), 0, -1):
        part = _part_at(place[: end - 1])
        for name, info in part.model_fields.items() if part else ():
            if (info.alias or name) == place[end - 1]:
                return info.description or ""
    return ""


def _part_at(place: Location) -> type[BaseModel] | None:
    """Give the model that describes the keys at a place; None where keys are free."""
    part: type[BaseModel] | None = Environment
    for step in place:
        if isinstance(step, int):
            continue
        info = part.model_fields.get(step) if part else None
        part = _model_in(info.annotation) if info else None
    return part


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    found = (_model_in(argument) for argument in get_args(annotation))
    return next((model for model in found if model), None)
