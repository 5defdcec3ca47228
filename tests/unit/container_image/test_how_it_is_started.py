"""What PID 1 is told of a container image, and what the command line takes."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from deployments.container_image.archive import opened
from deployments.container_image.manifest import find_image
from errors import WrongInput
from tests.image_archives import MadeImage, as_tar, docker_files, layer
from toolchains.__main__ import main
from toolchains.application import application_of_image, read_application
from toolchains.linux.container.guest import settings_text
from toolchains.linux.container.tree import Tree
from toolchains.linux.container.users import User, user_of
from toolchains.linux.kernel import over

PASSWD = "root:x:0:0:root:/root:/bin/sh\nweb:x:101:33:Web:/srv:/bin/sh\n7:x:8:9::/seven:/bin/sh\n"
GROUP = "root:x:0:\nwww-data:x:33:\nlog:x:44:web,other\nadm:x:4:other\n"
FILES = layer({"etc/passwd": PASSWD, "etc/group": GROUP})


def tree() -> Tree:
    return Tree.of([tarfile.open(fileobj=io.BytesIO(FILES))])


@pytest.mark.parametrize(
    ("said", "is_user"),
    [
        ("", User(0, 0, (), "/root")),
        ("web", User(101, 33, (44,), "/srv")),
        ("101", User(101, 33, (44,), "/srv")),
        ("7", User(8, 9, (), "/seven")),  # a name first, as engines take it
        ("1000", User(1000, 0, (), "/")),
        ("web:log", User(101, 44, (), "/srv")),
        ("1000:4242", User(1000, 4242, (), "/")),
    ],
)
def test_the_user_is_the_one_that_the_image_knows(said: str, is_user: User) -> None:
    assert user_of(said, tree()) == is_user


@pytest.mark.parametrize("said", ["nobody-here", "web:nogroup", "-1", "99999999999"])
def test_an_unknown_user_or_group_is_refused(said: str) -> None:
    with pytest.raises(WrongInput, match="whom it does not know"):
        user_of(said, tree())


def settings(tmp_path: Path, started: Mapping[str, Any], **app: Any) -> list[str]:
    path = as_tar(tmp_path / "web.tar", docker_files(MadeImage([FILES], started, ["web:1"])))
    application = application_of_image(path).model_copy(update=app)
    with opened(path) as archive:
        return settings_text(application, find_image(archive), tree()).splitlines()


def test_pid_1_is_told_all_that_the_image_says(tmp_path: Path) -> None:
    told = settings(
        tmp_path,
        {
            "Entrypoint": ["/entry.sh", ""],
            "Cmd": ["a b"],
            "User": "web",
            "Env": ["PATH=/own", "GREETING=good day"],
            "WorkingDir": "/srv",
            "StopSignal": "QUIT",
        },
    )
    assert told[:3] == ["arg=/entry.sh", "arg=", "arg=a%20b"]
    assert {"env.PATH=/own", "env.GREETING=good%20day", "env.HOME=/srv"} <= set(told)
    assert {"directory=/srv", "user=101:33", "groups=44", "stop=3", "hostname=web"} <= set(told)


def test_app_yaml_puts_options_in_place_of_the_command(tmp_path: Path) -> None:
    (tmp_path / "app.yaml").write_text(
        "{name: mine, runtime: image, entry: web.tar, port: 99, options: [--other],"
        " environment: {GREETING: mine}}"
    )
    as_tar(tmp_path / "web.tar", docker_files(MadeImage([FILES])))
    said = read_application(tmp_path)
    assert (said.name, said.runtime, said.port) == ("mine", "image", 99)
    started = {"Entrypoint": ["run"], "Cmd": ["usual"], "Env": ["GREETING=theirs"]}
    told = settings(tmp_path, started, options=said.options, environment=said.environment)
    assert told[:2] == ["arg=run", "arg=--other"]
    assert "env.GREETING=mine" in told


@pytest.mark.parametrize(
    ("started", "says"),
    [
        ({}, "names no command"),
        ({"Cmd": ["x"], "Env": [f"BIG={'x' * 20_000}"]}, "command and environment have"),
        ({"Cmd": ["x"], "Env": ["A B=1"]}, "is not the name of a variable"),
    ],
)
def test_what_pid_1_could_not_do_is_refused(
    tmp_path: Path, started: Mapping[str, Any], says: str
) -> None:
    with pytest.raises(WrongInput, match=says):
        settings(tmp_path, started)


def test_a_further_configuration_of_the_kernel_wins(tmp_path: Path) -> None:
    (tmp_path / "more").write_text("# why\nCONFIG_IPV6=y\n# CONFIG_EXT4_FS is not set\n")
    merged = over(tmp_path / "more").splitlines()
    assert "CONFIG_IPV6=y" in merged and "# CONFIG_IPV6 is not set" not in merged
    assert "CONFIG_EXT4_FS=y" not in merged
    assert "CONFIG_SQUASHFS=y" in merged


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--port", "many"], "--port 'many' is none"),
        (["--port", "4000"], "does not say on which port it answers"),
        (["--port", "0:80"], "--port 0 is no port"),
        (["--volume", "none.ext4:/data:rw"], "mke2fs -q -t ext4 none.ext4 1G"),
        (["--image", "other"], "holds no image other"),
    ],
)
def test_run_refuses_before_it_builds(
    tmp_path: Path, own_state: Path, capsys: pytest.CaptureFixture[str], words: list[str], says: str
) -> None:
    path = as_tar(tmp_path / "web.tar", docker_files(MadeImage([FILES], {"Cmd": ["x"]})))
    assert main(["run", str(path), *words]) == 2
    assert says in capsys.readouterr().err
    assert not (own_state / "toolchains").exists()
