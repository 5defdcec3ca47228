"""`python -m flows.register_blocks`."""

from __future__ import annotations

import sys

from commands.register_blocks import main

if __name__ == "__main__":
    sys.exit(main())
