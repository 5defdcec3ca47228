"""Status, names and snapshots, as programs and people read them."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from errors import EposVirtError, WrongInput
from lab import __main__ as command
from lab import folders, process
from lab.folders import LabState, MachineFolder
from lab.keys import known_hosts_line
from lab.snapshots import parse
from lab.ssh import Login, command_line
from lab.status import SshAccess, Status, table

STATUS = Status(
    name="lab",
    state="up",
    stale=False,
    accelerator="tcg",
    accelerator_reason="no /dev/kvm",
    ssh=SshAccess(
        host="127.0.0.1",
        port=2222,
        user="root",
        key="/state/id_ed25519",
        known_hosts="/state/known_hosts",
        answers=True,
    ),
    address="10.0.7.100",
    interface="enp3s0",
    disk="/dev/vdb",
    memory_mb=4096,
    cpus=2,
    pid=4711,
    snapshots=["fresh", "xen"],
    built_from="0123456789abcdef",
    folder="/state",
    console="/state/console.log",
)


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("EPOS_VIRT_STATE", str(tmp_path))
    return tmp_path


def test_a_table_has_a_line_for_each_value() -> None:
    lines = dict(line.split(maxsplit=1) for line in table(STATUS).splitlines())
    assert lines["ssh"] == "root@127.0.0.1:2222, answers"
    assert lines["snapshots"] == "fresh, xen"
    assert lines["stale"] == "no"
    assert lines["pid"] == "4711"


def test_what_is_not_there_is_a_dash() -> None:
    absent = STATUS.model_copy(update={"state": "absent", "ssh": None, "pid": None})
    lines = dict(line.split(maxsplit=1) for line in table(absent).splitlines())
    assert lines["pid"] == "-"
    assert "ssh" not in lines


@pytest.mark.usefixtures("state")
def test_a_lab_that_was_never_made_is_absent(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["status", "--name", "never", "-o", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["state"], found["pid"], found["snapshots"]) == ("absent", None, [])


@pytest.mark.usefixtures("state")
@pytest.mark.parametrize("verb", ["console", "ssh", "down"])
def test_a_lab_that_is_absent_says_how_to_make_it(
    verb: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.main([verb, "--name", "never"]) == 2
    assert "python -m lab up --name never" in capsys.readouterr().err


def made(disks: MachineFolder, snapshot: str) -> None:
    """A lab that is down, with a snapshot on both its disks."""
    disks.path.mkdir(parents=True)
    for disk in (disks.root_disk, disks.data_disk):
        subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", disk, "1M"], check=True)
        subprocess.run(["qemu-img", "snapshot", "-c", snapshot, disk], check=True)
    folders.write_state(disks, LabState(base="b", snapshots={snapshot: "tcg"}))


@pytest.mark.usefixtures("state")
def test_a_lab_that_is_not_running_is_down_already(capsys: pytest.CaptureFixture[str]) -> None:
    made(folders.lab_folder("mine"), "xen")
    assert command.main(["down", "--name", "mine"]) == 0
    assert "down already" in capsys.readouterr().err


@pytest.mark.usefixtures("state")
def test_a_snapshot_is_deleted_from_all_disks_of_a_lab_that_is_down(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    disks = folders.lab_folder("mine")
    made(disks, "xen")
    # One without memory, as qemu-img takes it, is not offered otherwise.
    monkeypatch.setattr("lab.machine.snapshots.read", lambda folder: ["xen"])
    assert command.main(["forget", "xen", "--name", "mine"]) == 0
    for disk in (disks.root_disk, disks.data_disk):
        told = subprocess.run(["qemu-img", "info", disk], capture_output=True, text=True)
        assert "xen" not in told.stdout
    state = folders.read_state(disks)
    assert state is not None
    assert state.snapshots == {}


@pytest.mark.usefixtures("state")
def test_a_snapshot_that_is_not_there_is_not_deleted(capsys: pytest.CaptureFixture[str]) -> None:
    made(folders.lab_folder("mine"), "xen")
    assert command.main(["forget", "xne", "--name", "mine"]) == 2
    assert "has no snapshot xne" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["", "Lab", "../lab", "a/b", "a" * 32, "-x"])
def test_a_name_that_could_leave_the_folder_is_refused(name: str) -> None:
    with pytest.raises(WrongInput, match="name of a lab"):
        folders.check_lab_name(name)


@pytest.mark.parametrize("name", ["", "1", "7up", "a b", "a/b", "--x"])
def test_a_snapshot_name_that_qemu_takes_for_a_number_is_refused(name: str) -> None:
    with pytest.raises(WrongInput, match="name of a snapshot"):
        folders.check_snapshot_name(name)


def test_throwing_a_lab_away_needs_a_yes(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = MachineFolder(state / "lab" / "labs" / "kept")
    folder.path.mkdir(parents=True)
    folders.write_state(folder, LabState(base="gone"))
    assert command.main(["reset", "--name", "kept"]) == 2
    assert "--yes" in capsys.readouterr().err
    assert folder.state_file.exists()


def test_a_lab_whose_base_is_gone_says_so(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = MachineFolder(state / "lab" / "labs" / "old")
    folder.path.mkdir(parents=True)
    folders.write_state(folder, LabState(base="gone"))
    assert command.main(["up", "--name", "old"]) == 1
    assert "lab reset --name old" in capsys.readouterr().err


def test_a_state_that_cannot_be_read_names_the_file(tmp_path: Path) -> None:
    folder = MachineFolder(tmp_path)
    folder.state_file.write_text('{"port": "many"}')
    with pytest.raises(EposVirtError, match=r"state\.json cannot be read"):
        folders.read_state(folder)


def test_another_process_with_the_recorded_id_is_not_ours(tmp_path: Path) -> None:
    folder = MachineFolder(tmp_path)
    folder.pid_file.write_text(f"{os.getpid()}\n")
    assert process.running_pid(folder) is None
    assert process.kill(folder) is False


@pytest.mark.parametrize("content", ["", "none", "999999999"])
def test_a_pid_file_that_names_nothing_is_a_lab_that_is_down(tmp_path: Path, content: str) -> None:
    folder = MachineFolder(tmp_path)
    folder.pid_file.write_text(content)
    assert process.running_pid(folder) is None


def test_snapshots_without_memory_were_interrupted_and_do_not_count() -> None:
    info = {
        "snapshots": [
            {"name": "second", "vm-state-size": 5, "date-sec": 20, "date-nsec": 0},
            {"name": "broken", "vm-state-size": 0, "date-sec": 15, "date-nsec": 0},
            {"name": "first", "vm-state-size": 5, "date-sec": 10, "date-nsec": 0},
        ]
    }
    assert parse(json.dumps(info)) == ["first", "second"]
    assert parse("{}") == []


def test_the_host_key_is_pinned_to_the_port() -> None:
    assert known_hosts_line("127.0.0.1", 2222, "ssh-ed25519 AAAA a comment") == (
        "[127.0.0.1]:2222 ssh-ed25519 AAAA\n"
    )


def test_ssh_trusts_the_pinned_key_only_and_keeps_arguments_apart() -> None:
    login = Login(folder=MachineFolder(Path("/state/a b")), port=2222, key=Path("/state/key"))
    words = command_line(login, ["echo", "a b", "*"])
    assert "StrictHostKeyChecking=yes" in words
    assert 'UserKnownHostsFile="/state/a b/known_hosts"' in words
    assert words[-1] == "echo 'a b' '*'"
    assert command_line(login, ["echo a; echo b"])[-1] == "echo a; echo b"
