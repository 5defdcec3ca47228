"""GLASS's t0-manager: what the clients of this node see of it."""

import json
import os
from http.client import HTTPConnection, HTTPException
from typing import Any

BASE = "/GlassFramework/webresources/t0-manager/"
WITHIN = 60  # s of silence


class UnavailableError(Exception):
    """GLASS gives no answer; asking again later may help."""


def listed(verb: str) -> list[dict[str, Any]]:
    """Ask for a list: getNode, getConnection, getDataCenter.

    Raises:
        UnavailableError: No answer, or not a list.
    """
    address, port = os.environ["GLASS_ADDRESS"], int(os.environ.get("GLASS_PORT", "8080"))
    connection = HTTPConnection(address, port, timeout=WITHIN)
    try:
        connection.request("GET", BASE + verb)
        answer = connection.getresponse()
        found = json.loads(answer.read())
    except (OSError, HTTPException, ValueError) as error:
        raise UnavailableError(f"GLASS at {address}:{port} does not answer: {error}") from error
    finally:
        connection.close()
    if answer.status != 200 or not isinstance(found, list):
        raise UnavailableError(f"GLASS at {address}:{port} answered {answer.status}: {found}")
    return found
