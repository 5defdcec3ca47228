"""`epos-virt`: the same commands under one name, from any folder, with completion in the shell."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from commands.words import GROUPS
from tests.patience import LONGEST
from tests.unit.commands.started import PROJECT, Call, start

SCRIPT = PROJECT / "script" / "epos-virt"


def epos_virt(
    *arguments: str | Path, state: Path, cwd: Path = PROJECT
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [SCRIPT, *map(str, arguments)],
        cwd=cwd,
        env=os.environ | {"EPOS_VIRT_STATE": str(state)},
        capture_output=True,
        text=True,
        timeout=LONGEST,
    )


def test_help_lists_every_command_in_its_group(own_state: Path) -> None:
    ended = epos_virt("--help", state=own_state)
    assert (ended.returncode, ended.stderr) == (0, "")
    lines = ended.stdout.splitlines()
    for title, group in GROUPS.items():
        start = lines.index(f"{title}:") + 1
        assert [line.split()[0] for line in lines[start : start + len(group)]] == [
            word.name for word in group
        ]
    assert "examples:" in lines


def test_without_a_command_the_help_goes_to_standard_error(own_state: Path) -> None:
    ended = epos_virt(state=own_state)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith("usage: epos-virt COMMAND")


@pytest.mark.parametrize(
    ("written", "meant"),
    [("deplyo", "deploy"), ("histroy", "history"), ("prepare", "prepare-host")],
)
def test_an_unknown_command_gets_the_nearest_name(
    own_state: Path, written: str, meant: str
) -> None:
    ended = epos_virt(written, state=own_state)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith(
        f"epos-virt has no command '{written}'\n  next: write `{meant}` (the nearest); known: "
    )


@pytest.mark.parametrize(
    ("word", "module"),
    [
        ("deploy", "flows.deploy_all"),
        ("measure", "flows.measure"),
        ("teardown", "flows.teardown"),
        ("ps", "flows.ps"),
        ("history", "flows.history"),
        ("lab", "lab"),
    ],
)
def test_a_commands_help_is_the_flows_own(own_state: Path, word: str, module: str) -> None:
    calls = [Call("commands", (word, "--help")), Call(module, ("--help",))]
    of_word, of_module = start(calls, own_state)
    assert of_word.status == of_module.status == 0
    renamed = of_module.stdout.replace(f"usage: python -m {module}", f"usage: epos-virt {word}")
    assert of_word.stdout.split() == renamed.split()


def test_help_of_a_command_in_two_ways(own_state: Path) -> None:
    calls = [Call("commands", ("help", "ps")), Call("commands", ("ps", "-h"))]
    first, second = start(calls, own_state)
    assert first.stdout == second.stdout


def test_a_flows_own_name_is_known_too(own_state: Path) -> None:
    names = ("deploy_all", "deploy-all", "prepare_host")
    for ended in start([Call("commands", (name, "--help")) for name in names], own_state):
        assert ended.status == 0


def test_it_works_from_any_folder_with_the_projects_default(
    own_state: Path, tmp_path: Path
) -> None:
    ended = epos_virt("stop", "nobody", state=own_state, cwd=tmp_path)
    assert ended.returncode == 2
    assert ended.stderr.startswith(f"{PROJECT}/deployments/lab.yaml: nothing is called 'nobody'")


def test_a_file_of_the_current_folder_is_the_default_before_the_projects(
    own_state: Path, tmp_path: Path
) -> None:
    (tmp_path / "deployments").mkdir()
    (tmp_path / "deployments/lab.yaml").write_text("schema: 2\n")
    ended = epos_virt("deploy", state=own_state, cwd=tmp_path)
    assert ended.returncode == 2
    assert ended.stderr.startswith("deployments/lab.yaml:1: ")


def test_it_works_through_a_link(own_state: Path, tmp_path: Path) -> None:
    link = tmp_path / "epos-virt"
    link.symlink_to(SCRIPT)
    done = subprocess.run(
        [link, "history", "list", "-o", "json"],
        cwd=tmp_path,
        env=os.environ | {"EPOS_VIRT_STATE": str(own_state)},
        capture_output=True,
        text=True,
        timeout=LONGEST,
    )
    assert (done.returncode, done.stdout) == (0, "[]\n")
    assert done.stderr.startswith("nothing was recorded yet")


def test_exit_statuses_are_the_commands_own(own_state: Path) -> None:
    assert epos_virt("check", "deployments/lab.yaml", state=own_state).returncode == 0
    assert epos_virt("check", "nowhere.yaml", state=own_state).returncode == 2
    lab = ("--plan", "--only", "lab", "--detailed-exitcode")
    differs = epos_virt("prepare-host", *lab, state=own_state)
    assert differs.returncode == 3


COMPLETE = {
    "bash": """
        source <(epos-virt completion bash)
        COMP_LINE='epos-virt logs R' COMP_POINT=16 COMP_TYPE=9 COMP_WORDS=(epos-virt logs R)
        COMP_CWORD=2
        _python_argcomplete epos-virt R logs
        printf '%s\\n' "${COMPREPLY[@]}"
    """,
    "fish": """
        epos-virt completion fish | source
        complete --do-complete 'epos-virt logs R'
    """,
    "zsh": """
        autoload -U compinit is-at-least && compinit -u -D
        source <(epos-virt completion zsh)
        [[ ${_comps[epos-virt]} = _python_argcomplete* ]] && print registered
        _describe() { print -l -- "${(@P)2}" }
        BUFFER='epos-virt logs R' CURSOR=16 words=(epos-virt logs R)
        _python_argcomplete
    """,
}


# bash is part of every Debian; the others where somebody installed them.
@pytest.mark.parametrize("shell", [shell for shell in COMPLETE if shutil.which(shell)])
def test_a_shell_completes_names(own_state: Path, tmp_path: Path, shell: str) -> None:
    (tmp_path / "epos-virt").symlink_to(SCRIPT)
    done = subprocess.run(
        [shell, "-c", COMPLETE[shell]],
        cwd=PROJECT,
        env=os.environ
        | {
            "EPOS_VIRT_STATE": str(own_state),
            "PATH": f"{tmp_path}:{os.environ['PATH']}",
            "HOME": str(tmp_path),
        },
        capture_output=True,
        text=True,
        timeout=LONGEST,
    )
    assert "RunQC" in done.stdout, done.stderr
    assert "indexGD" not in done.stdout
