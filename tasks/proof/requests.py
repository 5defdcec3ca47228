"""Asking the applications of a node while it is proved that they work."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from blocks.connections import Connections
from blocks.tunnel import tcp_tunnel
from blocks.web import request
from deployments.model import Application, Environment
from errors import EposVirtError
from runs.patience import stretched
from runs.wait import wait_until
from tasks.application import described
from tasks.guest.work import guest_work
from tasks.instance.proving_question import question_of

if TYPE_CHECKING:
    import httpx

REACHED_WITHIN = 60.0  # seconds in which it is reached, or its machine is at work
WITHIN = 900.0  # seconds: an emulated guest expands and reads every file of the archive
# What it answers while it, or one it asks in turn, is not ready yet: asked again.
NOT_YET = {
    409,  # it is at an earlier question yet
    429,
    *range(502, 505),  # an application behind it is not there yet
}


class Asking:
    """The applications of one environment, asked from the server."""

    def __init__(
        self, environment: Environment, connections: Connections, certificate: Path
    ) -> None:
        """Keep the run's connections and the file with the certificate of those that use HTTPS."""
        self.environment = environment
        self.connections = connections
        self.certificate = certificate

    def text(self, app: Application, path: str, *, method: str = "GET") -> str:
        """Give the text of an answer with status 200 or 202; port and protocol are its app.yaml's.

        Raises:
            EposVirtError: another status, or no answer.
        """
        says = described(self.environment, app)

        def ask() -> httpx.Response:
            response = request(
                self.connections.server,
                str(app.address),
                says.port,
                path,
                method=method,
                certificate=self.certificate if says.protocol == "https" else None,
                timeout=WITHIN,
            )
            if response.status_code in NOT_YET:
                raise OSError(f"{response.status_code} to {path}: {response.text[:500]}")
            return response

        # An emulated neighbour that is busy may miss the server's ARP probes for seconds.
        answer = wait_until(
            ask,
            what=f"{app.name} on {app.address}:{says.port}",
            within=REACHED_WITHIN,
            every=2,
            remedy=f"python -m flows.logs {app.name} shows what it printed",
            progress=guest_work(self.connections, app.domu or app.name),
        )
        if answer.status_code not in (200, 202):
            raise wrong(app.name, f"answered {answer.status_code} to {path}", answer.text[:500])
        return answer.text

    def json(self, app: Application, path: str, method: str = "GET") -> Any:
        """Give an answer's JSON."""
        return json.loads(self.text(app, path, method=method))

    def rows(
        self, app: Application, statement: str, *, database: str = ""
    ) -> list[tuple[Any, ...]]:
        """Give what a database answers; `database` names another than its answer's."""
        import psycopg2

        question = question_of(self.environment, app)
        user, password, usual = question.login

        def ask() -> tuple[list[tuple[Any, ...]]]:
            with tcp_tunnel(self.connections.server, question.address, question.port) as port:
                session = psycopg2.connect(
                    host="127.0.0.1",
                    port=port,
                    user=user,
                    password=password,
                    dbname=database or usual,
                    connect_timeout=int(stretched(60)),
                )
                with closing(session), session.cursor() as cursor:
                    cursor.execute(statement)
                    return (list(cursor.fetchall()),)  # no rows are an answer, too

        def reached() -> tuple[list[tuple[Any, ...]]]:
            try:
                return ask()
            except psycopg2.OperationalError as error:
                raise OSError(str(error)) from error
            except psycopg2.Error as error:
                raise wrong(app.name, "refused a question", str(error)) from error

        [rows] = wait_until(
            reached,
            what=f"{app.name} on {question.address}:{question.port}",
            within=REACHED_WITHIN,
            every=2,
            remedy=f"python -m flows.logs {app.name} shows what it printed",
            progress=guest_work(self.connections, app.domu or app.name),
        )
        return rows


def wrong(who: str, what: str, seen: Any) -> EposVirtError:
    """Make the error that names the application at which something was lost or changed."""
    lines = [seen] if isinstance(seen, str) else [str(item) for item in seen]
    more = [f"and {len(lines) - 12} more"] if len(lines) > 12 else []
    return EposVirtError(
        f"proof: {who} {what}",
        seen="\n".join([*lines[:12], *more]),
        remedy=f"the fault is in {who} or between it and the one before: "
        "indexGD → FWSS → database → GLASS → portal, RunQC → FWSS, EPOS_Sync_System → gateway",
    )
