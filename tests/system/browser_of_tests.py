"""A browser for tests, used as a person uses one."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from selenium.common.exceptions import NoSuchElementException, StaleElementReferenceException
from selenium.webdriver import Chrome, ChromeOptions, ChromeService
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement

from runs.wait import StillWaiting, wait_until
from tests.patience import LONGEST

T = TypeVar("T")


class Browser:
    """Debian's chromium without a window, used as a person does: by what is written there."""

    def __init__(self, profile: Path, *further: str, within: float = LONGEST) -> None:
        self.within = within  # seconds for anything to be seen
        options = ChromeOptions()
        options.binary_location = "/usr/bin/chromium"
        for argument in (
            "--headless=new",
            "--no-sandbox",  # the tests are root
            "--disable-dev-shm-usage",
            "--enable-unsafe-swiftshader",  # a run's graph is drawn with WebGL
            "--window-size=1400,1000",
            f"--user-data-dir={profile}",
            *further,
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

        try:
            return wait_until(
                asked, what=f"{what} in the browser", within=self.within, remedy="see the page"
            )
        except StillWaiting as late:
            raise AssertionError(f"{late.what}; the page shows:\n{self.text()}") from late

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

    def leave(self) -> None:
        """Close what lies over the page, such as a list of choices."""
        self.driver.switch_to.active_element.send_keys(Keys.ESCAPE)

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
