"""Prefect's UI in a browser: log in, start deploy_all from its form, follow it, see its table.

On the tests' lab: what is started deploys all of it, as the nightly does that is due every minute.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import pytest
from selenium.common.exceptions import NoSuchElementException, StaleElementReferenceException
from selenium.webdriver import Chrome, ChromeOptions, ChromeService
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement

from runs.prefect_server.process import running_url
from runs.wait import wait_until
from state import state_folder
from tests.system.lab_of_tests import LAB, ROOT
from tests.system.prefect_of_tests import LONGEST, Serving, serve

pytestmark = [pytest.mark.browser, pytest.mark.docker, pytest.mark.lab]

TABLE = f"table-{LAB}"
T = TypeVar("T")


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where pictures are kept: EPOS_VIRT_PICTURES (docs/pictures for the docs), or nowhere."""
    asked = os.environ.get("EPOS_VIRT_PICTURES")
    return ROOT / asked if asked else tmp_path_factory.mktemp("pictures")


@pytest.fixture(scope="module")
def serving(deployed: dict[str, Any], environment_file: Path) -> Iterator[Serving]:
    """Promise a flows.serve whose nightly is due every minute."""
    nightly = ("--cron", "* * * * *", "--skip", "measure")
    port = urlsplit(running_url() or "").port  # the server of all these tests
    with serve(state_folder(), str(environment_file), *nightly, cwd=ROOT, port=port) as found:
        found.said("serving; ")
        yield found


class Browser:
    """Debian's chromium without a window, used as a person does: by what is written there."""

    def __init__(self, profile: Path) -> None:
        options = ChromeOptions()
        options.binary_location = "/usr/bin/chromium"
        for argument in (
            "--headless=new",
            "--no-sandbox",  # the tests are root
            "--disable-dev-shm-usage",
            "--enable-unsafe-swiftshader",  # a run's graph is drawn with WebGL
            "--window-size=1400,1000",
            f"--user-data-dir={profile}",
        ):
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
        self.driver = Chrome(options=options, service=ChromeService("/usr/bin/chromedriver"))

    def wait(self, what: str, ask: Callable[[], T | None]) -> T:
        """Wait for something on the page, which may be drawn anew at any time."""

        def asked() -> T | None:
            try:
                return ask()
            except (IndexError, NoSuchElementException, StaleElementReferenceException):
                return None

        return wait_until(asked, what=f"{what} in the browser", within=LONGEST, remedy=self.text())

    def text(self) -> str:
        """Give all that can be read on the page."""
        return self.driver.find_element(By.TAG_NAME, "body").text

    def read(self, text: str) -> None:
        """Wait until a text can be read."""
        self.wait(repr(text), lambda: text in self.text())

    def all(self, css: str, text: str) -> list[WebElement]:
        """Give the elements that hold just this text."""
        found = self.driver.find_elements(By.CSS_SELECTOR, css)
        return [element for element in found if element.text.strip() == text]

    def click(self, css: str, text: str, number: int = 0) -> None:
        """Click on the first element that holds just this text, or on a later one."""

        def clicked() -> bool:
            for element in self.all(css, text)[number:][:1]:
                element.click()
                return True
            return False

        self.wait(f"{css} {text!r}", clicked)

    def press(self, css: str, text: str) -> None:
        """Press Enter on such an element: where it is does not matter, for the page may move."""

        def pressed() -> bool:
            self.all(css, text)[0].send_keys(Keys.ENTER)
            return True

        self.wait(f"{css} {text!r}", pressed)

    def follow(self, address: str) -> None:
        """Click on the first link that has this in its address."""

        def clicked() -> bool:
            self.driver.find_element(By.CSS_SELECTOR, f"a[href*='{address}']").click()
            return True

        self.wait(f"a link to {address}", clicked)

    def write(self, css: str, text: str, number: int = 0) -> None:
        """Write into an input, in place of what is there."""

        def written() -> bool:
            element = self.driver.find_elements(By.CSS_SELECTOR, css)[number:][0]
            element.clear()
            element.send_keys(text)
            return element.get_attribute("value") == text

        self.wait(css, written)

    def picture(self, path: Path) -> None:
        """Keep a picture of the page."""
        path.parent.mkdir(exist_ok=True)
        assert self.driver.save_screenshot(str(path))

    def complaints(self, of: str) -> list[str]:
        """Give what the pages' console said of something since it was read last."""
        lines = self.driver.get_log("browser")  # type: ignore[no-untyped-call]
        return [line["message"] for line in lines if of in line["message"]]

    def asked_elsewhere(self, own: str) -> set[str]:
        """Give the other servers that the pages asked and that were not kept from it."""
        asked: dict[str, str] = {}
        for line in self.driver.get_log("performance"):  # type: ignore[no-untyped-call]
            message = json.loads(line["message"])["message"]
            about = message["params"]
            if message["method"] == "Network.requestWillBeSent":
                asked[about["requestId"]] = about["request"]["url"]
            elif about.get("blockedReason") == "csp":
                asked.pop(about["requestId"], None)
        found = {urlsplit(url).netloc for url in asked.values() if url.startswith(("http", "ws"))}
        return found - {own}


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
    browser.click("a", "nightly")
    browser.click("button", "Run")
    browser.click("[role=menuitem]", "Custom run")
    environment = browser.wait(
        "the form", lambda: browser.driver.find_element(By.TAG_NAME, "textarea")
    ).get_attribute("value")
    browser.write("input[name=name]", "from the form")
    browser.click("button", "list", number=1)  # `skip`, after `only`
    browser.click("button", "Add item")
    browser.write("textarea", "measure", number=1)
    browser.picture(pictures / "prefect-form.png")
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
    browser.read("lab lab: unchanged")  # the beginning of its log: the page has no more of it
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
    before = serving.ended_runs()

    def fired() -> str | None:
        """One that came due while another ran is left out, and cancelled."""
        found = [run for run in serving.runs() if run["auto_scheduled"] and run["end_time"]]
        ran = [run["id"] for run in found if run["state_type"] != "CANCELLED"]
        return next((run for run in ran if run not in before), None)

    run = serving.ended(browser.wait("the nightly", fired))
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
