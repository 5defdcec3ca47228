"""A schedule or a time zone that is none is refused before anything is started."""

from __future__ import annotations

import os
from pathlib import Path
from types import ModuleType

import pytest

NO_SCHEDULES = [
    *("61 * * * *", "* * * *", "nightly", "0-70 * * * *", "*/0 * * * *", "R R * * *"),
    *("* * * * * *", "0 0 31 2 *", "0 3 * * *; rm -rf /", "$(id) * * * *", "\u0663 * * * *"),
]


@pytest.fixture
def served(flows: ModuleType, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Promise that nothing is started, and that it is noted where something would be."""
    started: list[str] = []

    def would_start() -> None:
        started.append("a server")
        raise KeyboardInterrupt

    monkeypatch.setattr("commands.serve.serving_alone", would_start)
    return started


@pytest.mark.parametrize("cron", NO_SCHEDULES)
def test_62_what_is_no_schedule_is_refused(
    served: list[str], own_state: Path, capsys: pytest.CaptureFixture[str], cron: str
) -> None:
    from commands import serve

    assert serve.main(["--cron", cron]) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"--cron {cron!r} is no schedule\n")
    assert "five fields" in said
    assert served == []
    assert not own_state.exists()


@pytest.mark.parametrize("zone", ["Europe/Lisboa", "Nowhere/Land", ":Mars/Olympus"])
def test_62_what_is_no_time_zone_is_refused(
    served: list[str],
    own_state: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    zone: str,
) -> None:
    from commands import serve

    monkeypatch.setenv("TZ", zone)
    assert serve.main(["--cron", "0 3 * * *"]) == 2
    assert f"there is no time zone {zone}\n  next: " in capsys.readouterr().err
    assert served == []
    assert not own_state.exists()


def test_11_no_run_is_given_the_address_that_is_told_of_failures(
    served: list[str], own_state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from commands import serve

    monkeypatch.setenv("EPOS_VIRT_NOTIFY", "https://hooks.example/canary")
    asked = serve.parser().parse_args([])
    with pytest.raises(KeyboardInterrupt):
        serve.serve(asked)
    assert served == ["a server"]
    assert asked.notify == "https://hooks.example/canary"
    assert "EPOS_VIRT_NOTIFY" not in os.environ


@pytest.mark.parametrize(
    "url",
    [
        "ftp://u:canary@hooks.example/x",
        "http://u:canary@127.0.0.1:99999/x",
        "http://u:canary@127.0.0.1:0/x",
        "http://u:canary@127.0.0.1:http/x",
        "http://[::1/canary",
        "https:///canary",
        "https://hooks.example/canary\nx",
        "https://hooks.example/can ary",
    ],
)
def test_11_what_nothing_can_be_sent_to_is_refused_and_not_repeated(
    served: list[str], own_state: Path, capsys: pytest.CaptureFixture[str], url: str
) -> None:
    from commands import serve

    assert serve.main(["--notify", url]) == 2
    said = capsys.readouterr().err
    assert said.startswith("--notify is given no address of HTTP\n  next: ")
    assert "canary" not in said
    assert served == []
    assert not own_state.exists()


@pytest.mark.parametrize("zone", ["Europe/Lisbon", ":Europe/Lisbon", "UTC", "CET-1CEST", ""])
def test_a_time_zone_of_this_machine_is_taken(flows: ModuleType, zone: str) -> None:
    from commands.serve.offering import check_zone

    check_zone(zone)
