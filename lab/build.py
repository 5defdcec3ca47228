"""The base images: a plain Debian server without Xen, never booted."""

from __future__ import annotations

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

from errors import WrongInput
from lab import accelerator, keys, process, program, progress, qemu
from lab.folders import MachineFolder, bases_folder, locked
from lab.mirrors.sources import find_mirrors, read_mirrors, read_sources
from lab.preparation import Preparation, read_preparation
from lab.recipe import ROOT_LABEL, Recipe

_DEBOOTSTRAP_LIMIT = 1500  # s; 60 with a near mirror
_MINIMUM_FREE_GIB = 8


@dataclass(frozen=True)
class LabBase:
    """The finished files of one recipe; read only, shared by all labs built on it."""

    folder: Path

    @property
    def root_image(self) -> Path:
        """The server's root file system, raw."""
        return self.folder / "root.raw"

    @property
    def disc(self) -> Path:
        """The disc that starts GRUB with the server's own configuration."""
        return self.folder / "boot.iso"

    @property
    def key(self) -> Path:
        """The private key that logs in; beside it the public one."""
        return self.folder / "id_ed25519"

    @property
    def host_key(self) -> Path:
        """The server's own key pair."""
        return self.folder / "host_ed25519"

    @property
    def kernel(self) -> Path:
        """The server's kernel, to probe KVM with."""
        return self.folder / "vmlinuz"

    @property
    def initrd(self) -> Path:
        """The kernel's initial RAM disk."""
        return self.folder / "initrd.img"

    @property
    def mirrors_file(self) -> Path:
        """The URLs of the mirrors that the server fetches packages from."""
        return self.folder / "mirrors"

    def mirrors(self) -> tuple[str, ...]:
        """Read the mirrors; images of before there was such a file have only their recipe."""
        if self.mirrors_file.exists():
            return find_mirrors(self.mirrors_file.read_text())
        sources = json.loads((self.folder / "recipe.json").read_text())["sources"]
        return find_mirrors("\n".join(sources))


def current_recipe(preparation: Preparation | None = None) -> Recipe:
    """Return what would be built now, on this machine, with that much done to it."""
    return Recipe(sources=read_sources(Recipe.suite), preparation=preparation or Preparation())


def preparation_of(key: str) -> Preparation:
    """Return what was done to the base images filed under `key`; nothing where they are gone."""
    file = bases_folder() / key / "recipe.json"
    if not file.exists():
        return Preparation()
    return read_preparation(json.dumps(json.loads(file.read_text()).get("preparation", {})))


def find_base(key: str) -> LabBase | None:
    """Return the base images filed under `key`, None where they are missing."""
    folder = bases_folder() / key
    return LabBase(folder) if folder.is_dir() else None


def ensure_base(recipe: Recipe) -> tuple[LabBase, bool]:
    """Return the recipe's base images, built where missing, and whether they were built."""
    key = recipe.key()
    with locked(bases_folder() / key):
        if base := find_base(key):
            return base, False
        program.require("mmdebstrap", "mke2fs", "grub-mkrescue", "xorriso", "mformat")
        program.require(qemu.PROGRAM, "qemu-img", "ssh", "ssh-keygen")
        program.require_root("building the lab's server (mmdebstrap, file owners)")
        program.require_space(bases_folder(), _MINIMUM_FREE_GIB)
        unfinished = LabBase(bases_folder() / f"{key}.unfinished")
        _discard(unfinished.folder)
        unfinished.folder.mkdir(mode=0o700)
        _build(unfinished, recipe)
        unfinished.folder.rename(bases_folder() / key)
    return LabBase(bases_folder() / key), True


def discard_unused(used: set[str]) -> list[str]:
    """Delete the base images that neither a lab nor the current recipe uses; return them."""
    keep = used | {current_recipe().key()}
    gone = []
    for folder in bases_folder().iterdir():
        if folder.is_dir() and folder.name not in keep and not folder.name.endswith(".unfinished"):
            with locked(folder):
                _discard(folder)
            gone.append(folder.name)
    return gone


