"""What an image's configuration says: what is started, as whom, where, and what is asked of it."""

from __future__ import annotations

import signal
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

_ARCHITECTURE = "amd64"


def _absent_as(kind: type) -> BeforeValidator:
    """Read `null`, which engines write for what is empty."""
    return BeforeValidator(lambda value: kind() if value is None else value)


Words = Annotated[tuple[str, ...], _absent_as(tuple)]
Text = Annotated[str, _absent_as(str)]
Keys = Annotated[dict[str, Any], _absent_as(dict)]


class _Part(BaseModel):
    # Engines keep more than is asked here: who built it, when, out of what.
    model_config = ConfigDict(frozen=True, extra="ignore")


class Started(_Part):
    """How a container of the image is started."""

    entry_point: Words = Field(default=(), alias="Entrypoint")
    command: Words = Field(default=(), alias="Cmd")
    user: Text = Field(default="", alias="User")
    variables: Words = Field(default=(), alias="Env")
    folder: Text = Field(default="", alias="WorkingDir")
    stop_signal: Text = Field(default="", alias="StopSignal")
    exposed: Keys = Field(default_factory=dict, alias="ExposedPorts")
    declared: Keys = Field(default_factory=dict, alias="Volumes")

    @property
    def environment(self) -> dict[str, str]:
        """Its variables by their names."""
        pairs = (variable.partition("=") for variable in self.variables)
        return {name: value for name, _, value in pairs}

    @property
    def ports(self) -> list[int]:
        """The TCP ports it answers on, `8080` or `8080/tcp` each; `53/udp` is none."""
        split = (key.partition("/") for key in self.exposed)
        return sorted(int(port) for port, _, kind in split if kind in ("", "tcp"))

    @property
    def volumes(self) -> list[str]:
        """Where it keeps data."""
        return sorted(self.declared)

    @property
    def stopped_by(self) -> int:
        """The number of the signal that ends it: `SIGQUIT`, `QUIT`, `3`, or SIGTERM.

        Raises:
            ValueError: there is no such signal.
        """
        said = self.stop_signal.upper()
        if not said:
            return int(signal.SIGTERM)
        if said.isdigit():
            return int(signal.Signals(int(said)))
        try:
            return int(signal.Signals[said if said.startswith("SIG") else f"SIG{said}"])
        except KeyError:
            raise ValueError(f"{self.stop_signal!r} is no signal") from None


class RootFiles(_Part):
    """What its root file system is made of."""

    layers: Words = Field(alias="diff_ids", description="Digest of each layer's tar, unpacked.")


class Configuration(_Part):
    """An image's configuration."""

    architecture: Text = ""
    os: Text = ""
    started: Started = Field(default_factory=Started, alias="config")
    root: RootFiles = Field(alias="rootfs")

    @property
    def runs_here(self) -> bool:
        """Whether a guest can run it."""
        return self.os == "linux" and self.architecture == _ARCHITECTURE
