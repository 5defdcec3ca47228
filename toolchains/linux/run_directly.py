"""Runs on a server with its Python: an image's application, without a guest around it.

What a guest's start would cost if there were no guest: kernel, libraries and files are there
already, only the application starts. Its root is the image's own.

Start it in namespaces of its own, so that nothing of it is left when it ends:
    unshare --mount --pid --fork --kill-child python3 run_directly.py JSON
JSON: root (the image's root file system), volumes ([device, mount point] each), environment, and
folder (where its root may be mounted meanwhile). Further arguments only mark it.
Prints `exec` with the time as it starts the application, which ends with standard input.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.parse


def mount(source: str, target: str, *options: str) -> None:
    """Mount, or end with mount's own message."""
    subprocess.run(["mount", *options, source, target], check=True)


def image_of(root: str, folder: str) -> str:
    """Mount the image; give the folder."""
    os.makedirs(folder, mode=0o700, exist_ok=True)
    place = tempfile.mkdtemp(prefix="direct-start-", dir=folder)
    mount("none", "/", "--make-rprivate")
    mount(root, place, "--options", "loop,ro")
    return place


def prepared(place: str, tree: str, volumes: list[list[str]]) -> str:
    """Mount in the image what PID 1 of the guest does; give the application's root."""
    root = written_over(place, tree) if tree else place
    mount("proc", f"{root}/proc", "--types", "proc")
    mount("/dev", f"{root}/dev", "--rbind")
    for name in () if tree else ("tmp", "run"):
        mount(name, f"{root}/{name}", "--types", "tmpfs")
    for source, target in volumes:
        os.makedirs(root + target, exist_ok=True)
        options = "ro" if os.path.realpath(source).startswith("/dev/") else "ro,loop"
        mount(source, root + target, "--options", options)
    return root


def written_over(place: str, tree: str) -> str:
    """Mount the root of a container image: below it, above it what is written, in memory."""
    memory = f"{place}/memory"
    mount("memory", memory, "--types", "tmpfs")
    written, work, root = (f"{memory}/{name}" for name in ("written", "work", "root"))
    for name in (written, work, root):
        os.mkdir(name)
    layers = f"lowerdir={place}{tree},upperdir={written},workdir={work}"
    mount("root", root, "--types", "overlay", "--options", layers)
    for name in ("proc", "dev"):
        os.makedirs(f"{root}/{name}", exist_ok=True)
    return root


def settings_of(place: str) -> dict[str, list[str]]:
    """Read /epos-init.conf: what PID 1 would start; a name may come more than once."""
    found: dict[str, list[str]] = {}
    with open(f"{place}/epos-init.conf", encoding="utf-8") as file:
        for line in file.read().splitlines():
            name, _, value = line.partition("=")
            found.setdefault(name, []).append(urllib.parse.unquote(value))
    return found


def enter(root: str, settings: dict[str, list[str]]) -> None:
    """Make the application's root this process's own, go to its folder, become its user."""
    os.chroot(root)
    os.makedirs(settings["directory"][-1], exist_ok=True)
    os.chdir(settings["directory"][-1])
    if "user" in settings:
        user, group = map(int, settings["user"][-1].split(":"))
        further = filter(None, settings["groups"][-1].split(","))
        os.setgroups([group, *map(int, further)])
        os.setgid(group)
        os.setuid(user)


def main() -> int:
    """Start the application; end it when nobody wants it any more."""
    asked = json.loads(sys.argv[1])
    place = image_of(asked["root"], asked["folder"])
    try:
        settings = settings_of(place)
        root = prepared(place, settings.get("tree", [""])[-1], asked["volumes"])
        variables = {
            name.removeprefix("env."): values[-1]
            for name, values in settings.items()
            if name.startswith("env.")
        }
        print(f"exec {time.time():.6f}", flush=True)  # noqa: T201 - whoever started it reads it
        with subprocess.Popen(
            settings["arg"],
            env=variables | asked["environment"],
            stdin=subprocess.DEVNULL,
            preexec_fn=lambda: enter(root, settings),
        ) as application:
            sys.stdin.read()
            application.kill()
    finally:
        subprocess.run(["umount", "--recursive", place], check=True)
        os.rmdir(place)
    return 0


if __name__ == "__main__":
    sys.exit(main())
