"""What tests need of this machine: script/test-tools installs it, script/test allows no skip."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import NoReturn

import pytest


def program(name: str, *, package: str) -> str:
    """Give the path of a program that a Debian package brings; without it the test is skipped."""
    found = shutil.which(name) or shutil.which(name, path="/usr/local/sbin:/usr/sbin:/sbin")
    return found or skip(name, package=package)


def file(path: str, *, package: str) -> Path:
    """Give a file that a Debian package brings; without it the test is skipped."""
    return Path(path) if Path(path).exists() else skip(path, package=package)


def skip(what: str, *, package: str) -> NoReturn:
    """Skip the test for want of something that a Debian package brings."""
    pytest.skip(f"no {what} on this machine: apt-get install {package}")
