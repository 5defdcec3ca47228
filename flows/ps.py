"""List everything an environment names, whatever it runs as: state, address, memory, since when."""

from __future__ import annotations

import sys

from deployments.load import load_environment
from flows.command import guarded
from flows.instances import parser
from flows.session import open_session
from history.grid import grid, plain
from tasks.instance import Instance, as_json, read_instances


def main() -> int:
    """Run it; gives the exit status."""
    options = parser("ps", str(__doc__))
    options.add_argument("-o", "--output", choices=("table", "json"), default="table")
    asked = options.parse_args()

    def work() -> int:
        environment = load_environment(asked.environment)
        with open_session(environment, builds=False) as session:
            found = read_instances(environment, session.connections)
        sys.stdout.write(as_json(found) if asked.output == "json" else as_table(found))
        return 0

    return guarded(work)


def as_table(instances: list[Instance]) -> str:
    """Give the list for people; memory in decimal MB, times of this machine's zone."""
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
        for one in instances
    ]
    return plain(grid(header, rows, right=(4,))) + "\n"


if __name__ == "__main__":
    sys.exit(main())
