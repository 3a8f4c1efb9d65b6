"""The commands that the manual shows, with their answers; run it to write the answers anew.

A block that begins with ``console`` holds commands after ``$`` and what they answer. Commands run in the folder of the
project, one after the other, those of one page with one store.
"""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

ROOT = Path(__file__).parent.parent
PAGES = ("README.md", "docs/grants.md")
_BLOCK = re.compile(r"```console\n(.*?)```", re.DOTALL)
_COMMAND = re.compile(r"^\$ ", re.MULTILINE)


class Shown(NamedTuple):
    """A command of a page, and what the page says that it answers."""

    command: str
    answer: str


def shown(page: str) -> list[Shown]:
    """Return the commands of a page in their order."""
    return [
        Shown(*one.partition("\n")[::2])
        for block in _BLOCK.findall((ROOT / page).read_text(encoding="utf-8"))
        for one in _COMMAND.split(block)[1:]
    ]


def answer(command: str, results: Path, more: Mapping[str, str]) -> str:
    """Return what a command answers, its results in a folder in place of ``build/``."""
    program, *arguments = shlex.split(command.partition("  #")[0].replace("build/", f"{results}/"))
    assert program == "ka2budget"
    done = subprocess.run(
        [sys.executable, "-m", program, *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=os.environ | {"PYTHONUTF8": "1", "LC_ALL": "C.UTF-8"} | more,
        encoding="utf-8",
        check=False,
    )
    return "".join(f"{line.rstrip()}\n" for line in done.stdout.replace(f"{results}/", "build/").splitlines())


def office(store: str) -> dict[str, str]:
    """Return the environment of somebody who works with a store."""
    return {"KA2BUDGET_STORE": store, "KA2BUDGET_BY": "Example Office"}


def without_today(text: str) -> str:
    """Return an answer without the day on which a grant was registered, which is the day of the test."""
    text = re.sub(r"(?<=Registered, )\d+ \w+ \d{4}", "TODAY", text)
    return re.sub(r"^( 1  )\d{4}-\d\d-\d\d", r"\1TODAY     ", text, flags=re.MULTILINE)


def written(page: str) -> str:
    """Return a page with the answers of today."""
    with TemporaryDirectory() as folder:
        more = office(f"{folder}/grants.sqlite")

        def anew(block: re.Match[str]) -> str:
            commands = [one.partition("\n") for one in _COMMAND.split(block[1])[1:]]
            told = (f"$ {command}\n{answer(command, Path(folder), more)}" for command, _, _ in commands)
            return f"```console\n{''.join(told)}```"

        return _BLOCK.sub(anew, (ROOT / page).read_text(encoding="utf-8"))


if __name__ == "__main__":
    for page in PAGES:
        (ROOT / page).write_text(written(page), encoding="utf-8")
