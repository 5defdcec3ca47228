"""What holds between the parts of an environment: names, references, addresses, order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deployments.checks import addresses, applications, names
from deployments.problem import Finding

if TYPE_CHECKING:
    from deployments.model import Environment


def find_all(environment: Environment) -> list[Finding]:
    """Find everything that does not fit together; pure, in no particular order."""
    return [finding for check in CHECKS for finding in check(environment)]


CHECKS = (*names.CHECKS, *addresses.CHECKS, *applications.CHECKS)
