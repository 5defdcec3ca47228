"""The kinds of text an environment holds: names, hosts, addresses, paths, options."""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from ipaddress import IPv4Address, IPv4Interface
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, PlainValidator, Strict, WithJsonSchema

from deployments.problem import wrong

NAME = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$"
LAB_NAME = r"^[a-z0-9][a-z0-9-]{0,30}$"  # as lab.folders.check_lab_name
INTERFACE_LENGTH = 15  # characters; IFNAMSIZ of Linux less the closing NUL
NAME_LENGTH = 255  # bytes; NAME_MAX of Linux
PATH_LENGTH = 2048  # bytes; half of PATH_MAX, for a relative path is put behind its folder
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.:-]{0,251}[A-Za-z0-9])?")
_OPTION = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.,:=/+@%-]{0,254}")
_PACKAGE = re.compile(r"[a-z0-9][a-z0-9+.-]{1,127}")
_SUITE = re.compile(r"[a-z][a-z0-9-]{1,62}")
_USER = re.compile(r"[a-z_][a-z0-9_-]{0,31}")
_DEVICE = re.compile(r"/dev/[A-Za-z0-9_][A-Za-z0-9_./-]{0,120}")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")
# A bare name resolves as an address where inet_aton(3) reads it so: 0x7f000001 is 127.0.0.1.
_AS_NUMBER = re.compile(r"[0-9]+|0[xX][0-9A-Fa-f]*")
# What Linux, ifupdown (VLANs have a dot) or Xen give names to themselves.
_TAKEN_INTERFACE = re.compile(r"lo|all|default|none|docker0|(vif|tap|veth)[0-9].*")
# Devices that hold nothing: characters, memory, what a process has open.
_NO_DISK = re.compile(
    r"/dev/((u?random|null|zero|full|mem|kmem|port|kmsg|console|ptmx|std(in|out|err))$"
    r"|(fd|pts|shm|char|net|tty|input|cpu)(/|[0-9]|$))"
)
_SECRET = re.compile(
    r"(?i)(passw(or)?d|passphrase|secret|token|credential"
    r"|(api|private|access|signing|encryption|ssh)_?key|(?<![a-z])(pass|pwd|pw|pgpass)(?![a-z]))"
)
_SECRET_VALUE = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY|(?i:\b(password|passwd|pwd)\s*=\s*\S)|(?i:\bbearer\s+\S{8})"
    r"|(?i:\bbasic\s+(?=\S*[0-9=])[A-Za-z0-9+/]{8})"
    # What services hand out, known by how it begins: AWS, GitHub, GitLab, Slack, JSON Web Tokens.
    r"|\b(AKIA[0-9A-Z]{16}|gh[pousr]_\w{8}|github_pat_\w|glpat-|xox[abprs]-|eyJ[\w-]+\.eyJ)"
    r"|\$(1|2[aby]|5|6|y|argon2[a-z]*)\$"  # crypt(5): the hash of a password
)
_CREDENTIALS = re.compile(r"://[^/\s:@]*:[^/\s@]+@")


def check_name(text: str) -> str:
    """Refuse what is no plain name; names reach shells, file names and Xen."""
    if not re.fullmatch(NAME, text) or ".." in text or text.endswith("\n"):
        raise wrong(
            f"not a usable name{_culprit(text)}",
            remedy="write 1 to 63 of A-Z a-z 0-9 _ . - without `..`, first a letter or digit",
        )
    return text


def _culprit(text: str) -> str:
    """Name the first character that is not allowed; look-alikes are told by their names."""
    if found := re.search(r"[^A-Za-z0-9_.-]", text):
        return f": {unicodedata.name(found[0], f'U+{ord(found[0]):04X}')} in it"
    return ": empty" if not text else f": {len(text)} characters" if len(text) > 63 else ""


