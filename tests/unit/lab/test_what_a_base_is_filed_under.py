"""Base images are found again by the content of their recipe, and use the operator's mirror."""

import dataclasses

import pytest

from lab.mirrors.sources import choose_sources
from lab.recipe import Recipe

RECIPE = Recipe(sources=("deb http://mirror.example/debian trixie main",))


def test_equal_recipes_have_equal_keys() -> None:
    assert RECIPE.key() == dataclasses.replace(RECIPE).key()


@pytest.mark.parametrize(
    "change",
    [
        {"sources": ()},
        {"suite": "sid"},
        {"packages": ("systemd-sysv",)},
        {"files": ()},
        {"masked_units": ()},
        {"disc_grub_cfg": ""},
        {"version": 2},
        {"root_gib": 20},
    ],
    ids=lambda change: next(iter(change)),
)
def test_every_part_of_the_recipe_changes_the_key(change: dict[str, object]) -> None:
    changed: Recipe = dataclasses.replace(RECIPE, **change)  # type: ignore[arg-type]
    assert changed.key() != RECIPE.key()


def test_the_server_has_a_distributor_or_grub_would_not_find_xen() -> None:
    assert "GRUB_DISTRIBUTOR=" in dict(RECIPE.files)["etc/default/grub"]


def test_sources_are_the_operators_own_mirrors() -> None:
    targets = (
        "bookworm|main|https://other.example/\n"
        "bookworm|main|http://mirror.example/debian/\n"
        "bookworm-updates|main|http://mirror.example/debian/\n"
        "bookworm-updates|contrib|http://mirror.example/elsewhere/\n"
        "bookworm-backports|main|http://mirror.example/backports/\n"
        "bookworm-security|main|http://mirror.example/security/\n"
    )
    assert choose_sources(targets, "trixie") == (
        "deb http://mirror.example/debian/ trixie main",
        "deb http://mirror.example/debian/ trixie-updates main",
        "deb http://mirror.example/security/ trixie-security main",
    )


def test_without_a_debian_mirror_mmdebstrap_decides() -> None:
    assert choose_sources("nodistro|main|http://other.example/\n", "trixie") == ()
    assert choose_sources("", "trixie") == ()
