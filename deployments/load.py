"""From a file to an environment, or to a list of what is wrong in which line."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from pydantic import ValidationError

from deployments import wording
from deployments.document import Document, Malformed, Problem, parse, read_text
from deployments.files import Finding, wrong_files
from deployments.implied import completed
from deployments.model import Environment
from deployments.problem import Location


def load_environment(path: str | os.PathLike[str]) -> Environment:
    """Read an environment; looks at nothing but this file.

    Raises:
        WrongInput: names file, line, field, what was expected and the nearest right name,
            for each thing that is wrong.
    """
    file = Path(path)
    try:
        content = read_text(file)
    except Malformed as error:
        raise wording.refusal(file, error.problems, []) from None
    return environment_of(content, file)


def environment_of(content: str, file: Path) -> Environment:
    """Read an environment from the text that a file has, or would have; else as `load_environment`.

    Args:
        content: the text.
        file: where it is or would be: relative paths start there, and errors name it.
    """
    try:
        document = parse(content)
        value = _top_level(document)
        environment = _validated(value, document)
    except Malformed as error:
        raise wording.refusal(file, error.problems, content.splitlines()) from None
    return completed(environment).model_copy(update={"path": Path(os.path.abspath(file))})


def check_files(environment: Environment) -> None:
    """Look whether the files that an environment names are there and fit: sources, tarballs.

    Raises:
        WrongInput: names file, line and field of each that is not.
    """
    refuse(environment, wrong_files(environment))


def refuse(environment: Environment, findings: Sequence[Finding]) -> None:
    """Refuse what an environment says, where anything was found: place, message and remedy of each.

    Raises:
        WrongInput: names file, line and field of each.
    """
    if not findings:
        return
    document = _document(environment)
    problems = [
        Problem(document.line(place), place, message, remedy) for place, message, remedy in findings
    ]
    raise wording.refusal(Path(os.path.relpath(environment.path)), problems, document.text)


def where(environment: Environment, place: Location) -> str:
    """Name a field by file and line: `deployments/my.yaml:31: domus[0].memory`."""
    file = os.path.relpath(environment.path)
    return wording.headline(file, Problem(_document(environment).line(place), place, "", ""))


def _document(environment: Environment) -> Document:
    try:
        return parse(read_text(environment.path))
    except Malformed:  # changed since, or made in Python: there are no lines to name
        return Document(value=None, lines={}, text=[])


def _top_level(document: Document) -> dict[str, object]:
    if isinstance(document.value, dict):
        return document.value
    found = "a list" if isinstance(document.value, list) else "a single value or nothing"
    remedy = "begin with `schema: 1`, as in deployments/lab.yaml"
    raise Malformed(Problem(1, (), f"expected keys and values at the top, found {found}", remedy))


def _validated(value: dict[str, object], document: Document) -> Environment:
    problems: list[Problem] = []
    if "path" in value:  # a field of the model, none of the file
        place: Location = ("path",)
        problems.append(
            Problem(document.line(place), place, *wording.unknown_key(place, Environment))
        )
    try:
        environment = Environment.model_validate(
            {key: item for key, item in value.items() if key != "path"}
        )
    except ValidationError as error:
        problems += wording.put(error.errors(include_url=False), document, Environment)
    if problems:
        raise Malformed(*problems)
    return environment
