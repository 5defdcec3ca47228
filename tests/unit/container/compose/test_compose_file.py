"""The compose file: listing 4.9's shape, hardened, and free of secrets."""

from __future__ import annotations

from ipaddress import IPv4Address
from typing import Any

import pytest
import yaml

from deployments.app_yaml import Described
from deployments.model import Environment
from errors import WrongInput
from tasks.container.compose_file import (
    as_text,
    compose_file,
    container_name,
    mac_address,
    project_name,
    secrets_of,
)

Apps = dict[str, Described]


def described(**more: Any) -> Described:
    return Described.model_validate({"name": "app", "runtime": "python", "port": 80, **more})


@pytest.fixture
def apps() -> Apps:
    data = {"data": {"path": "/var/lib/postgresql/data"}}
    return {
        "database": described(volumes=data, secrets=["database_password"], memory="64 MiB"),
        "FWSS": described(uses=["database"], secrets=["database_password"]),
        "EPOS_GLASS_Framework": described(uses=["database"]),
        "GLASS-web-client": described(uses=["glass"]),
        "NodeManager": described(uses=["database", "glass"]),
        "Products_Portal": described(
            uses=["database", "glass"],
            volumes={"state": {"path": "/var/lib/portal"}},
            environment={"PORT": 443, "PRICE": "5 $ each"},
        ),
    }


def made(environment: Environment, apps: Apps, seal: str = "s1", **images: str) -> dict[str, Any]:
    named = {name: f"epos/{name.lower()}:k1" for name in apps} | images
    seals = {"database_password": seal}
    return compose_file(environment, environment.domus[0], apps, named, seals, {})


def test_the_network_is_that_of_listing_4_9(environment: Environment, apps: Apps) -> None:
    network = made(environment, apps)["networks"]["epos-network"]
    assert (network["driver"], network["driver_opts"]) == ("macvlan", {"parent": "eth0"})
    assert network["ipam"]["config"] == [{"subnet": "10.0.7.0/24", "gateway": "10.0.7.1"}]


def test_addresses_order_and_volume_are_those_of_listing_4_9(
    environment: Environment, apps: Apps
) -> None:
    services = made(environment, apps)["services"]
    addresses = {
        one["container_name"]: one["networks"]["epos-network"]["ipv4_address"]
        for one in services.values()
    }
    assert addresses == {
        "database": "10.0.7.201",
        "products_portal": "10.0.7.202",
        "fwss": "10.0.7.203",
        "epos_glass_framework": "10.0.7.204",
        "glass-web-client": "10.0.7.205",
        "nodemanager": "10.0.7.206",
    }
    after = services["epos-fwss"]["depends_on"]
    assert after["epos-database"] == {"condition": "service_started"}
    assert services["epos-database"]["volumes"] == [
        {"type": "volume", "source": "epos-volume", "target": "/var/lib/postgresql/data"}
    ]


def test_a_volume_the_environment_leaves_out_has_a_name_all_the_same(
    environment: Environment, apps: Apps
) -> None:
    content = made(environment, apps)
    [mount] = content["services"]["epos-products_portal"]["volumes"]
    assert mount["source"] in content["volumes"]


@pytest.mark.parametrize("app", ["database", "fwss", "epos_glass_framework", "products_portal"])
def test_every_container_is_confined(environment: Environment, apps: Apps, app: str) -> None:
    service = made(environment, apps)["services"][f"epos-{app}"]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["read_only"] is True
    assert service["mem_limit"] and service["pids_limit"]
    assert not {"ports", "privileged", "network_mode", "pid", "cap_add"} & set(service)


def test_a_container_gets_as_many_processors_as_it_is_given(
    environment: Environment, apps: Apps
) -> None:
    given = tuple(
        app.model_copy(update={"vcpus": 1}) if app.name == "FWSS" else app
        for app in environment.applications
    )
    services = made(environment.model_copy(update={"applications": given}), apps)["services"]
    assert services["epos-fwss"]["cpus"] == 1
    assert "cpus" not in services["epos-database"]


def test_peers_are_known_by_their_own_names(environment: Environment, apps: Apps) -> None:
    variables = made(environment, apps)["services"]["epos-products_portal"]["environment"]
    assert variables["DATABASE_ADDRESS"] == "10.0.7.201"
    assert variables["GLASS_ADDRESS"] == "10.0.7.204"


def test_a_value_with_a_dollar_means_itself(environment: Environment, apps: Apps) -> None:
    variables = made(environment, apps)["services"]["epos-products_portal"]["environment"]
    assert variables["PRICE"] == "5 $$ each"
    assert variables["PORT"] == "443"


def test_secrets_are_files_and_never_in_the_text(environment: Environment, apps: Apps) -> None:
    content = made(environment, apps, seal="0123456789abcdef")
    service = content["services"]["epos-fwss"]
    assert service["environment"]["DATABASE_PASSWORD_FILE"] == "/run/secrets/database_password"
    assert service["secrets"] == ["database_password"]
    assert content["secrets"] == {"database_password": {"file": "./secrets/database_password"}}
    assert "0123456789abcdef" not in as_text(content)
    assert secrets_of(environment, "centos7-VM", apps) == ("database_password",)


def test_a_new_secret_or_image_makes_only_its_containers_anew(
    environment: Environment, apps: Apps
) -> None:
    def configs(content: dict[str, Any]) -> dict[str, str]:
        return {n: s["labels"]["epos-virt.config"] for n, s in content["services"].items()}

    before = configs(made(environment, apps))
    rotated = configs(made(environment, apps, seal="s2"))
    rebuilt = configs(made(environment, apps, FWSS="epos/fwss:k2"))
    assert {n for n in before if before[n] != rotated[n]} == {"epos-database", "epos-fwss"}
    assert {n for n in before if before[n] != rebuilt[n]} == {"epos-fwss"}


def test_the_text_is_yaml_and_the_same_each_time(environment: Environment, apps: Apps) -> None:
    content = made(environment, apps)
    text = as_text(content)
    assert yaml.safe_load(text) == content
    assert text == as_text(made(environment, apps))
    assert "&id" not in text


def test_using_what_is_not_in_the_environment_is_refused(
    environment: Environment, apps: Apps
) -> None:
    apps["FWSS"] = described(uses=["nothing"])
    with pytest.raises(WrongInput, match="nothing, which is not in the environment"):
        made(environment, apps)


def test_a_volume_that_app_yaml_does_not_have_is_refused(
    environment: Environment, apps: Apps
) -> None:
    apps["database"] = described(volumes={"other": "/other"})
    with pytest.raises(WrongInput, match="database has no volume data"):
        made(environment, apps)


def test_names(environment: Environment) -> None:
    assert project_name(environment) == "epos-lab"
    assert container_name("EPOS_GLASS_Framework") == "epos_glass_framework"
    assert mac_address(IPv4Address("10.0.7.201")) == "02:42:0a:00:07:c9"
