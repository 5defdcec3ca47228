"""Measuring what a toolchain's daemon hosts: its image's size and its starts.

Of memory a daemon tells nothing.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import replace

from tasks.application import variables
from tasks.content import key_of
from tasks.instance.thing import absent
from tasks.measuring.load import load_figures
from tasks.measuring.measure import ANSWERED, Figure, Subject, brought_back, starts
from tasks.measuring.method import Method
from tasks.measuring.timed_start import Start, timed_start
from tasks.unikernel.hosted_instance import Hosted
from toolchains import Image

# An instance may get its address only as it starts, so that nothing can be asked before.
ONCE_CREATED = f"creating call until {ANSWERED}, asked from when that call has returned"


def hosted_subject(hosted: Hosted) -> Subject:
    """Measure an instance that runs, in the image that its toolchain builds now."""
    environment, application = hosted.environment, hosted.application

    def key() -> str:
        found = hosted.find()
        if found is None:
            return ""
        settings = application.memory, application.volumes, variables(environment, application)
        return key_of(found.image, *settings)

    def measure(method: Method) -> Iterable[Figure]:
        if hosted.find() is None:
            raise absent(environment, application.name)
        image = hosted.build()
        yield Figure("size", "bytes", [image.size_bytes], "bytes that its daemon keeps")
        with brought_back(lambda: bring_back(hosted, image)):
            running, answered = starts(method, lambda: end(hosted), lambda: timed(hosted, image))
        yield from (running, replace(answered, method=ONCE_CREATED))
        if found := hosted.find():
            yield from load_figures(hosted.connections.server, hosted.question(found))

    return Subject(application.name, "unikernel", key, measure)


def end(hosted: Hosted) -> None:
    """Have the daemon end and forget it, where it is there."""
    if found := hosted.find():
        hosted.chain.remove(found)


def bring_back(hosted: Hosted, image: Image) -> None:
    """Have an instance that was being measured run again; its answer is not waited for."""
    if hosted.find() is None:
        hosted.create(image)


def timed(hosted: Hosted, image: Image) -> Start:
    """Have the daemon start it; time that call, and until the first correct answer."""
    began = time.monotonic()
    started = hosted.create(image)
    running = time.monotonic() - began
    timed_start(hosted.connections.server, hosted.question(started), lambda: None)
    return Start(running, time.monotonic() - began)
