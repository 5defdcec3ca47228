"""What a night is told to be: worse, with what changed; the same, however it scatters; or void."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from deployments.model import Environment
from history import History, Platform, open_history
from history.judging.nights import judge
from history.metric import Technique
from runs.step import Action
from tasks import package_list
from tasks.package_list import PackageList
from tasks.rebuilding import verdict
from tasks.rebuilding.built_from import BuiltFrom, built_from, changes
from tasks.rebuilding.nights import Night, good_nights, nights_of, remember_night
from tasks.rebuilding.old_nights import remove_files, too_old
from tasks.rebuilding.verdict import Regressed, verdict_step
from tests.quick_history import in_one_transaction

pytestmark = pytest.mark.usefixtures("own_state")

# What starts of an empty guest took, over their median, on a machine that had other work.
STORED = (0.854, 0.894, 0.976, 0.999, 1.0, 1.0, 1.009, 1.093, 1.129, 1.206)
SUBJECTS: tuple[tuple[str, Technique], ...] = (
    ("indexGD", "unikernel"), ("RunQC", "unikernel"), ("FWSS", "container"), ("GLASS", "container"),
    ("database", "container"), ("Products_Portal", "container"), ("centos7-VM", "vm"),
    ("null-guest", "unikernel"), ("empty-container", "container"),
)  # fmt: skip
METRICS = ("start_running", "start_first_answer", "latency_median")
BEFORE = BuiltFrom(
    packages={"libc6": "2.41-12", "nginx": "1.26"},
    revision="a" * 40,
    uncommitted="",
    sources={"indexGD": "1"},
    kernel={"kernel.config: CONFIG_SMP": "n"},
    environment="e",
)


@pytest.fixture
def history(tmp_path: Path) -> Iterator[History]:
    with open_history(str(tmp_path / "history.sqlite")) as opened:
        yield opened


def measured(
    history: History,
    chance: random.Random,
    slower: dict[str, float] | None = None,
    starts: int = 30,
    processor: str = "a",
) -> str:
    """Record a night in which every figure scatters as stored, and some subjects are slower."""
    platform = Platform(kind="emulation", processor=processor, cores=2, memory=2**33)
    run = history.begin_run("rebuild_and_measure", "lab", platform)
    with in_one_transaction(history):
        for subject, technique in SUBJECTS:
            times = (slower or {}).get(subject, 1.0)
            for metric in METRICS:
                values = [times * chance.choice(STORED) for _ in range(starts)]
                history.add_samples(run, subject, technique, metric, "s", values, "a watch")
            history.add_samples(run, subject, technique, "size", "bytes", [7_000_000], "ls")
    history.end_run(run, "done")
    return run


@pytest.fixture(scope="module")
def measured_once(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """Thirteen nights of the same: the file, and the runs. Recording them takes seconds."""
    file, chance = tmp_path_factory.mktemp("nights") / "history.sqlite", random.Random(1)
    with open_history(str(file)) as opened:
        return file, [measured(opened, chance) for _ in range(13)]


@pytest.fixture
def nights(measured_once: tuple[Path, list[str]], tmp_path: Path) -> list[str]:
    """Promise thirteen nights of the same in the test's own history; gives the runs."""
    file, runs = measured_once
    shutil.copy(file, tmp_path / "history.sqlite")
    return runs


def test_ten_nights_of_the_same_are_no_worse(nights: list[str], history: History) -> None:
    runs = nights
    for at in range(3, 13):
        found = judge(history.engine, runs[at], runs[:at])
        assert (found.worse, found.better, found.slower_machine) == ((), (), ())
        assert (found.nights, found.judged) == (min(at, 7), len(SUBJECTS) * (len(METRICS) + 1))


def test_ten_percent_slower_are_found_with_thirty_starts(
    nights: list[str], history: History
) -> None:
    runs = nights[:7]
    for seed in range(5):
        slow = measured(history, random.Random(seed), {"RunQC": 1.10})
        found = judge(history.engine, slow, runs)
        assert {one.figure.subject for one in found.worse} == {"RunQC"}


def test_a_larger_image_is_found_against_a_single_night(
    nights: list[str], history: History
) -> None:
    first = nights[0]
    second = measured(history, random.Random(2))
    history.add_samples(second, "FWSS", "container", "size", "bytes", [7_200_000], "ls")
    [one] = judge(history.engine, second, [first]).worse
    assert str(one) == "FWSS (container), size: 7.00 -> 7.20 MB, 1.03 times"


def test_a_slower_machine_is_no_verdict(nights: list[str], history: History) -> None:
    runs = nights[:5]
    slow = measured(history, random.Random(3), {subject: 1.3 for subject, _ in SUBJECTS})
    found = judge(history.engine, slow, runs)
    assert found.worse == ()
    assert {one.figure.subject for one in found.slower_machine} == {"null-guest", "empty-container"}


