"""What a night that is not good leaves: what the last good night's packages gave runs again.

What is built is filed under its content, and the list of packages is part of that. So the older
list has the older images and roots again, which are kept, and a deployment does the rest. Sources
are the operator's own, and stay as they are.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from errors import EposVirtError
from flows.session import carry_out
from flows.steps import deploy_all
from flows.steps.rebuild_and_measure import GROUP
from tasks import step_names
from tasks.package_list import in_use, use
from tasks.rebuilding.nights import good_nights, nights_of

if TYPE_CHECKING:
    from blocks.named import Blocks

OF_NIGHTS = (GROUP, step_names.PACKAGE_LIST, step_names.VERDICT, step_names.OLD_NIGHTS)


def put_back(file: Path, name: str, *, skip: Sequence[str], blocks: Blocks | None) -> None:
    """Deploy from the packages of an environment's last good night, where others are in use.

    A failure is told, and is not the night's own, which is raised by whoever calls this.

    Args:
        file: the environment's YAML file.
        name: the environment's.
        skip: steps that the night left out.
        blocks: those that the night was given.
    """
    have = in_use()
    good = good_nights(nights_of(name))[-1:]
    before = good[0].packages if good else None
    if (have and have.key) == (before and before.key):
        return
    use(before)
    where = f"night {good[0].run}" if good else "before there was a list of packages"
    sys.stderr.write(f"{name}: putting back what ran as of {where}\n")
    left_out = ["measure", *(word for word in skip if word not in OF_NIGHTS)]
    try:
        carry_out("deploy_all", file, deploy_all.steps, skip=left_out, blocks=blocks)
    except EposVirtError as error:
        sys.stderr.write(f"{name}: not put back\n{error}\n")
