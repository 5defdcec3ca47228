"""The private key that logs in: the one that is named, and no other."""

from __future__ import annotations

import base64
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from errors import WrongInput

if TYPE_CHECKING:  # imported where it is used: it takes longer than a command's help
    import paramiko


def check_key_file(key: Path) -> None:
    """Refuse a private key that is missing or that others can read.

    Raises:
        WrongInput: with the command that mends it.
    """
    try:
        mode = key.stat().st_mode
    except OSError as error:
        raise WrongInput(
            f"SSH key {key} cannot be read", seen=str(error), remedy="name the right file"
        ) from error
    if mode & 0o077:
        raise WrongInput(
            f"SSH key {key} is readable by others",
            seen=f"mode {mode & 0o777:04o}",
            remedy=f"chmod 600 {shlex.quote(str(key))}",
        )


def load_key(key: Path) -> paramiko.PKey:
    """Load a private key; one with a passphrase is the agent's to use, where it has that one.

    Raises:
        WrongInput: it is none, or locked; trying again would not help.
    """
    import paramiko

    try:
        loaded: paramiko.PKey = paramiko.PKey.from_path(key)
    # cryptography's own error for a key that is encrypted is a TypeError
    except (paramiko.PasswordRequiredException, TypeError) as error:
        if held := _of_agent(key):
            return held
        raise WrongInput(
            f"SSH key {key} needs its passphrase",
            seen="no SSH agent has it (SSH_AUTH_SOCK), or its .pub file is not beside it",
            remedy=f"ssh-add {shlex.quote(str(key))}, then run again in the same shell",
        ) from error
    except (ValueError, OSError, paramiko.SSHException) as error:
        raise WrongInput(
            f"SSH key {key} is not a private key that can be used",
            seen=str(error).splitlines()[0] if str(error) else type(error).__name__,
            remedy="name a private key without a passphrase, as ssh-keygen makes it",
        ) from error
    return loaded


def public_half(key: Path) -> str:
    """Read the public half of a key, which lies beside it.

    Raises:
        WrongInput: it is not there; with the command that makes it.
    """
    public = key.with_name(f"{key.name}.pub")
    try:
        return public.read_text()
    except OSError as error:
        quoted = shlex.quote(str(key))
        raise WrongInput(
            f"the public half of SSH key {key} cannot be read",
            seen=str(error),
            remedy=f"ssh-keygen -y -f {quoted} > {quoted}.pub",
        ) from error


def _of_agent(key: Path) -> paramiko.PKey | None:
    """Give the agent's key that is this file's, by its public half; no other is ever used."""
    import paramiko

    try:
        wanted = base64.b64decode(public_half(key).split()[1])
    except (WrongInput, IndexError, ValueError):
        return None
    agent = paramiko.Agent()
    found = next((one for one in agent.get_keys() if one.asbytes() == wanted), None)
    if not found:
        agent.close()
    return found


def release(key: paramiko.PKey) -> None:
    """Let go of the agent that holds a key; it has been used."""
    import paramiko

    agent = getattr(key, "agent", None)
    if isinstance(agent, paramiko.Agent):
        agent.close()
