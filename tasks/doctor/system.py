"""The server's system: Debian, what Xen needs of the machine, how it boots."""

from __future__ import annotations

import re
from collections.abc import Iterator

from blocks.connection import Connection
from deployments.model import Environment
from tasks.doctor.finding import Finding, fails, note, works
from tasks.server.hypervisor import GRUB_CFG, XEN_IS_THERE, read_xen

RELEASES = ("12", "13")
SECURE_BOOT = "/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"


def look(server: Connection, environment: Environment) -> Iterator[Finding]:
    """Look at release, processor and boot loader."""
    yield release(server.read("/etc/os-release") or "")
    yield from xen(server, environment)
    yield boot(server)


def release(text: str) -> Finding:
    """Judge /etc/os-release: lines like `VERSION_ID="13"`, or in other quotes."""
    said = {key: value for key, _, value in re.findall(r"^(\w+)=(['\"]?)(.*)\2$", text, re.M)}
    name = said.get("PRETTY_NAME", "unknown")
    if said.get("ID") != "debian":
        return fails("release", name, "install Debian 13; packages and boot entries are Debian's")
    if said.get("VERSION_ID") not in RELEASES:
        known = " or ".join(RELEASES)
        return fails("release", name, f"epos-virt knows Debian {known}: upgrade, or install one")
    return works("release", name)


def xen(server: Connection, environment: Environment) -> Iterator[Finding]:
    """Look whether Xen runs, or would."""
    machine = server.check("uname", "-m").strip()
    if machine != "x86_64":
        yield fails("processor", machine, "use a server with an x86-64 processor")
        return
    if server.run(*XEN_IS_THERE).status == 0:
        running = read_xen(server)
        has = running.get("xen_version", "of a version that `xl info` does not tell")
        yield works("Xen", f"{has} runs; a reboot is needed only where its options differ")
        capable = "hvm" in running.get("xen_caps", "")
    else:
        yield works("Xen", "is not running yet: a deployment installs it and reboots once")
        flags = server.run("grep", "-m1", "^flags", "/proc/cpuinfo").stdout.split()
        capable = bool({"vmx", "svm"} & set(flags))
    wants = [app.name for app in environment.unikernels if app.type == "pvh"]
    if wants and not capable:
        yield fails(
            "virtualisation",
            f"the processor offers none (vmx, svm), and {', '.join(wants)} would be pvh",
            "switch it on in the firmware's settings, or write `type: pv`",
        )


def boot(server: Connection) -> Finding:
    """Look how the server boots: it must be GRUB, and Xen must be let."""
    efi = server.ask("test", "-d", "/sys/firmware/efi")
    if not server.ask("test", "-e", GRUB_CFG):
        return fails(
            "boot loader",
            f"no {GRUB_CFG}: it does not boot by GRUB",
            "apt-get install grub-efi-amd64" if efi else "apt-get install grub-pc",
        )
    # Five bytes: four of attributes, and whether it is on.
    secure = server.run("od", "-An", "-tu1", SECURE_BOOT).stdout.split()
    if secure[-1:] == ["1"]:
        return fails(
            "boot loader",
            "GRUB (EFI) with Secure Boot, which Debian's Xen is not signed for",
            "switch Secure Boot off in the firmware's settings",
        )
    return works("boot loader", f"GRUB ({'EFI' if efi else 'BIOS'})")


def autostart(server: Connection) -> Iterator[Finding]:
    """Look whether something else starts guests beside libvirt."""
    # Debian's is a script of /etc/init.d: systemctl may say so first, and asks its own tool.
    state = server.run("systemctl", "is-enabled", "xendomains").stdout.split()
    if state and state[-1].startswith("enabled"):
        yield note(
            "autostart",
            "xendomains is enabled: it starts guests of /etc/xen/auto, and saves and restores all "
            "at a reboot, beside libvirt's autostart",
            "systemctl disable --now xendomains, unless guests of your own need it",
        )
