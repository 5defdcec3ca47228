"""The portal with GLASS and a real database: what a visitor sees."""

import subprocess
from urllib.parse import urlencode

import docker
import pytest

from tests.patience import LONGEST
from tests.system.node_api.stack import Stack, get, requested, wait_for

pytestmark = pytest.mark.docker


def test_pages_show_stations_and_files_and_escape_them(stack: Stack) -> None:
    page = stack.page("/")
    assert page.status == 200
    assert ">GRAS00FRA</a>" in page.body
    assert "&lt;script&gt;alert(&quot;canary&quot;)&lt;/script&gt;" in page.body
    assert "<script" not in page.body
    covi = stack.page("/stations/COVI").body
    assert "&lt;b&gt;canary&lt;/b&gt;.gz" in covi
    assert "javascript:" not in covi, "only addresses of the web become links"
    gras = stack.page("/stations/gras00fra").body
    assert 'href="https://files.example.org/pub/2021/001/GRAS00FRA_R_2021001' in gras
    assert "QC failed" in gras


def test_search_finds_by_any_of_the_shown_words(stack: Stack) -> None:
    assert "1 station for “delf”" in stack.page("/?q=delf").body
    body = stack.page("/?" + urlencode({"q": '"><script>'})).body
    assert "<script" not in body


def test_station_json_of_the_portal_holds_its_files(stack: Stack) -> None:
    answer = stack.page("/stations/GRAS.json").json()
    assert answer["station"]["marker"] == "GRAS"
    assert len(answer["files"]) == 5


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/stations/NONE", 404),
        ("/stations/TOOLONGNAME", 400),
        ("/files?from=2021-13-01&to=2021-01-01", 400),
        ("/?page=0", 400),
        ("/src/Page.php", 404),
        ("/requests/1/answers", 404),
        ("/work", 404),
    ],
)
def test_what_is_not_there_is_said_in_a_page(stack: Stack, path: str, status: int) -> None:
    page = stack.page(path)
    assert page.status == status
    assert 'role="alert"' in page.body


def test_every_answer_carries_the_security_headers(stack: Stack) -> None:
    for path in ("/", "/stations/NONE", "/style.css"):
        headers = stack.page(path).headers
        assert "max-age" in headers["Strict-Transport-Security"]
        assert headers["Content-Security-Policy"].startswith("default-src 'none'")
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "X-Powered-By" not in headers


def test_tls_older_than_1_2_is_refused(stack: Stack) -> None:
    port = stack.portal_url.rsplit(":", 1)[1]
    old = subprocess.run(
        [
            "openssl",
            "s_client",
            "-connect",
            f"127.0.0.1:{port}",
            "-tls1_1",
            "-cipher",
            "DEFAULT@SECLEVEL=0",
        ],
        input=b"",
        capture_output=True,
        timeout=LONGEST,
    )
    assert old.returncode != 0


def test_a_request_is_queued_and_answered(stack: Stack) -> None:
    form = stack.page("/requests")
    assert "secure; HttpOnly; SameSite=Strict" in form.headers["Set-Cookie"]
    cookie = form.headers["Set-Cookie"].split(";")[0]
    forged = {"marker": "gras", "wanted": "files/csv", "token": "0" * 64}
    url = stack.portal_url + "/requests"
    assert get(url, urlencode(forged).encode(), {"Cookie": cookie}).status == 403
    answer = requested(stack, "files/csv")
    assert answer.body.startswith("name, file_size")


@pytest.mark.parametrize("wanted", ["files/xml", "music/json", "files", ""])
def test_a_product_there_is_not_is_refused(stack: Stack, wanted: str) -> None:
    with pytest.raises(AssertionError, match="400"):
        requested(stack, wanted)


def test_without_glass_the_portal_says_so(stack: Stack) -> None:
    stack.glass.stop()
    page = stack.page("/")
    assert page.status == 503
    assert "Retry-After" in page.headers
    assert stack.page("/health").json() == {
        "status": "unavailable",
        "database": "ok",
        "glass": "unavailable",
    }
    stack.glass.start()
    wait_for(lambda: stack.page("/").status == 200, "the portal's page with GLASS")


def test_the_portal_refuses_to_start_without_a_certificate(stack: Stack) -> None:
    with pytest.raises(docker.errors.ContainerError, match="there is no TLS certificate"):
        docker.from_env().containers.run(
            "epos/portal",
            network_mode="none",  # it ends before it would use one
            remove=True,
            stderr=True,
            environment={
                "DATABASE_ADDRESS": "x",
                "GLASS_ADDRESS": "x",
                "DATABASE_PASSWORD_FILE": "/etc/passwd",
            },
        )
