"""What the lab's server is: its shape, and all that its base images are made of."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field

from lab.preparation import Preparation

MEMORY_MB = 4096  # the thesis' server, table 4.1
CPUS = 2
ADDRESS = "10.0.7.100"
NETWORK = "10.0.7.0/24"
GATEWAY = "10.0.7.1"
BROADCAST = "10.0.7.255"
DNS = "10.0.7.3"
# Where the lab's one way out is, a proxy to package mirrors. It is the address of the name server
# that nobody in the lab has, because the server's bridge knows the card's way to that one.
DOOR_PORT = 3128
DOOR_FILE = "/etc/apt/apt.conf.d/90epos-virt-lab"
DOOR_SETTINGS = (
    f'Acquire::http::Proxy "http://{DNS}:{DOOR_PORT}";\n'
    f'Acquire::https::Proxy "http://{DNS}:{DOOR_PORT}";\n'
    # The service records of a mirror's name: asking for them waits for a name server.
    'Acquire::EnableSrvRecords "false";\n'
)
INTERFACE = "enp3s0"
DATA_DEVICE = "/dev/vdb"
ROOT_LABEL = "epos-lab-server"  # of no other disk: a volume with it might be booted instead
USER = "root"

# Both are sparse. Xen, libvirt and the images of nine applications need about 6 GiB of root.
ROOT_GIB = 16
# The thesis' volume group (table 4.2) takes 51 GiB.
DATA_GIB = 64


def qemu_mac(address: str) -> str:
    """Return the hardware address that QEMU's user network answers ARP with (slirp, arp.c)."""
    return "52:55:" + ":".join(f"{int(part):02x}" for part in address.split("."))


_KERNEL_OPTIONS = (
    # The last console that exists becomes /dev/console: ttyS0 without Xen, hvc0 in a dom0.
    "console=ttyS0,115200 console=hvc0 "
    # Emulated, and every guest in it is ours: the mitigations cost a third of the speed.
    "mitigations=off"
)

_FILES = {
    "etc/hostname": "epos-server\n",
    "etc/hosts": f"127.0.0.1 localhost\n{ADDRESS} epos-server\n",
    "etc/resolv.conf": f"nameserver {DNS}\n",
    "etc/fstab": f"LABEL={ROOT_LABEL} / ext4 errors=remount-ro 0 1\n",
    "etc/network/interfaces": (
        "source /etc/network/interfaces.d/*\n\n"
        "auto lo\niface lo inet loopback\n\n"
        f"allow-hotplug {INTERFACE}\n"
        f"iface {INTERFACE} inet static\n"
        f"    address {ADDRESS}/24\n"
        f"    gateway {GATEWAY}\n"
        f"    dns-nameservers {DNS}\n"
    ),
    # Debian's own file, but for the serial console and a shorter wait. GRUB_DISTRIBUTOR has to
    # stay: without it Xen's default entry matches none and the server boots without Xen.
    "etc/default/grub": (
        "GRUB_DEFAULT=0\n"
        "GRUB_TIMEOUT=1\n"
        "GRUB_DISTRIBUTOR=`( . /etc/os-release && echo ${NAME} )`\n"
        'GRUB_CMDLINE_LINUX_DEFAULT=""\n'
        f'GRUB_CMDLINE_LINUX="{_KERNEL_OPTIONS}"\n'
        "GRUB_DISABLE_OS_PROBER=true\n"
        'GRUB_TERMINAL="serial"\n'
        'GRUB_SERIAL_COMMAND="serial --unit=0 --speed=115200"\n'
    ),
    # QEMU's user network takes every frame that reaches it for its own, whoever it is addressed
    # to, and asks the world outside: a guest that is gone or long silent was then answered for
    # by strangers. So the bridge sends to the card only what is for QEMU's own two addresses.
    "etc/network/if-up.d/epos-lan": (
        "#!/bin/sh\n"
        f"[ -e /sys/class/net/{INTERFACE}/brport ] || exit 0\n"
        f"bridge link set dev {INTERFACE} flood off\n"
        + "".join(
            f"bridge fdb replace {qemu_mac(address)} dev {INTERFACE} master static\n"
            for address in (GATEWAY, DNS)
        )
    ),
    # The modules of the lab's own disks only: 38 MB less to unpack at every emulated boot.
    "etc/initramfs-tools/conf.d/lab": "MODULES=list\n",
    "etc/initramfs-tools/modules": "virtio_pci\nvirtio_blk\next4\n",
    "etc/ssh/sshd_config.d/lab.conf": (
        "PermitRootLogin prohibit-password\n"
        "PasswordAuthentication no\n"
        "HostKey /etc/ssh/ssh_host_ed25519_key\n"
        "AllowAgentForwarding no\n"
        "X11Forwarding no\n"
        # All clients have the gateway's address here: one that is dropped would bar the others.
        "PerSourcePenalties no\n"
        # A session of systemd-logind for every login costs an emulated processor four seconds.
        "UsePAM no\n"
    ),
}

