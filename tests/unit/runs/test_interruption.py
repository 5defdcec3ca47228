"""Ending a run: every thread of it is told once, what it then undoes is not disturbed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from contextvars import copy_context
from pathlib import Path

import pytest

from runs import interruption
from runs.interruption import Interrupted, interrupted_once, interruptible, pause, undoing
from runs.wait import wait_until
from tests.patience import LONGEST

PROJECT = Path(__file__).parents[3]


@pytest.mark.parametrize("number", interruption.SIGNALS)
def test_a_signal_ends_a_wait(number: int) -> None:
    before = signal.getsignal(number)
    with pytest.raises(Interrupted), interruptible():

        def ring() -> bool:
            os.kill(os.getpid(), number)
            return False

        wait_until(ring, what="nothing", within=60, remedy="")
    assert signal.getsignal(number) is before


def test_every_thread_is_told_once() -> None:
    told: list[str] = []

    def work() -> None:
        try:
            pause(60)
        except Interrupted:
            told.append("told")
        pause(0.01)  # what comes then, as undoing, is not disturbed
        interruption.check()

    with interruptible() as one:
        threads = [threading.Thread(target=copy_context().run, args=(work,)) for _ in range(3)]
        for thread in threads:
            thread.start()
        one.ask()
        for thread in threads:
            thread.join(30)
    assert told == ["told"] * 3


def test_what_undoes_when_the_run_is_ended_is_told_after_it() -> None:
    undone = False
    with interruptible() as one, pytest.raises(Interrupted):
        with undoing():
            one.ask()
            wait_until(lambda: one.asked, what="the bell", within=30, remedy="")
            pause(0.01)
            undone = True
        interruption.check()
    assert undone


def test_what_blocks_is_broken_when_the_run_is_ended() -> None:
    broken = threading.Event()
    with interruptible() as one, one.acting(broken.set):
        one.ask()
        one.ask()
        assert broken.wait(LONGEST)


def test_outside_a_run_nothing_is_ended() -> None:
    interruption.check()
    with undoing():
        pause(0)


def test_only_the_first_signal_interrupts_a_command() -> None:
    cleaned = False
    with pytest.raises(KeyboardInterrupt), interrupted_once():
        try:
            os.kill(os.getpid(), signal.SIGTERM)
        finally:
            os.kill(os.getpid(), signal.SIGHUP)
            os.kill(os.getpid(), signal.SIGINT)
            cleaned = True
    assert cleaned


def test_what_nohup_ignores_is_ignored() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with interrupted_once(), interruptible() as one:
            os.kill(os.getpid(), signal.SIGHUP)
        assert not one.asked
    finally:
        signal.signal(signal.SIGHUP, before)


WITH_PROGRAMS = """
import subprocess, sys
from runs.child import end_children
from tests.patience import LONGEST

def started(**options):
    return subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, **options)

with started() as of_a_step, started(start_new_session=True) as server:
    end_children()
    of_a_step.wait(LONGEST)
    print(of_a_step.returncode, server.poll())
    server.kill()
"""


def test_programs_of_steps_are_ended_and_the_run_s_own_servers_are_not() -> None:
    # In a process of its own: the tests have programs, too.
    command = [sys.executable, "-c", WITH_PROGRAMS]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True)
    assert done.stdout == f"{-signal.SIGTERM} None\n"
