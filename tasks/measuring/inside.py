"""What somebody inside would find: files, executables and those that run with others' rights."""

from __future__ import annotations

from blocks.connection import Connection
from tasks.measuring.measure import Figure

FIND = ("find", "-xdev", "-ignore_readdir_race", "-type", "f", "-printf", r"%m\n")
# In a mount namespace of its own, so that nothing of it is left.
MOUNTED = 'mount -o loop,ro "$1" /mnt && shift && exec "$@"'
EXECUTABLE, SETUID = 0o111, 0o6000  # of a mode


def inside_machine(machine: Connection, root: str = "/") -> list[Figure]:
    """Count what is in a running system's root, without volumes and other mounts.

    Args:
        machine: where it can be seen.
        root: where it is there, such as `/proc/PID/root/` of a container's process.
    """
    command, *tests = FIND
    return counted(machine.check(command, root, *tests), "in the root of what runs, find -xdev")


def inside_image(server: Connection, image: str) -> list[Figure]:
    """Count what is in a file system image that lies on a server."""
    command, *tests = FIND
    mounted = ("unshare", "--mount", "sh", "-ec", MOUNTED, "sh", image)
    return counted(server.check(*mounted, command, "/mnt", *tests), "in its image, find -xdev")


def counted(modes: str, method: str) -> list[Figure]:
    """Count regular files by their modes, one in octal a line."""
    found = [int(mode, 8) for mode in modes.split()]
    numbers = {
        "files": len(found),
        "executables": sum(bool(mode & EXECUTABLE) for mode in found),
        "setuid": sum(bool(mode & SETUID) for mode in found),
    }
    return [Figure(metric, "count", [number], method) for metric, number in numbers.items()]
