"""Prefect's UI in a browser: log in, start deploy_all from its form, follow it, see its table.

On the tests' lab: what is started deploys all of it, as the nightly does that is due every minute,
without fresh packages and figures.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import pytest
from selenium.webdriver.common.by import By

from runs.prefect_server.process import running_url
from state import state_folder
from tests.system.browser_of_tests import Browser
from tests.system.lab_of_tests import LAB, ROOT
from tests.system.prefect.prefect_of_tests import Serving, serve

pytestmark = [pytest.mark.browser, pytest.mark.docker, pytest.mark.lab]

TABLE = f"table-{LAB}"
NIGHTLY = "rebuild_and_measure"
T = TypeVar("T")


@pytest.fixture(scope="module")
def serving(deployed: dict[str, Any], environment_file: Path) -> Iterator[Serving]:
    """Promise a flows.serve whose nightly is due every minute."""
    nightly = ("--cron", "* * * * *", "--skip", "measure", "--skip", "package-list")
    port = urlsplit(running_url() or "").port  # the server of all these tests
    with serve(state_folder(), str(environment_file), *nightly, cwd=ROOT, port=port) as found:
        found.said("serving; ")
        yield found


@pytest.fixture
def browser(serving: Serving, tmp_path: Path) -> Iterator[Browser]:
    """Promise a browser that has logged in."""
    found = Browser(tmp_path / "profile")
    try:
        found.driver.get(serving.ui)
        found.write("input[type=password]", serving.login)
        found.click("button", "Login")
        found.read("Dashboard")
        yield found
    finally:
        found.driver.quit()


def test_a_wrong_login_is_told(serving: Serving, tmp_path: Path) -> None:
    browser = Browser(tmp_path / "profile")
    try:
        browser.driver.get(serving.ui)
        browser.write("input[type=password]", "admin:pass")
        browser.click("button", "Login")
        browser.read("Invalid credentials")
    finally:
        browser.driver.quit()


def test_deploy_all_is_started_from_its_form_and_leaves_its_table(
    serving: Serving, browser: Browser, pictures: Path
) -> None:
    browser.click("a", "Deployments")
    browser.click("a", "deploy")
    browser.click("button", "Run")
    browser.click("[role=menuitem]", "Custom run")
    environment = browser.wait(
        "the form", lambda: browser.driver.find_element(By.TAG_NAME, "textarea")
    ).get_attribute("value")
    browser.write("input[name=name]", "from the form")
    browser.click("button", "list", number=1)  # `skip`, after `only`
    browser.click("button", "Select")
    browser.click("[role=option]", "measure")  # of the steps, groups and kinds of its environment
    browser.picture(pictures / "prefect-form.png")
    browser.leave()
    before = serving.ended_runs()
    browser.press("button", "Submit")

    def by_hand() -> str | None:
        runs = [run for run in serving.runs() if not run["auto_scheduled"]]
        return next((run["id"] for run in runs if run["id"] not in before), None)

    run = serving.ended(browser.wait("the run", by_hand))
    assert run["state_name"] == "Completed", run["state"]["message"]
    asked = {name: run["parameters"][name] for name in ("environment", "only", "skip")}
    assert asked == {"environment": environment, "only": None, "skip": ["measure"]}
    browser.driver.get(f"{serving.ui}/v2/runs/flow-run/{run['id']}")
    browser.read("Completed")
    browser.read(": unchanged: ")  # of whichever step is in the part of its log that is shown
    assert browser.complaints("unsafe-eval") == []  # without it the run's graph stays empty
    browser.click("[role=tab]", "Artifacts")
    browser.read(TABLE)
    browser.picture(pictures / "prefect-run.png")
    browser.follow(f"/artifacts/key/{TABLE}")
    browser.follow("/artifacts/artifact/")  # the newest of its versions
    browser.read("proof unchanged")
    browser.picture(pictures / "prefect-table.png")


def test_a_nightly_due_in_a_minute_fires_and_completes(
    serving: Serving, browser: Browser, pictures: Path
) -> None:
    before = serving.ended_runs(NIGHTLY)

    def fired() -> str | None:
        """One that came due while another ran is left out, and cancelled."""
        found = [run for run in serving.runs(NIGHTLY) if run["auto_scheduled"] and run["end_time"]]
        ran = [run["id"] for run in found if run["state_type"] != "CANCELLED"]
        return next((run for run in ran if run not in before), None)

    run = serving.ended(browser.wait("the nightly", fired), NIGHTLY)
    assert run["state_name"] == "Completed", run["state"]["message"]
    browser.click("a", "Deployments")
    browser.click("a", "nightly")
    browser.read("auto-scheduled")
    browser.read("Completed")
    browser.picture(pictures / "prefect-nightly.png")


def test_the_ui_asks_no_other_server(serving: Serving, browser: Browser) -> None:
    browser.click("a", "Deployments")
    browser.read("nightly")
    assert browser.asked_elsewhere(urlsplit(serving.ui).netloc) == set()
