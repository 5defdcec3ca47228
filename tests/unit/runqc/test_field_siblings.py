"""Faults like those of the field: both programs read what there is of a file, and agree."""

import bz2
import gzip
import importlib
import random
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.runqc.made_files import (
    HEADER_3,
    LONG,
    SHORT,
    Found,
    agree,
    epoch_3,
    minutes,
    three,
    two,
)

Both = Callable[[list[Path]], list[tuple[Found, Found]]]
V2 = two(*(f"21  1  1  0 {minute:2}  0.0000000" for minute in range(3)))
V3 = three(*minutes(0, 1, 2))
SECOND_2 = " 21  1  1  0  1  0.0000000  0  1G01"
SECOND_3 = "> 2021 01 01 00 01  0.0000000  0  1"
NAVIGATION = HEADER_3.replace("OBSERVATION DATA", "NAVIGATION DATA ")
REFUSED = None
# What is found: the epochs, and a part of what RunQC says is wrong, if anything is.
FAULTS: dict[str, tuple[str, int | None, str]] = {
    "erased flash behind it": (V3 + "\xff" * 500, 3, "no epoch"),
    "the same, version 2": (V2 + "\xff" * 500, 3, "no epoch"),
    "Ctrl-Z behind blanks": (V2 + "   \x1a", 3, "no epoch"),
    "text of a logger": (V3.replace(SECOND_3, f"* restart *\n{SECOND_3}"), 3, "no epoch"),
    "an end within an epoch's line": (V2[:-55], 2, "no epoch"),
    "ends of lines the wrong way": (V3.replace("\n", "\n\r"), 3, ""),
    "a byte order mark": ("\xef\xbb\xbf" + V3, 3, ""),
    "no flag": (V3.replace(SECOND_3, SECOND_3.replace("0  1", "   1")), 3, ""),
    "a blank too many": (V2.replace(SECOND_2, SECOND_2.replace("  0  1G", "   0  1G")), 3, ""),
    "a blank too few": (V2.replace(SECOND_2, SECOND_2[1:]), 3, ""),
    "tabs": (V3.replace(SECOND_3, SECOND_3.replace(" ", "\t")), 2, "no epoch"),
    "seconds below zero": (V3.replace("01  0.0", "01 -1.0"), 2, "no epoch"),
    "stars for a time": (V2.replace(SECOND_2, " 21  1  1  0 **  0.0000000  0  1G01"), 2, "no time"),
    "a satellite in small letters": (V3.replace("G01", "g01", 1), 3, "no satellite: 'g01"),
    "such a satellite, version 2": (V2.replace("G01", "g01", 1), 3, "no satellite: 'g01'"),
    "999 satellites": (V3.replace(SECOND_3, SECOND_3[:-3] + "999"), 3, "fewer lines"),
    "so many, version 2": (V2.replace(SECOND_2, SECOND_2[:29] + "999G01"), 3, "fewer lines"),
    "an event of 999 lines": (V3.replace("  0  1", "  4999", 1), 2, "fewer lines"),
    "such an event, version 2": (V2.replace("  0  1G01", "  4999", 1), 2, "fewer lines"),
    "a line of observations too many": (
        V3 + epoch_3(minutes(3)[0]) + "G02  20000000.123 7\n" + epoch_3(minutes(4)[0]),
        5,
        "no epoch: 'G02",
    ),
    "version 3 behind version 2": (V2 + V3, 6, "two files in one"),
    "version 2 behind version 3": (V3 + V2, 6, "two files in one"),
    "navigation behind it": (V3 + NAVIGATION, 3, "the second file is left out"),
    "half a header behind it": (V3 + HEADER_3[:100], 3, "the second file is left out"),
    "version 1": (V2.replace("     2.11", "     1.00"), 3, ""),
    "a version in hexadecimal": (V3.replace("     3.04", "    0x3  "), REFUSED, ""),
}


@pytest.mark.parametrize(("text", "epochs", "fault"), FAULTS.values(), ids=FAULTS)
def test_what_there_is_of_a_faulty_file_is_read_by_both(
    both: Both, tmp_path: Path, text: str, epochs: int | None, fault: str
) -> None:
    path = tmp_path / (LONG if text.lstrip("\xef\xbb\xbf ").startswith(("3", "0x")) else SHORT)
    path.write_bytes(text.encode("latin-1"))
    [(record, found)] = both([path])
    agree(record, found)
    assert record.get("n_epochs") == epochs
    assert fault in "".join(found.get("faults", ())) and (fault != "") == bool(found.get("faults"))


