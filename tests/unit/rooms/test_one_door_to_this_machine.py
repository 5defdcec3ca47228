"""Programs of this machine are run by `runs/child.py`; whoever does not says why."""

from __future__ import annotations

from tests.unit.rooms.house import PROJECT, ROOMS, files
from tests.unit.rooms.imports import imported

NOT_BY_IT = {
    "bench/database.py": "is timed by hand: what it starts is what it times",
    "bench/deployments.py": "is timed by hand: what it starts is what it times",
    "bench/history.py": "is timed by hand: what it starts is what it times",
    "bench/indexing.py": "is timed by hand: what it starts is what it times",
    "bench/large_node.py": "is timed by hand: what it starts is what it times",
    "blocks/engine.py": "an engine lives as long as its block",
    "lab/accelerator.py": "a guest is killed as soon as it has spoken",
    "lab/ssh.py": "openssh's status tells a lost connection from a failed command; a clock is told",
    "runs/child.py": "is the door",
    "runs/prefect_server/process.py": "a server that outlives who started it",
    "toolchains/linux/run_directly.py": "runs on a server, which has nothing of ours",
    "toolchains/linux/scan_imports.py": "runs in a build root, which has nothing of ours",
    "toolchains/linux/train_java.py": "runs in a build root, which has nothing of ours",
    "toolchains/qemu.py": "a guest runs until whoever asked for it has seen enough",
}


def test_who_starts_programs_without_the_one_door_has_a_reason() -> None:
    found = {
        str(file.relative_to(PROJECT))
        for room in ROOMS
        for file in files(room)
        if any(name.partition(".")[0] == "subprocess" for name in imported(file))
    }
    assert found == set(NOT_BY_IT)
