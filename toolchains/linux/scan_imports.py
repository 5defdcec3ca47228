"""Find the modules that an application imports, and stage them compiled.

Runs in the build root, by the Python that the guest will have:
`python3.13 -S -E -s scan_imports.py settings.json`. Imports nothing of this project.

The application and its third-party packages are followed through every import statement,
those inside functions too. So is the standard library, except into `HEAVY`: modules that it
imports just in case, which come only when the application or a third-party package asks.
"""

from __future__ import annotations

import ast
import importlib.machinery
import importlib.util
import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

# Standard library modules that others in it import in a `try` or for a rare call only.
HEAVY = frozenset(
    "ssl _ssl _hashlib pydoc doctest pdb bdb cmd code unittest tkinter ctypes _ctypes asyncio "
    "multiprocessing sqlite3 readline curses webbrowser xml xmlrpc lzma _lzma bz2 _bz2 dbm "
    "test _pyrepl rlcompleter nturl2path tarfile zipfile difflib getpass cgi ftplib smtplib "
    "_testcapi _decimal _pydecimal netrc turtle concurrent _interpreters _interpqueues "
    "_android_support _ios_support _aix_support _osx_support _winapi winreg msvcrt nt "
    "optparse logging.config pickletools profile cProfile trace symtable importlib.metadata "
    "importlib.resources plistlib _pydatetime _pyio _pylong _strptime statistics fractions "
    "_py_abc _aix_support ntpath _wmi".split()
)
# What the interpreter imports by itself, from C or at its start and end.
ALWAYS = (
    *("encodings", "encodings.aliases", "encodings.utf_8", "encodings.ascii"),
    *("encodings.latin_1", "encodings.idna", "threading", "traceback", "warnings"),
    *("collections.abc", "linecache", "_strptime", "copyreg", "weakref", "functools"),
)


def imported_names(tree: ast.AST, package: str) -> Iterator[str]:
    """Give the names that a module's import statements may mean.

    `from a import b` gives both a and a.b: which of them is a module is for the finder to say.
    `package` resolves relative imports.
    """
    todo: list[ast.AST] = [tree]
    while todo:
        node = todo.pop()
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            todo += node.orelse
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = _absolute(node, package)
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names if alias.name != "*")
        else:
            todo += ast.iter_child_nodes(node)


def _absolute(node: ast.ImportFrom, package: str) -> str:
    if not node.level:
        return node.module or ""
    parts = package.split(".")
    parts = parts[: len(parts) - node.level + 1]
    return ".".join([*parts, *([node.module] if node.module else [])])


def with_parents(name: str) -> list[str]:
    """Give a dotted name and its packages, outermost first."""
    parts = name.split(".")
    return [".".join(parts[: n + 1]) for n in range(len(parts))]


class Closure:
    """The modules reached so far, each with where it was found."""

    def __init__(self, application: Path, packages: Path, library: Path) -> None:
        self.application, self.packages, self.library = application, packages, library
        self.path = [str(application), str(packages), str(library), str(library / "lib-dynload")]
        self.found: dict[str, importlib.machinery.ModuleSpec | None] = {}
        self.direct: set[str] = set()  # standard library modules the application asked for

    def add(self, name: str, *, from_library: bool) -> None:
        """Follow one imported name."""
        todo = [(name, from_library)]
        while todo:
            wanted, lazy = todo.pop()
            for part in with_parents(wanted):
                if lazy and (part in HEAVY or part.split(".")[0] in HEAVY):
                    break
                if part in self.found:
                    continue
                spec = self.found[part] = self._find(part)
                if spec is None:
                    break
                todo += ((name, self._in_library(spec)) for name in self._imports(spec))

    def _find(self, name: str) -> importlib.machinery.ModuleSpec | None:
        if name in sys.builtin_module_names:
            return importlib.machinery.BuiltinImporter.find_spec(name)
        path = self.path
        if parent := name.rpartition(".")[0]:
            spec = self.found.get(parent)
            if spec is None or spec.submodule_search_locations is None:
                return None
            path = list(spec.submodule_search_locations)
        return importlib.machinery.PathFinder.find_spec(name, path)

    def _in_library(self, spec: importlib.machinery.ModuleSpec) -> bool:
        origin = Path(spec.origin or "/")
        return self.library in origin.parents

    def _imports(self, spec: importlib.machinery.ModuleSpec) -> list[str]:
        if not spec.origin or not spec.origin.endswith(".py"):
            return []
        package = spec.name if spec.submodule_search_locations else spec.name.rpartition(".")[0]
        tree = ast.parse(Path(spec.origin).read_bytes(), spec.origin)
        return [name for name in imported_names(tree, package) if name]


