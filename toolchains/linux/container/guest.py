"""Putting an image together from a container's: its layers, and how PID 1 starts it."""

from __future__ import annotations

import io
import shutil
import tarfile
from pathlib import Path
from typing import Any

from deployments.container_image.archive import ImageArchive, opened
from deployments.container_image.manifest import StoredImage, find_image
from errors import WrongInput
from runs.telling import tell
from toolchains.cache import find, key_of, stored
from toolchains.interface import Application, Image
from toolchains.linux.buildroot import BuildRoot, build_root, find_build_root
from toolchains.linux.commandline import encoded
from toolchains.linux.container.layers import layers_of
from toolchains.linux.container.tree import Tree
from toolchains.linux.container.users import user_of
from toolchains.linux.kernel import SOURCE_PACKAGE, kernel, over
from toolchains.linux.pid1 import SETTINGS, compile_init, sources_key

_FRAGMENT = Path(__file__).with_name("kernel.config")
# Where PID 1 finds the container's root: below its own, so that no name can clash.
_BELOW = "image"
_OWN_FOLDERS = ("proc", "sys", "dev", "tmp", "run", "memory", "sbin")
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"  # where engines look, too
_SQUASH = (
    *("-comp", "zstd", "-Xcompression-level", "15", "-b", "128K", "-mkfs-time", "0"),
    *("-no-progress", "-quiet", "-processors", "2"),
)
MOST_SETTINGS = 16000  # bytes that PID 1 reads


def look(application: Application, cache: Path, code_key: str) -> Image | None:
    """Give the image that was built of a container image's application; None where there is none.

    Raises:
        WrongInput: the archive holds no image that a guest can run.
    """
    with opened(application.folder / application.entry) as archive:
        image = find_image(archive, application.image)
    root = find_build_root(cache)
    if root is None:
        return None
    key = _key(root, application, image, code_key)
    entry = find(_store(application, cache), key)
    return _image(application, image, root, entry, key, built=False) if entry else None


def build(application: Application, cache: Path, code_key: str) -> Image:
    """Build the image of a container image's application; what did not change is in `cache`.

    Raises:
        WrongInput: the archive holds no image that a guest can run.
        BuildFailed: a program in the build root failed.
    """
    path = application.folder / application.entry
    with opened(path) as archive:
        image = find_image(archive, application.image)
        root = build_root(cache)
        key = _key(root, application, image, code_key)

        def make(folder: Path) -> None:
            with root.work_folder("image") as work:
                _make_root(root, application, archive, image, work)
                shutil.copyfile(work / "root", folder / "root")
            # Last: whatever is wrong with the archive is said before a kernel is compiled.
            shutil.copyfile(kernel(root, cache, over(_FRAGMENT)) / "kernel", folder / "kernel")

        entry, built = stored(_store(application, cache), key, make)
    return _image(application, image, root, entry, key, built=built)


def _key(root: BuildRoot, application: Application, image: StoredImage, code_key: str) -> str:
    described = application.model_dump(
        mode="json", include={"name", "port", "environment", "options"}
    )
    return key_of(root.key, described, image.digest, sources_key(), code_key, _SQUASH)


def _store(application: Application, cache: Path) -> Path:
    return cache / "images" / application.name


def _image(
    application: Application,
    image: StoredImage,
    root: BuildRoot,
    entry: Path,
    key: str,
    *,
    built: bool,
) -> Image:
    return Image(
        name=application.name,
        key=key,
        toolchain="linux",
        runtime=f"image {image.digest.partition(':')[2][:12]}",
        kernel=entry / "kernel",
        root=entry / "root",
        root_kind="block",
        size_bytes=(entry / "kernel").stat().st_size + (entry / "root").stat().st_size,
        port=application.port,
        packages={SOURCE_PACKAGE: root.version(SOURCE_PACKAGE)},
        built=built,
    )


def _make_root(
    root: BuildRoot, application: Application, archive: ImageArchive, image: StoredImage, work: Path
) -> None:
    """Make the guest's root file system, `root` in the folder `work`."""
    tell(f"{application.name}: {len(image.layers)} layers of {archive.path.name}")
    with layers_of(archive, image, work) as layers:
        tree = Tree.of(layers)
        settings = settings_text(application, image, tree)
        init = compile_init(root, work)
        with tarfile.open(work / "root.tar", "w", format=tarfile.PAX_FORMAT) as tar:
            _add_own(tar, settings, init)
            tree.write(tar, _BELOW)
    tell(f"{application.name}: compressing {(work / 'root.tar').stat().st_size / 1e6:.0f} MB")
    script = 'exec sqfstar "$@" <root.tar'
    root.run("sh", "-c", script, "sh", *_SQUASH, "root", folder=work)


def _add_own(tar: tarfile.TarFile, settings: str, init: Path) -> None:
    """Add what PID 1 has beside the container's root."""
    for name in _OWN_FOLDERS:
        folder = tarfile.TarInfo(name)
        folder.type, folder.mode = tarfile.DIRTYPE, 0o755
        tar.addfile(folder)
    for name, content, mode in (
        ("init", init.read_bytes(), 0o755),
        (SETTINGS, settings.encode(), 0o644),
    ):
        file = tarfile.TarInfo(name)
        file.size, file.mode = len(content), mode
        tar.addfile(file, io.BytesIO(content))
    off = tarfile.TarInfo("sbin/poweroff")
    off.type, off.linkname = tarfile.SYMTYPE, "/init"
    tar.addfile(off)


def settings_text(application: Application, image: StoredImage, tree: Tree) -> str:
    """Give /epos-init.conf: what PID 1 starts, where, as whom, and what ends it.

    Raises:
        WrongInput: it starts nothing, as an unknown user, or says more than PID 1 reads.
    """
    started = image.configuration.started
    command = [*started.entry_point, *(application.options or started.command)]
    if not command:
        raise WrongInput(
            f"{application.name}: the image names no command",
            remedy="write one as `options` in app.yaml, or ENTRYPOINT or CMD into the image",
        )
    user = user_of(started.user, tree)
    environment = {"PATH": _PATH, "HOME": user.home, "HOSTNAME": application.name}
    environment |= started.environment | dict(application.environment)
    settings: list[tuple[str, Any]] = [
        *(("arg", word) for word in command),
        *((f"env.{name}", value) for name, value in environment.items()),
        ("directory", started.folder or "/"),
        ("hostname", application.name),
        ("tree", f"/{_BELOW}"),
        ("user", f"{user.number}:{user.group}"),
        ("groups", ",".join(map(str, user.groups))),
        ("stop", started.stopped_by),
    ]
    text = "".join(f"{_name(name)}={encoded(str(value))}\n" for name, value in settings)
    if len(text) > MOST_SETTINGS:
        raise WrongInput(
            f"{application.name}: command and environment have {len(text)} bytes",
            seen=f"PID 1 reads {MOST_SETTINGS}",
            remedy="put large values into files of the image",
        )
    return text


def _name(name: str) -> str:
    if name.split() != [name] or "\0" in name:
        raise WrongInput(
            f"{name.removeprefix('env.')!r} is not the name of a variable",
            remedy="correct ENV in the image",
        )
    return name
