"""`python -m deployments`: check environments, print their JSON Schema and prefect.yaml."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from errors import EposVirtError

if TYPE_CHECKING:
    from deployments.model import Environment


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status, 2 for wrong input."""
    made = argparse.ArgumentParser(prog="python -m deployments", description=__doc__)
    commands = made.add_subparsers(dest="command", required=True)
    add_check(commands.add_parser("check", help="check environments and the files they name"))
    commands.add_parser("schema", help="print the JSON Schema of environments, for editors")
    commands.add_parser("prefect", help="print prefect.yaml, which deploys flows to work pools")
    asked = made.parse_args(arguments)
    if asked.command == "prefect":
        return print_prefect_yaml()
    return print_schema() if asked.command == "schema" else check(asked.file)


def add_check(made: argparse.ArgumentParser) -> None:
    """Give a parser what `check` takes."""
    made.add_argument("file", nargs="+", help="an environment, such as deployments/lab.yaml")


def check(files: Sequence[str]) -> int:
    """Check environments and the files they name; gives the worst exit status."""
    return max(_check(file) for file in files)


def print_schema() -> int:
    """Print the JSON Schema of environments."""
    sys.stdout.write(schema_text())
    return 0


def print_prefect_yaml() -> int:
    """Print prefect.yaml as it is committed."""
    from deployments.offered import prefect_yaml

    sys.stdout.write(prefect_yaml())
    return 0


def schema_text() -> str:
    """Give the JSON Schema of an environment's file, as it is committed."""
    from deployments.model import Environment

    schema: dict[str, Any] = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **Environment.model_json_schema(by_alias=True),
    }
    return json.dumps(schema, indent=2) + "\n"


def summary(environment: Environment) -> str:
    """Give an environment in a line."""
    counts = [
        (len(environment.storage.volumes), "volume"),
        (len(environment.domus), "domU"),
        (len(environment.by_technique("vm")), "application in a virtual machine"),
        (len(environment.containers), "container"),
        (len(environment.unikernels), "unikernel"),
    ]
    listed = [f"{count} {noun}{'s' * (count > 1)}" for count, noun in counts if count]
    return f"{environment.name} on {environment.server.name}: {', '.join(listed)}"


def _check(file: str) -> int:
    from deployments.load import check_files, load_environment

    try:
        environment = load_environment(file)
        check_files(environment)
    except EposVirtError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_status
    sys.stdout.write(f"ok: {summary(environment)}\n")
    archive = environment.archive
    if archive and not (environment.folder / archive.folder).is_dir():
        sys.stderr.write(
            f"note: there is no folder {archive.folder}, the archive's; "
            "generated sample files would be deployed\n"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
