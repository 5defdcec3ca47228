"""The Prefect flows, one a file, each also `python -m flows.NAME`.

Besides the flows: `steps` is what each is made of, `session` what all of them open, `results` what
they show. What else is called as `python -m flows.NAME` (ps, logs, history, ...) lies in commands/:
Prefect may put this folder on the path, where a history.py would hide the package `history`.
"""

import os
import sys
import warnings

import commands
from errors import WrongInput
from state import state_place

try:
    _home = os.path.abspath(state_place("prefect"))
except WrongInput as _error:  # told as any other; nothing here works without it
    sys.stderr.write(f"{_error}\n")
    raise SystemExit(_error.exit_status) from None

# Prefect reads its settings when it is imported. A file would only be read from the current
# folder (and silently not from any other), so the project's settings are set here, before.
# Those of a server of ours are set in runs/prefect_server/program.py.
for _name, _value in {
    "PREFECT_HOME": _home,
    "PREFECT_LOGGING_LEVEL": "INFO",  # for its UI; a person on a terminal has our own progress
    "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "CRITICAL",
    "PREFECT_SERVER_EPHEMERAL_ENABLED": "false",
    "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30",
    "DO_NOT_TRACK": "1",
}.items():
    os.environ.setdefault(_name, _value)

# It tells where its home cannot be made, and who only looks needs none. Who runs something makes
# it first: Prefect would not make the folders above it.
warnings.filterwarnings("ignore", message="Failed to create the Prefect home directory")

__path__ += commands.__path__
