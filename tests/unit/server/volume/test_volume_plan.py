"""Logical volumes: made or grown, never shrunk; nothing of anybody else's is ever changed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from deployments.model import Environment, Volume
from errors import EposVirtError
from tasks.server.group import check_empty, find_group, group_step, read_groups
from tasks.server.volume import (
    LogicalVolume,
    check_space,
    note,
    plan_volume,
    read_volumes,
    require_ours,
    volume_step,
)

HERE = Path(__file__).parent
CASES = sorted((HERE / "cases").glob("*.yaml"))
GIB, MIB = 2**30, 2**20


def real(name: str) -> str:
    return (HERE / "real" / name).read_text()


class Machines:
    """The connections of a run whose server is canned."""

    def __init__(self, server: Any) -> None:
        self.server = server


@pytest.mark.parametrize("case", CASES, ids=[case.stem for case in CASES])
def test_what_to_run_and_why(case: Path, environment: Environment) -> None:
    told = yaml.safe_load(case.read_text())
    if told.get("invalid"):
        with pytest.raises(ValidationError):
            Volume.model_validate(told["want"])
        return
    have = told["have"] and LogicalVolume(
        told["have"]["name"], told["have"]["size"], frozenset(told["have"].get("tags", ()))
    )
    want = Volume.model_validate(told["want"])
    if "refused" in told:
        with pytest.raises(EposVirtError, match=told["refused"]):
            plan_volume(environment, have, want)
        return
    assert plan_volume(environment, have, want) == (tuple(told["run"]), told["reason"])


def test_a_note_is_read_by_its_key() -> None:
    tags = frozenset({"epos-virt", "epos-virt.root=3f2a", "epos-virt.rooted=x", "backup=daily"})
    volume = LogicalVolume("root", GIB, tags)
    assert volume.ours
    assert volume.noted("root") == "3f2a"
    assert volume.noted("content") is None
    assert not LogicalVolume("root", GIB, frozenset({"epos-virt.root=3f2a"})).ours


def test_volumes_of_one_group_are_read_as_lvs_prints_them(canned: Callable[..., Any]) -> None:
    server = canned({"lvs": real("lvs_of_the_thesis_volumes.json")})
    volumes = read_volumes(server, "epos")
    assert sorted(volumes) == ["archive", "home", "root", "vmCentOS1"]
    assert volumes["root"] == LogicalVolume("root", 2000683008, frozenset({"epos-virt"}))
    assert volumes["vmCentOS1"].noted("root") == "3f2a5b6c7d8e9f00"
    assert not read_volumes(server, "other")["root"].ours
    assert read_volumes(server, "nothing") == {}


def test_a_server_without_any_group_has_no_volumes(canned: Callable[..., Any]) -> None:
    assert read_volumes(canned({"lvs": real("lvs_without_any_group.json")}), "epos") == {}


def test_groups_are_read_with_their_free_bytes(canned: Callable[..., Any]) -> None:
    groups = read_groups(canned({"vgs": real("vgs_of_two_groups.json")}))
    assert [(group.name, group.free, group.extent) for group in groups] == [
        ("epos", 12582912000, 4 * MIB),
        ("other", 0, 32 * MIB),
    ]


def test_a_full_group_is_told_before_anything_is_made(canned: Callable[..., Any]) -> None:
    server = canned({"vgs": real("vgs_of_two_groups.json")})
    want = Volume.model_validate({"name": "big", "size": "12 GiB"})
    with pytest.raises(EposVirtError) as error:
        check_space(server, "epos", want, None)
    assert error.value.seen == "needs 12.00 GiB, free are 11.72 GiB"
    check_space(server, "epos", want, LogicalVolume("big", GIB))


def test_two_groups_of_one_name_are_told_apart_by_nobody_but_the_operator(
    canned: Callable[..., Any],
) -> None:
    two = real("vgs_of_two_groups.json").replace('"other"', '"epos"')
    with pytest.raises(EposVirtError, match="has 2 volume groups named epos") as error:
        find_group(canned({"vgs": two}), "epos")
    assert "AAAA-1" in error.value.seen and "BBBB-2" in error.value.seen


@pytest.mark.parametrize(
    ("column", "value", "told"),
    [
        ("vg_exported", "exported", "is exported"),
        ("vg_missing_pv_count", "1", "lacks 1 physical volumes"),
    ],
)
def test_a_group_that_is_not_whole_or_not_here_is_not_used(
    canned: Callable[..., Any], column: str, value: str, told: str
) -> None:
    usual = "0" if column == "vg_missing_pv_count" else ""
    shown = real("vgs_of_two_groups.json").replace(f'"{column}":"{usual}"', f'"{column}":"{value}"')
    with pytest.raises(EposVirtError, match=told):
        find_group(canned({"vgs": shown}), "epos")


def test_large_extents_are_counted_and_told(
    canned: Callable[..., Any], environment: Environment
) -> None:
    shown = real("vgs_of_two_groups.json").replace("4194304B", f"{32 * MIB}B")
    without = real("lvs_without_any_group.json")
    machines: Any = Machines(canned({"vgs": shown, "lvs": without}))
    plan = volume_step(environment, environment.volume("home"), machines, ()).plan()
    assert plan.reason == "epos/home: is missing; becomes 1.88 GiB in whole extents of 32 MiB"
    tight = shown.replace("12582912000B", f"{environment.volume('home').size}B")
    machines = Machines(canned({"vgs": tight, "lvs": without}))
    with pytest.raises(EposVirtError, match="too full"):
        volume_step(environment, environment.volume("home"), machines, ()).plan()


def test_a_volume_as_it_should_be_is_left_alone(
    canned: Callable[..., Any], environment: Environment
) -> None:
    server = canned({"lvs": real("lvs_of_the_thesis_volumes.json")})
    machines: Any = Machines(server)
    plan = volume_step(environment, environment.volume("root"), machines, ()).plan()
    assert plan.actions == ()
    assert plan.reason == "epos/root: already 1.86 GiB"


def test_a_group_that_is_there_is_left_alone(
    canned: Callable[..., Any], environment: Environment
) -> None:
    machines: Any = Machines(canned({"vgs": real("vgs_of_two_groups.json")}))
    assert group_step(environment.storage, machines, ()).plan().actions == ()


def test_a_group_is_made_on_an_empty_disk_only(
    canned: Callable[..., Any], environment: Environment
) -> None:
    without = '{"report": [{"vg": []}], "log": []}'
    machines: Any = Machines(canned({"vgs": without, "lsblk": real("lsblk_of_an_empty_disk.json")}))
    plan = group_step(environment.storage, machines, ()).plan()
    assert [action.what for action in plan.actions] == ["vgcreate epos /dev/vdb"]

    machines = Machines(canned({"vgs": without, "lsblk": real("lsblk_of_the_system_disk.json")}))
    with pytest.raises(EposVirtError, match="is not empty") as error:
        group_step(environment.storage, machines, ()).plan()
    assert "ext4" in error.value.seen
    assert not error.value.transient


@pytest.mark.parametrize(
    "found",
    [
        '{"path":"/dev/vdb","fstype":null,"pttype":"gpt","mountpoints":[],"type":"disk"}',
        '{"path":"/dev/vdb","fstype":null,"pttype":null,"mountpoints":[],"type":"disk",'
        '"children":[{"path":"/dev/vdb1","fstype":"ext4","pttype":"gpt","type":"part"}]}',
        '{"path":"/dev/vdb","fstype":"crypto_LUKS","pttype":null,"type":"disk"}',
        # As lsblk lists them where it is not asked for NAME: beside one another.
        '{"path":"/dev/vdb","fstype":null,"pttype":null,"type":"disk"},'
        '{"path":"/dev/vdb1","fstype":null,"pttype":null,"type":"part"}',
        '{"path":"/dev/vdb","fstype":"LVM2_member","pttype":null,"type":"disk","size":1073741824,'
        '"children":[{"path":"/dev/mapper/d-l","fstype":"ext4","type":"lvm","mountpoints":["/d"]}]}',
        # A guest's disk without a signature, one of a thin pool, what a card reader holds, swap.
        '{"path":"/dev/mapper/d--1-guest","fstype":null,"pttype":null,"type":"lvm"}',
        '{"path":"/dev/vdb","fstype":"LVM2_member","type":"disk","children":[{"path":"/dev/mapper/'
        'd-pool_tmeta","type":"lvm","children":[{"path":"/dev/mapper/d-pool","type":"lvm"}]}]}',
        '{"path":"/dev/vdb","fstype":null,"pttype":null,"type":"disk","ro":true}',
        '{"path":"/dev/sr0","fstype":null,"pttype":null,"type":"rom","ro":"0"}',
        '{"path":"/dev/vdb","fstype":"swap","pttype":null,"type":"disk","mountpoints":["[SWAP]"]}',
        '{"path":"/dev/vdb","fstype":"linux_raid_member","pttype":null,"type":"disk","children":['
        '{"path":"/dev/md0","fstype":null,"type":"raid1"}]}',
        '{"path":"/dev/vdb","fstype":null,"type":"disk","children":[{"path":"/dev/mapper/mpatha",'
        '"fstype":null,"type":"mpath"}]}',
    ],
)
def test_a_disk_that_holds_anything_is_refused(canned: Callable[..., Any], found: str) -> None:
    with pytest.raises(EposVirtError, match="is not empty") as error:
        check_empty(canned({"lsblk": f'{{"blockdevices": [{found}]}}'}), "/dev/vdb")
    assert error.value.seen.count("/dev/") == found.count('"path"')


@pytest.mark.parametrize("kind", ["disk", "part", "crypt", "raid1", "mpath"])
def test_what_is_empty_is_taken_whatever_it_is_made_of(
    canned: Callable[..., Any], kind: str
) -> None:
    found = f'{{"path":"/dev/vdb","fstype":null,"mountpoints":[null],"type":"{kind}","ro":false}}'
    server = canned({"lsblk": f'{{"blockdevices": [{found}]}}'})
    assert check_empty(server, "/dev/vdb") == 0


@pytest.mark.parametrize(
    "name", ["thin-pool", "a_b.c-d", "vm--1", "root_rimage"], ids=lambda name: str(name)
)
def test_volumes_are_known_by_their_own_name_in_their_own_group(
    canned: Callable[..., Any], name: str
) -> None:
    """Not by that of the mapper, where a dash is two; columns stand in any order."""
    row = {"lv_tags": "", "lv_size": "4194304B", "lv_name": name, "vg_name": "epos-1"}
    other = row | {"vg_name": "epos"}
    server = canned({"lvs": json.dumps({"report": [{"lv": [other, row]}], "log": []})})
    assert read_volumes(server, "epos-1") == {name: LogicalVolume(name, 4194304)}


def test_what_lies_on_a_disk_is_named(canned: Callable[..., Any]) -> None:
    upon = (
        '{"path":"/dev/vdb1","fstype":"ext4","type":"part","size":1073741824,"mountpoints":["/d"]}'
    )
    found = f'{{"path":"/dev/vdb","fstype":null,"pttype":"gpt","type":"disk","children":[{upon}]}}'
    with pytest.raises(EposVirtError) as error:
        check_empty(canned({"lsblk": f'{{"blockdevices": [{found}]}}'}), "/dev/vdb")
    assert error.value.seen.splitlines() == [
        "/dev/vdb (disk): partitions (gpt)",
        "/dev/vdb1 (part, 1.00 GiB): ext4, in use at /d",
    ]


def test_a_disk_that_is_not_there_is_told(canned: Callable[..., Any]) -> None:
    server = canned({"lsblk": (32, "")})
    with pytest.raises(EposVirtError, match="has no device /dev/vdz"):
        check_empty(server, "/dev/vdz")


@pytest.mark.parametrize(("group", "refused"), [("", ""), ("data", "belongs to the volume group")])
def test_a_physical_volume_of_a_killed_run_is_used_and_no_group_s(
    canned: Callable[..., Any], group: str, refused: str
) -> None:
    found = '{"path":"/dev/vdb","fstype":"LVM2_member","pttype":null,"type":"disk"}'
    physical = f'{{"report": [{{"pv": [{{"vg_name": "{group}"}}]}}]}}'
    server = canned({"lsblk": f'{{"blockdevices": [{found}]}}', "pvs": physical})
    if not refused:
        check_empty(server, "/dev/vdb")
        return
    with pytest.raises(EposVirtError, match=refused) as error:
        check_empty(server, "/dev/vdb")
    assert "group: data" in error.value.remedy


def test_a_note_replaces_the_one_before(canned: Callable[..., Any]) -> None:
    server = canned({"lvchange": ""})
    volume = LogicalVolume("root", GIB, frozenset({"epos-virt", "epos-virt.root=old"}))
    note(server, "epos", volume, "root", "old")
    assert server.told == []
    note(server, "epos", volume, "root", "new")
    note(server, "epos", volume, "root", "")
    tags = ("--deltag", "epos-virt.root=old")
    assert server.told == [
        ("lvchange", *tags, "--addtag", "epos-virt.root=new", "epos/root"),
        ("lvchange", *tags, "epos/root"),
    ]


def test_nothing_but_a_volume_of_ours_is_given_out_for_writing(
    canned: Callable[..., Any], environment: Environment
) -> None:
    server = canned({"lvs": real("lvs_of_the_thesis_volumes.json")})
    assert require_ours(server, environment, "root").ours
    with pytest.raises(EposVirtError, match="epos/none is missing"):
        require_ours(server, environment, "none")
    storage = environment.storage.model_copy(update={"group": "other"})
    elsewhere = environment.model_copy(update={"storage": storage})
    with pytest.raises(EposVirtError, match="other/root was not made by epos-virt"):
        require_ours(server, elsewhere, "root")
