"""Importing much at once: no garbage is looked for meanwhile, and none in what was imported."""

from __future__ import annotations

import gc

import pytest

from runs.much_imported import much_imported


def test_what_was_imported_is_never_looked_through_again() -> None:
    before = gc.get_freeze_count()
    try:
        with much_imported():
            assert not gc.isenabled()
            modules: list[list[int]] = [[] for _ in range(1000)]
        assert gc.isenabled()
        assert gc.get_freeze_count() >= before + len(modules)
    finally:
        gc.unfreeze()


def test_an_import_that_fails_leaves_collecting_as_it_was() -> None:
    try:
        with pytest.raises(ImportError), much_imported():
            raise ImportError
        assert gc.isenabled()
    finally:
        gc.unfreeze()
