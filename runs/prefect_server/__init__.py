"""The Prefect server: ours, started when first needed and ended by its last user, or another's.

What starts it needs neither Prefect nor anything else that is slow to import; `program` is the
server itself, in a process of its own.
"""

from runs.prefect_server.of_a_run import prefect_server
from runs.prefect_server.rows import wait_for_rows

__all__ = ["prefect_server", "wait_for_rows"]
