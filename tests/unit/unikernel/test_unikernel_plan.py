"""The guest of a unikernel: what there is of it decides what is done; its description is marked."""

from __future__ import annotations

import hashlib
import shlex
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree as xml

import pytest

from deployments.model import Application, Environment
from errors import EposVirtError
from tasks.guest.description import mark_in
from tasks.server.transfer import missing_files
from tasks.unikernel.description import archive_volume, unikernel_xml
from tasks.unikernel.image import IMAGES, carried, lacking
from tasks.unikernel.secret_disk import FOLDER as SECRETS
from tasks.unikernel.server_files import unused_images_step
from tasks.unikernel.unikernel import FoundGuest, plan_unikernel
from toolchains import Image


@pytest.fixture
def application(environment: Environment) -> Application:
    return environment.application("indexGD")


@pytest.fixture
def image(tmp_path: Path) -> Image:
    kernel, root = tmp_path / "kernel", tmp_path / "root"
    kernel.write_bytes(b"kernel")
    root.write_bytes(b"root")
    return Image(
        name="indexGD",
        key="0123456789abcdef" * 4,
        toolchain="linux",
        runtime="python 3.13",
        kernel=kernel,
        root=root,
        root_kind="block",
        size_bytes=10,
        port=4000,
        packages={},
        built=False,
    )


@pytest.fixture
def description(environment: Environment, application: Application, image: Image) -> str:
    return unikernel_xml(environment, application, image, "files")


def found(
    description: str, mark: dict[str, str] | None, *, running: bool, answers: bool
) -> FoundGuest:
    return FoundGuest(description, {}, "", {}, mark, running, answers)


@pytest.mark.parametrize(
    ("mark", "running", "answers", "verbs", "reason"),
    [
        (None, False, False, ["define", "start"], "is missing"),
        ("same", True, True, [], "runs and answers"),
        ("same", True, False, ["wait"], "does not answer yet"),
        ("same", False, False, ["start"], "is not running"),
        ("older", True, True, ["stop", "define", "start"], "differs"),
        ("older", False, False, ["define", "start"], "differs"),
    ],
)
def test_only_what_differs_is_done(
    description: str,
    mark: str | None,
    running: bool,
    answers: bool,
    verbs: list[str],
    reason: str,
) -> None:
    same = mark_in(description)
    have = {None: None, "same": same, "older": same | {"key": "0"}}[mark]
    there = found(description, have, running=running, answers=answers)
    assert plan_unikernel(there) == (verbs, reason)


@pytest.mark.parametrize("mark", [{}, {"environment": "another", "key": "0"}])
def test_a_guest_of_somebody_else_is_refused(description: str, mark: dict[str, str]) -> None:
    with pytest.raises(EposVirtError, match="not of this environment"):
        plan_unikernel(found(description, mark, running=True, answers=True))


def test_a_guest_is_booted_from_its_image_with_the_archive_read_only(
    description: str, environment: Environment
) -> None:
    guest = xml.fromstring(description)
    assert guest.findtext("os/kernel") == f"{IMAGES}/indexGD-0123456789abcdef.kernel"
    assert guest.findtext("memory") == str(64 * 1024)
    disks = {
        next(iter(disk.find("source").attrib.values())): disk.find("readonly") is not None  # type: ignore[union-attr]
        for disk in guest.findall("devices/disk")
    }
    assert disks == {
        f"{IMAGES}/indexGD-0123456789abcdef.root": True,
        "/dev/epos/archive": True,
    }
    line = shlex.split(guest.findtext("os/cmdline") or "")
    assert any("10.0.7.210/24" in word for word in line)
    assert {guest.findtext(f"on_{event}") for event in ("poweroff", "reboot", "crash")} == {
        "destroy"
    }


@pytest.mark.parametrize(("kind", "machine"), [("pv", "xenpv"), ("pvh", "xenpvh")])
def test_the_environment_says_how_xen_runs_a_guest(
    environment: Environment, application: Application, image: Image, kind: str, machine: str
) -> None:
    chosen = application.model_copy(update={"type": kind})
    system = xml.fromstring(unikernel_xml(environment, chosen, image, "")).find("os/type")
    assert system is not None
    assert system.get("machine") == machine


