"""`epos-virt`: every command of the project under one name. `epos-virt --help` lists them."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from commands import words

INTRODUCTION = """\
usage: epos-virt COMMAND [ARGUMENT ...]

From one YAML file: prepares a Xen server, creates its virtual machines, builds and starts every
application as a virtual machine, a container or a unikernel, proves it, measures it.
"""

EXAMPLES = """\
examples:
  epos-virt plan                         what would change on the lab
  epos-virt deploy --skip measure        deploy it, measure later
  epos-virt deploy my.yaml --only bridge
  epos-virt ps -o json
  epos-virt logs RunQC -f
  epos-virt history show last

A command's options: epos-virt COMMAND --help. Without a file the environment is
deployments/lab.yaml. TAB completes commands, files, names and steps after
  source <(epos-virt completion bash)       bash; zsh likewise
  epos-virt completion fish | source        fish
Exit status: 0 done, 1 failed, 2 wrong input or usage, 130 interrupted.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; gives its exit status."""
    if "_ARGCOMPLETE" in os.environ:
        from commands.completion import answer_the_shell

        answer_the_shell()
    given = list(sys.argv[1:] if arguments is None else arguments)
    if not given:
        sys.stderr.write(help_text())
        return 2
    name, *rest = given
    if name in ("-h", "--help", "help"):
        if not rest:
            sys.stdout.write(help_text())
            return 0
        name, rest = rest[0], ["--help"]
    word = words.find(name)
    return word.main(rest) if word else _unknown(name)


def help_text() -> str:
    """Give all commands by what they are about, and examples."""
    width = max(map(len, words.WORDS)) + 2
    lines = [INTRODUCTION]
    for title, group in words.GROUPS.items():
        lines.append(f"{title}:")
        lines += [f"  {word.name:{width}}{word.what}" for word in group]
        lines.append("")
    return "\n".join([*lines, EXAMPLES])


def _unknown(name: str) -> int:
    from errors import WrongInput
    from spelling import did_you_mean

    error = WrongInput(f"epos-virt has no command {name!r}", remedy=did_you_mean(name, words.WORDS))
    sys.stderr.write(f"{error}\n")
    return error.exit_status


if __name__ == "__main__":
    sys.exit(main())
