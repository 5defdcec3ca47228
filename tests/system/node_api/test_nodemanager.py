"""NodeManager with GLASS and a real database: what an operator does, by page and by API."""

import base64
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from selenium.webdriver.support.select import Select

from tests.system.browser_of_tests import Browser
from tests.system.node_api.stack import LOGIN, PAGE_WITHIN, Answer, Stack, get, sql

pytestmark = [pytest.mark.docker, pytest.mark.browser]

Call = Callable[..., Answer]
BASIC = base64.b64encode(f"operator:{LOGIN}".encode()).decode()


@pytest.fixture
def call(stack: Stack) -> Iterator[Call]:
    """Ask the API; after the test all that was changed is undone."""

    def asked(method: str, path: str, body: Any = None, login: str = BASIC) -> Answer:
        headers = {"Authorization": f"Basic {login}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        return get(f"{stack.manager_url}/api{path}", data, headers, method)

    yield asked
    while asked("POST", "/undo").status == 200:
        pass
    names = [node["name"] for node in asked("GET", "/nodes").json()]
    assert names == ["EPOS GNSS node", "EPOS gateway"]


@pytest.fixture
def browser(stack: Stack, tmp_path: Path) -> Iterator[Browser]:
    """A browser that has logged in; nothing is complained of or asked elsewhere."""
    found = Browser(tmp_path / "profile", "--ignore-certificate-errors", within=PAGE_WITHIN)
    try:
        found.driver.get(stack.manager_url)
        found.write("input[type=password]", LOGIN)
        found.click("button", "Log in")
        found.read("Nodes and what goes between them")
        yield found
        assert found.complaints("") == []
        assert found.asked_elsewhere(urlsplit(stack.manager_url).netloc) == set()
    finally:
        found.driver.quit()


def test_nobody_comes_in_without_the_password(stack: Stack, call: Call) -> None:
    page = get(stack.manager_url + "/")
    assert (page.status, page.headers["Location"]) == (302, "/login")
    for path in ("/nodes", "/queues"):
        assert get(f"{stack.manager_url}/api{path}").status == 401
    assert get(stack.manager_url + "/nodes/new").status == 302
    wrong = base64.b64encode(b"operator:guess").decode()
    assert call("GET", "/nodes", login=wrong).status == 401
    assert call("GET", "/nodes").status == 200
    # A form that another site sends has no token of ours.
    assert get(stack.manager_url + "/undo", b"", method="POST").status == 302


def test_what_is_added_changed_and_removed_is_seen_by_glass_and_undone(
    stack: Stack, call: Call
) -> None:
    def names() -> list[str]:
        return [node["name"] for node in stack.api("/t0-manager/getNode").json()]

    before = names()
    node = {"name": "Tier 2 node", "host": "node.example.org", "port": 5432, "dbname": "gnss"}
    added = call("POST", "/nodes", {**node, "password": "hidden"})
    assert added.status == 201
    id = added.json()["id"]
    assert names() == [*before, "Tier 2 node"]
    assert call("PUT", f"/nodes/{id}", {**node, "name": "Renamed"}).json() == {"changed": True}
    assert call("PUT", f"/nodes/{id}", {**node, "name": "Renamed"}).json() == {"changed": False}
    # A password that is left out stays, and is never told.
    assert sql(stack.database, f"select password from node where id = {id}") == "hidden"
    assert "hidden" not in call("GET", "/nodes").body
    assert call("DELETE", f"/nodes/{id}").status == 200
    assert names() == before
    undone = [call("POST", "/undo").json().get("undone") for _ in range(3)]
    assert undone == ["removed node Renamed", "changed node Renamed", "added node Tier 2 node"]
    assert call("POST", "/undo").status == 400


@pytest.mark.parametrize(
    ("method", "path", "body", "field", "error"),
    [
        ("POST", "/nodes", {}, "name", "must be filled"),
        ("POST", "/nodes", {"name": "x", "port": 70000}, "port", "1 to 65535"),
        ("POST", "/nodes", {"name": "x", "host": "a b;c"}, "host", "host name"),
        ("POST", "/nodes", {"name": "x", "colour": "red"}, "colour", "unknown"),
        ("POST", "/nodes", {"name": "EPOS gateway"}, "", "one like it already"),
        ("DELETE", "/nodes/1", None, "", "this is the node itself"),
        ("DELETE", "/nodes/2", None, "", "still needed: connections"),
        ("POST", "/connections", {"source": 1, "destiny": 1, "metadata": "T1"}, "destiny",
         "another node"),
        ("POST", "/connections", {"source": 1, "destiny": 99, "metadata": "T1"}, "destiny",
         "no such node"),
        ("POST", "/connections", {"source": 1, "destiny": 2, "metadata": "T4"}, "metadata",
         "T1, T2, T3"),
        ("POST", "/connections", {"source": 1, "destiny": 2, "metadata": "T1",
                                  "station": "ZZZZ"}, "station", "no station ZZZZ"),
        ("POST", "/connections", {"source": 1, "destiny": 2, "metadata": "T1"}, "",
         "one like it already"),
        ("POST", "/data-centers", {"acronym": "X", "name": "X", "protocol": "gopher",
                                   "hostname": "x"}, "protocol", "https"),
        ("DELETE", "/data-centers/101", None, "", "still needed: it publishes files"),
    ],
)  # fmt: skip
def test_what_would_be_wrong_is_refused_by_field(
    call: Call, method: str, path: str, body: Any, field: str, error: str
) -> None:
    answer = call(method, path, body)
    assert answer.status == 400
    assert error in answer.json()["errors"][field]
    assert call("POST", "/undo").status == 400, "nothing was changed"


def test_a_data_center_keeps_its_agency_and_node(stack: Stack, call: Call) -> None:
    center = {
        "acronym": "NEW", "name": "New centre", "protocol": "https", "hostname": "new.example.org",
        "root_path": "pub", "agency": "A new agency", "node": 2,
    }  # fmt: skip
    id = call("POST", "/data-centers", center).json()["id"]
    [shown] = [one for one in call("GET", "/data-centers").json() if one["id"] == id]
    assert (shown["agency"], shown["node"]) == ("A new agency", "EPOS gateway")
    call("PUT", f"/data-centers/{id}", {**center, "node": 1})
    call("POST", "/undo")
    [shown] = [one for one in call("GET", "/data-centers").json() if one["id"] == id]
    assert shown["node"] == "EPOS gateway"


def test_a_connection_for_one_station(stack: Stack, call: Call) -> None:
    one = {"source": 1, "destiny": 2, "metadata": "T2", "station": "gras00fra"}
    assert call("POST", "/connections", one).status == 201
    assert call("GET", "/connections").json()[-1]["station"] == "GRAS"
    assert call("GET", "/connections/99").status in (404, 405)
    assert call("PUT", "/connections/99", one).status == 404


def test_failures_are_told_and_tried_again(stack: Stack, call: Call) -> None:
    failed = "insert into failed_queries (query, destiny, reason) values ('insert 1', 2, 'late')"
    sql(stack.database, f"{failed}, ('insert 2', 2, 'refused')")
    [queue] = call("GET", "/queues").json()
    assert (queue["name"], queue["waiting"], queue["failed"]) == ("EPOS gateway", 0, 2)
    assert [one["reason"] for one in queue["failures"]] == ["refused", "late"]
    assert call("POST", "/queues/2/retry").json() == {"waiting": 2}
    [queue] = call("GET", "/queues").json()
    assert (queue["waiting"], queue["failed"]) == (2, 0)
    assert sql(stack.database, "select string_agg(query, ',' order by id) from queries") == (
        "insert 1,insert 2"
    )
    sql(stack.database, "delete from queries")


def test_an_operator_works_in_the_browser(
    browser: Browser, call: Call, stack: Stack, pictures: Path
) -> None:
    sql(stack.database, "insert into failed_queries (query, destiny, reason)"
        " values ('insert into station …', 2, 'connection refused')")  # fmt: skip
    browser.follow("/connections/new")
    browser.read("Add a connection")
    Select(browser.driver.find_element("id", "source")).select_by_visible_text("EPOS GNSS node")
    Select(browser.driver.find_element("id", "destiny")).select_by_visible_text("EPOS gateway")
    Select(browser.driver.find_element("id", "metadata")).select_by_visible_text("T3")
    browser.write("#station", "NOPE")
    browser.click("button", "Save")
    browser.read("there is no station NOPE")
    browser.write("#station", "GRAS")
    browser.click("button", "Save")
    browser.read("Last change: added connection")
    browser.picture(pictures / "nodemanager.png")
    assert "GRAS" in browser.text()
    browser.click("button", "Undo it")
    browser.wait("the undoing", lambda: "Last change" not in browser.text() or None)
    browser.read("connection refused")
    browser.click("button", "Try it again")
    browser.read("EPOS gateway: 1 waiting, 0 failed")
    sql(stack.database, "delete from queries")
    browser.click("button", "Log out")
    browser.read("Password")
    # The refusals of forms are lines of the browser's console, which are not the page's fault.
    assert [line for line in browser.complaints("") if "400" not in line] == []


def test_guessing_must_wait(stack: Stack) -> None:
    form = b"password=guess"
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    answers = [get(stack.manager_url + "/login", form, kind).status for _ in range(7)]
    assert answers[0] == 401
    assert answers[-1] == 429
