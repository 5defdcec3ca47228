"""The Prefect server of a run: the one at PREFECT_API_URL, or ours."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from urllib.parse import urlsplit

from errors import EposVirtError, WrongInput
from runs.prefect_server.login import login
from runs.prefect_server.places import HOST
from runs.prefect_server.process import Starting, healthy, running_url, starting, status_of
from runs.wait import wait_until
from state import state_folder

REFUSED = (401, 403)


@contextmanager
def prefect_server(
    port: int | None = None,
    *,
    wait: float = 0.0,
    open_to_all: bool = True,
    meanwhile: Callable[[], object] = lambda: None,
) -> Iterator[str]:
    """Use the server at PREFECT_API_URL; without one, ours, started unless it runs.

    Ours ends by itself when the last that uses it has ended.

    Args:
        port: the only port of ours that will do.
        wait: seconds to wait for a server at PREFECT_API_URL that does not answer yet.
        open_to_all: whether that server may be one that answers without login.
        meanwhile: what to do while ours starts.

    Yields:
        The API's address.

    Raises:
        EposVirtError: the server at PREFECT_API_URL does not answer, does not know our login or
            answers without, or ours does not start.
    """
    state_folder("prefect")  # Prefect's home, which it makes only in a folder that is there
    with ExitStack() as stack:
        ours: Starting | None = None
        told = os.environ.get("PREFECT_API_URL", "")
        check_address(told)
        if not told or _means_ours(told):  # begins before Prefect is imported
            ours = stack.enter_context(starting(port))
        from prefect.logging.handlers import APILogWorker
        from prefect.settings import (
            PREFECT_API_AUTH_STRING,
            PREFECT_API_URL,
            PREFECT_FLOWS_HEARTBEAT_FREQUENCY,
            temporary_settings,
        )

        url = PREFECT_API_URL.value()
        if url and not _means_ours(url):
            _check(url, wait=wait, open_to_all=open_to_all)
            yield url
            return
        ours = ours or stack.enter_context(starting(port))
        meanwhile()
        url = ours.url()
        settings = {
            PREFECT_API_URL: url,
            PREFECT_API_AUTH_STRING: login(),
            # Nobody would miss it: ours ends with this process. Ending it takes a flow a second.
            PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None,
        }
        try:
            with temporary_settings(settings):
                yield url
        finally:
            APILogWorker.drain_all(timeout=5)  # what it still holds would be lost with the server


def check_address(url: str) -> None:
    """Refuse what can be no address of a Prefect server's API; empty is none and is fine.

    Raises:
        WrongInput: it is none.
    """
    try:
        parts = urlsplit(url)
        right = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:  # its port
        right = False
    if url and not right:
        raise WrongInput(
            "PREFECT_API_URL is no address",
            seen=url,
            remedy="write it like http://127.0.0.1:4200/api, or unset it and a server is started",
        )


def _means_ours(url: str) -> bool:
    """Tell whether this is our server's address, with the login of ours where it is not there."""
    by_its_login = os.environ.get("PREFECT_API_AUTH_STRING") == login()
    return url == running_url() or (by_its_login and url.startswith(f"http://{HOST}:"))


def _check(url: str, *, wait: float, open_to_all: bool) -> None:
    from prefect.client.orchestration import get_client
    from prefect.exceptions import PrefectHTTPStatusError

    wait_until(
        lambda: healthy(url),
        what=f"an answer of the Prefect server at {url} (PREFECT_API_URL)",
        within=wait,
        remedy="start it, or unset PREFECT_API_URL: then one is started",
    )
    if status_of(url, "/admin/version") not in REFUSED and not open_to_all:
        raise EposVirtError(
            f"the Prefect server at {url} answers without login",
            seen="whoever can reach it could run any command here, as the user that serves",
            remedy="give it PREFECT_SERVER_API_AUTH_STRING, or unset PREFECT_API_URL and ours is "
            "started; --insecure-server takes it as it is",
        )
    try:
        with get_client(sync_client=True) as client:
            client.api_version()
    except PrefectHTTPStatusError as error:
        if error.response.status_code not in REFUSED:
            raise
        raise EposVirtError(
            f"the Prefect server at {url} does not know our login",
            seen=f"it answered {error.response.status_code}",
            remedy="set PREFECT_API_AUTH_STRING to its user:password",
        ) from None
