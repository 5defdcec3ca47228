"""A toolchain that runs somebody else's program says how to get it, where it is absent."""

from __future__ import annotations

from pathlib import Path

import pytest

from runs.child import ProgramFailed
from toolchains import Toolchain, kraft, ops, read_application


@pytest.mark.parametrize(
    ("chain", "remedy"), [(kraft, "install KraftKit"), (ops, "ops update")], ids=["kraft", "ops"]
)
def test_the_error_says_how_to_get_it(
    chain: Toolchain, remedy: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "app.yaml").write_text("name: index\nruntime: python\nentry: main.py\nport: 80\n")
    (tmp_path / "main.py").write_text("print('hello')\n")
    (tmp_path / "Kraftfile").write_text(
        "spec: v0.6\nunikraft: stable\ntargets: [xen/x86_64]\ncmd: [/main.py]\n"
    )
    application = read_application(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ProgramFailed, match=f"{chain.name} is not installed") as raised:
        chain.build(application, tmp_path / "cache")
    assert remedy in raised.value.remedy