def check_interface(text: str) -> str:
    """Refuse names that Linux cannot give to a network interface."""
    if len(check_name(text)) > INTERFACE_LENGTH:
        raise wrong(
            f"the name is too long for an interface ({len(text)} characters)",
            remedy=f"write at most {INTERFACE_LENGTH} characters, a limit of Linux",
        )
    if _TAKEN_INTERFACE.fullmatch(text):
        raise wrong(f"the name `{text}` is taken", remedy="write another, such as `xenbr0`")
    return text


def check_lab_name(text: str) -> str:
    """Refuse names that `python -m lab` takes for no lab's."""
    if not re.fullmatch(LAB_NAME, text):
        raise wrong(
            "not the name of a lab",
            remedy="write 1 to 31 small letters, digits and hyphens, such as `lab2`",
        )
    return text


def check_variable(text: str) -> str:
    """Refuse what is no name of an environment variable, and secrets in clear text."""
    if not _VARIABLE.fullmatch(text):
        raise wrong("not the name of a variable", remedy="write letters, digits and _")
    if holds_secret(text):
        raise wrong(
            "a secret does not belong in this file",
            remedy=f"leave it out, the deployment makes passwords; or name a file: {text}_FILE",
        )
    return text


def check_variable_value(text: str) -> str:
    """Refuse addresses that carry a password."""
    if _SECRET_VALUE.search(text):
        raise wrong(
            "a secret does not belong in this file",
            remedy="leave it out, the deployment makes passwords; or name a file that holds it",
        )
    if _CREDENTIALS.search(text):
        raise wrong(
            "a password does not belong in this file",
            remedy="write the address without `user:password@`; the deployment makes passwords",
        )
    return text


def check_version(value: object) -> object:
    """Refuse other versions of the format; True and 1.0 equal 1 in Python, not in a file."""
    if type(value) is not int or value != 1:
        raise wrong("not a version of this format", remedy="write `schema: 1`")
    return value


def holds_secret(variable: str) -> bool:
    """Tell whether a variable's name says that its value is secret; X_FILE names a file."""
    return bool(_SECRET.search(variable)) and not variable.upper().endswith("_FILE")


def masked(line: str) -> str:
    """Hide what a line of a file may hold of secrets."""
    line = _CREDENTIALS.sub("://***@", line)
    line = re.sub(rf"({_SECRET_VALUE.pattern}).*", "***", line)
    return re.sub(rf"({_SECRET.pattern[4:]}\w*[\"']?\s*[:=]\s*)[^\s].*", r"\1***", line, flags=re.I)


def _like(pattern: re.Pattern[str], what: str, example: str) -> AfterValidator:
    def check(text: str) -> str:
        if not pattern.fullmatch(text) or ".." in text:
            raise wrong(f"not {what}", remedy=f"write it like `{example}`")
        return text

    return AfterValidator(check)


