"""Find the modules that an application imports, and stage them compiled.

Runs in the build root, by the Python that the guest will have:
`python3.13 -S -E -s scan_imports.py settings.json`. Imports nothing of this project.

The application and its third-party packages are followed through every import statement,
those inside functions too. So is the standard library, except into `HEAVY`: modules that it
imports just in case, which come only when the application or a third-party package asks.
"""

from __future__ import annotations

import _imp
import ast
import encodings.aliases
import importlib.machinery
import importlib.util
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

# Modules that others in the standard library import in a `try`, an `if` or a function only.
HEAVY = frozenset(
    [
        *("_hashlib", "ssl", "ctypes", "asyncio", "multiprocessing", "concurrent", "sqlite3"),
        *("pydoc", "doctest", "pdb", "bdb", "unittest", "test", "_pyrepl", "code", "cmd"),
        *("tkinter", "turtle", "curses", "readline", "rlcompleter", "webbrowser", "getpass"),
        *("bz2", "lzma", "tarfile", "zipfile", "dbm", "difflib", "optparse", "statistics"),
        *("ftplib", "smtplib", "netrc", "nturl2path", "xml", "xmlrpc", "plistlib", "cgi"),
        *("_pydecimal", "_pydatetime", "_pyio", "_py_abc", "_pylong", "decimal", "fractions"),
        *("profile", "cProfile", "trace", "pickletools", "symtable", "logging.config", "doctest"),
        *("_interpreters", "_interpqueues", "_testcapi", "_testinternalcapi", "_winapi", "_wmi"),
        *("_android_support", "_ios_support", "_aix_support", "_osx_support", "msvcrt", "winreg"),
        *("argparse", "gettext", "inspect", "dis", "ast", "runpy", "pkgutil", "tracemalloc"),
        *("uuid", "_uuid", "mmap", "importlib.metadata", "importlib.resources", "pickle"),
    ]
)
LOADERS: Any = (
    (importlib.machinery.ExtensionFileLoader, importlib.machinery.EXTENSION_SUFFIXES),
    (importlib.machinery.SourceFileLoader, importlib.machinery.SOURCE_SUFFIXES),
)
# What a module of the library imports by a name that it makes at run time.
BY_NAME = {"sysconfig": ["_sysconfigdata__linux_x86_64-linux-gnu"]}
# What the interpreter imports by itself, from C or at its start and end.
ALWAYS = (
    *("encodings", "encodings.aliases", "encodings.utf_8", "encodings.ascii"),
    *("encodings.latin_1", "encodings.idna", "threading", "traceback", "warnings"),
    *("collections.abc", "linecache", "_strptime", "copyreg", "weakref", "functools"),
)


def imported_names(tree: ast.AST, package: str) -> Iterator[tuple[str, bool]]:
    """Give the names that import statements may mean, and whether each may never be reached.

    `from a import b` gives both a and a.b: which of them is a module is for the finder to say.
    An import in a function, an `if` or a `try` may never be reached. `package` resolves
    relative imports.
    """
    todo = [(tree, False)]
    while todo:
        node, optional = todo.pop()
        if isinstance(node, ast.If) and (reached := _reached(node)) is not None:
            todo += ((child, optional) for child in reached)
        elif isinstance(node, ast.Import):
            yield from ((alias.name, optional) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = _absolute(node, package)
            yield base, optional
            names = (alias.name for alias in node.names if alias.name != "*")
            yield from ((f"{base}.{name}", optional) for name in names)
        else:
            inside = optional or isinstance(node, _OPTIONAL)
            todo += ((child, inside) for child in ast.iter_child_nodes(node))


def _reached(node: ast.If) -> list[ast.stmt] | None:
    """Give what runs of an `if` on TYPE_CHECKING, which is False; None for all others."""
    test, body = node.test, node.body
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return body if _is_type_checking(test.operand) else None
    return node.orelse if _is_type_checking(test) else None


def _is_type_checking(test: ast.expr) -> bool:
    return ast.unparse(test).rpartition(".")[2] == "TYPE_CHECKING"


_OPTIONAL = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.If, ast.Try)


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


