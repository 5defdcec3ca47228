"""UniK's daemon over HTTP: what it offers, with its traps closed.

The traps, from its sources (pkg/daemon/daemon.go, pkg/providers/common): what it looks up by a
name it looks up by a *part* of an identity or name, and takes the first; the logs are answered
with status 200 also where they failed; an image it does not know is status 500, not 404.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from errors import EposVirtError, WrongInput

if TYPE_CHECKING:
    import requests

VARIABLE = "UNIK_URL"
DEFAULT_URL = "http://127.0.0.1:3000"
PROVIDER = "xen"
ANSWER_WITHIN = 60.0  # seconds; starting and deleting run xl
BUILD_WITHIN = 3600.0  # seconds; the daemon answers when the image is built
CONNECT_WITHIN = 5.0  # seconds
LAST_LINES = 25  # of the daemon's answer, in an error
# What a failed reading of the logs begins with, below a line that says whose they are.
LOGS_FAILED = "failed to perform get logs request"
HOW_TO_GET = (
    "build UniK from its sources (its README: `make binary`), write its configuration on the Xen "
    "server (python -m toolchains.unik.daemon_config), start it there as root "
    f"(`unik daemon --port 3001`), and set {VARIABLE} to where it listens"
)


class DaemonFailed(EposVirtError):
    """UniK's daemon did not answer, or did not do what it was asked."""


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    identity: str = Field(alias="Id")
    name: str = Field(alias="Name")


class DaemonImage(_Answer):
    """An image the daemon keeps."""

    megabytes: int = Field(alias="SizeMb", description="MiB, rounded down")


class DaemonInstance(_Answer):
    """An instance the daemon started."""

    state: str = Field(alias="State")
    address: str = Field(default="", alias="IpAddress")
    image: str = Field(default="", alias="ImageId")


class DaemonVolume(_Answer):
    """A volume the daemon keeps."""


Named = TypeVar("Named", bound=_Answer)


class Daemon:
    """One daemon; every method that reaches over the wire is a verb."""

    def __init__(self, url: str) -> None:
        """Take its address, such as http://127.0.0.1:3000; nothing is asked yet."""
        import requests

        self.url = url.rstrip("/")
        self._session = requests.Session()
        self._session.trust_env = False  # no proxy: it is on this machine, or behind a tunnel

    def list_images(self) -> list[DaemonImage]:
        """List all images."""
        return self._list("/images", DaemonImage)

    def list_instances(self) -> list[DaemonInstance]:
        """List all instances; their state is that of their start, it is never refreshed."""
        return self._list("/instances", DaemonInstance)

    def list_volumes(self) -> list[DaemonVolume]:
        """List all volumes."""
        return self._list("/volumes", DaemonVolume)

    def create_image(
        self, name: str, archive: bytes, *, base: str, language: str, mounts: Sequence[str]
    ) -> DaemonImage:
        """Have an image built from an archive (tar.gz) of sources, and wait for it."""
        form = {"base": base, "lang": language, "provider": PROVIDER, "mounts": ",".join(mounts)}
        answer = self._ask(
            "POST",
            f"/images/{name}/create",
            expected=201,
            within=BUILD_WITHIN,
            remedy="read the daemon's log; its builders are Docker images, has it all of them?",
            data=form,
            files={"tarfile": ("sources.tar.gz", archive)},
        )
        return _parsed(DaemonImage, answer)

    def run(
        self,
        instance: str,
        image: str,
        *,
        megabytes: int,
        mounts: Mapping[str, str],
        environment: Mapping[str, str],
    ) -> DaemonInstance:
        """Start an instance of an image.

        Raises:
            DaemonFailed: it would take another image for this one, an instance has that name.
        """
        self._check_known(self.list_images(), image)
        refuse_mistaken(self.list_instances(), instance)
        wanted = {
            "InstanceName": instance,
            "ImageName": image,
            "Mounts": dict(mounts),
            "Env": dict(environment),
            "MemoryMb": megabytes,
        }
        remedy = "on the Xen server: xl dmesg, /var/log/xen; is there memory (xl info)?"
        answer = self._ask("POST", "/instances/run", expected=201, remedy=remedy, json=wanted)
        return _parsed(DaemonInstance, answer)

    def read_logs(self, instance: str) -> str:
        """Read what an instance printed.

        Raises:
            DaemonFailed: also where the daemon says so with status 200.
        """
        self._check_known(self.list_instances(), instance)
        answer = self._ask("GET", f"/instances/{instance}/logs", expected=200)
        _, _, printed = answer.text.replace("\0", "").partition("\n")
        if printed.startswith(LOGS_FAILED):
            raise DaemonFailed(
                f"UniK has no logs of {instance}",
                seen=f"status {answer.status_code}: {_last_lines(printed)}",
                remedy=f"on the Xen server: xl console {instance}",
            )
        return printed

    def delete_instance(self, instance: str) -> None:
        """Destroy an instance and forget it."""
        self._check_known(self.list_instances(), instance)
        remedy = f"on the Xen server: xl list, then xl destroy {instance}"
        path = f"/instances/{instance}"
        self._ask("DELETE", path, expected=204, remedy=remedy, params={"force": "true"})

    def delete_image(self, image: str) -> None:
        """Delete an image; refused by the daemon while an instance of it is there."""
        self._check_known(self.list_images(), image)
        self._ask("DELETE", f"/images/{image}", expected=204, remedy="remove its instances first")

    def _check_known(self, listed: Sequence[_Answer], name: str) -> None:
        """See that the daemon has what is named, and takes nothing else for it."""
        if exactly(listed, name) is None:
            known = ", ".join(sorted(one.name for one in listed)) or "nothing"
            raise DaemonFailed(
                f"UniK's daemon at {self.url} has no {name}",
                seen=f"it has {known}",
                remedy="build or start it again; is it the daemon that did it?",
            )
        refuse_mistaken(listed, name)

    def _list(self, path: str, kind: type[Named]) -> list[Named]:
        found = self._ask("GET", path, expected=200)
        try:
            return TypeAdapter(list[kind]).validate_json(found.text or "[]")  # type: ignore[valid-type]
        except ValidationError as error:
            raise self._not_unik(found, error) from None

    def _ask(
        self,
        method: str,
        path: str,
        *,
        expected: int,
        within: float = ANSWER_WITHIN,
        remedy: str = "read the daemon's log",
        **request: Any,
    ) -> requests.Response:
        import requests

        try:
            answer = self._session.request(
                method, f"{self.url}{path}", timeout=(CONNECT_WITHIN, within), **request
            )
        except requests.exceptions.InvalidURL as error:
            raise WrongInput(
                f"{self.url!r} is no address", seen=str(error), remedy=f"set {VARIABLE}"
            ) from None
        except requests.Timeout as error:
            raise DaemonFailed(
                f"UniK's daemon at {self.url} gave no answer to {method} {path}",
                seen=str(error),
                remedy="is it still at work? Read its log",
                transient=isinstance(error, requests.ConnectTimeout),
            ) from None
        except requests.ConnectionError as error:
            raise DaemonFailed(
                f"UniK's daemon does not answer at {self.url}",
                seen=_innermost(error),
                remedy=HOW_TO_GET,
                transient=True,
            ) from None
        if answer.status_code != expected:
            raise DaemonFailed(
                f"UniK's daemon at {self.url} failed: {method} {path}",
                seen=f"status {answer.status_code}: {_last_lines(answer.text)}",
                remedy=remedy,
            )
        return answer

    def _not_unik(self, answer: requests.Response, error: ValidationError) -> DaemonFailed:
        return DaemonFailed(
            f"what answers at {self.url} is not UniK's daemon",
            seen=f"{error.error_count()} problems in: {answer.text[:200]}",
            remedy=f"set {VARIABLE} to where the daemon listens",
        )


