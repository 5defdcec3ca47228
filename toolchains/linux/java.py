"""Java: a runtime with only the modules an application needs, and an archive of its classes."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from toolchains.cache import key_of, key_of_files, stored
from toolchains.interface import Application
from toolchains.linux import closure
from toolchains.linux.buildroot import BuildRoot, debian_packages

PACKAGE = "openjdk-21-jdk-headless"
COMPRESSION = "zstd"
DEBIAN_PACKAGES = (PACKAGE,)
ENVIRONMENT: Mapping[str, str] = {}
_HOME = "/usr/lib/jvm/guest"
_JDK = "/usr/lib/jvm/java-21-openjdk-amd64"
_ARCHIVE = "/app/classes.jsa"
_CLASSES = "/app/application.jar"
# Serial collector and the first compiler only: the quickest start and the least memory, for
# services that answer a request now and then. `options` of app.yaml come later and win.
_OPTIONS = (
    *("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData", "-Xshare:auto"),
    *("-Xss512k", "-XX:ReservedCodeCacheSize=16m", "-XX:MaxRAMPercentage=35"),
)
# No --compress: slower, and larger once the image is compressed.
_JLINK = ("--no-header-files", "--no-man-pages", "--strip-java-debug-attributes")
_TRAIN = Path(__file__).with_name("train_java.py")
_RESOURCES = Path("src/main/resources")
_JAR = re.compile(r"/usr/share/java/[^/]+\.jar")
_UNUSED = (
    "bin/keytool",
    "bin/rmiregistry",
    "bin/jrunscript",
    "bin/jwebserver",
    "legal",
    "lib/jrt-fs.jar",
)


# Names of all characters, for Character.getName.
_EXCLUDED = ("/java.base/java/lang/uniName.dat",)
# Linked into every application with JDBC, whose interface names it (java.sql.SQLXML), and 10 MB of
# 38. Its implementation comes along only where the application's own classes or `modules` in
# app.yaml name it.
_LINKED_FOR_AN_INTERFACE = ("java.xml",)
_IMPLEMENTATION = re.compile(r"classes/((?:com/sun|jdk)/.+)/([^/]+\.class)")


def command(application: Application, tree: Path) -> list[str]:
    """Give what PID 1 starts."""
    archive = f"-XX:SharedArchiveFile={_ARCHIVE}"
    options = [*_OPTIONS, archive, *application.options]
    return [f"{_HOME}/bin/java", *options, "-cp", class_path(tree), application.entry]


def class_path(tree: Path) -> str:
    """Give the guest's class path: the application's classes, then its libraries."""
    jars = sorted(file.name for file in (tree / "app/lib").glob("*.jar"))
    return ":".join([_CLASSES, *(f"/app/lib/{jar}" for jar in jars)])


def closure_key(
    root: BuildRoot, application: Application, files: Sequence[Path], cache: Path
) -> object:
    """Give what the closure depends on: the modules of Java that the application needs."""
    return {"modules": _modules(root, application, files, cache), "jlink": _JLINK}


def _modules(
    root: BuildRoot, application: Application, files: Sequence[Path], cache: Path
) -> list[str]:
    """Ask jdeps which modules the application's classes need, and add those of app.yaml.

    Parts of a library that are never used may need far more (the JDBC driver: java.desktop).
    Where app.yaml names modules, only the application's own classes are looked at.
    """
    own = bool(application.modules)
    sources = [file for file in files if file.suffix in (".java", ".jar", ".class")]

    def make(folder: Path) -> None:
        with root.work_folder("jdeps") as work:
            _class_files(root, application, files, work / "app")
            jars = sorted(str(jar.relative_to(work)) for jar in work.rglob("*.jar"))
            options: tuple[str, ...] = ("--ignore-missing-deps", "--multi-release", "21")
            options = (*options, "--print-module-deps")
            path = ("--class-path", ":".join(jars))
            if own:
                options, jars = (*options, "--no-recursive"), ["app/application.jar"]
            found = root.run(f"{_JDK}/bin/jdeps", *options, *path, *jars, folder=work)
            (folder / "modules").write_text(found.strip())

    needs = application.required
    key = key_of(root.key, key_of_files(sources, application.folder), needs, own)
    entry, _ = stored(cache / "java-modules", key, make)
    return sorted({*(entry / "modules").read_text().split(","), *application.modules})


def _class_files(
    root: BuildRoot, application: Application, files: Sequence[Path], target: Path
) -> None:
    """Put application.jar and lib/*.jar below `target`, which is inside the build root.

    Sources are below src/main/java, or in the folder itself; resources below
    src/main/resources.
    """
    (target / "lib").mkdir(parents=True)
    for jar in _libraries(root, application):
        shutil.copyfile(jar, target / "lib" / jar.name)
    with root.work_folder("javac") as work:
        (work / "classes").mkdir()
        names = []
        for file in files:
            name = file.relative_to(application.folder)
            if file.suffix == ".java":
                names.append(f"sources/{name}")
            elif name.is_relative_to(_RESOURCES):
                _copy(file, work / "classes" / name.relative_to(_RESOURCES))
            if file.suffix == ".java":
                _copy(file, work / "sources" / name)
        path = f"/{target.relative_to(root.folder)}/lib/*"
        if names:
            # Joined text as plain calls: otherwise each place makes the JVM generate classes.
            options = ("-g:source,lines", "-XDstringConcat=inline", "-d", "classes", "-cp", path)
            root.run(
                f"{_JDK}/bin/javac",
                *options,
                *names,
                folder=work,
                remedy="correct the source it names",
            )
        # Stored, not compressed: the image is compressed as a whole, and start is quicker.
        pack = (f"{_JDK}/bin/jar", "--create", "--no-compress", "--date=1980-01-01T00:00:02Z")
        root.run(*pack, "--file=application.jar", "-C", "classes", ".", folder=work)
        shutil.move(work / "application.jar", target / "application.jar")


def _copy(file: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(file, target)


def _implementations(root: BuildRoot, modules: Collection[str]) -> list[str]:
    """Give patterns of the classes that implement modules, all but one of every package.

    jlink insists that each package a module has is there.
    """
    patterns = []
    for module in sorted(modules):
        jmod = f"{_JDK}/jmods/{module}.jmod"
        listing = root.run(f"{_JDK}/bin/jmod", "list", jmod, folder=root.folder / "build")
        packages: dict[str, list[str]] = {}
        for package, name in _IMPLEMENTATION.findall(listing):
            packages.setdefault(package, []).append(name)
        for package, names in packages.items():
            kept = re.escape(min(names, key=lambda name: (len(name), name)))
            patterns.append(f"regex:/{re.escape(module)}/{package}/(?!{kept}$)[^/]+")
        patterns.append(f"glob:/{module}/**.properties")
    return patterns


def _libraries(root: BuildRoot, application: Application) -> list[Path]:
    """Give the jars below lib/, and those of the Debian packages in `requirements`."""
    jars = sorted((application.folder / "lib").glob("*.jar"))
    for package in debian_packages(application.requirements_file):
        listing = root.run("dpkg-query", "--listfiles", package, folder=root.folder / "build")
        paths = [path for path in listing.splitlines() if _JAR.fullmatch(path)]
        jars += {closure.real_file(root, path) for path in paths}
    return jars


def make_closure(
    root: BuildRoot, application: Application, files: Sequence[Path], tree: Path, cache: Path
) -> None:
    """Stage a Java runtime of the modules needed, and the shared libraries of that."""
    modules = _modules(root, application, files, cache)
    (tree / _HOME[1:]).parent.mkdir(parents=True)
    output = f"{tree.name}{_HOME}"
    excluded = [*_EXCLUDED, *_implementations(root, set(_LINKED_FOR_AN_INTERFACE) - set(modules))]
    (tree.parent / "excluded").write_text("\n".join(excluded) + "\n")
    linked = ("--exclude-resources=@excluded", "--add-modules", ",".join(modules))
    root.run(f"{_JDK}/bin/jlink", *_JLINK, *linked, "--output", output, folder=tree.parent)
    for name in _UNUSED:
        path = tree / _HOME[1:] / name
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    # Debian leaves the JVM its symbol table, 4.6 MB of 27.
    jvm = f"{output}/lib/server/libjvm.so"
    root.run("strip", "--strip-unneeded", jvm, folder=tree.parent)
    library = f"{_HOME}/lib"
    # The JVM's own debugging interface and the like are found by name, never linked.
    closure.add_libraries(root, tree, search=(library, f"{library}/server"))


def make_application(
    root: BuildRoot, application: Application, files: Sequence[Path], tree: Path, base: Path
) -> None:
    """Compile the sources and archive the classes that a first start loads.

    For the archive the application is started once in the build root, without a network, and
    asked for `answer.path`; whatever it answers. What it loads later, for work that cannot be done
    there, it may name in `classes.list`; a name that is out of date is passed over.
    """
    shutil.rmtree(tree / "app")
    _class_files(root, application, files, tree / "app")
    for jar in (tree / "app").rglob("*.jar"):
        # The archive holds for jars with the time they have in the image.
        os.utime(jar, (0, 0))
    work = tree.parent
    root.run("unsquashfs", "-quiet", "-no-progress", "-dest", "guest", base.name, folder=work)
    (work / "guest/app").rmdir() if (work / "guest/app").is_dir() else None
    shutil.copytree(tree / "app", work / "guest/app", copy_function=shutil.copy2)
    shutil.copyfile(_TRAIN, work / _TRAIN.name)
    java = [f"{_HOME}/bin/java", *_OPTIONS]
    run = [*application.options, "-cp", class_path(tree), application.entry]
    later = application.folder / "classes.list"
    settings = {
        "guest": f"/{work.relative_to(root.folder)}/guest",
        "run": [*java, "-Xshare:off", "-XX:DumpLoadedClassList=/app/classes", *run],
        "dump": [
            *(f"{_HOME}/bin/java", "-Xshare:dump", "-XX:+UseG1GC", "-Xmx128m"),
            *("-XX:SharedClassListFile=/app/classes", f"-XX:SharedArchiveFile={_ARCHIVE}"),
            *("-cp", class_path(tree)),
        ],
        "classes": later.read_text() if later.exists() else "",
        "environment": dict(application.environment),
        "port": application.port,
        "path": application.answer.path,
    }
    (work / "train.json").write_text(json.dumps(settings))
    root.run("python3.13", _TRAIN.name, "train.json", folder=work)
    shutil.copyfile(work / "guest" / _ARCHIVE[1:], tree / _ARCHIVE[1:])