def codec_names(tree: ast.AST) -> Iterator[str]:
    """Give the modules of the codecs that calls of decode, encode and open name."""
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        method = isinstance(call.func, ast.Attribute) and call.func.attr in ("decode", "encode")
        given = [*(call.args[:1] if method else ())]
        given += [keyword.value for keyword in call.keywords if keyword.arg == "encoding"]
        # In zipfile it is `decode(self.metadata_encoding or "cp437")`.
        for part in (part for value in given for part in ast.walk(value)):
            if isinstance(part, ast.Constant) and isinstance(part.value, str):
                name = encodings.normalize_encoding(part.value).lower()
                yield f"encodings.{encodings.aliases.aliases.get(name, name)}"


class Closure:
    """The modules reached so far, each with where it was found."""

    def __init__(self, application: Path, packages: Path, library: Path) -> None:
        """Start with nothing; the three folders are searched in this order."""
        self.packages, self.library = packages, library
        self.path = [str(application), str(packages), str(library), str(library / "lib-dynload")]
        self.found: dict[str, importlib.machinery.ModuleSpec | None] = {}

    def add(self, name: str) -> None:
        """Follow an imported name and all that it imports."""
        todo = [name]
        while todo:
            for part in with_parents(todo.pop()):
                if part in self.found:
                    continue
                spec = self.found[part] = self._find(part)
                if spec is None:
                    break
                todo += self._imports(spec)

    def _find(self, name: str) -> importlib.machinery.ModuleSpec | None:
        if name in sys.builtin_module_names:
            return importlib.machinery.BuiltinImporter.find_spec(name)
        path = self.path
        if parent := name.rpartition(".")[0]:
            spec = self.found.get(parent)
            if spec is None or spec.submodule_search_locations is None:
                return None
            path = list(spec.submodule_search_locations)
        return _find_in(name, path)

    def _imports(self, spec: importlib.machinery.ModuleSpec) -> list[str]:
        if not spec.origin or not spec.origin.endswith(".py"):
            return []
        package = spec.name if spec.submodule_search_locations else spec.name.rpartition(".")[0]
        tree = ast.parse(Path(spec.origin).read_bytes(), spec.origin)
        names = imported_names(tree, package)
        if self.library in Path(spec.origin).parents:
            names = ((name, may) for name, may in names if not (may and _heavy(name, spec.name)))
        named = (name for name, _ in names if name)
        return [*named, *codec_names(tree), *BY_NAME.get(spec.name, [])]


def _find_in(name: str, path: list[str]) -> importlib.machinery.ModuleSpec | None:
    """Find a module in folders; one without __init__.py, as flask.sansio is, has several."""
    portions: list[str] = []
    for folder in path:
        spec = importlib.machinery.FileFinder(folder, *LOADERS).find_spec(name)
        if spec and spec.loader:
            return spec
        portions += (spec.submodule_search_locations or ()) if spec else ()
    if not portions:
        return None
    namespace = importlib.machinery.ModuleSpec(name, None, is_package=True)
    namespace.submodule_search_locations = portions
    return namespace


def _heavy(name: str, importer: str) -> bool:
    """Say whether an optional import inside the standard library is left out."""
    top = name.split(".")[0]
    return top != importer.split(".")[0] and not HEAVY.isdisjoint(with_parents(name))


def compiled(source: Path, shown: str, optimize: int) -> bytes:
    """Compile a file to the bytes of an unchecked-hash .pyc, which never looks for its source."""
    data = source.read_bytes()
    code = compile(data, shown, "exec", dont_inherit=True, optimize=optimize)
    external: Any = importlib._bootstrap_external
    return bytes(external._code_to_hash_pyc(code, importlib.util.source_hash(data), False))


