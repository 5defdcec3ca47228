"""What would let somebody in is in no source of ours: found by reading all of them."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.metadata import version
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[3]
ROOMS = (
    *("apps", "bench", "blocks", "commands", "deployments", "flows", "history", "lab"),
    *("recommendation", "report", "runs", "tasks", "toolchains"),
)
# Names that a call must not have: others' objects, a shell, code from text.
NEVER_CALLED = {
    *("yaml.load_all", "yaml.unsafe_load", "yaml.full_load", "pickle.load", "pickle.loads"),
    *("marshal.loads", "os.system", "os.popen", "eval", "exec", "tempfile.mktemp"),
    *("ssl._create_unverified_context", "paramiko.AutoAddPolicy", "paramiko.WarningPolicy"),
}
# Runs in a root that is thrown away, on an application's own modules.
ALLOWED = {("toolchains/linux/scan_imports.py", "exec")}
NEVER_WRITTEN = re.compile(
    r"StrictHostKeyChecking[= ](no|accept-new|off)|verify=False|CERT_NONE|docker\.sock:"
    r"|--privileged|privileged: true|network_mode: host|pid: host"
    r"|ForwardAgent[= ]yes|ssh -[A-Za-z]*[AXY] "
)


@cache
def sources() -> dict[str, str]:
    """All that is run of ours, by path; tests and documents say what is refused."""
    found = [file for room in ROOMS for file in (PROJECT / room).rglob("*") if file.is_file()]
    found += [*PROJECT.glob("*.py"), *(PROJECT / "script").iterdir()]
    kept = [file for file in found if not {"__pycache__", "node_modules"} & set(file.parts)]
    text = {}
    for file in kept:
        try:
            text[str(file.relative_to(PROJECT))] = file.read_text()
        except UnicodeDecodeError:
            continue  # a picture, an archive
    return text


def calls(source: str) -> Iterator[ast.Call]:
    return (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call))


def python() -> dict[str, str]:
    return {path: text for path, text in sources().items() if path.endswith(".py")}


def test_nothing_is_missed() -> None:
    assert len(python()) > 300
    assert "script/bootstrap" in sources()


def test_01_04_05_no_source_calls_what_lets_others_in() -> None:
    found = {
        (path, ast.unparse(call.func))
        for path, text in python().items()
        for call in calls(text)
        if ast.unparse(call.func) in NEVER_CALLED
    }
    assert found <= ALLOWED


def test_04_no_program_is_started_by_a_shell() -> None:
    found = {
        path
        for path, text in python().items()
        for call in calls(text)
        for word in call.keywords
        if word.arg == "shell" and ast.unparse(word.value) in ("True", "1")
    }
    assert found == set()


def test_01_03_13_no_source_says_what_lets_others_in() -> None:
    found = {
        (path, said[0]) for path, text in sources().items() for said in NEVER_WRITTEN.finditer(text)
    }
    assert found == set()


def test_01_04_the_linter_looks_for_it_as_well() -> None:
    told = tomllib.loads((PROJECT / "pyproject.toml").read_text())["tool"]["ruff"]["lint"]
    assert {"S507", "S602", "S604", "S605"} <= set(told["select"])
    assert not {"S", "S507", "S602", "S604", "S605"} & {
        rule for rules in told["per-file-ignores"].values() for rule in rules
    }


def test_02_paramiko_is_none_of_those_with_known_holes() -> None:
    # CVE-2023-48795 (Terrapin) before 3.4, CVE-2026-44405 before 5.0.
    assert tuple(map(int, version("paramiko").split(".")[:2])) >= (5, 0)
    locked = re.search(r"^paramiko==(\d+)", (PROJECT / "requirements.lock").read_text(), re.M)
    assert locked and int(locked[1]) >= 5


def test_16_every_locked_package_has_its_hashes_and_names_no_host() -> None:
    text = (PROJECT / "requirements.lock").read_text()
    packages = re.split(r"^(?=[A-Za-z0-9])", text, flags=re.MULTILINE)[1:]
    assert len(packages) > 50
    assert [one.split()[0] for one in packages if "--hash=sha256:" not in one] == []
    assert not re.search(r"https?://|git\+|--(extra-)?index-url", text)
    assert "--require-hashes" in (PROJECT / "script" / "bootstrap").read_text()


@pytest.mark.parametrize("word", ["allow_agent", "look_for_keys"])
def test_03_no_key_is_offered_but_the_one_that_was_named(word: str) -> None:
    connects = [
        call
        for text in python().values()
        for call in calls(text)
        if ast.unparse(call.func).endswith(".connect")
        and any(given.arg == "hostname" or given.arg == "pkey" for given in call.keywords)
    ]
    assert connects
    for call in connects:
        given = {one.arg: ast.unparse(one.value) for one in call.keywords}
        assert given[word] == "False"
