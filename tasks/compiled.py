"""Small programs in C and assembler, compiled on this machine; one that was is kept."""

from __future__ import annotations

from pathlib import Path

from runs.child import run
from runs.held import alone
from runs.looking import about_to_make
from state import made_beside, state_folder, state_place
from tasks.content import key_of

# Options for a program without a C library, of which nothing else is known.
STANDALONE = ("-nostdlib", "-static", "-no-pie", "-s", "-Wl,--build-id=none")


def compiled(source: Path, *options: str) -> Path:
    """Compile a source file, or give the program that was compiled from the same before.

    Args:
        source: a file that gcc knows by its ending.
        options: gcc's.

    Raises:
        EposVirtError: there is no gcc, or it failed.
    """
    program = state_place("programs") / f"{source.stem}-{key_of(source.read_text(), options)[:16]}"
    if not program.exists():
        about_to_make(f"the program of {source.name}")
        state_folder("programs")
        with (
            alone(program.with_suffix(".lock"), f"compiles {source.name}"),
            made_beside(program, alone=True) as made,
        ):
            run("gcc", *options, "-o", made, source, what=f"{source.name} was not compiled")
    return program
