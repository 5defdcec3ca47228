"""The history as flows and reports use it: one object that writes and reads.

SQLAlchemy is imported when the database is opened and pandas when figures are read: each takes
longer than most commands run.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any

from history.metric import Technique, Unit
from history.state import RunState, StepState

if TYPE_CHECKING:
    import pandas as pd
    from sqlalchemy import Engine

    from history.judging.trends import Trend
    from history.judging.two_runs import Compared
    from history.platform import Platform


def open_history(url: str | None = None) -> History:
    """Open the history and make its tables where they are missing.

    Args:
        url: SQLAlchemy URL (SQLite file or PostgreSQL) or the path of a SQLite file. By default
            EPOS_VIRT_HISTORY, and without that `history.sqlite` in the state folder.

    Raises:
        WrongInput: for a URL that cannot hold a history.
        HistoryUnavailable: when it cannot be reached, read or written.
    """
    history = History(url)
    _ = history.engine
    return history


def read_history(url: str | None = None) -> History:
    """Open the history to read it only, as `open_history` does; makes nothing where none is.

    What it gives is then empty, and its `missing` says where it would be.
    """
    from history import database

    place = database.locate(url)
    history = History(url)
    history._engine = database.connect_to_read(place)
    if history._engine is None:
        history.missing = database.shown(place)
        history._engine = database.empty()
    return history


class History:
    """The history, opened at its first use. Threads may share it; processes open their own.

    missing: of one that is only read: where it would be, were there any; else empty.
    """

    missing = ""

    def __init__(self, url: str | None = None) -> None:
        """Keep where it is; see `open_history`."""
        self._url = url
        self._engine: Engine | None = None
        self._lock = threading.Lock()

    @property
    def engine(self) -> Engine:
        """The database, opened if it is not; raises what `open_history` does."""
        from history import database

        with self._lock:
            if self._engine is None:
                self._engine = database.connect(database.locate(self._url))
            return self._engine

    def __enter__(self) -> History:
        """Give itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close it."""
        self.close()

    def close(self) -> None:
        """Close the connections that are kept open."""
        if self._engine is not None:
            self._engine.dispose()

    def begin_run(self, flow: str, environment: str, platform: Platform) -> str:
        """Record that a flow begins here and now.

        Runs of this machine whose process is gone are marked as interrupted first.

        Args:
            platform: what is known of it; `set_platform` completes it once facts are read.

        Returns:
            The run's id, e.g. '20261123-091502-a3f' (UTC), sortable by time.
        """
        from history import record

        return record.begin_run(self.engine, flow, environment, platform)

    def set_platform(self, run: str, platform: Platform) -> None:
        """Record where a run takes place, once that is known."""
        from history import record

        record.set_platform(self.engine, run, platform)

    def begin_step(self, run: str, step: str, host: str) -> int:
        """Record that a step of a run begins on a host; returns the step's id."""
        from history import record

        return record.begin_step(self.engine, run, step, host)

    def end_step(
        self,
        step_id: int,
        state: StepState,
        changed: bool,
        reason: str,
        retries: int = 0,
        evidence: str = "",
    ) -> None:
        """Record how a step ended.

        Args:
            changed: whether anything was changed; a failed step may have changed something.
            reason: why it did what it did, e.g. 'epos/root: already 10 GiB'.
            retries: how often it was tried again.
            evidence: what a failure showed: command, exit status, last lines of both streams.
                Without secrets: what is given is kept. The last 16384 characters are kept.
        """
        from history import record

        record.end_step(self.engine, step_id, state, changed, reason, retries, evidence)

    def add_samples(
        self,
        run: str,
        subject: str,
        technique: Technique,
        metric: str,
        unit: Unit,
        values: Sequence[float],
        method: str,
        valid: bool = True,
        warnings: Sequence[str] = (),
    ) -> None:
        """Record all samples of one metric of one subject, raw and in the order they were taken.

        The same metric of the same subject recorded again in a run supersedes the first; both
        stay in the tables.

        Args:
            run: the run's id.
            subject: the application or floor that was measured.
            technique: what it ran as.
            metric: one of `history.metric.METRICS`, or another name in that style.
            unit: of all the values; for a known metric, that metric's own.
            values: at least one; finite and not negative. Warm-ups are left out by the caller.
            method: how it was measured, with the command or the file read.
            valid: False where a rule says that the figure must not be used.
            warnings: what makes it doubtful, for a reader.

        Raises:
            WrongRecord: for no values, values that are no measurements, and unknown units,
                techniques and runs.
        """
        from history import record

        record.add_samples(
            self.engine, run, subject, technique, metric, unit, values, method, valid, warnings
        )

    def end_run(self, run: str, state: RunState) -> None:
        """Record how a run ended; steps that are still open end with it."""
        from history import record

        record.end_run(self.engine, run, state)

    def runs(
        self,
        flow: str | None = None,
        environment: str | None = None,
        state: str | None = None,
        limit: int | None = None,
    ) -> pd.DataFrame:
        """Give one row per run, newest first; columns as in `history list -o json`."""
        from history import read

        return read.runs(self.engine, flow, environment, state, limit)

    def listed(
        self, flow: str | None = None, state: str | None = None, limit: int | None = None
    ) -> list[dict[str, Any]]:
        """Give the runs, newest first, as `history list -o json` prints them."""
        from history import runs

        return runs.listed(self.engine, flow=flow, state=state, limit=limit)

    def run(self, reference: str) -> dict[str, Any]:
        """Give all about one run, as `history show RUN -o json` prints it.

        Args:
            reference: a run's id, a beginning of it that no other has, or 'last'.

        Raises:
            WrongInput: when there is no such run, with the ids nearest to it.
        """
        from history import runs

        return runs.whole(self.engine, reference)

    def has_metrics(self, run: str) -> bool:
        """Tell whether anything was measured in a run, by its whole id."""
        from history import runs

        return runs.has_metrics(self.engine, run)

    def metrics(
        self,
        run: str | None = None,
        subject: str | None = None,
        technique: str | None = None,
        metric: str | None = None,
    ) -> pd.DataFrame:
        """Give one row per metric of a subject in a run, oldest run first.

        Columns as in `history metrics -o json` (floor_ratio NaN where none applies), plus
        `values`, the raw samples. `history.read.records` makes JSON of it.

        Args:
            run: a run's id, a beginning of it, or 'last'; None for all runs.
            subject: only this subject; None for all, and so on.
        """
        from history import read

        return read.metrics(self.engine, run, subject, technique, metric)

    def compare(self, a: str, b: str) -> list[Compared]:
        """Compare what was measured in two runs; see `history.judging.two_runs.compare`."""
        from history.judging import two_runs

        return two_runs.compare(self.engine, a, b)

    def trends(
        self,
        subject: str | None = None,
        technique: str | None = None,
        metric: str | None = None,
        environment: str | None = None,
    ) -> list[Trend]:
        """Follow what was measured over all runs; see `history.judging.trends`."""
        from history.judging import trends

        return trends.trends(self.engine, subject, technique, metric, environment)
