"""The rooms of the house: arrows point one way, and no room is a heap."""

from __future__ import annotations

import pytest

from tests.unit.rooms.house import PROJECT, ROOMS, files
from tests.unit.rooms.imports import imported

# From the top down as well: the folders of `tasks`, and the files beside them.
IN_TASKS = (
    *("looks", "rebuilding", "teardown", "rotation", "techniques", "doctor"),
    *("proof", "archive", "database", "comparing", "packet_filter"),
    *("vm", "unikernel", "domu", "container"),
    *("guest", "instance", "measuring", "server"),
    *("last_proof", "temporary", "compiled"),
    *("application", "certificate", "secret"),
    *("package_list", "content", "step_names"),
)
ALSO = {("flows/__init__.py", "commands")}  # for `python -m flows.ps`, which is a command
MOST = 18  # modules of one folder
# What only these may use. `lab` is used by its command line.
USERS = {"lab": {"bench", "commands"}, "commands": {"bench", "flows"}}


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_uses_only_what_is_below_it(room: str) -> None:
    above = ROOMS[: ROOMS.index(room)]
    found = {
        (str(file.relative_to(PROJECT)), used)
        for file in files(room)
        for used in {name.partition(".")[0] for name in imported(file)} & set(ROOMS) - {room}
        if (used in above and (str(file.relative_to(PROJECT)), used) not in ALSO)
        or room not in USERS.get(used, {room})
    }
    assert found == set()


@pytest.mark.parametrize("place", IN_TASKS)
def test_a_folder_of_tasks_uses_only_what_is_below_it(place: str) -> None:
    above = {f"tasks.{name}" for name in IN_TASKS[: IN_TASKS.index(place)]}
    found = {
        (str(file.relative_to(PROJECT)), used)
        for file in files(f"tasks/{place}")
        for used in imported(file)
        if ".".join(used.split(".")[:2]) in above
    }
    assert found == set()


def test_every_folder_of_tasks_has_its_place_in_that_order() -> None:
    there = {path.stem for path in (PROJECT / "tasks").iterdir() if "__" not in path.name}
    assert there == set(IN_TASKS)


@pytest.mark.parametrize("room", (*ROOMS, "apps", "tests"))
def test_no_folder_is_a_heap(room: str) -> None:
    folders = {file.parent for file in files(room)} - {PROJECT}
    heaps = {
        str(folder.relative_to(PROJECT)): count
        for folder in folders
        if (count := len(set(folder.glob("*.py")) - {folder / "__init__.py"})) > MOST
    }
    assert heaps == {}
