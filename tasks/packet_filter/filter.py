"""The packet filter of an environment: one table, one file and one unit of systemd, all its own.

Nothing else of the server's is read or changed: neither /etc/nftables.conf nor another's tables.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from string import Template

from blocks.connection import Connection
from blocks.connections import Connections
from deployments.model import Environment
from errors import EposVirtError
from runs.step import Action, Plan, Step, change, nothing
from tasks import step_names
from tasks.packet_filter.cards import misnamed_cards, rename_card
from tasks.packet_filter.places import cards_of, passages_of
from tasks.packet_filter.rules import rules, table_name
from tasks.server.hotplug import VIF_SCRIPT, wanted_files
from tasks.server.transfer import missing_files

FOLDER = "/etc/epos-virt/filter"
UNITS = "/etc/systemd/system"
UNIT = Template((Path(__file__).parent / "files" / "epos-virt-filter.service").read_text())
ABSENT, LOADED, OTHERWISE = "absent", "loaded", "otherwise"
# Whether the unit is enabled; what is loaded, beside what the file would load, for which it is
# loaded in a network namespace of its own; then file and unit. Each ends with a NUL.
LOOK = r"""
table=$1 rules=$2 unit=$3
nft() { command nft "$@" 2>/dev/null; }
systemctl is-enabled --quiet "${unit##*/}" 2>/dev/null && printf enabled
printf '\0'
if loaded=$(nft -s list table bridge "$table"); then
    would=$(unshare --net sh -c 'nft -f "$2" && nft -s list table bridge "$1"' sh "$table" "$rules")
    [ "$loaded" = "$would" ] && printf loaded || printf otherwise
else
    printf absent
fi 2>/dev/null
for file in "$rules" "$unit"; do printf '\0'; cat "$file" 2>/dev/null; done
exit 0
"""


@dataclass(frozen=True)
class Filter:
    """The filter of one environment, as it is or as it should be.

    Args:
        enabled: whether it is loaded when the server boots.
        table: LOADED as the file says, OTHERWISE, or ABSENT.
        rules: what the file says; empty where there is none.
        unit: what the unit of systemd says; empty where there is none.
    """

    enabled: bool
    table: str
    rules: str
    unit: str


NONE = Filter(enabled=False, table=ABSENT, rules="", unit="")


def filter_step(
    environment: Environment,
    connections: Connections,
    after: Sequence[str],
    *,
    hosted: Collection[str] = (),
) -> Step:
    """Have the bridge's packet filter say who may talk to whom; none where it is not wanted.

    Args:
        environment: whose guests it is about.
        connections: the run's connections.
        after: steps to wait for.
        hosted: unikernels that a toolchain's daemon starts: the filter takes them for others'.
    """

    def plan() -> Plan:
        server = connections.server
        have = read_filter(server, environment.name)
        if not environment.network.filter:
            return _removal(
                server, environment.name, have, "the environment wants no packet filter"
            )
        want = wanted_filter(environment, hosted)
        misnamed = misnamed_cards(environment, connections)
        reasons = [f"it does not know {', '.join(misnamed)} of our guests"] if misnamed else []
        actions = [
            Action(f"rename {has} to {name}", partial(rename_card, server, has, name))
            for has, name in misnamed.items()
        ]
        if differing := plan_filter(have, want):
            reasons += differing
            load = partial(load_filter, server, environment.name, want)
            what = f"load {rules_file(environment.name)}, now and when the server boots"
            actions.append(Action(what, load, _difference(environment.name, have, want)))
        if not actions:
            return nothing(
                f"table {table_name(environment.name)} is loaded as the environment says"
            )
        return change("; ".join(reasons), *actions)

    return Step(step_names.PACKET_FILTER, "prepare_host", "server", plan, tuple(after))


def no_filter_step(
    environment: Environment, connections: Connections, after: Sequence[str]
) -> Step:
    """Take an environment's packet filter away."""

    def plan() -> Plan:
        server = connections.server
        have = read_filter(server, environment.name)
        return _removal(server, environment.name, have, "the environment is taken down")

    return Step(step_names.PACKET_FILTER, "teardown", "server", plan, tuple(after))


