"""The README's commands are run, and answer what the README shows."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```console\n(.*?)```", README, flags=re.DOTALL)
EXAMPLES = [one.partition("\n") for block in BLOCKS for one in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]]
LINES_OF_TWO_SCREENS = 100


def test_there_are_as_many_examples_as_we_think() -> None:
    assert len(EXAMPLES) == 5


@pytest.mark.parametrize(("command", "shown"), [(command, shown) for command, _, shown in EXAMPLES])
def test_a_command_of_the_readme_answers_what_the_readme_shows(command: str, shown: str, tmp_path: Path) -> None:
    program, *arguments = command.replace("build/", f"{tmp_path}/").split()
    assert program == "ka2budget"
    answer = subprocess.run(
        [sys.executable, "-m", program, *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=os.environ | {"PYTHONUTF8": "1"},
        encoding="utf-8",
        check=False,
    )
    assert [line.rstrip() for line in answer.stdout.splitlines()] == shown.splitlines()


def test_the_readme_has_two_screens_and_its_links_lead_somewhere() -> None:
    assert len(README.splitlines()) <= LINES_OF_TWO_SCREENS
    for target in re.findall(r"\]\(([^)]+)\)", README):
        assert (ROOT / target).exists(), target


def test_every_command_is_named() -> None:
    from ka2budget.cli import MODULES  # noqa: PLC0415

    for command in (name for names in MODULES.values() for name in names):
        assert re.search(rf"(`|ka2budget ){command}\b", README), command
