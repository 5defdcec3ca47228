"""SSH servers of the machines that the project makes, as OpenSSH itself reads their settings."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from lab.recipe import Recipe
from tasks.domu import root_filesystem
from tests.needs import program

PLACE = "etc/ssh/sshd_config.d"
DOMU = Path(root_filesystem.__file__).parent / "files" / "root" / PLACE / "epos-virt.conf"
SETTINGS = {
    "a domU": DOMU.read_text(),
    "the lab": dict(Recipe(sources=()).files)[f"{PLACE}/lab.conf"],
}
# Debian's own file, which includes ours before it says this.
DEBIANS = "Include {}\nKbdInteractiveAuthentication no\nUsePAM yes\nX11Forwarding yes\n"


@pytest.mark.parametrize("ours", SETTINGS.values(), ids=SETTINGS)
def test_a_key_opens_it_and_neither_agent_nor_screen_is_carried(ours: str, tmp_path: Path) -> None:
    key = tmp_path / "key"
    keygen = (program("ssh-keygen", package="openssh-client"), "-q", "-t", "ed25519")
    subprocess.run([*keygen, "-N", "", "-f", str(key)], check=True)
    kept = "\n".join(line for line in ours.splitlines() if not line.startswith("HostKey "))
    # Debian 12's does not know it yet.
    kept = kept.replace("PerSourcePenalties no", "")
    (tmp_path / "ours.conf").write_text(kept)
    (tmp_path / "sshd_config").write_text(DEBIANS.format(tmp_path / "ours.conf"))
    show = (program("sshd", package="openssh-server"), "-T", "-f", str(tmp_path / "sshd_config"))
    shown = subprocess.run(
        [*show, "-o", f"HostKey={key}"], check=True, capture_output=True, text=True
    ).stdout
    says = dict(line.split(" ", 1) for line in shown.splitlines() if " " in line)
    assert says["passwordauthentication"] == says["kbdinteractiveauthentication"] == "no"
    assert says["permitrootlogin"] == "without-password"
    assert says["allowagentforwarding"] == says["x11forwarding"] == "no"
    assert says["allowtcpforwarding"] == "yes", "by it the machines behind are reached"
