"""One door to a machine: commands as argument lists over one SSH connection kept open."""

from __future__ import annotations

import json
import logging
import shlex
import threading
import time
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from blocks.facts import SCRIPT, Command, Facts
from blocks.known_hosts import ALGORITHMS, KnownHosts, NotKnown, policy, read_known_hosts
from blocks.private_key import check_key_file, load_key, release
from blocks.streams import Feeder, drain
from errors import EposVirtError, WrongInput
from runs import interruption
from runs.patience import saw, stretched

if TYPE_CHECKING:  # imported where it is used: it takes longer than a command's help
    import paramiko

# What paramiko reports in its log comes back as an exception, too, and is reported from there.
logging.getLogger("paramiko").setLevel(logging.CRITICAL)

LAST_LINES = 12  # of each stream, in an error
FORBIDDEN = 1  # why a channel is not opened: "administratively prohibited" (RFC 4254, 5.1)
ALL = [name for names in ALGORITHMS.values() for name in names]
SUDO = ("sudo", "-n", "--")
LOGIN = 8.0  # seconds of a plain machine: an emulated server takes two at most


@dataclass(frozen=True)
class Result:
    """What a command answered."""

    argv: tuple[str, ...]
    status: int
    stdout: str
    stderr: str


class CommandFailed(EposVirtError):
    """A command ended with a status that was not expected."""

    def __init__(self, host: str, result: Result, *, remedy: str = "") -> None:
        """Tell host, command, status and the last lines of both streams."""
        streams = [
            f"{name}: {line}"
            for name, text in (("stdout", result.stdout), ("stderr", result.stderr))
            for line in text.strip().splitlines()[-LAST_LINES:]
        ]
        command = shlex.join(result.argv)
        super().__init__(
            f"{host}: `{command}` ended with status {result.status}",
            seen="\n".join(streams) or "no output",
            remedy=remedy or f"run it by hand on {host}, mend what it says, then run again",
        )
        self.result = result


class ConnectionLost(EposVirtError):
    """The machine could not be reached, or stopped answering in the middle."""

    def __init__(self, host: str, why: object) -> None:
        """Tell host and cause; always transient."""
        super().__init__(
            f"{host}: no connection",
            seen=str(why) or type(why).__name__,
            remedy=f"see that {host} is up and its SSH server answers, then run again",
            transient=True,
        )


@dataclass(frozen=True)
class SshTarget:
    """Where and how to reach a machine by SSH.

    Args:
        name: what people call the machine.
        host: address, as its known-hosts file spells it.
        port: TCP port.
        user: login name.
        key: private key file, not readable by others.
        known_hosts: the only file whose host keys are trusted.
        sudo: commands are run as root by sudo, for the user is not root.
        ours: a machine that the project made: what its shell does is known.
        through: the machine that can reach it, where this one cannot.
    """

    name: str
    host: str
    port: int
    user: str
    key: Path
    known_hosts: Path
    sudo: bool = False
    ours: bool = False
    through: SshTarget | None = None


