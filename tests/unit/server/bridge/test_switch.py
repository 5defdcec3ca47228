"""The switch, carried out: files follow, and what falls back is what was there before."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from deployments.model import Environment
from tasks.server import switch
from tasks.server.configuration import CardConfiguration

# Each stands for a program that changes the network: it notes its arguments.
NOTE = '#!/bin/sh\necho "$(basename "$0") $*" >>"$NOTED"\n'
PROGRAMS = ("ifup", "ifdown", "ip", "networkctl")


@dataclass
class Here:
    """This machine in place of the server, with files below a folder; programs that only note."""

    folder: Path
    name: str = "server"
    systemd: list[tuple[str, ...]] = field(default_factory=list)

    def run(self, *argv: str, **_rest: Any) -> Any:
        if argv[0] in ("systemctl", "systemd-run"):
            self.systemd.append(argv)
            return subprocess.CompletedProcess(argv, 0, "", "")
        return subprocess.run(argv, capture_output=True, text=True, check=False)

    def check(self, *argv: str, **_rest: Any) -> str:
        done = self.run(*argv)
        assert done.returncode == 0, done.stderr
        return str(done.stdout)

    def write(self, path: str, content: str, mode: str = "0644") -> None:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_text(content)
        Path(path).chmod(int(mode, 8))

    def close(self) -> None:
        pass

    def answers(self) -> bool:
        return True

    def carry_out(self, state: str) -> list[str]:
        """Run what systemd was told to run for this state; gives what was done to the network."""
        [command] = [argv for argv in self.systemd if state in argv]
        noted = self.folder / "noted"
        noted.write_text("")
        path = f"{self.folder}/bin:{os.environ['PATH']}"
        words = command[command.index("/bin/sh") :]
        subprocess.run(words, env={"PATH": path, "NOTED": str(noted)}, check=True)
        return noted.read_text().splitlines()


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Here:
    (tmp_path / "bin").mkdir()
    for program in PROGRAMS:
        (tmp_path / "bin" / program).write_text(NOTE)
        (tmp_path / "bin" / program).chmod(0o755)
    for name in ("BEFORE", "AFTER", "SWITCH"):
        monkeypatch.setattr(switch, name, str(tmp_path / "var" / name.lower()))
    return Here(tmp_path)


def switched(here: Here, environment: Environment, manager: str, files: dict[str, str]) -> None:
    """Switch to these files' texts, by their names in a folder of this test."""
    names = (environment.network.interface, environment.network.bridge)
    want = {str(here.folder / name): text for name, text in files.items()}
    have = {path: Path(path).read_text() if Path(path).exists() else None for path in want}
    server: Any = here
    here.systemd.clear()
    switch.switch_network(
        server,
        environment.network,
        CardConfiguration(manager, have, want, names if manager == "ifupdown" else ()),
        lambda: True,
    )


def test_a_change_that_nobody_proves_is_undone_to_what_was_there_before_it(
    here: Here, environment: Environment
) -> None:
    file = here.folder / "interfaces"
    file.write_text("first\n")
    file.chmod(0o600)
    for before, after in (("first\n", "second\n"), ("second\n", "third\n")):
        switched(here, environment, "ifupdown", {"interfaces": after})
        assert file.read_text() == before
        assert here.carry_out(switch.AFTER)[-2:] == ["ifup enp3s0", "ifup xenbr0"]
        assert (file.read_text(), file.stat().st_mode & 0o777) == (after, 0o600)
        here.carry_out(switch.BEFORE)
        assert (file.read_text(), file.stat().st_mode & 0o777) == (before, 0o600)
        here.carry_out(switch.AFTER)


def test_only_card_and_bridge_and_what_stands_on_them_are_taken_down(
    here: Here, environment: Environment
) -> None:
    (here.folder / "interfaces").write_text("first\n")
    switched(here, environment, "ifupdown", {"interfaces": "second\n"})
    done = here.carry_out(switch.AFTER)
    assert [line for line in done if line.startswith("ifdown")] == [
        "ifdown --force xenbr0",
        "ifdown --force enp3s0",
    ]
    assert not [line for line in done if "--all" in line]


def test_files_of_ours_that_were_not_there_are_gone_after_the_fall_back(
    here: Here, environment: Environment
) -> None:
    (here.folder / "old.network").write_text("old\n")
    files = {"05-a.netdev": "a\n", "old.network": "new\n"}
    switched(here, environment, "networkd", files)
    assert here.carry_out(switch.AFTER) == [
        "networkctl reload",
        "networkctl reconfigure enp3s0",
        "networkctl reconfigure xenbr0",
    ]
    assert (here.folder / "05-a.netdev").read_text() == "a\n"
    done = here.carry_out(switch.BEFORE)
    assert "ip link delete xenbr0 type bridge" in done
    assert not (here.folder / "05-a.netdev").exists()
    assert (here.folder / "old.network").read_text() == "old\n"


def test_the_fall_back_is_armed_before_the_switch_and_ended_after_its_proof(
    here: Here, environment: Environment
) -> None:
    (here.folder / "interfaces").write_text("first\n")
    switched(here, environment, "ifupdown", {"interfaces": "second\n"})
    ended = ("systemctl", "stop", f"{switch.FALLBACK}.timer")
    stop, arm, apply, proved = here.systemd
    assert (stop, proved) == (ended, ended)
    assert switch.BEFORE in arm
    [after] = [int(word.partition("=")[2]) for word in arm if word.startswith("--on-active=")]
    assert after >= switch.FALLBACK_AFTER  # longer on a machine that was seen to be slow
    assert (switch.AFTER in apply, "--no-block" in apply) == (True, True)


def test_guests_keep_their_places_at_the_bridge() -> None:
    script = switch.SCRIPT
    assert script.index("guests=$(ls") < script.index("ifdown") < script.index("for guest in")
