"""The words of `epos-virt`: what each does, and the code that does it."""

from __future__ import annotations

import argparse
import runpy
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module


@dataclass(frozen=True)
class Word:
    """One command.

    Args:
        name: the word.
        what: what it does, in a line.
        module: has `parser(prog)` and `main(arguments, prog)`; empty for a flow or a program.
        flow: the flow it runs, by name.
        program: the module it runs as a program, which reads its arguments itself.
        given: arguments that come before those of the person.
    """

    name: str
    what: str
    module: str = ""
    flow: str = ""
    program: str = ""
    given: tuple[str, ...] = ()

    @property
    def prog(self) -> str:
        """How it is called."""
        return f"epos-virt {self.name}"

    def parser(self) -> argparse.ArgumentParser | None:
        """Make its parser; None where a program has its own."""
        if self.program:
            return None
        if self.flow:
            from commands import flow

            return flow.parser(self.flow, self.prog)
        made: argparse.ArgumentParser = import_module(self.module).parser(self.prog)
        return made

    def main(self, arguments: Sequence[str]) -> int:
        """Run it; gives the exit status."""
        if self.program:
            sys.argv = [self.prog, *arguments]
            runpy.run_module(self.program, run_name="__main__", alter_sys=True)
            return 0  # a program that has something to tell ends with it
        arguments = [*self.given, *arguments]
        if self.flow:
            from commands import flow

            return flow.main(self.flow, arguments, self.prog)
        status: int = import_module(self.module).main(arguments, self.prog)
        return status


GROUPS: dict[str, tuple[Word, ...]] = {
    "an environment": (
        Word("check", "is this YAML file right? touches nothing", "commands.check"),
        Word("doctor", "what would work on its server, what not, and why", "commands.doctor"),
        Word(
            "plan", "what a deployment would change; only looks", flow="deploy_all",
            given=("--plan",),
        ),
        Word("deploy", "deploy it: server, domUs, applications; prove, measure", flow="deploy_all"),
        Word(
            "rebuild-and-measure", "a night: fresh packages, figures, a verdict",
            flow="rebuild_and_measure",
        ),
        Word("teardown", "take it down; data volumes stay", "commands.teardown"),
    ),
    "its parts": (
        Word("prepare-host", "Xen, bridge, volumes of the server", flow="prepare_host"),
        Word("create-domu", "the virtual machines", flow="create_domu"),
        Word("run-vms", "applications in virtual machines of their own", flow="run_vms"),
        Word("compose-up", "the containers", flow="compose_up"),
        Word("run-unikernels", "the unikernels", flow="run_unikernels"),
        Word("measure", "size, memory and start of everything", flow="measure"),
        Word("compare", "one application as vm, container and unikernel", "commands.compare"),
    ),
    "what runs": (
        Word("ps", "all domUs, containers and unikernels", "commands.ps"),
        Word("logs", "a console, or a container's log; -f follows", "commands.logs"),
        Word("open", "an application's page, here, until Ctrl-C", "commands.open"),
        Word("stop", "stop by name, in order", "commands.stop"),
        Word("start", "start by name, and wait for an answer", "commands.start"),
        Word("database", "dump into a folder, restore from it", "commands.database"),
        Word(
            "rotate-secrets", "new passwords, tokens, certificate; with the next deployment",
            "commands.rotate_secrets",
        ),
        Word("rm", "stop and forget; volumes and images stay", "commands.rm"),
    ),
    "what was": (
        Word("history", "runs, figures; compare A B, trends, export", "commands.history"),
        Word("report", "figures beside the thesis', plots, trends; one page", "commands.report"),
        Word("recommend", "which technique for which application", "commands.recommend"),
    ),
    "the lab, a server with Xen inside QEMU": (
        Word("lab", "up, down, status, ssh, console, snapshot, restore, reset", "lab.__main__"),
    ),
    "Prefect": (
        Word("serve", "flows in Prefect's UI, and every night", "commands.serve"),
        Word("register-blocks", "machines as Prefect's blocks", "commands.register_blocks"),
    ),
    "further": (
        Word("toolchains", "build and run a unikernel image here", program="toolchains"),
        Word("completion", "completion on TAB, for bash, zsh or fish", "commands.completion"),
    ),
}  # fmt: skip

WORDS = {word.name: word for group in GROUPS.values() for word in group}


def find(name: str) -> Word | None:
    """Find a command; a flow's own name is known too, and _ for -."""
    spelled = name.replace("_", "-")
    return WORDS.get("deploy" if spelled == "deploy-all" else spelled)
