"""libvirt's connection that ends under a question: the step looks again, over a new one."""

from __future__ import annotations

from errors import EposVirtError

# What libvirt says then; it has no code of its own for it.
SAYINGS = (
    "End of file while reading data",
    "Cannot write data",
    "client socket is closed",
)


def transient_if_lost(error: BaseException) -> BaseException:
    """Give a transient error of ours for one of libvirt that says so; any other as it is."""
    text = str(error)
    if type(error).__name__ != "libvirtError" or not any(saying in text for saying in SAYINGS):
        return error
    return EposVirtError(
        "the connection to libvirt was lost",
        seen=text,
        remedy="run the same command again; on the server: systemctl status libvirtd",
        transient=True,
    )
