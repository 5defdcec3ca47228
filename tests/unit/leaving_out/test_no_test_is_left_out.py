"""Under script/test a skipped test fails, and says what brings that which it lacks."""

from __future__ import annotations

import pytest

from tests import needs

pytest_plugins = ["pytester"]
TESTS = """
    import pytest
    from tests import needs

    def test_without_its_program():
        needs.program("no-such-program", package="its-package")

    @pytest.mark.skipif(True, reason="no tool")
    def test_left_out_by_a_mark():
        pass

    @pytest.mark.xfail
    def test_known_to_fail():
        assert False

    def test_with_what_it_needs():
        assert needs.program("sh", package="dash").endswith("/sh")
"""


@pytest.fixture
def run(pytester: pytest.Pytester) -> pytest.Pytester:
    pytester.makeconftest("from tests.conftest import *")
    pytester.makepyfile(TESTS)
    pytester.plugins = ["no:hypothesispytest"]  # two seconds of imports
    return pytester


def test_a_person_may_run_what_this_machine_can(run: pytest.Pytester) -> None:
    run.runpytest_inprocess().assert_outcomes(passed=1, skipped=2, xfailed=1)


def test_script_test_leaves_none_out(run: pytest.Pytester) -> None:
    ended = run.runpytest_inprocess("--no-skips")
    ended.assert_outcomes(passed=1, failed=1, errors=1, xfailed=1)
    ended.stdout.fnmatch_lines(["*no no-such-program on this machine: apt-get install its-package"])
    ended.stdout.fnmatch_lines(["*next: script/test-tools installs what the tests need*"])


def test_a_module_may_not_leave_itself_out(run: pytest.Pytester) -> None:
    run.makepyfile(test_whole="import pytest\npytest.importorskip('no_such_module')")
    run.runpytest_inprocess("--no-skips", "test_whole.py").assert_outcomes(errors=1)


def test_what_is_on_no_path_of_a_user_is_found() -> None:
    assert needs.program("ldconfig", package="libc-bin").endswith("/sbin/ldconfig")
