"""What an image says of its application where no app.yaml does."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Any

from deployments.container_image.archive import SUFFIXES, opened
from deployments.container_image.manifest import StoredImage, find_image


def says_of_image(path: Path, wanted: str = "") -> dict[str, Any]:
    """Give the keys of an app.yaml for an image; `port` is left out where it exposes none.

    Raises:
        WrongInput: it is no image that a guest can run.
    """
    about = path / "index.json" if path.is_dir() else path
    when = about.stat().st_mtime_ns if about.exists() else 0
    return dict(_says(path, wanted, when))


@lru_cache(maxsize=16)
def _says(path: Path, wanted: str, _when: int) -> dict[str, Any]:
    with opened(path) as archive:
        image = find_image(archive, wanted)
    started = image.configuration.started
    says = {
        "name": name_of(image, path),
        "runtime": "image",
        "entry": path.name,
        "image": wanted,
        "protocol": "tcp",
        "volumes": volumes_of(started.volumes),
    }
    return says | ({"port": started.ports[0]} if started.ports else {})


def name_of(image: StoredImage, path: Path) -> str:
    """Name the application: `registry/web/nginx:1` is nginx; without a tag, as its file."""
    tagged = [name for name in image.names if name.partition(":")[0]]
    if tagged:
        base = tagged[0].rpartition("/")[2].partition("@")[0].partition(":")[0]
    else:
        base = path.name
        for suffix in SUFFIXES:
            base = base.removesuffix(suffix)
    return re.sub(r"[^A-Za-z0-9_.-]|\.(?=\.)", "-", base).strip("-._")[:63] or "image"


def volumes_of(paths: list[str]) -> dict[str, str]:
    """Name the volumes an image declares: `/var/lib/redis` is redis, or var-lib-redis."""
    short = [path.strip("/").rpartition("/")[2] for path in paths]
    long = [path.strip("/").replace("/", "-") for path in paths]
    unique = len(set(short)) == len(short)
    return dict(zip(short if unique else long, paths, strict=True))
