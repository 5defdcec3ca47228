"""Quick hotplug scripts: what Xen runs for every disk and card of a guest that it creates.

Xen's own scripts start dozens of programs for each, most of the time a small guest's creation
takes. Ours do the same in two or three.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from blocks.connection import Connection
from blocks.connections import Connections
from runs.step import Action, Plan, Step, change, nothing

FILES = Path(__file__).parent / "server_files"
SCRIPTS = "/etc/xen/scripts"
VIF_SCRIPT = f"{SCRIPTS}/vif-epos"
BLOCK_SCRIPT = f"{SCRIPTS}/block"
UDEV_RULES = "/etc/udev/rules.d/99-epos-virt.rules"
UDEVD_SHARE = "/etc/systemd/system/systemd-udevd.service.d/epos-virt.conf"


def wanted_files() -> dict[str, tuple[str, str]]:
    """Give content and mode of each file, by its path on the server."""
    return {
        VIF_SCRIPT: ((FILES / "vif-epos").read_text(), "0755"),
        BLOCK_SCRIPT: ((FILES / "block-epos").read_text(), "0755"),
        UDEV_RULES: ((FILES / "99-epos-virt.rules").read_text(), "0644"),
        UDEVD_SHARE: ((FILES / "udevd-epos.conf").read_text(), "0644"),
    }


def hotplug_step(connections: Connections, after: Sequence[str]) -> Step:
    """Install the scripts; Debian's own block script stays beside ours, through dpkg-divert."""

    def plan() -> Plan:
        server = connections.server
        differing = [
            path for path, (text, _) in wanted_files().items() if server.read(path) != text
        ]
        if not differing:
            return nothing("guests' disks and cards are set up quickly")
        actions = [Action(f"write {path}", partial(install, server, path)) for path in differing]
        return change("guests' disks and cards are set up slowly", *actions)

    return Step("hotplug", "prepare_host", "server", plan, tuple(after))


def install(server: Connection, path: str) -> None:
    """Write one of the files; a package's file of that name is moved aside, for good."""
    content, mode = wanted_files()[path]
    if path == BLOCK_SCRIPT:
        aside = ("--divert", f"{path}.distrib", "--rename", path)
        server.check("dpkg-divert", "--local", "--quiet", "--add", *aside)
    server.write(path, content, mode=mode)
    if path == UDEV_RULES:
        server.check("udevadm", "control", "--reload")
    if path == UDEVD_SHARE:
        server.check("systemctl", "daemon-reload")
