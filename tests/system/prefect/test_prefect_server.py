"""The Prefect server that flows.serve starts: every way in is tried, by a stranger and a user."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from tests.patience import LONGEST
from tests.system.prefect.prefect_of_tests import (
    Serving,
    free_port,
    serve,
    surroundings,
    wait_for_port,
    without_prefect,
)

ATTACK = {  # as it was done in a trial: a run of this was a shell as the user that serves
    "name": "nightly",
    "flow_id": "00000000-0000-0000-0000-000000000000",
    "pull_steps": [{"prefect.deployments.steps.run_shell_script": {"script": "touch /tmp/owned"}}],
}


@pytest.fixture(scope="session", autouse=True)
def engine() -> None:
    """Promise nothing: no test here needs the Docker engine that the other system tests share."""


@pytest.fixture(scope="module")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """Promise a flows.serve that was started from a folder elsewhere, without schedule."""
    folder = tmp_path_factory.mktemp("prefect")
    with serve(folder / "state", "--cron", "", cwd=folder) as found:
        found.said("serving; ")
        yield found


def stranger(serving: Serving, method: str, path: str, **headers: str) -> httpx.Response:
    return httpx.request(method, f"{serving.ui}/api{path}", json=ATTACK, headers=headers)


def test_a_stranger_can_post_nothing(serving: Serving) -> None:
    for path in ("/deployments/", "/flows/", "/block_documents/", "/admin/database/clear"):
        assert stranger(serving, "POST", path).status_code == 401
    invented = {"Prefect-Csrf-Token": "x", "Prefect-Csrf-Client": "x"}
    assert stranger(serving, "POST", "/deployments/", **invented).status_code == 401
    guessed = httpx.BasicAuth("epos-virt", "guessed")
    answer = httpx.post(f"{serving.ui}/api/deployments/", json=ATTACK, auth=guessed)
    assert answer.status_code == 401


def test_a_stranger_can_read_nothing(serving: Serving) -> None:
    for path in (
        "/admin/settings",
        "/csrf-token?client=x",
        "/flows/count",
        "/variables/name/health",
    ):
        assert stranger(serving, "GET", path).status_code == 401
    assert httpx.get(f"{serving.ui}/api/health").json() is True


def test_a_foreign_page_may_not_ask_the_browser_for_a_call(serving: Serving) -> None:
    asks = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "*"}
    foreign = stranger(serving, "OPTIONS", "/deployments/", Origin="https://a.example", **asks)
    assert foreign.status_code == 403
    assert "access-control-allow-origin" not in foreign.headers
    own = stranger(serving, "OPTIONS", "/deployments/", Origin=serving.ui, **asks)
    assert own.status_code == 200
    assert own.headers["access-control-allow-origin"] == serving.ui


def test_a_name_made_to_point_here_does_not_open_the_server(serving: Serving) -> None:
    for host in (f"attacker.example:{serving.port}", f"10.0.7.1:{serving.port}"):
        with serving.client() as client:
            assert client.get("/flows/count", headers={"Host": host}).status_code == 403
        assert httpx.get(serving.ui, headers={"Host": host}).status_code == 403


def test_a_call_with_the_login_but_no_csrf_token_is_refused(serving: Serving) -> None:
    with serving.client() as client:
        assert client.post("/flows/", json={"name": "one"}).status_code == 201
        for name in ("Prefect-Csrf-Token", "Prefect-Csrf-Client"):
            del client.headers[name]
        answer = client.post("/flows/", json={"name": "another"})
    assert (answer.status_code, answer.json()) == (403, {"detail": "Missing CSRF token."})


@pytest.mark.parametrize("path", ["/events/in", "/events/out", "/logs/out"])
def test_a_websocket_needs_the_login_and_a_page_of_its_own(serving: Serving, path: str) -> None:
    url = f"{serving.ui}/api{path}".replace("http", "ws", 1)
    prefect = [Subprotocol("prefect")]
    with pytest.raises(InvalidStatus, match="403"), connect(url, origin="https://a.example"):  # type: ignore[arg-type]
        pass
    for token in (None, "guessed"):
        with connect(url, subprotocols=prefect) as socket:
            socket.send(json.dumps({"type": "auth", "token": token}))
            with pytest.raises(ConnectionClosed):
                socket.recv(timeout=LONGEST)
    with connect(url, subprotocols=prefect) as socket:
        socket.send(json.dumps({"type": "auth", "token": serving.login}))
        assert json.loads(socket.recv(timeout=LONGEST)) == {"type": "auth_success"}


def test_it_listens_on_loopback_only(serving: Serving) -> None:
    listening = "0A"
    wanted = f"{serving.port:04X}"
    found = []
    for table in ("tcp", "tcp6"):
        for line in Path("/proc/net", table).read_text().splitlines()[1:]:
            local, _, state = line.split()[1:4]
            if state == listening and local.endswith(f":{wanted}"):
                found.append(local)
    assert found == [f"0100007F:{wanted}"]


def test_the_login_is_a_secret_file_and_in_no_command_line(serving: Serving) -> None:
    kept = serving.state / "prefect" / "login"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    password = serving.login.partition(":")[2].encode()
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(FileNotFoundError, ProcessLookupError):  # it ended meanwhile
            assert password not in process.read_bytes()
    assert not any(serving.login in line for line in serving.lines)
    assert password not in (serving.state / "prefect" / "server.log").read_bytes()


def in_a_shell(serving: Serving, command: str, **environment: str) -> str:
    """Run a command line in a new shell, with the project's programs at hand."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    shell = without_prefect() | surroundings(serving.state) | {"PATH": path} | environment
    done = subprocess.run(
        ["bash", "-ec", command], env=shell, capture_output=True, text=True, timeout=LONGEST
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_prefects_own_commands_work_in_another_shell(serving: Serving, tmp_path: Path) -> None:
    listed = in_a_shell(
        serving,
        'eval "$(python -m flows.serve --env)"; python -m prefect deployment ls',
        HOME=str(tmp_path),
        COLUMNS="200",
    )
    for flow in ("prepare_host", "create_domu", "compose_up", "run_unikernels", "measure"):
        assert f"{flow}/on-demand" in listed
    assert "deploy_all/deploy" in listed
    assert "rebuild_and_measure/nightly" in listed


def test_other_commands_use_the_server_that_runs(serving: Serving) -> None:
    before = (serving.state / "prefect" / "server.lock").read_text()
    told = in_a_shell(
        serving,
        "python -c 'from runs.prefect_server import prefect_server\n"
        "with prefect_server() as url: print(url)'",
    )
    assert told == f"{serving.ui}/api\n"
    assert (serving.state / "prefect" / "server.lock").read_text() == before


def test_only_one_serves(serving: Serving, tmp_path: Path) -> None:
    with serve(serving.state, cwd=tmp_path) as second:
        assert second.process.wait(LONGEST) == 1
    assert "flows are being served already" in second.lines[0]
    assert f"process {serving.process.pid}" in second.lines[1]


@pytest.fixture
def open_server(tmp_path: Path) -> Iterator[str]:
    """Promise a Prefect server as it comes: without login."""
    port = free_port()
    home = tmp_path / "open"
    process = subprocess.Popen(
        [sys.executable, "-m", "prefect", "server", "start", "--port", str(port)],
        env=without_prefect()
        | {"PREFECT_HOME": str(home), "PREFECT_SERVER_ANALYTICS_ENABLED": "false"}
        | {"PREFECT_SERVER_API_PORT": str(port), "DO_NOT_TRACK": "1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield f"http://127.0.0.1:{port}/api"  # it is still starting: flows.serve waits for it
        wait_for_port(port)
    finally:
        process.terminate()
        process.wait(LONGEST)


def test_a_server_without_login_is_refused_unless_told_so(open_server: str, tmp_path: Path) -> None:
    common: dict[str, Any] = {"cwd": tmp_path, "PREFECT_API_URL": open_server}
    with serve(tmp_path / "state", "--cron", "", **common) as refused:
        assert refused.process.wait(LONGEST) == 1
    text = "".join(refused.lines)
    assert f"the Prefect server at {open_server} answers without login" in text
    assert "--insecure-server" in text
    with serve(tmp_path / "state", "--cron", "", "--insecure-server", **common) as taken:
        taken.said(f"serving; {open_server.removesuffix('/api')}")
        assert taken.stop() == 0


def test_a_word_that_names_no_step_is_refused_before_a_run_is_made(serving: Serving) -> None:
    path = f"/deployments/{serving.deployment('prepare_host')}/create_flow_run"
    before = len(serving.runs("prepare_host"))
    with serving.client() as client:
        refused = client.post(path, json={"parameters": {"only": ["packagse"]}})
    assert (refused.status_code, "'packagse' is not one of" in refused.text) == (409, True)
    assert len(serving.runs("prepare_host")) == before


@pytest.mark.parametrize(
    ("flow", "given", "why"),
    [
        ("prepare_host", {"nosuch": 1}, "nosuch"),
        ("measure", {"starts": 0}, "0 is less than the minimum of 1"),
        ("measure", {"until": -5}, "-5 is less than the minimum of 1"),
        ("rebuild_and_measure", {"nights": 0}, "0 is less than the minimum of 1"),
        ("plan", {"environment": "a\0b"}, "does not match"),
        ("plan", {"environment": ""}, "environment"),
    ],
)
def test_what_no_run_can_be_given_is_refused_before_one_is_made(
    serving: Serving, flow: str, given: dict[str, Any], why: str
) -> None:
    path = f"/deployments/{serving.deployment(flow)}/create_flow_run"
    before = len(serving.runs(flow))
    with serving.client() as client:
        refused = client.post(path, json={"parameters": given})
    assert (refused.status_code, why in refused.text) == (409, True), refused.text
    assert len(serving.runs(flow)) == before


def test_a_first_start_says_nothing_of_folders_that_it_makes(serving: Serving) -> None:
    assert not [line for line in serving.lines if "Warning" in line]
    assert stat.S_IMODE((serving.state / "prefect").stat().st_mode) == 0o700


def test_a_run_is_made_while_others_write(serving: Serving) -> None:
    """As the UI asks: once. A token for a form is written whenever somebody opens a page."""
    path = f"/deployments/{serving.deployment()}/create_flow_run"
    ended = threading.Event()

    def write() -> None:
        with serving.client() as other:
            while not ended.is_set():
                other.get("/csrf-token", params={"client": uuid.uuid4().hex}).raise_for_status()

    writing = threading.Thread(target=write)
    writing.start()
    later = {"type": "SCHEDULED", "state_details": {"scheduled_time": "2999-01-01T00:00:00Z"}}
    try:
        with serving.client() as client:
            made = [client.post(path, json={"state": later}) for _ in range(30)]
    finally:
        ended.set()
        writing.join()
    assert [answer.status_code for answer in made] == [201] * 30
    assert len({answer.json()["id"] for answer in made}) == 30
