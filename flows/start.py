"""Start domUs, containers or unikernels that are there and stopped; wait until guests answer."""

from __future__ import annotations

import sys

from flows.instances import Verb, each, parser
from tasks.instance_verb import Verbs

START = Verb("start", Verbs.start, "started", "was running already")

if __name__ == "__main__":
    asked = parser("start", str(__doc__), names="+").parse_args()
    sys.exit(each(asked, START))
