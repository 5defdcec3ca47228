"""The project's errors: each names the thing, what was seen, and what to do next."""

from __future__ import annotations

from printable import printable


class EposVirtError(Exception):
    """A failure a person can act on.

    Args:
        what: the thing and what happened to it, one sentence.
        seen: the evidence: last output, state, exit status. May hold several lines.
        remedy: what to do next, a command where there is one.
        transient: True where the same call may succeed later (a refused connection,
            a booting machine, a mirror); only these are ever retried.
    """

    exit_status = 1

    def __init__(self, what: str, *, remedy: str, seen: str = "", transient: bool = False) -> None:
        """See the class."""
        super().__init__(what)
        self.what = printable(what)
        self.seen = printable(seen)  # another program's words, mostly
        self.remedy = remedy
        self.transient = transient

    def __str__(self) -> str:
        """Give the whole message: what, seen, next."""
        lines = [self.what]
        if self.seen:
            lines += _labelled("seen", self.seen)
        return "\n".join([*lines, *_labelled("next", self.remedy)])


class WrongInput(EposVirtError):
    """Something the operator wrote is wrong; nothing was touched. Exit status 2."""

    exit_status = 2


def _labelled(label: str, text: str) -> list[str]:
    """Indent `text` below its label: '  seen: first line', further lines aligned."""
    first, *rest = text.rstrip().splitlines() or [""]
    return [f"  {label}: {first}", *(f"  {'':{len(label)}}  {line}" for line in rest)]
