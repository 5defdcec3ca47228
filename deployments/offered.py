"""What Prefect is offered to run: every flow under a name, and a night every night.

`flows.serve` registers it. For work pools prefect.yaml says the same, written from here:
python -m deployments prefect > prefect.yaml
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deployments.default import NAME, PROJECT

if TYPE_CHECKING:
    from deployments.model import Environment

NIGHTLY = "30 3 * * *"  # not between 2 and 3, an hour that is skipped or comes twice in a year
POOL = "epos-virt"

HEAD = """\
# Written by: python -m deployments prefect > prefect.yaml
# For Prefect's work pools, on machines where a worker runs in place of `python -m flows.serve`:
#   prefect work-pool create --type process {pool}
#   prefect work-pool set-concurrency-limit {pool} 1
#   prefect deploy --all
#   prefect worker start --pool {pool}
# A pool is of one server, which each run has to itself; the others wait. A limit of a deployment
# would not do: it knows no other flow, and the place of a killed run stays taken for minutes.
# A worker is started in this folder, with .venv's Python. See docs/prefect.md.
name: epos-virt

pull:
  - prefect.deployments.steps.set_working_directory:
      directory: "{{{{ $PWD }}}}"

deployments:
"""


@dataclass(frozen=True)
class Offered:
    """One flow as Prefect runs it.

    Args:
        flow: its name, and its module's in flows/.
        name: the deployment's.
        cron: when it runs by itself; empty: never.
    """

    flow: str
    name: str = "on-demand"  # Prefect's UI has ten on a page, by name: the two others come first
    cron: str = ""

    @property
    def entrypoint(self) -> str:
        """Where Prefect finds it: a module, for a file would have its folder on the path."""
        return f"flows.{self.flow}.{self.flow}"


OFFERED = (
    Offered("rebuild_and_measure", "nightly", NIGHTLY),
    Offered("deploy_all", "deploy"),
    *(
        Offered(flow)
        for flow in (
            "plan",
            "prepare_host",
            "create_domu",
            "run_vms",
            "compose_up",
            "run_unikernels",
            "measure",
            "compare",
            "teardown",
        )
    ),
)


def tags_of(flow: str, environment: Environment) -> list[str]:
    """Give what a flow's runs are about, to filter by: environment, server, group of steps."""
    return [environment.name, environment.server.name, flow]


def parameters(environment: Environment) -> Mapping[str, str]:
    """Give what every run is told; within the project its file is relative, as a form shows it."""
    file = environment.path
    return {"environment": str(file.relative_to(PROJECT) if file.is_relative_to(PROJECT) else file)}


def prefect_yaml() -> str:
    """Give prefect.yaml as it is committed: of the environment that is meant by default."""
    from deployments.load import load_environment

    environment = load_environment(PROJECT / NAME)
    told = json.dumps(parameters(environment))
    text = HEAD.format(pool=POOL)
    for one in OFFERED:
        text += f"  - name: {one.name}\n"
        text += f"    entrypoint: {one.entrypoint}\n"
        text += f"    parameters: {told}\n"
        text += f"    tags: {json.dumps(tags_of(one.flow, environment))}\n"
        if one.cron:
            text += f'    schedules: [{{cron: "{one.cron}"}}]  # UTC, unless a timezone is given\n'
        text += f"    work_pool: {{name: {POOL}}}\n"
    return text
