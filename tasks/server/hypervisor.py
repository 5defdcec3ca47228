"""Xen on the server: its boot entry, dom0's memory and vCPUs, console logging, the reboot."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial

from blocks.connection import Connection
from blocks.connections import Connections
from deployments.model import Xen
from errors import EposVirtError
from runs.step import Action, Plan, Step, change, nothing
from runs.telling import tell
from runs.wait import wait_until
from tasks import step_names
from tasks.server.boot_menu import command_lines, default_entry, xen_entry

GUEST_LOGS = "/var/log/xen/console"  # a file for each guest
GRUB_FILE = "/etc/default/grub.d/zz-epos-virt.cfg"  # read after Debian's own xen.cfg
DEFAULT_FILE = "/etc/default/grub.d/zzz-epos-virt-default.cfg"
GRUB_CFG = "/boot/grub/grub.cfg"
GRUB_ONCE = "/boot/grub/grubenv"  # holds what grub-reboot(8) chose for the next boot only
LAST = "GRUB_CMDLINE_LINUX_XEN_REPLACE_DEFAULT"  # comes last on the line of dom0's kernel
KERNEL_LINE = "/proc/cmdline"
DAEMONS = "/etc/default/xen"  # read by Debian's /etc/init.d/xen: shell
CONSOLES = "XENCONSOLED_ARGS=--log=guest"
# The Xenstore in C: guests are created a fifth sooner than with Debian's choice, oxenstored.
# A Xen without it keeps that choice.
STORE = (
    "XENSTORED=$(/usr/lib/xen-common/bin/xen-dir 2>/dev/null)/bin/xenstored; "
    'test -x "$XENSTORED" || XENSTORED='
)
WEIGHT_UNIT = "epos-virt-dom0-weight.service"
WEIGHT_FILE = f"/etc/systemd/system/{WEIGHT_UNIT}"
LOGGED = ("test", "-d", GUEST_LOGS)
XEN_IS_THERE, XL_IS_THERE, XL_INFO = ("test", "-d", "/proc/xen/"), ("which", "xl"), ("xl", "info")
LOOKS = (  # what the step asks
    *(XEN_IS_THERE, XL_IS_THERE, XL_INFO, LOGGED),
    *(("cat", path) for path in (GRUB_FILE, DAEMONS, WEIGHT_FILE, KERNEL_LINE)),
)
REBOOT_WITHIN = 600.0  # seconds: a server with much memory to test takes minutes


def xen_options(wanted: Xen) -> tuple[str, ...]:
    """Give Xen's command line: a dom0 of fixed size, consoles on the first serial port."""
    mib = wanted.dom0_memory // 2**20
    return (
        f"dom0_mem={mib}M,max:{mib}M",
        f"dom0_max_vcpus={wanted.dom0_vcpus}",
        "console=com1",
        "com1=115200,8n1",
        *wanted.options,
    )


def dom0_options(wanted: Xen) -> tuple[str, ...]:
    """Give the command line of dom0's kernel, as far as it is ours."""
    return ("console=hvc0", *wanted.kernel_options)


def grub_file(wanted: Xen) -> str:
    """Write GRUB's settings; the default entry is chosen by `xen_entry` afterwards.

    What the server's own settings say stays on both lines; ours come last, and the last counts.
    """
    kernel = " ".join(dom0_options(wanted))
    return f"""# Written by epos-virt from the environment's `hypervisor`.
GRUB_CMDLINE_XEN_DEFAULT="$GRUB_CMDLINE_XEN_DEFAULT {" ".join(xen_options(wanted))}"
{LAST}="${{{LAST}:-$GRUB_CMDLINE_LINUX_DEFAULT}} {kernel}"
GRUB_TIMEOUT=2
"""


