"""The picture that a run leaves, as Prefect's UI shows it in a browser; needs no lab."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from prefect import flow
from prefect.client.orchestration import get_client
from selenium.webdriver.common.by import By

from flows.session import Summary
from flows.shown.artifacts import keep_result
from history import Platform, open_history
from runs.prefect_server.login import login
from runs.step import Outcome, Results
from tasks.measuring.measure import MEASURED_IN
from tests.system.browser_of_tests import Browser
from tests.system.prefect.prefect_of_tests import own_prefect

# The server ends by itself after its last user, so nobody waits for its process.
pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings(r"ignore:subprocess \d+ is still running:ResourceWarning"),
]


@pytest.fixture(scope="session", autouse=True)
def engine() -> None:
    """Promise nothing: no test here needs the Docker engine that the other system tests share."""


@pytest.fixture
def ui(tmp_path: Path) -> Iterator[str]:
    """Promise a Prefect server of ours, and give where its pages are."""
    with own_prefect(tmp_path) as url:
        yield url.removesuffix("/api")


@pytest.fixture
def measured(tmp_path: Path) -> Summary:
    """Promise a run that measured starts of an application as two techniques."""
    file = str(tmp_path / "history.sqlite")
    with open_history(file) as history:
        run = history.begin_run("test", "lab", Platform(kind="emulation"))
        for technique, times in (("unikernel", [1.9, 2.0, 2.3]), ("container", [7.0, 8.0, 9.5])):
            history.add_samples(
                run,
                "indexGD",
                technique,  # type: ignore[arg-type]
                "start_first_answer",
                "s",
                times,
                "by hand",
            )
    results = Results({MEASURED_IN: run})
    return Summary(run, [Outcome("measure", "unchanged", False, "", 1.0, results=results)], file)


def test_the_picture_of_the_starts_is_seen_in_a_browser(
    ui: str, measured: Summary, tmp_path: Path, pictures: Path
) -> None:
    @flow(name="keeping", persist_result=False)
    def keep() -> None:
        keep_result(measured, "My lab")

    keep()
    with get_client(sync_client=True) as client:
        [artifact] = [one for one in client.read_artifacts() if one.key == "picture-my-lab"]
    browser = Browser(tmp_path / "profile")
    try:
        browser.driver.get(ui)
        browser.write("input[type=password]", login())
        browser.click("button", "Login")
        browser.read("Dashboard")
        browser.driver.get(f"{ui}/v2/artifacts/artifact/{artifact.id}")

        def drawn() -> bool:
            image = browser.driver.find_element(By.CSS_SELECTOR, "img[src^='data:image/svg+xml']")
            size = "return [arguments[0].complete, arguments[0].naturalWidth]"
            return bool(browser.driver.execute_script(size, image) == [True, 900])

        browser.wait("the picture", drawn)
        browser.picture(pictures / "prefect-picture.png")
    finally:
        browser.driver.quit()
