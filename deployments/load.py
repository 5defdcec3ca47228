"""From a file to an environment, or to a list of what is wrong in which line."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from pydantic import ValidationError

from deployments import wording
from deployments.document import Document, Malformed, Problem, parse, read_text
from deployments.files import Finding, wrong_files
from deployments.implied import completed
from deployments.model import Environment
from deployments.problem import Location
from deployments.text import masked
from errors import WrongInput

MOST_SHOWN = 20  # problems; the first ones explain the rest
WIDEST = 100  # characters shown of a line


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
        raise _report(file, error.problems, []) from None
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
        raise _report(file, error.problems, content.splitlines()) from None
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
    raise _report(Path(os.path.relpath(environment.path)), problems, document.text)


def where(environment: Environment, place: Location) -> str:
    """Name a field by file and line: `deployments/my.yaml:31: domus[0].memory`."""
    file = os.path.relpath(environment.path)
    return _headline(file, Problem(_document(environment).line(place), place, "", ""))


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
        problems.append(Problem(document.line(place), place, *wording.unknown_key(place)))
    try:
        environment = Environment.model_validate(
            {key: item for key, item in value.items() if key != "path"}
        )
    except ValidationError as error:
        problems += wording.put(error.errors(include_url=False), document)
    if problems:
        raise Malformed(*problems)
    return environment


def _report(file: Path, problems: Iterable[Problem], text: list[str]) -> WrongInput:
    ordered = sorted(problems, key=lambda problem: problem.line or 0)
    shown = _printable(str(file))
    if len(ordered) == 1:
        problem = ordered[0]
        return WrongInput(
            _headline(shown, problem), seen=_seen(problem, text), remedy=problem.remedy
        )
    lines = []
    for problem in ordered[:MOST_SHOWN]:
        seen = _seen(problem, text)
        evidence = f", seen `{seen}`" if seen else ""
        lines.append(f"{_headline(shown, problem)}{evidence}; {problem.remedy}")
    if len(ordered) > MOST_SHOWN:
        lines.append(f"{shown}: and {len(ordered) - MOST_SHOWN} more")
    return WrongInput("\n".join(lines), remedy=f"correct these {len(ordered)}; nothing was touched")


def _headline(file: str, problem: Problem) -> str:
    where = file if problem.line is None else f"{file}:{problem.line}"
    field = "".join(
        f"[{step}]" if isinstance(step, int) else f".{step}" for step in problem.place
    ).lstrip(".")
    parts = [where, _printable(field), _printable(problem.message)]
    return ": ".join(part for part in parts if part)


def _seen(problem: Problem, text: list[str]) -> str:
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
