"""`python -m deployments`: check environments, print their JSON Schema."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from typing import Any

from deployments.load import check_files, load_environment
from deployments.model import Environment
from errors import EposVirtError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status, 2 for wrong input."""
    parser = argparse.ArgumentParser(prog="python -m deployments", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    check = commands.add_parser("check", help="check environments and the files they name")
    check.add_argument("file", nargs="+", help="an environment, such as deployments/lab.yaml")
    commands.add_parser("schema", help="print the JSON Schema of environments, for editors")
    options = parser.parse_args(arguments)
    if options.command == "schema":
        sys.stdout.write(schema_text())
        return 0
    return max(_check(file) for file in options.file)


def schema_text() -> str:
    """Give the JSON Schema of an environment's file, as it is committed."""
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
