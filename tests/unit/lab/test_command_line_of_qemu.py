"""QEMU is started in the thesis' shape, with nothing but loopback open."""

import itertools
import json
import re
import shlex
import socket
from pathlib import Path

from lab.folders import MachineFolder
from lab.qemu import Disk, Machine, choose_port, command_line


def machine(
    folder: str = "/state/lab/labs/one", *, snapshot: str = "", mirrors: tuple[str, ...] = ()
) -> Machine:
    where = MachineFolder(Path(folder))
    return Machine(
        folder=where,
        disks=(
            Disk(name="root", path=where.root_disk),
            Disk(name="data", path=where.data_disk),
        ),
        disc=Path("/state/boot.iso"),
        port=2222,
        accelerator="tcg",
        snapshot=snapshot,
        mirrors=mirrors,
    )


def option(command: list[str], name: str) -> list[str]:
    return [value for flag, value in itertools.pairwise(command) if flag == name]


def test_only_ssh_is_forwarded_and_only_from_loopback() -> None:
    (network,) = option(command_line(machine()), "-netdev")
    assert network.count("hostfwd") == 1
    assert "hostfwd=tcp:127.0.0.1:2222-10.0.7.100:22" in network
    assert "net=10.0.7.0/24,host=10.0.7.1," in network


def test_what_the_lab_sends_out_reaches_its_door_to_the_mirrors_and_nothing_else() -> None:
    (network,) = option(command_line(machine("/a,b", mirrors=("http://a/b",))), "-netdev")
    assert "restrict=on,ipv6=off," in network
    assert network.count("guestfwd") == 1
    (door,) = re.findall("guestfwd=tcp:10.0.7.3:3128-cmd:(.*),hostfwd", network)
    assert shlex.split(door)[1:3] == ["-I", "-S"]
    assert shlex.split(door)[-2:] == ["/a,,b/door.lock", "http://a/b"]


def test_control_is_a_socket_in_the_folder_and_nothing_listens_for_others() -> None:
    command = command_line(machine())
    assert option(command, "-qmp") == ["unix:qmp.sock,server=on,wait=off"]
    assert not {"-vnc", "-monitor", "-gdb", "-s", "-spice"} & set(command)


def test_the_card_is_behind_the_third_root_port_which_names_it_enp3s0() -> None:
    devices = option(command_line(machine()), "-device")
    ports = [device for device in devices if device.startswith("pcie-root-port")]
    assert [port.split("id=")[1] for port in ports] == [
        "p1,chassis=1",
        "p2,chassis=2",
        "p3,chassis=3",
    ]
    assert any(d.startswith("virtio-net-pci") and "bus=p3" in d for d in devices)


def test_emulation_hides_the_vendor_that_libvirt_refuses() -> None:
    command = command_line(machine())
    assert option(command, "-cpu") == ["max,vendor=GenuineIntel,rdtscp=off"]
    assert option(command, "-accel") == ["tcg,thread=multi"]
    assert option(command, "-m") == ["4096"]
    assert option(command, "-smp") == ["2"]


def test_disks_keep_their_order_and_never_ignore_a_sync() -> None:
    devices = [json.loads(text) for text in option(command_line(machine()), "-blockdev")]
    assert [device["node-name"] for device in devices] == ["root", "data", "disc"]
    assert all(device.get("cache", {}).get("no-flush") is not True for device in devices)
    assert devices[2]["read-only"] is True


def test_a_reboot_in_the_server_reboots_it() -> None:
    assert "-no-reboot" not in command_line(machine())


def test_a_snapshot_is_continued_only_where_one_is_named() -> None:
    assert "-loadvm" not in command_line(machine())
    assert command_line(machine(snapshot="xen"))[-2:] == ["-loadvm", "xen"]


def test_a_comma_in_the_folder_separates_no_options() -> None:
    (console,) = [c for c in option(command_line(machine("/a,b")), "-chardev") if "file" in c]
    assert console == "file,id=console,path=/a,,b/console.log"


def test_the_port_of_before_is_kept_while_it_is_free() -> None:
    free = choose_port(0)
    assert choose_port(free) == free


def test_a_port_in_use_gives_way_to_a_free_one() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert choose_port(port) != port
