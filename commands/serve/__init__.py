"""Start Prefect's server with this project's settings, register every flow, and carry out runs.

Runs until Ctrl-C. Every night at 03:30, this machine's time, `rebuild_and_measure` builds from
fresh packages, deploys, proves and measures (--cron, --only and --skip are for that). The UI is at
http://127.0.0.1:4200 and asks for the login kept in the state folder. For Prefect's own commands
in another shell:
    eval "$(python -m flows.serve --env)"
    prefect deployment run rebuild_and_measure/nightly
With PREFECT_API_URL set that server is used. See docs/prefect.md.
"""

from __future__ import annotations

import argparse
import os
import shlex
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TextIO
from urllib.parse import urlsplit

from commands.command import guarded
from deployments.default import DEFAULT_ENVIRONMENT, PROJECT
from deployments.offered import NIGHTLY
from errors import EposVirtError
from runs.held import holder, say, try_hold
from runs.prefect_server import prefect_server
from runs.prefect_server.login import login, login_file
from runs.prefect_server.notification import check_receiver, notify
from runs.prefect_server.places import serving_lock
from runs.prefect_server.process import running_url
from runs.wait import wait_until
from state import state_folder

PROG = "python -m flows.serve"
TOLD_OF = ("deploy_all", "rebuild_and_measure")  # whose failures --notify tells
NOTIFY = "EPOS_VIRT_NOTIFY"
PATIENCE = 120.0  # seconds for a server, or for flows.serve, that is just being started


def parser(prog: str = PROG) -> argparse.ArgumentParser:
    """Make the command's parser."""
    options = argparse.ArgumentParser(
        prog=prog,
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    options.add_argument(
        "environment",
        nargs="?",
        type=Path,
        default=PROJECT / DEFAULT_ENVIRONMENT,
        help="the environment's YAML file, for every flow unless a run names another "
        f"(default: {DEFAULT_ENVIRONMENT})",
    )
    options.add_argument(
        "--cron", default=NIGHTLY, help="when the nightly runs; empty: never (default: %(default)s)"
    )
    for word in ("--only", "--skip"):
        options.add_argument(
            word,
            action="append",
            default=[],
            metavar="STEP",
            help="of the nightly, which is rebuild_and_measure",
        )
    options.add_argument(
        "--notify",
        metavar="URL",
        default=os.environ.get(NOTIFY, ""),
        help="a webhook that gets JSON (subject, body, text) by POST when the nightly or a run of "
        "deploy_all fails or crashes (default: EPOS_VIRT_NOTIFY; a list of processes shows "
        "this one)",
    )
    options.add_argument("--port", type=_port, help="of the server started (default: 4200)")
    options.add_argument(
        "--insecure-server",
        action="store_true",
        help="take a server at PREFECT_API_URL that asks for no login: whoever reaches it can "
        "run commands here",
    )
    options.add_argument(
        "--env",
        action="store_true",
        help="print what Prefect's commands need, for a shell, and end; waits until flows are "
        "registered",
    )
    return options


def main(arguments: Sequence[str] | None = None, prog: str = PROG) -> int:
    """Serve all flows; gives the exit status."""
    asked = parser(prog).parse_args(arguments)
    return guarded(print_environment if asked.env else lambda: serve(asked))


def print_environment() -> int:
    """Print the exports that let Prefect's own commands find the server and log in."""
    found = wait_until(
        lambda: (holder(serving_lock()) or {}).get("url"),
        what="flows.serve being ready",
        within=PATIENCE,
        remedy="start it: python -m flows.serve",
    )
    sys.stdout.write(f"export PREFECT_API_URL={shlex.quote(found)}\n")
    if found == running_url():  # another's login is the operator's own
        sys.stdout.write(f"export PREFECT_API_AUTH_STRING={shlex.quote(login())}\n")
    return 0


def _port(text: str) -> int:
    port = int(text)
    if not 1 <= port <= 65535:
        raise argparse.ArgumentTypeError(f"{text} is no port: 1 to 65535")
    return port


def serve(asked: argparse.Namespace) -> int:
    """Serve until told to end; gives the exit status."""
    from deployments.load import load_environment  # help comes without it

    environment = load_environment(asked.environment)

    # With the flows, which set what Prefect reads as it is imported.
    from commands.serve.offering import check_nightly, deployments

    asked.environment = environment.path  # absolute, for processes elsewhere
    check_nightly(asked, environment)
    os.environ.pop(NOTIFY, None)  # a secret, which no run needs
    if asked.notify:
        check_receiver(asked.notify)
    with serving_alone() as alone:
        told = os.environ.get("PREFECT_API_URL")
        tell(f"starting, with the Prefect server at {told}" if told else "starting")
        find_the_project_from_anywhere()
        with prefect_server(asked.port, wait=PATIENCE, open_to_all=asked.insecure_server) as url:
            from runs.prefect_server.serving import Serving

            ours = url == running_url()
            offered = deployments(asked, environment)
            serving = Serving(offered, tell, port=urlsplit(url).port if ours else None)

            notify(asked.notify, [serving.id_of(flow) for flow in TOLD_OF])

            def ready() -> None:
                say(alone, url=url)
                tell(f"serving; {url.removesuffix('/api')} shows it")
                if ours:
                    tell(f"it asks for the login in {login_file()}")

            return serving.until_told(ready)


@contextmanager
def serving_alone() -> Iterator[TextIO]:
    """Be the only one that serves from this state folder; gives the file that says so.

    Raises:
        EposVirtError: another does; names its process.
    """
    file = try_hold(serving_lock())
    if file is None:
        other = holder(serving_lock()) or {}
        raise EposVirtError(
            "flows are being served already",
            seen=f"process {other.get('pid', 'not known yet')}, {other.get('url', 'starting')}",
            remedy="use that one, or end it first",
        )
    with file:
        yield file


def find_the_project_from_anywhere() -> None:
    """Make runs, which are processes of their own, find modules and environments."""
    os.environ["EPOS_VIRT_STATE"] = os.path.abspath(state_folder())
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join([str(PROJECT), *([before] if before else [])])
    os.chdir(PROJECT)


def tell(line: str) -> None:
    """Show a line of what goes on."""
    sys.stderr.write(f"{datetime.now():%H:%M:%S} {line}\n")
    sys.stderr.flush()