# What the server boots by until its own update-grub writes another: when Xen is installed, as
# Debian's packages do, or whenever somebody runs it.
_FIRST_GRUB_CFG = (
    "set default=0\n"
    "set timeout=1\n"
    "menuentry 'Debian GNU/Linux' {{\n"
    f"    linux /boot/{{kernel}} root=LABEL={ROOT_LABEL} ro {_KERNEL_OPTIONS}\n"
    "    initrd /boot/{initrd}\n"
    "}}\n"
)

# The same where Xen is there from the start. GRUB reads the module for .gz only when it is told.
_FIRST_XEN_CFG = (
    "set default=xen\n"
    "set timeout=1\n"
    "insmod gzio\n"
    "menuentry 'Debian GNU/Linux, with Xen' --id xen {{\n"
    "    multiboot2 /boot/{xen} placeholder {xen_options}\n"
    f"    module2 /boot/{{kernel}} placeholder root=LABEL={ROOT_LABEL} ro"
    " {kernel_options}\n"
    "    module2 --nounzip /boot/{initrd}\n"
    "}}\n"
)

# Host preparation in the server changes GRUB's configuration and reboots into Xen, so the disc
# holds no menu of its own: it reads the server's.
_DISC_GRUB_CFG = (
    "serial --unit=0 --speed=115200\n"
    "terminal_input serial\n"
    "terminal_output serial\n"
    f"search --no-floppy --label {ROOT_LABEL} --set=root\n"
    "configfile /boot/grub/grub.cfg\n"
)


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """All that the base images are made of; two equal recipes give equal servers.

    Args:
        sources: apt's source lines; empty means mmdebstrap's own default.
        preparation: what it has beside, from the start.
        version: raised by hand where the code builds something else from the same data.
    """

    sources: tuple[str, ...]
    preparation: Preparation = field(default_factory=Preparation)
    suite: str = "trixie"
    packages: tuple[str, ...] = (
        "systemd-sysv",
        "udev",
        "openssh-server",
        "linux-image-amd64",
        "initramfs-tools",
        "zstd",
        "lvm2",
        "ifupdown",
        "grub2-common",
        "grub-pc-bin",
        "ca-certificates",
        # Every Debian server has these two; unpacked here, not by an emulated processor.
        "dbus",
        "python3",
    )
    files: tuple[tuple[str, str], ...] = tuple(_FILES.items())
    masked_units: tuple[str, ...] = (
        # They wake up after every boot and restore, hold dpkg's lock and take the one vCPU.
        "apt-daily.timer",
        "apt-daily-upgrade.timer",
        "e2scrub_all.timer",
        "e2scrub_reap.service",
        # Consoles on a screen that is not there, and a mark for a GRUB menu nobody sees.
        "getty-static.service",
        "grub-common.service",
    )
    first_grub_cfg: str = _FIRST_GRUB_CFG
    first_xen_cfg: str = _FIRST_XEN_CFG
    disc_grub_cfg: str = _DISC_GRUB_CFG
    root_gib: int = ROOT_GIB
    version: int = 1

    def key(self) -> str:
        """Return what the base images are filed under: the start of the recipe's sha256."""
        text = json.dumps(asdict(self), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]
