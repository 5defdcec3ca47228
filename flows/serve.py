"""Register every flow with the Prefect server, so that its UI can start them; runs until Ctrl-C.

Set PREFECT_API_URL to your server, or start one first:
    .venv/bin/prefect server start --host 127.0.0.1
    PREFECT_API_URL=http://127.0.0.1:4200/api python -m flows.serve
Every night at 03:30 `deploy_all` runs on the default environment (--cron changes or ends that).
"""

from __future__ import annotations

import argparse
import sys
from typing import Any

from prefect import serve
from prefect.settings import PREFECT_API_URL

from commands.command import guarded
from errors import WrongInput
from flows.compose_up import compose_up
from flows.create_domu import create_domu
from flows.deploy_all import deploy_all
from flows.measure import measure
from flows.prepare_host import prepare_host
from flows.run_unikernels import run_unikernels
from flows.teardown import teardown

NIGHTLY = "30 3 * * *"  # not between 2 and 3, an hour that is skipped or comes twice in a year
FLOWS = (prepare_host, create_domu, compose_up, run_unikernels, measure, teardown)


def main() -> int:
    """Serve all flows; gives the exit status."""
    options = argparse.ArgumentParser(
        prog="python -m flows.serve",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    options.add_argument(
        "--cron", default=NIGHTLY, help="when deploy_all runs; empty: never (default: %(default)s)"
    )
    asked = options.parse_args()

    def work() -> int:
        if not PREFECT_API_URL.value():
            raise WrongInput(
                "PREFECT_API_URL names no Prefect server",
                remedy=".venv/bin/prefect server start --host 127.0.0.1, then "
                "PREFECT_API_URL=http://127.0.0.1:4200/api python -m flows.serve",
            )
        deployments: list[Any] = [flow.to_deployment(name="by-hand") for flow in FLOWS]
        deployments.append(deploy_all.to_deployment(name="nightly", cron=asked.cron or None))
        serve(*deployments, pause_on_shutdown=False)
        return 0

    return guarded(work)


if __name__ == "__main__":
    sys.exit(main())
