"""What is measured of each technique: which figures, in which order, how they were taken."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from deployments.model import Environment
from tasks.domu.domu import domu_xml
from tasks.guest.description import guest_xml, mark_in, marked
from tasks.instance.find import find
from tasks.measuring.load import HOW
from tasks.measuring.measure import Subject
from tasks.measuring.method import FIXED, REPETITIONS
from tasks.measuring.timed_start import Start
from tasks.techniques.techniques import Techniques
from tasks.unikernel.saved_state import SavedState
from tasks.unikernel.start import Trials
from tests.unit.instance.guests import Machines

DOMU = "centos7-VM"
MEMINFO = "MemTotal: 500 kB\nMemAvailable: 300 kB\n"
RUNS = "creating call until it returns"
PROBE = "a probe on the server gets the correct answer"
ROUND = json.dumps({"right": 100, "wrong": 0, "per_second": 50.0, "median": 0.02, "p99": 0.03})
MODES = "755\n644\n4755\n"
INSIDE = [
    (metric, "count", "in the root of what runs, find -xdev")
    for metric in ("files", "executables", "setuid")
]
LOAD = [
    ("requests_per_second", "requests/s", f"{HOW}, from the server"),
    ("latency_median", "s", f"{HOW}, from the server"),
    ("latency_p99", "s", f"{HOW}, from the server"),
]
STARTS = [
    ("start_running", "s", RUNS),
    ("start_first_answer", "s", f"creating call until {PROBE}"),
]


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is asked: each start is what its creating call does, and takes a second."""

    def timed(create: Callable[[], object], *_: object) -> Start:
        create()
        return Start(1.0, 2.0, 0.0)

    monkeypatch.setattr("tasks.measuring.timed_start._timed", timed)
    monkeypatch.setattr(
        "tasks.measuring.timed_start._ask_from_server", lambda *_: (lambda: 0.0, lambda: None)
    )
    monkeypatch.setattr("tasks.measuring.measure.IDLE", 0.0)


@pytest.fixture
def machines(canned: Callable[..., Any]) -> Machines:
    answers = {
        "python3 -c": ROUND,
        "cat /proc/meminfo": MEMINFO,
        "cat /var/log/xen": "",
        "df": "Used\n 621182976\n",
        "find / -xdev": MODES,
        "find /proc/7/root/ -xdev": MODES,
    }
    return Machines(canned(answers))


def subject(environment: Environment, machines: Machines, name: str) -> Subject:
    techniques = Techniques(environment, cast(Any, machines), Path("/nonexistent"))
    return techniques.of(find(environment, name)).subject("run-1")


def figures(of: Subject) -> list[tuple[str, str, str]]:
    return [(one.metric, one.unit, one.method) for one in of.measure(FIXED)]


def test_a_domu_is_measured_by_its_volume_its_starts_its_memory(
    environment: Environment, machines: Machines
) -> None:
    description = domu_xml(environment, environment.domu(DOMU))
    machines.define(DOMU, description, active=True)
    measured = subject(environment, machines, DOMU)
    assert (measured.name, measured.technique) == (DOMU, "vm")
    assert measured.key() == mark_in(description)["key"]
    assert figures(measured) == [
        ("size", "bytes", "df: used of /"),
        *STARTS,
        ("memory", "bytes", "MemTotal less MemAvailable"),
        *INSIDE,
    ]
    each = [f"forget {DOMU}", f"shut {DOMU} down", f"create {DOMU}"]
    assert machines.noted == each * REPETITIONS


def test_a_unikernel_is_measured_by_its_image_its_smallest_memory_its_starts(
    environment: Environment, machines: Machines, own_state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = environment.application("indexGD").model_copy(update={"start": "restored"})
    lab = environment.model_copy(
        update={
            "applications": tuple(
                one if app.name == one.name else app for app in environment.applications
            )
        }
    )
    image = SimpleNamespace(size_bytes=7_000_000)
    chain = SimpleNamespace(build=lambda *_: image)
    monkeypatch.setattr("tasks.unikernel.image.toolchain", lambda _: chain)
    monkeypatch.setattr("tasks.unikernel.direct_start.toolchain", lambda _: chain)
    monkeypatch.setattr("tasks.unikernel.measuring.toolchain", lambda _: chain)
    monkeypatch.setattr(Trials, "answers_with", lambda _, mebibytes: mebibytes >= 20)
    monkeypatch.setattr(SavedState, "save", lambda _: "state")
    monkeypatch.setattr(SavedState, "restore", lambda _, state: machines.noted.append(state))
    guest = guest_xml(lab, one.name, memory=2**26, vcpus=1, address=one.address)
    description = marked(guest, lab.name)
    machines.define(one.name, description, active=True)
    measured = subject(lab, machines, one.name)
    assert (measured.name, measured.technique) == (one.name, "unikernel")
    assert measured.key() == mark_in(description)["key"]
    assert figures(measured) == [
        ("size", "bytes", "bytes of kernel and root"),
        ("memory_smallest", "bytes", "bisection in whole MiB"),
        *STARTS,
        ("start_restored", "s", f"restoring call until {PROBE}"),
        ("memory", "bytes", "memory the hypervisor has given the guest"),
        *LOAD,
    ]
    started = [f"destroy {one.name}", f"create {one.name}"] * REPETITIONS
    # The fake guest stays down while it is restored, so that it is ended once more only, and is
    # brought back in the end, as one that the load was too much for.
    restored = [f"destroy {one.name}", *["state"] * REPETITIONS]
    assert machines.noted == [*started, *restored, f"create {one.name}"]


def test_a_container_is_measured_by_its_image_its_memory_its_starts(
    environment: Environment, machines: Machines, own_state: Path
) -> None:
    noted: list[str] = []
    attrs = {
        "NetworkSettings": {"Networks": {}},
        "Config": {},
        "HostConfig": {},
        "Image": "sha256:it",
        "State": {"Pid": 7},
    }
    container = SimpleNamespace(
        name="fwss",
        attrs=attrs,
        image=SimpleNamespace(attrs={"Size": 10}),
        stop=lambda timeout: noted.append("stop"),
        remove=lambda: noted.append("remove"),
        stats=lambda stream: {"memory_stats": {"usage": 40}},
    )

    def make(*_: object) -> dict[str, str]:
        noted.append("make")
        return {"Id": "1"}

    api = SimpleNamespace(create_container_from_config=make, start=lambda _: noted.append("start"))
    containers = SimpleNamespace(get=lambda _: container)
    machines.engines[DOMU] = SimpleNamespace(containers=containers, api=api)
    measured = subject(environment, machines, "FWSS")
    assert (measured.name, measured.technique, measured.key()) == ("FWSS", "container", "sha256:it")
    assert figures(measured) == [
        ("size", "bytes", "the engine's size of the image, base included"),
        ("memory", "bytes", "docker stats: usage less inactive files"),
        *STARTS,
        *LOAD,
        *INSIDE,
    ]
    assert noted == ["stop", "remove", "make", "start"] * REPETITIONS
