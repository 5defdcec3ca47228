"""New secrets: all that are read, no other, and what holds older ones is forgotten."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from werkzeug.security import check_password_hash

from deployments.model import Environment
from errors import WrongInput
from tasks.certificate import CERTIFICATE, KEY, certificate_of, is_the_operators
from tasks.rotation import forget_states, plan_rotation, readers_of, renew
from tasks.secret import local_secrets, made_secret, wrong_there
from tasks.unikernel.saved_state import FOLDER

KEPT = "0123456789abcdef"
STATES = [
    f"{FOLDER}/lab-{KEPT}-indexGD.state",
    f"{FOLDER}/lab-{KEPT}-EPOS_Sync_System.state",
    f"{FOLDER}/lab-2-{KEPT}-indexGD.state",  # of another environment
    f"{FOLDER}/lab-{KEPT}-dice.state",  # of what reads none
]


@pytest.fixture
def server(canned: Callable[..., Any]) -> Any:
    return canned({f"find {FOLDER}": "\n".join(STATES), "rm": ""})


def test_every_secret_that_is_read_is_made_anew_and_its_readers_are_told(
    environment: Environment, server: Any, own_state: Path
) -> None:
    rotation = plan_rotation(environment, server)
    assert rotation.secrets == readers_of(environment)
    assert rotation.secrets["write_token"] == ["FWSS", "indexGD", "RunQC"]
    assert rotation.states == sorted(STATES[:2])
    assert [argv for argv in server.told if argv[0] != "find"] == []
    assert not list(own_state.glob("secrets/*/*")), "a plan only looks"


def test_after_it_every_machine_has_others_than_it_should(
    environment: Environment, server: Any, own_state: Path
) -> None:
    names = [name for name in readers_of(environment) if name not in (CERTIFICATE, KEY)]
    for name in names:
        made_secret(environment.name, name)
    certificate_of(environment)
    before = local_secrets(environment.name, list(readers_of(environment)))
    for name in plan_rotation(environment, server).secrets:
        renew(environment, name)
    after = local_secrets(environment.name, list(readers_of(environment)))
    assert after.keys() == before.keys() == readers_of(environment).keys()
    assert all(after[name] != before[name] for name in before)
    assert sorted(wrong_there(after, list(after), {})) == sorted(after)
    folder = own_state / "secrets" / environment.name
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}


def test_of_a_login_the_password_is_another_too(environment: Environment, own_state: Path) -> None:
    made_secret(environment.name, "nodemanager_login_hash")
    password = own_state / "secrets" / environment.name / "nodemanager_login"
    old = password.read_text()
    renew(environment, "nodemanager_login_hash")
    [hashed] = local_secrets(environment.name, ["nodemanager_login_hash"]).values()
    assert check_password_hash(hashed, password.read_text())
    assert not check_password_hash(hashed, old)


def test_the_operator_s_own_certificate_stays(
    environment: Environment, server: Any, own_state: Path
) -> None:
    other = environment.model_copy(update={"name": "another"})
    theirs = certificate_of(other)
    ours = certificate_of(environment)
    for name in (CERTIFICATE, KEY):
        ours.with_name(name).write_bytes(theirs.with_name(name).read_bytes())
    assert is_the_operators(environment)
    rotation = plan_rotation(environment, server, [CERTIFICATE, "write_token"])
    assert list(rotation.secrets) == ["write_token"]
    assert list(rotation.kept) == [CERTIFICATE, KEY]


def test_some_can_be_chosen_and_a_key_goes_with_its_certificate(
    environment: Environment, server: Any, own_state: Path
) -> None:
    rotation = plan_rotation(environment, server, [KEY, "glass_password"])
    assert sorted(rotation.secrets) == ["glass_password", CERTIFICATE, KEY]
    readers = {"database", "EPOS_GLASS_Framework", "Products_Portal", "NodeManager"}
    assert set(rotation.readers) == readers
    assert rotation.states == [], "no unikernel reads any of them"
    with pytest.raises(WrongInput, match="reads a secret glas_password"):
        plan_rotation(environment, server, ["glas_password"])


def test_states_are_removed_by_their_whole_names(server: Any) -> None:
    assert forget_states(server, STATES[:1])
    assert server.told == [("rm", "-f", "--", STATES[0])]
    assert not forget_states(server, [])
