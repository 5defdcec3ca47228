"""What an application is given changes what is made of it, whatever runs it, or is refused."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any, get_args

import pytest
import yaml

from deployments.load import check_files, load_environment
from deployments.model import Application, Environment, Toolchain
from errors import WrongInput
from tasks.application import described
from tasks.container.compose_file import compose_file
from tasks.container.saved_image import EntryPoint
from tasks.unikernel.description import unikernel_xml
from tasks.unikernel.hosted_instance import Hosted, hosting
from tasks.vm.service import Service
from toolchains import HostingToolchain, Image

BASE = yaml.safe_load((Path(__file__).parent / "base.yaml").read_text())
SAYS = {"name": "app", "runtime": "python", "entry": "main.py", "port": 80}
STARTED = EntryPoint(("/bin/app",), {}, "/", 1000, 1000, "SIGTERM")

WAYS: dict[str, dict[str, str]] = {
    "container": {"technique": "container", "domu": "vm1"},
    "vm": {"technique": "vm"},
    "vm in a domU": {"technique": "vm", "domu": "vm1", "address": "10.0.7.200"},
    **{chain: {"technique": "unikernel", "toolchain": chain} for chain in get_args(Toolchain)},
}
SETTINGS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {  # of the environment, of app.yaml
    "memory": ({"memory": "96 MiB"}, {}),
    "vcpus": ({"vcpus": 2}, {}),
    "environment": ({"environment": {"A": "b"}}, {}),
    "volumes": ({"volumes": {"data": "archive"}}, {"volumes": {"data": "/data"}}),
    "what it needs": ({}, {"memory": "96 MiB"}),
    "its environment": ({}, {"environment": {"A": "b"}}),
    "secrets": ({}, {"secrets": ["token"]}),
}
REFUSED = {  # field, and what is said of it
    ("unik", "vcpus"): ("vcpus", "UniK's daemon gives each of its instances one processor"),
    **{
        (chain, "secrets"): ("toolchain", f"guests of {chain} are given no secrets")
        for chain in ("unik", "kraft", "ops")
    },
    **{
        (chain, "volumes"): ("toolchain", f"guests of {chain} mount no volumes")
        for chain in ("kraft", "ops")
    },
}
# A domU's memory is all its application's, and more than most need.
HAS_MORE = {(way, "what it needs") for way in ("vm", "vm in a domU")}
CASES = [(way, one) for way in WAYS for one in SETTINGS if (way, one) not in HAS_MORE]


def environment_with(folder: Path, entry: dict[str, Any], says: dict[str, Any]) -> Environment:
    """Write an environment of one application, and its app.yaml; read both."""
    source = folder / "app"
    source.mkdir(exist_ok=True)
    (source / "main.py").touch()
    (source / "app.yaml").write_text(json.dumps(SAYS | says))
    (folder / "centos7.tar").touch()
    app = {"name": "app", "source": "app", "address": "10.0.7.210", **entry}
    file = folder / "environment.yaml"
    file.write_text(json.dumps(BASE | {"applications": [app]}, indent=1))
    environment = load_environment(file)
    check_files(environment)
    return environment


def made(environment: Environment, folder: Path, server: Any) -> object:
    """Give what runs an application, as it is described to domU, libvirt or daemon."""
    [app] = environment.applications
    says = described(environment, app)
    if app.technique == "container":
        domu = environment.domu(str(app.domu))
        seals = {"token": "0"}
        return compose_file(environment, domu, {"app": says}, {"app": "app:1"}, seals, {})
    if app.technique == "vm":
        connections: Any = SimpleNamespace(server=server)
        return environment.domus, Service(environment, app, connections).unit(STARTED)
    return guest(environment, app, image_in(folder))


def guest(environment: Environment, app: Application, image: Image) -> object:
    chain = hosting(app)
    if chain is None:
        disk = "/secrets.squashfs" if described(environment, app).secrets else ""
        return unikernel_xml(environment, app, image, "", disk)
    told: dict[str, Any] = {}
    daemon: Any = SimpleNamespace(start=lambda _, **asked: told.update(asked))
    assert isinstance(chain, HostingToolchain)
    nobody: Any = None
    Hosted(environment, app, daemon, nobody).create(image)
    return told


def image_in(folder: Path) -> Image:
    kernel, root = folder / "kernel", folder / "root"
    kernel.touch()
    root.touch()
    (folder / "image.json").write_text('{"command": ["app"]}')
    named: dict[str, Any] = dict.fromkeys(("name", "toolchain", "runtime", "key"), "app")
    facts: dict[str, Any] = {"root_kind": "block", "size_bytes": 0, "packages": {}, "built": False}
    return Image(kernel=kernel, root=root, port=80, **named, **facts)


@pytest.mark.parametrize(("way", "setting"), CASES, ids=[": ".join(case) for case in CASES])
def test_each_setting_changes_what_is_made_or_is_refused(
    tmp_path: Path, own_state: Path, canned: Any, way: str, setting: str
) -> None:
    server = canned({"lvs": '{"report": [{"lv": []}]}'})
    before = made(environment_with(tmp_path, WAYS[way], {}), tmp_path, server)
    entry, says = SETTINGS[setting]
    if (way, setting) not in REFUSED:
        after = made(environment_with(tmp_path, WAYS[way] | entry, says), tmp_path, server)
        assert after != before
        return
    with pytest.raises(WrongInput) as error:
        environment_with(tmp_path, WAYS[way] | entry, says)
    field, message = REFUSED[way, setting]
    lines = (tmp_path / "environment.yaml").read_text().splitlines()
    line = max(at for at, text in enumerate(lines, 1) if text.strip().startswith(f'"{field}":'))
    assert f"environment.yaml:{line}: applications[0].{field}: {message}" in error.value.what
    assert error.value.remedy
