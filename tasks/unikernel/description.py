"""A unikernel's guest, as libvirt takes it."""

from __future__ import annotations

from xml.etree import ElementTree as xml

from deployments.model import Application, Environment
from tasks.application import SECRETS, described, source_folder, variables
from tasks.guest.description import add_disk, add_file_disk, guest_xml, marked
from tasks.unikernel.image import carried
from tasks.unikernel.sources import from_container
from toolchains import GuestSettings, GuestVolume, Image, toolchain

DEFAULT_MEMORY = 64 * 2**20  # bytes, where app.yaml does not say
IMAGE_NEEDS = 64 * 2**20  # bytes: kernel, caches, and what a container's image writes, in memory
DISKS = "bcdefgh"
# Machine and operating system, in libvirt's words.
OS_TYPES = {"pv": ("xenpv", "linux"), "pvh": ("xenpvh", "xenpvh")}


def archive_volume(environment: Environment, application: Application) -> str | None:
    """Give the logical volume of the archive, where the application has it attached."""
    archive = environment.archive
    if archive and archive.volume in application.volumes.values():
        return archive.volume
    return None


def memory_of(environment: Environment, application: Application) -> int:
    """Give a guest's memory, bytes: the environment's, or enough for what it says it needs."""
    if application.memory:
        return application.memory
    needed = described(environment, application).memory or DEFAULT_MEMORY
    image = from_container(source_folder(environment, application))
    return needed + IMAGE_NEEDS if image else needed


def unikernel_xml(
    environment: Environment,
    application: Application,
    image: Image,
    content: str,
    secret_disk: str = "",
) -> str:
    """Describe the guest of a unikernel as libvirt takes it, with our mark.

    Args:
        environment: the whole environment.
        application: the application.
        image: its image.
        content: key of what is on its read-only volumes.
        secret_disk: file on the server with its secrets; empty for none.
    """
    says = described(environment, application)
    domain = guest_xml(
        environment,
        application.name,
        memory=memory_of(environment, application),
        vcpus=application.vcpus or 1,
        address=application.address,
    )
    card = domain.find("devices/interface")
    assert card is not None
    # For Xen's hotplug program, which tells it to a guest that is restored.
    xml.SubElement(card, "ip", address=str(application.address), family="ipv4")
    kernel, root = carried(image)
    os = xml.SubElement(domain, "os")
    machine, kind = OS_TYPES[application.type or "pv"]
    xml.SubElement(os, "type", arch="x86_64", machine=machine).text = kind
    xml.SubElement(os, "kernel").text = kernel
    letters = iter(DISKS if image.root_kind == "initramfs" else "a" + DISKS)
    if image.root_kind == "initramfs":
        xml.SubElement(os, "initrd").text = root
    else:
        add_file_disk(domain, root, f"xvd{next(letters)}")
    volumes = []
    for name, mount in says.volumes.items():
        target = f"xvd{next(letters)}"
        volume = application.volumes[name]
        device = f"/dev/{environment.storage.group}/{volume}"
        add_disk(domain, device, target, read_only=mount.read_only)
        volumes.append(
            GuestVolume(device=f"/dev/{target}", mount_point=mount.path, read_only=mount.read_only)
        )
    if secret_disk:
        target = f"xvd{next(letters)}"
        add_file_disk(domain, secret_disk, target)
        device = f"/dev/{target}"
        volumes.append(GuestVolume(device=device, mount_point=SECRETS, read_only=True))
    settings = GuestSettings(
        address=f"{application.address}/{environment.network.address.network.prefixlen}",
        gateway=str(environment.network.gateway),
        environment=variables(environment, application),
        nameservers=tuple(map(str, environment.network.dns)),
        volumes=tuple(volumes),
        watch=True,  # when it listens is a part of its start
    )
    line = toolchain(str(application.toolchain)).command_line(image, settings)
    xml.SubElement(os, "cmdline").text = line
    xml.SubElement(domain, "description").text = f"content {content}"
    for event in ("on_poweroff", "on_reboot", "on_crash"):
        xml.SubElement(domain, event).text = "destroy"
    return marked(domain, environment.name)
