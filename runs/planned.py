"""What steps would do, each looked at and none carried out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from runs.concealing import Conceal, concealed_error, concealed_plan
from runs.looking import NotMadeYet, only_looking
from runs.step import Step, in_order

State = Literal["change", "after", "same", "always"]


@dataclass(frozen=True)
class Planned:
    """What one step would do.

    Args:
        step: its name.
        group: the flow it belongs to.
        host: the machine it acts on.
        state: `change`; `same`, nothing to do; `always`, carried out and changes nothing;
            `after`, not known before another was carried out.
        reason: what was found.
        actions: what it would do.
        details: of each action: the lines that it changes in a file, or nothing.
    """

    step: str
    group: str
    host: str
    state: State
    reason: str
    actions: tuple[str, ...] = ()
    details: tuple[str, ...] = ()

    @property
    def differs(self) -> bool:
        """Whether it may change something."""
        return self.state in ("change", "after")


def planned(steps: Sequence[Step], conceal: Conceal = str) -> list[Planned]:
    """Look with every step, in the order in which they would be carried out.

    A step that waits for one with differences cannot be decided yet and says so. `conceal` takes
    secrets out of what is told.
    """
    found: dict[str, Planned] = {}
    for step in in_order(steps):
        pending = [name for name in step.after if name in found and found[name].differs]
        found[step.name] = _known_after(step, pending[0]) if pending else _looked(step, conceal)
    return list(found.values())


def counted(rows: Sequence[Planned]) -> str:
    """Tell in one sentence how many steps differ, and of how many that cannot be told."""
    count = Counter(row.state for row in rows)
    further = {
        f"{count['always']} would run in any case": count["always"],
        f"{count['after']} are not known yet": count["after"],
    }
    told = [
        f"{count['change']} steps would change something",
        *(text for text, there in further.items() if there),
        f"{count['same']} are as they should be",
    ]
    return f"{', '.join(told)}. Nothing was touched."


def _looked(step: Step, conceal: Conceal) -> Planned:
    try:
        with only_looking():
            plan = concealed_plan(step.plan(), conceal)
    except NotMadeYet as lacks:
        return Planned(step.name, step.group, step.host, "after", f"known once {lacks} is made")
    except Exception as caught:
        error = concealed_error(caught, conceal)
        if error is caught:
            raise
        raise error from None
    actions = tuple(action.what for action in plan.actions)
    state: State = "always" if step.always and actions else "change" if actions else "same"
    details = tuple(action.detail for action in plan.actions)
    return Planned(step.name, step.group, step.host, state, plan.reason, actions, details)


def _known_after(step: Step, other: str) -> Planned:
    return Planned(step.name, step.group, step.host, "after", f"known after {other}")
