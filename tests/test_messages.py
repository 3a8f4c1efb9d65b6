"""Every word in every shipped language: nothing missing, nothing lost, nothing too long for its place."""

import io
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
from conftest import EXAMPLES, ROOT, Run
from messages import CATALOGUES, OTHERS, catalogue, messages, placeholders, sentences, updated
from openpyxl.worksheet.worksheet import Worksheet

from ka2budget import annex, steps
from ka2budget.catalogue import rules_for
from ka2budget.files import TEMPLATES
from ka2budget.form.writing import empty_form, project_form
from ka2budget.text import LANGUAGES, MESSAGES, translate

LANGUAGE = pytest.mark.parametrize("language", OTHERS)
FOLDER = pytest.mark.parametrize("folder", CATALOGUES, ids=lambda folder: folder.name)
PROJECTS = ["mentor-ka220", "letters-ka210", "crafts-cbvet", "bridges-ka204", "oceans-emjm"]
REPORTS = {"mentor-ka220": "mentor-report", "letters-ka210": "letters-report", "bridges-ka204": "bridges-report"}
FORMS = [*PROJECTS, "regions-ka240", "alliance-cove", "games-sport-event", "curricula-cbhe", "voices-youth"]
LAYOUTS = sorted((TEMPLATES / "annexes").glob("*.toml"))


@FOLDER
@LANGUAGE
def test_every_message_has_a_translation(folder: Path, language: str) -> None:
    entries = catalogue(folder, language)
    missing = [text for text in CATALOGUES[folder]() if not (entry := entries.get(text)) or not entry.string]
    assert not missing, f"{len(missing)} messages without translation; 'make messages' takes them in: {missing[:5]}"


@FOLDER
@LANGUAGE
def test_no_message_is_translated_that_is_not_there(folder: Path, language: str) -> None:
    assert {str(entry.id) for entry in catalogue(folder, language) if entry.id} == set(CATALOGUES[folder]())


@FOLDER
@LANGUAGE
def test_no_placeholder_is_lost(folder: Path, language: str) -> None:
    for entry in catalogue(folder, language):
        if entry.id and entry.string:
            assert placeholders(str(entry.string)) == placeholders(str(entry.id)), entry.id


@FOLDER
@LANGUAGE
def test_taking_in_messages_changes_nothing(folder: Path, language: str) -> None:
    kept = {entry.id: (entry.string, entry.user_comments) for entry in catalogue(folder, language) if entry.id}
    assert {entry.id: (entry.string, entry.user_comments) for entry in updated(folder, language) if entry.id} == kept


@LANGUAGE
def test_terms_that_were_not_read_in_the_agreement_stay_marked(language: str) -> None:
    marked = [one for one in catalogue(MESSAGES, language) if one.user_comments]
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


TELLING = [
    ["check", "--questions", "{bridges-ka204}"],
    ["explain", "{bridges-ka204}"],
    ["schedule", "{bridges-ka204}"],
    ["share", "{mentor-ka220}"],
    ["compare", "{mentor-ka220}"],
    ["check", "--questions", "{crafts-cbvet}"],
    ["settle", "{bridges-ka204}", "{bridges-report}"],
    ["rules", "show", "KA204", "2018"],
    ["rules", "diff", "KA204", "2016", "2018"],
    ["actions", "ESEP"],
]


@pytest.fixture(scope="module")
def originals() -> set[str]:
    """All that call files tell, and the sentences of the code: words that another language may have too are none."""
    told = (text for text in messages() if text.endswith(".") and "{" not in text)
    return {text for text in (*sentences(), *told) if len(text.split()) > 3}


def in_english(said: str, originals: set[str]) -> list[str]:
    one_line = re.sub(r"\s+", " ", said)
    return [text for text in originals if text in one_line]


@LANGUAGE
@pytest.mark.parametrize("arguments", TELLING, ids=lambda arguments: " ".join(arguments[:2]))
def test_no_command_tells_in_english_what_it_was_asked_in_another_language(
    run: Run, arguments: list[str], language: str, originals: set[str]
) -> None:
    files = [str(EXAMPLES / f"{one[1:-1]}.toml") if one.startswith("{") else one for one in arguments]
    answer = run(*files, "--language", language)
    assert answer.code == 0, answer.err
    assert in_english(answer.out + answer.err, originals) == []


@LANGUAGE
@pytest.mark.parametrize("name", ["bridges-ka204", "crafts-cbvet", "mentor-ka220"])
def test_no_annex_holds_a_sentence_in_english(name: str, language: str, originals: set[str]) -> None:
    path = EXAMPLES / f"{name}.toml"
    examined = steps.examine(steps.read_project(path))
    book = annex.budget_annex(
        *examined, steps.share_out(examined), steps.dates_of(examined),
        today=examined.project.start, language=language,
    )  # fmt: skip
    cells = (cell.value for sheet in openpyxl.load_workbook(io.BytesIO(book)) for row in sheet for cell in row)
    assert in_english("\n".join(one for one in cells if isinstance(one, str)), originals) == []


def test_the_texts_of_call_files_are_left_alone_until_one_is_needed() -> None:
    code = """
import sys
from ka2budget import text
from ka2budget.cli import main
sys.argv[1:] = ["budget", "examples/letters-ka210.toml", "--language", "de"]
try:
    main()
except SystemExit as end:
    assert not end.code, end.code
print(text._translations.cache_info().currsize)
"""
    answer = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, encoding="utf-8")
    assert answer.stdout.splitlines()[-1] == "1"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["check", "--help"], "Utilisation : "),
        (["--help"], "Commandes:\n"),
        (["merge", "--help"], "Fichier à écrire.  [obligatoire]\n"),
        (["check", "--help"], "Afficher ce message et quitter.\n"),
        (["check"], "Erreur : Argument 'FILE' manquant.\n"),
        (["check", "x", "--nope"], "Erreur : L'option '--nope' n'existe pas.\n"),
        (["rules", "shw"], "Erreur : La commande 'shw' n'existe pas."),
        (
            ["advise", "x", "--scale", "y"],
            "Erreur : Valeur non valable pour '--scale' : 'y' n'est pas un nombre entier.\n",
        ),
        (["check", "x", "--nope"], "Utilisation : "),
    ],
)
def test_help_and_refusals_of_the_command_line_itself_are_translated(
    run: Run, monkeypatch: pytest.MonkeyPatch, arguments: list[str], said: str
) -> None:
    monkeypatch.setenv("LC_ALL", "fr_FR.UTF-8")
    answer = run(*arguments)
    assert said in (answer.out + answer.err).replace("\u00a0", " ")


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
