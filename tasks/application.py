"""What app.yaml says about an application that runs in a container."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from deployments.size import Size
from errors import WrongInput

# Where a runtime keeps its sockets and locks, besides /tmp.
SOCKET_FOLDERS = {"postgres": ("/run/postgresql",)}


class Mount(BaseModel):
    """Where a volume is seen by the application."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: str = Field(pattern="^/", description="Absolute path in the container.")
    read_only: bool = Field(default=False, description="Whether it only reads it.")


def _as_mount(value: object) -> object:
    """Take a path alone as a volume that is written to."""
    return {"path": value} if isinstance(value, str) else value


def _as_text(value: object) -> object:
    """Take `PORT: 8080` as text."""
    return str(value) if isinstance(value, int | float) else value


Text = Annotated[str, BeforeValidator(_as_text)]


class ContainerApplication(BaseModel):
    """The part of app.yaml that a container needs; other techniques read other parts."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    name: str = Field(description="Name of the application.")
    port: int = Field(ge=1, le=65535, description="TCP port it answers on.")
    uses: tuple[str, ...] = Field(
        default=(), description="Applications it talks to; it is given NAME_ADDRESS of each."
    )
    volumes: dict[str, Annotated[Mount, BeforeValidator(_as_mount)]] = Field(
        default_factory=dict, description="Name of a volume to where the application sees it."
    )
    environment: dict[str, Text] = Field(
        default_factory=dict, description="Defaults of its environment variables."
    )
    secrets: tuple[str, ...] = Field(
        default=(), description="Secrets it reads; it is given NAME_FILE of each."
    )
    memory: Size | None = Field(default=None, description="Most memory it may use.")
    runtime: str = Field(default="", description="What runs it: python, java, php, postgres.")
    writable: tuple[str, ...] = Field(
        default_factory=lambda seen: ("/tmp", *SOCKET_FOLDERS.get(seen["runtime"], ())),
        description="Folders in memory that it may write to; all else is read-only.",
    )


def read_container_application(folder: Path) -> ContainerApplication:
    """Read `folder`/app.yaml.

    Raises:
        WrongInput: it is missing, is no YAML, or does not describe an application.
    """
    path = folder / "app.yaml"
    try:
        return ContainerApplication.model_validate(YAML(typ="safe", pure=True).load(path))
    except OSError as error:
        raise WrongInput(
            f"{path}: {error.strerror}", remedy="name a folder that holds an app.yaml"
        ) from None
    except (YAMLError, UnicodeDecodeError) as error:
        raise WrongInput(f"{path} is not YAML", seen=str(error), remedy="mend that line") from None
    except ValidationError as error:
        seen = [f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()]
        raise WrongInput(
            f"{path} does not describe an application",
            seen="\n".join(seen),
            remedy="compare it with docs/add-an-application.md",
        ) from None