def _number_as_text(value: object) -> object:
    """Take `PORT: 8080` as text; the file reader keeps only plain decimal numbers as numbers."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _address(value: object) -> IPv4Address:
    if isinstance(value, IPv4Address) and not isinstance(value, IPv4Interface):
        return value
    try:
        return IPv4Address(value if isinstance(value, str) else "")
    except ValueError:
        raise wrong("not an IPv4 address", remedy="write it like `10.0.7.201`") from None


def _interface(value: object) -> IPv4Interface:
    if isinstance(value, IPv4Interface):
        return value
    text = value if isinstance(value, str) else ""
    if not re.fullmatch(r"[0-9.]+/[0-9]{1,2}", text):
        raise wrong(
            "not an IPv4 address with its prefix length", remedy="write it like `10.0.7.100/24`"
        )
    try:
        return ipaddress.IPv4Interface(text)
    except ValueError as error:
        raise wrong(
            f"not an IPv4 address with its prefix length: {error}",
            remedy="write it like `10.0.7.100/24`",
        ) from None


def _path(value: object) -> Path:
    if isinstance(value, Path):
        return value
    if not isinstance(value, str) or not value.strip() or re.search(r"[\0-\x1f]", value):
        raise wrong("not a path", remedy="write the path of a file or folder")
    if "$" in value:
        raise wrong("variables ($...) are not filled in", remedy="write the path itself")
    check_variable_value(value)
    return Path(check_length(value))


def check_length(path: str) -> str:
    """Refuse paths that no file can have."""
    size = len(path.encode(errors="surrogatepass"))
    longest = max(len(part.encode(errors="surrogatepass")) for part in path.split("/"))
    if longest > NAME_LENGTH or size > PATH_LENGTH:
        what = f"a name of {longest} bytes in it" if longest > NAME_LENGTH else f"{size} bytes"
        raise wrong(
            f"too long for a path: {what}",
            remedy=f"write at most {NAME_LENGTH} bytes a name, {PATH_LENGTH} in all",
        )
    return path


def _expanded(path: Path) -> Path:
    try:
        return path.expanduser()
    except RuntimeError:
        raise wrong("whose home folder this is, is not known", remedy="write the path") from None


def _relative(path: Path) -> Path:
    if path.is_absolute() or str(path).startswith("~"):
        raise wrong(
            "an absolute path would not work elsewhere",
            remedy="write the folder relative to this file, such as `../apps/database`",
        )
    return path


_PATH_SCHEMA = WithJsonSchema({"type": "string", "format": "path", "minLength": 1})

Name = Annotated[str, AfterValidator(check_name), Field(json_schema_extra={"pattern": NAME})]
LabName = Annotated[
    str, AfterValidator(check_lab_name), Field(json_schema_extra={"pattern": LAB_NAME})
]
InterfaceName = Annotated[
    str,
    AfterValidator(check_interface),
    Field(json_schema_extra={"pattern": NAME, "maxLength": INTERFACE_LENGTH}),
]


def check_host(text: str) -> str:
    """Refuse what no name server and no network knows; nothing is asked."""
    if not _HOST.fullmatch(text) or not _can_be_reached(text):
        raise wrong("not a host name or address", remedy="write it like `10.0.7.100`")
    return text


def _can_be_reached(host: str) -> bool:
    labels = host.rstrip(".").split(".")
    if ":" in host or _AS_NUMBER.fullmatch(labels[-1]):  # `10.0.7` and `10.0.7.300` are no names
        try:
            address = ipaddress.ip_address(host)
        except ValueError:
            return False
        return not address.is_multicast and host != "255.255.255.255"
    return all(re.fullmatch(r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)", label) for label in labels)


Host = Annotated[str, AfterValidator(check_host)]
User = Annotated[str, _like(_USER, "a user name", "root")]


def check_disk(text: str) -> str:
    """Refuse what is no disk on any server."""
    if _NO_DISK.match(text):
        raise wrong("not a disk", remedy="name an empty disk or partition, like `/dev/vdb`")
    return text


Device = Annotated[str, _like(_DEVICE, "a block device", "/dev/vdb"), AfterValidator(check_disk)]
BootOption = Annotated[
    str, _like(_OPTION, "a boot option", "spec-ctrl=no"), AfterValidator(check_variable_value)
]
Package = Annotated[str, _like(_PACKAGE, "the name of a Debian package", "python3-flask")]
Suite = Annotated[str, _like(_SUITE, "the name of a Debian suite", "trixie")]
Variable = Annotated[str, AfterValidator(check_variable)]
VariableValue = Annotated[
    str,
    BeforeValidator(_number_as_text, json_schema_input_type=str | int),
    AfterValidator(check_variable_value),
]
Address = Annotated[
    IPv4Address, PlainValidator(_address), WithJsonSchema({"type": "string", "format": "ipv4"})
]
InterfaceAddress = Annotated[
    IPv4Interface,
    PlainValidator(_interface),
    WithJsonSchema({"type": "string", "pattern": r"^[0-9.]+/[0-9]{1,2}$"}),
]
AnyPath = Annotated[Path, PlainValidator(_path), _PATH_SCHEMA]
UserPath = Annotated[Path, PlainValidator(_path), AfterValidator(_expanded), _PATH_SCHEMA]
RelativePath = Annotated[Path, PlainValidator(_path), AfterValidator(_relative), _PATH_SCHEMA]
Count = Annotated[int, Strict()]
Flag = Annotated[bool, Strict()]
