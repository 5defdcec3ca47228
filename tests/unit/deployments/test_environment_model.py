"""The model: what ships loads, every field explains itself, sizes and names hold their promises."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Iterator
from ipaddress import IPv4Address, IPv4Interface
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import BaseModel, TypeAdapter, ValidationError

import deployments
from deployments import text
from deployments.__main__ import main, schema_text
from deployments.load import load_environment
from deployments.model import Environment
from deployments.part import Part
from deployments.size import UNITS, MiB, Size
from errors import WrongInput
from lab.folders import check_lab_name

ROOM = Path(deployments.__file__).parent
SHIPPED = sorted(ROOM.glob("*.yaml"))
BASE = Path(__file__).parent / "base.yaml"


@pytest.fixture(params=SHIPPED, ids=lambda path: path.stem)
def shipped(request: pytest.FixtureRequest) -> Path:
    path = request.param
    assert isinstance(path, Path)
    return path


def test_the_shipped_environments_are_there() -> None:
    assert [path.name for path in SHIPPED] == ["epos-server.yaml", "lab.yaml"]


def test_a_shipped_environment_loads(shipped: Path) -> None:
    environment = load_environment(shipped)
    assert environment.folder == ROOM
    assert [app.name for app in environment.containers] == [
        "database",
        "Products_Portal",
        "FWSS",
        "EPOS_GLASS_Framework",
        "GLASS-web-client",
        "NodeManager",
    ]
    assert [app.name for app in environment.unikernels] == ["indexGD", "RunQC", "EPOS_Sync_System"]
    assert environment.network.address == IPv4Interface("10.0.7.100/24")
    assert environment.domu("centos7-VM").memory == 512 * MiB


def test_a_shipped_environment_starts_in_the_order_of_listing_4_9(shipped: Path) -> None:
    after = {app.name: app.after for app in load_environment(shipped).containers}
    assert after["database"] == ()
    assert after["EPOS_GLASS_Framework"] == ("database",)
    assert after["FWSS"] == after["Products_Portal"] == ("database", "EPOS_GLASS_Framework")


def test_a_shipped_environment_names_its_schema_and_follows_it(shipped: Path) -> None:
    content = shipped.read_text()
    assert content.startswith("# yaml-language-server: $schema=environment.schema.json\n")
    schema = json.loads((ROOM / "environment.schema.json").read_text())
    jsonschema.validate(yaml.safe_load(content), schema)


def test_both_shipped_environments_describe_the_same_node() -> None:
    lab, server = (load_environment(ROOM / f"{name}.yaml") for name in ("lab", "epos-server"))
    assert lab.applications == server.applications
    assert lab.server.lab
    assert server.server.ssh and server.server.ssh.key
    assert server.server.ssh.key.is_absolute()


def test_the_sizes_are_those_of_table_4_2() -> None:
    volumes = load_environment(ROOM / "epos-server.yaml").storage.volumes
    assert {volume.name: round(volume.size / 2**30, 2) for volume in volumes[:4]} == {
        "root": 18.62,
        "home": 18.62,
        "swap": 3.72,
        "vmCentOS1": 10.00,
    }


def test_the_labs_volumes_fit_its_second_disk() -> None:
    volumes = load_environment(ROOM / "lab.yaml").storage.volumes
    assert sum(volume.size for volume in volumes) < 19 * 2**30


def test_the_committed_schema_is_current(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema"]) == 0
    assert capsys.readouterr().out == schema_text()
    assert (ROOM / "environment.schema.json").read_text() == schema_text(), (
        "run: python -m deployments schema > deployments/environment.schema.json"
    )


def parts(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """All the models that make up a model."""
    yield model
    for child in model.__subclasses__():
        yield from parts(child)


@pytest.mark.parametrize("part", list(parts(Part)), ids=lambda part: part.__name__)
def test_every_field_is_described(part: type[BaseModel]) -> None:
    assert part.__doc__
    for name, field in part.model_fields.items():
        assert field.description, name
        assert field.description.endswith("."), name


def test_the_field_descriptions_of_sizes_name_the_unit() -> None:
    schema = json.loads(schema_text())
    for part in schema["$defs"].values():
        for name, field in part["properties"].items():
            if "memory" in name or name == "size":
                assert "MiB" in field["description"]


def test_an_environment_survives_a_round_trip_through_json() -> None:
    environment = load_environment(BASE)
    assert Environment.model_validate_json(environment.model_dump_json()) == environment
    assert Environment.model_validate(environment.model_dump()) == environment
    assert environment.folder == BASE.parent


def test_environments_are_frozen() -> None:
    environment = load_environment(BASE)
    with pytest.raises(ValidationError):
        environment.name = "other"


def test_defaults() -> None:
    environment = load_environment(BASE)
    first, second = environment.domus
    assert (second.vcpus, second.autostart, second.kernel_options) == (1, True, ())
    assert (first.on_poweroff, first.on_reboot, first.on_crash) == ("destroy", "restart", "restart")
    assert environment.application("indexer").toolchain == "linux"
    assert environment.application("portal").toolchain is None
    assert environment.application("portal").address == IPv4Address("10.0.7.202")
    assert environment.application("database").environment == {"PORT": "5432"}
    assert environment.hypervisor.kernel_options == ()


@pytest.mark.parametrize("kind", ["application", "domu", "volume"])
def test_asking_for_what_is_not_there_names_the_nearest(kind: str) -> None:
    environment = load_environment(BASE)
    near = {"application": "databas", "domu": "vm11", "volume": "disk11"}[kind]
    with pytest.raises(WrongInput, match=r"write `(database|vm1|disk1)` \(the nearest\)"):
        getattr(environment, kind)(near)


@pytest.mark.parametrize(
    ("written", "size"),
    [
        ("512 MiB", 536870912),
        ("10.00 GiB", 10737418240),
        ("120 GB", 120_000_000_000),
        ("1kB", 1000),
        ("1 KiB", 1024),
        ("1 B", 1),
        ("0.5 KiB", 512),
        ("1 TiB", 2**40),
    ],
)
def test_a_size_is_read_in_bytes(written: str, size: int) -> None:
    assert Size.read(written) == size


@given(st.integers(min_value=1, max_value=2**50))
def test_a_size_is_written_so_that_it_reads_the_same(size: int) -> None:
    assert Size.read(Size(size).text) == size


@pytest.mark.parametrize(
    "written", ["", "MiB", "1", "1 M", "1 mib", "-1 MiB", "1_0 MiB", "1e3 MiB", "\u0661 MiB", "0 B"]
)
def test_44_a_size_that_is_none_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match=r"size|unit"):
        Size.read(written)


@pytest.mark.parametrize("bare", [1024, 1.5, True, None])
def test_44_bare_numbers_are_no_sizes(bare: object) -> None:
    with pytest.raises(ValidationError, match="size"):
        TypeAdapter(Size).validate_python(bare)


def test_a_volume_is_rounded_up_to_whole_extents_as_lvm_does() -> None:
    volumes = {
        volume.name: volume for volume in load_environment(ROOM / "lab.yaml").storage.volumes
    }
    assert volumes["root"].size == 477 * 4 * MiB  # 1.86 GiB are 476.16 extents
    assert volumes["vmCentOS1"].size == Size.read("4 GiB")


def test_units_are_binary_and_decimal() -> None:
    assert UNITS["MiB"] == 1024**2
    assert UNITS["MB"] == 1000**2


# Text that reaches command lines, GRUB's configuration or file names of the server.
WORDS: dict[str, Any] = {
    name: TypeAdapter(getattr(text, name))
    for name in (
        "Name",
        "InterfaceName",
        "Host",
        "User",
        "Device",
        "BootOption",
        "Package",
        "Suite",
    )
}
CANARIES = ["$(touch pwned)", "`id`", "; rm -rf /", "-rf", "a b", "a\nb", "a'b", 'a"b', "a\\b"]
CANARIES += ["../a", "", "a\0b", '"/><disk>', "a&b", "a|b", "a>b", "*", "a\n", "\u202ea", "v\u043c"]


@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize("canary", CANARIES)
def test_27_no_kind_of_word_takes_shell_text(word: str, canary: str) -> None:
    with pytest.raises(ValidationError):
        WORDS[word].validate_python(canary)


@pytest.mark.parametrize("word", WORDS)
@given(tail=st.text(st.characters(codec="ascii"), max_size=12))
def test_every_accepted_word_survives_a_shell_unchanged(word: str, tail: str) -> None:
    start = "/dev/v" if word == "Device" else "v"
    try:
        accepted = WORDS[word].validate_python(start + tail)
    except ValidationError:
        return
    assert shlex.split(accepted) == [accepted]
    assert shlex.quote(accepted) == accepted
    assert not accepted.startswith("-")


@given(st.text(st.sampled_from("aZ09-._\n\u0661"), max_size=33))
@example("a" * 31)
@example("a" * 32)
@example("10.0.7.201")
def test_an_environment_takes_the_names_that_the_labs_command_takes(name: str) -> None:
    def takes(check: Callable[[str], str]) -> bool:
        try:
            return bool(check(name))
        except (ValueError, WrongInput):
            return False

    assert takes(text.check_lab_name) == takes(check_lab_name)


@pytest.mark.parametrize("name", ["DB_PASSWORD", "secret", "API_KEY", "apiToken", "PGPASSWD"])
def test_61_variables_that_hold_secrets_are_known_by_name(name: str) -> None:
    assert text.holds_secret(name)
    assert not text.holds_secret(f"{name}_FILE")


@pytest.mark.parametrize("name", ["PORT", "KEYBOARD", "PASSENGERS", "LANG"])
def test_61_other_variables_are_not_taken_for_secrets(name: str) -> None:
    assert not text.holds_secret(name)