def daemon() -> Daemon:
    """Give the daemon that the environment variable UNIK_URL names."""
    url = os.environ.get(VARIABLE) or DEFAULT_URL
    if not url.startswith(("http://", "https://")):
        raise WrongInput(
            f"{VARIABLE} is {url!r}, which is no address", remedy=f"write it like {DEFAULT_URL}"
        )
    return Daemon(url)


def exactly(listed: Sequence[Named], name: str) -> Named | None:
    """Give what has just this name."""
    return next((one for one in listed if one.name == name), None)


def refuse_mistaken(listed: Sequence[_Answer], name: str) -> None:
    """Refuse a name that is a part of another's: the daemon would take the first of them.

    Raises:
        DaemonFailed: names the others.
    """
    others = sorted(
        f"{one.name} ({one.identity})"
        for one in listed
        if one.name != name and (name in one.name or name in one.identity)
    )
    if others:
        raise DaemonFailed(
            f"UniK would take another for {name!r}: it looks for names that contain it",
            seen=", ".join(others),
            remedy="rename one of them, or delete the other",
        )


def _parsed(kind: type[Named], answer: requests.Response) -> Named:
    import requests

    try:
        return kind.model_validate(answer.json())
    except (ValidationError, json.JSONDecodeError, requests.JSONDecodeError) as error:
        raise DaemonFailed(
            f"UniK's daemon gave no {kind.__name__.removeprefix('Daemon').lower()}",
            seen=f"{_last_lines(answer.text)}\n{error}",
            remedy="is it a daemon of the version this was written for (2016 and later)?",
        ) from None


def _last_lines(text: str) -> str:
    return "\n".join(text.strip().splitlines()[-LAST_LINES:]) or "no text"


def _innermost(error: BaseException) -> str:
    """Give what the system said; requests wraps it several times."""
    reason = getattr(error.args[0], "reason", error) if error.args else error
    return str(reason).rpartition(": ")[2] or str(reason)
