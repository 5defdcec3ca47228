"""List everything an environment names, whatever it runs as: state, address, memory, since when."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from commands import instances
from commands.command import guarded

if TYPE_CHECKING:
    from tasks.instance.instance import Instance


def parser(prog: str = "python -m flows.ps") -> argparse.ArgumentParser:
    """Make the command's parser."""
    made = instances.parser(prog, str(__doc__))
    made.add_argument("-o", "--output", choices=("table", "json"), default="table")
    return made


def main(arguments: Sequence[str] | None = None, prog: str = "python -m flows.ps") -> int:
    """Run it; gives the exit status."""
    asked = parser(prog).parse_args(arguments)

    def work() -> int:
        from deployments.load import load_environment

        environment = load_environment(asked.environment)

        from flows.session import open_session
        from tasks.instance.instance import as_json
        from tasks.techniques.instances import read_instances

        with open_session(environment, builds=False) as session:
            techniques = session.techniques()
            found = read_instances(techniques)
        sys.stdout.write(as_json(found) if asked.output == "json" else as_table(found))
        return 0

    return guarded(work)


def as_table(found: list[Instance]) -> str:
    """Give the list for people; memory in decimal MB, times of this machine's zone."""
    from history.grid import grid, plain

    header = ("name", "technique", "state", "address", "memory", "since", "image")
    rows = [
        (
            one.name,
            one.technique,
            one.state,
            one.address,
            f"{one.memory / 1e6:.1f} MB" if one.memory else "-",
            f"{one.since.astimezone():%Y-%m-%d %H:%M:%S}" if one.since else "-",
            one.image or "-",
        )
        for one in found
    ]
    return plain(grid(header, rows, right=(4,))) + "\n"


if __name__ == "__main__":
    sys.exit(main())
