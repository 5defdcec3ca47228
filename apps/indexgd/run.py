"""Runs over the archive, one at a time: what FWSS does not have yet is read and sent to it.

FWSS is the memory of a run: what it has with the same size and time is not read again. So a run
that was ended anywhere is finished by the next one.
"""

import os
import time
from collections.abc import Iterator
from itertools import islice
from threading import Lock, Thread
from typing import Any

import fwss
from compress import BadFileError
from console import say
from index import (
    ERROR,
    LOG,
    MOST_KNOWN,
    NAMED,
    RECORD,
    SKIPPED,
    creation_date,
    read,
    state_of,
    walk,
)

LOOKED_UP = 500  # files that FWSS is asked about at once; about 80 kB
SENT = 50  # records in one request; about 40 kB
LISTED = 100  # errors, faults and skipped files that are told by name
KEPT = 10  # runs
RUNNING, DONE, FAILED = "running", "done", "failed"
reading = Lock()  # by who reads files: the guest has memory for one
_logs_sent: dict[str, tuple[int, ...]] = {}  # by path, as they were then


class Run:
    """One walk over the archive: how far it is, and what became of the files."""

    def __init__(self, archive: str, data_center: str, everything: bool) -> None:
        """Take whether files are read that FWSS has already."""
        now = time.time()
        stamp = time.strftime("%Y%m%dT%H%M%S", time.gmtime(now))
        self.name = f"{stamp}.{int(now * 1000) % 1000:03}"
        self.state = RUNNING
        self._archive, self._data_center, self._everything = archive, data_center, everything
        self._began = time.monotonic()
        self._seconds: float | None = None
        self._error: str | None = None
        self._counts = dict.fromkeys(
            ("seen", "found", "read", "inserted", "updated", "unchanged", "logs"), 0
        )
        self._told: dict[str, list[dict[str, str]]] = {"skipped": [], "faults": [], "errors": []}
        self._more = dict.fromkeys(self._told, 0)
        self._records: list[dict[str, Any]] = []

    def summary(self) -> dict[str, Any]:
        """Say how far it is."""
        took = time.monotonic() - self._began if self._seconds is None else self._seconds
        return {
            "run": self.name,
            "address": f"/index/{self.name}",
            "state": self.state,
            **({"error": self._error} if self._error else {}),
            "archive": self._archive,
            "all": self._everything,
            **self._counts,
            **{kind: [*told] for kind, told in self._told.items()},
            "more": {**self._more},
            "seconds": round(took, 3),
        }

    def work(self) -> None:
        """Do it."""
        state = FAILED
        try:
            with reading:
                self._index()
            state = DONE
        except (OSError, fwss.FwssError, ValueError) as error:
            self._error = str(error)
        except Exception as error:  # must be told, whatever it is
            self._error = f"internal error, see the console: {error!r}"
        self._records = []
        self._seconds = time.monotonic() - self._began
        self.state = state
        if self._error:
            say(f"run {self.name}: {self._error}")

    def _index(self) -> None:
        if not os.path.isdir(self._archive):
            what = f"{self._archive} is no directory"
            raise ValueError(f"{what}; mount the archive there, or name it: ARCHIVE")
        files = walk(self._archive)
        while batch := list(islice(files, LOOKED_UP)):
            for path, name in self._to_be_read(batch):
                self._read(path, name)
        self._send()

    def _to_be_read(self, batch: list[tuple[str, str, Any]]) -> Iterator[tuple[str, Any]]:
        """Deal with what needs no reading; give what FWSS does not have as it is now."""
        asked, named = [], []
        for path, kind, what in batch:
            self._counts["seen"] += 1
            if kind == SKIPPED:
                self._tell("skipped", path, what)
            elif kind == ERROR:
                self._tell("errors", path, what)
            elif kind == LOG:
                self._send_log(path)
            elif kind == NAMED and (file := self._looked_at(path)):
                asked.append(file)
                named.append((path, what))
        if self._everything or not asked:
            changed = set(range(len(asked)))
        else:
            changed = set(fwss.changed(asked))
        self._counts["unchanged"] += len(asked) - len(changed)
        yield from (file for place, file in enumerate(named) if place in changed)

    def _looked_at(self, path: str) -> dict[str, Any] | None:
        """Look at a file without reading it."""
        self._counts["found"] += 1
        folder, name = os.path.split(path)
        try:
            about = os.stat(os.path.join(self._archive, path))
            date = creation_date(about)
        except (OSError, BadFileError) as error:
            self._tell("errors", path, str(error))
            return None
        return {
            "name": name,
            "relative_path": folder,
            "data_center": self._data_center,
            "file_size": about.st_size,
            "creation_date": date,
        }

    def _read(self, path: str, name: Any) -> None:
        _wait_for_next_second(os.path.join(self._archive, path))
        self._counts["read"] += 1
        kind, what = read(self._archive, path, name, self._data_center)
        if kind != RECORD:
            self._tell("errors", path, what)
            return
        for fault in what.pop("faults"):
            self._tell("faults", path, fault)
        self._records.append(what)
        if len(self._records) == SENT:
            self._send()

    def _send(self) -> None:
        if not self._records:
            return
        records, self._records = self._records, []
        answered = fwss.store(records)
        for kind in ("inserted", "updated", "unchanged"):
            self._counts[kind] += answered[kind]
        for one in answered["refused"]:
            record = records[one["record"]]
            path = os.path.join(record["relative_path"], record["name"])
            self._tell("errors", path, "; ".join(one["errors"]))

    def _send_log(self, path: str) -> None:
        """Send a station's log, unless it was sent as it is."""
        self._counts["logs"] += 1
        try:
            with open(os.path.join(self._archive, path), "rb", opener=_without_waiting) as file:
                state = state_of(os.fstat(file.fileno()))
                if not self._everything and _logs_sent.get(path) == state:
                    return
                text = file.read()
        except OSError as error:
            self._tell("errors", path, str(error))
            return
        try:
            fwss.store_log(os.path.basename(path), text)
        except fwss.FwssError as error:
            if not error.refused:
                raise
            self._tell("errors", path, str(error))
            return
        if len(_logs_sent) >= MOST_KNOWN:
            del _logs_sent[next(iter(_logs_sent))]
        _logs_sent[path] = state

    def _tell(self, kind: str, path: str, why: str) -> None:
        """Keep what is said of a file; the first ones by name, so that memory stays as it is."""
        word = {"skipped": "reason", "faults": "fault", "errors": "error"}[kind]
        if len(self._told[kind]) < LISTED:
            self._told[kind].append({"file": path, word: why})
        else:
            self._more[kind] += 1
        if kind == "errors":
            say(f"{path}: {why}")


def _without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NONBLOCK)  # a pipe would be waited for


def _wait_for_next_second(path: str) -> None:
    """Wait until the second of a file's last change is over.

    Its time is kept in seconds: a later change within the same one would never be seen.
    """
    try:
        left = int(os.stat(path).st_mtime) + 1 - time.time()
    except OSError:
        return  # reading it says why
    if 0 < left <= 1:
        time.sleep(left)


class Runs:
    """The last runs of this process."""

    def __init__(self) -> None:
        """Begin with none."""
        self._lock = Lock()
        self._runs: dict[str, Run] = {}

    def begin(self, archive: str, data_center: str, everything: bool) -> Run:
        """Start a run, or give the one that is under way."""
        with self._lock:
            latest = self.latest()
            if latest and latest.state == RUNNING:
                return latest
            run = Run(archive, data_center, everything)
            self._runs[run.name] = run
            if len(self._runs) > KEPT:
                del self._runs[next(iter(self._runs))]
            Thread(target=run.work, daemon=True).start()
            return run

    def latest(self) -> Run | None:
        """Give the newest, if there is any."""
        return next(reversed(self._runs.values()), None)

    def find(self, name: str) -> Run | None:
        """Give one by its name."""
        return self._runs.get(name)
