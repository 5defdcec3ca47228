"""A domU: described as listing 4.4 says, marked as ours; another's of the same name is refused."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as xml

import pytest

from deployments.model import DomU, Environment
from errors import EposVirtError
from tasks.domu.domu import domu_xml, plan_domain, refuse_foreign
from tasks.guest.description import (
    add_disk,
    domain_uuid,
    guest_xml,
    mac_of,
    mark_in,
    mark_of,
    marked,
)
from tasks.server.volume import LogicalVolume

HERE = Path(__file__).parent
CANARY = '"/><disk><source dev="/dev/sda"/></disk><x a="'


@pytest.fixture
def domu(environment: Environment) -> DomU:
    # With listing 4.4's two vCPUs; the lab's own environment gives it one.
    return environment.domu("centos7-VM").model_copy(update={"vcpus": 2})


@pytest.fixture
def description(environment: Environment, domu: DomU) -> str:
    return domu_xml(environment, domu)


def pretty(text: str) -> str:
    tree = xml.fromstring(text)
    xml.indent(tree)
    return xml.tostring(tree, encoding="unicode") + "\n"


def test_a_domu_is_described_as_in_listing_4_4(description: str) -> None:
    shown = re.sub(r'key="[0-9a-f]{16}"', 'key="KEY"', pretty(description))
    shown = re.sub(r"<uuid>[0-9a-f-]{36}</uuid>", "<uuid>UUID</uuid>", shown)
    assert shown == (HERE / "listing_4_4.xml").read_text()


def test_a_domu_is_described_the_same_every_time(
    environment: Environment, domu: DomU, description: str
) -> None:
    assert domu_xml(environment, domu) == description


@pytest.mark.parametrize(
    "other",
    [
        {"memory": 768 * 2**20},
        {"vcpus": 1},
        {"volume": "home"},
        {"on_crash": "preserve"},
    ],
)
def test_the_key_of_the_mark_tells_every_difference(
    environment: Environment, domu: DomU, description: str, other: dict[str, Any]
) -> None:
    changed = domu_xml(environment, domu.model_copy(update=other))
    assert mark_in(changed)["key"] != mark_in(description)["key"]


def test_a_mac_is_xens_prefix_and_the_end_of_the_address() -> None:
    assert mac_of(IPv4Address("10.0.7.200")) == "00:16:3e:00:07:c8"
    assert mac_of(IPv4Address("192.168.255.1")) == "00:16:3e:a8:ff:01"


def test_a_guest_keeps_its_uuid_in_its_environment_only() -> None:
    first = domain_uuid("lab", "centos7-VM")
    assert uuid.UUID(first)
    assert domain_uuid("lab", "centos7-VM") == first
    assert domain_uuid("other", "centos7-VM") != first
    assert domain_uuid("lab", "indexGD") != first


def test_names_stay_text_in_the_description(environment: Environment, domu: DomU) -> None:
    storage = environment.storage.model_copy(update={"group": CANARY})
    network = environment.network.model_copy(update={"bridge": CANARY})
    evil = environment.model_copy(update={"name": CANARY, "storage": storage, "network": network})
    # The model refuses such names; the description must not depend on that.
    tree = xml.fromstring(domu_xml(evil, domu.model_copy(update={"name": CANARY})))
    assert tree.findtext("name") == CANARY
    assert len(tree.findall(".//disk")) == 1
    disk, source = tree.find(".//disk/source"), tree.find(".//interface/source")
    assert disk is not None
    assert source is not None
    assert disk.get("dev") == f"/dev/{CANARY}/vmCentOS1"
    assert source.get("bridge") == CANARY
    assert mark_in(xml.tostring(tree, encoding="unicode"))["environment"] == CANARY


def test_a_disk_is_read_only_where_it_should_be(environment: Environment) -> None:
    domain = guest_xml(
        environment, "guest", memory=2**26, vcpus=1, address=IPv4Address("10.0.7.210")
    )
    add_disk(domain, "/dev/epos/archive", "xvdb", read_only=True)
    add_disk(domain, "/dev/epos/data", "xvdc")
    first, second = domain.findall(".//disk")
    assert first.find("readonly") is not None
    assert second.find("readonly") is None


class Domain:
    """A domain whose description libvirt gives back with its own additions."""

    def __init__(self, description: str) -> None:
        tree = xml.fromstring(description)
        tree.set("id", "14")
        devices = tree.find("devices")
        assert devices is not None
        xml.SubElement(devices, "input", type="mouse", bus="xen")
        xml.register_namespace("other", "urn:another:1")
        metadata = tree.find("metadata")
        if metadata is None:
            metadata = xml.SubElement(tree, "metadata")
        xml.SubElement(metadata, "{urn:another:1}note", environment="another", key="k")
        self.description = xml.tostring(tree, encoding="unicode")

    def XMLDesc(self) -> str:
        return self.description


def test_the_mark_survives_libvirt(description: str) -> None:
    domain: Any = Domain(description)
    assert mark_of(domain) == mark_in(description)
    assert mark_of(domain)["environment"] == "lab"


def test_a_domain_without_our_mark_has_none() -> None:
    domain: Any = Domain("<domain><name>other</name><devices/></domain>")
    assert mark_of(domain) == {}


def test_our_mark_is_not_part_of_its_own_key(environment: Environment) -> None:
    def keys(name: str) -> str:
        domain = xml.Element("domain")
        return mark_in(marked(domain, name))["key"]

    assert keys("lab") == keys("another")


@pytest.mark.parametrize(
    ("mark", "running", "autostart", "verbs"),
    [
        (None, False, False, ["define", "autostart", "start"]),
        ("same", True, True, []),
        ("same", False, True, ["start"]),
        ("same", True, False, ["autostart"]),
        ("same", False, False, ["autostart", "start"]),
        ("older", True, True, ["define"]),
        ("older", False, True, ["define", "start"]),
    ],
)
def test_only_what_differs_is_done(
    domu: DomU,
    description: str,
    mark: str | None,
    running: bool,
    autostart: bool,
    verbs: list[str],
) -> None:
    same = mark_in(description)
    have = {None: None, "same": same, "older": same | {"key": "0"}}[mark]
    assert plan_domain(have, running, autostart, description, domu) == verbs


def test_a_domu_that_should_not_start_with_the_server_is_not_told_to(
    domu: DomU, description: str
) -> None:
    quiet = domu.model_copy(update={"autostart": False})
    assert plan_domain(None, False, False, description, quiet) == ["define", "start"]
    assert plan_domain(mark_in(description), True, True, description, quiet) == ["autostart"]


@pytest.mark.parametrize("mark", [{}, {"environment": "another", "key": "0"}])
def test_a_domain_of_somebody_else_is_refused(
    domu: DomU, description: str, mark: dict[str, str]
) -> None:
    with pytest.raises(EposVirtError, match="centos7-VM is already there") as error:
        plan_domain(mark, True, True, description, domu)
    assert not error.value.transient


def test_a_volume_with_a_foreign_file_system_is_never_written(
    canned: Callable[..., Any],
) -> None:
    volume = LogicalVolume("vmCentOS1", 2**32, frozenset({"epos-virt"}))
    begun = LogicalVolume("vmCentOS1", 2**32, frozenset({"epos-virt", "epos-virt.writing=vm"}))
    with pytest.raises(EposVirtError, match="already holds a file system") as error:
        refuse_foreign(canned({"blkid": "xfs\n"}), "epos", volume)
    assert error.value.seen == "xfs"
    refuse_foreign(canned({"blkid": "ext4\n"}), "epos", begun)
    refuse_foreign(canned({"blkid": (2, "")}), "epos", volume)
