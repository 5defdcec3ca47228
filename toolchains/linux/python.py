"""Python: the interpreter of the build root and the modules an application imports."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from runs.child import run
from toolchains.interface import Application
from toolchains.linux import closure
from toolchains.linux.buildroot import BuildFailed, BuildRoot
from toolchains.linux.scan_imports import imports_of

VERSION = "3.13"
PACKAGE = f"python{VERSION}"
COMPRESSION = "lz4"
_PROGRAM = f"/usr/bin/{PACKAGE}"
_SCAN = Path(__file__).with_name("scan_imports.py")
_COMPILE = Path(__file__).with_name("compile_application.py")
# Wheels that run on Debian 13, whose C library is 2.41: pip takes each tag literally (PEP 600).
_PLATFORMS = (
    *(f"manylinux_2_{minor}_x86_64" for minor in range(41, 4, -1)),
    *("manylinux2014_x86_64", "manylinux2010_x86_64", "manylinux1_x86_64"),
)
DEBIAN_PACKAGES: tuple[str, ...] = ()
ENVIRONMENT: Mapping[str, str] = {"PYTHONHOME": "/usr", "PYTHONPATH": "/packages"}


def command(application: Application, tree: Path) -> list[str]:
    """Give what PID 1 starts: no site module, no writing of bytecode, no buffering."""
    del tree
    program = str(Path("/app", application.entry).with_suffix(".pyc"))
    return [_PROGRAM, "-S", "-s", "-B", "-u", *application.options, program]


def closure_key(
    root: BuildRoot, application: Application, files: Sequence[Path], cache: Path
) -> object:
    """Give what the closure depends on: names that are imported, not the lines that do."""
    del root, cache
    return {
        "imports": _imports(application, files),
        "modules": list(application.modules),
        "requirements": application.required,
        "scan": _SCAN.read_text(),
    }


def _imports(application: Application, files: Sequence[Path]) -> list[str]:
    sources = [file for file in files if file.suffix == ".py"]
    try:
        return imports_of(sources, application.folder)
    except SyntaxError as error:
        raise BuildFailed(
            f"{application.name}: {error.filename}, line {error.lineno} is not Python",
            seen=error.msg,
            remedy="correct it; it must also run under Python " + VERSION,
        ) from None


def make_closure(
    root: BuildRoot, application: Application, files: Sequence[Path], tree: Path, cache: Path
) -> None:
    """Stage the interpreter, the modules reached from the application, and their libraries."""
    del cache
    work = tree.parent
    packages = work / "site"
    packages.mkdir()
    if requirements := application.requirements_file:
        install_requirements(requirements, packages)
    closure.copy_file(root, _PROGRAM, tree)
    inside = f"/{work.relative_to(root.folder)}"
    settings = {
        "application": f"{inside}/application",
        "packages": f"{inside}/site",
        "imports": _imports(application, files),
        "modules": list(application.modules),
        "tree": f"{inside}/{tree.name}",
        "modules_file": f"{inside}/modules.json",
    }
    (work / "settings.json").write_text(json.dumps(settings))
    shutil.copyfile(_SCAN, work / _SCAN.name)
    root.run(
        *(_PROGRAM, "-S", "-E", "-s", "-B", _SCAN.name, "settings.json"),
        folder=work,
        remedy="a module that is imported nowhere by name belongs into `modules` of app.yaml",
    )
    # getpath looks for this folder to find the standard library.
    (tree / "usr/lib" / PACKAGE / "lib-dynload").mkdir(parents=True, exist_ok=True)
    closure.add_libraries(root, tree)


def install_requirements(requirements: Path, target: Path) -> None:
    """Install wheels for the guest's Python with this Python's pip, which knows the indexes."""
    platforms = [f"--platform={platform}" for platform in _PLATFORMS]
    argv = [sys.executable, "-m", "pip", "install", "--quiet", "--no-compile"]
    argv += ["--only-binary=:all:", f"--python-version={VERSION}", "--implementation=cp"]
    argv += [*platforms, f"--target={target}", f"--requirement={requirements}"]
    if "--hash=" in requirements.read_text():
        # A file with hashes is complete: nothing that it does not name is wanted.
        argv += ["--require-hashes", "--no-deps"]
    run(
        *argv,
        what=f"pip could not install {requirements.name} for Python {VERSION}",
        remedy="every requirement needs a wheel for Linux on x86-64 or a pure one",
        error=BuildFailed,
    )


def make_application(
    root: BuildRoot, application: Application, files: Sequence[Path], tree: Path, base: Path
) -> None:
    """Compile the application's sources, already below `tree`/app, and keep them beside."""
    del files, base
    work = tree.parent
    shutil.copyfile(_SCAN, work / _SCAN.name)
    shutil.copyfile(_COMPILE, work / _COMPILE.name)
    inside = f"/{tree.relative_to(root.folder)}"
    root.run(
        *(_PROGRAM, "-E", "-s", "-B", _COMPILE.name, f"{inside}/app", application.entry),
        folder=work,
        remedy=f"the sources must be valid for Python {VERSION}",
    )
