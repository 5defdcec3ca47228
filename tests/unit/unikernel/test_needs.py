"""The fit check's decisions: what is in the way of a guest, and how much it needs."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import IPv4Address
from typing import Any
from xml.etree import ElementTree as xml

import pytest

from errors import EposVirtError
from tasks.guest.description import add_disk, mac_of
from tasks.unikernel.needs import address_problems, memory_problems, refuse_misfit, volume_problems

MIB = 2**20


def test_memory_that_does_is_no_problem() -> None:
    assert memory_problems(64 * MIB, 40 * MIB, 2000 * MIB) == []
    assert memory_problems(64 * MIB, None, 2000 * MIB) == []


def test_too_little_memory_says_how_much_is_needed() -> None:
    [problem] = memory_problems(44 * MIB, 43 * MIB, 2000 * MIB)
    assert "has 44 MiB" in problem
    assert "48 MiB" in problem  # 43 and a tenth more


def test_a_full_hypervisor_says_how_much_is_left() -> None:
    [problem] = memory_problems(64 * MIB, None, 30 * MIB)
    assert "needs 68 MiB" in problem
    assert "30 MiB left" in problem


def guest(name: str, *, read_only: bool) -> xml.Element:
    domain = xml.fromstring(f"<domain><name>{name}</name><devices/></domain>")
    add_disk(domain, "/dev/epos/archive", "xvdb", read_only=read_only)
    return domain


@pytest.mark.parametrize(
    ("other_reads", "we_read", "free"),
    [(True, True, True), (False, True, False), (True, False, False)],
)
def test_a_volume_is_shared_by_readers_only(other_reads: bool, we_read: bool, free: bool) -> None:
    running = {"another": guest("another", read_only=other_reads)}
    assert (volume_problems(guest("ours", read_only=we_read), running) == []) is free


def test_the_guest_itself_is_not_in_its_own_way() -> None:
    ours = guest("ours", read_only=False)
    assert volume_problems(ours, {"ours": ours}) == []


ADDRESS = IPv4Address("10.0.7.220")


@pytest.mark.parametrize(
    ("answers", "running", "taken_by"),
    [
        ("", "", ""),
        ("00:16:3e:00:07:dc", "ours", ""),
        ("00:16:3e:00:07:dc", "thief", "thief"),
        ("52:54:00:12:34:56", "", "52:54:00:12:34:56"),
    ],
)
def test_an_address_is_taken_by_who_answers_or_by_a_guest_with_its_card(
    canned: Callable[..., Any], answers: str, running: str, taken_by: str
) -> None:
    ours, other = guest("ours", read_only=True), guest(running, read_only=True)
    devices = other.find("devices")
    assert devices is not None
    card = xml.SubElement(devices, "interface", type="bridge")
    xml.SubElement(card, "mac", address=mac_of(ADDRESS))
    there = {running: other} if running else {}
    problems = address_problems(canned({"python3": f"{answers}\n"}), ADDRESS, ours, there)
    assert problems == ([f"address: {ADDRESS} is taken by {taken_by}"] if taken_by else [])


def test_all_that_is_in_the_way_is_in_one_error() -> None:
    refuse_misfit("indexGD", [])
    with pytest.raises(EposVirtError, match="indexGD does not fit") as error:
        refuse_misfit("indexGD", ["memory: a", "volume: b"])
    assert "memory: a" in error.value.seen
    assert "volume: b" in error.value.seen
