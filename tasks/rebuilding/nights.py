"""What is kept of each night: whether it was good, from what it was built, what it left here."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from state import replace_text, state_folder, state_place
from tasks.package_list import PackageList
from tasks.rebuilding.built_from import BuiltFrom


@dataclass(frozen=True)
class Night:
    """One night of an environment.

    Args:
        run: in the history.
        good: it proved itself and was not slower, or was accepted all the same.
        accepted: it was slower, and is what later nights are compared with.
        date: of its list of packages; empty without one.
        packages_key: that list's.
        built_from: what decided what was built.
        images: names with tags, of this machine's engine.
        roots: files of domUs' roots, in the state folder.
        said: the verdict in words.
    """

    run: str
    good: bool
    accepted: bool
    date: str
    packages_key: str
    built_from: BuiltFrom
    images: tuple[str, ...] = ()
    roots: tuple[str, ...] = ()
    said: str = ""

    @property
    def packages(self) -> PackageList | None:
        """The list that it was built from."""
        if not self.packages_key:
            return None
        return PackageList(self.date, self.built_from.packages)


def remember_night(environment: str, night: Night) -> None:
    """Keep a night."""
    replace_text(night_file(environment, night.run), json.dumps(asdict(night), indent=1))


def night_file(environment: str, run: str) -> Path:
    """Give the file that a night is kept in."""
    return state_folder("nights", environment) / f"{run}.json"


def nights_of(environment: str) -> list[Night]:
    """Give the nights that are kept of an environment, oldest first."""
    return list(_read(state_place("nights", environment)))


def nights_of_all() -> list[Night]:
    """Give the nights that are kept of all environments."""
    folders = [path for path in state_folder("nights").iterdir() if path.is_dir()]
    return [night for folder in folders for night in _read(folder)]


def good_nights(nights: Sequence[Night]) -> list[Night]:
    """Give those that a night is compared with: the good ones, from the last accepted one on."""
    good: list[Night] = []
    for night in nights:
        if night.good:
            good = [night] if night.accepted else [*good, night]
    return good


def _read(folder: Path) -> Iterator[Night]:
    # Not by name: runs of the same second end in letters that chance chose.
    for path in sorted(folder.glob("*.json"), key=lambda path: path.stat().st_mtime_ns):
        told = json.loads(path.read_text())
        lists = {name: tuple(told[name]) for name in ("images", "roots")}
        yield Night(**{**told, **lists, "built_from": BuiltFrom(**told["built_from"])})
