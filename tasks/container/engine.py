"""What a Docker engine refuses or cannot do, told as the project's own errors."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from errors import EposVirtError

KEY_LABEL = "epos-virt.key"  # content key of an image; marks it as ours
ENVIRONMENT_LABEL = "epos-virt.environment"  # marks containers, networks and volumes as ours
APPLICATION_LABEL = "epos-virt.application"
CONFIG_LABEL = "epos-virt.config"  # hash of what a container was made from
THIS_MACHINE = "this machine"


@contextmanager
def asking(host: str, what: str) -> Iterator[None]:
    """Turn the Docker SDK's errors into the project's.

    Args:
        host: the machine the engine runs on.
        what: what the engine is asked to do, as in `the engine could not {what}`.

    Raises:
        EposVirtError: transient where the engine was not reached, or failed within itself.
    """
    from docker.errors import APIError, DockerException
    from requests import RequestException

    try:
        yield
    except APIError as error:
        raise EposVirtError(
            f"{host}: the Docker engine could not {what}",
            seen=error.explanation or str(error),
            remedy=f"on {host}: journalctl -u docker",
            transient=error.is_server_error(),
        ) from error
    except (DockerException, RequestException, OSError) as error:
        raise EposVirtError(
            f"{host}: the Docker engine did not answer when asked to {what}",
            seen=str(error) or type(error).__name__,
            remedy=f"see that {host} is up and its Docker engine runs, then run again",
            transient=True,
        ) from error
