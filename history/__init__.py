"""The history: every run, step and figure, in one relational database of our own.

A flow writes it as it goes, and what is written survives kill -9:

    history = open_history()
    run = history.begin_run("deploy", "lab", Platform(kind="emulation"))
    step = history.begin_step(run, "bridge xenbr0", "xen1")
    history.end_step(step, "changed", True, "xenbr0: was missing")
    history.add_samples(run, "indexGD", "unikernel", "start_first_answer", "s", [1.02, 1.05],
                        method="xl create to HTTP 200")
    history.end_run(run, "done")

What only reads opens it with `read_history()`, which makes nothing.
Reports read it with pandas (`history.metrics()`, `history.runs()`), scripts through
`python -m flows.history`. The modules: `door` is what all use, `record` writes, `runs` reads runs
and `read` figures, `schema` has the tables, `database` opens them, `metric` defines what is
measured, `platform` where, `thesis` has the thesis' figures, and `table` puts both side by side.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from history.database import HistoryUnavailable
    from history.door import History, open_history, read_history
    from history.platform import Platform

__all__ = ["History", "HistoryUnavailable", "Platform", "open_history", "read_history"]

# Imported when they are first asked for: a command's help must not wait for SQLAlchemy.
_HOMES = {
    "History": "history.door",
    "HistoryUnavailable": "history.database",
    "Platform": "history.platform",
    "open_history": "history.door",
    "read_history": "history.door",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
