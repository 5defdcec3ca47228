"""A connection to libvirt that ends under a question is tried again; libvirt's refusals are not."""

from __future__ import annotations

import libvirt
import pytest

from errors import EposVirtError
from runs.lost_connection import transient_if_lost


@pytest.mark.parametrize(
    "said",
    ["End of file while reading data: Input/output error", "Cannot write data: Broken pipe"],
)
def test_a_lost_connection_is_transient(said: str) -> None:
    error = transient_if_lost(libvirt.libvirtError(said))
    assert isinstance(error, EposVirtError)
    assert error.transient
    assert said in error.seen


def test_other_errors_stay_as_they_are() -> None:
    refused = libvirt.libvirtError("Domain not found: no domain with matching name")
    other = OSError("End of file while reading data")
    assert transient_if_lost(refused) is refused
    assert transient_if_lost(other) is other