class Connection:
    """An SSH connection to one machine; opened at first use, reopened after `close`.

    Threads share it: every command is a channel of its own.
    """

    def __init__(self, target: SshTarget, through: Connection | None = None) -> None:
        """Keep where to go; `through` is the connection that can reach it, if not this machine."""
        self.target = target
        self.through = through or (_in_between(target.through) if target.through else None)
        self.facts = Facts()
        self._tried = target.ours
        self._client: paramiko.SSHClient | None = None
        self._opening: paramiko.SSHClient | None = None
        self._lock = threading.RLock()

    @property
    def name(self) -> str:
        """The machine's name, for logs and errors."""
        return self.target.name

    def client(self, timeout: float = 20.0) -> paramiko.SSHClient:
        """Return the open client, connecting first where there is none.

        Raises:
            ConnectionLost: no answer, or the connection broke; transient.
            WrongInput: host key, key file or login refused; trying again would not help.
            Interrupted: the run shall end.
        """
        interruption.check()
        with self._lock:
            transport = self._client.get_transport() if self._client else None
            if self._client and transport and transport.is_active():
                return self._client
            began = time.monotonic()
            self._client = self._open(stretched(timeout))
            # The same work each time, done before anything else: it tells how slow a machine is.
            saw(f"login on {self.name}", time.monotonic() - began, LOGIN)
            if not self._tried:
                self._tried = True  # first, for what tries it asks for the client, too
                try:
                    self._try_shell()
                except EposVirtError:
                    self._tried = False
                    self.close()
                    raise
            return self._client

    def _try_shell(self) -> None:
        """Run a command that says nothing: whatever is heard would be taken for others' answers.

        Raises:
            WrongInput: its login scripts print, or its user may not become root.
        """
        result = self.run("true")
        heard = (result.stdout + result.stderr).strip().splitlines()
        if result.status == 0 and not heard:
            return
        user, seen = self.target.user, heard[-1] if heard else f"status {result.status}"
        if result.status:
            raise WrongInput(
                f"{self.name}: {user} cannot run commands{' by sudo' if self.target.sudo else ''}",
                seen=seen,
                remedy=f"on {self.name}: echo '{user} ALL=(ALL) NOPASSWD: ALL' > "
                f"/etc/sudoers.d/{user}; or write `user: root`"
                if self.target.sudo
                else f"see {user}'s shell on {self.name}: getent passwd {user}",
            )
        raise WrongInput(
            f"{self.name}: its login scripts print where nobody reads: it spoils every answer",
            seen=seen,
            remedy=f"have {user}'s .bashrc (or /etc/bash.bashrc) end early where it is not "
            "interactive: case $- in *i*) ;; *) return ;; esac",
        )

    def _open(self, timeout: float) -> paramiko.SSHClient:
        import paramiko

        target = self.target
        check_key_file(target.key)
        key = load_key(target.key)
        client = self._opening = paramiko.SSHClient()
        known = read_known_hosts(target.known_hosts)
        client.set_missing_host_key_policy(policy(known))
        try:
            self._log_in(client, key, known, timeout)
        except BaseException:
            _end(client)  # else the machine waits for it, and lets in nobody else
            raise
        finally:
            release(key)
        transport = client.get_transport()
        if transport:
            transport.set_keepalive(15)
        return client

    def _log_in(
        self, client: paramiko.SSHClient, key: paramiko.PKey, known: KnownHosts, timeout: float
    ) -> None:
        import paramiko

        target = self.target
        place = target.host if target.port == 22 else f"[{target.host}]:{target.port}"
        others = known.others(place)
        sock = self.through.open_socket(target.host, target.port, timeout) if self.through else None
        try:
            client.connect(
                target.host,
                target.port,
                target.user,
                pkey=key,
                allow_agent=False,
                look_for_keys=False,
                timeout=timeout,
                banner_timeout=timeout,
                auth_timeout=timeout,
                sock=sock,
                # A host that has keys of several types shows one that is known of it.
                disabled_algorithms={} if len(others) == len(ALL) else {"keys": others},
            )
        except paramiko.AuthenticationException as error:
            raise WrongInput(
                f"{target.name}: login of {target.user} with {target.key} was refused",
                seen=str(error),
                remedy=f"add {target.key}.pub to that user's authorized_keys on the machine",
            ) from error
        except NotKnown as error:
            raise WrongInput(
                f"{target.name}: its host key is {error.why}",
                seen=error.seen,
                remedy="compare it with the one on the machine's console, find out why it changed; "
                f"only then put it into {target.known_hosts}",
            ) from error
        except paramiko.ssh_exception.IncompatiblePeer as error:
            raise WrongInput(
                f"{target.name}: its host key is not the one in {target.known_hosts}",
                seen=f"{error}: it has no key of a type that is known of it",
                remedy=f"find out why; only then put the one it has into {target.known_hosts}",
            ) from error
        except (paramiko.SSHException, OSError, EOFError) as error:
            raise ConnectionLost(target.name, error) from error

    def close(self) -> None:
        """Close the connection; the next use opens a new one."""
        with self._lock:
            if self._client:
                _end(self._client)
            self._client = None
            if self.through and self.target.through:  # opened for this one alone
                self.through.close()

    def drop(self) -> None:
        """Break the connection, or its opening, under whoever waits for it.

        The next use opens a new one.
        """
        for client in (self._opening, self._client):
            if client:
                _end(client)

    def answers(self) -> bool:
        """Tell whether the machine runs a command over a fresh connection."""
        self.close()
        return self.run("true", timeout=20).status == 0

    def open_socket(self, host: str, port: int, timeout: float = 10.0) -> paramiko.Channel:
        """Open a TCP connection from this machine to `host:port` and carry it here.

        Raises:
            ConnectionLost: the machine cannot reach it; transient.
        """
        import paramiko

        transport = self.client().get_transport()
        if transport is None:
            raise ConnectionLost(self.name, "the connection was closed")
        try:
            return transport.open_channel(
                "direct-tcpip", (host, port), ("127.0.0.1", 0), timeout=stretched(timeout)
            )
        except paramiko.ChannelException as error:
            if error.code == FORBIDDEN:
                raise WrongInput(
                    f"{self.name}: its SSH server carries no connections to other machines",
                    seen=f"{host}:{port}: {error.text}",
                    remedy=f"on {self.name}: AllowTcpForwarding yes (no DisableForwarding, no "
                    "PermitOpen) in sshd_config and sshd_config.d, no restriction of the key in "
                    "authorized_keys; then systemctl reload ssh",
                ) from error
            raise ConnectionLost(f"{host}:{port} from {self.name}", error) from error
        except (paramiko.SSHException, OSError, EOFError) as error:
            raise ConnectionLost(f"{host}:{port} from {self.name}", error) from error

    def open_command(self, *argv: str) -> paramiko.Channel:
        """Start a command and return its channel: its standard streams as one socket."""
        import paramiko

        transport = self.client().get_transport()
        if transport is None:
            raise ConnectionLost(self.name, "the connection was closed")
        try:
            channel = transport.open_session(timeout=stretched(60))
            channel.exec_command(shlex.join((*(SUDO if self.target.sudo else ()), *argv)))
        except (paramiko.SSHException, OSError, EOFError) as error:
            if not isinstance(error, paramiko.ChannelException):  # a refusal leaves the others be
                self.close()  # a machine that hangs keeps it open: try another
            raise ConnectionLost(self.name, error) from error
        return channel

    def run(
        self,
        *argv: str,
        stdin: str | bytes | BinaryIO = b"",
        accept: Collection[int] | None = None,
        timeout: float = 60.0,
        hear: Callable[[str], None] | None = None,
        remedy: str = "",
    ) -> Result:
        """Run one command and return the whole result.

        Args:
            argv: program and arguments; quoted here and nowhere else.
            stdin: what it reads: text, bytes, or an open file that is streamed.
            accept: the statuses that are no failure; None accepts every one.
            timeout: seconds without any output until the machine counts as lost; a plain
                machine's (runs/patience.py).
            hear: is told each line of output as it comes.
            remedy: what the error should propose.

        Raises:
            CommandFailed: the status is not in `accept`.
            ConnectionLost: the connection broke, or nothing came for `timeout` seconds.
        """
        import paramiko

        if (known := self.facts.known(argv)) and not stdin:
            return self._judged(Result(argv, *known), accept, remedy)
        channel = self.open_command(*argv)
        silence = stretched(timeout)
        channel.settimeout(silence)
        try:
            feeder = Feeder(channel, stdin)
            feeder.start()
            stdout, stderr = drain(channel, hear, silence)
            if not channel.status_event.wait(silence):
                raise TimeoutError
            status = channel.recv_exit_status()
        except (OSError, EOFError, paramiko.SSHException) as error:
            self.close()
            why = error if str(error) else f"`{shlex.join(argv)}` was silent for {silence:.0f} s"
            raise ConnectionLost(self.name, why) from error
        finally:
            channel.close()
        if status == -1:
            raise ConnectionLost(self.name, f"lost while `{shlex.join(argv)}` ran")
        return self._judged(Result(argv, status, stdout, stderr), accept, remedy)

    def _judged(self, result: Result, accept: Collection[int] | None, remedy: str) -> Result:
        if accept is not None and result.status not in accept:
            raise CommandFailed(self.name, result, remedy=remedy)
        return result

    def read_facts(self, commands: Sequence[Command]) -> None:
        """Run commands that only look, all in one; `run` then gives their answers.

        They hold until `facts.forget` says that something changes. A machine without Python, or
        one that cannot be reached yet, is asked one by one later.
        """
        changes = self.facts.changes()
        result = self.run("python3", "-c", SCRIPT, stdin=json.dumps(commands))
        if result.status == 0:
            self.facts.keep(commands, result.stdout, changes)

    def check(
        self,
        *argv: str,
        stdin: str | bytes | BinaryIO = b"",
        timeout: float = 60.0,
        hear: Callable[[str], None] | None = None,
        remedy: str = "",
    ) -> str:
        """Run a command that must succeed; return its standard output."""
        return self.run(
            *argv, stdin=stdin, accept={0}, timeout=timeout, hear=hear, remedy=remedy
        ).stdout

    def ask(self, *argv: str) -> bool:
        """Run a command whose status 0 or 1 is the answer."""
        return self.run(*argv, accept={0, 1}).status == 0

    def read(self, path: str) -> str | None:
        """Return a text file's content, or None where there is no such file."""
        result = self.run("cat", path, accept={0, 1})
        if result.status == 0:
            return result.stdout
        if self.ask("test", "-e", path):  # there, but a folder or not ours to read
            raise CommandFailed(self.name, result)
        return None

    def write(self, path: str, content: str | bytes, mode: str = "0644") -> None:
        """Write a file whole: beside the target first, then renamed over it."""
        beside = f"{path}.epos-new"
        self.check("install", "-D", "-m", mode, "/dev/stdin", beside, stdin=content)
        self.check("mv", "-fT", beside, path)


def _in_between(target: SshTarget) -> Connection:
    """Open the way through a machine on which nothing is run: it may have no shell for us."""
    connection = Connection(target)
    connection._tried = True
    return connection


def _end(client: paramiko.SSHClient) -> None:
    """Close a client, whose way there may be gone already."""
    with suppress(OSError, EOFError):
        client.close()
