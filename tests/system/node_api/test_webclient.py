"""The web client of GLASS in a browser: what a scientist does, by mouse and by keyboard."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from selenium.webdriver import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.select import Select

from tests.system.browser_of_tests import Browser
from tests.system.node_api.stack import API, PAGE_WITHIN, Stack, get
from tests.system.node_api.test_products import POS, REPORT

pytestmark = [pytest.mark.docker, pytest.mark.browser]

LARGEST_PAGE = 300_000  # bytes, uncompressed


@pytest.fixture(scope="module")
def filled(stack: Stack) -> Stack:
    """The stack with a time series and a quality report of GRAS."""
    assert stack.insert("/products", POS.read_bytes()).status == 200
    name = "GRAS00FRA_R_20210040000_01D_30S_MO.crx.gz"
    assert stack.insert(f"/qc?name={name}", REPORT.encode()).status == 200
    return stack


@pytest.fixture
def browser(filled: Stack, tmp_path: Path) -> Iterator[Browser]:
    """A browser on the first page; after the test nothing was complained of or asked elsewhere."""
    found = Browser(tmp_path / "profile", within=PAGE_WITHIN)
    try:
        found.driver.get(filled.client_url + "/")
        found.read("stations found")
        yield found
        assert found.complaints("") == []
        assert found.asked_elsewhere(urlsplit(filled.client_url).netloc) == set()
    finally:
        found.driver.quit()


def markers(browser: Browser) -> list[str]:
    found = browser.driver.find_elements(By.CSS_SELECTOR, "#stations tbody th")
    return [element.text for element in found]


def shows(browser: Browser, *expected: str) -> None:
    browser.wait(f"{expected} in the table", lambda: markers(browser) == [*expected] or None)


def test_stations_are_found_by_marker_network_and_country(browser: Browser, pictures: Path) -> None:
    browser.picture(pictures / "webclient-search.png")
    everyone = markers(browser)
    assert {"GRAS00FRA", "DELF", "COVI00PRT"} <= set(everyone)
    browser.write("#marker", "gras, delf")
    browser.click("button", "Search")
    shows(browser, "DELF", "GRAS00FRA")
    Select(browser.driver.find_element(By.ID, "network")).select_by_visible_text("RENAG")
    browser.click("button", "Search")
    shows(browser, "GRAS00FRA")
    browser.driver.back()  # a search is an address
    shows(browser, "DELF", "GRAS00FRA")
    browser.click("button", "Clear")
    shows(browser, *everyone)
    Select(browser.driver.find_element(By.ID, "country")).select_by_visible_text("Portugal")
    browser.click("button", "Search")
    shows(browser, "COVI00PRT")
    assert '<script>alert("canary")</script> & Covilhã' in browser.text()  # as text


def test_a_box_and_a_circle_are_drawn_on_the_map(browser: Browser) -> None:
    land = browser.driver.find_element(By.ID, "map")
    browser.click("#box", "Draw it on the map")
    corners = ActionChains(browser.driver).move_to_element_with_offset(land, -250, -200)
    corners.click_and_hold().move_by_offset(500, 400).release().perform()
    browser.wait("a box", lambda: "minLat=" in browser.driver.current_url or None)
    browser.read("found")
    sides = {side: value(browser, side) for side in ("minLat", "maxLat", "minLon", "maxLon")}
    assert sides["minLat"] < sides["maxLat"]
    assert sides["minLon"] < sides["maxLon"]
    browser.click("button", "Clear")
    browser.click("#circle", "Draw it on the map")
    radius = ActionChains(browser.driver).move_to_element(land)
    radius.click_and_hold().move_by_offset(60, 0).release().perform()
    browser.wait("a circle", lambda: "radius=" in browser.driver.current_url or None)
    assert value(browser, "radius") > 0


def test_a_dot_on_the_map_leads_to_its_station(browser: Browser) -> None:
    browser.write("#marker", "GRAS")
    browser.click("button", "Search")
    browser.read("1 station found")
    land = browser.driver.find_element(By.ID, "map")  # in whose middle the only one is now
    ActionChains(browser.driver).move_to_element(land).click().perform()
    browser.click(".leaflet-popup a", "GRAS00FRA")
    browser.read("Receivers and antennas")


def value(browser: Browser, name: str) -> float:
    return float(browser.driver.find_element(By.ID, name).get_attribute("value") or "nan")


def test_without_a_mouse_a_station_is_found_and_opened(browser: Browser) -> None:
    for name, text in {"minLat": "43", "maxLat": "44", "minLon": "6", "maxLon": "7"}.items():
        browser.write(f"#{name}", text)
    browser.driver.find_element(By.ID, "maxLon").send_keys(Keys.ENTER)
    shows(browser, "GRAS00FRA")
    browser.press("#stations a", "GRAS00FRA")
    browser.read("Caussols")


def test_a_mistake_is_told_in_glass_words(browser: Browser) -> None:
    browser.write("#minLat", "100")
    browser.click("button", "Search")
    browser.read("minLat=100: not a number from -90.0 to 90.0")
    # The refusal itself is a line of the browser's console, which is not the page's fault.
    assert [line for line in browser.complaints("") if "400" not in line] == []


def test_a_station_shows_equipment_files_quality_and_position(
    browser: Browser, filled: Stack, pictures: Path
) -> None:
    browser.driver.get(f"{filled.client_url}/station.html?marker=GRAS00FRA")
    browser.read("5 files")
    text = browser.text()
    assert "LEICA GR50" in text
    assert "quality control failed" in text
    assert "Grasse" in text
    days = browser.driver.find_elements(By.CSS_SELECTOR, ".calendar .day, .calendar .bad")
    assert len(days) == 5
    plots = browser.driver.find_elements(By.CSS_SELECTOR, ".plot")
    said = [plot.get_attribute("aria-label") or "" for plot in plots]
    assert said[0] == "Satellites: GPS from 31 to 31 satellites, 1 values"
    assert "Multipath" in said[1]
    assert "slips from 3 to 3" in said[2]
    assert said[4].startswith("North, UGA-CNRS, IGb14: North from 0 to 0.6")
    assert len(browser.driver.find_elements(By.CSS_SELECTOR, ".plot canvas")) == 6
    browser.picture(pictures / "webclient-station.png")
    links = {link.text: link.get_attribute("href") or "" for link in
             browser.driver.find_elements(By.CSS_SELECTOR, "ul.links a")}  # fmt: skip
    assert get(links["All files as script"]).body.startswith("#!/bin/sh")
    assert get(links["Series as pbo"]).body.startswith("%Begin EPOS metadata")


def test_downloads_of_a_search_are_what_was_searched(browser: Browser) -> None:
    browser.write("#marker", "GRAS")
    browser.click("button", "Search")
    shows(browser, "GRAS00FRA")
    browser.wait("the downloads", lambda: browser.all("ul.links a", "Their files as csv") or None)
    [files] = browser.all("ul.links a", "Their files as csv")
    assert len(get(files.get_attribute("href") or "").body.splitlines()) == 6
    [stations] = browser.all("ul.links a", "Stations as csv")
    assert len(get(stations.get_attribute("href") or "").body.splitlines()) == 2


def test_dark_is_dark(browser: Browser) -> None:
    media = {"features": [{"name": "prefers-color-scheme", "value": "dark"}]}
    browser.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", media)
    background = browser.driver.find_element(By.TAG_NAME, "body").value_of_css_property(
        "background-color"
    )
    assert "16, 25, 30" in background


@pytest.mark.parametrize("page", ["/", "/station.html"])
def test_a_page_is_small(stack: Stack, page: str) -> None:
    body = get(stack.client_url + page).body
    own = re.findall(r'(?:src|href)="([^"]+\.(?:js|css|svg))"', body)
    modules = ["glass.js", "page.js"]
    modules += ["map.js", "vendor/land-110m.json"] if page == "/" else ["plots.js", "calendar.js"]
    parts = [get(f"{stack.client_url}/{name}") for name in {*own, *modules}]
    assert {part.status for part in parts} == {200}
    assert sum(len(part.body.encode()) for part in parts) + len(body) < LARGEST_PAGE


def test_the_server_lets_only_questions_through(stack: Stack) -> None:
    version = get(f"{stack.client_url}{API}/tools/version")
    assert version.json()["version"]
    assert "script-src 'self'" in get(stack.client_url + "/").headers["Content-Security-Policy"]
    assert get(f"{stack.client_url}{API}/tools/version", b"x").status in (405, 413)
    assert get(f"{stack.client_url}/../../etc/passwd").status in (400, 404)
    assert get(f"{stack.client_url}/health").json() == {"status": "ok"}
