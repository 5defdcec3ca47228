"""What a lab's server has from the start: packages, files, and Xen as its default boot entry.

Without any it is plain Debian, and all of this is done to it later, by emulated processors, as it
would be to any other server. This machine does the same in a tenth of the time.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import ClassVar

from errors import WrongInput


@dataclass(frozen=True, kw_only=True)
class Preparation:
    """What is done to the server's file system before its first boot.

    Args:
        packages: Debian packages beside the lab's own.
        files: paths below / with their whole content.
        xen_options: Xen's command line; with any, the server boots Xen, which must be in it.
        kernel_options: the command line of dom0's kernel.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    packages: tuple[str, ...] = ()
    files: tuple[tuple[str, str], ...] = ()
    xen_options: tuple[str, ...] = ()
    kernel_options: tuple[str, ...] = ()

    def to_json(self) -> str:
        """Write it as `read_preparation` reads it."""
        return json.dumps(asdict(self))


def read_preparation(text: str) -> Preparation:
    """Read a preparation from JSON with the keys of `Preparation`.

    Raises:
        WrongInput: it is no JSON, or has other keys or values.
    """
    from pydantic import TypeAdapter

    try:
        return TypeAdapter(Preparation).validate_json(text)
    except ValueError as error:
        raise WrongInput(
            "this is no preparation of a lab",
            seen=str(error),
            remedy='write {"packages": […], "files": [[PATH, CONTENT], …], "xen_options": […], '
            '"kernel_options": […]}',
        ) from error
