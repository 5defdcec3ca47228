"""The Debian mirror of the machine outside, so that the lab uses the operator's own."""

from __future__ import annotations

import shutil
import subprocess

_FORMAT = "$(ORIGIN)|$(LABEL)|$(REPO_URI)"


def read_sources(suite: str) -> tuple[str, ...]:
    """Return apt's source lines for `suite`, from this machine's own mirrors.

    Empty where this machine's apt knows no Debian mirror: mmdebstrap then uses its default.
    """
    if shutil.which("apt-get") is None:
        return ()
    command = ["apt-get", "indextargets", "--format", _FORMAT, "Created-By: Packages"]
    result = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    return choose_sources(result.stdout, suite)


def choose_sources(targets: str, suite: str) -> tuple[str, ...]:
    """Return the source lines for `suite` from lines of `Debian|Debian-Security|URI`."""
    main = security = ""
    for line in targets.splitlines():
        origin, label, uri = line.split("|", 2)
        if origin != "Debian":
            continue
        if label == "Debian":
            main = main or uri
        elif label == "Debian-Security":
            security = security or uri
    if not main:
        return ()
    lines = [f"deb {main} {suite} main", f"deb {main} {suite}-updates main"]
    if security:
        lines.append(f"deb {security} {suite}-security main")
    return tuple(lines)
