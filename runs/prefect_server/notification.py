"""Telling somebody elsewhere that a run did not end well: an automation of Prefect's server."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

from errors import WrongInput

if TYPE_CHECKING:
    from uuid import UUID

NAME = "epos-virt: a run failed"
BLOCK = "epos-virt-failed-runs"
TOLD_OF = {"prefect.flow-run.Failed", "prefect.flow-run.Crashed"}
# Filled in by the server, with Jinja, when it happens.
SUBJECT = "{{ deployment.name }}: {{ flow_run.name }}: {{ flow_run.state.name }}"
BODY = "{{ flow_run.state.message }}\n{{ flow_run|ui_url }}"
# `text` is what chat programs show of a message.
SENT = {"subject": "{{subject}}", "body": "{{body}}", "text": "{{subject}}\n{{body}}"}


def check_receiver(url: str) -> None:
    """Refuse what nothing can be sent to.

    Raises:
        WrongInput: it is no address of HTTP. It is not repeated: who knows it can write there.
    """
    if not _is_address(url):
        raise WrongInput(
            "--notify is given no address of HTTP",
            remedy="write it like https://chat.example/hooks/1234, which takes JSON by POST",
        )


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        port = parts.port  # raises for what is no number, or above 65535
    except ValueError:
        return False
    plain = url.isprintable() and not any(letter.isspace() for letter in url)
    return plain and parts.scheme in ("http", "https") and bool(parts.hostname) and port != 0


def notify(url: str, deployments: Sequence[UUID]) -> None:
    """Have the server send JSON to `url` whenever a run of these deployments fails or crashes.

    Args:
        url: gets an object with `subject`, `body` and both as `text`, by POST; empty: nobody is
            told any more.
        deployments: whose runs.
    """
    from prefect.automations import Automation
    from prefect.blocks.notifications import CustomWebhookNotificationBlock
    from prefect.client.orchestration import get_client
    from prefect.events.actions import SendNotification
    from prefect.events.schemas.automations import EventTrigger, Posture

    with get_client(sync_client=True) as client:
        for known in client.read_automations_by_name(NAME):
            client.delete_automation(known.id)
    if not url:
        return
    block = CustomWebhookNotificationBlock(
        name="epos-virt", url=url, json_data=SENT, headers=None, cookies=None
    )
    related: dict[str, str | list[str]] = {
        "prefect.resource.id": [f"prefect.deployment.{one}" for one in deployments],
        "prefect.resource.role": "deployment",
    }
    block_id = cast("UUID", block.save(BLOCK, overwrite=True))
    Automation(
        name=NAME,
        trigger=EventTrigger(
            expect=TOLD_OF,
            match_related=related,
            posture=Posture.Reactive,
            threshold=1,
        ),
        actions=[
            SendNotification(block_document_id=block_id, subject=SUBJECT, body=BODY),
        ],
    ).create()
