"""A container's root from the same closure that a guest has: no Dockerfile, no base image."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from runs.telling import tell
from toolchains.interface import Application
from toolchains.linux.buildroot import BuildRoot, build_root
from toolchains.linux.images import (
    RUNTIMES,
    application_files,
    application_tree,
    closure_layer,
    debian_packages_of,
    started_as,
)
from toolchains.linux.pid1 import SETTINGS

USER = 1000  # user and group in the container; a guest's only process is root
# What only a guest has: PID 1 and its settings; the engine gives a container the files of /etc.
_GUESTS_OWN = ("init", "usr/sbin/poweroff", SETTINGS, "etc/resolv.conf", "etc/hosts")


@dataclass(frozen=True)
class ContainerRoot:
    """How an engine starts what is in a root file system."""

    command: tuple[str, ...]
    environment: Mapping[str, str]
    directory: str
    user: str


def make_container_root(application: Application, cache: Path, tar: Path) -> ContainerRoot:
    """Write an application's root file system for containers; the same sources, the same bytes.

    Args:
        application: what it is of.
        cache: where closures and build roots are kept.
        tar: the file that is written.

    Raises:
        BuildFailed: a command in the build root failed.
        WrongInput: what app.yaml says does not fit its folder.
    """
    runtime = RUNTIMES[application.runtime]
    root = build_root(cache, more=debian_packages_of(application, runtime))
    files = application_files(application)
    base = closure_layer(root, application, runtime, files, cache)
    tell(f"{application.name}: root file system of its container")
    with root.work_folder("container") as work:
        shutil.copyfile(base / "layer", work / "root")
        tree = application_tree(root, application, runtime, files, work)
        started = started_as(application, runtime, tree)
        root.run("unsquashfs", "-no-progress", "-quiet", "-dest", "whole", "root", folder=work)
        root.run("cp", "--archive", f"{tree.name}/.", "whole", folder=work)
        _make_containers(work / "whole", application.name)
        _pack(root, work, tar)
    return ContainerRoot(
        command=tuple(started.command),
        environment=started.environment,
        directory=started.directory,
        user=f"{USER}:{USER}",
    )


def _make_containers(whole: Path, name: str) -> None:
    """Leave out what is a guest's, and let a user who is not root in."""
    for path in _GUESTS_OWN:
        (whole / path).unlink(missing_ok=True)
    user = "".join(letter for letter in name.lower() if letter.isalnum()) or "application"
    with (whole / "etc/passwd").open("a") as passwd:
        passwd.write(f"{user}:x:{USER}:{USER}::/app:/bin/false\n")
    with (whole / "etc/group").open("a") as group:
        group.write(f"{user}:x:{USER}:\n")


def _pack(root: BuildRoot, work: Path, tar: Path) -> None:
    """Write the tar without what differs between two builds; everyone may read all of it."""
    root.run(
        *("tar", "--create", "--file=root.tar", "--sort=name", "--mtime=@0", "--mode=a+rX"),
        *("--owner=0", "--group=0", "--numeric-owner", "--directory=whole", "."),
        folder=work,
    )
    shutil.move(work / "root.tar", tar)
