"""Any file gives an environment or WrongInput; never another exception."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deployments.load import load_environment
from deployments.model import Environment
from errors import WrongInput

BASE_TEXT = (Path(__file__).parent / "base.yaml").read_text()
BASE: dict[str, Any] = yaml.safe_load(BASE_TEXT)
KEYS = sorted({key for key in BASE_TEXT.replace(":", " ").split() if key.isalnum()})

AWKWARD = [
    *("no", "1_000", "1e3", ".nan", "~", "[key]", "<<", "*a", "&a", "{", "}", "'", "?", "- - -"),
    *("---", "...", "%YAML 9.9", "!!int 1", "${A}", "\t", "\r", "\ufeff", "\u2028", "\x85"),
]
awkward = st.sampled_from(AWKWARD)
scalars = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20), awkward
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.one_of(st.sampled_from(KEYS), st.text(max_size=8)), inner, max_size=4),
    ),
    max_leaves=12,
)
quick = settings(
    max_examples=60,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def load(folder: Path, content: bytes) -> None:
    """Load a file; what comes out is right or says what is wrong."""
    file = folder / "environment.yaml"
    file.write_bytes(content)
    try:
        environment = load_environment(file)
    except WrongInput as error:
        said = str(error)
        assert said.startswith(str(file))
        assert "\n  next: " in said
        assert all(character.isprintable() or character == "\n" for character in said)
        assert len(said) < 40_000
    else:
        assert isinstance(environment, Environment)


@quick
@given(content=st.binary(max_size=200))
def test_any_bytes(content: bytes, tmp_path: Path) -> None:
    load(tmp_path, content)


@quick
@given(content=st.text(max_size=200))
def test_any_text(content: str, tmp_path: Path) -> None:
    load(tmp_path, content.encode(errors="surrogatepass"))


@quick
@given(value=values)
def test_any_yaml(value: object, tmp_path: Path) -> None:
    load(tmp_path, yaml.safe_dump(value, allow_unicode=True).encode(errors="surrogatepass"))


@quick
@given(data=st.data())
def test_an_environment_with_any_value_in_any_place(data: st.DataObject, tmp_path: Path) -> None:
    environment: Any = copy.deepcopy(BASE)
    here: Any = environment
    while True:
        places = list(here) if isinstance(here, dict) else list(range(len(here)))
        place = data.draw(st.sampled_from(places))
        if not isinstance(here[place], dict | list) or not here[place] or data.draw(st.booleans()):
            break
        here = here[place]
    here[place] = data.draw(values)
    load(tmp_path, yaml.safe_dump(environment).encode())


@quick
@given(data=st.data(), word=st.one_of(awkward, st.text(max_size=6)))
def test_an_environment_with_any_text_put_in_anywhere(
    data: st.DataObject, word: str, tmp_path: Path
) -> None:
    at = data.draw(st.integers(min_value=0, max_value=len(BASE_TEXT)))
    cut = data.draw(st.integers(min_value=0, max_value=20))
    content = BASE_TEXT[:at] + word + BASE_TEXT[at + cut :]
    load(tmp_path, content.encode(errors="surrogatepass"))


@pytest.mark.parametrize("end", range(0, len(BASE_TEXT), 97))
def test_an_environment_cut_short(end: int, tmp_path: Path) -> None:
    load(tmp_path, BASE_TEXT[:end].encode())
