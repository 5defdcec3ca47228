"""A domU's memory and disk are read as its own programs tell them."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tasks.domu.measuring import domu_memory, used_bytes

REAL = Path(__file__).parent / "real"
MEMINFO = """MemTotal:         488952 kB
MemFree:           35912 kB
MemAvailable:     312345 kB
HugePages_Total:       0
"""


def test_a_domu_s_memory_is_read_as_free_tells_it(canned: Callable[..., Any]) -> None:
    assert domu_memory(canned({"cat /proc/meminfo": MEMINFO})) == (488952 - 312345) * 1024


def test_all_lines_that_a_kernel_writes_are_read(canned: Callable[..., Any]) -> None:
    told = (REAL / "proc_meminfo.txt").read_text()
    assert domu_memory(canned({"cat /proc/meminfo": told})) == (24684092 - 18289236) * 1024


def test_what_df_of_debian_12_says_is_read(canned: Callable[..., Any]) -> None:
    assert used_bytes(canned({"df": (REAL / "df_used.txt").read_text()})) == 81773121536


def test_a_domu_s_used_bytes_are_read_from_df(canned: Callable[..., Any]) -> None:
    server = canned({"df": "      Used\n 621182976\n"})
    assert used_bytes(server) == 621182976
    assert shlex.join(server.told[0]) == "df --block-size=1 --output=used /"
