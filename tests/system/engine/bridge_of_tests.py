"""A server's bridge with guests at it, in network namespaces of this machine's own kernel.

The server is a namespace with the bridge in it; each guest, and the LAN, is another with the other
end of a pair of cards. Nothing of it is seen, or sends, outside of them.
"""

from __future__ import annotations

import ctypes
import os
import socket
import struct
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.needs import program

CLONE_NEWNET = 0x40000000  # linux/sched.h
IP, ARP, VLAN, ANY = 0x0800, 0x0806, 0x8100, 0x0003  # linux/if_ether.h
BROADCAST = "ff:ff:ff:ff:ff:ff"
PATIENCE = 0.4  # seconds until a frame that is let through has come, and one that is not never will
AT_MOST = 10.0  # seconds for what must come, on a busy machine
IP_HEADER = struct.Struct("!BBHHHBBH4s4s")
UDP_HEADER = struct.Struct("!HHHH")
ARP_BODY = struct.Struct("!HHBBH6s4s6s4s")
PREFIX = f"epos-{os.getpid()}-"


def ip(*words: str) -> None:
    """Run iproute2."""
    subprocess.run([program("ip", package="iproute2"), *words], check=True, capture_output=True)


def nft(*words: str, rules: str = "") -> str:
    """Run nft on the server; gives what it prints."""
    command = ["ip", "netns", "exec", f"{PREFIX}server", program("nft", package="nftables"), *words]
    done = subprocess.run(command, input=rules, check=True, capture_output=True, text=True)
    return done.stdout


def make_place(name: str) -> None:
    """Make a namespace with loopback, in which IPv6 sends nothing by itself."""
    ip("netns", "add", f"{PREFIX}{name}")
    with inside(name):
        for which in ("all", "default"):
            Path(f"/proc/sys/net/ipv6/conf/{which}/accept_dad").write_text("0")
    ip("-n", f"{PREFIX}{name}", "link", "set", "lo", "up")


@contextmanager
def bridge() -> Iterator[None]:
    """Make the server with its bridge; all places go when it is left."""
    with ExitStack() as stack:
        stack.callback(remove_places)
        make_place("server")
        server = f"{PREFIX}server"
        ip("-n", server, "link", "add", "xenbr0", "type", "bridge", "forward_delay", "0")
        ip("-n", server, "address", "add", "10.0.7.100/24", "dev", "xenbr0")
        ip("-n", server, "link", "set", "xenbr0", "up")
        yield


def remove_places() -> None:
    """Remove the namespaces of this process, and all that is in them."""
    for path in Path("/run/netns").glob(f"{PREFIX}*"):
        ip("netns", "delete", path.name)


def attach(name: str, card: str, hardware: str, *addresses: str) -> None:
    """Make a place whose card is, on the server, a port of the bridge."""
    make_place(name)
    start(name, card, hardware, *addresses)


def start(name: str, card: str, hardware: str, *addresses: str) -> None:
    """Give a place its card, as a start of a guest does."""
    server, place = f"{PREFIX}server", f"{PREFIX}{name}"
    end = ("peer", "name", "eth0", "address", hardware, "netns", place)
    ip("-n", server, "link", "add", "name", card, "type", "veth", *end)
    ip("-n", server, "link", "set", card, "master", "xenbr0", "up")
    ip("-n", place, "link", "set", "eth0", "up")
    for address in addresses:
        ip("-n", place, "address", "add", f"{address}/24", "dev", "eth0")


def stop(card: str) -> None:
    """Take a guest's card away, as the end of a guest does."""
    ip("-n", f"{PREFIX}server", "link", "delete", card)


def server_cards() -> list[str]:
    """Name the cards of the server."""
    with inside("server"):
        return [name for _, name in socket.if_nameindex()]


def flush() -> None:
    """Have all forget who is where, as frames under wrong names taught them."""
    for path in Path("/run/netns").glob(f"{PREFIX}*"):
        ip("-n", path.name, "neighbour", "flush", "all")
    table = ("fdb", "flush", "dev", "xenbr0", "nopermanent")
    subprocess.run(
        [program("bridge", package="iproute2"), "-n", f"{PREFIX}server", *table], check=True
    )


