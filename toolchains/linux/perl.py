"""Perl: Debian's static interpreter and the modules an application loads."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping, Sequence
from contextlib import suppress
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
# "require Foo::Bar;", wherever in a line; "require 'foo.pl'" is left to `files`. What only looks
# like one, in a comment, costs a look.
_REQUIRE = re.compile(r"(?<![\w$@%&>:-])(?:use|require)\s+(?!v\d)([A-Za-z]\w*(?:::\w+)*)")
_USE = re.compile(r"^\s*(?:use|no)\s[^;]*;", re.MULTILINE)  # with what is asked of the module
# What Perl or a module loads at run time for something that a source says.
_FOR = (
    (re.compile(r":encoding\(|\bEncode\b"), ("PerlIO", "PerlIO::encoding", "Encode")),
    (re.compile(r"\b(?:iso-?8859-\d+|cp\d{3,4}|koi8-\w)\b", re.IGNORECASE), ("Encode::Byte",)),
    (re.compile(r"\\N\{|\bcharnames\b"), ("charnames",)),
    (re.compile(r"\bMath::Big|\bbig(?:int|num|rat)\b"), ("Math::BigInt::Calc",)),
    (re.compile(r"\bautodie\b"), ("autodie::exception", "autodie::exception::system")),
)
# In a program: a character by its name makes Perl load the list of all of them.
_PROGRAM_OF = {"charnames": r'use charnames (); print "\N{SPACE}", charnames::viacode(32);'}
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
    entry = (application.folder / application.entry).read_text(encoding="utf-8", errors="replace")
    return {
        "modules": _modules(application, files),
        "used": _USE.findall(_code(entry)),
        "probe": _PROBE.read_text(),
    }


def modules_named(source: str) -> set[str]:
    """Give the modules that `use` and `require` lines of a source name."""
    code = _code(source)
    further = {name for pattern, names in _FOR if pattern.search(code) for name in names}
    return set(_REQUIRE.findall(code)) | further


def _code(source: str) -> str:
    return re.split(r"^__(?:END|DATA)__$", source, flags=re.MULTILINE)[0]


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
    found: set[str] = set()
    for module in modules:
        program = work / "program.pl"
        program.write_text(_PROGRAM_OF.get(module, "1;") + "\n")
        try:
            found |= _loaded(root, work, f"-m{module}", "-c", program.name)
        except BuildFailed:
            if module in application.modules:
                raise
    # As a whole: what a module loads depends on what it is asked for (`use open qw(:std)`).
    entry = f"application/{application.entry}"
    with suppress(BuildFailed):  # make_application says why
        found |= _loaded(root, work, "-Iapplication", "-Iapplication/lib", "-c", entry)
    inside = f"/{work.relative_to(root.folder)}"
    return sorted(path for path in found if not path.startswith(inside))


def _loaded(root: BuildRoot, work: Path, *words: str) -> set[str]:
    listing = root.run(_PROGRAM, "-I.", "-MEposProbe", *words, folder=work)
    return {path for path in _LOADED.findall(listing) if not path.startswith("/app/")}


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
