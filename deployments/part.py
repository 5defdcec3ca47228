"""What all parts of an environment have in common."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from deployments.size import MiB, Size, at_least, whole_mebibytes
from deployments.text import Address, BootOption, Count

Memory = Annotated[Size, AfterValidator(whole_mebibytes)]
# Docker gives no container less than 6 MiB; the null guest, which does nothing, has 16.
ApplicationMemory = Annotated[
    Memory, AfterValidator(at_least(8 * MiB, "no guest or container starts with less than 8 MiB"))
]
BootOptions = Annotated[tuple[BootOption, ...], Field(max_length=64)]
NameServers = Annotated[tuple[Address, ...], Field(min_length=1, max_length=3)]
VCpus = Annotated[Count, Field(ge=1, le=128)]


class Part(BaseModel):
    """A part: frozen, nothing unknown in it, written under the names the file uses."""

    model_config = ConfigDict(frozen=True, extra="forbid", serialize_by_alias=True)
