"""What a run tells of its steps, without secrets: a program may print its own, and be quoted."""

from __future__ import annotations

import html
import json
import shlex
import traceback
from base64 import b64encode
from collections.abc import Callable, Iterable
from copy import copy
from dataclasses import replace
from typing import Any
from urllib.parse import quote, quote_plus

from errors import EposVirtError, WrongInput
from runs.step import Plan

HIDDEN = "***"
SHORTEST = 8  # characters; a shorter text is a part of others by chance
Conceal = Callable[[str], str]


def without(secrets: Iterable[str], text: str) -> str:
    """Take each line of secrets out of a text, also as an URL, JSON or a shell's word has it.

    Args:
        secrets: their values; what is shorter than SHORTEST stays.
        text: what is to be told.
    """
    parts = {line.strip() for secret in secrets for line in secret.splitlines()}
    # -----BEGIN PRIVATE KEY----- is none.
    known = {part for part in parts if len(part) >= SHORTEST and not part.startswith("-----")}
    spelled = {way for part in known for way in _spellings(part)}
    for one in sorted(spelled, key=len, reverse=True):
        text = text.replace(one, HIDDEN)
    return text


def _spellings(secret: str) -> set[str]:
    """Give how programs write it: in URLs, JSON, HTML, shells, Compose, Python, base64."""
    data = secret.encode(errors="surrogatepass")
    return {
        secret,
        *(quote(data), quote(data, safe=""), quote_plus(data)),
        *(json.dumps(secret, ensure_ascii=ascii)[1:-1] for ascii in (True, False)),
        html.escape(secret),
        shlex.quote(secret),
        secret.replace("$", "$$"),
        repr(secret)[1:-1],
        b64encode(data).decode(),
    }


def concealed_plan(plan: Plan, conceal: Conceal) -> Plan:
    """Give a plan whose words tell no secret."""
    actions = (
        replace(one, what=conceal(one.what), detail=conceal(one.detail)) for one in plan.actions
    )
    return replace(plan, reason=conceal(plan.reason), actions=tuple(actions))


def concealed_error(error: BaseException, conceal: Conceal) -> BaseException:
    """Give an error that tells no secret, nor do those it came from, which Prefect logs as well."""
    whole = "".join(traceback.format_exception(error))
    if not isinstance(error, Exception) or conceal(whole) == whole:
        return error
    if not isinstance(error, EposVirtError):
        text = conceal(str(error))
        return EposVirtError(
            f"{type(error).__name__}: {text}",
            remedy="this is a mistake in epos-virt; please report it",
        )
    kind = WrongInput if isinstance(error, WrongInput) else EposVirtError
    return kind(
        conceal(error.what),
        seen=conceal(error.seen),
        remedy=conceal(error.remedy),
        transient=error.transient,
    )


def concealed(value: Any, conceal: Conceal) -> Any:
    """Give what a step learned, in which no text tells a secret; what is no text or heap stays."""
    if isinstance(value, str):
        return conceal(value)
    if isinstance(value, dict):
        found = copy(value)
        found.clear()
        for name, one in value.items():
            found[concealed(name, conceal)] = concealed(one, conceal)
        return found
    if isinstance(value, list | tuple | set | frozenset):
        items = [concealed(one, conceal) for one in value]
        return type(value)(*items) if hasattr(value, "_fields") else type(value)(items)
    return value