def test_a_ramdisk_is_handed_over_as_one(
    environment: Environment, application: Application, image: Image
) -> None:
    ramdisk = image.model_copy(update={"root_kind": "initramfs"})
    guest = xml.fromstring(unikernel_xml(environment, application, ramdisk, ""))
    assert guest.findtext("os/initrd") == f"{IMAGES}/indexGD-0123456789abcdef.root"
    (disk,) = guest.findall("devices/disk")
    target = disk.find("target")
    assert target is not None
    assert target.get("dev") == "xvdb"


def test_another_image_or_archive_makes_another_guest(
    environment: Environment, application: Application, image: Image, description: str
) -> None:
    def key(image: Image, content: str) -> str:
        return mark_in(unikernel_xml(environment, application, image, content))["key"]

    assert key(image, "files") == mark_in(description)["key"]
    assert key(image, "other files") != mark_in(description)["key"]
    other = image.model_copy(update={"key": "f" * 64})
    assert key(other, "files") != mark_in(description)["key"]


def test_the_archive_is_known_by_the_volume_that_is_attached(
    environment: Environment, application: Application
) -> None:
    assert archive_volume(environment, application) == "archive"
    assert archive_volume(environment, environment.application("FWSS")) is None


def test_only_files_the_server_lacks_are_sent(image: Image, canned: Callable[..., Any]) -> None:
    files = carried(image)
    kernel, root = files
    # A root that was cut off is sent again.
    said = f"{image.kernel.stat().st_size} {kernel}\n1 {root}\n"
    assert lacking(canned({"find": said}), image) == {root: image.root}
    assert lacking(canned({"find": (1, "")}), image) == files


def test_a_program_of_other_content_is_sent_again(image: Image, canned: Callable[..., Any]) -> None:
    files = carried(image)
    kernel, root = files
    sums = {kernel: hashlib.sha256(b"kernel").hexdigest(), root: "0" * 64}
    said = "".join(f"{total}  {name}\n" for name, total in sums.items())
    assert missing_files(canned({"sha256sum": said}), files) == {root: image.root}


def listed(paths: Iterable[str]) -> str:
    return "".join(f"1 {path}\n" for path in paths)


def test_images_and_secrets_that_no_guest_is_defined_with_are_removed(
    canned: Callable[..., Any], description: str, image: Image, environment: Environment
) -> None:
    older = [f"{IMAGES}/indexGD-{'9' * 16}.{kind}" for kind in ("kernel", "root")]
    older.append(f"{SECRETS}/lab-indexGD-{'9' * 16}.squashfs")
    others = [f"{SECRETS}/other-indexGD-{'9' * 16}.squashfs", f"{IMAGES}/dice-{'9' * 16}.root"]
    server = canned({"find": listed([*older, *others, *carried(image)]), "rm": ""})
    domains = [SimpleNamespace(XMLDesc=partial(str, text)) for text in (description, "<domain/>")]
    machines: Any = SimpleNamespace(
        server=server, hypervisor=lambda: SimpleNamespace(listAllDomains=lambda: domains)
    )
    [action] = unused_images_step(environment, machines, ()).plan().actions
    action.do()
    assert server.told[-1] == ("rm", "-f", "--", *older)


@pytest.mark.parametrize("found", [(1, ""), "current"], ids=["no folder", "only what is used"])
def test_used_images_stay(
    canned: Callable[..., Any],
    description: str,
    image: Image,
    environment: Environment,
    found: Any,
) -> None:
    server = canned({"find": listed(carried(image)) if found == "current" else found})
    domain = SimpleNamespace(XMLDesc=lambda: description)
    machines: Any = SimpleNamespace(
        server=server, hypervisor=lambda: SimpleNamespace(listAllDomains=lambda: [domain])
    )
    assert unused_images_step(environment, machines, ()).plan().actions == ()
