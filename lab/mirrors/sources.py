"""The Debian mirror of the machine outside, so that the lab uses the operator's own."""

from __future__ import annotations

import platform
import re
import shutil
from pathlib import Path
from urllib.parse import urlsplit

from lab import program
from runs.child import run

_URL = re.compile(r"https?://\S+")
_FORMAT = "$(RELEASE)|$(COMPONENT)|$(REPO_URI)"


def read_sources(suite: str) -> tuple[str, ...]:
    """Return apt's source lines for `suite`, from this machine's own mirrors.

    Empty where this machine's apt knows no Debian mirror: mmdebstrap then uses its default.
    """
    if shutil.which("apt-get") is None or platform.freedesktop_os_release().get("ID") != "debian":
        return ()
    # Without --no-release-info apt says nothing before its first update, and the same machine
    # would have one mirror before it and another one after.
    command = ["apt-get", "indextargets", "--no-release-info", "--format", _FORMAT]
    return choose_sources(run(*command, within=60), suite)


def choose_sources(targets: str, suite: str) -> tuple[str, ...]:
    """Return the source lines for `suite` from lines of `bookworm-updates|main|URI`.

    Debian's own archive is the one with updates; other archives have a `bookworm` too.
    """
    found: dict[str, str] = {}
    for line in targets.splitlines():
        release, component, uri = line.split("|", 2)
        if component == "main":
            found.setdefault(release.rpartition("-")[2], uri)
    if "updates" not in found:
        return ()
    lines = [f"deb {found['updates']} {suite} main", f"deb {found['updates']} {suite}-updates main"]
    if "security" in found:
        lines.append(f"deb {found['security']} {suite}-security main")
    return tuple(lines)


def read_mirrors(root: Path) -> tuple[str, ...]:
    """Return the URLs of the mirrors that the apt of a file system fetches from."""
    command = ("apt-get", "indextargets", "--no-release-info", "--format", "$(REPO_URI)")
    return find_mirrors(program.run("chroot", root, *command))


def find_mirrors(text: str) -> tuple[str, ...]:
    """Return the URLs in apt's source lines or its list of targets, without what logs in."""
    found = map(urlsplit, _URL.findall(text))
    urls = (url._replace(netloc=url.netloc.rpartition("@")[2]).geturl() for url in found)
    return tuple(dict.fromkeys(urls))
