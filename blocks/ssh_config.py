"""The way to a server as OpenSSH's own configuration has it: asked of `ssh -G`, which reads all."""

from __future__ import annotations

import re
from pathlib import Path

from blocks.connection import SshTarget
from deployments.server import Ssh, is_loopback
from errors import WrongInput
from runs.child import run

_JUMP = re.compile(r"(ssh://)?((?P<user>[^@]+)@)?(?P<host>\[[^]]+\]|[^:]+)(:(?P<port>\d+))?")
MOST_JUMPS = 8  # more is a circle


def target_of(name: str, ssh: Ssh) -> SshTarget:
    """Give the SSH address and keys of a server; what the environment says wins over its `config`.

    Args:
        name: of the server.
        ssh: what the environment says.

    Raises:
        WrongInput: the configuration does not lead there; says what is missing.
    """
    if ssh.config is None:
        assert ssh.key and ssh.known_hosts, "the model asks for both"
        user = ssh.user or "root"
        way = (ssh.host, ssh.port or 22, user, ssh.key, ssh.known_hosts)
        return SshTarget(name, *way, sudo=user != "root")
    found = _resolved(name, ssh, ssh.config)
    if is_loopback(found.host) and found.port == 22 and not found.through:
        raise WrongInput(
            f"{ssh.config}: Host {ssh.host} is the machine you are working on, not a server",
            remedy="write the server's address there, or the port of a tunnel to it",
        )
    return found


def _resolved(
    name: str, ssh: Ssh, config: Path, jumps: str | None = None, depth: int = 0
) -> SshTarget:
    """Ask OpenSSH for one host, and for those that lead to it; `jumps` wins over its own."""
    said = _ask(ssh.host, config)
    if said.get("proxycommand", ["none"])[0] != "none":
        raise WrongInput(
            f"{config}: Host {ssh.host} is reached by a ProxyCommand, which is not followed",
            remedy="write `ProxyJump` with the machine in between",
        )
    before, _, last = (jumps or said.get("proxyjump", ["none"])[0]).rpartition(",")
    user = ssh.user or said["user"][0]
    return SshTarget(
        name=name,
        host=said["hostname"][0],
        port=ssh.port or int(said["port"][0]),
        user=user,
        key=ssh.key or _key(ssh.host, config, said["identityfile"]),
        known_hosts=ssh.known_hosts or _known_hosts(ssh.host, config, said["userknownhostsfile"]),
        sudo=user != "root" and depth == 0,  # nothing is run on a machine in between
        through=None if last == "none" else _between(last, config, before, depth + 1),
    )


def _between(hop: str, config: Path, jumps: str, depth: int) -> SshTarget:
    found = _JUMP.fullmatch(hop)
    if not found or depth > MOST_JUMPS:
        raise WrongInput(
            f"{config}: ProxyJump {hop} {'leads in a circle' if found else 'is no host'}",
            remedy="write it like `ProxyJump user@gate:22`",
        )
    port, host = found["port"], found["host"].strip("[]")
    ssh = Ssh.model_construct(host=host, port=port and int(port), user=found["user"])
    return _resolved(host, ssh, config, jumps or None, depth)


def _ask(host: str, config: Path) -> dict[str, list[str]]:
    if not config.is_file():
        raise WrongInput(f"no file {config}", remedy="write where OpenSSH's configuration is")
    text = run(
        *("ssh", "-T", "-G", "-F", config, host),
        what=f"OpenSSH does not take {config} for {host}",
        remedy=f"see: ssh -G -F {config} {host}",
        missing="apt-get install openssh-client; or write `key` and `known_hosts` for `config`",
        within=10,
        error=WrongInput,
    )
    said: dict[str, list[str]] = {}
    for line in text.splitlines():
        word, _, value = line.partition(" ")
        said.setdefault(word.lower(), []).append(value)
    return said


def _key(host: str, config: Path, files: list[str]) -> Path:
    """Give the first key there is, as OpenSSH would try them."""
    paths = [Path(file).expanduser() for file in files]
    for path in paths:
        if path.is_file():
            return path
    raise WrongInput(
        f"{config}: none of the keys for {host} is there",
        seen=", ".join(map(str, paths)),
        remedy=f"write `IdentityFile` for {host} there, or `key` in the environment",
    )


def _known_hosts(host: str, config: Path, files: list[str]) -> Path:
    paths = [Path(word).expanduser() for word in files[0].split()]
    for path in paths:
        if path.is_file():
            return path
    raise WrongInput(
        f"{config}: there is no file of known hosts for {host}",
        seen=", ".join(map(str, paths)),
        remedy=f"ssh -F {config} {host}, and compare the key it shows with the machine's own",
    )