def test_nights_of_another_machine_are_left_out(history: History) -> None:
    runs = [measured(history, random.Random(at), processor="other") for at in range(5)]
    assert judge(history.engine, measured(history, random.Random(9)), runs).nights == 0


def test_what_changed_is_named() -> None:
    assert changes(BEFORE, BEFORE) == []
    now = replace(
        BEFORE,
        packages={"libc6": "2.41-13", "zlib1g": "1.3"},
        revision="b" * 40,
        sources={"indexGD": "2"},
        kernel={"kernel.config: CONFIG_SMP": "y"},
    )
    assert changes(BEFORE, now) == [
        f"source revision {'a' * 12} -> {'b' * 12}",
        "package libc6 2.41-12 -> 2.41-13",
        "package nginx 1.26 -> -",
        "package zlib1g - -> 1.3",
        "kernel kernel.config: CONFIG_SMP n -> y",
        "sources of indexGD or what they are built on differ",
    ]


def test_many_changes_of_a_kind_are_counted() -> None:
    now = replace(BEFORE, packages={f"p{number:02}": "1" for number in range(20)})
    assert changes(BEFORE, now)[-1] == "and 10 more of package"


def test_this_project_can_be_looked_at(environment: Environment) -> None:
    now = built_from(environment)
    assert now.packages == {}
    assert now.kernel["kernel.config: CONFIG_XEN_PV"] == "y"
    assert set(now.sources) == {app.name for app in environment.applications}


@pytest.fixture
def judged(
    history: History, environment: Environment, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Judging]:
    monkeypatch.setattr(verdict, "built_from", lambda _: replace(BEFORE, packages=packages()))
    yield Judging(history, environment)


def packages() -> dict[str, str]:
    listed = package_list.in_use()
    return dict(listed.packages) if listed else {}


class Judging:
    """Nights one after the other, each judged as its flow's step does."""

    def __init__(self, history: History, environment: Environment) -> None:
        self.history, self.environment = history, environment
        self.seed = 0

    def night(
        self, slower: dict[str, float] | None = None, accept: bool = False, **listed: str
    ) -> str:
        self.seed += 1
        package_list.use(PackageList(f"2026-12-{self.seed:02}", {"libc6": "1", **listed}))
        run = measured(self.history, random.Random(self.seed), slower)
        step = verdict_step(
            self.environment, self.history, run, "night", ("measure x",), list, accept=accept
        )
        assert step.after == ("measure x",)
        actions: Sequence[Action] = step.plan().actions
        assert len(nights_of(self.environment.name)) == self.seed - 1, "a plan only looks"
        actions[0].do()
        return run


def test_a_regression_ends_red_and_names_what_changed(judged: Judging) -> None:
    for _ in range(4):
        judged.night()
    with pytest.raises(Regressed) as error:
        judged.night({"FWSS": 1.2}, nginx="1.27")
    told = str(error.value)
    assert "FWSS (container), start_first_answer" in told
    assert "changed: package nginx - -> 1.27" in told
    assert "--accept" in told
    kept = nights_of(judged.environment.name)
    assert [night.good for night in kept] == [True] * 4 + [False]
    # The next night is compared with the good ones, and as red.
    with pytest.raises(Regressed):
        judged.night({"FWSS": 1.2}, nginx="1.27")
    judged.night()


def test_what_is_accepted_is_what_later_nights_are_compared_with(judged: Judging) -> None:
    for _ in range(4):
        judged.night()
    accepted = judged.night({"FWSS": 1.3}, accept=True)
    kept = nights_of(judged.environment.name)
    assert [night.run for night in good_nights(kept)] == [accepted]
    judged.night({"FWSS": 1.3})


def night(run: str, key: str, good: bool = True, accepted: bool = False) -> Night:
    return Night(run, good, accepted, "", key, BEFORE, roots=(f"vm-{key}.tar.zst",))


def test_old_nights_go_and_the_last_good_one_stays() -> None:
    kept = [night("1", "a"), night("2", "a"), *(night(f"{n}", "b", good=False) for n in "345")]
    assert [one.run for one in too_old(kept, 2)] == ["1", "3"]
    assert too_old(kept, 5) == []


def test_what_only_old_nights_were_built_of_goes(own_state: Path) -> None:
    names = ("a", "b", "c")
    for key in names:
        (own_state / "toolchains" / key).mkdir(parents=True)
        (own_state / "roots").mkdir(exist_ok=True)
        (own_state / "roots" / f"vm-{key}.tar.zst").touch()
    remove_files([night("1", "a"), night("2", "b")], [night("3", "b"), night("4", "c")])
    assert sorted(path.name for path in (own_state / "toolchains").iterdir()) == ["b", "c"]
    left = sorted(path.name for path in (own_state / "roots").iterdir())
    assert left == ["vm-b.tar.zst", "vm-c.tar.zst"]


def test_a_night_is_read_as_it_was_kept() -> None:
    one = replace(night("1", "a", accepted=True), images=("epos/fwss:1",), said="all well")
    remember_night("lab", one)
    assert nights_of("lab") == [one]
