"""What app.yaml says of an application: what it is, nothing about where or how it runs."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import ErrorDetails

from deployments import wording
from deployments.container_image.archive import is_image
from deployments.document import Malformed, parse, read_text
from deployments.part import ApplicationMemory
from deployments.problem import Finding, refused, wrong
from deployments.text import Count, Flag, Name, Variable, VariableValue, check_length
from errors import WrongInput

Protocol = Literal["http", "https", "postgresql", "tcp"]
Runtime = Literal["python", "java", "perl", "php", "postgres", "binary", "image"]


# A folder of the application's own root; `:` begins what mount(8) and Compose take for an option.
_FOLDER = re.compile(r"/[^:\x00-\x1f]+")
_CLASS = re.compile(r"[^\W\d][\w$]*(\.[^\W\d][\w$]*)*")
_MODULE = re.compile(r"[A-Za-z_][A-Za-z0-9_.:$/-]*")


def _inside(path: str) -> str:
    """Refuse what is no path, or leads out of the application's folder."""
    if not path.strip():
        raise wrong("empty", remedy="name a file of the application's folder, or leave it out")
    if path.startswith(("/", "~")) or ".." in path.split("/") or not path.isprintable():
        raise wrong("leads out of the application's folder", remedy="write one inside it")
    return check_length(path)


def _absolute(path: str) -> str:
    """Refuse what is no folder below the application's root."""
    if not _FOLDER.fullmatch(path) or ".." in path.split("/") or not path.strip("/"):
        raise wrong("not an absolute path below `/`", remedy="write it like `/var/lib/data`")
    return path


def _module(name: str) -> str:
    if not _MODULE.fullmatch(name) or ".." in name:
        raise wrong("not the name of a module", remedy="write it like `encodings.cp1252`")
    return name


def _main_class(name: str) -> str:
    if not _CLASS.fullmatch(name):
        raise wrong("not the name of a Java class", remedy="write it like `epos.sync.Main`")
    return name


def _request(path: str) -> str:
    """Refuse what would be more than the path of a request."""
    if not path.startswith("/") or re.search(r"[\s\x00-\x1f\x7f]", path):
        raise wrong("not the path of a request", remedy="begin with `/`; write %20 for a blank")
    return path


