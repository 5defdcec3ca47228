"""GRUB's menu, /boot/grub/grub.cfg: which of its entries boots Xen, and with which options."""

from __future__ import annotations

import re
from collections.abc import Iterator

XEN_SCRIPT = re.compile(r"/etc/grub\.d/\d+_linux_xen")  # Debian's own is 20; some divert it to 08
_LOADS_XEN = re.compile(r"(multiboot2?|xen_hypervisor|module2?)\b.*/xen")


def xen_entry(menu: str) -> str | None:
    """Find the entry of a GRUB menu that boots Xen; `multiboot2 /boot/xen-…` is in it.

    That is the first of those which Debian's own script makes; only where it makes none, the first
    of all. Returns its path as GRUB_DEFAULT takes it, `submenu id>entry id` however deep, or None.
    """
    found = list(_xen_entries(menu))
    made = [entry for script, entry, _ in found if XEN_SCRIPT.fullmatch(script)]
    return next(iter([*made, *(entry for _, entry, _ in found)]), None)


def command_lines(menu: str) -> tuple[str, str]:
    """Give the command lines of Xen and of dom0's kernel in the entry that boots Xen.

    Lines look like `multiboot2 /boot/xen-4.20-amd64.gz placeholder dom0_mem=1024M,max:1024M …`
    and `module2 /boot/vmlinuz-6.12 placeholder root=/dev/vda1 ro …`.
    """
    chosen = xen_entry(menu)
    at = next((number for _, entry, number in _xen_entries(menu) if entry == chosen), None)
    if at is None:
        return "", ""
    lines = menu.splitlines()[at:]
    kernel = next((line for line in lines if re.match(r"\s*module2?\s", line)), "")
    return lines[0], kernel


def _xen_entries(menu: str) -> Iterator[tuple[str, str, int]]:
    """Give script, path and number of the line with Xen of each entry, recovery left out."""
    submenus: list[tuple[int, str]] = []  # the open ones, with their indentation
    entry, script = "", ""
    for number, line in enumerate(menu.splitlines()):
        bare = line.lstrip()
        depth = len(line) - len(bare)
        if begun := re.match(r"### BEGIN (\S+) ###", line):
            script = begun[1]
        elif bare.startswith("}"):
            submenus = [found for found in submenus if found[0] < depth]
            entry = ""
        elif re.match(r"submenu\s", bare):
            submenus.append((depth, _identity(bare)))
        elif re.match(r"menuentry\s", bare):
            entry = ">".join([*(name for _, name in submenus), _identity(bare)])
        elif entry and "recovery" not in entry and _LOADS_XEN.match(bare):
            yield script, entry, number
            entry = ""


def _identity(line: str) -> str:
    """Read what GRUB knows a menu or an entry by: its id, or else its title."""
    told = re.search(
        r"(?:--id[\s=]|\$menuentry_id_option\s)\s*(['\"]?)([^'\"{]+?)\1(?=\s|\{|$)", line
    )
    if told:
        return told[2]
    title = re.match(r"\w+\s+(?:(['\"])(.*?)\1|(\S+))", line)
    return (title[2] or title[3] or "") if title else ""


def default_entry(menu: str) -> str | None:
    """Read the default entry of a GRUB menu: `   set default="…"`."""
    found = re.findall(r'^\s*set default="([^"]*)"', menu, re.MULTILINE)
    return next((value for value in reversed(found) if "$" not in value), None)
