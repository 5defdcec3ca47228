"""Help, wrong input, check and completion wait for nothing that is slow to import.

What was imported is the proof: a clock says something else on every machine.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from commands.words import WORDS
from tests.unit.commands.started import PROJECT, Call, Ended, start

SLOW = {
    "alembic",
    "docker",
    "fastparquet",
    "fastapi",
    "httpx",
    "jinja2",
    "libvirt",
    "numpy",
    "pandas",
    "paramiko",
    "prefect",
    "psycopg2",
    "requests",
    "rich.console",
    "rich.live",
    "sqlalchemy",
}
READING = {"pydantic", "yaml", "ruamel.yaml"}  # 0.2 s, and needed only where a file is read
FLOWS = (
    "compose_up",
    "create_domu",
    "deploy_all",
    "doctor",
    "history",
    "logs",
    "measure",
    "open",
    "plan",
    "prepare_host",
    "ps",
    "recommend",
    "register_blocks",
    "report",
    "rm",
    "rotate_secrets",
    "run_unikernels",
    "serve",
    "start",
    "stop",
    "teardown",
)


def ids(calls: list[Call]) -> list[str]:
    return [" ".join((call.module, *call.arguments)) for call in calls]


HELP = [
    *(Call(f"flows.{name}", ("--help",)) for name in FLOWS),
    *(
        Call("flows.history", (verb, "--help"))
        for verb in ("metrics", "compare", "trends", "export")
    ),
    Call("deployments", ("--help",)),
    Call("lab", ("--help",)),
    Call("lab", ("up", "--help")),
    Call("commands", ("--help",)),
    *(Call("commands", (name, "--help")) for name, word in WORDS.items() if not word.program),
]
WRONG_USAGE = [
    Call("flows.deploy_all", ("--plann",)),
    Call("flows.ps", ("-o", "xml")),
    Call("flows.history", ("list", "--limit", "0")),
    Call("flows.history", ("compare", "last")),
    Call("flows.recommend", ("--start", "-1")),
    Call("commands", ("deplyo",)),
]


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Ended]:
    """Promise that help and wrong usage were asked for, in one process."""
    calls = [*HELP, *WRONG_USAGE]
    return dict(zip(ids(calls), start(calls, tmp_path_factory.mktemp("state")), strict=True))


@pytest.mark.parametrize("call", ids(HELP))
def test_help_imports_nothing_slow(ended: dict[str, Ended], call: str) -> None:
    assert (ended[call].status, ended[call].stderr) == (0, "")
    assert ended[call].stdout.startswith("usage: ")
    assert ended[call].imported & (SLOW | READING) == set()


@pytest.mark.parametrize("call", ids(WRONG_USAGE))
def test_wrong_usage_imports_nothing_slow(ended: dict[str, Ended], call: str) -> None:
    assert (ended[call].status, ended[call].stdout) == (2, "")
    assert ended[call].imported & (SLOW | READING) == set()


def wrong_files(folder: Path) -> Iterator[Path]:
    shipped = (PROJECT / "deployments/lab.yaml").read_text()
    layers = [f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]" for n in range(1, 12)]
    for name, text in {
        "misspelled": shipped.replace("gateway:", "gatway:"),
        "alias_bomb": "\n".join(["l0: &l0 [lol]", *layers]),
        "1500_levels": "schema: 1\nname: " + "[" * 1500 + "]" * 1500,
        "ten_megabytes": "# filler\n" * 1_200_000,
        "many_keys": "schema: 1\n" + "".join(f"key{n}: 1\n" for n in range(80_000)),
    }.items():
        file = folder / f"{name}.yaml"
        file.write_text(text)
        yield file
    yield folder / "missing.yaml"


TAKE_A_FILE = [
    Call("flows.deploy_all"),
    Call("flows.teardown", ("--yes",)),
    Call("flows.ps", ("-e",)),
    Call("flows.register_blocks"),
    Call("flows.stop", ("RunQC", "-e")),
    Call("deployments", ("check",)),
]
WRONG_NAMES = [
    (Call("flows.stop", ("RunQS",)), "write `RunQC` (the nearest)"),
    (Call("flows.logs", ("RunQS",)), "write `RunQC` (the nearest)"),
    (Call("flows.rm", ("RunQS", "--yes")), "write `RunQC` (the nearest)"),
    (Call("flows.deploy_all", ("--only", "bridg")), "write `bridge` (the nearest); known: "),
    (Call("flows.teardown", ("--skip", "gests")), "write `guests` (the nearest); known: "),
]


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[tuple[Path, Ended]]]:
    """Promise that each was given every wrong file, in one process.

    What one imported the next finds; what is slow is the first one's failure then.
    """
    files = list(wrong_files(tmp_path_factory.mktemp("wrong")))
    calls = [
        Call(call.module, (*call.arguments, str(file))) for call in TAKE_A_FILE for file in files
    ]
    answers = iter(start(calls, tmp_path_factory.mktemp("state")))
    return {call.module: [(file, next(answers)) for file in files] for call in TAKE_A_FILE}


@pytest.mark.parametrize("module", [call.module for call in TAKE_A_FILE])
def test_a_wrong_file_is_told_before_anything_slow_is_imported(
    read: dict[str, list[tuple[Path, Ended]]], module: str
) -> None:
    for file, ended in read[module]:
        assert (ended.status, ended.stdout) == (2, "")
        assert ended.stderr.startswith(str(file))
        assert "  next: " in ended.stderr
        assert ended.imported & SLOW == set()


@pytest.fixture(scope="module")
def named(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Ended]]:
    """Promise that wrong names were given, in one process; the state folder, and the answers."""
    state = tmp_path_factory.mktemp("state")
    calls = [call for call, _ in WRONG_NAMES]
    return state, dict(zip((call.module for call in calls), start(calls, state), strict=True))


@pytest.mark.parametrize(("module", "said"), [(call.module, said) for call, said in WRONG_NAMES])
def test_a_wrong_name_is_told_before_anything_slow_is_imported(
    named: tuple[Path, dict[str, Ended]], module: str, said: str
) -> None:
    state, ended = named[0], named[1][module]
    assert (ended.status, ended.stdout) == (2, "")
    assert said in ended.stderr
    assert ended.imported & SLOW == set()
    assert not (state / "history.sqlite").exists()


def test_check_imports_nothing_slow(own_state: Path) -> None:
    [ended] = start([Call("deployments", ("check", "deployments/lab.yaml"))], own_state)
    assert ended.status == 0
    assert ended.stdout.startswith("ok: lab on ")
    assert ended.imported & SLOW == set()


def test_listing_runs_imports_sqlalchemy_only(own_state: Path) -> None:
    from history import open_history

    open_history(str(own_state / "history.sqlite")).close()
    [listed, again] = start([Call("flows.history", ("list", "-o", "json"))] * 2, own_state)
    assert (listed.status, listed.stdout, listed.stderr) == (0, "[]\n", "")
    assert listed.imported & SLOW == {"sqlalchemy"}
    assert again.imported & SLOW == set()


def test_a_plan_imports_no_prefect_and_no_database(own_state: Path) -> None:
    [ended] = start([Call("flows.prepare_host", ("--plan", "--only", "lab"))], own_state)
    assert ended.status == 0
    assert "+ lab lab: lab lab is absent" in ended.stdout
    assert ended.imported & SLOW == set()


COMPLETIONS = {
    "epos-virt ": set(WORDS),
    "epos-virt de": {"deploy"},
    "epos-virt logs Run": {"RunQC"},
    "epos-virt stop RunQC ind": {"indexGD"},
    "epos-virt ps --env": {"--environment"},
    "epos-virt deploy --only bri": {"bridge", r"bridge\ xenbr0"},
    "epos-virt teardown --skip g": {"guests"},
    "epos-virt lab snap": {"snapshot"},
    "epos-virt history show ": {"last"},
    "epos-virt history compare last ": {"last"},
    "epos-virt history tr": {"trends"},
    "epos-virt rep": {"report"},
    "epos-virt report ": {"last"},
    "epos-virt recommend deployments/la": {"deployments/lab.yaml"},
    "epos-virt check deployments/la": {"deployments/lab.yaml"},
    "epos-virt serve --no": {"--notify"},
    "epos-virt nonsense ": set(),
    "epos-virt logs -e nowhere.yaml ": set(),
}


def test_completion_imports_nothing_slow(own_state: Path, tmp_path: Path) -> None:
    calls = []
    for number, line in enumerate(COMPLETIONS):
        (tmp_path / str(number)).touch()
        shell = {"_ARGCOMPLETE": "1", "_ARGCOMPLETE_SHELL": "bash"}
        cursor = {"COMP_LINE": line, "COMP_POINT": str(len(line))}
        answer = {"_ARGCOMPLETE_STDOUT_FILENAME": str(tmp_path / str(number))}
        calls.append(Call("commands", (), shell | cursor | answer))
    for number, ended in enumerate(start(calls, own_state)):
        answers = (tmp_path / str(number)).read_text().split("\v")
        line = calls[number].environment["COMP_LINE"]
        assert {word.strip() for word in answers} - {""} == COMPLETIONS[line], line
        assert (ended.status, ended.stdout, ended.stderr) == (0, "", "")
        assert ended.imported & SLOW == set(), line
