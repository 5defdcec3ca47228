"""The report in a browser: no complaint on its console, no request that leaves the machine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium.webdriver.common.by import By

from commands.report import main
from history import open_history
from tests.system.browser_of_tests import Browser
from tests.unit.report.conftest import fill

pytestmark = pytest.mark.browser
DARK = "--blink-settings=preferredColorScheme=0"


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Promise the report of three nights."""
    folder = tmp_path_factory.mktemp("report")
    with pytest.MonkeyPatch.context() as set_here:
        set_here.setenv("EPOS_VIRT_HISTORY", str(folder / "history.sqlite"))
        with open_history() as history:
            fill(history, 3)
        assert main(["-o", str(folder / "report.html")]) == 0
    yield folder / "report.html"


def test_it_opens_without_a_complaint_and_without_a_request(page: Path, tmp_path: Path) -> None:
    browser = Browser(tmp_path / "profile")
    try:
        browser.driver.get(page.as_uri())
        browser.read("Every application in every technique")
        assert browser.complaints("") == []
        assert browser.asked_elsewhere("") == set()
        drawn = browser.driver.find_elements(By.CSS_SELECTOR, "svg.plot")
        assert len(drawn) > 2
        assert all(one.size["width"] > 300 for one in drawn)
    finally:
        browser.driver.quit()


def test_it_is_dark_where_the_reader_wants_it(page: Path, tmp_path: Path) -> None:
    seen = []
    for number, further in enumerate(((), (DARK,))):
        browser = Browser(tmp_path / f"profile-{number}", *further)
        try:
            browser.driver.get(page.as_uri())
            body = browser.driver.find_element(By.TAG_NAME, "body")
            bar = browser.driver.find_element(By.CSS_SELECTOR, "svg.plot .part-0")
            text = browser.driver.find_element(By.CSS_SELECTOR, "svg.plot text")
            seen.append(
                (
                    body.value_of_css_property("background-color"),
                    text.value_of_css_property("fill"),
                    bar.value_of_css_property("fill"),
                )
            )
            for section in browser.driver.find_elements(By.CSS_SELECTOR, "main section"):
                kept = tmp_path / f"{number}-{section.get_attribute('id')}.png"
                kept.write_bytes(section.screenshot_as_png)
        finally:
            browser.driver.quit()
    assert all(light != dark for light, dark in zip(*seen, strict=True))
