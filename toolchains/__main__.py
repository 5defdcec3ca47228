"""The toolchains' command line: `python -m toolchains build|run|list`."""

from __future__ import annotations

import argparse
import json
import socket
import sys
from collections.abc import Sequence
from pathlib import Path

from deployments.container_image.archive import is_image
from errors import EposVirtError, WrongInput
from runs.telling import on_stderr, told_to
from state import state_folder
from toolchains import TOOLCHAINS, qemu, read_application, toolchain
from toolchains.application import application_of_image
from toolchains.interface import Application


def main(words: Sequence[str] | None = None) -> int:
    """Do what `words` say; give the exit status: 0 done, 1 failed, 2 wrong input."""
    options = _parser().parse_args(words)
    try:
        with told_to(on_stderr):
            return int(options.verb(options))
    except EposVirtError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_status
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m toolchains", description=__doc__)
    verbs = parser.add_subparsers(required=True, metavar="COMMAND")
    listing = verbs.add_parser("list", help="list the toolchains there are")
    listing.set_defaults(verb=_list)
    build = verbs.add_parser("build", help="build the image of an application")
    build.set_defaults(verb=_build)
    run = verbs.add_parser(
        "run", help="build it and boot it in QEMU until it ends; Ctrl-C asks it to"
    )
    run.set_defaults(verb=_run)
    for verb in (build, run):
        verb.add_argument(
            "source",
            type=Path,
            help="folder with an app.yaml; or a container image, as `docker save` writes it, "
            "or an OCI layout (tar or folder)",
        )
        verb.add_argument(
            "--image", default="", metavar="NAME", help="which, where an archive holds several"
        )
        verb.add_argument("--toolchain", default="linux", help="default: %(default)s")
    for verb in (build, listing):
        verb.add_argument("-o", "--output", choices=("table", "json"), default="table")
    run.add_argument(
        "--port",
        action="append",
        metavar="PORT[:OWN]",
        help="on 127.0.0.1, for the port it answers on, or for its port OWN; default: 4000",
    )
    run.add_argument(
        "--memory", type=int, help="MiB; default: that of app.yaml, 256 for images, or 128"
    )
    run.add_argument("--env", action="append", default=[], metavar="NAME=VALUE")
    run.add_argument(
        "--volume",
        action="append",
        default=[],
        metavar="FILE:MOUNT_POINT[:rw]",
        help="a file with ext4 or squashfs; an empty one gets what a container image has there",
    )
    run.add_argument("--accel", choices=("tcg", "kvm"), default="tcg")
    return parser


def _list(options: argparse.Namespace) -> int:
    rows = [{"name": name, "summary": known.summary} for name, known in TOOLCHAINS.items()]
    if options.output == "json":
        _print(json.dumps(rows, indent=2))
    else:
        for row in rows:
            _print(f"{row['name']:10} {row['summary']}")
    return 0


def _application(options: argparse.Namespace) -> Application:
    if is_image(options.source):
        return application_of_image(options.source.resolve(), options.image)
    application = read_application(options.source)
    return application.model_copy(update={"image": options.image or application.image})


def _build(options: argparse.Namespace) -> int:
    image = toolchain(options.toolchain).build(_application(options), state_folder("toolchains"))
    description = toolchain(image.toolchain).describe(image)
    if options.output == "json":
        _print(json.dumps(description, indent=2))
        return 0
    for name in ("name", "runtime", "kernel", "root", "root_kind", "key"):
        _print(f"{name:10} {description[name]}")
    _print(f"{'size':10} {image.size_bytes / 1e6:.2f} MB (kernel and root)")
    _print(f"{'built':10} {'now' if image.built else 'earlier: nothing it is made of changed'}")
    return 0


def _run(options: argparse.Namespace) -> int:
    application = _application(options)
    ports = dict(_forward(text, application) for text in options.port or _usual_port(application))
    for port in ports:
        check_port(port)
    environment = dict(_pair(text) for text in options.env)
    disks = [_disk(text) for text in options.volume]
    _tell_what_is_lost(application, disks)
    usual = qemu.MEMORY_OF_IMAGES if application.runtime == "image" else qemu.DEFAULT_MEMORY
    argv = qemu.arguments(
        toolchain(options.toolchain).build(application, state_folder("toolchains")),
        ports=ports,
        memory=(options.memory or 0) * 2**20 or application.memory or usual,
        environment=environment,
        disks=disks,
        accelerator=options.accel,
    )
    for here, own in ports.items():
        sys.stderr.write(f"{_place(application, here, own)}\n")
    status = qemu.run_to_end(argv)
    if status is None:
        sys.stderr.write(
            "the guest ended by itself; its console above says why, if it got so far\n"
        )
        return 1
    return status


def _usual_port(application: Application) -> list[str]:
    return ["4000"] if application.port else []


def _forward(text: str, application: Application) -> tuple[int, int]:
    here, colon, own = text.partition(":")
    if not here.isdigit() or (colon and not own.isdigit()):
        raise WrongInput(f"--port {text!r} is none", remedy="write --port 4000, or 4000:80")
    if not colon and not application.port:
        raise WrongInput(
            f"--port {text}: {application.name} does not say on which port it answers",
            remedy=f"write both: --port {text}:80",
        )
    return int(here), int(own) if colon else application.port


def _place(application: Application, here: int, own: int) -> str:
    if application.protocol in ("http", "https") and own == application.port:
        return f"{application.protocol}://127.0.0.1:{here}{application.answer.path}"
    return f"127.0.0.1:{here} is its port {own}"


def _tell_what_is_lost(application: Application, disks: Sequence[qemu.DataDisk]) -> None:
    """Say which of a container image's volumes are in memory only."""
    kept = {disk.mount_point for disk in disks}
    lost = [mount.path for mount in application.volumes.values() if mount.path not in kept]
    if application.runtime == "image" and lost:
        sys.stderr.write(f"in memory, and lost with the guest: {', '.join(lost)}; see --volume\n")


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise WrongInput(f"--env {text!r} has no value", remedy="write --env NAME=VALUE")
    return name, value


def _disk(text: str) -> qemu.DataDisk:
    file, _, rest = text.partition(":")
    mount_point, _, mode = rest.partition(":")
    if not mount_point.startswith("/") or mode not in ("", "ro", "rw"):
        raise WrongInput(f"--volume {text!r} is none", remedy="write FILE:/MOUNT_POINT[:rw]")
    if not Path(file).is_file():
        raise WrongInput(
            f"--volume {text!r}: there is no file {file}",
            remedy=f"name one, or make one: mke2fs -q -t ext4 {file} 1G",
        )
    return qemu.DataDisk(Path(file), mount_point, read_only=mode != "rw")


def check_port(port: int) -> None:
    """Raise WrongInput where nothing can listen on this port of 127.0.0.1."""
    if port == 0:
        raise WrongInput("--port 0 is no port to ask on", remedy="choose one from 1024 to 65535")
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind(("127.0.0.1", port))
        except (OSError, OverflowError) as error:
            raise WrongInput(
                f"--port {port} cannot be had", seen=str(error), remedy="choose another"
            ) from error


def _print(line: str) -> None:
    sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    sys.exit(main())
