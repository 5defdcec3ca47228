"""The dated list of package versions that everything is built from, where there is one.

Its key is in the key of all that is built of Debian's packages, so that a newer list has it built
anew, and an older one finds again what was built of that. Without a list a thing is built once, of
what the mirror has then.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from errors import WrongInput
from state import replace_text, state_folder, state_place
from tasks.content import key_of


@dataclass(frozen=True)
class PackageList:
    """Package to version, as a mirror had them at a moment (ISO 8601, UTC)."""

    date: str
    packages: Mapping[str, str]

    @property
    def key(self) -> str:
        """Its content's; when it was made is no part of that."""
        return key_of(dict(self.packages))


def in_use() -> PackageList | None:
    """Give the list that things are built from; None where there is none."""
    path = _place()
    return read_list(path) if path.exists() else None


def use(packages: PackageList | None) -> None:
    """Have things built from this list from now on; it is kept under its date and key, too."""
    if packages is None:
        _place().unlink(missing_ok=True)
        return
    text = json.dumps(asdict(packages), indent=1, sort_keys=True)
    replace_text(kept_as(packages), text)
    replace_text(_place(), text)


def kept_as(packages: PackageList) -> Path:
    """Give the file under which a list is kept, for `--packages`."""
    return state_folder("packages") / f"{packages.date[:10]}-{packages.key}.json"


def list_key() -> tuple[str, ...]:
    """Give what a key has of the list: nothing without one, so that keys are as before."""
    packages = in_use()
    return (packages.key,) if packages else ()


def toolchain_folder() -> Path:
    """Give where toolchains keep what they build: a folder of its own for each list."""
    return state_folder("toolchains", *list_key())


def toolchain_place() -> Path:
    """Give where that folder is, or would be: for who only looks."""
    return state_place("toolchains", *list_key())


def read_list(path: Path) -> PackageList:
    """Read a list.

    Raises:
        WrongInput: it is none.
    """
    try:
        told = json.loads(path.read_text())
        return PackageList(str(told["date"]), {str(k): str(v) for k, v in told["packages"].items()})
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise WrongInput(
            f"{path} is no list of packages",
            seen=str(error),
            remedy=f"take one that a night has kept: ls {state_place('packages')}",
        ) from error


def _place() -> Path:
    return state_place("packages") / "in-use.json"
