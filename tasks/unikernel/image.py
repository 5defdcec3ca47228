"""The image of a unikernel: built on this machine by its toolchain, carried to the server."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from xml.etree import ElementTree as xml

from blocks.connection import Connection
from blocks.connections import Connections
from deployments.model import Application, Environment
from runs.step import Action, Plan, Step, built_before, change, to_build
from runs.telling import tell
from state import state_folder, state_place
from tasks import step_names
from tasks.application import source_folder
from tasks.content import KEY_LENGTH, folder_key, key_of
from tasks.package_list import list_key, toolchain_folder, toolchain_place
from tasks.unikernel.secret_disk import FOLDER as SECRETS
from tasks.unikernel.sources import content_key, from_container, keep_image, sources_of
from toolchains import Image, toolchain
from toolchains.rewritten import code_key

IMAGES = "/var/lib/epos-virt/images"  # on the server
LISTED = ("find", IMAGES, SECRETS, "-type", "f", "-printf", "%s %p\\n")
LOOKS = (LISTED,)  # what the steps ask


def find_image(environment: Environment, application: Application) -> Image | None:
    """Give the image that an application's toolchain has of its sources; None where none is built.

    Whoever carries out what follows from it builds it first, with `build_image`.
    """
    sources = sources_of(source_folder(environment, application))
    return toolchain(str(application.toolchain)).look(sources, toolchain_place())


def with_image(
    environment: Environment, application: Application, plan_of: Callable[[Image], Plan]
) -> Plan:
    """Plan what an application's image is needed for; where it is not built, build it first.

    Args:
        environment: the whole environment.
        application: the application.
        plan_of: gives what is to be done with the image.
    """
    image = find_image(environment, application)
    if image is not None:
        return plan_of(image)

    def build_first() -> None:
        for action in plan_of(build_image(environment, application)).actions:
            tell(action.what)
            action.do()

    what = f"build it with toolchain {application.toolchain}, then do what it is needed for"
    return change("its image is not built yet", Action(what, build_first))


def build_image(environment: Environment, application: Application) -> Image:
    """Build an application's image with its toolchain, or give the cached one."""
    sources = sources_of(source_folder(environment, application))
    chain = toolchain(str(application.toolchain))
    tell(f"toolchain {application.toolchain}")
    return chain.build(sources, toolchain_folder())


def sources_key(environment: Environment, application: Application) -> str:
    """Hash an application's sources and the toolchain; the toolchain's own key has more in it."""
    chain = Path(str(getattr(toolchain(str(application.toolchain)), "__file__", ""))).parent
    sources = content_key(source_folder(environment, application))
    return key_of(sources, folder_key(chain, content=code_key), *list_key())


def built_key(environment: Environment, application: Application) -> str:
    """Give the key of the sources that were built last on this machine; empty for none."""
    path = state_place("unikernels") / application.name
    return path.read_text() if path.exists() else ""


def unikernel_build_step(
    environment: Environment,
    application: Application,
    connections: Connections,
    after: Sequence[str],
) -> Step:
    """Build the image on this machine; the toolchain's own cache tells whether it must."""
    folder = source_folder(environment, application)

    def plan() -> Plan:
        key = sources_key(environment, application)
        if built_key(environment, application) == key:
            return built_before(f"{application.name}: already built from the same sources", key)
        return to_build(
            f"{application.name}: not built from these sources yet",
            key,
            Action(f"build with toolchain {application.toolchain}", build),
        )

    def build() -> None:
        key = sources_key(environment, application)
        if from_container(folder):
            keep_image(connections.local_engine, folder)
        build_image(environment, application)
        (state_folder("unikernels") / application.name).write_text(key)

    name = step_names.unikernel_image(application.name)
    return Step(name, "run_unikernels", "this machine", plan, tuple(after), builds=True)


def carried(image: Image) -> dict[str, Path]:
    """Give kernel and root of an image, in this order, by the names they get on the server."""
    name = f"{IMAGES}/{image.name}-{image.key[:KEY_LENGTH]}"
    return {f"{name}.kernel": image.kernel, f"{name}.root": image.root}


def read_images(server: Connection) -> dict[str, int]:
    """Read images and disks of secrets on the server: their sizes, bytes, by their paths."""
    listed = server.run(*LISTED).stdout.splitlines()
    return {path: int(size) for size, _, path in (line.partition(" ") for line in listed)}


def lacking(server: Connection, image: Image) -> dict[str, Path]:
    """Tell which files of an image the server lacks; a file has its name when it is whole.

    The name holds the key of the content, so that the size is enough to compare.
    """
    have = read_images(server)
    return {
        there: here
        for there, here in carried(image).items()
        if have.get(there) != here.stat().st_size
    }


def files_in(description: str) -> set[str]:
    """Give the files on the server that a guest's description names."""
    domain = xml.fromstring(description)
    texts = [domain.findtext(f"os/{tag}") for tag in ("kernel", "initrd")]
    sources = [source.get("file") for source in domain.iterfind("devices/disk/source")]
    return {path for path in (*texts, *sources) if path}
