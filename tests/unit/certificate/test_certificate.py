"""The environment's certificate: a client that trusts it believes every application's address."""

from __future__ import annotations

import socket
import ssl
import threading
from datetime import timedelta
from pathlib import Path

import pytest

from deployments.model import Environment
from tasks import certificate
from tasks.certificate import CERTIFICATE, KEY, certificate_of
from tasks.comparing.copies import with_copies


def greeted_by(address: str, made: Path) -> None:
    """Have a server with the certificate greeted by a client that trusts only that."""
    serves = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serves.load_cert_chain(made, made.with_name(KEY))
    trusts = ssl.create_default_context(cafile=str(made))
    ours, theirs = socket.socketpair()

    def serve() -> None:
        try:
            with serves.wrap_socket(theirs, server_side=True) as connection:
                connection.recv(1)
        except ssl.SSLError:
            pass  # the client did not believe it

    server = threading.Thread(target=serve)
    server.start()
    try:
        with trusts.wrap_socket(ours, server_hostname=address) as client:
            client.send(b".")
    finally:
        server.join()


SPEAK_HTTPS = ("NodeManager", "Products_Portal")


def test_a_client_that_trusts_it_believes_the_applications_addresses_only(
    own_state: Path, environment: Environment
) -> None:
    made = certificate_of(environment)
    assert made.with_name(KEY).stat().st_mode & 0o777 == 0o600
    for name in SPEAK_HTTPS:
        greeted_by(str(environment.application(name).address), made)
    with pytest.raises(ssl.SSLCertVerificationError, match="IP address mismatch"):
        greeted_by("192.0.2.1", made)
    with pytest.raises(ssl.SSLCertVerificationError, match="IP address mismatch"):
        greeted_by(str(environment.application("database").address), made)


def test_it_stays_until_it_is_old(
    own_state: Path, environment: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(certificate, "LIVES", timedelta(days=29))
    old = certificate_of(environment).read_text()
    monkeypatch.undo()
    new = certificate_of(environment).read_text()
    assert new != old
    assert certificate_of(environment).read_text() == new


def test_a_new_application_is_named_in_a_new_one(own_state: Path, environment: Environment) -> None:
    portal = environment.application("Products_Portal")
    others = tuple(app for app in environment.applications if app != portal)
    fewer = environment.model_copy(update={"applications": others})
    old = certificate_of(fewer).read_text()
    assert certificate_of(environment).read_text() != old
    greeted_by(str(portal.address), certificate_of(environment))


def test_one_that_does_not_show_it_leaves_it(own_state: Path, environment: Environment) -> None:
    before = certificate_of(environment).read_text()
    beside, _ = with_copies(environment, "FWSS", ("vm", "container", "unikernel"))
    assert certificate_of(beside).read_text() == before


@pytest.mark.parametrize("file", [CERTIFICATE, KEY])
@pytest.mark.parametrize("holds", ["", "no PEM", "another's"])
def test_what_is_broken_or_does_not_belong_together_is_made_anew(
    own_state: Path, environment: Environment, file: str, holds: str
) -> None:
    other = environment.model_copy(update={"name": "other"})
    another = certificate_of(other).with_name(file).read_text()
    made = certificate_of(environment)
    made.with_name(file).write_text(another if holds == "another's" else holds)
    portal = environment.application("Products_Portal")
    greeted_by(str(portal.address), certificate_of(environment))
