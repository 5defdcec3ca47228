"""The proof: a file that was lost or changed on its way is named, with where it happened."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest

from deployments.model import Environment
from errors import EposVirtError
from tasks.proof.node import (
    NEEDED,
    _equal,
    check_answered,
    check_indexed,
    node_of,
    read_truth,
    taken_through,
)
from tasks.proof.proof import proof_step

ROW = {
    "file": "ABMF00GLP_R_20180010000_01D_30S_MO.crx.gz",
    "file_size": "2123456",
    "md5_file": "0123456789abcdef0123456789abcdef",
    "md5_uncompressed": "fedcba9876543210fedcba9876543210",
    "marker_name": "ABMF",
    "first_epoch": "2018-01-01T00:00:00.0000000",
    "last_epoch": "2018-01-01T23:59:30",
    "interval_modal": "30.000",
    "n_epochs": "2880",
    "a_column_more": "ignored",
}
RECORD: dict[str, Any] = {
    "name": ROW["file"],
    "marker": "ABMF00GLP",
    "marker_name": "ABMF",
    "file_size": 2123456,
    "md5checksum": ROW["md5_file"],
    "md5uncompressed": ROW["md5_uncompressed"],
    "first_epoch": "2018-01-01T00:00:00",
    "last_epoch": "2018-01-01T23:59:30.000",
    "interval": 30.0,
    "n_epochs": 2880,
}
TRUTH = {ROW["file"]: ROW}
ANSWER: dict[str, Any] = {
    "name": ROW["file"],
    "md5_checksum": ROW["md5_file"],
    "md5_uncompressed": ROW["md5_uncompressed"],
    "file_size": 2123456,
    "station": "ABMF00GLP",
}


def test_what_was_indexed_rightly_passes() -> None:
    check_indexed([RECORD], TRUTH)
    check_indexed([RECORD], {})


def test_files_without_a_truth_do_not_matter() -> None:
    check_indexed([RECORD, RECORD | {"name": "sample.rnx", "n_epochs": 1}], TRUTH)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("md5checksum", "0" * 32),
        ("md5uncompressed", None),
        ("file_size", 2123455),
        ("n_epochs", 2879),
        ("interval", 15.0),
        ("marker_name", "ABMG"),
        ("first_epoch", "2018-01-01T00:00:30"),
        ("last_epoch", "2018-01-01T23:59:30.5"),
    ],
)
def test_a_figure_that_differs_is_named_with_both_values(field: str, value: Any) -> None:
    with pytest.raises(EposVirtError) as error:
        check_indexed([RECORD | {field: value}], TRUTH)
    assert error.value.what == "proof: indexGD found something else than the files hold"
    assert f"{ROW['file']}: {field} is {value!r}, should be " in error.value.seen
    assert len(error.value.seen.splitlines()) == 1


def test_a_field_that_is_missing_is_named() -> None:
    record = {key: value for key, value in RECORD.items() if key != "interval"}
    with pytest.raises(EposVirtError, match="interval is None"):
        check_indexed([record], TRUTH)


def test_a_file_that_was_not_indexed_is_named() -> None:
    with pytest.raises(EposVirtError, match="not indexed") as error:
        check_indexed([], TRUTH)
    assert ROW["file"] in error.value.seen


def test_a_long_list_is_cut_and_counted() -> None:
    truth = {f"{n}.rnx": ROW for n in range(40)}
    with pytest.raises(EposVirtError) as error:
        check_indexed([], truth)
    assert error.value.seen.endswith("and 28 more")


@pytest.mark.parametrize(
    ("found", "wanted", "same"),
    [
        (30, "30.000", True),
        (30.0, "30", True),
        (30, "30.5", False),
        (None, "30", False),
        (None, "", True),
        ("ABMF", "ABMF", True),
        ("abmf", "ABMF", False),
        ("2018-01-01T00:00:00", "2018-01-01T00:00:00.0000000", True),
        ("2018-01-01T00:00:00.5", "2018-01-01T00:00:00.5000", True),
        ("2018-01-01T00:00:00.5", "2018-01-01T00:00:00", False),
        # As numbers these two hashes would be equal, and a marker like this one never.
        ("0e12345678901234567890123456789", "0e99999999999999999999999999999", False),
        ("NAN", "NAN", True),
    ],
)
def test_values_are_equal_as_they_mean(found: Any, wanted: str, same: bool) -> None:
    assert _equal(found, wanted) is same


def test_what_glass_answers_as_it_was_sent_passes() -> None:
    check_answered([RECORD], [ANSWER, ANSWER | {"name": "older.rnx"}])


@pytest.mark.parametrize(
    "changed",
    [
        {"md5_checksum": "0" * 32},
        {"md5_uncompressed": None},
        {"file_size": 1},
        {"name": "another.rnx"},
    ],
)
def test_a_file_that_glass_does_not_answer_as_sent_is_named(changed: dict[str, Any]) -> None:
    with pytest.raises(EposVirtError, match="GLASS does not answer files") as error:
        check_answered([RECORD], [ANSWER | changed])
    assert error.value.seen == ROW["file"]
    assert "indexGD → FWSS → database → GLASS → portal" in error.value.remedy


def test_no_answer_at_all_is_no_proof() -> None:
    with pytest.raises(EposVirtError):
        check_answered([RECORD], [])


def test_the_truth_is_read_by_file_name(tmp_path: Path) -> None:
    assert read_truth(tmp_path) == {}
    (tmp_path / "truth.csv").write_text("file,n_epochs\na.rnx,2880\nb.rnx,96\n")
    assert read_truth(tmp_path)["b.rnx"]["n_epochs"] == "96"


def test_an_environment_without_the_node_has_nothing_to_prove(environment: Environment) -> None:
    node = node_of(environment)
    assert node is not None
    assert node.answer.name == "EPOS_GLASS_Framework"
    fewer = environment.model_copy(update={"applications": environment.applications[:2]})
    assert node_of(fewer) is None


def test_who_is_left_out_of_the_files_way_is_asked(environment: Environment) -> None:
    assert taken_through(environment) == {*NEEDED, "database", "RunQC", "EPOS_Sync_System"}
    others = tuple(app for app in environment.applications if app.name != "database")
    without = environment.model_copy(update={"applications": others})
    assert node_of(without)
    assert taken_through(without) == set(NEEDED), "RunQC and the synchronisation are asked"


def test_an_application_plays_its_part_whatever_its_name(environment: Environment) -> None:
    renamed = tuple(
        app.model_copy(update={"name": f"my-{app.name}"}) for app in environment.applications
    )
    mine = environment.model_copy(update={"applications": renamed})
    node = node_of(mine)
    assert node is not None
    assert node.index.name == "my-indexGD"
    assert taken_through(mine) == {f"my-{name}" for name in taken_through(environment)}


def test_what_a_node_lacks_is_told(environment: Environment) -> None:
    others = tuple(app for app in environment.applications if app.name != "indexGD")
    without = environment.model_copy(update={"applications": others})
    step = proof_step(without, cast(Any, None), Path, [])
    assert step.plan().reason.endswith("no EPOS node without indexGD")
