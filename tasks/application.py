"""What app.yaml says about an application that runs in a container."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from errors import WrongInput


class ContainerApplication(BaseModel):
    """The part of app.yaml that a container needs; other techniques read other parts."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    name: str = Field(description="Name of the application.")
    port: int = Field(ge=1, le=65535, description="TCP port it answers on.")
    uses: tuple[str, ...] = Field(
        default=(), description="Applications it talks to; it is given NAME_ADDRESS of each."
    )
    volumes: dict[str, str] = Field(
        default_factory=dict, description="Name of a volume to its path in the container."
    )
    environment: dict[str, str] = Field(
        default_factory=dict, description="Defaults of its environment variables."
    )
    secrets: tuple[str, ...] = Field(
        default=(), description="Secrets it reads; it is given NAME_FILE of each."
    )
    memory: int | None = Field(default=None, ge=1, description="Most memory it may use, in MiB.")
    writable: tuple[str, ...] = Field(
        default=("/tmp", "/run"), description="Folders in memory; all else is read-only."
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
