"""Reading an application's Kraftfile: whether kraft makes a kernel for Xen from it."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from errors import WrongInput

NAMES = ("Kraftfile", "kraft.yaml", "kraft.yml")  # as kraft looks for them
EXAMPLE = """\
spec: v0.6
name: NAME
unikraft: {version: stable, kconfig: {...}}
libraries: {...}
targets: [xen/x86_64]
rootfs: ./rootfs
cmd: [/usr/bin/python3, /app/main.py]"""


@dataclass(frozen=True)
class Kraftfile:
    """What matters of a Kraftfile.

    Args:
        name: of the project; part of the kernel's file name.
        command: arguments of the application.
        output: where kernels are put, relative to the project.
    """

    name: str
    command: tuple[str, ...]
    output: Path


def read_kraftfile(folder: Path) -> Kraftfile:
    """Read the Kraftfile in a folder.

    Raises:
        WrongInput: there is none, it is none, or it makes no kernel for Xen.
    """
    path = next((folder / name for name in NAMES if (folder / name).is_file()), None)
    if path is None:
        raise WrongInput(
            f"{folder} has no Kraftfile, so kraft cannot build it",
            remedy=f"write one (kraft's documentation has all of it):\n{EXAMPLE}",
        )
    values = _load(path)
    if not values.get("unikraft"):
        raise WrongInput(
            f"{path} compiles no kernel",
            seen="it has no `unikraft`; with `runtime` kraft takes a kernel that was built for "
            "QEMU or Firecracker",
            remedy="write `unikraft` and `targets: [xen/x86_64]`, or choose toolchain linux",
        )
    if not _builds_for_xen(values.get("targets")):
        raise WrongInput(
            f"{path} has no target for Xen",
            seen=f"targets: {values.get('targets')}",
            remedy="add xen/x86_64 to `targets`",
        )
    output = Path(str(values.get("outdir") or ".unikraft/build"))
    return Kraftfile(str(values.get("name") or folder.name), _words(values.get("cmd")), output)


def _words(command: object) -> tuple[str, ...]:
    """Read `cmd`: a list, or one text that is split as a shell does."""
    if isinstance(command, list):
        return tuple(str(word) for word in command)
    return tuple(shlex.split(str(command or "")))


def _load(path: Path) -> dict[str, object]:
    try:
        values = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
    except (OSError, YAMLError, UnicodeDecodeError) as error:
        raise WrongInput(
            f"{path} cannot be read", seen=str(error), remedy="correct the line it names"
        ) from None
    if not isinstance(values, dict):
        raise WrongInput(f"{path} holds no keys", remedy=f"write it like\n{EXAMPLE}")
    return values


def _builds_for_xen(targets: object) -> bool:
    """Tell whether `targets` names Xen on x86_64: as text, or by its two keys."""
    for target in targets if isinstance(targets, list) else []:
        if isinstance(target, dict):
            platform = str(target.get("platform") or target.get("plat"))
            architecture = str(target.get("architecture") or target.get("arch"))
            target = f"{platform}/{architecture}"
        if target == "xen/x86_64":
            return True
    return False