Inside = Annotated[str, AfterValidator(_inside)]
Folder = Annotated[str, AfterValidator(_absolute)]
Module = Annotated[str, AfterValidator(_module)]
Port = Annotated[Count, Field(ge=1, le=65535)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Answer(_Part):
    """The request whose right answer proves that the application works."""

    path: Annotated[str, AfterValidator(_request)] = Field(
        default="/", description="Path of the request, for http and https."
    )
    query: str = Field(default="", description="Statement, for postgresql; what is sent, for tcp.")
    database: str = Field(default="", description="Database it is asked in, for postgresql.")
    user: str = Field(default="", description="User who asks it, for postgresql.")
    secret: str = Field(default="", description="The secret that is that user's password.")
    contains: str = Field(default="", description="Text that the answer must hold.")


class Mount(_Part):
    """Where a volume goes."""

    path: Folder = Field(description="Absolute path in the application.")
    read_only: Flag = Field(default=False, description="Whether writes are refused.")


def _mount(value: Any) -> Any:
    return {"path": value} if isinstance(value, str) else value


def _text(value: Any) -> Any:
    """Take `PORT: 8080` as text."""
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


class Described(_Part):
    """An application, as its own folder describes it."""

    name: Name = Field(description="Name, as the environment calls it.")
    summary: str = Field(default="", description="What it does, in a sentence.")
    runtime: Runtime = Field(description="What runs it.")
    entry: str = Field(
        default="",
        description="What is started: a file, a Java main class, a container image's archive.",
    )
    image: str = Field(
        default="", description="Which image of an archive that holds several, like web:1.2."
    )
    requirements: Inside | None = Field(default=None, description="pip requirements with hashes.")
    protocol: Protocol = Field(default="http", description="How it is asked.")
    port: Port = Field(description="TCP port it answers on.")
    answer: Answer = Field(default=Answer(), description="Its first correct answer.")
    uses: tuple[str, ...] = Field(
        default=(), description="Applications it talks to; it is given NAME_ADDRESS of each."
    )
    volumes: dict[Name, Annotated[Mount, BeforeValidator(_mount)]] = Field(
        default_factory=dict, description="Name of a volume to where it goes."
    )
    environment: dict[Variable, Annotated[str, BeforeValidator(_text)]] = Field(
        default_factory=dict, description="Defaults of its environment variables."
    )
    secrets: tuple[Name, ...] = Field(
        default=(), description="Secrets it reads; it is given NAME_FILE of each."
    )
    memory: ApplicationMemory | None = Field(
        default=None, description="Memory it needs, in whole MiB."
    )
    writable: tuple[Folder, ...] = Field(
        default=(), description="Folders in memory; all else of a container is read-only."
    )
    modules: tuple[Module, ...] = Field(
        default=(), description="Further modules of a unikernel: imports that no scan can see."
    )
    files: tuple[Inside, ...] = Field(
        default=(), description="Patterns of the files in a unikernel; empty: all but tests."
    )
    options: tuple[str, ...] = Field(
        default=(), description="Further options of the runtime, such as -Xmx48m."
    )


class _Written(Described):
    """An app.yaml; what an image says of itself may hold more than a person should write."""

    environment: dict[Variable, Annotated[VariableValue, BeforeValidator(_text)]] = Field(
        default_factory=dict, description="Defaults of its environment variables."
    )

    @field_validator("entry")
    @classmethod
    def _starts_what_is_its_own(cls, entry: str, info: ValidationInfo) -> str:
        # Where the runtime itself is wrong, that is told alone.
        if "runtime" not in info.data:
            return entry
        return _main_class(entry) if info.data["runtime"] == "java" else _inside(entry)

    @model_validator(mode="after")
    def _uses_others(self) -> Self:
        findings: list[Finding] = []
        for nth, name in enumerate(self.uses):
            if name == self.name:
                error = wrong("it uses itself", remedy="take it out; name others")
                findings.append((("uses", nth), error))
            elif name in self.uses[:nth]:
                error = wrong(f"{name} is there twice", remedy="take one of them out")
                findings.append((("uses", nth), error))
        if findings:
            raise refused("app.yaml", findings)
        return self


def read_described(folder: Path) -> Described:
    """Read `folder`/app.yaml, or what a container image says of itself.

    Args:
        folder: an application's folder, or a container image's archive.

    Raises:
        WrongInput: it is missing, or names line, field and remedy of each thing that is wrong.
    """
    if is_image(folder):
        return _of_image(folder)
    path, text = folder / "app.yaml", ""
    try:
        text = read_text(path)
        return _parsed(text)
    except Malformed as error:
        first = error.problems[0]
        if first.line is not None:
            raise wording.refusal(path, error.problems, text.splitlines()) from None
        raise WrongInput(
            f"{path} cannot be read",
            seen=first.message,
            remedy="name a folder that holds an app.yaml; see docs/add-an-application.md",
        ) from None


def _of_image(archive: Path) -> Described:
    from deployments.container_image.says import says_of_image

    try:
        return Described.model_validate({"port": None, **says_of_image(archive)})
    except ValidationError as error:
        raise WrongInput(
            f"{archive} does not say enough of its application",
            seen="\n".join(_problem(found) for found in error.errors()),
            remedy="describe it in an app.yaml beside it: "
            f"runtime: image, entry: {archive.name}, port: ...",
        ) from None


def _problem(error: ErrorDetails) -> str:
    return f"{'.'.join(map(str, error['loc']))}: {error['msg']}"


@cache
def _parsed(text: str) -> Described:
    document = parse(text)
    try:
        return _Written.model_validate(document.value)
    except ValidationError as error:
        raise Malformed(*wording.put(error.errors(), document, _Written)) from None
