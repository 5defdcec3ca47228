"""The names of steps, each written once: for the step itself, and for those that wait for it."""

from __future__ import annotations

ROOM = "room"
PACKAGES = "packages"
HYPERVISOR = "hypervisor"
PACKET_FILTER = "packet-filter"
HOTPLUG = "hotplug"
LEFTOVERS = "leftovers"
UNUSED_IMAGES = "unused-images"
PROOF = "proof"
SUPERSEDED = "superseded"
OLD_COPIES = "old-copies"
COPIES = "copies"
WITHOUT_COPIES = "packet-filter-without-copies"
# Of nights.
PACKAGE_LIST = "package-list"
VERDICT = "verdict"
OLD_NIGHTS = "old-nights"
# Of teardown.
GUESTS = "guests"
HOSTED = "hosted"
FILES = "files"
VOLUMES = "volumes"


def lab(name: str) -> str:
    """Name the step that has a lab run."""
    return f"lab {name}"


def bridge(name: str) -> str:
    """Name the step that makes the guests' bridge."""
    return f"bridge {name}"


def volume_group(group: str) -> str:
    """Name the step that makes a volume group."""
    return f"volume-group {group}"


def volume(group: str, name: str) -> str:
    """Name the step that makes a logical volume."""
    return f"volume {group}/{name}"


def filesystem(group: str, name: str) -> str:
    """Name the step that makes a file system on a logical volume."""
    return f"filesystem {group}/{name}"


def archive(group: str, name: str) -> str:
    """Name the step that fills the archive's volume."""
    return f"archive {group}/{name}"


def root_image(domu: str) -> str:
    """Name the step that builds a domU's root on this machine."""
    return f"root-image {domu}"


def root(domu: str) -> str:
    """Name the step that writes a domU's root to its volume."""
    return f"root {domu}"


def domain(domu: str) -> str:
    """Name the step that has a domU run."""
    return f"domu {domu}"


def image(name: str) -> str:
    """Name the step that builds a container's image, or one that others are built on."""
    return f"image {name}"


def as_described(domu: str) -> str:
    """Name the step that sees whether a domU runs what is described, before copies are made."""
    return f"as-described {domu}"


def transfer(image: str, domu: str) -> str:
    """Name the step that carries an image to a domU's engine."""
    return f"transfer {image} to {domu}"


def container_leftovers(domu: str) -> str:
    """Name the step that removes what killed runs left in a domU's engine."""
    return f"leftovers {domu}"


def superseded(domu: str) -> str:
    """Name the step that removes a domU's containers that are not described any more."""
    return f"superseded {domu}"


def compose(domu: str) -> str:
    """Name the step that has a domU's containers run."""
    return f"compose {domu}"


def service(application: str) -> str:
    """Name the step that has an application run in a virtual machine of its own."""
    return f"vm {application}"


def without_copies(domu: str) -> str:
    """Name the step that has a domU's containers run without copies that were compared."""
    return f"compose-without-copies {domu}"


def unikernel_image(application: str) -> str:
    """Name the step that builds a unikernel's image."""
    return f"unikernel-image {application}"


def unikernel(application: str) -> str:
    """Name the step that has a unikernel run."""
    return f"unikernel {application}"


def measure(subject: str) -> str:
    """Name the step that measures something."""
    return f"measure {subject}"
