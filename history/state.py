"""How runs and steps end."""

from __future__ import annotations

from typing import Literal, get_args

StepState = Literal["unchanged", "changed", "failed", "skipped", "cancelled"]
RunState = Literal["done", "failed", "cancelled"]

RUN_STATES = ("running", *get_args(RunState), "interrupted")
STEP_STATES = ("running", *get_args(StepState), "interrupted")
