"""HTTP to applications that only the server can reach, through its SSH connection."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from blocks.connection import Connection
from blocks.tunnel import tcp_tunnel
from errors import EposVirtError
from runs.patience import stretched

if TYPE_CHECKING:
    import httpx


def request(
    connection: Connection,
    address: str,
    port: int,
    path: str,
    *,
    method: str = "GET",
    certificate: Path | None = None,
    timeout: float = 30.0,
) -> httpx.Response:
    """Ask an application one thing.

    Args:
        connection: the machine that reaches it.
        address: its IPv4 address there.
        port: its TCP port.
        path: path and query.
        method: GET or POST (without a body).
        certificate: the certificate it must show; given, the request goes over HTTPS.
        timeout: seconds for each part of the exchange, on a plain machine (runs/patience.py).

    Raises:
        EposVirtError: no answer; transient.
    """
    import ssl

    import httpx

    scheme = "https" if certificate else "http"
    verify = ssl.create_default_context(cafile=str(certificate)) if certificate else True
    # The tunnel's address is not the application's: the name that TLS checks is given apart.
    extensions = {"sni_hostname": address} if certificate else {}
    with tcp_tunnel(connection, address, port) as local:
        try:
            with httpx.Client(verify=verify, timeout=stretched(timeout), trust_env=False) as client:
                return client.request(
                    method,
                    f"{scheme}://127.0.0.1:{local}{path}",
                    headers={"Host": address},
                    extensions=extensions,
                )
        except httpx.HTTPError as error:
            raise EposVirtError(
                f"{scheme}://{address}:{port}{path} does not answer",
                seen=str(error) or type(error).__name__,
                remedy=f"python -m flows.logs shows what it printed; is {address} reachable "
                f"from {connection.name}?",
                transient=True,
            ) from error
