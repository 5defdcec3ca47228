"""Images: the same content is the same key; base images are pinned; unsafe ones are refused."""

from __future__ import annotations

import io
import os
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from errors import WrongInput
from tasks.container.base_image import BaseImage, base_key, mmdebstrap_command, read_base_images
from tasks.container.dockerfile import (
    base_keys,
    build_context,
    build_failed,
    context_paths,
    read_dockerfile,
)
from tasks.container.image import base_images, image_key, image_name, image_step

DOCKERFILE = """\
FROM epos/builder AS builder
RUN true
FROM epos/base
COPY --from=builder /out /
USER nobody
HEALTHCHECK CMD ["true"]
"""


@pytest.fixture
def app(tmp_path: Path) -> Path:
    folder = tmp_path / "My_App"
    (folder / "src").mkdir(parents=True)
    (folder / "Dockerfile").write_text(DOCKERFILE)
    (folder / "src" / "main.py").write_text("print()\n")
    return folder


def test_checkouts_by_other_people_at_other_times_have_the_same_key(app: Path) -> None:
    before = image_key(app)
    os.utime(app / "src" / "main.py", (1, 1))
    (app / "src" / "main.py").chmod(0o664)
    (app / "src" / "__pycache__").mkdir()
    (app / "src" / "__pycache__" / "main.pyc").write_bytes(b"compiled")
    assert image_key(app) == before


def edit(app: Path) -> None:
    (app / "src" / "main.py").write_text("print(1)\n")


def add(app: Path) -> None:
    (app / "more").touch()


def make_executable(app: Path) -> None:
    (app / "src" / "main.py").chmod(0o755)


def build_otherwise(app: Path) -> None:
    (app / "Dockerfile").write_text(DOCKERFILE.replace("RUN true", "RUN false"))


@pytest.mark.parametrize("change", [edit, add, make_executable, build_otherwise])
def test_other_content_is_another_key(app: Path, change: Callable[[Path], None]) -> None:
    before = image_key(app)
    change(app)
    assert image_key(app) != before


def test_what_dockerignore_names_is_not_sent(app: Path) -> None:
    (app / ".dockerignore").write_text("# tests stay here\n*.md\n")
    (app / "README.md").touch()
    assert "README.md" not in context_paths(app)
    assert {"Dockerfile", "src/main.py"} <= set(context_paths(app))


def test_base_images_are_pinned_and_stages_are_not(app: Path) -> None:
    keys = base_keys(app)
    with tarfile.open(fileobj=io.BytesIO(build_context(app, keys))) as tar:
        file = tar.extractfile("Dockerfile")
        assert file is not None
        text = file.read().decode()
    assert f"FROM epos/builder:{keys['epos/builder']} AS builder" in text
    assert f"FROM epos/base:{keys['epos/base']}\n" in text
    assert "COPY --from=builder /out /" in text


def test_an_image_that_no_registry_can_give_is_refused(app: Path) -> None:
    (app / "Dockerfile").write_text(DOCKERFILE.replace("epos/base", "debian:trixie"))
    with pytest.raises(WrongInput, match="FROM debian:trixie is none of the base images"):
        base_images(app)


@pytest.mark.parametrize("missing", ["USER", "HEALTHCHECK"])
def test_a_dockerfile_without_user_or_healthcheck_is_refused(app: Path, missing: str) -> None:
    lines = [line for line in DOCKERFILE.splitlines() if not line.startswith(missing)]
    (app / "Dockerfile").write_text("\n".join(lines))
    with pytest.raises(WrongInput, match=f"no {missing}"):
        read_dockerfile(app)


def test_a_folder_without_dockerfile_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WrongInput, match="cannot be read"):
        read_dockerfile(tmp_path)


def test_an_image_waits_for_its_base_images_only(app: Path) -> None:
    step = image_step(app, None)  # type: ignore[arg-type]  # looks only when planned
    assert step.name == f"image {image_name(app)}" == "image epos/my-app"
    assert set(step.after) == {"image epos/base", "image epos/builder"}


@pytest.mark.parametrize(
    ("line", "transient"),
    [
        ("E: Failed to fetch http://mirror/x.deb  Connection failed", True),
        ("Temporary failure resolving 'mirror'", True),
        ("main.java:3: error: ';' expected", False),
    ],
)
def test_only_a_failed_mirror_is_tried_again(app: Path, line: str, transient: bool) -> None:
    error = build_failed("epos/app", app, [line])
    assert error.transient is transient
    assert line in str(error)


def base(**more: object) -> BaseImage:
    usual = {"name": "epos/x", "suite": "trixie", "variant": "minbase", "folder": Path("/")}
    return BaseImage.model_validate({**usual, **more})


def test_the_base_images_of_the_project_are_read() -> None:
    assert set(read_base_images()) >= {"epos/base", "epos/builder"}


def test_another_description_is_another_base_key() -> None:
    assert base_key(base()) == base_key(base(folder=Path("/elsewhere")))
    assert base_key(base()) != base_key(base(include=["libc6"]))


def test_hooks_are_quoted_and_name_no_mirror(tmp_path: Path) -> None:
    (tmp_path / "closure").touch(mode=0o755)
    image = base(
        variant="extract",
        include=["a", "b"],
        files={"/usr/bin/closure": "closure"},
        run=["echo 'it is' >/x"],
        strip=["usr/share/doc/*"],
        folder=tmp_path,
    )
    assert mmdebstrap_command(image, Path("root.tar")) == [
        "mmdebstrap",
        "--variant=extract",
        "--include=a,b",
        f"--extract-hook=upload {tmp_path}/closure /usr/bin/closure",
        '--extract-hook=chmod 0755 "$1"/usr/bin/closure',
        """--extract-hook=chroot "$1" sh -c 'echo '"'"'it is'"'"' >/x'""",
        '--extract-hook=rm -rf "$1"/usr/share/doc/*',
        "trixie",
        "root.tar",
    ]


@pytest.mark.parametrize("pattern", ["../etc", "x; rm -rf /", "$(id)", "a b"])
def test_what_is_stripped_stays_below_the_root(pattern: str) -> None:
    with pytest.raises(WrongInput, match="not a path below the root"):
        mmdebstrap_command(base(strip=[pattern]), Path("root.tar"))