def stage(closure: Closure, tree: Path) -> None:
    """Put library and third-party modules below `tree` as .pyc without sources."""
    for spec in closure.found.values():
        origin = Path(spec.origin) if spec and spec.origin and spec.has_location else None
        if origin is None or spec is None or _imp.is_frozen(spec.name):
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


def stage_data(packages: Path, tree: Path) -> None:
    """Put the data files and programs of every third-party package, imported or not."""
    for file in sorted(packages.rglob("*")):
        relative = file.relative_to(packages)
        if file.is_file() and _is_data(relative):
            target = tree / "packages" / relative
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, target)


def _is_data(file: Path) -> bool:
    if file.parts[0].endswith(".dist-info"):
        return file.name in ("METADATA", "entry_points.txt")
    if file.parts[0].endswith(".libs"):
        return True
    if not {"test", "tests", "__pycache__"}.isdisjoint(file.parts) or file.parts[0] == "bin":
        return False
    return file.suffix not in (".py", ".pyc", ".pyi", ".pxd", ".c", ".h", ".so")


def add_whole(closure: Closure, name: str) -> None:
    """Add a module that app.yaml names: a package with all that is in it."""
    closure.add(name)
    spec = closure.found.get(name)
    if spec is None:
        raise SystemExit(f"module {name!r} of app.yaml is not there")
    for folder in map(Path, spec.submodule_search_locations or ()):
        for file in folder.rglob("*.py"):
            inside = file.relative_to(folder).with_suffix("").parts
            closure.add(".".join([name, *inside]).removesuffix(".__init__"))


def loaded_with(closure: Closure) -> list[str]:
    """Import each third-party package that is reached; gives all modules that came with it.

    Compiled code imports what no scan of sources can see. What is heavy comes only when asked for.
    """
    told: set[str] = set()
    for name, spec in closure.found.items():
        origin = Path(spec.origin) if spec and spec.origin else Path()
        if closure.packages in origin.parents and "." not in name:
            done = subprocess.run(
                [sys.executable, "-S", "-s", "-B", "-c", _LOADED, name],
                env={"PYTHONPATH": str(closure.packages), "HOME": "/nonexistent"},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
            )
            # One that cannot be imported here may be optional; the guest says so otherwise.
            told |= set(done.stdout.split()) if done.returncode == 0 else set()
    return sorted(name for name in told if HEAVY.isdisjoint(with_parents(name)))


_LOADED = """
import importlib, os, sys
out = os.dup(1)
os.dup2(2, 1)  # what it prints itself is no module
importlib.import_module(sys.argv[1])
os.write(out, " ".join(sys.modules).encode())
"""


def main(settings: dict[str, Any]) -> None:
    """Scan and stage what `settings` says; write the list of modules beside the tree."""
    library = Path(json.__file__).parent.parent
    closure = Closure(Path(settings["application"]), Path(settings["packages"]), library)
    for name in (*ALWAYS, *settings["imports"]):
        closure.add(name)
    for name in settings["modules"]:
        add_whole(closure, name)
    for name in loaded_with(closure):
        closure.add(name)
    stage(closure, Path(settings["tree"]))
    stage_data(closure.packages, Path(settings["tree"]))
    modules = sorted(name for name, spec in closure.found.items() if spec)
    Path(settings["modules_file"]).write_text(json.dumps(modules))


def imports_of(files: list[Path], below: Path) -> list[str]:
    """Give what a folder's files import, without the modules of the folder itself."""
    own = {file.relative_to(below).parts[0].removesuffix(".py") for file in files}
    names: set[str] = set()
    for file in files:
        package = ".".join(file.relative_to(below).parent.parts)
        tree = ast.parse(file.read_bytes(), str(file))
        names |= {name for name, _ in imported_names(tree, package)} | {*codec_names(tree)}
    return sorted(name for name in names - {""} if name.split(".")[0] not in own)


if __name__ == "__main__":
    main(json.loads(Path(sys.argv[1]).read_text()))
