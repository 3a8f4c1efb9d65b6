"""Every word in every shipped language: nothing missing, nothing lost, nothing too long for its place."""

import io
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
from conftest import EXAMPLES, Run
from messages import OTHERS, catalogue, messages, placeholders, updated
from openpyxl.worksheet.worksheet import Worksheet

from ka2budget import annex, steps
from ka2budget.catalogue import rules_for
from ka2budget.files import TEMPLATES
from ka2budget.form.writing import empty_form, project_form
from ka2budget.text import LANGUAGES, translate

LANGUAGE = pytest.mark.parametrize("language", OTHERS)
PROJECTS = ["mentor-ka220", "letters-ka210", "crafts-cbvet", "bridges-ka204", "oceans-emjm"]
REPORTS = {"mentor-ka220": "mentor-report", "letters-ka210": "letters-report", "bridges-ka204": "bridges-report"}
FORMS = [*PROJECTS, "regions-ka240", "alliance-cove", "games-sport-event", "curricula-cbhe", "voices-youth"]
LAYOUTS = sorted((TEMPLATES / "annexes").glob("*.toml"))


@LANGUAGE
def test_every_message_has_a_translation(language: str) -> None:
    entries = catalogue(language)
    missing = [text for text in messages() if not (entry := entries.get(text)) or not entry.string]
    assert not missing, f"{len(missing)} messages without translation; 'make messages' takes them in: {missing[:5]}"


@LANGUAGE
def test_no_message_is_translated_that_is_not_there(language: str) -> None:
    assert {str(entry.id) for entry in catalogue(language) if entry.id} == set(messages())


@LANGUAGE
def test_no_placeholder_is_lost(language: str) -> None:
    for entry in catalogue(language):
        if entry.id and entry.string:
            assert placeholders(str(entry.string)) == placeholders(str(entry.id)), entry.id


@LANGUAGE
def test_taking_in_messages_changes_nothing(language: str) -> None:
    kept = {entry.id: (entry.string, entry.user_comments) for entry in catalogue(language) if entry.id}
    assert {entry.id: (entry.string, entry.user_comments) for entry in updated(language) if entry.id} == kept


@LANGUAGE
def test_terms_that_were_not_read_in_the_agreement_stay_marked(language: str) -> None:
    marked = [one for one in catalogue(language) if one.user_comments]
    assert len(marked) > 50
    assert all(one.user_comments[0].startswith("unchecked: ") for one in marked)  # long ones go on in another line


def names_of_sheets(path: Path) -> list[str]:
    """Return the names of the sheets of a layout, those it shares included."""
    layout = tomllib.loads(path.read_text(encoding="utf-8"))
    shared = (TEMPLATES / "annexes" / f"shared-{name}.toml" for name in layout.get("shared", ()))
    own = [sheet["name"] for sheet in layout.get("sheets", ())]
    return own + [tomllib.loads(file.read_text(encoding="utf-8"))["name"] for file in shared]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", LAYOUTS, ids=lambda path: path.stem)
def test_sheets_can_have_their_names(path: Path, language: str) -> None:
    names = [translate(name, language) for name in names_of_sheets(path)]
    assert len({name.casefold() for name in names}) == len(names)
    for name in names:
        assert len(name) <= 31, name
        assert not re.search(r"[\[\]:*?/\\']", name), name


def width_of(sheet: Worksheet, column: int) -> float:
    """Return the width of a column; neighbours of the same width are stored together."""
    stored = sheet.column_dimensions.values()
    return float(next(one.width for one in stored if one.min <= column <= one.max))


def too_narrow(content: bytes) -> Iterator[str]:
    """Yield the labels of a workbook that have a word longer than their column is wide."""
    for sheet in openpyxl.load_workbook(io.BytesIO(content)):
        for row in sheet:
            for cell in row:
                is_words = isinstance(cell.value, str) and not cell.value.startswith("=")
                is_across = any(cell.coordinate in merged for merged in sheet.merged_cells.ranges)
                if is_words and not is_across and cell.font.b and cell.fill.fill_type == "solid":
                    longest = max(map(len, cell.value.split()), default=0)
                    if longest > width_of(sheet, cell.column):
                        yield f"{sheet.title}!{cell.coordinate}: {cell.value}"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", PROJECTS)
def test_no_column_is_narrower_than_the_longest_word_of_its_label(name: str, language: str) -> None:
    examined = steps.examine(steps.read_project(EXAMPLES / f"{name}.toml"))
    budget = annex.budget_annex(
        *examined, steps.share_out(examined), steps.dates_of(examined),
        today=examined.project.start, language=language,
    )  # fmt: skip
    books = [budget]
    if name in REPORTS:
        settled = steps.assess(examined, steps.read_report(EXAMPLES / f"{REPORTS[name]}.toml"))
        books.append(annex.final_annex(*examined, settled, today=examined.project.start, language=language))
    for book in books:
        assert list(too_narrow(book)) == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", FORMS)
def test_no_column_of_a_form_is_narrower_than_the_longest_word_of_its_label(name: str, language: str) -> None:
    project = steps.read_project(EXAMPLES / f"{name}.toml")
    rules = rules_for(project.action, project.call)
    empty, filled = empty_form(project.action, rules, language), project_form(project, rules, language=language)
    for book in (empty, filled, project_form(project, rules, "P2", language)):
        assert list(too_narrow(book)) == []


def test_an_unknown_language_names_those_there_are(run: Run) -> None:
    answer = run("check", EXAMPLES / "mentor-ka220.toml", "--language", "xx")
    assert answer.code == 2
    assert answer.err == f"There is no language 'xx'; the names there are: {', '.join(LANGUAGES)}\n"


def test_the_option_beats_the_project_which_beats_the_environment(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (EXAMPLES / "mentor-mistake.toml").read_text(encoding="utf-8")
    silent, french = tmp_path / "silent.toml", tmp_path / "french.toml"
    silent.write_text(re.sub("(?m)^language = .*\n", "", text), encoding="utf-8")
    french.write_text(f'language = "fr"\n{silent.read_text(encoding="utf-8")}', encoding="utf-8")
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    assert ": Fehler: " in run("check", silent).out
    assert " : " in run("check", french).out or "erreur" in run("check", french).out
    assert ": errore: " in run("check", french, "--language", "it").out
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    assert ": error: " in run("check", silent).out


@LANGUAGE
def test_nothing_stays_nothing(run: Run, language: str) -> None:
    assert translate("", language) == ""
    answer = run("budget", EXAMPLES / "mentor-ka220.toml", "--language", language)
    assert "Project-Id-Version" not in answer.out
    assert answer.code == 0


def test_refusals_are_said_in_the_language_of_the_answer(run: Run) -> None:
    answer = run("check", "nothing.toml", "--language", "de")
    assert "nothing.toml:/: Fehler: " in answer.err


@pytest.mark.parametrize(
    ("language", "amount"), [("de", "250.000,01 €"), ("fr", "250 000,01 €"), ("en", "€250,000.01")]
)
def test_amounts_are_written_as_the_language_writes_them(run: Run, language: str, amount: str) -> None:
    said = run("check", EXAMPLES / "mentor-mistake.toml", "--language", language).out
    assert amount in said.replace("\u202f", " ").replace("\xa0", " ")
