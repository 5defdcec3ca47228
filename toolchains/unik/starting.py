"""Starting instances through UniK's daemon."""

from __future__ import annotations

import threading
from collections.abc import Mapping

from errors import WrongInput
from toolchains.hosting import HostedInstance
from toolchains.unik.daemon import Daemon, DaemonInstance, exactly, refuse_mistaken
from toolchains.unik.listener import Listener

REGISTERED_WITHIN = 120.0  # seconds from the start of a guest until it asked for its environment
# One at a time: a guest that hears the call cannot tell whose listener it is.
_starting = threading.Lock()


def start_instance(
    daemon: Daemon,
    image: str,
    *,
    instance: str,
    memory: int,
    volumes: Mapping[str, str],
    environment: Mapping[str, str],
    listener: Listener | None,
    within: float = REGISTERED_WITHIN,
) -> HostedInstance:
    """Start an instance.

    Args:
        daemon: who starts it.
        image: the daemon's name of its image.
        instance: its name.
        memory: bytes.
        volumes: mount point to UniK's volume.
        environment: variables of the application.
        listener: what its guest asks for its environment; None for guests that do not ask.
        within: seconds it is given to ask.

    Raises:
        WrongInput: a volume is not there.
        DaemonFailed: it was not started.
        NoListener: it was, but did not ask for its environment.
    """
    _check_volumes(daemon, volumes)

    def run() -> DaemonInstance:
        megabytes = -(-memory // 2**20)
        return daemon.run(
            instance, image, megabytes=megabytes, mounts=volumes, environment=environment
        )

    if listener is None:
        return as_instance(run(), address="")
    with _starting, listener:
        started = run()
        return as_instance(started, address=listener.wait(instance, within).address)


def as_instance(known: DaemonInstance, address: str) -> HostedInstance:
    """Give what the daemon says of an instance; on Xen it knows no address of its own."""
    return HostedInstance(
        name=known.name,
        identity=known.identity,
        image=known.image,
        address=address or known.address,
        state=known.state,
    )


def _check_volumes(daemon: Daemon, volumes: Mapping[str, str]) -> None:
    if not volumes:
        return
    listed = daemon.list_volumes()
    for mount_point, volume in volumes.items():
        if exactly(listed, volume) is None:
            known = ", ".join(sorted(one.name for one in listed)) or "none"
            raise WrongInput(
                f"UniK has no volume {volume!r} for {mount_point}",
                seen=f"it has {known}",
                remedy=f"unik create-volume --name {volume} --provider xen --size MB --data FOLDER",
            )
        refuse_mistaken(listed, volume)
