"""The daemon's own configuration: `python -m toolchains.unik.daemon_config` writes it.

As in listing 4.3 of the thesis: one provider, Xen, with its bridge and the PV GRUB that boots
the images.
"""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Sequence
from pathlib import Path

from ruamel.yaml import YAML

from errors import EposVirtError, WrongInput
from state import made_beside

BRIDGE = "xenbr0"
PV_KERNEL = "/boot/xen/grub-x86_64-xen.bin"
PLACE = Path(".unik") / "daemon-config.yaml"  # below the home of who starts the daemon
MARK = "# Written by epos-virt (python -m toolchains.unik.daemon_config).\n"


def daemon_config(*, bridge: str = BRIDGE, pv_kernel: str = PV_KERNEL) -> str:
    """Give the daemon's configuration.

    Args:
        bridge: the guests' bridge on the Xen server.
        pv_kernel: GRUB built for PV guests, a file on the Xen server.
    """
    if not pv_kernel.startswith("/"):
        raise WrongInput(f"{pv_kernel!r} is no absolute path", remedy=f"write it like {PV_KERNEL}")
    provider = {"name": "my-xen", "xen_bridge": bridge, "pv_kernel": pv_kernel}
    text = io.StringIO()
    yaml = YAML(pure=True)
    yaml.dump({"providers": {"xen": [provider]}, "version": "0.0.0"}, text)
    return MARK + text.getvalue()


def write_daemon_config(path: Path, text: str) -> bool:
    """Write the configuration, whole or not at all; tell whether it differed.

    Raises:
        WrongInput: there is one that is not ours.
    """
    have = path.read_text(encoding="utf-8") if path.exists() else MARK
    if have == text:
        return False
    if not have.startswith(MARK):
        raise WrongInput(
            f"{path} is there and was not written by epos-virt",
            remedy="add what is missing by hand (--output - shows it), or move it away",
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    with made_beside(path) as unfinished:
        unfinished.write_text(text, encoding="utf-8")
    return True


def main(words: Sequence[str] | None = None) -> int:
    """Write what `words` say; give the exit status."""
    parser = argparse.ArgumentParser(prog="python -m toolchains.unik.daemon_config")
    parser.add_argument("--bridge", default=BRIDGE, help="default: %(default)s")
    parser.add_argument("--pv-kernel", default=PV_KERNEL, help="default: %(default)s")
    parser.add_argument("--output", default=str(Path.home() / PLACE), help="- prints it")
    options = parser.parse_args(words)
    try:
        text = daemon_config(bridge=options.bridge, pv_kernel=options.pv_kernel)
        if options.output == "-":
            sys.stdout.write(text)
            return 0
        written = write_daemon_config(Path(options.output), text)
    except EposVirtError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_status
    sys.stderr.write(f"{options.output}: {'written' if written else 'already so'}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
