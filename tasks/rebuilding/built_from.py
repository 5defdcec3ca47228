"""What a night was built from, and what of that differs from another night: it is named."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from deployments.model import Environment
from runs.child import run
from tasks.application import source_folder
from tasks.content import file_key, key_of
from tasks.package_list import in_use
from tasks.unikernel.sources import content_key

PROJECT = Path(__file__).parents[2]
KERNEL = PROJECT / "toolchains" / "linux"
MOST = 12  # changes of one kind that are named


@dataclass(frozen=True)
class BuiltFrom:
    """What decides what is built.

    Args:
        packages: package to version, of the list in use; empty without one.
        revision: the project's in git; empty where there is no git.
        uncommitted: key of what git has not; empty for nothing.
        sources: application to the key of its sources.
        kernel: the guests' kernel configuration, option to value, and the patch's key.
        environment: key of the environment's file.
    """

    packages: Mapping[str, str]
    revision: str
    uncommitted: str
    sources: Mapping[str, str]
    kernel: Mapping[str, str]
    environment: str

    def as_json(self) -> dict[str, Any]:
        """Give it as it is kept."""
        return asdict(self)


def built_from(environment: Environment) -> BuiltFrom:
    """Look what things are built from now."""
    packages = in_use()
    revision, uncommitted = _revision()
    folders = {app.name: source_folder(environment, app) for app in environment.applications}
    return BuiltFrom(
        packages=dict(packages.packages) if packages else {},
        revision=revision,
        uncommitted=uncommitted,
        sources={name: content_key(folder) for name, folder in folders.items()},
        kernel=dict(_kernel()),
        environment=file_key(environment.path),
    )


def changes(before: BuiltFrom, now: BuiltFrom) -> list[str]:
    """Name what differs, one thing a line; empty for nothing."""
    found = []
    if before.revision != now.revision:
        found.append(f"source revision {before.revision[:12] or '-'} -> {now.revision[:12] or '-'}")
    if before.uncommitted != now.uncommitted:
        found.append("sources that are not committed differ")
    if before.environment != now.environment:
        found.append("the environment's file differs")
    found += _differences("package", before.packages, now.packages)
    found += _differences("kernel", before.kernel, now.kernel)
    names = [name for name, key in now.sources.items() if before.sources.get(name, key) != key]
    return [*found, *(f"sources of {name} or what they are built on differ" for name in names)]


def _differences(kind: str, before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    named = [
        f"{kind} {name} {before.get(name, '-')} -> {now.get(name, '-')}"
        for name in sorted({*before, *now})
        if before.get(name) != now.get(name)
    ]
    more = [f"and {len(named) - MOST} more of {kind}"] if len(named) > MOST else []
    return named[:MOST] + more


def _revision() -> tuple[str, str]:
    """Give the revision in git, and the key of what is not committed."""
    if not (PROJECT / ".git").exists():
        return "", ""
    git = ("git", "-C", str(PROJECT))
    changed = run(*git, "status", "--porcelain") + run(*git, "diff", "HEAD")
    return run(*git, "rev-parse", "HEAD").strip(), key_of(changed) if changed.strip() else ""


def _kernel() -> Iterator[tuple[str, str]]:
    for file in (KERNEL / "kernel.config", KERNEL / "container" / "kernel.config"):
        for line in file.read_text().splitlines():
            name, equals, value = line.strip().partition("=")
            if equals and not name.startswith("#"):
                yield f"{file.relative_to(KERNEL)}: {name}", value
    yield "kernel.patch", file_key(KERNEL / "kernel.patch")[:12]
