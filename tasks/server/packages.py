"""Debian packages of the server."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from blocks.connection import CommandFailed, Connection
from blocks.connections import Connections
from errors import EposVirtError
from runs.step import Action, Plan, Step, change, nothing
from runs.telling import tell
from runs.wait import wait_until
from tasks import step_names

SERVER_PACKAGES = (
    "xen-system-amd64",
    "libvirt-daemon-system",
    "libvirt-daemon-driver-xen",
    "libvirt-clients",
    "bridge-utils",
    "nftables",
    "lvm2",
    "socat",  # carries libvirt's socket over SSH
    "zstd",
    "e2fsprogs",
)
STATES = ("dpkg-query", "-W", "-f", "${Package} ${db:Status-Status}\n")
LOOKS = ((*STATES, *SERVER_PACKAGES),)  # what the step asks, to be read in one with others
LOCKED = 2  # dpkg's status where another holds its lock; for other faults, too
LOCKED_FOR = 600.0  # seconds
SILENCE = 600.0  # seconds without output: unpacking a kernel under emulation is quiet


def packages_step(
    connections: Connections, after: Sequence[str], *, can_be_lost: bool = False
) -> Step:
    """Install what the server needs: Xen, libvirt with its Xen driver, bridge, LVM.

    Args:
        connections: the run's connections.
        after: steps to wait for.
        can_be_lost: the server is a lab that could be built anew: dpkg need not wait until
            each file is on its disk.
    """
    options = ("-o", "Dpkg::Options::=--force-unsafe-io") if can_be_lost else ()

    def plan() -> Plan:
        server = connections.server
        missing = plan_packages(read_packages(server, SERVER_PACKAGES), SERVER_PACKAGES)
        if not missing:
            return nothing(f"{len(SERVER_PACKAGES)} packages already installed")
        return change(
            f"{len(missing)} of {len(SERVER_PACKAGES)} packages missing",
            Action(
                f"apt-get install {' '.join(missing)}", partial(install, server, missing, options)
            ),
        )

    return Step(step_names.PACKAGES, "prepare_host", "server", plan, tuple(after))


def read_packages(server: Connection, names: Sequence[str]) -> dict[str, str]:
    """Read the state of packages, as dpkg calls it: `xen-system-amd64 installed`."""
    listed = server.run(*STATES, *names, accept={0, 1}).stdout
    return dict(line.split(" ", 1) for line in listed.splitlines())


def plan_packages(have: dict[str, str], wanted: Sequence[str]) -> list[str]:
    """Decide which of the wanted packages are not completely installed."""
    return [name for name in wanted if have.get(name) != "installed"]


def finish_what_was_begun(server: Connection, command: Sequence[str]) -> None:
    """Configure what a killed run left half-done; one whose apt still runs there is waited for.

    Raises:
        EposVirtError: dpkg failed, or its lock was held all the time.
    """

    def configured() -> bool:
        result = server.run(*command, timeout=SILENCE, hear=tell)
        if result.status == LOCKED and "lock" in result.stderr:
            raise EposVirtError(result.stderr.strip(), remedy="wait for it", transient=True)
        if result.status:
            raise CommandFailed(server.name, result)
        return True

    wait_until(
        configured,
        what=f"end of an installation that runs on {server.name} already",
        within=LOCKED_FOR,
        every=2,
        remedy=f"on {server.name}: who holds /var/lib/dpkg/lock-frontend? end it, or wait for it",
    )


def install(server: Connection, names: Sequence[str], options: Sequence[str] = ()) -> None:
    """Install packages without recommendations; first finish what a killed run left half-done."""
    quiet = ("env", "DEBIAN_FRONTEND=noninteractive", "LC_ALL=C")
    finish_what_was_begun(server, (*quiet, "dpkg", "--configure", "-a"))
    apt: tuple[str, ...] = (*quiet, "apt-get", "-q", "-o", "DPkg::Lock::Timeout=300")
    apt = (*apt, "-o", "Acquire::Languages=none", *options)
    for arguments in (
        ("update",),
        (
            "install",
            "-y",
            "--no-install-recommends",
            "-o",
            "Dpkg::Options::=--force-confold",
            *names,
        ),
    ):
        result = server.run(*apt, *arguments, timeout=SILENCE, hear=tell)
        if result.status:
            raise EposVirtError(
                f"{server.name}: apt-get {arguments[0]} ended with status {result.status}",
                seen="\n".join((result.stdout + result.stderr).strip().splitlines()[-12:]),
                remedy=f"does {server.name} reach its package mirror? "
                "See /etc/apt/sources.list.d there",
                transient=True,
            )
