"""What is printed: without what a terminal would obey, and each message in a line of its own."""

import logging
import sys


def clean(text: str) -> str:
    """Write control characters and surrogates as Python escapes them."""
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode()
        for letter in text
    )


class CleanFormatter(logging.Formatter):
    """Cleans messages; a trace keeps its lines, which are indented."""

    def formatMessage(self, record: logging.LogRecord) -> str:
        """Give a message in one line."""
        return clean(super().formatMessage(record))

    def formatException(self, ei: object) -> str:
        """Give a trace."""
        lines = super().formatException(ei).split("\n")  # type: ignore[arg-type]
        return "\n".join(f"  {clean(line)}" for line in lines)


def print_clean() -> None:
    """Let everything that is logged go to the console this way."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(CleanFormatter("%(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