def _removal(server: Connection, environment: str, have: Filter, why: str) -> Plan:
    if have == NONE:
        return nothing("no packet filter of this environment")
    what = f"remove table {table_name(environment)}, {rules_file(environment)} and its unit"
    return change(why, Action(what, partial(remove_filter, server, environment)))


def rules_file(environment: str) -> str:
    """Name the file of rules of an environment on the server."""
    return f"{FOLDER}/{environment}.nft"


def unit_file(environment: str) -> str:
    """Name the file of the unit that loads an environment's rules."""
    return f"{UNITS}/epos-virt-filter-{environment}.service"


def wanted_filter(environment: Environment, hosted: Collection[str] = ()) -> Filter:
    """Give the filter that an environment asks for."""
    cards = cards_of(environment, hosted)
    name = environment.name
    unit = UNIT.substitute(environment=name, table=table_name(name), rules=rules_file(name))
    text = rules(environment, cards, passages_of(environment, cards))
    return Filter(enabled=True, table=LOADED, rules=text, unit=unit)


def read_filter(server: Connection, environment: str) -> Filter:
    """Read what there is of an environment's filter, whatever of it; in one command."""
    words = (table_name(environment), rules_file(environment), unit_file(environment))
    enabled, table, text, unit = server.check("sh", "-c", LOOK, "sh", *words).split("\0")
    return Filter(enabled=enabled == "enabled", table=table, rules=text, unit=unit)


def plan_filter(have: Filter, want: Filter) -> list[str]:
    """Decide what differs; one reason for each difference."""
    reasons = []
    if not have.rules:
        reasons.append("there are no rules yet")
    elif have.rules != want.rules:
        reasons.append("the rules are others")
    if have.table == ABSENT:
        reasons.append("none are loaded")
    elif have.table == OTHERWISE:
        reasons.append("what is loaded is not what the file says")
    if have.unit != want.unit or not have.enabled:
        reasons.append("they would not be loaded when the server boots")
    return reasons


def _difference(environment: str, have: Filter, want: Filter) -> str:
    before, after = (one.rules.splitlines(keepends=True) for one in (have, want))
    path = rules_file(environment)
    return "".join(difflib.unified_diff(before, after, path if have.rules else "/dev/null", path))


def load_filter(server: Connection, environment: str, want: Filter) -> None:
    """Write rules and unit, and have the unit load them, in place of older ones, all at once.

    Raises:
        CommandFailed: nft refuses the rules; those that were there stay.
        EposVirtError: the server's hotplug program would name cards as the rules do not know them.
    """
    require_names(server)
    unit = unit_file(environment)
    check = ("nft", "--check", "--file", "-")
    server.check(*check, stdin=want.rules, remedy="python -m flows.prepare_host installs nft")
    server.write(rules_file(environment), want.rules)
    server.write(unit, want.unit)
    server.check("systemctl", "daemon-reload")
    server.check("systemctl", "enable", "--quiet", unit.rpartition("/")[2])
    # One that runs reads the file anew: at no time are the guests without a filter.
    server.check("systemctl", "reload-or-restart", unit.rpartition("/")[2])


def require_names(server: Connection) -> None:
    """Refuse a server whose hotplug program is not ours of today: it names cards otherwise.

    Raises:
        EposVirtError: a guest that it starts would be taken for one that has another's address.
    """
    program, _ = wanted_files()[VIF_SCRIPT]
    if missing_files(server, {VIF_SCRIPT: program}):
        raise EposVirtError(
            f"{server.name}: {VIF_SCRIPT} names no guest's card after its address",
            seen="it is not there, or another version's",
            remedy="python -m flows.prepare_host --only hotplug packet-filter",
        )


def remove_filter(server: Connection, environment: str) -> None:
    """Remove table, unit and file, whichever of them are there; what was begun is finished."""
    unit, table = unit_file(environment), table_name(environment)
    server.run("systemctl", "disable", "--now", "--quiet", unit.rpartition("/")[2])
    server.check("rm", "-f", "--", unit, rules_file(environment))
    server.check("systemctl", "daemon-reload")
    if server.run("nft", "list", "table", "bridge", table).status == 0:
        server.check("nft", "delete", "table", "bridge", table)
    server.run("rmdir", "--ignore-fail-on-non-empty", FOLDER, FOLDER.rpartition("/")[0])
