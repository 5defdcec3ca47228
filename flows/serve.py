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
import re
import shlex
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO
from urllib.parse import urlsplit

from commands.command import guarded
from deployments.default import DEFAULT_ENVIRONMENT
from deployments.offered import NIGHTLY, OFFERED, parameters, tags_of
from errors import EposVirtError, WrongInput
from runs.held import holder, say, try_hold
from runs.prefect_server import prefect_server
from runs.prefect_server.login import login, login_file
from runs.prefect_server.notification import check_receiver, notify
from runs.prefect_server.places import serving_lock
from runs.prefect_server.process import running_url
from runs.wait import wait_until
from spelling import did_you_mean
from state import state_folder

if TYPE_CHECKING:
    from prefect.deployments.runner import RunnerDeployment
    from prefect.schedules import Schedule

    from deployments.model import Environment

PROG = "python -m flows.serve"
PROJECT = Path(__file__).parents[1]
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


def deployments(asked: argparse.Namespace, environment: Environment) -> list[RunnerDeployment]:
    """Give every flow as a deployment, the nightly with its schedule.

    Args:
        asked: what the nightly does.
        environment: what runs are about unless they name another; its name and its server's are
            tags of all runs, its steps the choices of their forms.

    Raises:
        WrongInput: the schedule is none.
    """
    from prefect.types.entrypoint import EntrypointType

    found: list[Any] = []
    for one in OFFERED:
        flow: Any = getattr(import_module(f"flows.{one.flow}"), one.flow)
        found.append(
            flow.to_deployment(
                name=one.name,
                parameters=dict(parameters(environment)),
                # By module: loaded from its file, a flow would have the folder flows/ on its
                # path, and a module there in place of the package of that name.
                entrypoint_type=EntrypointType.MODULE_PATH,
                tags=tags_of(one.flow, environment),
                schedule=nightly(asked) if one.cron else None,
            )
        )
    for deployment in found:
        offer_steps(deployment, environment)
    return found


def offer_steps(deployment: RunnerDeployment, environment: Environment) -> None:
    """Let a form offer the words that `only` and `skip` know, and the server refuse all others.

    Of a flow of one application it offers the environment's applications.
    """
    from flows.session import words_of

    # Private, and where Prefect's own `frozen` parameters are made choices too.
    properties = deployment._parameter_openapi_schema.properties
    if "application" in properties:
        properties["application"]["enum"] = [app.name for app in environment.applications]
        return
    of_another = {"plan": "deploy_all"}
    name = deployment.flow_name or ""
    steps = import_module(f"flows.steps.{of_another.get(name, name)}").steps
    words = words_of(environment, steps)
    for parameter in ("only", "skip"):
        properties[parameter]["anyOf"][0]["items"]["enum"] = words


def check_nightly(asked: argparse.Namespace, environment: Environment) -> None:
    """Check what the nightly shall do before anything is started.

    Raises:
        WrongInput: a word names no step, or the schedule is none.
    """
    if asked.only or asked.skip:
        from flows.session import check_words
        from flows.steps.rebuild_and_measure import steps

        check_words(environment, steps, asked.only, asked.skip)
    if asked.cron != NIGHTLY:
        nightly(asked)


def nightly(asked: argparse.Namespace) -> Schedule | None:
    """Give when the nightly runs by itself, and on which steps.

    Raises:
        WrongInput: the schedule is none.
    """
    from prefect.schedules import Cron
    from tzlocal import get_localzone_name

    if not asked.cron.strip():
        return None
    parameters = {name: value for name in ("only", "skip") if (value := getattr(asked, name))}
    try:
        if len(asked.cron.split()) > 5 or not asked.cron.isascii():  # a sixth one: seconds
            raise ValueError("more than five fields, or other than ASCII")
        # The 31st of February never comes; Prefect takes it, by the same reader.
        import_module("prefect._vendor.croniter").croniter(asked.cron).get_next()
        check_zone(os.environ.get("TZ", ""))
        return Cron(asked.cron, timezone=get_localzone_name(), parameters=parameters)
    except ValueError as error:
        raise WrongInput(
            f"--cron {asked.cron!r} is no schedule",
            seen=str(error),
            remedy=f"five fields, for example {NIGHTLY!r}",
        ) from None


def check_zone(name: str) -> None:
    """Refuse a time zone that nobody knows: tzlocal takes the machine's own in its place.

    Raises:
        WrongInput: there is no zone of that name.
    """
    from zoneinfo import available_timezones

    if re.fullmatch(r":?[A-Za-z_]+/[\w/+-]+", name) and name.lstrip(":") not in (
        known := available_timezones()
    ):
        raise WrongInput(f"there is no time zone {name}", remedy=did_you_mean(name, sorted(known)))


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


if __name__ == "__main__":
    sys.exit(main())
