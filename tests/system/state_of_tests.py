"""A state folder of the tests' own, so that `deployments/lab.yaml` is deployed under its own names.

What is filed under its content is the operator's as well: a kernel is not built twice.
"""

from __future__ import annotations

import os
from pathlib import Path

from state import state_folder

SHARED = ("lab/bases", "toolchains", "images", "programs", "archives")


def state_of_tests() -> Path:
    """Give the folder; EPOS_VIRT_TEST_STATE names another, with what is deployed there."""
    if given := os.environ.get("EPOS_VIRT_TEST_STATE"):
        return Path(given)
    own = state_folder("tests")
    for shared in SHARED:
        link, target = own / shared, state_folder(*shared.split("/"))
        link.parent.mkdir(mode=0o700, exist_ok=True)
        if not link.is_symlink():
            link.symlink_to(target)
    return own
