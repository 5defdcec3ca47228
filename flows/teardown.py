"""Take an environment down: removes what carries its mark, and only that.

Guests are shut down and undefined, their images and the archive's copy are removed. Volumes
that may hold data (the domUs' disks with the database, root, home, swap) stay unless --data is
given and confirmed. Xen, the bridge and installed packages stay: they are the server's.
"""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

from prefect import flow

from deployments.load import load_environment
from errors import WrongInput
from flows.command import DEFAULT_ENVIRONMENT, changes, guarded, parser, show_plan
from flows.session import Session, Summary, carry_out
from runs.prefect_server import prefect_server
from runs.step import Step
from tasks.leftovers import leftovers_step
from tasks.teardown import guests_step, images_step, volumes_step


def steps(session: Session, *, data: bool = False) -> list[Step]:
    """Give the steps: what killed runs left, guests, then what they stood on."""
    leftovers = leftovers_step(session.environment, session.connections, [], group="teardown")
    guests = guests_step(
        session.environment, session.connections, session.say("guests"), [leftovers.name]
    )
    images = images_step(session.connections, [guests.name])
    volumes = volumes_step(session.environment, session.connections, [guests.name], data=data)
    return [leftovers, guests, images, volumes]


@flow(name="teardown", flow_run_name="take down {environment}", persist_result=False)
def teardown(
    environment: Path = DEFAULT_ENVIRONMENT, data: bool = False, confirm: str = ""
) -> Summary:
    """Take an environment down.

    Args:
        environment: the environment's YAML file.
        data: remove volumes that may hold data, too.
        confirm: the environment's name, typed: needed with `data`.

    Raises:
        WrongInput: `data` without the right confirmation.
    """
    name = load_environment(environment).name
    if data and confirm != name:
        raise WrongInput(
            "data volumes are removed only with the environment's name as confirmation",
            seen=f"confirm is {confirm!r}",
            remedy=f"give confirm={name!r}",
        )
    return carry_out("teardown", Path(environment), partial(steps, data=data), builds=False)


def main() -> int:
    """Run it from the command line; gives the exit status."""
    options = parser("teardown", str(__doc__))
    options.add_argument("--data", action="store_true", help="remove data volumes too; asks")
    options.add_argument("--yes", action="store_true", help="do not ask")
    asked = options.parse_args()

    def work() -> int:
        environment = load_environment(asked.environment)
        if asked.plan:
            differs = show_plan(environment, partial(steps, data=asked.data), asked)
            return 3 if differs and asked.detailed_exitcode else 0
        _confirm(environment.name, data=asked.data, yes=asked.yes)
        with prefect_server():
            summary = teardown(
                environment=environment.path, data=asked.data, confirm=environment.name
            )
        sys.stdout.write(changes(summary) + "\n")
        return 0

    return guarded(work)


def _confirm(name: str, *, data: bool, yes: bool) -> None:
    if yes:
        return
    what = "with all its data" if data else "(its data volumes are kept)"
    if not sys.stdin.isatty():
        raise WrongInput(
            f"taking {name} down {what} was not confirmed",
            remedy="give --yes, or run it on a terminal; --plan shows what it would do",
        )
    sys.stderr.write(f"This takes {name} down {what}. Type its name to go on: ")
    sys.stderr.flush()
    if sys.stdin.readline().strip() != name:
        raise WrongInput("not confirmed: nothing was touched", remedy="type the name exactly")


if __name__ == "__main__":
    sys.exit(main())
