"""The command line of comparing: which application, and as what."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from commands import flow
from commands.command import guarded, plain_parser
from deployments.default import DEFAULT_ENVIRONMENT

if TYPE_CHECKING:
    from deployments.model import Environment
    from errors import EposVirtError
    from flows.session import Summary

TECHNIQUES = ("vm", "container", "unikernel")
EPILOG = """\
Each copy gets an address that nothing in the environment has, and data of its own; what it only
reads, and the applications it talks to, are those of the original. A run that is killed leaves
copies, which the next deployment or comparison removes. Its figures stay in the history:
python -m flows.history metrics --subject FWSS
"""


def parser(prog: str = "") -> argparse.ArgumentParser:
    """Make the parser."""
    made = plain_parser(prog or "python -m flows.compare", flow.description("compare"), EPILOG)
    made.add_argument(
        "applications",
        nargs="*",
        metavar="application",
        help="its name in the environment, such as FWSS; several are compared one after the other",
    )
    made.add_argument("--all", action="store_true", help="every application of the environment")
    made.add_argument(
        "--techniques",
        type=lambda text: text.split(","),
        default=list(TECHNIQUES),
        metavar="TECHNIQUE,...",
        help=f"default: {','.join(TECHNIQUES)}",
    )
    made.add_argument(
        "--environment",
        "-e",
        type=Path,
        default=DEFAULT_ENVIRONMENT,
        help="the environment's YAML file (default: %(default)s)",
    )
    made.add_argument(
        "-o", "--output", choices=["table", "json"], default="table", help="how to print results"
    )
    return made


def main(arguments: Sequence[str] | None = None, prog: str = "") -> int:
    """Run it; gives the exit status."""
    asked = parser(prog).parse_args(arguments)
    return guarded(lambda: _carry_out(asked))


def _carry_out(asked: argparse.Namespace) -> int:
    from errors import EposVirtError, WrongInput
    from spelling import did_you_mean

    for technique in asked.techniques:
        if technique not in TECHNIQUES:
            raise WrongInput(
                f"there is no technique {technique!r}", remedy=did_you_mean(technique, TECHNIQUES)
            )
    if len(set(asked.techniques)) < len(asked.techniques):
        twice = next(one for one in asked.techniques if asked.techniques.count(one) > 1)
        raise WrongInput(
            f"the technique {twice} is named twice",
            remedy=f"--techniques {','.join(dict.fromkeys(asked.techniques))}",
        )
    environment = flow.checked(asked.environment)
    names = _names(environment, asked)
    from tasks.comparing.copies import with_copies

    # What cannot be is told before the first of them begins.
    beside = {name: with_copies(environment, name, asked.techniques)[0] for name in names}
    as_json = asked.output == "json"
    results: list[dict[str, Any]] = []
    failed: dict[str, EposVirtError] = {}
    for name, copies in beside.items():
        try:
            summary = _compare(name, copies, asked)
        except EposVirtError as error:
            failed[name] = error
            continue
        results.append(summary.as_json())
        if not as_json:
            sys.stdout.write(flow.shown(summary, as_json=False, table=True))
            sys.stdout.flush()
    if as_json and results:
        several = results if len(names) > 1 else results[0]
        sys.stdout.write(json.dumps(several, indent=2, default=str) + "\n")
    _raise_for(failed, of=len(names))
    return 0


def _compare(name: str, copies: Environment, asked: argparse.Namespace) -> Summary:
    return flow.run(
        "compare",
        copies,
        application=name,
        environment=str(copies.path),
        techniques=asked.techniques,
    )


def _raise_for(failed: Mapping[str, EposVirtError], *, of: int) -> None:
    from errors import EposVirtError

    if of == 1:
        for error in failed.values():
            raise error
    if failed:
        raise EposVirtError(
            f"{len(failed)} of {of} comparisons failed: {', '.join(failed)}",
            seen="\n".join(f"{name}: {error}" for name, error in failed.items()),
            remedy="the others' figures are kept; name again those that failed",
        )


def _names(environment: Environment, asked: argparse.Namespace) -> list[str]:
    """Give the names of the applications asked for, each once."""
    from errors import WrongInput

    known = [application.name for application in environment.applications]
    if bool(asked.applications) == asked.all:
        raise WrongInput(
            "no application is named" if not asked.all else "names beside --all",
            remedy=f"name some of {', '.join(known)}, or give --all",
        )
    return list(dict.fromkeys(asked.applications or known))
