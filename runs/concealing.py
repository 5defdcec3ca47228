"""What a run tells of its steps, without secrets: a program may print its own, and be quoted."""

from __future__ import annotations

import json
import shlex
import traceback
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from errors import EposVirtError
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


def _spellings(secret: str) -> tuple[str, ...]:
    return secret, quote(secret, safe=""), json.dumps(secret)[1:-1], shlex.quote(secret)


def concealed_plan(plan: Plan, conceal: Conceal) -> Plan:
    """Give a plan whose words tell no secret."""
    actions = (
        replace(one, what=conceal(one.what), detail=conceal(one.detail)) for one in plan.actions
    )
    return replace(plan, reason=conceal(plan.reason), actions=tuple(actions))


def concealed_error(error: BaseException, conceal: Conceal) -> BaseException:
    """Give an error that tells no secret, nor do those it came from, which Prefect logs as well."""
    told = "".join(traceback.format_exception(error))
    if not isinstance(error, Exception) or conceal(told) == told:
        return error
    if not isinstance(error, EposVirtError):
        text = conceal(str(error))
        return EposVirtError(
            f"{type(error).__name__}: {text}",
            remedy="this is a mistake in epos-virt; please report it",
        )
    return EposVirtError(
        conceal(error.what),
        seen=conceal(error.seen),
        remedy=conceal(error.remedy),
        transient=error.transient,
    )


def concealed(value: Any, conceal: Conceal) -> Any:
    """Give what a step learned, in which no text tells a secret."""
    if isinstance(value, str):
        return conceal(value)
    if isinstance(value, dict):
        return type(value)({name: concealed(one, conceal) for name, one in value.items()})
    if isinstance(value, list | tuple):
        return type(value)(concealed(one, conceal) for one in value)
    return value
