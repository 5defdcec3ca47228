"""`python -m flows.rotate_secrets`."""

from __future__ import annotations

import sys

from commands.rotate_secrets import main

if __name__ == "__main__":
    sys.exit(main())
