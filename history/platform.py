"""Where a run took place: figures of different platforms are never mixed."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

SAME_MEMORY = 0.01  # part by which one machine's may differ: its kernel keeps some for itself
UNKNOWN = {None, "", "unknown"}

Kind = Literal["bare metal", "kvm", "emulation", "unknown"]


class Platform(BaseModel):
    """The machine and the versions a run's figures hold for."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Kind = Field(
        default="unknown", description="what executes the server: hardware, KVM or QEMU's TCG"
    )
    processor: str = Field(default="", description="model name, as /proc/cpuinfo gives it")
    cores: int | None = Field(default=None, gt=0, description="logical processors of the server")
    memory: int | None = Field(default=None, gt=0, description="memory of the server, bytes")
    controller_os: str = Field(default="", description="system the flows run on")
    hypervisor_version: str = Field(default="", description="version of Xen")
    engine_version: str = Field(default="", description="version of the container engine")
    qemu_version: str = Field(default="", description="version of QEMU under the server, if any")

    def __str__(self) -> str:
        """Give it in one line: 'emulation, Intel Xeon, 2 cores, 16.8 GB, Xen 4.20, …'."""
        parts = [
            self.kind if self.kind != "unknown" else "",
            " ".join(self.processor.split()),
            f"{self.cores} core{'s' if self.cores > 1 else ''}" if self.cores else "",
            f"{self.memory / 1e9:.1f} GB" if self.memory else "",
            _versioned("Xen", self.hypervisor_version),
            _versioned("Docker", self.engine_version),
            _versioned("QEMU", self.qemu_version),
            self.controller_os,
        ]
        return ", ".join(part for part in parts if part) or "unknown platform"


def different_machines(one: Mapping[str, Any], other: Mapping[str, Any]) -> str:
    """Say why figures of two platforms cannot be compared; empty where they can.

    A newer version of a program is no other machine: it is what one wants to compare.

    Args:
        one: the fields of a `Platform`, as a run's `platform_details` has them.
        other: the same of the other run.
    """
    for name in ("kind", "processor", "cores", "memory"):
        here, there = one.get(name), other.get(name)
        if UNKNOWN & {here, there}:
            return f"{name} of the platform is not known"
        if name == "memory":
            if not math.isclose(float(here or 0), float(there or 0), rel_tol=SAME_MEMORY):
                return f"memory differs: {float(here or 0):.3g}, {float(there or 0):.3g} bytes"
        elif here != there:
            return f"{name} differs: {here}, {there}"
    return ""


def _versioned(product: str, version: str) -> str:
    """Put the product's name before a bare version; '4.20' becomes 'Xen 4.20'."""
    return f"{product} {version}" if version[:1].isdigit() else version
