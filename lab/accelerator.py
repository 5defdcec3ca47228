"""KVM or emulation: decided by booting the lab's own kernel, not by /dev/kvm being there."""

from __future__ import annotations

import hashlib
import os
import subprocess
import tempfile
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from errors import EposVirtError
from lab import progress
from lab.qemu import ACCELERATION, PROGRAM
from runs.wait import StillWaiting, wait_until
from state import state_folder

_DEVICE = Path("/dev/kvm")
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_LIMIT = 12  # s; where KVM works the kernel is there in two
# The first line of the initial RAM disk's own process: kernel and user mode both run.
_SIGN = b"Loading, please wait"


class Accelerator(BaseModel):
    """What executes the server's instructions, "kvm" or "tcg", and why that."""

    model_config = ConfigDict(frozen=True)

    name: str
    reason: str


class _Probed(BaseModel):
    """A probe's outcome, valid for one boot of this machine and one kernel."""

    boot: str
    kernel: str  # sha256
    accelerator: Accelerator


def choose(kernel: Path, initrd: Path) -> Accelerator:
    """Return KVM where it really boots `kernel`, else emulation; probed once per boot."""
    if not _DEVICE.exists():
        return Accelerator(name="tcg", reason=f"no {_DEVICE}")
    if not os.access(_DEVICE, os.R_OK | os.W_OK):
        return Accelerator(name="tcg", reason=f"no permission to use {_DEVICE}")
    remembered = state_folder("lab") / "accelerator.json"
    boot = _BOOT_ID.read_text().strip()
    content = hashlib.sha256(kernel.read_bytes()).hexdigest()
    try:
        probed = _Probed.model_validate_json(remembered.read_text())
        if (probed.boot, probed.kernel) == (boot, content):
            return probed.accelerator
    except (FileNotFoundError, ValidationError):
        pass
    accelerator = _probe(kernel, initrd)
    found = _Probed(boot=boot, kernel=content, accelerator=accelerator)
    remembered.write_text(found.model_dump_json(indent=2) + "\n")
    return accelerator


def _probe(kernel: Path, initrd: Path) -> Accelerator:
    """Boot `kernel` under KVM until its first process speaks, or the limit is over."""
    progress.say(f"probing KVM: booting {kernel.name} for at most {_LIMIT} s")
    command = [
        *(PROGRAM, "-machine", "q35", *ACCELERATION["kvm"], "-smp", "2", "-m", "1024"),
        *("-nodefaults", "-no-user-config", "-display", "none", "-no-reboot"),
        *("-serial", "stdio", "-kernel", str(kernel), "-initrd", str(initrd)),
        *("-append", "console=ttyS0 panic=-1"),
    ]
    with tempfile.TemporaryFile() as said:
        guest = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.STDOUT
        )

        def speaks() -> bool:
            said.seek(0)
            if _SIGN in said.read():
                return True
            if guest.poll() is not None:
                raise EposVirtError("QEMU ended", remedy="use emulation")
            return False

        try:
            wait_until(speaks, what="a kernel under KVM", within=_LIMIT, remedy="use emulation")
        except StillWaiting:
            reason = f"/dev/kvm is there, but boots no kernel within {_LIMIT} s"
        except EposVirtError:
            said.seek(0)
            first = said.read().decode(errors="replace").strip().partition("\n")[0]
            reason = f"/dev/kvm is there, but QEMU ends with it: {first}"
        else:
            return Accelerator(name="kvm", reason="a kernel boots under KVM here")
        finally:
            guest.kill()
            guest.wait()
    return Accelerator(name="tcg", reason=reason)