def _build(base: LabBase, recipe: Recipe) -> None:
    """Make all files of `base` in its folder."""
    keys.make_key_pair(base.key, "epos-virt lab")
    keys.make_key_pair(base.host_key, "epos-virt lab server")
    root = base.folder / "root"
    packages = (*recipe.packages, *recipe.preparation.packages)
    progress.say(f"building Debian {recipe.suite}, {len(packages)} packages named")
    program.run(
        # The initial RAM disk is made once, below, and not with each package that changes it.
        *("env", "INITRD=No", "mmdebstrap", "--mode=root", "--variant=important", "--quiet"),
        *(f"--include={','.join(packages)}", recipe.suite, str(root)),
        *recipe.sources,
        within=_DEBOOTSTRAP_LIMIT,
        first=True,
    )
    _configure(root, base, recipe)
    progress.say("writing the root file system and the boot disc")
    with ThreadPoolExecutor(1) as beside:
        beside.submit(accelerator.choose, base.kernel, base.initrd)  # remembered until it boots
        _write_root_image(root, base.root_image, recipe.root_gib)
        _write_disc(base, recipe.disc_grub_cfg)
    base.mirrors_file.write_text("".join(f"{url}\n" for url in read_mirrors(root)))
    shutil.rmtree(root)
    base.root_image.chmod(0o400)
    (base.folder / "recipe.json").write_text(json.dumps(asdict(recipe), indent=2) + "\n")


def _configure(root: Path, base: LabBase, recipe: Recipe) -> None:
    """Write the server's settings and keys into its file system."""
    for name, text in (*recipe.files, *recipe.preparation.files):
        _write(root / name.lstrip("/"), text, mode=0o755 if text.startswith("#!") else 0o644)
    for name in recipe.masked_units:
        (root / "etc/systemd/system" / name).symlink_to("/dev/null")
    _write(root / "root/.ssh/authorized_keys", keys.public_line(base.key) + "\n", mode=0o600)
    (root / "root/.ssh").chmod(0o700)
    for leftover in (root / "etc/ssh").glob("ssh_host_*"):
        leftover.unlink()
    host_key = root / "etc/ssh/ssh_host_ed25519_key"
    _write(host_key, base.host_key.read_text(), mode=0o600)
    _write(host_key.with_suffix(".pub"), keys.public_line(base.host_key) + "\n")
    kernel = next((root / "boot").glob("vmlinuz-*"))
    version = kernel.name.removeprefix("vmlinuz-")
    initrd = kernel.with_name(f"initrd.img-{version}")
    program.run("chroot", root, "update-initramfs", "-c", "-k", version, within=300)
    # Empty: the first boot of each machine makes its own.
    _write(root / "etc/machine-id", "")
    shutil.copy(kernel, base.kernel)
    shutil.copy(initrd, base.initrd)
    _write(root / "boot/grub/grub.cfg", _first_menu(root, recipe, kernel.name, initrd.name))


def _first_menu(root: Path, recipe: Recipe, kernel: str, initrd: str) -> str:
    """Return the menu of the first boot; a real update-grub would ask for the disk it is on."""
    prepared = recipe.preparation
    if not prepared.xen_options:
        return recipe.first_grub_cfg.format(kernel=kernel, initrd=initrd)
    found = sorted((root / "boot").glob("xen-*.gz"))
    if not found:
        raise WrongInput(
            "the lab shall boot Xen, but none of its packages brings it",
            seen=f"packages: {', '.join(prepared.packages) or 'none'}",
            remedy="name xen-system-amd64 among the packages of its preparation",
        )
    return recipe.first_xen_cfg.format(
        xen=found[-1].name,
        xen_options=" ".join(prepared.xen_options),
        kernel=kernel,
        kernel_options=" ".join(prepared.kernel_options),
        initrd=initrd,
    )


def _write(path: Path, text: str, *, mode: int = 0o644) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)  # it may be a link that leads out of the server's tree
    path.write_text(text)
    path.chmod(mode)


def _write_root_image(root: Path, image: Path, size_gib: int) -> None:
    """Make an ext4 image of a folder; no mount and no loop device is needed."""
    with image.open("wb") as file:
        file.truncate(size_gib << 30)
    program.run("mke2fs", "-q", "-t", "ext4", "-L", ROOT_LABEL, "-d", root, image, within=600)


def _write_disc(base: LabBase, grub_cfg: str) -> None:
    tree = base.folder / "disc"
    _write(tree / "boot/grub/grub.cfg", grub_cfg)
    program.run("grub-mkrescue", "-d", "/usr/lib/grub/i386-pc", "-o", base.disc, tree)
    shutil.rmtree(tree)


def _discard(folder: Path) -> None:
    """Delete a base, and end the QEMU that an interrupted build may have left in it."""
    if folder.exists():
        process.kill(MachineFolder(folder))
        shutil.rmtree(folder)
