"""An application's container image as its source: root, command, user and all else from it."""

from toolchains.linux.container.guest import build, look

__all__ = ["build", "look"]
