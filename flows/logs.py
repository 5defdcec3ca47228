"""Show what a domU, container or unikernel printed: its console, or its container's log."""

from __future__ import annotations

import sys

from flows.command import guarded
from flows.instances import opened, parser


def main() -> int:
    """Run it; gives the exit status."""
    options = parser("logs", str(__doc__), names="1")
    options.add_argument("-f", "--follow", action="store_true", help="go on until Ctrl-C")
    options.add_argument(
        "-n", "--tail", type=int, default=100, metavar="N", help="last lines (default: %(default)s)"
    )
    asked = options.parse_args()

    def work() -> int:
        with opened(asked.environment, asked.name, alone=False) as (_, [verbs]):
            try:
                verbs.logs(_print, follow=asked.follow, tail=asked.tail)
            except KeyboardInterrupt:  # how one ends --follow; there is nothing to go on with
                return 130
        return 0

    return guarded(work)


def _print(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