def hypervisor_step(wanted: Xen, connections: Connections, after: Sequence[str]) -> Step:
    """Boot the server into Xen with the wanted dom0; reboot only when it is not."""

    def plan() -> Plan:
        server = connections.server
        running = read_xen(server)
        file = server.read(GRUB_FILE)
        actions = []
        if file != grub_file(wanted):
            actions.append(
                Action(f"write {GRUB_FILE}, update-grub", partial(configure_boot, server, wanted))
            )
        if with_daemons(have := server.read(DAEMONS) or "") != have or not server.ask(*LOGGED):
            what = "log every domU's console, choose the quicker Xenstore"
            actions.append(Action(what, partial(set_daemons, server)))
        if server.read(WEIGHT_FILE) != weight_file(wanted):
            what = f"give dom0 weight {wanted.dom0_weight} where processors are short"
            actions.append(Action(what, partial(weigh_dom0, server, wanted)))
        reason = plan_hypervisor(running, server.read(KERNEL_LINE) or "", wanted)
        if reason:
            actions.append(
                Action("check the boot entry, reboot into Xen", partial(reboot, server, wanted))
            )
        if not actions:
            return nothing(f"Xen {running.get('xen_version')} runs with the wanted dom0")
        return change(reason or "boot settings differ", *actions)

    return Step(step_names.HYPERVISOR, "prepare_host", "server", plan, tuple(after))


def read_xen(server: Connection) -> dict[str, str]:
    """Read what `xl info` tells; empty where Xen is not running.

    A line looks like `xen_commandline        : placeholder dom0_mem=1024M,max:1024M …`.
    """
    if server.run(*XEN_IS_THERE).status or server.run(*XL_IS_THERE).status:
        return {}
    result = server.run(*XL_INFO)
    if result.status:
        return {}
    pairs = (line.split(":", 1) for line in result.stdout.splitlines() if ":" in line)
    return {key.strip(): value.strip() for key, value in pairs}


def plan_hypervisor(running: dict[str, str], kernel_line: str, wanted: Xen) -> str:
    """Decide whether to reboot; gives the reason, empty where the right Xen and dom0 run.

    Args:
        running: what `xl info` tells; empty without Xen.
        kernel_line: the command line of the kernel that runs.
        wanted: the environment's hypervisor.
    """
    if not running:
        return "the server does not run Xen"
    for name, line, options in (
        ("Xen", running.get("xen_commandline", ""), xen_options(wanted)),
        ("dom0", kernel_line, dom0_options(wanted)),
    ):
        have = _in_force(line.split())
        if missing := [option for option in _in_force(options) if option not in have]:
            return f"{name} runs without {' '.join(missing)}"
    return ""


def _in_force(options: Sequence[str]) -> list[str]:
    """Give what counts of a command line: of an option that is there twice, the last.

    To Xen and to Linux `-` and `_` are the same in the name of an option. A kernel has as many
    consoles as are named.
    """
    names = [option.partition("=")[0].replace("-", "_") for option in options]
    named = zip(names, options, strict=True)
    return list({o if name == "console" else name: o for name, o in named}.values())


def configure_boot(server: Connection, wanted: Xen) -> None:
    """Write GRUB's settings and its menu."""
    server.write(GRUB_FILE, grub_file(wanted))
    server.check("update-grub", timeout=300)


def choose_xen(server: Connection) -> None:
    """Make sure that the entry GRUB starts is one that boots Xen; read from the menu itself.

    Debian's own default is a title, which misses where the distributor's name is not set.

    Raises:
        EposVirtError: the menu has no entry for Xen, or another stays the default, or is the next.
    """
    if once := re.search(r"^next_entry=(.+)$", server.read(GRUB_ONCE) or "", re.MULTILINE):
        raise EposVirtError(
            f"{server.name}: GRUB would not boot Xen the next time",
            seen=f"{GRUB_ONCE} says next_entry={once[1]}: somebody chose it by grub-reboot",
            remedy="boot that first, or take it back: grub-editenv - unset next_entry",
        )
    menu = server.read(GRUB_CFG) or ""
    wanted = xen_entry(menu)
    if wanted is None:
        raise EposVirtError(
            f"{server.name}: GRUB's menu has no entry that boots Xen",
            seen=f"no multiboot2 … xen in {GRUB_CFG}",
            remedy="is xen-hypervisor installed? run update-grub there and read what it says",
        )
    if default_entry(menu) != wanted:
        server.write(DEFAULT_FILE, f'# Written by epos-virt.\nGRUB_DEFAULT="{wanted}"\n')
        server.check("update-grub", timeout=300)
        seen = default_entry(server.read(GRUB_CFG) or "")
        if seen != wanted:
            raise EposVirtError(
                f"{server.name}: GRUB would not boot Xen",
                seen=f"default entry {seen!r}, Xen's is {wanted!r}",
                remedy=f"look for GRUB_DEFAULT in /etc/default/grub and {DEFAULT_FILE}",
            )


