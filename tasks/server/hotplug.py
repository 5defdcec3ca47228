"""Quick hotplug programs: what Xen runs for every disk and card of a guest that it creates.

Xen's own scripts start dozens of programs for each, most of the time a small guest's creation
takes. Ours is one, in C: files/hotplug.c.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from blocks.connection import Connection
from blocks.connections import Connections
from runs.step import Action, Plan, Step, change, nothing
from tasks import step_names
from tasks.compiled import compiled
from tasks.server.transfer import missing_files

FILES = Path(__file__).parent / "files"
SCRIPTS = "/etc/xen/scripts"
VIF_SCRIPT = f"{SCRIPTS}/vif-epos"
BLOCK_SCRIPT = f"{SCRIPTS}/block"
UDEV_RULES = "/etc/udev/rules.d/99-epos-virt.rules"
UDEVD_SHARE = "/etc/systemd/system/systemd-udevd.service.d/epos-virt.conf"
LOOKS = (("sha256sum", VIF_SCRIPT, BLOCK_SCRIPT, UDEV_RULES, UDEVD_SHARE),)  # what the step asks
OPTIONS = ("-static", "-Os", "-s", "-Wall", "-Wextra", "-Wno-format-truncation")


def wanted_files() -> dict[str, tuple[Path, str]]:
    """Give each file, ours and its mode, by its path on the server.

    Raises:
        EposVirtError: the program was not compiled.
    """
    program = compiled(FILES / "hotplug.c", *OPTIONS)
    return {
        VIF_SCRIPT: (program, "0755"),
        BLOCK_SCRIPT: (program, "0755"),
        UDEV_RULES: (FILES / "99-epos-virt.rules", "0644"),
        UDEVD_SHARE: (FILES / "udevd-epos.conf", "0644"),
    }


def hotplug_step(connections: Connections, after: Sequence[str]) -> Step:
    """Install the program; Debian's own block script stays beside it, through dpkg-divert."""

    def plan() -> Plan:
        server = connections.server
        files = {there: here for there, (here, _) in wanted_files().items()}
        differing = missing_files(server, files)
        if not differing:
            return nothing("guests' disks and cards are set up quickly")
        actions = [Action(f"write {path}", partial(install, server, path)) for path in differing]
        return change("guests' disks and cards are set up slowly", *actions)

    return Step(step_names.HOTPLUG, "prepare_host", "server", plan, tuple(after))


def install(server: Connection, path: str) -> None:
    """Write one of the files; a package's file of that name is moved aside, for good."""
    here, mode = wanted_files()[path]
    if path == BLOCK_SCRIPT:
        aside = ("--divert", f"{path}.distrib", "--rename", path)
        server.check("dpkg-divert", "--local", "--quiet", "--add", *aside)
    server.write(path, here.read_bytes(), mode=mode)
    if path == UDEV_RULES:
        server.check("udevadm", "control", "--reload")
    if path == UDEVD_SHARE:
        server.check("systemctl", "daemon-reload")
        server.check("systemctl", "try-restart", "systemd-udevd.service")  # takes its share then
