"""No test is left out unnoticed: under script/test a skip is a failure."""

from __future__ import annotations

import signal
from collections.abc import Generator
from pathlib import Path

import pytest

# Real RINEX files and Anubis' real reports are their owners', not part of the project.
REAL_FILES = Path(__file__).parents[2] / "shared" / "data"
FIXTURES_OF_REAL_FILES = {"real_archive", "anubis_reports"}
NEXT = "script/test-tools installs what the tests need; script/test runs it, and leaves none out"


@pytest.fixture(scope="session")
def real_archive() -> Path:
    return REAL_FILES / "rinex"


@pytest.fixture(scope="session")
def anubis_reports() -> list[Path]:
    return sorted((REAL_FILES / "anubis").glob("*/out.xml"))


def pytest_configure() -> None:
    """Hear what a shell's `&` or nohup ignores: tests send signals.

    A program inherits what is ignored, not how it is heard.
    """
    for number, heard in (
        (signal.SIGINT, signal.default_int_handler),
        (signal.SIGHUP, signal.SIG_DFL),
    ):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, heard)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--no-skips", action="store_true", help="a skipped test fails; script/test")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the tests on real files where these are absent."""
    if REAL_FILES.is_dir():
        return
    left_out = [item for item in items if FIXTURES_OF_REAL_FILES & set(_fixtures_of(item))]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


def _fixtures_of(item: pytest.Item) -> list[str]:
    return item.fixturenames if isinstance(item, pytest.Function) else []


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if not hasattr(report, "wasxfail"):
        _refuse_a_skip(item.config, report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    _refuse_a_skip(collector.config, report)
    return report


def _refuse_a_skip(config: pytest.Config, report: pytest.TestReport | pytest.CollectReport) -> None:
    if report.skipped and config.getoption("no_skips"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"{reason}\n  next: {NEXT}"
