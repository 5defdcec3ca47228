"""The files an environment names, and what the applications' own descriptions say."""

from __future__ import annotations

import os.path
from collections.abc import Iterator
from pathlib import Path

from deployments.app_yaml import Described, read_described
from deployments.container_image.archive import is_image
from deployments.model import Application, DomU, Environment
from deployments.problem import Location
from errors import WrongInput
from spelling import did_you_mean

Finding = tuple[Location, str, str]
DOCKERFILE = "Dockerfile"
FILES = ("python", "perl", "binary")  # runtimes that start a file of the application's folder
SCRIPTS = (".py", ".pl")  # entries that name a file by themselves
MOUNT_NONE = ("kraft", "ops")  # toolchains whose guests mount no volume of `storage`
GIVE_NO_SECRETS = (*MOUNT_NONE, "unik")  # a guest reads its secrets from a disk that it mounts


def wrong_files(environment: Environment) -> list[Finding]:
    """Look for what is missing or cannot be: place, message and remedy of each.

    The archive's folder may be absent; a sample archive is generated then.
    """
    found: list[Finding] = []
    for at, app in enumerate(environment.applications):
        place: Location = ("applications", at)
        found += _looked(_of_application(environment, app, place), (*place, "source"))
    for at, domu in enumerate(environment.domus):
        place = ("domus", at, "root", "tarball")
        found += _looked(_of_tarball(environment, domu, place), place)
    place = ("archive", "folder")
    return [*found, *_looked(_of_archive(environment, place), place)]


def _looked(findings: Iterator[Finding], place: Location) -> Iterator[Finding]:
    """Make a finding of what may not be looked at."""
    try:
        yield from findings
    except OSError as error:
        message = f"{error.filename} cannot be read: {error.strerror}"
        yield place, message, "check the path and its permissions"


def _of_tarball(environment: Environment, domu: DomU, place: Location) -> Iterator[Finding]:
    tarball = domu.root.tarball and environment.folder / domu.root.tarball
    if tarball and not tarball.is_file():
        yield place, f"there is no file {tarball}", "name the tarball"


def _of_archive(environment: Environment, place: Location) -> Iterator[Finding]:
    archive = environment.archive
    if archive and (folder := environment.folder / archive.folder).exists() and not folder.is_dir():
        yield place, f"{folder} is no folder", "name the folder that holds the RINEX files"


def _of_application(environment: Environment, app: Application, at: Location) -> Iterator[Finding]:
    folder = Path(os.path.normpath(environment.folder / app.source))
    source = (*at, "source")
    if not is_image(folder) and not (folder / "app.yaml").is_file():
        remedy = "name the folder that holds the application's app.yaml, or a container image"
        yield source, f"there is no file {folder / 'app.yaml'}", remedy
        return
    try:
        says = read_described(folder)
    except WrongInput as error:
        seen = f", seen `{error.seen}`" if error.seen else ""
        for what in error.what.splitlines():  # a line for each thing that is wrong
            yield source, f"{what}{seen}", error.remedy
        return
    if says.runtime == "image" and app.technique != "unikernel":
        remedy = "write `technique: unikernel`; a container is built from a Dockerfile"
        yield (*at, "technique"), f"{app.source} is an image, which only unikernels run", remedy
    yield from _of_entry(says, folder, source)
    for file in _named(says, folder):
        if not (folder / file).is_file():
            yield source, f"there is no file {folder / file}, which app.yaml names", "add it"
    names = [one.name for one in environment.applications]
    folders = [one.source.name for one in environment.applications]
    for name in says.uses:
        if name in (app.name, app.source.name):
            message = f"{folder / 'app.yaml'} uses {name}, which is itself"
            yield source, message, "take it out; name others"
        elif name not in (*names, *folders):
            message = f"{folder / 'app.yaml'} uses {name}, which is no application here"
            yield source, message, did_you_mean(name, names)
    yield from _of_volumes(app, says, (*at, "volumes"))
    yield from _of_toolchain(app, says, (*at, "toolchain"))


def _of_entry(says: Described, folder: Path, place: Location) -> Iterator[Finding]:
    """Without a Dockerfile, which may say it itself, what is started has to be said."""
    if not says.entry and not (folder / DOCKERFILE).exists():
        remedy = "say what is started: a file, or a Java main class; or add a Dockerfile"
        yield place, f"{folder / 'app.yaml'} names no entry", remedy
    described = says.runtime == "image" and says.entry and folder.is_dir() and not is_image(folder)
    if described and not is_image(folder / says.entry):
        message = f"there is no image {folder / says.entry}, which app.yaml names"
        yield place, message, f"add it: docker save -o {says.entry} IMAGE"


def _named(says: Described, folder: Path) -> list[str]:
    script = says.entry.endswith(SCRIPTS) and says.runtime != "java"
    ours = says.runtime in FILES and says.entry and not (folder / DOCKERFILE).exists()
    entry = [says.entry] if script or ours else []
    return entry + ([says.requirements] if says.requirements else [])


def _of_volumes(app: Application, says: Described, place: Location) -> Iterator[Finding]:
    unknown = [name for name in app.volumes if name not in says.volumes]
    for name in unknown:
        yield (*place, name), "its app.yaml has no such volume", did_you_mean(name, says.volumes)
    # What is misnamed above is not missing as well.
    if unknown or app.technique != "unikernel" or app.toolchain in MOUNT_NONE:
        return
    for name in says.volumes:
        if name not in app.volumes:
            remedy = f"write `volumes: {{{name}: VOLUME}}`, a volume of the storage"
            yield place, f"says nothing of `{name}`, which its app.yaml mounts", remedy


def _of_toolchain(app: Application, says: Described, place: Location) -> Iterator[Finding]:
    """Refuse what the guests of a toolchain would go without, before anything is built."""
    remedy = "write `toolchain: linux`"
    if says.volumes and app.toolchain in MOUNT_NONE:
        names = ", ".join(says.volumes)
        yield place, f"guests of {app.toolchain} mount no volumes; its app.yaml has {names}", remedy
    if says.secrets and app.toolchain in GIVE_NO_SECRETS:
        names = ", ".join(says.secrets)
        message = f"guests of {app.toolchain} are given no secrets; its app.yaml reads {names}"
        yield place, message, remedy
