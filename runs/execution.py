"""Carrying out steps: in parallel where they are independent, recorded, resumable."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from prefect import get_run_logger, task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.context import TagsContext
from prefect.futures import PrefectFuture, as_completed
from prefect.states import Cancelled, Completed
from prefect.tasks import exponential_backoff

from errors import EposVirtError
from history import History
from runs.build_notes import forget, note, notes
from runs.concealing import Conceal, concealed, concealed_error, concealed_plan
from runs.interruption import Interrupted, Interruption
from runs.lost_connection import transient_if_lost
from runs.progress import Progress
from runs.step import Outcome, Plan, Results, Step, in_order
from runs.telling import tell, told_to

RETRY_FIRST = 2.0  # seconds before the first retry; doubles each time, with jitter


class StepsFailed(EposVirtError):
    """At least one step failed."""


@dataclass
class Execution:
    """One run's steps on their way.

    Args:
        history: where every step is recorded.
        run: the run's id there.
        progress: what the operator sees.
        interruption: whether the operator has ended the run.
        changing: is told before anything is changed.
        ended: is told how many steps have ended, and of how many.
        conceal: takes secrets out of all that is told, logged and kept.
    """

    history: History
    run: str
    progress: Progress
    interruption: Interruption
    changing: Callable[[], None] = lambda: None
    ended: Callable[[int, int], None] = lambda _ended, _steps: None
    conceal: Conceal = str  # as it is
    _attempts: dict[str, int] = field(default_factory=dict)
    _records: dict[str, int] = field(default_factory=dict)
    _looks: dict[str, Plan] = field(default_factory=dict)  # of builds that are about to begin
    _outcomes: dict[str, Outcome] = field(default_factory=dict)

    def carry_out(self, steps: Sequence[Step]) -> list[Outcome]:
        """Run the steps as tasks of the Prefect flow that calls this; comes back when all ended.

        Raises:
            StepsFailed: names each step that failed, with its error.
            Interrupted: the run was ended; what was not begun stays undone, the next run does it.
        """
        ordered = in_order(steps)
        self.progress.expect([step.name for step in ordered])
        futures: dict[str, PrefectFuture[Any]] = {}
        # A tag of the flow run would be one of each task run, and cost it a call of the API.
        with self.progress.shown(), TagsContext(current_tags=set()):
            for step in ordered:
                needed = [futures[name] for name in step.after if name in futures]
                futures[step.name] = self._submit(step, needed)
            for number, _ in enumerate(as_completed(list(futures.values())), start=1):
                self.ended(number, len(futures))
            outcomes = [self._outcome(step, futures[step.name]) for step in ordered]
        if self.interruption.asked:
            raise Interrupted
        self._raise_failures(outcomes)
        return outcomes

    def _submit(self, step: Step, needed: list[PrefectFuture[Any]]) -> PrefectFuture[Any]:
        # The step itself is no parameter: Prefect would store it, and look for futures in it.
        def body() -> State[Any]:
            try:
                return self._attempt(step)
            except Interrupted:
                return Cancelled(message="interrupted")

        wrapped: Any = task(
            name=step.name.split()[0],
            task_run_name=step.name.replace("{", "(").replace("}", ")"),
            retries=step.retries,
            retry_delay_seconds=exponential_backoff(RETRY_FIRST),
            retry_jitter_factor=0.5,
            retry_condition_fn=lambda _task, _run, state: _is_transient(state),
            **(self._cached(step) if step.builds else {"cache_policy": NO_CACHE}),
        )(body)
        return cast(PrefectFuture[Any], wrapped.submit(wait_for=needed))

    def _cached(self, step: Step) -> dict[str, Any]:
        return {
            "cache_key_fn": lambda _context, _parameters: self._note(step),
            "persist_result": True,
            "result_storage": notes(),
            "result_serializer": "json",
            "cache_result_in_memory": False,
        }

    def _note(self, step: Step) -> str | None:
        """Look whether what a step builds is there, before Prefect asks its cache.

        Where it is, the step is done, and Prefect's note of it counts. Where it is not, the note
        is forgotten and the step built. A look that fails is the step's to fail with.
        """
        began = time.monotonic()
        try:
            self._begin(step)
            with told_to(self._hearer(step)):
                plan = self._look(step)
        except (Exception, Interrupted):
            return None
        if plan.built:
            self._done(step, plan, plan.results, began, attempt=1)
        else:
            forget(step.name)
            self._looks[step.name] = plan
        return note(step.name, plan.content)

    def _begin(self, step: Step) -> None:
        begun = step.name in self._records
        if self.interruption.asked:
            if begun:
                self._end(step, "cancelled", "interrupted", attempt=1)
            raise Interrupted
        if not begun:
            self._records[step.name] = self.history.begin_step(self.run, step.name, step.host)
            self.progress.started(step.name)

    def _attempt(self, step: Step) -> State[Any]:
        if step.name in self._outcomes:  # built before; Prefect had no note of it
            return Completed(name="Cached", message=self._outcomes[step.name].reason)
        self._begin(step)
        attempt = self._attempts[step.name] = self._attempts.get(step.name, 0) + 1
        began = time.monotonic()
        try:
            with told_to(self._hearer(step)):
                plan = self._looks.pop(step.name, None) or self._look(step)
                results = plan.results
                for action in plan.actions:
                    tell(action.what)
                    self.changing()
                    if isinstance(found := action.do(), Results):
                        results = Results(results | found)
        except BaseException as caught:
            error = concealed_error(transient_if_lost(caught), self.conceal)
            self._failed(step, error, attempt)
            if self.interruption.asked:  # whatever it ended with, that is why
                raise Interrupted from None
            if error is caught:
                raise
            raise error from None
        self._done(step, plan, results, began, attempt)
        return state_of(plan)

    def _look(self, step: Step) -> Plan:
        return concealed_plan(step.plan(), self.conceal)

    def _done(self, step: Step, plan: Plan, results: Results, began: float, attempt: int) -> None:
        changed = bool(plan.actions) and not step.always
        state = "changed" if changed else "unchanged"
        self._end(step, state, plan.reason, attempt)
        done = tuple(action.what for action in plan.actions)
        seconds = time.monotonic() - began
        found = concealed(results, self.conceal)
        self._outcomes[step.name] = Outcome(
            step.name, state, changed, plan.reason, seconds, done, found
        )

    def _hearer(self, step: Step) -> Callable[[str], None]:
        """Give who hears what a step tells: the operator, and the log of its task run."""
        log = get_run_logger()
        before = ""

        def hear(line: str) -> None:
            nonlocal before
            line = self.conceal(line)
            self.progress.said(step.name, line)
            if line != before:
                log.info("%s: %s", step.name, line)
            before = line

        return hear

    def _failed(self, step: Step, error: BaseException, attempt: int) -> None:
        if self.interruption.asked:
            self._end(step, "cancelled", "interrupted", attempt)
        elif isinstance(error, EposVirtError) and error.transient and attempt <= step.retries:
            self.progress.said(step.name, f"{error.what}; trying again ({attempt})")
        else:
            self._end(step, "failed", str(error) or type(error).__name__, attempt)

    def _end(self, step: Step, state: Any, reason: str, attempt: int) -> None:
        first = reason.splitlines()[0] if reason else ""
        self.history.end_step(
            self._records[step.name], state, state == "changed", first, attempt - 1, reason
        )
        self.progress.ended(step.name, state, reason)
        get_run_logger().info("%s: %s: %s", step.name, state, reason)

    def _outcome(self, step: Step, future: PrefectFuture[Any]) -> Outcome:
        future.wait()
        state = future.state
        if state.is_completed():
            return self._outcomes[step.name]
        if self.interruption.asked:
            return Outcome(step.name, "cancelled", False, "interrupted", 0.0)
        if step.name in self._records:
            error = future.result(raise_on_failure=False)
            return Outcome(step.name, "failed", False, str(error), 0.0)
        reason = "not begun: a step before it failed"
        record = self.history.begin_step(self.run, step.name, step.host)
        self.history.end_step(record, "skipped", False, reason)
        self.progress.ended(step.name, "skipped", reason)
        return Outcome(step.name, "skipped", False, reason, 0.0)

    def _raise_failures(self, outcomes: Sequence[Outcome]) -> None:
        failed = [outcome for outcome in outcomes if outcome.state == "failed"]
        if failed:
            skipped = sum(outcome.state == "skipped" for outcome in outcomes)
            raise StepsFailed(
                f"{len(failed)} of {len(outcomes)} steps failed, {skipped} were not begun",
                seen="\n".join(f"{outcome.step}: {outcome.reason}" for outcome in failed),
                remedy="mend what is named above and run the same command again: it goes on "
                f"from here; python -m flows.history show {self.run} has the details",
            )


def state_of(plan: Plan) -> State[None]:
    """Give the state that Prefect shows of a step that went well: whether it had anything to do."""
    name = "Cached" if plan.built else "Completed" if plan.actions else "Unchanged"
    return Completed(name=name, message=plan.reason)


def _is_transient(state: Any) -> bool:
    error = state.result(raise_on_failure=False)
    return isinstance(error, EposVirtError) and error.transient
