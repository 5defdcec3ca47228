"""The proof of synchronisation: what was validated is at the gateway, once, and equal."""

from __future__ import annotations

from typing import Any

from deployments.model import Application
from runs.telling import tell
from tasks.proof.requests import Asking, wrong

GATEWAY = "gnss-europe-gateway"  # the destination of a node that names no other
FILES = """
    select name, relative_path, md5checksum, md5uncompressed, status from rinex_file
"""
VALIDATED = FILES + " where status > 0"


def prove_gateway(asking: Asking, carry: Application, database: Application) -> dict[str, Any]:
    """Have what was validated carried to the gateway, and compare the two databases.

    Args:
        asking: asks its applications.
        carry: EPOS_Sync_System.
        database: the database, which holds the node's and the gateway's.

    Raises:
        EposVirtError: a file was not carried, or differs at the gateway.
    """
    tell("EPOS_Sync_System carries what was validated to the gateway")
    carried = asking.json(carry, "/sync", method="POST")
    if carried["failed"]:
        raise wrong(carry.name, "could not carry everything", carried["failures"])
    validated = set(asking.rows(database, VALIDATED))
    there = asking.rows(database, FILES, database=GATEWAY)
    if not validated:
        raise wrong("RunQC", "validated nothing: there is nothing to carry", "no status above 0")
    if len(there) != len(set(there)):
        raise wrong(carry.name, "carried files twice", sorted(there))
    if differing := validated ^ set(there):
        raise wrong(carry.name, "left node and gateway different", sorted(map(str, differing)))
    return {"at_gateway": len(there), "carried": carried["carried"] + carried["updated"]}
