"""Unikernels on a real Xen: several of one state, many of one image, and those that fail."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from deployments.load import load_environment
from deployments.model import Application
from errors import EposVirtError
from flows.session import Session, open_session
from runs.patience import plain
from tasks.server.transfer import send_file
from tasks.unikernel import start as unikernel_start
from tasks.unikernel.description import unikernel_xml
from tasks.unikernel.image import build_image, carried
from tasks.unikernel.unikernel import Guest
from tests.system.lab_of_tests import ROOT, lab, on_server, run

pytestmark = [pytest.mark.lab, pytest.mark.docker]
FIXTURES = ROOT / "tests" / "fixtures"
DICE = """
  - {{name: {name}, source: ../tests/fixtures/dice, technique: unikernel,
     address: {address}, memory: 48 MiB, {more}}}
"""
DICE_HAS = {  # name: address and what else it is
    "dice-1": ("10.0.7.221", "start: restored"),
    "dice-2": ("10.0.7.222", "start: restored"),
    "dice-pvh": ("10.0.7.223", "type: pvh"),
}
ASK = "import urllib.request as u; print(u.urlopen('http://{}:4000{}', timeout=20).read().decode())"


@pytest.fixture
def with_dice(deployed: dict[str, Any], environment_file: Path) -> Iterator[Path]:
    """The deployed environment, and one application more in it three times."""
    text = environment_file.read_text()
    more = "".join(
        DICE.format(name=name, address=address, more=more)
        for name, (address, more) in DICE_HAS.items()
    )
    changed = text.replace("\n# The RINEX files that indexGD reads", more + "\n# The RINEX files")
    assert changed != text
    path = environment_file.with_name(f".{environment_file.stem}-dice.yaml")
    path.write_text(changed)
    try:
        yield path
    finally:
        for name in DICE_HAS:
            run("flows.rm", name, "--yes", "--environment", path, check=False)
        path.unlink()


def ask(address: str, path: str) -> str:
    """Ask a unikernel from its server."""
    return on_server("python3", "-c", ASK.format(address, path)).strip()


def test_two_instances_of_one_saved_state_differ(with_dice: Path) -> None:
    run("flows.run_unikernels", with_dice, "--only", "dice-1")
    second = run("flows.run_unikernels", with_dice, "--only", "dice-2")
    assert re.search(r"-dice-1\.state fits", second.stderr)
    assert "booting it instead" not in second.stderr
    addresses = [DICE_HAS[name][0] for name in ("dice-1", "dice-2")]
    assert len({ask(address, "/") for address in addresses}) == 2
    assert [ask(address, "/health") for address in addresses] == ["ready", "ready"]


def test_the_same_image_boots_as_pvh(with_dice: Path) -> None:
    run("flows.run_unikernels", with_dice, "--only", "dice-pvh")
    assert ask(DICE_HAS["dice-pvh"][0], "/health") == "ready"
    assert "xenpvh" in on_server("virsh", "-c", "xen:///system", "dumpxml", "dice-pvh")


def test_many_instances_of_one_image_start_answer_and_end(
    deployed: dict[str, Any], environment_file: Path
) -> None:
    """Four: each costs seconds of an emulated server; the README's sixteen are a long test's."""
    done = run("bench.instances", "-n", "4", "--pairs", "0", "-e", environment_file)
    assert re.search(r"4 instances: created in .* all answered", done.stdout)
    assert "indexGD-" not in on_server("virsh", "-c", "xen:///system", "list", "--all", "--name")


def test_what_is_done_by_hand_is_seen_and_kept_in_the_history(
    deployed: dict[str, Any], environment_file: Path
) -> None:
    def state() -> str:
        listed = run("flows.ps", "-e", environment_file, "-o", "json").json
        [found] = [one["state"] for one in listed if one["name"] == "RunQC"]
        return str(found)

    for verb, left in (("stop", "stopped"), ("start", "running")):
        run(f"flows.{verb}", "runqc", "-e", environment_file)
        assert state() == left
        [last] = run("flows.history", "list", "--limit", "1", "-o", "json").json
        assert (last["flow"], last["state"], last["changed"]) == (verb, "done", 1)


@contextmanager
def guest_of(
    environment_file: Path, kept: Path, fixture: str, *, spoiled: bool = False
) -> Iterator[tuple[Session, Guest]]:
    """Define a unikernel that will fail; `spoiled` leaves it without its root."""
    environment = load_environment(environment_file)
    application = Application.model_validate(
        {
            "name": f"fails-{fixture}",
            "source": str((FIXTURES / fixture).relative_to(ROOT)),
            "technique": "unikernel",
            "address": "10.0.7.230",
            "memory": "48 MiB",
        }
    )
    environment = environment.model_copy(update={"path": ROOT / "environment.yaml"})
    with open_session(environment, builds=False) as session:
        server = session.connections.server
        image = build_image(environment, application)
        if spoiled:
            nothing = kept / "nothing"
            nothing.write_bytes(bytes(2**20))
            image = image.model_copy(update={"root": nothing, "key": "0" * 64})
        for there, here in carried(image).items():
            send_file(server, here, there)
        guest = Guest(environment, application, session.connections, kept, lambda: None)
        guest.define(unikernel_xml(environment, application, image, ""))
        yield session, guest


@pytest.mark.parametrize(
    ("fixture", "spoiled", "says"),
    [
        ("hungry", False, "Out of memory"),
        ("dice", True, "panic"),
        ("mute", False, "epos-init: exec"),
    ],
    ids=["exhausts its memory", "panics", "never answers"],
)
def test_a_unikernel_that_fails_tells_its_console_and_leaves_nothing(
    deployed: dict[str, Any],
    environment_file: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    fixture: str,
    spoiled: bool,
    says: str,
) -> None:
    monkeypatch.setattr(unikernel_start, "ANSWER_WITHIN", plain(20.0))  # of this machine
    with guest_of(environment_file, tmp_path, fixture, spoiled=spoiled) as (_session, guest):
        with pytest.raises(EposVirtError) as failed:
            guest.start()
        assert says in failed.value.seen
        assert guest.application.name not in on_server("xl", "list")
    known = on_server("virsh", "-c", "xen:///system", "list", "--all", "--name")
    assert f"fails-{fixture}" not in known
    assert lab("status", "-o", "json").json["state"] == "up"


def test_one_that_is_not_described_any_more_is_ended(
    with_dice: Path, environment_file: Path
) -> None:
    run("flows.run_unikernels", with_dice, "--only", "dice-2")
    only = ("--only", "superseded")
    planned = run("flows.prepare_host", environment_file, *only, "--plan", "-o", "json").json
    [reason] = [row["reason"] for row in planned]
    assert "dice-2: not described any more" in reason
    run("flows.prepare_host", environment_file, *only)
    known = on_server("virsh", "-c", "xen:///system", "list", "--all", "--name").split()
    assert "dice-2" not in known
    assert {"indexGD", "centos7-VM"} <= set(known)
