"""Forms on paper: whatever the names and choices, every word can be read, and what is entered is printed."""

import io

import openpyxl
import pytest
from conftest import EXAMPLES
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet
from test_annex_paper import LONG, letters

from ka2budget import steps
from ka2budget.annex.lines import lines_of
from ka2budget.catalogue import rules_for
from ka2budget.form.writing import project_form
from ka2budget.project import Project

MENTOR, LETTERS, CRAFTS, BRIDGES = (
    steps.read_project(EXAMPLES / f"{name}.toml")
    for name in ("mentor-ka220", "letters-ka210", "crafts-cbvet", "bridges-ka204")
)


def form(project: Project, language: str = "en") -> Workbook:
    content = project_form(project, rules_for(project.action, project.call), language=language)
    return openpyxl.load_workbook(io.BytesIO(content))


def has_room(sheet: Worksheet, row: int, column: str) -> bool:
    text, width = str(sheet[f"{column}{row}"].value), sheet.column_dimensions[column].width - 0.71
    return bool(sheet.row_dimensions[row].height >= 12.75 * lines_of(text, width))


@pytest.mark.parametrize("language", ["en", "el"])
def test_a_row_has_room_for_the_words_of_a_choice(language: str) -> None:
    sheet = form(CRAFTS, language).worksheets[3]
    assert any(len(str(sheet[f"C{row}"].value)) > 40 for row in range(7, 20))
    assert all(has_room(sheet, row, "C") for row in range(7, 20))


def test_names_beside_shares_are_shown_whole() -> None:
    partners = tuple(one.model_copy(update={"name": LONG}) for one in MENTOR.partners)
    sheet = form(MENTOR.model_copy(update={"partners": partners}))["Shares"]
    for row in range(6, 6 + len(partners)):
        assert sheet[f"B{row}"].alignment.wrap_text
        assert not sheet[f"B{row}"].alignment.shrink_to_fit
        assert has_room(sheet, row, "B")


def test_neighbours_of_one_kind_differ_by_more_than_what_may_be_typed() -> None:
    """Or LibreOffice forgets the indent of the second of two columns."""
    sheet = form(MENTOR)["Activities"]
    labels = {cell.value: cell.column_letter for cell in sheet[5]}
    start, end = (sheet[f"{labels[name]}7"] for name in ("Start", "End"))
    assert start.number_format == end.number_format
    assert start.font.color.rgb != end.font.color.rgb


def test_every_number_is_as_good_as_black() -> None:
    """However many columns of one kind stand beside one another."""
    colours = {
        str(cell.font.color.rgb)
        for project in (BRIDGES, CRAFTS, MENTOR)
        for sheet in form(project)
        for cell in sheet[7]
        if cell.number_format != "General" and cell.font.color is not None
    }
    assert len(colours) > 8
    assert all(colour[-6:] < "000060" for colour in colours)


def test_many_partners_across_take_several_pages_that_repeat_the_names() -> None:
    few, many = (form(letters(count))["Shares of activities"] for count in (2, 25))
    assert few.page_setup.fitToWidth is None  # which is one
    assert many.page_setup.fitToWidth == 3
    assert many.print_title_cols == "$A:$B"


def test_what_is_entered_below_the_room_that_was_drawn_is_printed_too() -> None:
    book = form(CRAFTS)
    assert not book["Costs"].print_area
    assert book["Costs"].print_title_rows == "$5:$5"


def test_lists_to_choose_from_are_printed_whole_and_with_their_titles() -> None:
    sheet = form(BRIDGES)["Lists"]
    titles = [cell.value for cell in sheet[4]]
    found = [one.id for one in sheet.col_breaks.brk]
    assert found
    assert all(titles[column] != "Meaning" for column in found)
    assert sheet.print_title_rows == "$4:$4"
    assert not form(LETTERS)["Lists"].col_breaks.brk


def test_cells_are_told_about_under_the_labels_of_their_language() -> None:
    rules = form(MENTOR, "de")["Partner"].data_validations.dataValidation
    assert [rule.promptTitle for rule in rules][:3] == ["ID", "Organisation", "Land"]


def test_a_long_title_stays_on_its_sheet() -> None:
    book = form(
        MENTOR.model_copy(update={"title": f"{LONG} und noch mehr, weil es so schön war " * 2, "acronym": None})
    )
    for sheet in book:
        assert sheet["A2"].alignment.wrap_text
        assert sheet.row_dimensions[2].height > 25
        assert any(str(merged).startswith("A2:") for merged in sheet.merged_cells.ranges)
