"""docs/add-a-toolchain.md: the toolchain that stands there is one, and does what the page says."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from errors import WrongInput
from runs.telling import told_to
from toolchains import GuestSettings, GuestVolume, Toolchain, read_application

PAGE = (Path(__file__).parents[3] / "docs" / "add-a-toolchain.md").read_text()


@pytest.fixture
def ready(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """Promise the page's toolchain as the module it is to be."""
    [source] = [
        block
        for block in re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
        if block.startswith('"""')
    ]
    module = ModuleType("toolchains.ready")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    exec(compile(source, "toolchains/ready.py", "exec"), module.__dict__)
    yield module


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An application with a kernel of somebody's."""
    (tmp_path / "app.yaml").write_text(
        "name: hello\nruntime: binary\nentry: kernel\nport: 4000\nanswer: {contains: hello}\n"
    )
    (tmp_path / "kernel").write_bytes(b"\x7fELF, or so")
    return tmp_path


def test_it_has_all_that_a_toolchain_offers(ready: ModuleType) -> None:
    offered = {name for name in vars(Toolchain) if not name.startswith("_")}
    offered |= set(Toolchain.__annotations__)
    assert offered == {"name", "summary", "look", "build", "command_line", "describe"}
    assert all(hasattr(ready, name) for name in offered)


def test_an_image_is_built_once_and_told(ready: ModuleType, folder: Path, tmp_path: Path) -> None:
    heard: list[str] = []
    with told_to(heard.append):
        first = ready.build(read_application(folder), tmp_path / "cache")
        again = ready.build(read_application(folder), tmp_path / "cache")
    assert (first.built, again.built) == (True, False)
    assert heard == ["hello: taking its kernel"]
    assert first.kernel.read_bytes() == b"\x7fELF, or so"
    assert first.size_bytes == 11
    assert ready.describe(first)["boots_as"] == ["xen-pv"]
    (folder / "kernel").write_bytes(b"another")
    assert ready.build(read_application(folder), tmp_path / "cache").key != first.key


def test_a_look_makes_nothing(ready: ModuleType, folder: Path, tmp_path: Path) -> None:
    assert ready.look(read_application(folder), tmp_path / "cache") is None
    assert not (tmp_path / "cache").exists()
    built = ready.build(read_application(folder), tmp_path / "cache")
    found = ready.look(read_application(folder), tmp_path / "cache")
    assert found == built.model_copy(update={"built": False})


def test_its_line_says_all_and_it_refuses_what_it_cannot_do(
    ready: ModuleType, folder: Path, tmp_path: Path
) -> None:
    image = ready.build(read_application(folder), tmp_path / "cache")
    bare = GuestSettings(address="10.0.7.210/24", gateway="10.0.7.1", arguments=("-v",))
    settings = bare.model_copy(update={"environment": {"A": "b"}})
    line = ready.command_line(image, settings)
    assert line == "ip=10.0.7.210/24 gw=10.0.7.1 A=b -- -v"
    volume = GuestVolume(device="/dev/xvdb", mount_point="/archive")
    with pytest.raises(WrongInput, match="cannot mount /archive"):
        ready.command_line(image, bare.model_copy(update={"volumes": (volume,)}))
    with pytest.raises(WrongInput, match="cannot be given this value"):
        ready.command_line(image, bare.model_copy(update={"environment": {"A": "b c"}}))
    (folder / "kernel").unlink()
    (folder / "other").touch()
    text = (folder / "app.yaml").read_text().replace("entry: kernel", "entry: other")
    (folder / "app.yaml").write_text(text)
    with pytest.raises(WrongInput, match="is not there"):
        ready.build(read_application(folder), tmp_path / "cache")
