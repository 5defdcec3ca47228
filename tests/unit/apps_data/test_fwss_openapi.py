"""FWSS's OpenAPI document says what its code does: of every field, route, answer and status."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

Load = Callable[[str], ModuleType]
# A position must lie near the earth's surface, a moment be a day that there is: a description says
# so, for JSON Schema cannot.
SAID_IN_WORDS = ("moment", "position", "angle")
TRICKY = ["", ".", "..", "/", "a/b", "a/../b", "HOUZ", "houz00glp", "HOUZ\n", "\x00", "\ud800",
          "\xdf" * 4, "\u0131tA", "a" * 1000, "a" * 1001, "0" * 32, "F" * 32, "DEU", "deu", 5.0, -1,
          1 << 63, (1 << 63) - 1, 10**400, -(10**400), 1e308, 1.79e308, True, None, [], {},
          [1, 2, 3], "antenna", "observation", "daily", ["EPOS"], [["x"]]]  # fmt: skip
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=40) | st.sampled_from(TRICKY),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip


@pytest.fixture(scope="module")
def document(fwss: Load) -> dict[str, Any]:
    found: dict[str, Any] = fwss("openapi").document(1000)
    return found


def test_it_is_openapi_with_right_schemas(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    for schema in schemas(document):
        Draft202012Validator.check_schema(schema)


def schemas(node: Any) -> Iterator[dict[str, Any]]:
    """Give all schemas of the document."""
    if isinstance(node, dict):
        for name, inner in node.items():
            if name == "schema":
                yield inner
            elif name == "schemas":
                yield from inner.values()
            else:
                yield from schemas(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from schemas(inner)


def test_every_route_is_in_it_and_no_other(fwss: Load, document: dict[str, Any]) -> None:
    rules = fwss("web_server").app.url_map.iter_rules()
    served = {(rule.rule, verb) for rule in rules for verb in {"GET", "POST"} & {*rule.methods}}
    said = {(path, verb.upper()) for path, verbs in document["paths"].items() for verb in verbs}
    assert said == served


@given(value=json_values)
@settings(max_examples=50, deadline=None)
def test_what_a_field_takes_is_what_is_said_of_it(fwss: Load, value: Any) -> None:
    fields = fwss("fields")
    checks = [fields.text, fields.file_name, fields.folder, fields.marker, fields.md5,
              fields.country, fields.number, fields.count, fields.one_of("antenna", "daily"),
              fields.list_of(fields.text, 3)]  # fmt: skip
    for check in checks:
        assert taken(check, value) == valid(fields.schema_of(check), value), (check, value)


@pytest.mark.parametrize("value", TRICKY, ids=repr)
def test_so_it_is_of_what_was_thought_of(fwss: Load, value: Any) -> None:
    what = fwss("fields")
    names = ("text", "file_name", "folder", "marker", "md5", "country", "number", "count")
    for name in names:
        check = getattr(what, name)
        assert taken(check, value) == valid(what.schema_of(check), value), name


def taken(check: Callable[[Any], Any], value: Any) -> bool:
    try:
        check(value)
    except ValueError:
        return False
    return True


def valid(schema: dict[str, Any], value: Any) -> bool:
    return Draft202012Validator(schema).is_valid(value)


@given(moment=st.datetimes())
@settings(max_examples=50, deadline=None)
def test_the_forms_that_are_described_in_words_are_taken(fwss: Load, moment: datetime) -> None:
    assert fwss("fields").moment(moment.isoformat()) == moment
    for name in SAID_IN_WORDS:
        module = fwss("products" if name == "angle" else "fields")
        for example in fwss("fields").schema_of(getattr(module, name))["examples"]:
            getattr(module, name)(example)


def test_a_whole_record_is_what_is_said_of_it(fwss: Load, document: dict[str, Any]) -> None:
    read, bad = fwss("fields").read, fwss("fields").BadInputError
    said = document["components"]["schemas"]
    right = {"marker": "HOUZ", "country": "GLP", "monument": {"height": 1}, "equipment": [
        {"type": "antenna", "name": "TRM57971.00", "date_from": "2021-01-01"}]}  # fmt: skip
    assert read(right, fwss("stations").STATION, "station")
    assert valid(said["Station"], right)
    for wrong in ({**right, "markr": 1}, {}, {**right, "marker": None}, {**right, "monument": 5},
                  {**right, "equipment": [{"type": "clock", "name": "x"}]}):  # fmt: skip
        assert not valid(said["Station"], wrong)
        with pytest.raises(bad):
            read(wrong, fwss("stations").STATION, "station")


@pytest.mark.parametrize("path", ["/stations", "/files", "/products", "/sitelogs", "/qc"])
@pytest.mark.parametrize(
    "body",
    [b"", b"[", b"{}", b"[1]", b"null", b"5" * 5000, b"[" * 100_000, b"\x00\xff", b"<a/>", b"NaN",
     b'{"marker": ' + b"9" * 4000 + b"}", b'[{"n_epochs": 1e999}]', b'"\\ud800"'],
    ids=lambda body: f"{body[:9]!r} {len(body)}",
)  # fmt: skip
@pytest.mark.parametrize("kind", ["application/json", "x"])
def test_every_answer_is_one_that_is_described(
    fwss: Load,
    document: dict[str, Any],
    path: str,
    body: bytes,
    kind: str,
    tmp_path: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "write_token").write_text("token")
    monkeypatch.setenv("WRITE_TOKEN_FILE", str(tmp_path / "write_token"))
    monkeypatch.setenv("DATABASE_PASSWORD_FILE", str(tmp_path / "write_token"))
    monkeypatch.setenv("DATABASE_ADDRESS", "127.0.0.1:1")  # what comes to the database: 503
    fwss("store").engine.cache_clear()
    headers = {"Authorization": "Bearer token", "Content-Type": kind}
    answer = fwss("web_server").app.test_client().post(path, data=body, headers=headers)
    described = document["paths"][path]["post"]["responses"]
    assert str(answer.status_code) in described, answer.text
    assert answer.status_code != 200 or kind == "application/json"
    if answer.status_code != 200:
        Draft202012Validator(document["components"]["schemas"]["Error"]).validate(answer.get_json())


def test_it_is_served(fwss: Load, document: dict[str, Any]) -> None:
    answer = fwss("web_server").app.test_client().get("/openapi.json")
    assert (answer.status_code, answer.get_json()) == (200, document)
    refers = re.findall(r'"#/components/schemas/(\w+)"', answer.text)
    assert set(refers) <= document["components"]["schemas"].keys()