def prove_options(server: Connection, wanted: Xen) -> None:
    """Refuse a menu that would boot without the wanted options: it would be rebooted in vain.

    Raises:
        EposVirtError: some are missing, or others that come after them count.
    """
    xen, kernel = command_lines(server.read(GRUB_CFG) or "")
    if reason := plan_hypervisor({"xen_commandline": xen}, kernel, wanted):
        raise EposVirtError(
            f"{server.name}: GRUB would boot Xen without what the environment wants",
            seen=f"by {GRUB_CFG}, {reason}",
            remedy=f"look in /etc/default/grub.d for a file that is read after {GRUB_FILE}",
        )


def reboot(server: Connection, wanted: Xen) -> None:
    """Reboot and wait until the server answers after a new boot, under Xen.

    Raises:
        EposVirtError: it would boot without what is wanted, or came back without Xen.
        StillWaiting: it did not come back.
    """
    choose_xen(server)
    prove_options(server, wanted)
    before = server.check("cat", "/proc/sys/kernel/random/boot_id")
    server.run("systemctl", "reboot")
    server.close()
    tell("rebooting into Xen")

    def is_back() -> bool:
        server.close()
        now = server.check("cat", "/proc/sys/kernel/random/boot_id", timeout=20)
        return now != before

    wait_until(
        is_back,
        what=f"{server.name} back after its reboot",
        within=REBOOT_WITHIN,
        every=1,
        remedy="look at its console (python -m lab console, where it is the lab): "
        "is it in GRUB, in Xen, or without network?",
    )
    if not read_xen(server):
        raise EposVirtError(
            f"{server.name} came back without Xen",
            seen=server.read(KERNEL_LINE) or "",
            remedy=f"read {GRUB_CFG} there: which entry is the default?",
        )


def with_daemons(settings: str) -> str:
    """Give the settings of Xen's daemons with ours; a Xenstore that somebody chose stays."""
    kept = [line for line in settings.splitlines() if not line.startswith("XENCONSOLED_ARGS=")]
    chosen = any(line.startswith("XENSTORED=") for line in kept)
    return "\n".join([*kept, *(() if chosen else (STORE,)), CONSOLES, ""])


def set_daemons(server: Connection) -> None:
    """Have xenconsoled keep every guest's console below /var/log/xen/console, and Xenstore in C.

    Both take effect when the server boots next.
    """
    server.write(DAEMONS, with_daemons(server.read(DAEMONS) or ""))
    server.check("mkdir", "-p", GUEST_LOGS)


def weight_file(wanted: Xen) -> str:
    """Write the unit that tells Xen's scheduler dom0's weight after each boot."""
    domain = f"-d Domain-0 -w {wanted.dom0_weight}"
    return f"""# Written by epos-virt from the environment's `hypervisor`.
[Unit]
Description=Weight of dom0 where processors are short
After=xen.service
ConditionPathExists=/proc/xen/capabilities

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/sh -c 'xl sched-credit2 {domain} || xl sched-credit {domain}'

[Install]
WantedBy=multi-user.target
"""


def weigh_dom0(server: Connection, wanted: Xen) -> None:
    """Install the unit and start it; without Xen it waits for the reboot."""
    server.write(WEIGHT_FILE, weight_file(wanted))
    server.check("systemctl", "daemon-reload")
    server.check("systemctl", "enable", WEIGHT_UNIT)
    server.check("systemctl", "restart", WEIGHT_UNIT)
