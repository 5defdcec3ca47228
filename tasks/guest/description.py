"""A guest as libvirt takes it: its description, and our mark in it."""

from __future__ import annotations

import uuid
from ipaddress import IPv4Address
from typing import TYPE_CHECKING
from xml.etree import ElementTree as xml

from deployments.model import Environment
from tasks.content import key_of
from tasks.server.hotplug import VIF_SCRIPT
from tasks.temporary import ATTRIBUTE

if TYPE_CHECKING:
    import libvirt

NAMESPACE = "urn:epos-virt:1"  # of our mark in libvirt's metadata


def mac_of(address: IPv4Address) -> str:
    """Give the fixed MAC address of a guest: Xen's prefix and the last three bytes of its IP."""
    return "00:16:3e:" + ":".join(f"{byte:02x}" for byte in address.packed[1:])


def card_name(address: IPv4Address) -> str:
    """Name a guest's card on the server, but for the dot and the number that Xen gave the guest.

    The hotplug program names it so, by the hardware address that `mac_of` gives.
    """
    return "vif" + address.packed[1:].hex()


def domain_uuid(environment: str, name: str) -> str:
    """Give the same UUID for the same guest of the same environment, always."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{NAMESPACE}:{environment}:{name}"))


def guest_xml(
    environment: Environment, name: str, *, memory: int, vcpus: int, address: IPv4Address
) -> xml.Element:
    """Describe what all guests have: a PV domain on the bridge with a console; memory in bytes."""
    domain = xml.Element("domain", type="xen")
    xml.SubElement(domain, "name").text = name
    xml.SubElement(domain, "uuid").text = domain_uuid(environment.name, name)
    xml.SubElement(domain, "memory", unit="KiB").text = str(memory // 1024)
    xml.SubElement(domain, "vcpu").text = str(vcpus)
    devices = xml.SubElement(domain, "devices")
    interface = xml.SubElement(devices, "interface", type="bridge")
    xml.SubElement(interface, "mac", address=mac_of(address))
    xml.SubElement(interface, "source", bridge=environment.network.bridge)
    xml.SubElement(interface, "script", path=VIF_SCRIPT)
    console = xml.SubElement(devices, "console", type="pty")
    xml.SubElement(console, "target", type="xen", port="0")
    return domain


def add_disk(domain: xml.Element, device: str, target: str, *, read_only: bool = False) -> None:
    """Attach a block device of the server to a guest."""
    devices = domain.find("devices")
    assert devices is not None
    disk = xml.SubElement(devices, "disk", type="block", device="disk")
    xml.SubElement(disk, "driver", name="phy")
    xml.SubElement(disk, "source", dev=device)
    xml.SubElement(disk, "target", dev=target, bus="xen")
    if read_only:
        xml.SubElement(disk, "readonly")


def add_file_disk(domain: xml.Element, path: str, target: str) -> None:
    """Attach a file of the server to a guest as a read-only block device."""
    devices = domain.find("devices")
    assert devices is not None
    disk = xml.SubElement(devices, "disk", type="file", device="disk")
    xml.SubElement(disk, "driver", name="phy")
    xml.SubElement(disk, "source", file=path)
    xml.SubElement(disk, "target", dev=target, bus="xen")
    xml.SubElement(disk, "readonly")


def marked(domain: xml.Element, environment: str, **more: str) -> str:
    """Give the description as text, with our mark: the key of all the rest in it, and `more`."""
    key = key_of(xml.tostring(domain, encoding="unicode"))
    xml.register_namespace("epos", NAMESPACE)
    metadata = xml.SubElement(domain, "metadata")
    mark = {"environment": environment, "key": key, **more}
    xml.SubElement(metadata, f"{{{NAMESPACE}}}guest", mark)
    return xml.tostring(domain, encoding="unicode")


def is_running(hypervisor: libvirt.virConnect, name: str) -> bool:
    """Tell whether there is such a guest, and it runs."""
    domain = read_domain(hypervisor, name)
    return domain is not None and bool(domain.isActive())


def mark_of(domain: libvirt.virDomain) -> dict[str, str]:
    """Read our mark: environment and key; empty where the domain is not ours."""
    return mark_in(domain.XMLDesc())


def mark_in(description: str) -> dict[str, str]:
    """Read the mark in a description; empty where there is none."""
    found = mark_element(xml.fromstring(description))
    return dict(found.attrib) if found is not None else {}


def mark_element(domain: xml.Element) -> xml.Element | None:
    """Find our mark in a description."""
    return domain.find(f"metadata/{{{NAMESPACE}}}guest")


def mark_temporary(description: xml.Element, run: str) -> None:
    """Mark a guest's description, which has our mark, as temporary."""
    mark = mark_element(description)
    assert mark is not None
    mark.set(ATTRIBUTE, run)


def read_domain(hypervisor: libvirt.virConnect, name: str) -> libvirt.virDomain | None:
    """Look a domain up by its exact name."""
    import libvirt

    try:
        return hypervisor.lookupByName(name)
    except libvirt.libvirtError as error:
        if error.get_error_code() == libvirt.VIR_ERR_NO_DOMAIN:
            return None
        raise
