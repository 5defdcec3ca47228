"""`python -m flows.history`."""

from __future__ import annotations

import sys

from commands.history import main

if __name__ == "__main__":
    sys.exit(main())
