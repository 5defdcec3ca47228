"""UniK, the tool of the thesis: its daemon builds the images, keeps them and starts them on Xen.

The environment variable UNIK_URL names the daemon (http://127.0.0.1:3000), UNIK_LISTENER this
machine's address on the guests' bridge (10.0.7.100/24), which guests of Python need at boot.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from errors import WrongInput
from runs.telling import tell
from toolchains.cache import key_of, key_of_files
from toolchains.hosting import HostedInstance, HostingToolchain
from toolchains.interface import Application, GuestSettings, Image
from toolchains.unik.daemon import DaemonImage, daemon, exactly
from toolchains.unik.listener import Listener, interface_here
from toolchains.unik.sources import BASES, Base, archive, base_of, manifest, sources
from toolchains.unik.starting import as_instance, start_instance

__all__ = [
    "HostedInstance",
    "HostingToolchain",
    "build",
    "command_line",
    "describe",
    "instances",
    "kept_as",
    "logs",
    "look",
    "name",
    "remove",
    "start",
    "stop",
    "summary",
]

name = "unik"
summary = "UniK's daemon: Java on OSv, Python on rump; starts its instances on Xen itself"
_CODE = (Path(__file__).parent / "sources.py",)


def look(application: Application, cache: Path) -> Image | None:
    """Find the image that the daemon has of the same content; None where it has none.

    Raises:
        WrongInput: UniK cannot build its runtime, or lacks its manifest.
        DaemonFailed: it does not answer.
    """
    key = _key(application, base_of(application), sources(application))
    kept = _name(application, key)
    found = exactly(daemon().list_images(), kept)
    return _image(application, key, _record(cache, kept), found, built=False) if found else None


def build(application: Application, cache: Path) -> Image:
    """Have the daemon build an application's image, or find the one it has of the same content.

    Raises:
        WrongInput: UniK cannot build its runtime, or lacks its manifest.
        DaemonFailed: with the last lines of the daemon's answer.
    """
    base = base_of(application)
    files = sources(application)
    key = _key(application, base, files)
    kept = _name(application, key)
    unik = daemon()
    found = exactly(unik.list_images(), kept)
    made = found is None
    if found is None:
        tell(f"{application.name}: UniK builds {kept} on {base}")
        found = unik.create_image(
            kept,
            archive(application, files),
            base=base.base,
            language=base.language,
            mounts=_mounts(application),
        )
    record = _record(cache, kept)
    record.parent.mkdir(parents=True, exist_ok=True)
    record.write_text(json.dumps(found.model_dump(by_alias=True)))
    return _image(application, key, record, found, built=made)


def _key(application: Application, base: Base, files: Sequence[Path]) -> str:
    return key_of(
        manifest(application),
        key_of_files(files, application.folder),
        [str(base), _mounts(application), application.port],
        key_of_files(_CODE, Path(__file__).parent),
    )


def _mounts(application: Application) -> list[str]:
    return sorted(mount.path for mount in application.volumes.values())


def _name(application: Application, key: str) -> str:
    # The key makes all names equally long where it matters: none is a part of another.
    return f"epos-{application.name.lower()}-{key[:16]}"


def _record(cache: Path, kept: str) -> Path:
    """Place the note of what the daemon keeps: the image itself never comes here."""
    return cache / "unik" / kept / "image.json"


def _image(
    application: Application, key: str, record: Path, found: DaemonImage, *, built: bool
) -> Image:
    return Image(
        name=application.name,
        key=key,
        toolchain=name,
        runtime=str(BASES[application.runtime]),
        kernel=record,
        root=record,
        root_kind="block",
        size_bytes=found.megabytes * 2**20,
        port=application.port,
        packages={},
        built=built,
    )


def describe(image: Image) -> dict[str, object]:
    """Say what is in an image, as values that JSON has."""
    return {
        **image.model_dump(mode="json"),
        "kept_by": daemon().url,
        "kept_as": kept_as(image),
        "boots_as": ["xen-pv"],
    }


def kept_as(image: Image) -> str:
    """Give the daemon's name of an image."""
    return image.kernel.parent.name


def command_line(image: Image, settings: GuestSettings) -> str:
    """Refuse: the image is the daemon's, which alone can start it.

    Raises:
        WrongInput: always.
    """
    raise WrongInput(
        f"{image.name}: UniK's daemon starts its images itself, on Xen",
        remedy="start it with the toolchain's own `start`, as python -m flows.run_unikernels does",
    )


def start(
    image: Image,
    *,
    instance: str,
    memory: int,
    address: str | None,
    volumes: Mapping[str, str],
    environment: Mapping[str, str],
) -> HostedInstance:
    """Start an instance; see HostingToolchain.

    UniK's guests take their address by DHCP, under a hardware address made up at each start:
    `address` is only compared with what came of it.
    """
    listener = Listener(interface_here(), environment) if image.runtime.startswith("rump") else None
    started = start_instance(
        daemon(),
        kept_as(image),
        instance=instance,
        memory=memory,
        volumes=volumes,
        environment=environment,
        listener=listener,
    )
    if address and started.address != address:
        tell(
            f"{instance}: has {started.address or 'an unknown address'}, not {address}: UniK's "
            "guests take theirs by DHCP"
        )
    return started


def instances() -> list[HostedInstance]:
    """Give all instances the daemon knows; their state is never refreshed by it."""
    return [as_instance(one, address="") for one in daemon().list_instances()]


def logs(instance: HostedInstance) -> str:
    """Give what an instance printed.

    Raises:
        DaemonFailed: the daemon cannot reach it; on Xen it never can, it knows no address.
    """
    return daemon().read_logs(instance.name)


def stop(instance: HostedInstance) -> None:
    """End an instance; UniK cannot stop one on Xen (status 500), so it is removed."""
    remove(instance)


def remove(instance: HostedInstance) -> None:
    """Destroy an instance and forget it; image and volumes stay."""
    daemon().delete_instance(instance.name)
