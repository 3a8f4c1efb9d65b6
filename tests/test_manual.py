"""The commands of the manual are run, and answer what it shows."""

import re
from pathlib import Path

import pytest
from conftest import ROOT
from consoles import PAGES, answer, office, shown, without_today

LINES_OF_TWO_SCREENS = 100
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_there_are_as_many_commands_as_we_think() -> None:
    assert {page: len(shown(page)) for page in PAGES} == {"README.md": 5, "docs/grants.md": 35}


@pytest.mark.parametrize(("command", "told"), shown("README.md"))
def test_a_command_of_the_readme_answers_what_the_readme_shows(command: str, told: str, tmp_path: Path) -> None:
    assert answer(command, tmp_path, {}) == told


def test_the_lives_of_two_grants_go_as_the_manual_shows_in_every_store(store_url: str, tmp_path: Path) -> None:
    for command, told in shown("docs/grants.md"):
        assert without_today(answer(command, tmp_path, office(store_url))) == without_today(told), command


def test_the_readme_has_two_screens_and_its_links_lead_somewhere() -> None:
    assert len(README.splitlines()) <= LINES_OF_TWO_SCREENS
    for target in re.findall(r"\]\(([^)]+)\)", README):
        assert (ROOT / target).exists(), target


def test_every_command_is_named() -> None:
    from ka2budget.cli import MODULES  # noqa: PLC0415

    for command in (name for names in MODULES.values() for name in names):
        assert re.search(rf"(`|ka2budget ){command}\b", README), command
