"""Which versions the mirror has of the packages that an environment is built from.

Nothing is downloaded but the mirror's indexes, and nothing is installed: apt says what it would do.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from deployments.model import Environment
from runs.child import run
from runs.telling import tell
from state import state_folder
from tasks.application import source_folder
from tasks.container.base_image import read_base_images
from tasks.domu.root_filesystem import packages_of
from tasks.package_list import PackageList
from toolchains import read_application
from toolchains.linux.buildroot import PACKAGES, SUITE
from toolchains.linux.images import RUNTIMES, debian_packages_of

# Inst libc6 (2.41-12+deb13u5 Debian:13.8/stable [amd64]) []
INSTALLED = re.compile(r"^Inst (\S+) (?:\[\S+\] )?\((\S+)", re.MULTILINE)
# RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends nginx >/dev/null
ASKED_FOR = re.compile(r"apt-get\s[^&|;>]*?\binstall\s([^&|;>\n]*)")
REMEDY = "does this machine reach its Debian mirror? mmdebstrap asks the one this machine asks"


def fresh_list(environment: Environment) -> PackageList:
    """Ask the mirror; it takes half a minute.

    Raises:
        EposVirtError: no mmdebstrap, or no mirror; transient.
    """
    found: dict[str, str] = {}
    folder = Path(tempfile.mkdtemp(prefix=".mirror-", dir=state_folder("packages")))
    folder.chmod(0o755)  # apt's own user must get through
    try:
        for suite, sets in sorted(sets_of(environment).items()):
            root = folder / suite
            tell(f"asking the mirror for the packages of {suite}")
            _indexes(suite, root)
            for names in sets:
                found |= installed_in(_simulated(root, names))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return PackageList(datetime.now(UTC).isoformat(timespec="seconds"), dict(sorted(found.items())))


def sets_of(environment: Environment) -> dict[str, list[tuple[str, ...]]]:
    """Give the packages that are installed together, by suite: each once, with what they need."""
    found: dict[str, dict[tuple[str, ...], None]] = {}
    for suite, names in _sets(environment):
        found.setdefault(suite, {})[tuple(sorted(set(names)))] = None
    return {suite: list(sets) for suite, sets in found.items()}


def _sets(environment: Environment) -> Iterator[tuple[str, Iterable[str]]]:
    for image in read_base_images().values():
        yield image.suite, image.include
    for domu in environment.domus:
        if domu.root.suite:
            yield domu.root.suite, (*packages_of(domu), *domu.root.packages)
    yield SUITE, PACKAGES
    for folder in {source_folder(environment, app) for app in environment.applications}:
        dockerfile = folder / "Dockerfile"
        if dockerfile.is_file():
            yield SUITE, asked_for(dockerfile.read_text())
        elif folder.is_dir():
            application = read_application(folder)
            if runtime := RUNTIMES.get(application.runtime):
                yield SUITE, (*PACKAGES, *debian_packages_of(application, runtime))


def asked_for(dockerfile: str) -> list[str]:
    """Give the packages that a Dockerfile has apt install."""
    lines = ASKED_FOR.findall(dockerfile.replace("\\\n", " "))
    return [name for line in lines for name in line.split() if not name.startswith(("-", "$"))]


def installed_in(told: str) -> dict[str, str]:
    """Read what `apt-get --simulate install` would install: package to version."""
    return dict(INSTALLED.findall(told))


def _indexes(suite: str, root: Path) -> None:
    """Have the mirror's indexes for apt in a folder that is else empty."""
    mirror = [os.environ["EPOS_VIRT_MIRROR"]] if os.environ.get("EPOS_VIRT_MIRROR") else []
    kept = "--skip=cleanup/apt,cleanup/mmdebstrap"
    command = ("mmdebstrap", "--simulate", "--variant=apt", kept, suite, str(root), *mirror)
    run(*command, remedy=REMEDY, transient=True)


def _simulated(root: Path, names: Iterable[str]) -> str:
    own = ("-o", f"Dir={root}", "-o", f"Dir::State::status={root}/var/lib/dpkg/status")
    without = ("-o", "APT::Install-Recommends=false")
    return run("apt-get", *own, *without, "--simulate", "-y", "install", "?essential", *names)
