"""The history: every run, step and figure, in one relational database of our own.

A flow writes it as it goes, and what is written survives kill -9:

    history = open_history()
    run = history.begin_run("deploy", "lab", Platform(kind="emulation"))
    step = history.begin_step(run, "bridge xenbr0", "xen1")
    history.end_step(step, "changed", True, "xenbr0: was missing")
    history.add_samples(run, "indexGD", "unikernel", "start_first_answer", "s", [1.02, 1.05],
                        method="xl create to HTTP 200")
    history.end_run(run, "done")

Reports read it with pandas (`history.metrics()`, `history.runs()`), scripts through
`python -m flows.history`. The modules: `record` writes, `read` reads, `schema` has the tables,
`database` opens them, `metric` defines what is measured, `platform` where, `thesis` has the
thesis' figures, and `table` puts both side by side.
"""

from history.database import HistoryUnavailable
from history.platform import Platform
from history.record import History, open_history

__all__ = ["History", "HistoryUnavailable", "Platform", "open_history"]
