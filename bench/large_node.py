"""A large node for benchmarks: the containers of database and GLASS, and made rows in them."""

from __future__ import annotations

import secrets
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from bench.database import NODE, free_port
from deployments.app_yaml import read_described
from errors import WrongInput
from runs.telling import tell
from runs.wait import wait_until

if TYPE_CHECKING:
    import docker
    from docker.models.containers import Container

ROOT = Path(__file__).resolve().parent.parent
ROWS = Path(__file__).with_name("glass.sql")


@contextmanager
def containers(folder: Path) -> Iterator[tuple[Container, Container, int]]:
    """Run the database and GLASS on a network of their own; give GLASS's port, too."""
    import docker

    engine = docker.from_env(timeout=900)
    name, port = f"bench-glass-{secrets.token_hex(4)}", free_port()
    for secret in read_described(ROOT / "apps" / "database").secrets:
        (folder / secret).write_text(secrets.token_urlsafe())
        (folder / secret).chmod(0o644)
    folder.chmod(0o755)
    network = engine.networks.create(name)
    started: list[Container] = []

    def start(app: str, **more: Any) -> Container:
        says = read_described(ROOT / "apps" / app)
        more["environment"] = {**says.environment, "DATABASE_ADDRESS": f"{name}-database"}
        volumes = {str(folder): {"bind": "/run/secrets", "mode": "ro"}}
        started.append(engine.containers.run(provided(engine, app), detach=True,
                       name=f"{name}-{app}", network=name, mem_limit=says.memory,
                       volumes=volumes, **more))  # fmt: skip
        return started[-1]

    try:
        database = start("database")
        glass = start("glass", read_only=True, ports={"8080/tcp": ("127.0.0.1", port)})
        yield database, glass, port
    finally:
        for container in started:
            container.remove(force=True, v=True)
        network.remove()
        engine.close()


def provided(engine: docker.DockerClient, app: str) -> str:
    """Build an application's image where the engine has none of its content."""
    from tasks.container.base_image import (
        base_key,
        has_image,
        make_base_image,
        read_base_images,
    )
    from tasks.container.image import image_key, image_name, way_of

    folder = ROOT / "apps" / app
    name, key = image_name(folder), image_key(folder)
    if not has_image(engine, name, key):
        for base in read_base_images().values():
            if not has_image(engine, base.name, base_key(base)):
                make_base_image(engine, base)
        way_of(folder).build(engine, folder, name)
    return f"{name}:{key}"


def load(database: Container, stations: int, files: int) -> None:
    """Make the node, with more memory than it is asked with: that is not what is timed."""
    tell("making the node")
    says = database.attrs["HostConfig"]["Memory"]
    database.update(mem_limit=2 << 30, memswap_limit=2 << 30)
    answers(database)
    for setting in ("shared_buffers = '512MB'", "fsync = off", "max_wal_size = '2GB'",
                    "maintenance_work_mem = '128MB'"):  # fmt: skip
        sql(database, f"alter system set {setting}")
    database.restart()
    answers(database)
    text = ROWS.read_text().replace(":stations", str(stations)).replace(":files", str(files))
    sql(database, text)
    sql(database, "vacuum analyze")
    sql(database, "alter system reset all")
    database.stop()  # what runs may hold more than it shall have
    database.update(mem_limit=says, memswap_limit=says)
    database.start()
    answers(database)


def answers(database: Container) -> None:
    """Wait until PostgreSQL takes statements."""
    wait_until(lambda: database.exec_run(psql("-c", "select 1")).exit_code == 0,
               what="PostgreSQL", within=300, every=0.5, remedy="see its log")  # fmt: skip


def psql(*more: str) -> list[str]:
    """Give the command of a superuser inside the container."""
    return ["psql", "-qX", "-v", "ON_ERROR_STOP=1", "-h", "/run/postgresql", "-U", "postgres",
            "-d", NODE, *more]  # fmt: skip


def sql(database: Container, text: str) -> None:
    """Run statements, one after the other."""
    done = subprocess.run(["docker", "exec", "-i", str(database.id), *psql()],
                          input=text, capture_output=True, text=True,
                          check=False)  # fmt: skip
    if done.returncode:
        raise WrongInput("the node was not made", seen=done.stderr[-2000:],
                         remedy="see bench/glass.sql")  # fmt: skip


def peak(container: Container) -> float:
    """Give the most memory that its process ever had, in MB."""
    container.reload()
    status = Path(f"/proc/{container.attrs['State']['Pid']}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024 / 1e6


def used(container: Container) -> float:
    """Give what `docker stats` shows, in MB: without files that are only kept at hand."""
    memory = cast(dict[str, Any], container.stats(stream=False))["memory_stats"]
    return float(memory["usage"] - memory["stats"].get("inactive_file", 0)) / 1e6


def limit(container: Container) -> float:
    """Give the memory it may have, in MB."""
    container.reload()
    return float(container.attrs["HostConfig"]["Memory"]) / 1e6
