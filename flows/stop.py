"""Stop domUs, containers or unikernels in order; the next deployment starts them again."""

from __future__ import annotations

import sys

from flows.instances import each, parser

if __name__ == "__main__":
    asked = parser("stop", str(__doc__), names="+").parse_args()
    sys.exit(each(asked, lambda verbs: "stopped" if verbs.stop() else "was not running"))
