"""What a plan compares with what a server holds: keys, marks, names, paths, definitions."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

from deployments.model import Environment
from tasks.application import described, source_folder
from tasks.archive import archive_key
from tasks.certificate import CERTIFICATE
from tasks.container import engine
from tasks.container.compose_file import (
    as_text,
    compose_file,
    container_name,
    folder_of,
    project_name,
    service_name,
)
from tasks.container.image import image_key, image_name
from tasks.container.saved_image import EntryPoint
from tasks.domu.domu import domu_xml
from tasks.domu.root_filesystem import Identity, root_key
from tasks.guest.description import NAMESPACE, card_name, domain_uuid, mac_of
from tasks.packet_filter.filter import rules_file, unit_file, wanted_filter
from tasks.packet_filter.rules import table_name
from tasks.server.group import MARK
from tasks.server.hypervisor import grub_file
from tasks.server.networkd import our_files
from tasks.server.volume import ENVIRONMENT
from tasks.temporary import ATTRIBUTE, LABEL, argument
from tasks.temporary import folder_of as temporary_folder
from tasks.unikernel.description import unikernel_xml
from tasks.unikernel.secret_disk import disk_path
from tasks.unikernel.server_files import file_names
from tasks.unikernel.sources import content_key
from tasks.vm.service import STARTED, UNIT_FILE
from tasks.vm.unit import SECRETS_FOLDER, Mounted, root_folder, unit_text
from toolchains import Image

FIXTURE = Path(__file__).parents[2] / "fixtures" / "deployed"
WHEN = 1_500_000_000  # s since 1970; of the archive's files, whose times are a part of its key
Held = dict[str, Any]


def copied(folder: Path) -> Path:
    """Copy the fixture with modes and times of its own: both are in keys, and git keeps neither."""
    made = Path(shutil.copytree(FIXTURE, folder / "deployed"))
    for path in made.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)
        os.utime(path, (WHEN, WHEN))
    return made / "environment.yaml"


def held_of_any(environment: Environment, folder: Path) -> Held:
    """Give what depends on no application's sources."""
    who = identity(folder)
    return {
        "marks": {
            "volume": [MARK, f"{MARK}.{ENVIRONMENT}={environment.name}"],
            "guest": NAMESPACE,
            "container": [
                *(engine.ENVIRONMENT_LABEL, engine.APPLICATION_LABEL),
                *(engine.KEY_LABEL, engine.CONFIG_LABEL),
            ],
            "temporary": [LABEL, ATTRIBUTE, argument(environment), temporary_folder(environment)],
        },
        "boot": grub_file(environment.hypervisor).splitlines(),
        "network": our_files(environment.network),
        "filter": {
            "table": table_name(environment.name),
            "files": [rules_file(environment.name), unit_file(environment.name)],
            "unit": wanted_filter(environment).unit.splitlines(),
        },
        "domus": {
            domu.name: {"key": root_key(domu, who), "definition": domu_xml(environment, domu)}
            for domu in environment.domus
        },
        "guests": {
            app.name: [
                *(domain_uuid(environment.name, app.name), mac_of(app.address)),
                card_name(app.address),
            ]
            for app in environment.unikernels
        },
        "compose": {
            "project": [project_name(environment), folder_of(environment)],
            "services": {
                app.name: [container_name(app.name), service_name(app.name)]
                for app in environment.containers
            },
        },
        "images": {
            app.name: image_name(source_folder(environment, app))
            for app in environment.applications
        },
        "files": file_names(environment).pattern,
        "services": [UNIT_FILE, STARTED, SECRETS_FOLDER, CERTIFICATE],
    }


def held_of_fixture(environment: Environment, folder: Path) -> Held:
    """Give the rest, of the environment whose applications' sources stay."""
    web, count = environment.application("web"), environment.application("count")
    web_folder, count_folder = (source_folder(environment, app) for app in (web, count))
    key = image_key(web_folder)
    assert environment.archive
    archive = archive_key(environment.folder / environment.archive.folder)
    domu = environment.domu("machine")
    compose = compose_file(
        environment,
        domu,
        {web.name: described(environment, web)},
        {web.name: f"{image_name(web_folder)}:{key}"},
        {"web_token": "a seal"},
        {"data": "a content"},
    )
    disk = disk_path(environment, count, {"web_token": "a secret"})
    guest = unikernel_xml(environment, count, image(folder), archive, disk)
    return {
        **held_of_any(environment, folder),
        "rules": wanted_filter(environment).rules.splitlines(),
        "keys": {"web": key, "count": content_key(count_folder), "archive": archive},
        "compose file": as_text(compose).splitlines(),
        "unikernel": guest,
        "service": service(root_folder(key)).splitlines(),
    }


def identity(folder: Path) -> Identity:
    """Give a domU's identity that is always the same."""
    (folder / "host_key.pub").write_text("ssh-ed25519 AAAA host\n")
    return Identity(folder / "host_key", "ssh-ed25519 AAAA operator", folder / "known_hosts")


def image(folder: Path) -> Image:
    """Give an image as a toolchain does, with nothing in it."""
    return Image(
        name="count",
        key="0123456789abcdef" * 4,
        toolchain="linux",
        runtime="perl",
        kernel=folder / "kernel",
        root=folder / "root",
        root_kind="initramfs",
        size_bytes=1,
        port=8081,
        packages={},
        built=False,
    )


def service(root: str) -> str:
    """Describe a service in a machine of its own, with all that one may have."""
    started = EntryPoint(("/web", "--port=%d"), {"PATH": "/bin"}, "/", 1000, 1000, "SIGTERM")
    volumes = [
        Mounted("/srv/epos/volumes/data", "/var/lib/web", read_only=False),
        Mounted("/srv/epos/volumes/archive", "/archive", True, "/dev/xvdb", "ext4"),
    ]
    return unit_text(
        "web-alone",
        f"{root}/files",
        started,
        {"PORT": "8080"},
        volumes,
        ("web_token",),
        {"secret web_token": "a seal"},
        ("/tmp",),
        128 * 2**20,
        1,
    )
