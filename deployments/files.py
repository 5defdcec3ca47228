"""The files an environment names."""

from __future__ import annotations

import os.path

from deployments.model import Environment
from deployments.problem import Location

Missing = tuple[Location, str, str]


def missing_files(environment: Environment) -> list[Missing]:
    """Look which of the named files are not there: place, message and remedy of each.

    The archive's folder may be absent; a sample archive is generated then.
    """
    missing: list[Missing] = []
    for at, app in enumerate(environment.applications):
        recipe = os.path.normpath(environment.folder / app.source / "app.yaml")
        if not os.path.isfile(recipe):
            remedy = "name the folder that holds the application's app.yaml"
            missing.append((("applications", at, "source"), f"there is no file {recipe}", remedy))
    for at, domu in enumerate(environment.domus):
        tarball = domu.root.tarball and environment.folder / domu.root.tarball
        if tarball and not tarball.is_file():
            place: Location = ("domus", at, "root", "tarball")
            missing.append((place, f"there is no file {tarball}", "name the tarball"))
    return missing
