"""The service of an application in its domU, as systemd takes it; pure."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tasks.application import SECRETS
from tasks.container.saved_image import EntryPoint

FOLDER = "/srv/epos"  # in the domU: roots, secrets, volumes, each below it
SECRETS_FOLDER = f"{FOLDER}/secrets"
HEADER = "# Written by epos-virt from the environment; the next deployment overwrites it.\n"


@dataclass(frozen=True)
class Mounted:
    """A volume as the application has it.

    Args:
        folder: where it is in the domU.
        path: where it is in the application's root.
        read_only: whether writes are refused.
        device: what is mounted there; empty for a folder of the domU's own disk.
        filesystem: what is on that device.
    """

    folder: str
    path: str
    read_only: bool
    device: str = ""
    filesystem: str = ""


def root_folder(key: str) -> str:
    """Give the folder of an application's root in its domU."""
    return f"{FOLDER}/root-{key}"


def unit_text(
    name: str,
    root: str,
    started: EntryPoint,
    variables: Mapping[str, str],
    volumes: Sequence[Mounted],
    secrets: Sequence[str],
    seals: Mapping[str, str],
    writable: Sequence[str],
    memory: int | None,
    vcpus: int | None,
) -> str:
    """Describe the service: the program in its own root, as its own user, without privileges.

    Args:
        name: of the application.
        root: folder of its root file system.
        started: how the program is started.
        variables: what the environment tells it; they win over the image's.
        volumes: what is mounted into its root.
        secrets: names of those it reads.
        seals: hashes of what it is given besides, by what that is: with others it starts anew.
        writable: folders in memory.
        memory: most bytes it may use; None for no limit.
        vcpus: most processors it may use; None for no limit.
    """
    environment = {**started.environment, **variables}
    lines = [
        "[Unit]",
        f"Description={name}",
        "After=network-online.target",
        "Wants=network-online.target",
        "StartLimitIntervalSec=0",
        "",
        "[Service]",
        "Type=exec",
        f"ExecStart={' '.join(_quoted(word, command=True) for word in started.command)}",
        f"RootDirectory={root}",
        "RootDirectoryStartOnly=yes",
        "MountAPIVFS=yes",
        f"WorkingDirectory={started.directory}",
        f"User={started.user}",
        f"Group={started.group}",
        f"KillSignal={started.stop_signal}",
        "Restart=always",
        "RestartSec=1",
        "RestartSteps=8",
        "RestartMaxDelaySec=60",
        "NoNewPrivileges=yes",
        "CapabilityBoundingSet=",
        "AmbientCapabilities=",
        "LimitNOFILE=65536",
        *(f"Environment={_quoted(f'{key}={value}')}" for key, value in environment.items()),
        *(f"# {what}: {seal}" for what, seal in sorted(seals.items())),
        *(f"BindReadOnlyPaths={SECRETS_FOLDER}/{name}:{SECRETS}/{name}" for name in secrets),
        # A container may listen on port 443 without privileges; its own machine's rule here.
        "ExecStartPre=+/usr/sbin/sysctl -qw net.ipv4.ip_unprivileged_port_start=0",
    ]
    for volume in volumes:
        lines += _volume(volume, root)
    lines += [
        f"TemporaryFileSystem={folder}:mode=1777,size=32m,nosuid,nodev" for folder in writable
    ]
    if memory is not None:
        lines.append(f"MemoryMax={memory}")
    if vcpus is not None:
        lines.append(f"CPUQuota={vcpus}00%")
    return HEADER + "\n".join([*lines, "", "[Install]", "WantedBy=multi-user.target", ""])


def _volume(volume: Mounted, root: str) -> list[str]:
    """Mount a volume before each start, anew; an empty one gets the owner of what it covers."""
    folder, covered = shlex.quote(volume.folder), shlex.quote(root + volume.path)
    prepare = []
    if volume.device:
        options = "ro" if volume.read_only else "noatime"
        mount = f"mount -t {volume.filesystem} -o {options} {volume.device} {folder}"
        prepare.append(f"mountpoint -q {folder} || {mount}")
    if not volume.read_only:
        like = f"--reference={covered} {folder}"
        prepare.append(f'test -n "$(ls -A {folder})" || {{ chown {like}; chmod {like}; }}')
    kind = "BindReadOnlyPaths" if volume.read_only else "BindPaths"
    unmount = f"! mountpoint -q {folder} || umount {folder}"
    return [
        *(f"ExecStartPre=+/bin/sh -c {_quoted(script, command=True)}" for script in prepare),
        *([f"ExecStopPost=+/bin/sh -c {_quoted(unmount, command=True)}"] if volume.device else []),
        f"{kind}={_quoted(f'{volume.folder}:{volume.path}')}",
    ]


def _quoted(text: str, *, command: bool = False) -> str:
    """Write a word so that systemd takes it as it is (systemd.syntax(7), systemd.service(5))."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    escaped = escaped.replace("%", "%%")
    return f'"{escaped.replace("$", "$$") if command else escaped}"'
