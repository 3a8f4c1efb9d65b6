"""The annexes on paper: whatever the names and numbers, every word can be read and no heading stands alone."""

import io
import zipfile
from decimal import Decimal

import pytest
from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet
from test_annex import LETTERS, MENTOR, budget, euros, formulas, table, values
from test_annex_costs import budget_annex, detailed_project, detailed_rules
from test_annex_units import Case, partnership

from ka2budget import steps
from ka2budget.annex.charts import Bars
from ka2budget.annex.layout import Chart
from ka2budget.annex.lines import lines_of
from ka2budget.project import Partner, Project, Role

LONG = "Volkshochschule der Stadt Neubrandenburg und des Landkreises Mecklenburgische Seenplatte"


def letters(count: int, name: str = "School") -> Project:
    """Return a project of activities with so many partners, who all have a share of the first."""
    first, *others = LETTERS.activities
    partners = tuple(
        Partner(id=f"P{n}", name=f"{name} {n}", country="BG", role=Role.PARTNER if n > 1 else Role.COORDINATOR)
        for n in range(1, count + 1)
    )
    rest = first.amount - Decimal(10) * (count - 1)
    shares = {one.id: Decimal(10) if number else rest for number, one in enumerate(partners)}
    activities = (first.model_copy(update={"shares": shares}), *others)
    return LETTERS.model_copy(update={"partners": partners, "activities": activities})


def crossed(project: Project) -> Worksheet:
    return values(budget(project))["Shares"]


def test_the_longer_side_of_the_shares_of_activities_goes_down_the_page() -> None:
    assert [row["Activity"] for row in table(crossed(letters(2)), "Activity")][:1] == [
        "A1 Management, meetings and accounts"
    ]
    rows = table(crossed(letters(25)), "Organisation")
    assert [row["Organisation"] for row in rows[:25]] == [f"P{n} School {n}" for n in range(1, 26)]


@pytest.mark.parametrize("count", [2, 25])
def test_amounts_follow_the_shares_whichever_side_goes_down(count: int) -> None:
    project = letters(count)
    content = budget(project)
    grants = {name: one.grant for name, one in steps.examine(project).budget.partners.items()}
    assert {row["ID"]: euros(row["Grant"]) for row in table(values(content)["Partners"], "ID")[:-1]} == grants
    for sheet, label in (("Partners", "Grant"), ("Activities", "Grant amount")):
        first = "ID" if sheet == "Partners" else "No."
        assert all(str(row[label]).startswith("='Shares'!") for row in table(formulas(content)[sheet], first)[:-1])


def test_a_title_longer_than_its_table_is_wide_takes_several_lines() -> None:
    project = detailed_project(2, 2, name=f"{LONG} und noch mehr, weil es so schön war")
    sheet = formulas(budget_annex(project, detailed_rules()))["P1"]
    assert sheet["A1"].alignment.wrap_text
    assert "A1:F1" in map(str, sheet.merged_cells.ranges)
    assert sheet.row_dimensions[1].height >= 42
    assert ":$F$" in sheet.print_area


def breaks(book: Workbook) -> dict[str, list[int]]:
    return {sheet.title: [one.id for one in sheet.row_breaks.brk] for sheet in book}


def test_no_page_ends_with_a_heading() -> None:
    book = formulas(budget_annex(detailed_project(4, 25), detailed_rules()))
    sheet = book["P1"]
    found = breaks(book)["P1"]
    assert found
    assert not sheet.sheet_properties.pageSetUpPr.fitToPage  # or programs forget where pages break
    titles = {row[0].row for row in sheet.iter_rows() if row[0].font.b and row[0].font.sz == 12}
    assert {row + 1 for row in found} <= titles
    assert breaks(formulas(budget(MENTOR))) == {sheet.title: [] for sheet in formulas(budget(MENTOR))}


def test_what_is_nearly_one_page_is_printed_on_one() -> None:
    sheets = [formulas(budget(letters(count)))["Partners"] for count in (5, 30, 90)]
    assert [sheet.page_setup.fitToHeight for sheet in sheets] == [0, None, 0]  # none is one
    assert all(sheet.sheet_properties.pageSetUpPr.fitToPage for sheet in sheets)


def test_what_could_not_be_read_on_one_page_takes_several_side_by_side() -> None:
    few, many = (budget_annex(detailed_project(25, packages), detailed_rules()) for packages in (5, 20))
    name = "Lump sum breakdown"
    assert formulas(few)[name].page_setup.fitToWidth is None  # which is one
    assert formulas(many)[name].page_setup.fitToWidth == 2
    assert formulas(many)[name].print_title_cols == "$A:$A"


def test_neighbours_that_take_the_same_have_one_rule() -> None:
    """Or LibreOffice forgets the indent of the second of two columns."""
    rules = formulas(budget(MENTOR))["Work packages"].data_validations.dataValidation
    assert "D5:E8" in {str(rule.sqref) for rule in rules}


def test_columns_are_measured_in_the_font_of_the_cells() -> None:
    content = budget(MENTOR)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        styles = archive.read("xl/styles.xml").decode()
    first = styles[styles.index("<font>") : styles.index("</font>")]
    assert '<sz val="10"/>' in first
    assert '<name val="Arial"/>' in first
    assert "<scheme" not in styles


def test_bars_begin_at_nothing() -> None:
    with zipfile.ZipFile(io.BytesIO(budget(MENTOR))) as archive:
        charts = [archive.read(name).decode() for name in archive.namelist() if "charts/chart" in name]
    assert len(charts) == 2
    assert all('<c:min val="0"/>' in chart for chart in charts)


@pytest.mark.parametrize(("bars", "lines", "least"), [(2, 1, 200), (25, 1, 25 * 18), (25, 2, 25 * 32)])
def test_bars_are_as_high_as_their_words(bars: int, lines: int, least: int) -> None:
    chart = Chart(kind="chart", id="x", title="X", source="x", of="x", labels="name", values="grant")
    assert least <= Bars(chart, 0, bars, lines, Decimal(1)).height <= least + 100


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("", 10, 1), ("short", 10, 1), ("a\nb", 10, 2), ("a" * 100, 10, 10), ("one two three", 5, 3), (LONG, 28, 4),
        (LONG.upper(), 28, 5), ("x", 0, 1),
    ],
)  # fmt: skip
def test_lines_break_between_words(text: str, width: float, lines: int) -> None:
    assert lines_of(text, width) == lines


def test_every_row_has_room_for_its_names() -> None:
    case = Case(partnership(2, LONG))
    sheet = case.live["Units"]
    width = sheet.column_dimensions["B"].width
    for row in sheet.iter_rows(min_row=5, max_row=sheet.max_row - 1):
        assert sheet.row_dimensions[row[0].row].height >= 12.75 * lines_of(str(row[1].value), width - 0.71)


def test_bars_of_no_amounts_are_not_drawn() -> None:
    with zipfile.ZipFile(io.BytesIO(budget(MENTOR.model_copy(update={"work_packages": ()})))) as archive:
        assert not [name for name in archive.namelist() if "charts/chart" in name]
