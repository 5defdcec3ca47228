"""Stop domUs, containers or unikernels in order; the next deployment starts them again."""

from __future__ import annotations

import sys

from flows.instances import Verb, each, parser
from tasks.instance_verb import Verbs

STOP = Verb("stop", Verbs.stop, "stopped", "was not running")

if __name__ == "__main__":
    asked = parser("stop", str(__doc__), names="+").parse_args()
    sys.exit(each(asked, STOP))