def attach_container(name: str, domu: str, hardware: str, address: str) -> None:
    """Make a place with a macvlan on the card of a domU, as Docker does."""
    make_place(name)
    place = f"{PREFIX}{name}"
    link = ("name", "m0", "link", "eth0", "address", hardware)
    ip("-n", f"{PREFIX}{domu}", "link", "add", *link, "type", "macvlan", "mode", "bridge")
    ip("-n", f"{PREFIX}{domu}", "link", "set", "m0", "netns", place, "name", "eth0")
    ip("-n", place, "address", "add", f"{address}/24", "dev", "eth0")
    ip("-n", place, "link", "set", "eth0", "up")


@contextmanager
def inside(name: str) -> Iterator[None]:
    """Have this thread's new sockets be those of a place."""
    libc = ctypes.CDLL(None, use_errno=True)
    with open("/proc/thread-self/ns/net") as before, open(f"/run/netns/{PREFIX}{name}") as there:
        for file in (there, before):
            if libc.setns(file.fileno(), CLONE_NEWNET):
                raise OSError(ctypes.get_errno(), f"setns to {file.name}")
            if file is there:
                try:
                    yield
                except BaseException:
                    libc.setns(before.fileno(), CLONE_NEWNET)
                    raise


def listen(name: str, ports: Sequence[int]) -> list[socket.socket]:
    """Listen on all addresses of a place."""
    with inside(name):
        return [socket.create_server(("0.0.0.0", port)) for port in ports]


def connect(name: str, address: str, port: int, timeout: float = AT_MOST) -> socket.socket:
    """Open a TCP connection from a place; raises TimeoutError where nobody answers."""
    with inside(name):
        opened = socket.socket()
    opened.settimeout(timeout)
    try:
        opened.connect((address, port))
    except TimeoutError:
        opened.close()
        raise
    return opened


def reaches(name: str, address: str, port: int, timeout: float = AT_MOST) -> bool:
    """Tell whether a place opens a TCP connection."""
    try:
        connect(name, address, port, timeout).close()
    except TimeoutError:
        return False
    return True


def is_kept_from(name: str, address: str, port: int) -> bool:
    """Tell whether a place opens no TCP connection; what it sends is dropped, not refused."""
    return not reaches(name, address, port, PATIENCE)


@contextmanager
def hearing(name: str, card: str = "eth0") -> Iterator[socket.socket]:
    """Hear every frame that comes to a card of a place, whatever its stack makes of it."""
    with inside(name):
        ear = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ANY))
    with ear:
        ear.bind((card, ANY))
        yield ear


def arrives(ear: socket.socket, frame: bytes, timeout: float = AT_MOST) -> bool:
    """Tell whether a frame is heard; what a card adds at its end is left out.

    The kernel hands a VLAN's tag over apart from the frame.
    """
    ear.settimeout(timeout)
    if frame[12:14] == struct.pack("!H", VLAN):
        frame = frame[:12] + frame[16:]
    try:
        while True:
            if ear.recv(2048)[: len(frame)] == frame:
                return True
    except TimeoutError:
        return False


def stays_away(ear: socket.socket, frame: bytes) -> bool:
    """Tell whether a frame is not heard."""
    return not arrives(ear, frame, PATIENCE)


def send(name: str, frame: bytes) -> None:
    """Send a frame from a place's card as it is."""
    with inside(name), socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as sender:
        sender.bind(("eth0", 0))
        sender.send(frame)


def hardware(text: str) -> bytes:
    """Give a hardware address as on the wire."""
    return bytes.fromhex(text.replace(":", ""))


def frame(source: str, kind: int, body: bytes, to: str = BROADCAST) -> bytes:
    """Make a frame."""
    return hardware(to) + hardware(source) + struct.pack("!H", kind) + body


def datagram(source: str, to: str, *, ports: tuple[int, int] = (9, 9)) -> bytes:
    """Make a UDP packet, with IP's header."""
    inner = UDP_HEADER.pack(*ports, UDP_HEADER.size + 8, 0) + b"datagram"
    ends = socket.inet_aton(source), socket.inet_aton(to)
    length = IP_HEADER.size + len(inner)
    header = IP_HEADER.pack(0x45, 0, length, 0, 0, 64, socket.IPPROTO_UDP, 0, *ends)
    words = struct.unpack("!10H", header)
    total = sum(words)
    check = ~((total & 0xFFFF) + (total >> 16)) & 0xFFFF
    return header[:10] + struct.pack("!H", check) + header[12:] + inner


def says(source: str, address: str, asked: str) -> bytes:
    """Make the body of an ARP answer: `address` is at `source`."""
    of, to = socket.inet_aton(address), socket.inet_aton(asked)
    return ARP_BODY.pack(1, IP, 6, 4, 2, hardware(source), of, hardware(BROADCAST), to)
