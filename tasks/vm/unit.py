"""The service of an application in its domU, as systemd takes it; pure."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tasks.application import SECRETS
from tasks.container.saved_image import EntryPoint

FOLDER = "/srv/epos"  # in the domU: roots, secrets, volumes, each below it
SECRETS_FOLDER = f"{FOLDER}/secrets"
UNITS = "/etc/systemd/system"
PREPARATION = "epos-application-preparation.service"
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
        f"Requires={PREPARATION}",
        f"After={PREPARATION}",
        *_needed(volumes),
        "StartLimitIntervalSec=0",
        "",
        "[Service]",
        "Type=exec",
        f"ExecStart={' '.join(_quoted(word, command=True) for word in started.command)}",
        f"RootDirectory={root}",
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
        *map(_bound, volumes),
        *(
            f"# {volume.folder}: {volume.device}, {volume.filesystem}"
            for volume in volumes
            if volume.device
        ),
    ]
    lines += [
        f"TemporaryFileSystem={folder}:mode=1777,size=32m,nosuid,nodev" for folder in writable
    ]
    if memory is not None:
        lines.append(f"MemoryMax={memory}")
    if vcpus is not None:
        lines.append(f"CPUQuota={vcpus}00%")
    return HEADER + "\n".join([*lines, "", "[Install]", "WantedBy=multi-user.target", ""])


def _bound(volume: Mounted) -> str:
    """Bind a volume into the root; within quotes a colon would be a part of the first path."""
    kind = "BindReadOnlyPaths" if volume.read_only else "BindPaths"
    return f"{kind}={_quoted(volume.folder)}:{_quoted(volume.path)}"


def preparation_text(root: str, volumes: Sequence[Mounted]) -> str:
    """Describe what is done before each start, outside the application's mount namespace.

    A volume that is empty gets the owner of what it covers. A container may listen on port 443
    without privileges: here that is its own machine's rule.
    """
    scripts = ["sysctl -qw net.ipv4.ip_unprivileged_port_start=0"]
    for volume in volumes:
        if not volume.read_only:
            folder, covered = shlex.quote(volume.folder), shlex.quote(root + volume.path)
            like = f"--reference={covered} {folder}"
            scripts.append(f'test -n "$(ls -A {folder})" || {{ chown {like}; chmod {like}; }}')
    lines = [
        *("[Unit]", "Description=What an application stands on", *_needed(volumes)),
        *("", "[Service]", "Type=oneshot"),
        *(f"ExecStart=/bin/sh -c {_quoted(script, command=True)}" for script in scripts),
    ]
    return HEADER + "\n".join([*lines, ""])


def mount_texts(volumes: Sequence[Mounted]) -> dict[str, str]:
    """Describe the mounts of volumes that are devices, by their units; one not in use ends."""
    return {
        mount_unit(volume.folder): HEADER
        + "\n".join(
            [
                *("[Unit]", "StopWhenUnneeded=yes", "", "[Mount]"),
                *(f"What={volume.device}", f"Where={volume.folder}", f"Type={volume.filesystem}"),
                *(f"Options={'ro' if volume.read_only else 'noatime'}", ""),
            ]
        )
        for volume in volumes
        if volume.device
    }


def mount_unit(folder: str) -> str:
    """Name the unit that mounts there, as systemd-escape(1) does."""
    escaped = "".join(
        "-" if one == "/" else one if one.isalnum() or one in ":_." else f"\\x{ord(one):02x}"
        for one in folder.strip("/")
    )
    return f"{escaped}.mount"


def _needed(volumes: Sequence[Mounted]) -> list[str]:
    return [f"RequiresMountsFor={_quoted(volume.folder)}" for volume in volumes if volume.device]


def _quoted(text: str, *, command: bool = False) -> str:
    """Write a word so that systemd takes it as it is (systemd.syntax(7), systemd.service(5))."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    escaped = escaped.replace("%", "%%")
    return f'"{escaped.replace("$", "$$") if command else escaped}"'
