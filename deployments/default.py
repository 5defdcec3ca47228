"""The environment that is meant where none is named."""

from __future__ import annotations

from pathlib import Path

PROJECT = Path(__file__).parent.parent
NAME = Path("deployments/lab.yaml")

# From the current folder where it is there, as one expects; from any other, the project's own.
DEFAULT_ENVIRONMENT = NAME if NAME.is_file() else PROJECT / NAME
