"""Start domUs, containers or unikernels that are there and stopped; wait until guests answer."""

from __future__ import annotations

import sys

from flows.instances import each, parser

if __name__ == "__main__":
    asked = parser("start", str(__doc__), names="+").parse_args()
    sys.exit(each(asked, lambda verbs: "started" if verbs.start() else "was running already"))
