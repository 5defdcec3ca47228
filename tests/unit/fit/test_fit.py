"""The fit check's decisions: what is in the way of a guest, and how much it needs."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree as xml

import pytest

from errors import EposVirtError
from tasks.domu import add_disk
from tasks.fit import memory_problems, refuse_misfit, volume_problems

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


def hypervisor(*guests: xml.Element) -> Any:
    def domain(one: xml.Element) -> Any:
        return SimpleNamespace(
            name=lambda: one.findtext("name"), XMLDesc=lambda: xml.tostring(one, encoding="unicode")
        )

    return SimpleNamespace(listAllDomains=lambda _flags: [domain(one) for one in guests])


@pytest.mark.parametrize(
    ("other_reads", "we_read", "free"),
    [(True, True, True), (False, True, False), (True, False, False)],
)
def test_a_volume_is_shared_by_readers_only(other_reads: bool, we_read: bool, free: bool) -> None:
    other = hypervisor(guest("another", read_only=other_reads))
    assert (volume_problems(other, guest("ours", read_only=we_read)) == []) is free


def test_the_guest_itself_is_not_in_its_own_way() -> None:
    ours = guest("ours", read_only=False)
    assert volume_problems(hypervisor(ours), ours) == []


def test_all_that_is_in_the_way_is_in_one_error() -> None:
    refuse_misfit("indexGD", [])
    with pytest.raises(EposVirtError, match="indexGD does not fit") as error:
        refuse_misfit("indexGD", ["memory: a", "volume: b"])
    assert "memory: a" in error.value.seen
    assert "volume: b" in error.value.seen
