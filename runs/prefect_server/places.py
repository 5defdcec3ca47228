"""Where our Prefect server is: its address, and the files that say who is there."""

from __future__ import annotations

from pathlib import Path

from state import state_folder

HOST = "127.0.0.1"
PORT = 4200  # Prefect's own; where another program has it, a run takes any that is free


def home() -> Path:
    """Prefect's own folder, made where it is missing: before Prefect is imported to run flows."""
    return state_folder("prefect")


def api_url(port: int) -> str:
    """Give the address of the API on this port."""
    return f"http://{HOST}:{port}/api"


def server_lock() -> Path:
    """Held by the server while it lives; says its url."""
    return home() / "server.lock"


def users_lock() -> Path:
    """Shared by all that use the server; it ends with the last."""
    return home() / "users.lock"


def serving_lock() -> Path:
    """Held by `flows.serve`; says since when flows are registered."""
    return home() / "serving.lock"


def log_file() -> Path:
    """What the server writes."""
    return home() / "server.log"
