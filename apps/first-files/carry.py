"""Carry the archive's files through a node that runs by ../compose.yaml, when all of it is up.

Tells NodeManager where the archive is published, lets indexGD index it, RunQC check it and
EPOS_Sync_System synchronise it, and prints what each says. Done again, it finds all as it is.
"""

import base64
import json
import os
import ssl
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

SECRETS = Path("/run/secrets")
BETWEEN = 1.0  # s between two looks at a run of indexGD
CENTERS = "/api/data-centers"


def ask(method: str, url: str, body: Any = None, headers: dict[str, str] | None = None) -> Any:
    """Give the JSON that is answered; without one that is right this program ends."""
    sent = json.dumps(body).encode() if body is not None else b"" if method == "POST" else None
    kind = {"Content-Type": "application/json", **(headers or {})}
    request = urllib.request.Request(url, data=sent, headers=kind, method=method)
    try:
        with urllib.request.urlopen(request, context=trusted(url)) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            sys.exit(f"{method} {url}: {error.code} {error.read().decode(errors='replace')}")
    except OSError as error:
        sys.exit(f"{method} {url}: {error}")


def trusted(url: str) -> ssl.SSLContext | None:
    """Give the node's own certificate as the only one that is believed."""
    if not url.startswith("https:"):
        return None
    return ssl.create_default_context(cafile=str(SECRETS / "tls_certificate"))


def publish(manager: str) -> str:
    """Say where files of the archive are, unless an operator said it already."""
    password = (SECRETS / "nodemanager_login").read_text()
    login = {"Authorization": "Basic " + base64.b64encode(f"first:{password}".encode()).decode()}
    here, instead_of = os.environ["PUBLISHED"], os.environ["INSTEAD_OF"]
    nodes = {node["name"]: node["id"] for node in ask("GET", f"{manager}/api/nodes", None, login)}
    for center in ask("GET", manager + CENTERS, None, login):
        if center["hostname"] == instead_of:
            id = center.pop("id")
            changed = {**center, "hostname": here, "node": nodes.get(center["node"])}
            ask("PUT", f"{manager}{CENTERS}/{id}", changed, login)
            return f"files of {center['acronym']} are published at {here}"
    return "knows where the archive is published"


def index(url: str) -> Any:
    """Let indexGD index; where it goes on beside its answer, until it has ended, and well."""
    found = ask("POST", url)
    while found.get("state") == "running":
        time.sleep(BETWEEN)
        found = ask("GET", url)
    if found.get("state") == "failed":
        sys.exit(f"indexGD: {json.dumps(found)}")
    return found


def main() -> None:
    """Ask one after the other."""
    tell("NodeManager", publish("https://" + os.environ["NODEMANAGER"]))
    tell("indexGD", index(f"http://{os.environ['INDEXGD']}/index"))
    tell("RunQC", ask("POST", f"http://{os.environ['RUNQC']}/qc"))
    tell("EPOS_Sync_System", ask("POST", f"http://{os.environ['SYNC']}/sync"))


def tell(who: str, said: Any) -> None:
    """Print what one said, at once."""
    sys.stdout.write(f"{who}: {said if isinstance(said, str) else json.dumps(said)}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
