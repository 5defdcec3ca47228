"""An image's root file system: its layers laid over each other, in memory.

Nothing is unpacked into folders of this machine, so no path in a layer can lead out of the root:
names and links are followed here, inside the tree, and the result is written as one tar.
"""

from __future__ import annotations

import copy
import tarfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import IO

from errors import WrongInput

# OCI image specification, "Representing Changes".
WHITEOUT, OPAQUE = ".wh.", ".wh..wh..opq"
MOST_LINKS = 40  # followed for one path, as Linux does
_ATTRIBUTE = "SCHILY.xattr."  # extended attributes in a tar, also capabilities of files
_REMEDY = "build the image anew; no engine makes such a layer"


@dataclass
class Entry:
    """A file, a link or a folder; names of the same file (hard links) share one node."""

    member: tarfile.TarInfo
    layer: tarfile.TarFile | None  # that holds its content; None for what is in no layer
    children: dict[str, Entry] = field(default_factory=dict)

    @property
    def content(self) -> IO[bytes] | None:
        """What is in it; None for all but files."""
        if not self.member.isreg() or self.layer is None:
            return None
        return self.layer.extractfile(self.member)


class Tree:
    """A root file system."""

    def __init__(self) -> None:
        """Begin with an empty root."""
        self.root = _folder()

    @classmethod
    def of(cls, layers: Iterable[tarfile.TarFile]) -> Tree:
        """Lay layers over each other, the lowest first.

        Raises:
            WrongInput: a layer is damaged, or has a path or link that leads out of it.
        """
        tree = cls()
        for number, layer in enumerate(layers, 1):
            try:
                tree.add(layer)
            except tarfile.TarError as error:
                what = f"layer {number} of the image is damaged"
                raise WrongInput(what, seen=str(error), remedy=_REMEDY) from None
        return tree

    def add(self, layer: tarfile.TarFile) -> None:
        """Lay a layer over what there is."""
        members = [(_parts(member.name), member) for member in layer]
        # What a layer takes away is of those below it, wherever in the layer it is said.
        for parts, _ in members:
            if parts and parts[-1].startswith(WHITEOUT):
                self._take_away(parts)
        for parts, member in members:
            if not parts:
                self.root.member = member
            elif not parts[-1].startswith(WHITEOUT):
                self._put(parts, member, layer)

    def find(self, path: str) -> Entry | None:
        """Find what a path leads to, through links as they are meant in this root."""
        node: Entry | None = self.root
        for part in self._followed(path.split("/")):
            node = node.children.get(part) if node else None
        return node

    def text(self, path: str) -> str:
        """Read a file; empty where there is none."""
        found = self.find(path)
        content = found.content if found else None
        return content.read().decode(errors="replace") if content else ""

    def write(self, tar: tarfile.TarFile, below: str) -> None:
        """Write all of it into a tar, below a folder of that."""
        names: dict[int, str] = {}  # by the nodes' identities: the names they have already
        for name, node in _walk(self.root, below):
            member = _cleaned(node.member, name)
            if id(node) in names:
                member.type, member.linkname, member.size = tarfile.LNKTYPE, names[id(node)], 0
                tar.addfile(member)
                continue
            names[id(node)] = name
            tar.addfile(member, node.content)

    def _take_away(self, parts: list[str]) -> None:
        folder = self.find("/".join(parts[:-1]))
        if folder is None:
            return
        if parts[-1] == OPAQUE:
            folder.children.clear()
        elif not parts[-1].startswith(WHITEOUT * 2):
            folder.children.pop(parts[-1].removeprefix(WHITEOUT), None)

    def _put(self, parts: list[str], member: tarfile.TarInfo, layer: tarfile.TarFile) -> None:
        folder = self._parent(parts)
        before = folder.children.get(parts[-1])
        if member.islnk():
            folder.children[parts[-1]] = self._linked(member)
        elif member.isdir() and before and before.member.isdir():
            before.member = member
        else:
            folder.children[parts[-1]] = Entry(member, layer)

    def _linked(self, member: tarfile.TarInfo) -> Entry:
        parts = _parts(member.linkname)
        folder = self.find("/".join(parts[:-1]))
        target = folder.children.get(parts[-1]) if folder and parts else None
        if target is None or target.member.isdir():
            raise WrongInput(
                f"a layer links {member.name} to {member.linkname}, which is no file in the image",
                remedy=_REMEDY,
            )
        return target

    def _parent(self, parts: list[str]) -> Entry:
        """Find the folder a path is in, made where it is missing."""
        node = self.root
        for part in self._followed(parts[:-1]):
            node = node.children.setdefault(part, _folder())
            if not node.member.isdir():
                raise WrongInput(
                    f"a layer has {'/'.join(parts)} below {part}, which is no folder",
                    remedy=_REMEDY,
                )
        return node

    def _followed(self, parts: list[str]) -> list[str]:
        """Resolve links as a process does whose root this is: `..` ends at the root."""
        left, links = parts[::-1], 0
        here: list[tuple[str, Entry | None]] = []  # None from where nothing is there yet
        while left:
            part = left.pop()
            if part == "..":
                del here[-1:]
            if part in ("", ".", ".."):
                continue
            folder = here[-1][1] if here else self.root
            node = folder.children.get(part) if folder else None
            if node is None or not node.member.issym():
                here.append((part, node))
                continue
            links += 1
            if links > MOST_LINKS:
                raise WrongInput(f"links go in a circle at {'/'.join(parts)}", remedy=_REMEDY)
            if node.member.linkname.startswith("/"):
                here.clear()
            left += reversed(node.member.linkname.split("/"))
        return [name for name, _ in here]


def _folder() -> Entry:
    member = tarfile.TarInfo()
    member.type, member.mode = tarfile.DIRTYPE, 0o755
    return Entry(member, None)


def _parts(name: str) -> list[str]:
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if ".." in parts:
        raise WrongInput(
            f"a layer has the path {name!r}, which leads out of its folder", remedy=_REMEDY
        )
    return parts


def _walk(root: Entry, name: str) -> Iterator[tuple[str, Entry]]:
    left = [(name, root)]
    while left:
        name, node = left.pop()
        yield name, node
        left += ((f"{name}/{child}", node.children[child]) for child in sorted(node.children)[::-1])


def _cleaned(member: tarfile.TarInfo, name: str) -> tarfile.TarInfo:
    """Give a member another name, and leave out what said the one it had."""
    clean = copy.copy(member)
    clean.name = name
    clean.uname = clean.gname = ""  # the numbers count: names mean somebody else elsewhere
    clean.mtime = int(member.mtime)
    clean.pax_headers = {
        key: value for key, value in member.pax_headers.items() if key.startswith(_ATTRIBUTE)
    }
    if member.isreg():
        clean.type = tarfile.REGTYPE  # also where it was sparse
    return clean
