"""One door to a machine, tried on a real SSH server: what is asked arrives, what fails is told."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import os
import re
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextvars import copy_context
from pathlib import Path
from typing import Any

import pytest

from blocks.connection import CommandFailed, Connection, ConnectionLost
from errors import EposVirtError, WrongInput
from runs.interruption import Interrupted, interruptible, pause, undoing
from runs.telling import tell, told_to
from runs.wait import wait_until
from tests.unit.blocks.conftest import start

CANARIES = [
    "$(touch pwned)",
    "`touch pwned`",
    "; touch pwned",
    "two  words",
    'it\'s "quoted"',
    "back\\slash",
    "a\nb",
    "*",
    "-n",
    "",
    "ééé",
]


def test_arguments_arrive_exactly_as_they_were_given(connection: Connection) -> None:
    said = connection.check("printf", "%s\\0", *CANARIES)
    assert said.split("\0")[:-1] == CANARIES


def test_no_argument_is_run_by_a_shell(connection: Connection, tmp_path: Path) -> None:
    connection.check("env", "-C", str(tmp_path), "echo", "$(touch pwned)", ";", "touch", "pwned")
    assert list(tmp_path.iterdir()) == []


def test_no_start_file_of_whoever_runs_the_tests_is_read(connection: Connection) -> None:
    assert connection.check("printenv", "HOME").strip() != str(Path.home())


def test_ask_gives_the_answer_of_status_0_or_1(connection: Connection) -> None:
    assert connection.ask("test", "-d", "/")
    assert not connection.ask("test", "-d", "/nothing/there")


def test_a_status_that_is_no_answer_is_a_failure(connection: Connection) -> None:
    with pytest.raises(CommandFailed):
        connection.ask("sh", "-c", "exit 2")


def test_run_gives_the_whole_result(connection: Connection) -> None:
    result = connection.run("sh", "-c", "echo out; echo err >&2; exit 3")
    assert (result.status, result.stdout, result.stderr) == (3, "out\n", "err\n")


def test_a_failure_names_host_command_status_and_both_streams(connection: Connection) -> None:
    script = "for n in $(seq 100); do echo out$n; done; echo broken >&2; exit 7"
    with pytest.raises(CommandFailed) as error:
        connection.check("sh", "-c", script)
    text = str(error.value)
    assert text.startswith("server: `sh -c ")
    assert "ended with status 7" in text
    assert "stdout: out89" in text
    assert "stdout: out88\n" not in text, "only the last lines are shown"
    assert "stderr: broken" in text
    assert "next: " in text
    assert not error.value.transient


def test_a_command_that_is_not_there_is_a_failure(connection: Connection) -> None:
    with pytest.raises(CommandFailed, match="status 127"):
        connection.check("no-such-command")


def test_a_file_is_written_whole_with_its_mode_and_read_again(
    connection: Connection, tmp_path: Path
) -> None:
    path = tmp_path / "made" / "on the way" / "file"
    connection.write(str(path), "été\n", mode="0750")
    assert connection.read(str(path)) == "été\n"
    assert path.stat().st_mode & 0o777 == 0o750
    assert [file.name for file in path.parent.iterdir()] == ["file"]


def test_a_file_that_is_not_there_reads_as_none(connection: Connection) -> None:
    assert connection.read("/nothing/there") is None


def test_a_file_that_cannot_be_read_is_not_taken_for_none(
    connection: Connection, tmp_path: Path
) -> None:
    with pytest.raises(CommandFailed, match="cat"):
        connection.read(str(tmp_path))


def test_five_megabytes_of_input_arrive_intact(connection: Connection) -> None:
    content = os.urandom(5_000_000)
    said = connection.check("sha256sum", stdin=io.BytesIO(content))
    assert said.split()[0] == hashlib.sha256(content).hexdigest()


def test_five_megabytes_of_output_arrive_intact(connection: Connection) -> None:
    said = connection.check("sh", "-c", "yes 0123456789 | head -c 5000000")
    assert said == ("0123456789\n" * 454546)[:5_000_000]


def test_a_command_that_leaves_its_input_unread_ends_as_it_says(connection: Connection) -> None:
    assert connection.run("true", stdin=bytes(3_000_000)).status == 0


def test_hear_is_told_the_lines_of_both_streams(connection: Connection) -> None:
    heard: list[str] = []
    connection.run("sh", "-c", "echo one; echo two; echo three >&2", hear=heard.append)
    assert sorted(heard) == ["one", "three", "two"]


def test_both_streams_are_told_also_by_who_undoes(connection: Connection) -> None:
    heard: list[str] = []
    with told_to(heard.append), interruptible() as run:
        run.ask()
        with pytest.raises(Interrupted):
            pause(30)
        connection.run("sh", "-c", "echo one; echo two >&2", hear=tell)
    assert sorted(heard) == ["one", "two"]


def test_threads_share_one_connection(connection: Connection) -> None:
    said: dict[int, str] = {}

    def work(number: int) -> None:
        said[number] = connection.check("echo", str(number))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert said == {number: f"{number}\n" for number in range(6)}


def test_a_connection_is_broken_under_who_waits_and_opens_again(ssh_server: Any) -> None:
    connection = Connection(ssh_server.target())
    waiting = threading.Event()
    lost: list[EposVirtError] = []

    def wait() -> None:
        try:
            connection.run("sh", "-c", "echo waiting; sleep 300", hear=lambda _: waiting.set())
        except EposVirtError as error:
            lost.append(error)

    thread = threading.Thread(target=wait)
    thread.start()
    assert waiting.wait(30)
    connection.drop()
    thread.join(30)
    assert [type(error) for error in lost] == [ConnectionLost]
    assert connection.ask("true")
    connection.close()


def test_in_a_run_that_is_ended_a_machine_is_only_asked_by_who_undoes(
    connection: Connection,
) -> None:
    with interruptible() as run:
        run.ask()
        with pytest.raises(Interrupted):
            pause(30)
        assert connection.ask("true"), "this thread was told"
        heard: list[type[BaseException]] = []

        def another() -> None:
            with undoing():
                connection.check("true")
            try:
                connection.check("true")
            except Interrupted as error:
                heard.append(type(error))

        thread = threading.Thread(target=copy_context().run, args=(another,))
        thread.start()
        thread.join(30)
    assert heard == [Interrupted]


def test_a_closed_connection_opens_again_at_the_next_use(ssh_server: Any) -> None:
    connection = Connection(ssh_server.target())
    connection.check("true")
    connection.close()
    assert connection.answers()
    connection.close()


@pytest.mark.parametrize("script", ["sleep 20", "exec >&- 2>&-; sleep 20"])
def test_a_silent_command_counts_as_a_lost_machine(ssh_server: Any, script: str) -> None:
    connection = Connection(ssh_server.target())
    began = time.monotonic()
    with pytest.raises(ConnectionLost, match="no connection") as error:
        connection.run("sh", "-c", script, timeout=0.3)
    assert time.monotonic() - began < 10
    assert error.value.transient
    assert re.search(r"` was silent for \d+ s$", error.value.seen)


@pytest.mark.parametrize("stream", [1, 2])
def test_one_silent_stream_beside_a_talking_one_is_no_lost_machine(
    connection: Connection, stream: int
) -> None:
    script = f"for n in 1 2 3 4 5 6; do sleep 0.5; echo $n >&{stream}; done; echo end >&2"
    result = connection.run("sh", "-c", script, timeout=2)
    assert result.status == 0
    assert result.stderr.endswith("end\n")


def test_a_machine_that_dies_under_a_command_is_never_a_no(mortal_ssh_server: Any) -> None:
    connection = Connection(mortal_ssh_server.target())
    connection.check("true")
    threading.Timer(0.3, mortal_ssh_server.kill).start()
    with pytest.raises(ConnectionLost) as error:
        connection.ask("sleep", "20")
    assert error.value.transient
    with pytest.raises(ConnectionLost) as error:
        connection.ask("true")
    assert error.value.transient
    assert "server" in error.value.what


def test_a_machine_that_hangs_is_given_up(mortal_ssh_server: Any) -> None:
    connection = Connection(mortal_ssh_server.target())
    connection.check("true")
    threading.Timer(0.3, mortal_ssh_server.freeze).start()
    with pytest.raises(ConnectionLost) as error:
        connection.run("sh", "-c", "while echo alive; do sleep 0.05; done", timeout=1.5)
    assert error.value.transient


def refused(connection: Connection) -> WrongInput:
    with pytest.raises(WrongInput) as error:
        connection.check("true")
    assert not error.value.transient
    assert error.value.exit_status == 2
    assert error.value.remedy
    return error.value


def test_an_unknown_host_key_is_refused(ssh_server: Any, tmp_path: Path) -> None:
    empty = tmp_path / "known_hosts"
    empty.touch()
    error = refused(Connection(ssh_server.target(known_hosts=empty)))
    assert "host key is not known" in error.what
    assert str(empty) in error.remedy
    assert empty.read_text() == "", "a key is never learned by itself"


def test_a_changed_host_key_is_refused(ssh_server: Any, tmp_path: Path) -> None:
    key = tmp_path / "other"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    known = tmp_path / "known_hosts"
    known.write_text(f"[127.0.0.1]:{ssh_server.port} {key.with_suffix('.pub').read_text()}")
    error = refused(Connection(ssh_server.target(known_hosts=known)))
    assert "is not the one in" in error.what


def test_a_missing_known_hosts_file_is_refused(ssh_server: Any, tmp_path: Path) -> None:
    error = refused(Connection(ssh_server.target(known_hosts=tmp_path / "none")))
    assert "known-hosts" in error.what


def test_a_key_that_others_can_read_is_refused(ssh_server: Any, tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_bytes(ssh_server.key.read_bytes())
    key.chmod(0o640)
    error = refused(Connection(ssh_server.target(key=key)))
    assert "readable by others" in error.what
    assert error.remedy == f"chmod 600 {key}"


def test_a_missing_key_is_refused(ssh_server: Any, tmp_path: Path) -> None:
    refused(Connection(ssh_server.target(key=tmp_path / "none")))


def test_a_file_that_is_no_key_is_refused(ssh_server: Any, tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text("canary-of-a-secret\n")
    key.chmod(0o600)
    error = refused(Connection(ssh_server.target(key=key)))
    assert "is not a private key" in error.what
    assert "canary" not in str(error)


@pytest.fixture
def locked_key(tmp_path: Path) -> Path:
    key = tmp_path / "locked"
    command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "secret", "-f", str(key)]
    subprocess.run(command, check=True)
    return key


def test_a_key_with_a_passphrase_is_refused_where_no_agent_has_it(
    ssh_server: Any, locked_key: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    error = refused(Connection(ssh_server.target(key=locked_key)))
    assert "needs its passphrase" in error.what
    assert error.remedy.startswith(f"ssh-add {locked_key}")


def test_a_key_with_a_passphrase_is_the_agents_to_use(
    mortal_ssh_server: Any, locked_key: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    agent = str(tmp_path / "agent")
    monkeypatch.setenv("SSH_AUTH_SOCK", agent)
    with (mortal_ssh_server.key.parent / "authorized").open("a") as authorized:
        authorized.write(locked_key.with_suffix(".pub").read_text())
    ask = tmp_path / "ask"
    ask.write_text("#!/bin/sh\necho secret\n")
    ask.chmod(0o755)
    with subprocess.Popen(["ssh-agent", "-D", "-a", agent], stdout=subprocess.DEVNULL) as process:
        try:
            wait_until(
                lambda: Path(agent).exists(), what="an agent", within=20, every=0.05, remedy=""
            )
            environment = os.environ | {"SSH_ASKPASS": str(ask), "SSH_ASKPASS_REQUIRE": "force"}
            subprocess.run(["ssh-add", "-q", locked_key], env=environment, check=True)
            connection = Connection(mortal_ssh_server.target(key=locked_key))
            assert connection.check("echo", "in") == "in\n"
            connection.close()
        finally:
            process.terminate()


@pytest.fixture
def sshd(tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """Promise SSH servers with further settings, and with what is put into their home first."""
    started = []

    def make(*settings: str, home: dict[str, str] | None = None) -> Any:
        for name, text in (home or {}).items():
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_text(text)
            (tmp_path / name).chmod(0o755)
        started.append(start(tmp_path, *settings))
        return started[-1]

    yield make
    for server in started:
        server.kill()


def test_a_shell_that_prints_is_told_before_its_words_are_taken_for_answers(
    sshd: Callable[..., Any],
) -> None:
    connection = Connection(sshd(home={".bashrc": "echo welcome to xen1\n"}).target())
    for _ in range(2):  # it is asked again, not taken for good the second time
        error = refused(connection)
        assert "its login scripts print" in error.what
        assert error.seen == "welcome to xen1"
    connection.close()


SUDO = """\
#!/bin/sh
[ -e "$HOME/allowed" ] || { echo 'sudo: a password is required' >&2; exit 1; }
[ "$1 $2" = '-n --' ] && shift 2 && AS_ROOT=yes exec "$@"
"""


def test_another_users_commands_are_roots_by_sudo(sshd: Callable[..., Any]) -> None:
    server = sshd(home={"bin/sudo": SUDO, "allowed": ""})
    connection = Connection(dataclasses.replace(server.target(), sudo=True))
    assert connection.check("printenv", "AS_ROOT") == "yes\n"
    assert connection.check("printf", "%s", "$(id) 'a b'") == "$(id) 'a b'"
    connection.close()


def test_a_user_without_sudo_is_told_and_never_taken_for_no(sshd: Callable[..., Any]) -> None:
    server = sshd(home={"bin/sudo": SUDO})
    connection = Connection(dataclasses.replace(server.target(), sudo=True))
    with pytest.raises(WrongInput, match="cannot run commands by sudo") as error:
        connection.ask("test", "-d", "/")
    assert "a password is required" in error.value.seen
    assert "/etc/sudoers.d/" in error.value.remedy
    connection.close()


def test_a_server_that_carries_no_connections_is_told_with_its_setting(
    sshd: Callable[..., Any],
) -> None:
    connection = Connection(sshd("AllowTcpForwarding=no").target())
    with pytest.raises(WrongInput, match="carries no connections") as error:
        connection.open_socket("127.0.0.1", 9)
    assert "AllowTcpForwarding" in error.value.remedy
    assert not error.value.transient
    connection.close()


def test_a_machine_is_reached_through_the_one_that_its_target_names(
    ssh_server: Any, sshd: Callable[..., Any]
) -> None:
    behind = sshd()
    target = dataclasses.replace(behind.target(), through=ssh_server.target())
    connection = Connection(target)
    assert connection.check("printenv", "HOME").strip() == str(behind.key.parent)
    connection.close()
    assert connection.through
    assert connection.through._client is None


def test_a_key_that_may_not_log_in_is_refused(ssh_server: Any, tmp_path: Path) -> None:
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    error = refused(Connection(ssh_server.target(key=key)))
    assert "was refused" in error.what
    assert f"{key}.pub" in error.remedy


def test_nobody_listening_is_a_lost_machine(ssh_server: Any, tmp_path: Path) -> None:
    target = ssh_server.target()
    nobody = type(target)("server", "127.0.0.1", 1, target.user, target.key, target.known_hosts)
    with pytest.raises(EposVirtError) as error:
        Connection(nobody).check("true")
    assert error.value.transient
