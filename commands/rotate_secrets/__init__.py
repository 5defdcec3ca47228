"""Make an environment's secrets anew: passwords, tokens, logins, the certificate that we made.

What runs goes on with the old ones until the next deployment gives everybody the new: it starts
anew what reads them, and PostgreSQL takes the new passwords for its roles as it starts. Saved
states of unikernels, whose memory holds the old ones, are removed.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from commands import instances
from commands.command import EPILOG, confirm_by_name, guarded, plain_parser
from commands.rotate_secrets.rotating import rotate, show

if TYPE_CHECKING:
    from flows.session import Session
    from tasks.rotation import Rotation

EXAMPLES = f"""\
examples:
  python -m flows.rotate_secrets --plan
  python -m flows.rotate_secrets && python -m flows.deploy_all
  python -m flows.rotate_secrets --only write_token

{EPILOG}
"""


def parser(prog: str = "python -m flows.rotate_secrets") -> argparse.ArgumentParser:
    """Make the command's parser."""
    made = plain_parser(prog, str(__doc__), EXAMPLES)
    instances.add_environment(made)
    made.add_argument("--only", nargs="+", default=[], metavar="SECRET", help="these, not all")
    made.add_argument("--plan", action="store_true", help="show what it would do; only looks")
    made.add_argument("--yes", action="store_true", help="do not ask")
    made.add_argument("-o", "--output", choices=("table", "json"), default="table")
    return made


def main(
    arguments: Sequence[str] | None = None, prog: str = "python -m flows.rotate_secrets"
) -> int:
    """Run it; gives the exit status."""
    asked = parser(prog).parse_args(arguments)
    return guarded(lambda: _carry_out(asked))


def _carry_out(asked: argparse.Namespace) -> int:
    with instances.opened(asked.environment, [], alone=False) as (session, _):
        rotation = _planned(session, asked)
    if asked.plan:
        show(rotation, "would be made anew", as_json=asked.output == "json")
        return 0
    name = session.environment.name
    many = f"{len(rotation.secrets)} secrets"
    does = f"makes {many} of {name} anew; {len(rotation.readers)} applications start anew with them"
    confirm_by_name(does, name, yes=asked.yes, further="; --plan shows what it would do")
    with (
        instances.opened(asked.environment, rotation.readers, alone=True) as (session, _),
        instances.recorded(session, "rotate_secrets") as run,
    ):
        rotation = _planned(session, asked)
        rotate(session, run, rotation)
    show(rotation, "made anew", as_json=asked.output == "json")
    sys.stderr.write("the old ones hold until: python -m flows.deploy_all\n")
    return 0


def _planned(session: Session, asked: argparse.Namespace) -> Rotation:
    from tasks.rotation import plan_rotation

    return plan_rotation(session.environment, session.connections.server, asked.only)
