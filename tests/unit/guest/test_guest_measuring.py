"""What decides a guest's figures."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as xml

from tasks.guest.description import marked
from tasks.guest.measuring import domain_key


class Domains:
    """A hypervisor with one domain of ours."""

    def __init__(self, description: str) -> None:
        self.description = description

    def lookupByName(self, name: str) -> Any:
        return self

    def XMLDesc(self) -> str:
        return self.description


def test_a_guest_is_known_by_its_description_and_what_else_matters() -> None:
    description = marked(xml.Element("domain"), "lab")
    domains: Any = Domains(description)
    key = domain_key(domains, "vm")
    assert len(key) == 16
    assert domain_key(domains, "vm", "root1") == f"{key}:root1"
    unmarked: Any = Domains("<domain/>")
    assert domain_key(unmarked, "vm", "root1") == ":root1"