def compiled(source: Path, shown: str, optimize: int) -> bytes:
    """Compile a file to the bytes of an unchecked-hash .pyc, which never looks for its source."""
    data = source.read_bytes()
    code = compile(data, shown, "exec", dont_inherit=True, optimize=optimize)
    external: Any = importlib._bootstrap_external  # type: ignore[attr-defined]
    return bytes(external._code_to_hash_pyc(code, importlib.util.source_hash(data), False))


def stage(closure: Closure, tree: Path) -> None:
    """Put library and third-party modules below `tree` as .pyc without sources."""
    for spec in closure.found.values():
        origin = Path(spec.origin) if spec and spec.origin and spec.has_location else None
        if origin is None:
            continue
        if closure.library in origin.parents:
            target, optimize = tree / str(origin)[1:], 2
        elif closure.packages in origin.parents:
            target, optimize = tree / "packages" / origin.relative_to(closure.packages), 0
        else:
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        if origin.suffix == ".py":
            shown = f"/{target.relative_to(tree)}"
            target.with_suffix(".pyc").write_bytes(compiled(origin, shown, optimize))
        else:
            shutil.copyfile(origin, target)


def stage_data(closure: Closure, tree: Path) -> None:
    """Put the data files of every third-party package that is used, and its metadata."""
    used = {name.split(".")[0] for name, spec in closure.found.items() if spec}
    for top in closure.packages.iterdir() if closure.packages.is_dir() else ():
        if top.name not in used and not top.name.endswith((".dist-info", ".libs")):
            continue
        for file in top.rglob("*") if top.is_dir() else ():
            wanted = file.suffix not in (".py", ".pyc", ".pyi") and ".so" not in file.suffixes
            if top.name.endswith(".dist-info"):
                wanted = file.name in ("METADATA", "entry_points.txt")
            if file.is_file() and (wanted or top.name.endswith(".libs")):
                target = tree / "packages" / file.relative_to(closure.packages)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(file, target)


def main(settings: dict[str, Any]) -> None:
    """Scan and stage what `settings` says; write the list of modules beside the tree."""
    library = Path(json.__file__).parent.parent
    closure = Closure(Path(settings["application"]), Path(settings["packages"]), library)
    for name in (*ALWAYS, *settings["imports"]):
        closure.add(name, from_library=False)
    for name in settings["modules"]:
        closure.add(name, from_library=False)
        if closure.found.get(name) is None:
            raise SystemExit(f"module {name!r} of app.yaml is not there")
        whole = closure.found[name].submodule_search_locations  # type: ignore[union-attr]
        for file in Path(whole[0]).rglob("*.py") if whole else ():
            inside = file.relative_to(Path(whole[0])).with_suffix("").parts
            closure.add(".".join([name, *inside]).removesuffix(".__init__"), from_library=False)
    stage(closure, Path(settings["tree"]))
    stage_data(closure, Path(settings["tree"]))
    modules = sorted(name for name, spec in closure.found.items() if spec)
    Path(settings["modules_file"]).write_text(json.dumps(modules))


def imports_of(files: list[Path], below: Path) -> list[str]:
    """Give what a folder's files import, without the modules of the folder itself."""
    own = {file.relative_to(below).parts[0].removesuffix(".py") for file in files}
    names: set[str] = set()
    for file in files:
        package = ".".join(file.relative_to(below).parent.parts)
        tree = ast.parse(file.read_bytes(), str(file))
        names |= {name for name in imported_names(tree, package) if name.split(".")[0] not in own}
    return sorted(names - {""})


if __name__ == "__main__":
    main(json.loads(Path(sys.argv[1]).read_text()))
