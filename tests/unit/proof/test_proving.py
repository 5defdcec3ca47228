"""What the proof asks, what it takes for wrong, and when it need not ask again."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from deployments.model import Environment
from errors import EposVirtError
from runs.wait import wait_until
from tasks.last_proof import forget_proof, keep_proof, proved
from tasks.proof.answers import prove_answers
from tasks.proof.gateway import GATEWAY, prove_gateway
from tasks.proof.proof import proof_step
from tasks.proof.quality import check_counts, read_counts
from tasks.proof.requests import Asking, wrong

CONNECTIONS: Any = SimpleNamespace(server=None)
ROW = ("ABMF001A.18D.Z", "2018/001", "0123", "4567", 1)


class Asked:
    """The applications of a node, which answer this."""

    def __init__(self, rows: dict[str, list[tuple[Any, ...]]], **carried: Any) -> None:
        self.by_database, self.carried = rows, carried

    def json(self, *_: Any, **__: Any) -> Any:
        return {"failed": 0, "carried": 1, "updated": 0, **self.carried}

    def rows(self, _app: Any, _statement: str, *, database: str = "") -> list[tuple[Any, ...]]:
        return self.by_database[database]


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits look every few milliseconds; no machine is asked whether it is at work."""
    for module in ("answers", "requests"):
        monkeypatch.setattr(f"tasks.proof.{module}.guest_work", lambda *_: lambda: None)

        def waiting(look: Any, *, every: float, within: float, **rest: Any) -> Any:
            return wait_until(look, every=0.005, within=0.2, **rest)

        monkeypatch.setattr(f"tasks.proof.{module}.wait_until", waiting)


def test_what_was_proved_is_kept_until_something_is_started(
    environment: Environment, own_state: Path
) -> None:
    assert proved(environment) is None
    keep_proof(environment, {"files": 3})
    assert proved(environment) == {"files": 3}
    assert proved(environment.model_copy(update={"name": "another"})) is None
    forget_proof(environment)
    assert proved(environment) is None


@pytest.mark.parametrize("kept", ["", "{", "[]", "{}", "null", '"text"', b"\xff".decode("latin1")])
def test_what_was_kept_of_a_proof_and_cut_off_is_none(
    environment: Environment, own_state: Path, kept: str
) -> None:
    keep_proof(environment, {"files": 3})
    [file] = (own_state / "proved").iterdir()
    file.write_bytes(kept.encode("latin1"))
    assert proved(environment) is None


def test_a_node_goes_through_everything_once(environment: Environment, own_state: Path) -> None:
    step = proof_step(environment, CONNECTIONS, Path, ["before"])
    assert step.plan().reason == "RINEX files through indexGD, FWSS, database, GLASS and portal"
    keep_proof(environment, {"files": 3})
    assert "GLASS and portal show it" in step.plan().reason
    empty = environment.model_copy(update={"applications": ()})
    assert proof_step(empty, CONNECTIONS, Path, ()).plan().actions == ()


def test_any_other_environment_is_proved_by_each_application_s_own_answer(
    environment: Environment, own_state: Path, at_once: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = environment.application("RunQC")
    alone = environment.model_copy(update={"applications": (one,)})
    monkeypatch.setattr("tasks.proof.answers.answers", lambda _server, asked: asked.name == "RunQC")
    [action] = proof_step(alone, CONNECTIONS, Path, ()).plan().actions
    assert action.what == "ask every application its own question"
    assert action.do() == {"proof": {"answered": 1}}


def test_one_that_does_not_answer_is_named(
    environment: Environment, own_state: Path, at_once: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tasks.proof.answers.answers", lambda *_: False)
    one = environment.application("RunQC")
    with pytest.raises(EposVirtError, match=f"the answer of RunQC on {one.address}") as failed:
        prove_answers(environment, [one], CONNECTIONS)
    assert "flows.logs RunQC" in failed.value.remedy


def test_one_that_is_not_ready_yet_is_asked_again_and_one_that_refuses_is_not(
    environment: Environment, own_state: Path, at_once: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    statuses = [503, 429, 200, 404, 200]

    def request(*_: Any, **__: Any) -> Any:
        return SimpleNamespace(status_code=statuses.pop(0), text='{"files": 3}')

    monkeypatch.setattr("tasks.proof.requests.request", request)
    asking = Asking(environment, CONNECTIONS, Path("/nonexistent"))
    index = environment.application("indexGD")
    assert asking.json(index, "/index") == {"files": 3}
    with pytest.raises(EposVirtError, match="proof: indexGD answered 404 to /index"):
        asking.text(index, "/index")
    assert statuses == [200]


def test_of_what_is_wrong_a_dozen_are_shown() -> None:
    error = wrong("RunQC", "could not check files", [f"file {n}" for n in range(20)])
    assert error.seen.splitlines()[-2:] == ["file 11", "and 8 more"]


def test_what_was_validated_is_at_the_gateway(environment: Environment) -> None:
    asked: Any = Asked({"": [ROW], GATEWAY: [ROW]})
    apps = (environment.application("EPOS_Sync_System"), environment.application("database"))
    assert prove_gateway(asked, *apps) == {"at_gateway": 1, "carried": 1}


@pytest.mark.parametrize(
    ("node", "gateway", "carried", "what"),
    [
        ([], [], {}, "RunQC validated nothing"),
        ([ROW], [ROW, ROW], {}, "carried files twice"),
        ([ROW], [(*ROW[:3], "changed", 1)], {}, "left node and gateway different"),
        ([ROW], [], {"failed": 1, "failures": ["refused"]}, "could not carry everything"),
    ],
)
def test_what_was_lost_or_changed_on_the_way_to_the_gateway_is_told(
    environment: Environment,
    node: list[tuple[Any, ...]],
    gateway: list[tuple[Any, ...]],
    carried: dict[str, Any],
    what: str,
) -> None:
    asked: Any = Asked({"": node, GATEWAY: gateway}, **carried)
    apps = (environment.application("EPOS_Sync_System"), environment.application("database"))
    prove = partial(prove_gateway, asked, *apps)
    with pytest.raises(EposVirtError, match=what):
        prove()


def test_counts_of_observations_are_those_of_the_truth(tmp_path: Path) -> None:
    assert read_counts(tmp_path) == {}
    (tmp_path / "truth_obs_counts.csv").write_text(
        "file,system,obs_type,n_nonblank,n_nonblank_nonzero\nABMF.crx,G,C1C,2881,2880\n"
        "ABMF.crx,R,C1C,5,0\n"
    )
    truth = read_counts(tmp_path)
    key = ("ABMF.crx", "G", "C1C")
    assert truth[key] == 2880
    check_counts({key: 2880}, truth)  # what was never observed need not be there
    with pytest.raises(EposVirtError) as failed:
        check_counts({key: 2879}, truth)
    assert failed.value.seen == "ABMF.crx G C1C: 2879, should be 2880"
