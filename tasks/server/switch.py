"""Switching a server's network so that nobody is locked out: proved anew, or as it was before."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from blocks.connection import Connection
from deployments.model import Network
from errors import EposVirtError
from runs.patience import stretched
from runs.telling import tell
from runs.wait import StillWaiting, wait_until
from tasks.server.configuration import CardConfiguration

FOLDER = "/var/lib/epos-virt/network"
SWITCH = f"{FOLDER}/switch"
BEFORE, AFTER = f"{FOLDER}/before", f"{FOLDER}/after"
FALLBACK = "epos-virt-network-fallback"
FALLBACK_AFTER = 120  # seconds until what was there before comes back by itself

SCRIPT = """#!/bin/sh
# Written by epos-virt: `switch STATE MANAGER CARD BRIDGE [INTERFACE ...]` puts the files of STATE
# in place and has the network follow them; guests keep their places at the bridge.
state=$1 manager=$2 card=$3 bridge=$4
shift 4
guests=$(ls "/sys/class/net/$bridge/brif" 2>/dev/null | grep -vx "$card")
if [ "$manager" = ifupdown ]; then
    for name in "$@" "$bridge" "$card"; do ifdown --force "$name"; done
    ip address flush dev "$card"
    ip link set "$card" nomaster
    ip link delete "$bridge" type bridge
fi
while read -r path; do rm -f "$path"; done <"$state/gone"
while read -r path; do cp -a "$state/files$path" "$path"; done <"$state/there"
if [ "$manager" = ifupdown ]; then
    for name in "$card" "$bridge" "$@"; do ifup "$name"; done
else
    if grep -q 'netdev$' "$state/gone"; then ip link delete "$bridge" type bridge; fi
    networkctl reload
    networkctl reconfigure "$card"
    networkctl reconfigure "$bridge"
fi
for guest in $guests; do ip link set "$guest" master "$bridge"; done
exit 0
"""


def switch_network(
    server: Connection, network: Network, want: CardConfiguration, proved: Callable[[], bool]
) -> None:
    """Apply the new configuration, prove it by a new connection, else let it fall back.

    Args:
        server: whose network it is.
        network: the environment's.
        want: the files as they are and as they should be.
        proved: asks, over a new connection, whether the network is as it should be.

    Raises:
        EposVirtError: the server did not answer over the new network; what was there is back.
    """
    # Of a run that was killed: that it is answered now proves what is there now.
    server.run("systemctl", "stop", f"{FALLBACK}.timer")
    keep_states(server, want)
    server.write(SWITCH, SCRIPT, mode="0755")
    words = (want.manager, network.interface, network.bridge, *want.names[2:])
    after = round(stretched(FALLBACK_AFTER))
    server.check(
        *("systemd-run", "--collect", f"--unit={FALLBACK}", f"--on-active={after}"),
        *("--timer-property=AccuracySec=1s", "/bin/sh", SWITCH, BEFORE, *words),
    )
    tell("switching the network over")
    server.check("systemd-run", "--collect", "--no-block", "/bin/sh", SWITCH, AFTER, *words)
    server.close()
    try:
        wait_until(
            lambda: server.answers() and proved(),
            what=f"a new connection to {server.name} over {network.bridge}",
            within=FALLBACK_AFTER * 0.75,
            remedy="wait for the fall-back",
            every=1,
        )
    except StillWaiting as error:
        server.close()
        wait_until(
            server.answers,
            what=f"the fall-back of {server.name} to its old network",
            within=FALLBACK_AFTER,
            every=2,
            remedy=f"log in on the console of {server.name}; {BEFORE} holds the old configuration",
        )
        raise EposVirtError(
            f"{server.name}: the new network configuration did not work; the old one is back",
            seen=error.seen,
            remedy="compare `network` in the environment with the server's own: card, address, "
            "gateway",
        ) from error
    server.check("systemctl", "stop", f"{FALLBACK}.timer")


def keep_states(server: Connection, want: CardConfiguration) -> None:
    """Keep the files that change, as they are and as they should be, in folders of the server's."""
    there = [path for path in want.differing if want.have.get(path) is not None]
    new = [path for path in want.differing if path not in there]
    server.check("rm", "-rf", BEFORE, AFTER)
    for path in there:
        kept = f"{BEFORE}/files{path}"
        server.check("mkdir", "-p", kept.rpartition("/")[0])
        server.check("cp", "--archive", path, kept)
    for path in want.differing:
        mode = server.check("stat", "--format=%a", path).strip() if path in there else "0644"
        server.write(f"{AFTER}/files{path}", want.want[path], mode=mode)
    _note(server, BEFORE, there=there, gone=new)
    _note(server, AFTER, there=want.differing, gone=[])


def _note(server: Connection, folder: str, *, there: Sequence[str], gone: Sequence[str]) -> None:
    for name, paths in (("there", there), ("gone", gone)):
        server.write(f"{folder}/{name}", "".join(f"{path}\n" for path in paths))