def test_a_header_without_types_leaves_the_times(both: Both, tmp_path: Path) -> None:
    path = tmp_path / LONG
    path.write_text(V3.replace("G    2 C1C L1C", "G    0        "))
    [(record, found)] = both([path])
    assert record["n_epochs"] == 3
    assert record["faults"] == [found["error"]] == ["the header names no types of observation"]


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
@pytest.mark.parametrize("columns", ["bytes", "letters"])
def test_a_name_is_read_in_the_encoding_it_has(
    both: Both, tmp_path: Path, encoding: str, columns: str
) -> None:
    name = "COVILHÃ".encode(encoding)
    blanks = 60 - len(name if columns == "bytes" else "COVILHÃ")
    path = tmp_path / LONG
    begin, _, end = V3.partition("\n")
    line = name + b" " * blanks + b"MARKER NAME\n"
    path.write_bytes(begin.encode() + b"\n" + line + end.encode())
    [(record, found)] = both([path])
    agree(record, found)
    assert (record["marker_name"], record["faults"]) == ("COVILHÃ", [])


@pytest.mark.parametrize(
    ("method", "epochs"),
    [(zipfile.ZIP_STORED, 3), (zipfile.ZIP_BZIP2, 3), (zipfile.ZIP_LZMA, REFUSED)],
)
def test_both_read_the_same_ways_of_a_zip_archive(
    both: Both, tmp_path: Path, method: int, epochs: int | None
) -> None:
    path = tmp_path / LONG.replace(".rnx", ".zip")
    with zipfile.ZipFile(path, "w", method) as archive:
        archive.writestr(LONG, V3)
    [(record, found)] = both([path])
    agree(record, found)
    assert record.get("n_epochs") == epochs


# Without a time: a test's name has these bytes in it, and is to be the same for every worker.
GZIPPED = gzip.compress(V3.encode(), mtime=0)


@pytest.mark.parametrize(
    ("ending", "packed"),
    [
        (".Z", bz2.compress(V3.encode())),
        (".bz2", GZIPPED),
        (".gz", V3.encode()),
        (".gz", gzip.compress(GZIPPED, mtime=0)),
        (".gz", GZIPPED[:-12]),
        (".gz", gzip.compress(b"", mtime=0)),
        (".Z", b"\x1f\x9d"),
    ],
)
def test_both_believe_what_a_file_begins_with(
    both: Both, tmp_path: Path, ending: str, packed: bytes
) -> None:
    path = tmp_path / (LONG + ending)
    path.write_bytes(packed)
    [(record, found)] = both([path])
    agree(record, found)


@pytest.mark.parametrize("left", [-1, -3, -9, -20])
@pytest.mark.parametrize(("text", "name"), [(V2, SHORT.replace("o", "d")), (V3, LONG)])
def test_of_a_compact_file_that_is_cut_the_whole_epochs_are_read(
    both: Both, tmp_path: Path, text: str, name: str, left: int
) -> None:
    path = tmp_path / name.replace("rnx", "crx")
    path.write_bytes(importlib.import_module("hatanaka").rnx2crx(text.encode())[:left])
    [(record, found)] = both([path])
    agree(record, found)
    assert record["n_epochs"] in (1, 2)
    assert record["faults"] == ["compact RINEX ends in the middle of an epoch"]


@pytest.mark.parametrize("behind", [b"", b"\0" * 99, b"\x1a", b"\n", b"\r\n\r\n"])
@pytest.mark.parametrize(("text", "name"), [(V2, SHORT.replace("o", "d")), (V3, LONG)])
def test_compact_files_end_where_their_text_does(
    both: Both, tmp_path: Path, text: str, name: str, behind: bytes
) -> None:
    path = tmp_path / name.replace("rnx", "crx")
    path.write_bytes(importlib.import_module("hatanaka").rnx2crx(text.encode()) + behind)
    [(record, found)] = both([path])
    agree(record, found)
    assert record["n_epochs"] == 3


def test_both_agree_on_whatever_is_done_to_a_file(both: Both, tmp_path: Path) -> None:
    chance, paths = random.Random(14), []
    for number in range(200):
        content = bytearray((V2, V3)[number % 2].encode())
        for _ in range(chance.randint(1, 3)):
            at = chance.randrange(content.find(b"END OF HEADER"), len(content))
            length = chance.choice((0, 1, 1, 30))
            content[at : at + length] = chance.choices(b" 0123456789>G.-\n\xff\0", k=length or 20)
            del content[chance.randint(at, 2 * len(content)) :]
        paths.append(tmp_path / str(number) / (SHORT, LONG)[number % 2])
        paths[-1].parent.mkdir()
        paths[-1].write_bytes(content)
    for record, found in both(paths):
        if (record.get("n_epochs"), found.get("error")) != (0, "no epochs"):
            agree(record, found)
