"""Perl: Debian's static interpreter and the modules an application loads."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from toolchains.interface import Application
from toolchains.linux import closure
from toolchains.linux.buildroot import BuildFailed, BuildRoot

PACKAGE = "perl-base"
DEBIAN_PACKAGES: tuple[str, ...] = ()
# No locale is in the image: Perl would complain of any but C.
ENVIRONMENT: Mapping[str, str] = {"PERL5LIB": "/app:/app/lib", "LC_ALL": "C"}
COMPRESSION = "zstd"
_PROGRAM = "/usr/bin/perl"
_PROBE = Path(__file__).with_name("EposProbe.pm")
_SOURCES = (".pl", ".pm", ".t", "")
# What Perl itself loads when something goes wrong or a rare feature is met, by name at run time.
_ALWAYS = ("strict", "warnings", "Carp", "Carp::Heavy", "Errno", "Config", "Socket", "IO::Handle")
# "require Foo::Bar;", "require 'foo.pl'" is left to `files`; also "use_ok Foo" and the like.
_REQUIRE = re.compile(r"^\s*(?:use|require)\s+(?!v\d)([A-Za-z]\w*(?:::\w+)*)", re.MULTILINE)
_LOADED = re.compile(r"^loaded (/\S+)$", re.MULTILINE)


def command(application: Application, tree: Path) -> list[str]:
    """Give what PID 1 starts."""
    del tree
    return [_PROGRAM, *application.options, f"/app/{application.entry}"]


def closure_key(
    root: BuildRoot, application: Application, files: Sequence[Path], cache: Path
) -> object:
    """Give what the closure depends on: names of modules, not the lines that load them."""
    del root, cache
    return {"modules": _modules(application, files), "probe": _PROBE.read_text()}


def modules_named(source: str) -> set[str]:
    """Give the modules that `use` and `require` lines of a source name."""
    code = re.split(r"^__(?:END|DATA)__$", source, flags=re.MULTILINE)[0]
    return set(_REQUIRE.findall(code))


def _modules(application: Application, files: Sequence[Path]) -> list[str]:
    named = set(application.modules) | set(_ALWAYS)
    own = set()
    for file in files:
        if file.suffix in _SOURCES and not closure.is_elf(file):
            named |= modules_named(file.read_text(encoding="utf-8", errors="replace"))
        if file.suffix == ".pm":
            parts = file.relative_to(application.folder).with_suffix("").parts
            own |= {"::".join(parts[start:]) for start in range(len(parts))}
    return sorted(named - own)


def make_closure(
    root: BuildRoot, application: Application, files: Sequence[Path], tree: Path, cache: Path
) -> None:
    """Stage the interpreter, the modules it loads, and their libraries."""
    del cache
    work = tree.parent
    closure.copy_file(root, _PROGRAM, tree)
    for path in loaded_files(root, application, _modules(application, files), work):
        closure.copy_file(root, path, tree)
    closure.add_libraries(root, tree)


def loaded_files(
    root: BuildRoot, application: Application, modules: Sequence[str], work: Path
) -> list[str]:
    """Give the files of the build root that Perl loads for a set of modules.

    A module named in a source may be an optional one, in an `eval`: each is tried alone.
    """
    shutil.copyfile(_PROBE, work / _PROBE.name)
    (work / "nothing.pl").write_text("1;\n")
    found: set[str] = set()
    for module in modules:
        try:
            listing = root.run(
                *(_PROGRAM, "-I.", "-MEposProbe", f"-m{module}", "-c", "nothing.pl"), folder=work
            )
        except BuildFailed:
            if module in application.modules:
                raise
            continue
        found |= set(_LOADED.findall(listing))
    inside = f"/{work.relative_to(root.folder)}"
    return sorted(path for path in found if not path.startswith(inside))


def make_application(
    root: BuildRoot, application: Application, files: Sequence[Path], tree: Path, base: Path
) -> None:
    """Check that the entry compiles with what the image has."""
    del files, base
    root.run(
        *(_PROGRAM, "-c", "-I", "app", "-I", "app/lib", f"app/{application.entry}"),
        folder=tree,
        remedy="the program must compile under Debian's Perl; see the line it names",
    )
