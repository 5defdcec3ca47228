"""Each application's role in the database may do what its application does, and no more."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from deployments.app_yaml import read_described

APPS = Path(__file__).parents[3] / "apps"
NODE, GATEWAY, QUEUE = "gnss-europe-v0-2-14", "gnss-europe-gateway", "products_queue"
STATION = "update station set name = name"
FILE = "delete from rinex_file where id < 0"
TAKE = "delete from queries where id < 0"
NETWORK = "update connections set metadata = metadata"
LOGIN = "select password from node"
VERSION = "delete from schema_version where number < 0"
REQUEST = "delete from product_request where id < 0"
MAY: dict[str, dict[str, set[str]]] = {
    "epos_glass": {NODE: set(), GATEWAY: set()},
    "epos_fwss": {NODE: {STATION, FILE}, GATEWAY: {STATION, FILE}},
    "epos_sync": {NODE: {TAKE, LOGIN}, GATEWAY: {STATION, FILE, TAKE, NETWORK, LOGIN}},
    "epos_nodemanager": {NODE: {TAKE, NETWORK, LOGIN}, GATEWAY: {TAKE, NETWORK, LOGIN}},
    "epos_portal": {QUEUE: {REQUEST}},
}


def works(cluster: Any, role: str, database: str, statement: str) -> bool:
    try:
        cluster.ask(database, statement, user=role)
    except (psycopg2.errors.InsufficientPrivilege, psycopg2.errors.ReadOnlySqlTransaction):
        return False
    return True


@pytest.mark.parametrize(
    ("role", "database"), [(role, name) for role, where in MAY.items() for name in where]
)
def test_a_role_may_what_its_application_does(cluster: Any, role: str, database: str) -> None:
    asked = {REQUEST} if database == QUEUE else {STATION, FILE, TAKE, NETWORK, LOGIN, VERSION}
    allowed = {one for one in asked if works(cluster, role, database, one)}
    assert allowed == MAY[role][database]
    assert not works(cluster, role, database, "create table public.mine (id int)") or (
        role == "epos_portal"
    )
    if database != QUEUE:
        assert works(cluster, role, database, "select count(*) from station")


@pytest.mark.parametrize("role", MAY)
def test_a_role_does_not_come_into_other_databases(cluster: Any, role: str) -> None:
    for database in {NODE, GATEWAY, QUEUE, "postgres"} - MAY[role].keys():
        with pytest.raises(psycopg2.OperationalError, match="no pg_hba"):
            cluster.ask(database, "select 1", user=role)


def test_without_its_secret_a_role_does_not_log_in(make_cluster: Callable[[], Any]) -> None:
    own = make_cluster()
    roles = own.folder / "app" / "roles"
    text = roles.read_text()
    roles.write_text(text.replace("GLASS_PASSWORD_FILE", "NOT_GIVEN"))
    own.start()
    with pytest.raises(psycopg2.OperationalError, match="epos_glass"):
        own.ask(NODE, "select 1", user="epos_glass")
    own.stop()
    roles.write_text(text)
    own.start()
    assert own.ask(NODE, "select 1", user="epos_glass") == [(1,)]


def test_a_new_secret_is_a_role_s_password_from_the_next_start(
    make_cluster: Callable[[], Any],
) -> None:
    own = make_cluster()
    own.start()
    old = own.password
    own.stop()
    (own.folder / "secret").write_text("made anew")
    own.password = "made anew"
    own.start()
    assert own.ask(NODE, "select 1", user="epos_glass") == [(1,)]
    own.password = old
    with pytest.raises(psycopg2.OperationalError, match="authentication failed"):
        own.ask(NODE, "select 1", user="epos_glass")


def test_every_application_is_given_the_secret_of_its_role() -> None:
    lines = (APPS / "database" / "roles").read_text().splitlines()
    known = dict(line.split()[::2] for line in lines)
    assert set(read_described(APPS / "database").secrets) == set(known.values())
    for name in ("glass", "fwss", "sync", "nodemanager", "portal"):
        says = read_described(APPS / name)
        secret = known[says.environment["DATABASE_USER"]]
        assert secret in says.secrets
        assert says.environment["DATABASE_PASSWORD_FILE"] == f"/run/secrets/{secret}"
