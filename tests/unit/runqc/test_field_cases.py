"""Files as they are found in the field: indexGD and RunQC agree, a fault costs its place only."""

import importlib
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.unit.runqc.made_files import LONG, SHORT, TYPES_2, agree, minutes, three, two

ROOT = Path(__file__).resolve().parents[3]
FIELD = ROOT.parent / "shared" / "cases" / "rinex"


def test_both_programs_agree_on_every_case(both: Any) -> None:
    paths = [path for case in sorted(FIELD.iterdir()) for path in sorted(case.iterdir())]
    results = both(paths)
    assert len(results) > 80
    for path, (record, found) in zip(paths, results, strict=True):
        if path.parent.name == "r38_header_only":  # nothing to check, and nothing wrong with it
            assert (record["n_epochs"], found["error"]) == (0, "no epochs")
            continue
        try:
            agree(record, found)
        except AssertionError as error:
            raise AssertionError(f"{path.parent.name}: {error}") from error


@pytest.mark.parametrize(
    ("case", "systems", "fault"),
    [
        (
            "r02_count_short_v2",
            {"G": 72, "R": 36, "E": 36},
            "says 5 types of observation and names 6",
        ),
        ("r02_count_short_v3", {"G": 72}, "says 5 types of observation and names 6"),
        ("r03_one_blank_before_flag", {"G": 48, "R": 18, "E": 12}, None),
        ("r04_no_blank_after_gt", {"G": 48, "R": 18, "E": 12}, None),
        ("r05_dos_end", {"G": 60, "R": 30, "E": 30}, None),
        ("r05_nul_tail_long", {"G": 60, "R": 30, "E": 30}, None),
        ("r11_zip_macosx", {"G": 48, "R": 18, "E": 12}, None),
        ("r11_zip_streamed_stored", {"G": 48, "R": 18, "E": 12}, None),
        ("r16_gz_garbage", {"G": 60, "R": 30, "E": 30}, "gzip data are followed by something else"),
        ("r17_bz2_garbage", {"G": 60, "R": 30, "E": 30}, "bzip2 data are followed by something"),
        ("r17_bz2_zeros", {"G": 60, "R": 30, "E": 30}, None),
        ("r24_concatenated_v2", {"G": 100, "R": 50, "E": 50}, "two files in one"),
        ("r24_concatenated_v3", {"G": 80, "R": 30, "E": 20}, "two files in one"),
        ("r29_system_without_types", {"G": 24, "R": 18}, "no types of observation of system J"),
        ("r30_exponent", {"G": 48, "R": 16, "E": 12}, "no number: '1.23456E+07'"),
        ("r30_stars", {"G": 48, "R": 16, "E": 12}, "no number: '**************'"),
        ("r30_stars_v2", {"G": 60, "R": 30, "E": 26}, "no number: '**************'"),
    ],
)
def test_the_rest_is_checked_and_the_fault_is_named(
    both: Any, case: str, systems: dict[str, int], fault: str | None
) -> None:
    [(_, found)] = both(list((FIELD / case).iterdir()))
    assert {s: sum(signals.values()) for s, signals in found["systems"].items()} == systems
    assert (fault is None) == (found["faults"] == [])
    assert fault is None or fault in found["faults"][0]


@pytest.mark.parametrize(
    "case", ["geodetic", "km", "leo", "minus_one", "nan", "one", "stars", "zero", "absent"]
)
def test_a_position_that_is_none_costs_only_itself(both: Any, case: str) -> None:
    [(record, _)] = both(list((FIELD / f"r10_position_{case}").iterdir()))
    assert record["position"] is None
    assert record["n_epochs"] == 6
    assert bool(record["faults"]) == (case not in ("zero", "absent"))


@pytest.mark.parametrize("case", ["esc", "nul", "tab"])
def test_control_characters_do_not_reach_a_record(both: Any, case: str) -> None:
    [(record, _)] = both(list((FIELD / f"r07_marker_{case}").iterdir()))
    assert record["marker_name"].isprintable()
    assert "control characters" in record["faults"][0]


