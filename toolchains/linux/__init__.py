"""The default toolchain: a Linux cut to the guest, the application as its only process.

Needs Debian packages only. In the manner of Lupine Linux (EuroSys 2020); see kernel.config for
what the kernel has and init/ for PID 1.
"""

from __future__ import annotations

from pathlib import Path

from toolchains.interface import Image
from toolchains.linux.closure_root import ContainerRoot, make_container_root
from toolchains.linux.commandline import command_line
from toolchains.linux.images import RUNTIMES, build, look

__all__ = [
    "RUNTIMES",
    "ContainerRoot",
    "build",
    "command_line",
    "describe",
    "look",
    "make_container_root",
    "name",
    "run_directly",
    "summary",
]

name = "linux"
summary = "Linux cut to the guest, from Debian packages: Python, Java, Perl and binaries"
run_directly = Path(__file__).with_name("run_directly.py").read_text()


def describe(image: Image) -> dict[str, object]:
    """Say what is in an image, as values that JSON has."""
    return {
        **image.model_dump(mode="json"),
        "kernel_bytes": image.kernel.stat().st_size,
        "root_bytes": image.root.stat().st_size,
        "boots_as": ["xen-pv", "xen-pvh", "qemu"],
    }
