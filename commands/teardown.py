"""The command line of teardown: what may hold data goes only when that is confirmed."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from functools import partial

from commands import flow
from commands.command import confirm_by_name, guarded


def parser(prog: str = "") -> argparse.ArgumentParser:
    """Make the parser: a flow's, and how to confirm."""
    made = flow.parser("teardown", prog)
    made.add_argument("--data", action="store_true", help="remove data volumes too; asks")
    made.add_argument("--yes", action="store_true", help="do not ask")
    return made


def main(arguments: Sequence[str] | None = None, prog: str = "") -> int:
    """Run it; gives the exit status."""
    asked = parser(prog).parse_args(arguments)
    return guarded(lambda: _carry_out(asked))


def _carry_out(asked: argparse.Namespace) -> int:
    from deployments.load import load_environment

    environment = load_environment(asked.environment)

    from flows.steps import teardown

    steps = partial(teardown.steps, data=asked.data)
    if asked.only or asked.skip:
        from flows.session import check_words

        check_words(environment, steps, asked.only, asked.skip)
    if asked.plan:
        from flows.shown.plan import show_plan

        differs = show_plan(environment, steps, asked)
        return 3 if differs and asked.detailed_exitcode else 0
    name = environment.name
    kept = "with all its data" if asked.data else "(its data volumes are kept)"
    hint = "; --plan shows what it would do"
    confirm_by_name(f"takes {name} down {kept}", name, yes=asked.yes, further=hint)
    summary = flow.run(
        "teardown",
        environment,
        environment=str(environment.path),
        data=asked.data,
        confirm=name,
        only=asked.only,
        skip=asked.skip,
    )
    sys.stdout.write(flow.shown(summary, as_json=asked.output == "json", table=False))
    return 0
