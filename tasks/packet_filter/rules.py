"""The rules as nft reads them; pure, the same environment gives the same text.

They remember no connections: what opens a TCP connection is told by its flags. So nothing is
forgotten when they are loaded anew, a guest restored from a saved state keeps its connections, and
the server's kernel follows nobody's connections because of us.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from string import Template

from deployments.model import Environment
from tasks.packet_filter.places import Card, Passage

RULES = Template("""\
# Written by epos-virt from the environment $environment: who may talk to whom at its guests' cards.
# docs/security.md says why. How often each rule refused: nft list table bridge $table
table bridge $table
delete table bridge $table
table bridge $table {
	# Cards of its guests: vif, the last three bytes of the guest's address, a dot, Xen's number.
	set cards {
		type ifname
		flags interval$cards
	}

	set addresses {
		type ipv4_addr$addresses
	}

	set hardware {
		type ether_addr$hardware
	}

	# Where the LAN reaches an application.
	set ports {
		type ipv4_addr . inet_service$ports
	}

	# Which guest's application opens connections to which other: `uses` in their descriptions.
	set uses {
		type ipv4_addr . ipv4_addr . inet_service$uses
	}
$senders
	# An address belongs to the card of the guest that has it.
	chain from-anywhere {
		type filter hook prerouting priority dstnat; policy accept;
		iifname "$interface" jump from-others$jumps
	}

	chain from-others {
		ether saddr @hardware counter drop
		arp saddr ip @addresses counter drop
		ip saddr @addresses counter drop
	}

	# Guests reach nothing of the server; they answer what it asks.
	chain to-the-server {
		type filter hook input priority filter; policy accept;
		iifname @cards goto guest-to-server
	}

	chain guest-to-server {
		ether type arp accept
		tcp flags & (syn | ack) != syn accept
		icmp type { echo-reply, destination-unreachable, time-exceeded } accept$services
		counter drop
	}

	chain between-ports {
		type filter hook forward priority filter; policy accept;
		oifname @cards goto to-guest
		iifname @cards goto guest-to-others
	}

	chain to-guest {
		iifname != @cards jump from-others
		ether type arp accept
		ether type != ip counter drop
		tcp flags & (syn | ack) != syn accept
		icmp type { echo-request, echo-reply, destination-unreachable, time-exceeded } accept
		iifname @cards ip saddr . ip daddr . tcp dport @uses accept
		iifname != @cards ip daddr . tcp dport @ports accept
		# Answers to what guests ask for: names and the time.
		iifname != @cards ip saddr { $dns } udp sport 53 accept
		iifname != @cards udp sport 123 accept
		counter drop
	}

	# Beyond the environment: the gateway, name servers, package mirrors.
	chain guest-to-others {
		ether type arp accept
		ip protocol { tcp, udp, icmp } accept
		counter drop
	}
}
""")
SENDER = Template("""
	# $guest
	chain $chain {
		ether type != { ip, arp } counter drop
		ether saddr . arp saddr ether . arp saddr ip {$resolving
		} accept
		ether saddr . ip saddr {$sending
		} accept
		counter drop
	}
""")
NOBODY = "0.0.0.0"  # who asks whether an address is free (RFC 5227)


def table_name(environment: str) -> str:
    """Name the table of an environment, which is its mark as well."""
    return f"epos-virt-{environment}"


def rules(environment: Environment, cards: Sequence[Card], passages: Sequence[Passage]) -> str:
    """Write the rules of an environment, which replace those that are loaded, all at once."""
    servers = [*environment.network.dns, *(a for domu in environment.domus for a in domu.dns)]
    return RULES.substitute(
        environment=environment.name,
        table=table_name(environment.name),
        interface=environment.network.interface,
        cards=_elements((f'"{card.name}.*"', card.guest) for card in cards),
        addresses=_elements((str(a), "") for card in cards for a in card.addresses.values()),
        hardware=_elements((mac, "") for card in cards for mac in card.addresses),
        ports=_elements(
            (f"{passage.address} . {passage.port}", passage.to)
            for passage in passages
            if not passage.user
        ),
        uses=_elements(
            (
                f"{passage.user[1]} . {passage.address} . {passage.port}",
                f"{passage.user[0]} to {passage.to}",
            )
            for passage in passages
            if passage.user
        ),
        senders="".join(map(_sender, cards)),
        jumps=_jumps(cards),
        services=_services(environment),
        dns=", ".join(map(str, dict.fromkeys(servers))),
    )


def _elements(found: Iterable[tuple[str, str]]) -> str:
    """Write a set's elements, one a line, with whom each is about; nft knows no empty list."""
    written = _lines(found, "\t\t\t")
    return f"\n\t\telements = {{{written}\n\t\t}}" if written else ""


def _lines(found: Iterable[tuple[str, str]], indent: str) -> str:
    return "".join(
        f"\n{indent}{element},{f'  # {about}' if about else ''}"
        for element, about in dict(found).items()
    )


def _chain(card: Card) -> str:
    return f"from-{card.name}"


def _sender(card: Card) -> str:
    asks = [(f"{m} . {m} . {who}", "") for m, a in card.addresses.items() for who in (a, NOBODY)]
    sends = [(f"{mac} . {address}", "") for mac, address in card.addresses.items()]
    return SENDER.substitute(
        guest=card.guest,
        chain=_chain(card),
        resolving=_lines(asks, "\t\t\t"),
        sending=_lines(sends, "\t\t\t"),
    )


def _jumps(cards: Sequence[Card]) -> str:
    to = [(f'"{card.name}.*" : goto {_chain(card)}', card.guest) for card in cards]
    written = _lines(to, "\t\t\t")
    return f"\n\t\tiifname vmap {{{written}\n\t\t}}" if written else ""


def _services(environment: Environment) -> str:
    """Write what guests need of the server itself, where the environment says that they do."""
    server = environment.network.address
    lines = []
    names = {*environment.network.dns, *(a for domu in environment.domus for a in domu.dns)}
    if server.ip in names:
        lines += [f"ip daddr {server.ip} {over} dport 53 accept" for over in ("udp", "tcp")]
    if server.ip in {domu.gateway for domu in environment.domus}:
        lines.append(f"ip daddr != {server.network} accept")
    return "".join(f"\n\t\t{line}" for line in lines)
