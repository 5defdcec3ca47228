"""An application in its own virtual machine: what follows from one word, and its service."""

from __future__ import annotations

import io
import tarfile
from xml.etree import ElementTree as xml

import pytest

from deployments.container_image.configuration import Started
from deployments.implied import completed
from deployments.model import Environment
from deployments.variant import as_technique
from errors import EposVirtError
from tasks.container.saved_image import EntryPoint, entry_point
from tasks.domu.domu import domu_xml, lacking_disks
from tasks.domu.root_filesystem import packages_of
from tasks.guest.disks import disks_of, target_of
from tasks.vm.unit import Mounted, mount_texts, mount_unit, preparation_text, unit_text
from toolchains.linux.container.tree import Tree


@pytest.fixture
def environment(environment: Environment) -> Environment:
    """The lab's environment with RunQC as a virtual machine."""
    return completed(
        environment.model_copy(
            update={
                "applications": tuple(
                    as_technique(app, "vm") if app.name == "RunQC" else app
                    for app in environment.applications
                )
            }
        )
    )


def test_one_word_gives_an_application_a_machine_of_its_own(environment: Environment) -> None:
    app = environment.application("RunQC")
    machine = environment.domu(str(app.domu))
    assert (machine.name, str(machine.address)) == ("RunQC-VM", "10.0.7.211/24")
    assert environment.volume(machine.volume).size >= 2**29
    assert machine.memory > (app.memory or 0)
    assert "docker.io" not in packages_of(machine)
    assert "docker.io" in packages_of(environment.domu("centos7-VM"))


def test_its_machine_has_the_logical_volumes_it_uses_read_only(environment: Environment) -> None:
    tree = xml.fromstring(domu_xml(environment, environment.domu("RunQC-VM")))
    named = {
        disk.find("source").get("dev"): disk  # type: ignore[union-attr]
        for disk in tree.iterfind("devices/disk")
    }
    assert set(named) == {"/dev/epos/RunQC-VM", "/dev/epos/archive"}
    assert named["/dev/epos/archive"].find("readonly") is not None
    assert named["/dev/epos/RunQC-VM"].find("readonly") is None


def test_a_volume_keeps_its_device_whatever_comes_beside_it(environment: Environment) -> None:
    storage = environment.storage
    fewer = storage.model_copy(update={"volumes": storage.volumes[-2:]})
    moved = environment.model_copy(update={"storage": fewer})
    before = disks_of(environment, "RunQC-VM")["archive"]
    assert disks_of(moved, "RunQC-VM")["archive"] == before
    assert before.device == f"/dev/{target_of('archive')}"
    assert before.filesystem == "squashfs"


def test_a_running_domu_gets_the_disks_that_it_lacks(environment: Environment) -> None:
    machine = environment.domu("RunQC-VM")
    wanted = domu_xml(environment, machine)
    without = environment.model_copy(update={"applications": ()})
    assert list(lacking_disks(domu_xml(without, machine), wanted)) == [target_of("archive")]
    assert lacking_disks(wanted, wanted) == {}


def files(**named: str) -> Tree:
    """A root file system; `usr__bin` stands for usr/bin."""
    layer = io.BytesIO()
    with tarfile.open(fileobj=layer, mode="w") as packed:
        for name, text in named.items():
            member = tarfile.TarInfo(name.replace("__", "/"))
            member.size = len(text)
            packed.addfile(member, io.BytesIO(text.encode()))
    layer.seek(0)
    return Tree.of([tarfile.open(fileobj=layer)])


def test_an_image_says_how_its_program_is_started() -> None:
    passwd = "root:x:0:0:root:/root:/bin/sh\nweb:x:71:72:web:/srv:/bin/false\n"
    config = {
        "Entrypoint": ["python3"],
        "Cmd": ["web.py"],
        "Env": ["A=b=c", "PATH=/bin:/usr/bin"],
        "User": "web",
        "WorkingDir": "/opt",
        "StopSignal": "SIGINT",
    }
    tree = files(etc__passwd=passwd, usr__bin__python3="")
    assert entry_point("epos/web:1", Started.model_validate(config), tree) == EntryPoint(
        command=("/usr/bin/python3", "web.py"),
        environment={"HOME": "/srv", "A": "b=c", "PATH": "/bin:/usr/bin"},
        directory="/opt",
        user=71,
        group=72,
        stop_signal="SIGINT",
    )


@pytest.mark.parametrize(
    ("config", "says"),
    [
        ({}, "names nothing to start"),
        ({"Entrypoint": ["absent"]}, "starts absent, which is not in it"),
        ({"Entrypoint": ["/x"], "User": "nobody"}, "as user nobody, whom it does not know"),
    ],
)
def test_an_image_that_cannot_be_started_is_told(config: dict[str, object], says: str) -> None:
    with pytest.raises(EposVirtError, match=says):
        entry_point("epos/web:1", Started.model_validate(config), files(x=""))


VOLUMES = (
    Mounted("/srv/epos/volumes/archive", "/archive", True, "/dev/xvdkq", "squashfs"),
    Mounted("/srv/epos/volumes/data", "/var/lib/data", False),
)


def test_what_is_written_in_an_environment_means_itself_in_the_service() -> None:
    started = EntryPoint(("/bin/x", "100 %", "$HOME"), {"A": "1", "B": "2"}, "/", 71, 72, "SIGINT")
    text = unit_text(
        "web",
        "/srv/epos/root-1/files",
        started,
        {"B": 'say "hi" for 5 $\\'},
        VOLUMES,
        ["token"],
        {"secret token": "5eal"},
        ["/tmp"],
        2**26,
        2,
    )
    lines = text.splitlines()
    for line in (
        'ExecStart="/bin/x" "100 %%" "$$HOME"',
        'Environment="A=1"',
        'Environment="B=say \\"hi\\" for 5 $\\\\"',
        "User=71",
        "Group=72",
        "KillSignal=SIGINT",
        "# secret token: 5eal",
        "BindReadOnlyPaths=/srv/epos/secrets/token:/run/secrets/token",
        'BindReadOnlyPaths="/srv/epos/volumes/archive":"/archive"',
        'RequiresMountsFor="/srv/epos/volumes/archive"',
        "# /srv/epos/volumes/archive: /dev/xvdkq, squashfs",
        'BindPaths="/srv/epos/volumes/data":"/var/lib/data"',
        "MemoryMax=67108864",
        "CPUQuota=200%",
    ):
        assert line in lines


def test_volumes_are_mounted_and_given_their_owner_outside_the_application() -> None:
    """A command of the service itself would have the application's paths bound in its own root."""
    prepared = preparation_text("/srv/epos/root-1/files", VOLUMES).splitlines()
    assert 'RequiresMountsFor="/srv/epos/volumes/archive"' in prepared
    [owner] = [line for line in prepared if "chown" in line]
    assert "--reference=/srv/epos/root-1/files/var/lib/data /srv/epos/volumes/data" in owner
    [(name, text)] = mount_texts(VOLUMES).items()
    assert name == "srv-epos-volumes-archive.mount"
    for line in ("What=/dev/xvdkq", "Type=squashfs", "Options=ro", "StopWhenUnneeded=yes"):
        assert line in text.splitlines()


def test_a_mounts_unit_is_named_as_systemd_escapes_its_folder() -> None:
    assert mount_unit("/srv/epos/volumes/a-b_c.d") == r"srv-epos-volumes-a\x2db_c.d.mount"
