"""What is printed: one line for each message, without what a terminal would obey."""

import sys


def say(text: str) -> None:
    """Print to the console; control characters and surrogates as Python escapes them."""
    shown = "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode()
        for letter in text
    )
    sys.stderr.write(f"indexGD: {shown}\n")