MADE = {
    "an hour of 25 on the last day": (three(*minutes(0), "9999 12 31 25 00  0.0", *minutes(1)), 2),
    "an hour of 11 digits": (three(*minutes(0), "2021 01 01 12345678901 00  0.0", *minutes(1)), 2),
    "minute 92": (three(*minutes(0), "2021 01 01 00 92  0.0000000", *minutes(1)), 2),
    "day 44": (three(*minutes(0), "2021 01 44 00 00  0.0000000", *minutes(1)), 2),
    "30 February": (three(*minutes(0), "2021 02 30 00 00  0.0000000", *minutes(1)), 2),
    "a year gone backwards": (three(*minutes(0), "2020 01 01 00 00 30.0", *minutes(1)), 2),
    "the same in version 2": (
        two("21  1  1  0  0  0.0000000", "21  1 44  0  0 30.0000000", "21  1  1  0  1  0.0000000"),
        2,
    ),
    "hour 80 in version 2": (
        two("21  1  1  0  0  0.0000000", "21  1  1 80  0 30.0000000", "21  1  1  0  1  0.0000000"),
        2,
    ),
    "types whose number a digit is wrong of": (
        two(
            "21  1  1  0  0  0.0000000", "21  1  1  0  0 30.0000000", "21  1  1  0  1  0.0000000",
            types=TYPES_2.replace("     2", "     9"),
        ),
        3,
    ),
}  # fmt: skip


@pytest.mark.parametrize("text,epochs", MADE.values(), ids=MADE)
def test_a_time_that_is_none_is_named_and_not_invented(
    both: Any, tmp_path: Path, text: str, epochs: int
) -> None:
    path = tmp_path / (LONG if text.startswith("     3") else SHORT)
    path.write_text(text)
    [(record, found)] = both([path])
    agree(record, found)
    assert record["n_epochs"] == epochs
    assert record["last_epoch"] == "2021-01-01T00:01:00"
    assert len(record["faults"]) == len(found["faults"]) == 1


def test_one_epoch_has_no_interval_and_of_equal_ones_the_first_counts(
    both: Any, tmp_path: Path
) -> None:
    one, tie = tmp_path / SHORT, tmp_path / LONG
    one.write_text(two("21  1  1  0  0  0.0000000"))
    tie.write_text(three(*minutes(0, 5, 7)))
    (single, single_qc), (tied, tied_qc) = both([one, tie])
    agree(single, single_qc)
    agree(tied, tied_qc)
    assert (single["interval"], tied["interval"]) == (None, 300.0)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "the file is empty"),
        (three(*minutes(0)).replace("     3.04", "     0.02"), "'0.02'"),
        (three(*minutes(0)).replace("RINEX VERSION", "RONEX VERSION"), "no RINEX VERSION"),
    ],
)
def test_what_cannot_be_read_is_told_by_both(
    both: Any, tmp_path: Path, text: str, reason: str
) -> None:
    path = tmp_path / LONG
    path.write_text(text)
    for found in both([path])[0]:
        assert reason in found["error"]


@pytest.mark.parametrize(
    ("members", "epochs"),
    [
        ({"README.txt": "about it", LONG: three(*minutes(0, 1))}, 2),
        ({f"a/{LONG}": three(*minutes(0, 1)), f"a/._{LONG}": "x"}, 2),
        ({LONG: three(*minutes(0)), f"other/{LONG}": three(*minutes(0))}, None),
        ({"a.txt": "a", "b.txt": "b"}, None),
    ],
)
def test_of_a_zip_archive_the_one_rinex_file_is_read(
    both: Any, tmp_path: Path, members: dict[str, str], epochs: int | None
) -> None:
    path = tmp_path / LONG.replace(".rnx", ".zip")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members.items():
            archive.writestr(name, text)
        archive.comment = b"a comment"
    [(record, found)] = both([path])
    agree(record, found)
    assert record.get("n_epochs") == epochs


@pytest.mark.parametrize(
    ("name", "recognised"),
    [
        ("ABCD00XXX_R_20210010000_10S_01S_MO.rnx", True),
        ("ABCD00XXX_R_20210010000_04E_30S_MO.rnx", True),
        ("ABCD00XXX_R_20210010000_01D_10Z_MO.crx.gz", True),
        ("abcd0010.crx", False),
        ("abcd0010.21x", False),
        ("readme.txt", False),
    ],
)
def test_names_are_recognised_or_said_to_be_skipped(
    both: Any, tmp_path: Path, name: str, recognised: bool
) -> None:
    (tmp_path / name).write_text("x")
    index = importlib.import_module("index")
    [(path, kind, _)] = index.index_archive(str(tmp_path), "EPOS")
    assert (path, kind == "skipped") == (name, not recognised)
