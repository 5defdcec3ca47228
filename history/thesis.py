"""What is to be reproduced and beaten: tables 1.1, 3.1 and 4.3 of the thesis.

"From Virtual Machines to Containers and Unikernels", UBI 2018. Each was measured once, on the
server of its table 4.1; MB as its tools printed them, taken as decimal.
"""

from __future__ import annotations

from dataclasses import dataclass

from history.metric import MEMORY, SIZE, START_FIRST_ANSWER, START_RUNNING, Technique

SOURCE = (
    "table 4.3, measured once each on an Intel i3-4030U, 4 GB, Xen 4.9; its one start time "
    "(docker-compose up, unik run) stands beside both of ours"
)
METRICS = (SIZE, MEMORY, START_RUNNING, START_FIRST_ANSWER)  # what it measured


@dataclass(frozen=True)
class Row:
    """One image of table 4.3; None where the thesis has no figure."""

    name: str
    technique: Technique
    size: int | None  # bytes
    memory: int | None  # bytes
    start: float | None  # seconds
    known_as: tuple[str, ...] = ()
    remark: str = ""

    def figure(self, metric: str) -> float | None:
        """Give the thesis' figure for one of our metrics, in that metric's unit."""
        return {
            SIZE: self.size,
            MEMORY: self.memory,
            START_RUNNING: self.start,
            START_FIRST_ANSWER: self.start,
        }.get(metric)


TABLE_4_3: tuple[Row, ...] = (
    Row("CentOS 7", "vm", 2_356_000_000, 119_000_000, 16.950, ("centos7-VM", "vmCentOS1")),
    Row("EPOS_Sync_System", "unikernel", 88_010_000, None, 3.391, ("Sync",)),
    Row("indexGD", "unikernel", 120_100_000, None, 3.829, ("index",)),
    Row("database", "container", 492_000_000, 11_020_000, 0.476, ("epos-postgres", "postgres")),
    Row("EPOS_GLASS_Framework", "container", 727_000_000, 460_300_000, 0.607,
        ("epos-glass", "glass")),
    Row("Products_Portal", "container", 894_000_000, 9_820_000, 0.301,
        ("epos-portal", "portal", "products")),
    Row("FWSS", "container", 525_000_000, 78_800_000, 0.320, ("epos-flask", "flask")),
)  # fmt: skip

# Not in the table: UniK has no Perl.
FAILED: tuple[Row, ...] = (
    Row("RunQC", "unikernel", None, None, None, remark="failed as a unikernel in the thesis"),
)


# Table 1.1: which technique for which application, for its memory and the software it depends on.
TABLE_1_1: dict[str, Technique] = {
    "database": "container",
    "Products_Portal": "container",
    "EPOS_GLASS_Framework": "container",
    "FWSS": "container",
    "EPOS_Sync_System": "unikernel",
    "indexGD": "unikernel",
    "RunQC": "unikernel",
}


@dataclass(frozen=True)
class Kind:
    """A row of table 3.1: how an environment of this technique differs from the others."""

    technique: Technique
    application: str
    privilege: str
    isolation: str
    size: str


TABLE_3_1: tuple[Kind, ...] = (
    Kind("vm", "Xen", "ring 0 or -1", "hypervisor", "large"),
    Kind("container", "Docker", "ring 3, forced to 0", "kernel", "medium"),
    Kind("unikernel", "UniK", "ring 0", "hypervisor", "small"),
)


def technique_of(application: str) -> Technique | None:
    """Give the technique that table 1.1 has for an application; None where it has none."""
    for name, technique in TABLE_1_1.items():
        if _plain(name) == _plain(application):
            return technique
    return None


def row_of(subject: str, technique: str) -> Row | None:
    """Find the thesis' row for a subject of ours; None where it has none.

    Names are compared without case, '-' and '_'.
    """
    for row in (*TABLE_4_3, *FAILED):
        names = {_plain(name) for name in (row.name, *row.known_as)}
        if row.technique == technique and _plain(subject) in names:
            return row
    return None


def _plain(name: str) -> str:
    return name.casefold().replace("-", "").replace("_", "")
