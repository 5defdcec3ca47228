"""The list of packages: what the mirror has, what is keyed on it, an older one built from again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from deployments.model import Environment
from errors import WrongInput
from runs.step import Action, Plan, Step, built_before, change
from tasks import package_list
from tasks.container.base_image import base_key, read_base_images
from tasks.package_list import PackageList, in_use, kept_as, list_key, read_list, toolchain_folder
from tasks.rebuilding import fresh_list
from tasks.rebuilding.fresh_list import asked_for, installed_in, sets_of
from tasks.rebuilding.fresh_packages import Fresh, different

pytestmark = pytest.mark.usefixtures("own_state")

OLD = PackageList("2026-11-30T03:30:00+00:00", {"libc6": "2.41-12", "nginx": "1.26"})
NEW = PackageList("2026-12-01T03:30:00+00:00", {"libc6": "2.41-13", "nginx": "1.26"})
SAME = PackageList("2026-12-02T03:30:00+00:00", dict(NEW.packages))

SIMULATED = """\
Reading package lists...
Inst libc6 (2.41-12+deb13u5 Debian:13.8/stable [amd64]) []
Inst nginx [1.20] (1.26.3-3 Debian:13.8/stable, Debian-Security:13/stable-security [amd64])
Conf libc6 (2.41-12+deb13u5 Debian:13.8/stable [amd64])
"""


def test_without_a_list_keys_are_what_they_were() -> None:
    base = next(iter(read_base_images().values()))
    before = base_key(base)
    assert (list_key(), before) == ((), base_key(base, ()))
    folder = toolchain_folder()
    package_list.use(OLD)
    listed = base_key(base)
    assert len({before, listed}) == 2
    assert toolchain_folder().parent == folder
    package_list.use(NEW)
    assert base_key(base) not in (before, listed)
    package_list.use(OLD)
    assert base_key(base) == listed, "an older list finds again what was built of it"
    package_list.use(None)
    assert base_key(base) == before


def test_a_list_is_kept_under_its_date() -> None:
    package_list.use(OLD)
    package_list.use(NEW)
    assert [path.name[:10] for path in (kept_as(OLD), kept_as(NEW))] == ["2026-11-30", "2026-12-01"]
    assert read_list(kept_as(OLD)) == OLD


@pytest.mark.parametrize("text", ["", "[]", '{"date": "2026"}', '{"date": 1, "packages": []}'])
def test_what_is_no_list_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "list.json"
    file.write_text(text)
    with pytest.raises(WrongInput, match="no list of packages"):
        read_list(file)


def test_what_apt_would_install_is_read() -> None:
    assert installed_in(SIMULATED) == {"libc6": "2.41-12+deb13u5", "nginx": "1.26.3-3"}


def test_what_a_dockerfile_asks_for_is_read() -> None:
    text = (
        "RUN apt-get update -qq \\\n"
        "    && apt-get install -y -qq --no-install-recommends python3-flask \\\n"
        "       python3-waitress >/dev/null && rm -rf /var\n"
        "RUN apt-get update && apt-get -y install nginx\n"
    )
    assert asked_for(text) == ["python3-flask", "python3-waitress", "nginx"]


def test_the_mirror_is_asked_for_all_that_the_environment_is_built_from(
    environment: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = {name for sets in sets_of(environment).values() for one in sets for name in one}
    assert {"postgresql-17", "docker.io", "gcc", "busybox", "nginx"} <= names
    ran: list[tuple[str, ...]] = []

    def run(*command: str, **_: Any) -> str:
        ran.append(command)
        return SIMULATED

    monkeypatch.setattr(fresh_list, "run", run)
    found = fresh_list.fresh_list(environment)
    assert found.packages == {"libc6": "2.41-12+deb13u5", "nginx": "1.26.3-3"}
    assert [command[0] for command in ran].count("mmdebstrap") == len(sets_of(environment))
    assert all("--simulate" in command for command in ran), "nothing is installed"


def fresh(environment: Environment, there: PackageList, file: Path | None = None) -> Fresh:
    return Fresh(environment, file, lambda _: there)


def test_a_night_builds_from_what_the_mirror_has(environment: Environment) -> None:
    night = fresh(environment, NEW)
    plan = night.step("night").plan()
    assert (plan.reason, in_use()) == ("no list is in use", None), "a plan only looks"
    night.take()
    assert in_use() == NEW


def test_a_list_that_did_not_change_stays_with_its_date(environment: Environment) -> None:
    package_list.use(NEW)
    fresh(environment, SAME).take()
    assert in_use() == NEW


@pytest.fixture
def builds() -> Callable[[Plan], Step]:
    return lambda plan: Step("image x", "g", "here", lambda: plan, ("before",), builds=True)


def test_what_is_built_waits_for_the_list(
    environment: Environment, builds: Callable[[Plan], Step]
) -> None:
    night = fresh(environment, NEW)
    step = night.guarded(builds(change("missing", Action("build", lambda: None))))
    assert step.after == ("before", "package-list")
    assert step.plan().actions
    other = Step("bridge", "g", "server", lambda: change("missing"))
    assert night.guarded(other) is other


def test_an_older_night_is_built_of_what_is_kept_and_of_nothing_else(
    environment: Environment, builds: Callable[[Plan], Step]
) -> None:
    package_list.use(OLD)
    night = fresh(environment, NEW, kept_as(OLD))
    package_list.use(NEW)
    night.take()
    assert in_use() == OLD
    assert not night.guarded(builds(built_before("is kept", "key"))).plan().actions
    missing = night.guarded(builds(change("missing", Action("build", lambda: None))))
    with pytest.raises(WrongInput, match="is not kept, and cannot be made") as error:
        missing.plan()
    assert "libc6 2.41-13 in place of 2.41-12" in error.value.seen


def test_packages_that_differ_are_named() -> None:
    assert different(OLD, NEW) == ["libc6 2.41-13 in place of 2.41-12"]
    assert different(NEW, SAME) == []
