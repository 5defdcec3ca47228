"""The end of a guest's console, as an error shows it."""

from __future__ import annotations

from pathlib import Path

from tasks.guest.console import last_lines


def test_a_panic_is_told_before_its_trace(tmp_path: Path) -> None:
    trace = "".join(f" ? 0xffffffff8051{n:04x}\n" for n in range(30))
    panic = "Kernel panic - not syncing: VFS: Unable to mount root fs\n"
    console = tmp_path / "console.log"
    console.write_text(f"{panic}Call Trace:\n <TASK>\n{trace} </TASK>\n\nKernel Offset: disabled\n")
    assert last_lines(console) == f"{panic}Kernel Offset: disabled"
    console.write_text("\n")
    assert last_lines(console) == "(nothing was printed)"
