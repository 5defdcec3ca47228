"""What a test types for each command of README.md: most as they stand there.

Every command needs a line here, so that none is added to the README that no test runs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

# A reader's own environment: a copy of the lab's, for my.yaml may be there and somebody's server.
OWN = "deployments/.readme.yaml"
# What a reader puts in for words that are not to be typed.
FILLED_IN = {
    "NAME ...": "RunQC indexGD",
    "[ENVIRONMENT]": "deployments/lab.yaml",
    "deployments/my.yaml": OWN,
}


@dataclass(frozen=True)
class Typed:
    """A line as it is typed, and how it may end; Ctrl-C comes once it has shown `until`."""

    line: str
    until: str = ""
    ends: tuple[int, ...] = (0,)


AS_WRITTEN = None
Rule = Sequence[Typed | str] | None

RULES: dict[str, Rule] = {
    # Measuring everything takes a quarter of an hour and has tests of its own.
    "script/deploy": ["script/deploy --skip measure"],
    # It is what runs this test.
    "script/test": [],
    "script/test unit": [],
    "script/test long": [],
    "python -m flows.deploy_all --plan": AS_WRITTEN,
    "python -m flows.deploy_all --only compose_up": AS_WRITTEN,
    "python -m flows.deploy_all --skip measure": AS_WRITTEN,
    "python -m flows.prepare_host [ENVIRONMENT]": AS_WRITTEN,
    "python -m flows.create_domu [ENVIRONMENT]": AS_WRITTEN,
    "python -m flows.compose_up [ENVIRONMENT]": AS_WRITTEN,
    "python -m flows.run_vms [ENVIRONMENT]": AS_WRITTEN,
    "python -m flows.run_unikernels [ENVIRONMENT]": AS_WRITTEN,
    # The shortest of what it measures.
    "python -m flows.measure [ENVIRONMENT]": [
        "python -m flows.measure deployments/lab.yaml --only 'measure null-guest'"
    ],
    # Of another application, the smallest: the techniques are the same.
    "python -m flows.compare FWSS": ["python -m flows.compare GLASS-web-client"],
    "python -m flows.ps": AS_WRITTEN,
    "python -m flows.rotate_secrets --plan": AS_WRITTEN,
    "python -m flows.logs RunQC -f": [
        Typed("python -m flows.logs RunQC -f", until=r"\S", ends=(130,))
    ],
    "python -m flows.open Products_Portal": [
        Typed("python -m flows.open Products_Portal", until=r"leads to", ends=(130,))
    ],
    "python -m flows.stop NAME ...": AS_WRITTEN,
    "python -m flows.start NAME ...": AS_WRITTEN,
    # It asks, and would take the next line for the answer. What was removed comes back.
    "python -m flows.rm NAME ...": [
        "python -m flows.rm RunQC --yes",
        "python -m flows.run_unikernels --only RunQC",
    ],
    "python -m flows.database dump FOLDER": ["python -m flows.database dump /tmp/readme-dump"],
    # It asks, and would take the next line for the answer.
    "python -m flows.database restore FOLDER": [
        "python -m flows.database restore /tmp/readme-dump --yes",
        "rm -r /tmp/readme-dump",
    ],
    "python -m flows.history list": AS_WRITTEN,
    # The commands before it measured nothing, which it tells.
    "python -m flows.history compare A B": [
        Typed("python -m flows.history compare last last", ends=(2,))
    ],
    "python -m flows.history trends --marked": AS_WRITTEN,
    "python -m flows.history export all.csv": [
        "python -m flows.history export /tmp/readme-all.csv",
        "rm /tmp/readme-all.csv",
    ],
    # Of what `flows.measure` measured above.
    "python -m flows.report -o report.html": [
        "python -m flows.report -o /tmp/readme-report.html",
        "rm /tmp/readme-report.html",
    ],
    "python -m flows.recommend --memory 600MB": AS_WRITTEN,
    "python -m bench.instances -n 16": ["python -m bench.instances -n 16 --pairs 1"],
    # Without --plan: tests/system/server/test_deployment.py, at its end.
    "python -m flows.teardown --plan": AS_WRITTEN,
    "python -m deployments check deployments/lab.yaml": AS_WRITTEN,
    "python -m lab status": AS_WRITTEN,
    "python -m lab up": AS_WRITTEN,
    # What was deployed comes back with the server.
    "python -m lab down": [
        "python -m lab down",
        "python -m lab up",
        "python -m flows.deploy_all --skip measure",
    ],
    # A login takes the lines after it for itself.
    "python -m lab ssh": [
        "python -m lab ssh </dev/null",
        "python -m lab ssh -- uname -a </dev/null",
    ],
    "python -m lab console": AS_WRITTEN,
    # Throws a lab away: one that nobody uses.
    "python -m lab reset": ["python -m lab reset --name readme --yes"],
    "python -m lab snapshot NAME": [
        "python -m lab snapshot readme",
        "python -m lab restore readme",
        "python -m lab forget readme",
    ],
    "python -m deployments check deployments/my.yaml": AS_WRITTEN,
    "python -m flows.doctor deployments/my.yaml": AS_WRITTEN,
    "python -m flows.deploy_all deployments/my.yaml --plan": AS_WRITTEN,
    "python -m flows.deploy_all deployments/my.yaml": [
        f"python -m flows.deploy_all {OWN} --skip measure"
    ],
    ".venv/bin/python -m flows.serve &": AS_WRITTEN,
    'eval "$(.venv/bin/python -m flows.serve --env)"': AS_WRITTEN,
    ".venv/bin/python -m flows.register_blocks": AS_WRITTEN,
    # Followed to its end, for it is carried out in the background; then what serves is ended.
    ".venv/bin/prefect deployment run deploy_all/deploy": [
        ".venv/bin/prefect deployment run deploy_all/deploy --watch --param 'skip=[\"measure\"]'",
        "kill %1; wait %1",
    ],
}


def typed_for(command: str) -> list[Typed]:
    """Give what is typed for a command of the README.

    Raises:
        LookupError: it has no rule.
    """
    if command not in RULES:
        raise LookupError(
            f"README.md has `{command}`, which no test runs\n"
            f"  next: say in {__file__} how it is tried, AS_WRITTEN if nothing speaks against it"
        )
    rule = RULES[command]
    lines = [fill_in(command)] if rule is AS_WRITTEN else rule
    return [Typed(line) if isinstance(line, str) else line for line in lines]


def fill_in(command: str) -> str:
    """Put names in for words like NAME."""
    for word, meant in FILLED_IN.items():
        command = command.replace(word, meant)
    return command
