"""Forms out and back: nothing is lost, people may type as they like, and every problem has its sheet and cell."""

import contextlib
import io
import json
import shutil
import subprocess
import time
import zipfile
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from conftest import EXAMPLES, Run
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl.utils.exceptions import IllegalCharacterError
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from ka2budget import document, steps
from ka2budget.agreement import Agreement
from ka2budget.catalogue import Entry, catalogue, rules_for
from ka2budget.errors import NoSuchAction, NoSuchCall, NoSuchName, NotAllowed, Unreadable
from ka2budget.form import values
from ka2budget.form.fields import Field
from ka2budget.form.filled import FilledProject
from ka2budget.form.keys import Keys
from ka2budget.form.reading import read_form
from ka2budget.form.shape import tables
from ka2budget.form.sheets import MOST_CELLS, MOST_COLUMNS, MOST_ROWS, Cell, read_sheets
from ka2budget.form.words import plain
from ka2budget.form.writing import empty_form, project_form
from ka2budget.model import ID_PATTERN
from ka2budget.package import package_of
from ka2budget.project import Category, Project
from ka2budget.text import LANGUAGES, translate

PROJECTS = sorted(path for path in EXAMPLES.glob("*.toml") if not path.stem.endswith(("report", "agreement")))
MENTOR, ALLIANCE, BRIDGES = (EXAMPLES / f"{name}.toml" for name in ("mentor-ka220", "alliance-cove", "bridges-ka204"))
PATH = Path("form.xlsx")
OFFICE, SYSTEM_PYTHON = shutil.which("soffice"), "/usr/bin/python3"


def form(project: Project, partner: str | None = None) -> bytes:
    return project_form(project, rules_for(project.action, project.call), partner)


def example(path: Path = MENTOR) -> bytes:
    return form(steps.read_project(path))


def back(content: bytes) -> FilledProject:
    project = document.read_bytes(content, PATH, Project)
    assert isinstance(project, FilledProject)
    return project


def edited(content: bytes, edit: Callable[[Workbook], Any]) -> bytes:
    book = openpyxl.load_workbook(io.BytesIO(content))
    edit(book)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def problems(content: bytes) -> dict[str, str]:
    with pytest.raises(Unreadable) as refusal:
        back(content)
    return {one.where: str(one.message) for one in refusal.value.problems}


def put(**cells: object) -> Callable[[Workbook], None]:
    """Return an edit that sets cells, named like Partners_C7."""

    def edit(book: Workbook) -> None:
        for name, value in cells.items():
            sheet, _, cell = name.rpartition("_")
            book[sheet.replace("_", " ")][cell] = value

    return edit


# Nothing is lost.


@pytest.mark.parametrize("path", PROJECTS, ids=lambda path: path.stem)
def test_every_example_goes_to_a_form_and_back_unchanged(path: Path) -> None:
    project = steps.read_project(path)
    filled = back(form(project))
    assert filled.plain == project
    assert filled.notices == ()
    assert filled.model_dump() == project.model_dump()


def test_the_same_project_gives_the_same_bytes() -> None:
    assert example() == example()


lines = st.text(min_size=1, max_size=30).map(str.strip).filter(
    lambda text: text and text.isprintable() and not text.startswith("e.g.") and not set(text) & set("\ufffe\uffff")
)  # fmt: skip
texts = st.lists(lines, min_size=1, max_size=3).map("\n".join)
ids = st.from_regex(ID_PATTERN.replace("^", r"\A").replace("$", r"\Z"), fullmatch=True)
known = st.sampled_from(["P1", "P2", "P3", "P9", "WP1", "1"])
money = st.decimals(0, 999_999_999, places=2)
quantities = st.decimals(0, 999_999_999, places=6)
shares = st.one_of(st.decimals(0, 1, places=6), st.just(Decimal(1) / 3), st.just(Decimal("0.333333")))
days = st.dates(max_value=date(2099, 12, 31))
countries = st.sampled_from(["PL", "DE", "GR", "GB", "XK", "ZZ", "NO"])


def table(*needed: str, **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    there = {name: fields.pop(name) for name in needed}
    return st.fixed_dictionaries(there, optional=fields)


def unique(one: st.SearchStrategy[dict[str, Any]], most: int, least: int = 0) -> st.SearchStrategy[list[Any]]:
    return st.lists(one, min_size=least, max_size=most, unique_by=lambda row: row["id"])


partners = table(
    "id", "name", "country", id=st.one_of(known, ids), name=lines, country=countries,
    role=st.sampled_from(["coordinator", "partner", "affiliated", "associated"]), of=known, type=lines, city=lines,
    oid=lines, pic=lines, established=days, estimated_cost=money,
)  # fmt: skip
activities = table(
    "id", "title", "lead", "amount", id=ids, title=lines, lead=known, amount=money, start=days, end=days, venue=lines,
    venue_country=countries, participants=st.lists(known, max_size=3), shares=st.dictionaries(known, money, max_size=3),
    results=texts,
)  # fmt: skip
costs = table(
    "partner", "category", "units", "unit_cost", partner=known, category=st.sampled_from(list(map(str, Category))),
    label=lines, units=quantities, unit_cost=quantities, distance_km=quantities,
)  # fmt: skip
depreciation = table(
    "partner", "label", "purchase_cost", "project_use", "lifetime_use", partner=known, label=lines, purchased=days,
    purchase_cost=money, project_use=shares, lifetime_use=shares, justification=texts,
)  # fmt: skip
units = table(
    "heading", "partner", heading=st.from_regex(r"\A[a-z][a-z0-9-]{0,39}\Z"), partner=known, label=lines,
    months=st.integers(0, 10_000), days=quantities, participants=st.integers(0, 10_000),
    students=st.integers(0, 10_000), profile=lines, kind=lines, country=countries, distance_km=quantities,
    green=st.booleans(), cost=money,
)  # fmt: skip
real_costs = table(
    "heading", "partner", "amount", heading=st.from_regex(r"\A[a-z][a-z0-9-]{0,39}\Z"), partner=known, label=lines,
    amount=money,
)  # fmt: skip
packages = table(
    "id", "title", id=ids, title=lines, management=st.booleans(), lead=known, start_month=st.integers(1, 120),
    end_month=st.integers(1, 120), amount=money, shares=st.dictionaries(known, money, max_size=3),
    costs=st.lists(costs, max_size=3), depreciation=st.lists(depreciation, max_size=2),
)  # fmt: skip
STRUCTURES = {
    "activities": ("KA210-SCH", 2026), "work-packages": ("KA220-ADU", 2025), "costs": ("ERASMUS-EDU-PEX-COVE", 2025),
    "units": ("KA204", 2018),
}  # fmt: skip


@st.composite
def projects(draw: st.DrawFn) -> Project:
    """Draw a project of any structure, with whatever a project file may hold, sensible or not."""
    structure = draw(st.sampled_from(list(STRUCTURES)))
    action, call = STRUCTURES[structure]
    head = table(
        "title", "start", "months", title=lines, start=days, months=st.integers(1, 120), round=st.integers(1, 3),
        variant=lines, acronym=lines, reference=lines, language=lines, lump_sum=money, estimated_cost=money,
    )  # fmt: skip
    tables_ = draw(head) | {"action": action, "call": call, "partners": draw(unique(partners, 4, 1))}
    all_activities = draw(unique(activities, 4))
    if draw(st.booleans()):
        tables_["work_packages"] = draw(unique(packages, 3))
        for number, one in enumerate(all_activities):
            home = tables_["work_packages"][number % 3] if number % 3 < len(tables_["work_packages"]) else tables_
            home.setdefault("activities", []).append(one)
    else:
        tables_["activities"] = all_activities
    if structure == "units":
        tables_ |= {"units": draw(st.lists(units, max_size=4)), "real_costs": draw(st.lists(real_costs, max_size=3))}
    return Project.model_validate(tables_)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(projects())
def test_whatever_a_project_holds_a_form_brings_it_back(project: Project) -> None:
    assert back(form(project)).plain == project


def test_a_new_field_of_a_model_gets_a_column_without_new_code() -> None:
    for one in tables().values():
        if not one.is_matrix:
            assert {column.field.name for column in one.columns} >= {
                name for name, field in one.model.model_fields.items() if field.annotation in {str, int, bool, date}
            }


def test_an_id_that_is_used_twice_is_refused_because_a_form_could_not_tell_the_rows_apart() -> None:
    project = steps.read_project(MENTOR)
    twice = project.model_copy(update={"partners": (*project.partners, project.partners[0])})
    with pytest.raises(NotAllowed, match="P1 is used twice among Partners"):
        form(twice)


@pytest.mark.parametrize("text", ["a\uffffb", "<r>a</r>"])
def test_a_text_that_no_cell_can_hold_is_refused(text: str) -> None:
    project = steps.read_project(MENTOR)
    with pytest.raises(NotAllowed, match="a workbook cannot hold"):
        form(project.model_copy(update={"title": text}))


# What a form looks like.


def test_an_empty_form_says_what_is_missing_by_cell() -> None:
    content = empty_form("KA220-ADU", rules_for("KA220-ADU", 2026))
    found = problems(content)
    assert found["Partners"] == "no organisation is entered yet"
    assert {where for where in found if where.startswith("Project!")} == {"Project!B12", "Project!B16", "Project!B17"}
    assert found["Project!B12"] == "is empty, and has to be filled in"


def test_examples_are_greyed_out_and_never_read() -> None:
    content = empty_form("KA220-ADU", rules_for("KA220-ADU", 2026))
    sheet = openpyxl.load_workbook(io.BytesIO(content))["Partners"]
    assert [sheet["B6"].value, sheet["C6"].value] == ["e.g. Adult College of Torun", "e.g. PL Poland"]
    assert sheet["B6"].font.color.rgb == "FF8A949E"


def test_what_was_only_half_written_over_an_example_is_read_without_the_rest() -> None:
    content = edited(
        empty_form("KA220-ADU", rules_for("KA220-ADU", 2026)),
        put(
            Partners_A6="P1",
            Partners_B6="Example College",
            Partners_C6="PL",
            Project_B12="T",
            Project_B16="2026-09-01",
            Project_B17=24,
        ),
    )
    (partner,) = back(content).plain.partners
    assert (partner.id, partner.name, partner.city, partner.role.value) == ("P1", "Example College", None, "partner")


def test_cells_to_fill_in_are_open_and_all_others_closed() -> None:
    book = openpyxl.load_workbook(io.BytesIO(example(ALLIANCE)))
    assert all(sheet.protection.sheet for sheet in book)
    costs_sheet = book["Costs"]
    assert not costs_sheet["E7"].protection.locked
    assert costs_sheet["H7"].protection.locked
    assert costs_sheet["H7"].value == '=IF(COUNT(E7,F7)<2,"",ROUND(E7*F7,2))'
    assert costs_sheet["A5"].protection.locked


def test_lists_to_choose_from_and_notes_are_those_of_the_call() -> None:
    book = openpyxl.load_workbook(io.BytesIO(example(BRIDGES)))
    rules = {str(one.sqref).split(":")[0]: one for one in book["Units"].data_validations.dataValidation}
    assert rules["A7"].type == "list"
    assert rules["A7"].prompt.startswith("Budget heading")
    lists = book["Lists"]
    names = [cell.value for cell in lists[4]]
    column = names.index("Headings of units") + 1
    assert lists.cell(5, column).value == "Project management and implementation"
    assert lists.cell(6, column + 1).value == "Participants, Distance in km"
    partners_sheet = book["Partners"].data_validations.dataValidation
    assert any(one.formula1 and one.formula1.startswith("Lists!") for one in partners_sheet)


def test_which_sheets_there_are_follows_from_the_call() -> None:
    expected = {
        MENTOR: ["Project", "Partners", "Work packages", "Shares", "Activities", "Lists"],
        EXAMPLES / "letters-ka210.toml": ["Project", "Partners", "Activities", "Shares of activities", "Lists"],
        ALLIANCE: ["Project", "Partners", "Work packages", "Costs", "Depreciation", "Lists"],
        BRIDGES: ["Project", "Partners", "Units", "Real costs", "Lists"],
    }
    for path, names in expected.items():
        assert openpyxl.load_workbook(io.BytesIO(example(path))).sheetnames == names


def test_the_form_of_one_partner_holds_nothing_of_the_others() -> None:
    content = form(steps.read_project(ALLIANCE), "P3")
    filled = back(content)
    assert (filled.part, [one.id for one in filled.partners]) == ("P3", ["P3"])
    assert {line.partner for package in filled.work_packages for line in package.costs} == {"P3"}
    everything = zipfile.ZipFile(io.BytesIO(content)).read("xl/sharedStrings.xml").decode()
    assert "Example Maritime College" not in everything
    assert [one.code for one in filled.notices] == ["form-of-one-partner"]


def test_the_part_of_one_partner_is_judged_for_what_is_the_partners(run: Run, tmp_path: Path) -> None:
    path, mentor = tmp_path / "p3.xlsx", EXAMPLES / "mentor-ka220.toml"
    run("new", "KA220-ADU", "--form", "--file", mentor, "--partner", "P3", "-o", path)
    answer = run("check", path)
    assert answer.code == 0
    assert "no errors" in answer.err
    assert "form-of-one-partner" in answer.out
    book = openpyxl.load_workbook(path)
    book["Partners"]["H7"] = "E1"
    book.save(path)
    assert [line.split(": ")[1] for line in run("check", path).out.splitlines()][:1] == ["warning"]


def test_the_part_of_one_partner_is_no_whole_to_make_an_annex_from(run: Run, tmp_path: Path) -> None:
    path, mentor = tmp_path / "p3.xlsx", EXAMPLES / "mentor-ka220.toml"
    run("new", "KA220-ADU", "--form", "--file", mentor, "--partner", "P3", "-o", path)
    answer = run("annex", path, "-o", tmp_path / "annex.xlsx")
    assert (answer.code, answer.err.count("\n")) == (2, 1)
    assert "the part of P3 alone" in answer.err
    assert not (tmp_path / "annex.xlsx").exists()


def test_there_is_no_form_of_a_partner_who_takes_no_part() -> None:
    with pytest.raises(NoSuchName, match="There is no partner 'P7'; the names there are: P1, P2, P3, P4"):
        form(steps.read_project(MENTOR), "P7")


# Forgiving reading.


def move_columns(book: Workbook) -> None:
    sheet = book["Partners"]
    for row in sheet.iter_rows(min_row=5, max_row=12):
        content = [cell.value for cell in row]
        for cell, value in zip(row, reversed(content), strict=True):
            cell.value = value


def rename_and_shift(book: Workbook) -> None:
    for number, sheet in enumerate(book):
        sheet.title = f"Blatt {number}"
    book["Blatt 1"].insert_rows(1, 3)
    book["Blatt 1"].insert_rows(11, 2)


def shout(book: Workbook) -> None:
    for sheet in ("Partners", "Work packages", "Activities"):
        for cell in book[sheet][5]:
            cell.value = f"  {cell.value.upper()} " if cell.value else None


def type_everything(book: Workbook) -> None:
    book["Project"]["B10"] = "2025"
    book["Project"]["B16"] = "1.11.2025"
    book["Project"]["B18"] = "€ 250.000,00"
    book["Project"]["B19"] = "'262 500"
    book["Partners"]["C7"] = "Polska"
    book["Partners"]["C8"] = "pt"
    book["Partners"]["C9"] = "Germany"
    book["Partners"]["D7"] = "Coordinator"
    book["Partners"]["I7"] = "01.05.2010"
    book["Shares"]["C6"] = "18000,00"
    book["Shares"]["D6"] = "13'700.00"
    book["Shares"]["E6"] = "24\u202f050"
    book["Activities"]["J7"] = "P1; P3 P4"


@pytest.mark.parametrize(
    "edit", [move_columns, rename_and_shift, shout, type_everything], ids=lambda edit: edit.__name__
)
def test_however_a_form_was_treated_it_says_the_same(edit: Callable[[Workbook], None]) -> None:
    filled = back(edited(example(), edit))
    assert filled.plain == steps.read_project(MENTOR)
    assert not filled.notices


def test_field_names_do_as_labels_too() -> None:
    def edit(book: Workbook) -> None:
        for cell, name in zip(book["Partners"][5], ("id", "name", "country", "role"), strict=False):
            cell.value = name

    assert back(edited(example(), edit)).plain == steps.read_project(MENTOR)


def test_merged_cells_stand_for_every_row_but_an_amount_is_taken_once() -> None:
    def edit(book: Workbook) -> None:
        sheet = book["Costs"]
        for row in (7, 8):
            sheet[f"A{row}"], sheet[f"B{row}"], sheet[f"C{row}"] = "WP1", "P1", "A1"
            sheet[f"E{row}"], sheet[f"F{row}"], sheet[f"G{row}"] = 1, 100, None
        sheet.merge_cells("A7:A8")
        sheet.merge_cells("G7:G8")
        sheet["G7"] = 700

    first, second, *_ = back(edited(example(ALLIANCE), edit)).work_packages[0].costs
    assert (first.distance_km, second.distance_km) == (Decimal(700), None)
    assert (first.units, second.units) == (1, 1)


def test_an_empty_cell_is_nothing_and_a_zero_is_zero() -> None:
    filled = back(edited(example(), put(Shares_C6=None, Shares_D6=0)))
    assert "P1" not in filled.work_packages[0].shares
    assert filled.work_packages[1].shares["P1"] == 0


def test_new_partners_and_work_packages_have_room_on_the_sheet_of_shares() -> None:
    def edit(book: Workbook) -> None:
        put(Partners_A11="P5", Partners_B11="Example Library", Partners_C11="BG Bulgaria")(book)
        put(Work_packages_A11="WP5", Work_packages_B11="Example: more")(book)
        put(Shares_A10="P5", Shares_G5="WP5", Shares_G10=500, Shares_C10=20.5)(book)

    filled = back(edited(example(), edit))
    assert filled.work_packages[4].shares == {"P5": Decimal(500)}
    assert filled.work_packages[0].shares["P5"] == Decimal("20.50")


def test_a_hidden_sheet_is_read_and_told() -> None:
    def edit(book: Workbook) -> None:
        book["Activities"].sheet_state = "hidden"

    filled = back(edited(example(), edit))
    assert filled.plain == steps.read_project(MENTOR)
    assert [one.message for one in filled.notices] == ["The sheet Activities is hidden; it was read like the others."]


def test_a_sheet_of_somebodys_own_is_not_read_and_told() -> None:
    def edit(book: Workbook) -> None:
        book.create_sheet("Notes of Ana")["A1"] = "ask the bank"

    (notice,) = back(edited(example(), edit)).notices
    assert notice.message == "The sheet Notes of Ana is none of the form's, so it was not read."


def test_what_stands_beside_a_table_is_told() -> None:
    (notice,) = back(edited(example(), put(Partners_N7="ask the bank", Partners_N8="and this"))).notices
    assert (notice.code, notice.where) == ("form-cells-not-read", "Partners")
    assert notice.message == "2 cells were not read, because their columns have no label: N7, N8"


def test_a_date_with_slashes_is_read_day_first_and_told() -> None:
    filled = back(edited(example(), put(Partners_I7="01/09/2010")))
    assert filled.partners[0].established == date(2010, 9, 1)
    (notice,) = filled.notices
    assert (notice.where, notice.message) == ("Partners!I7", "'01/09/2010' was read day first, as 2010-09-01.")


def test_names_from_right_to_left_come_back() -> None:
    project = steps.read_project(MENTOR)
    first, *others = project.partners
    named = project.model_copy(update={"partners": (first.model_copy(update={"name": "جامعة المثال"}), *others)})
    assert back(form(named)).plain == named


def test_what_a_form_says_of_itself_may_be_gone() -> None:
    def edit(book: Workbook) -> None:
        book["Project"].delete_rows(20, 10)
        del book["Lists"]

    filled = back(edited(example(), edit))
    assert (filled.plain, filled.made_from) == (steps.read_project(MENTOR), ())


# Numbers and dates as people type them.


@pytest.mark.parametrize(
    ("typed", "means"),
    [
        ("1234,5", "1234.5"), ("1234.5", "1234.5"), ("1.234,50", "1234.50"), ("1,234.50", "1234.50"),
        ("1 234,50", "1234.50"), ("1\u00a0234", "1234"), ("1\u202f234\u202f567", "1234567"), ("'1234", "1234"),
        ("1'234.50", "1234.50"), ("1\u2019234", "1234"), ("€ 12", "12"), ("12 EUR", "12"), ("12 €", "12"),
        ("85%", "0.85"), ("85 %", "0.85"), ("1.234.567", "1234567"), ("1,234,567.89", "1234567.89"), ("0,125", "0.125"),
        ("0.125", "0.125"), (",5", "0.5"), ("5,", "5"), ("-3", "-3"), ("\u22123", "-3"), ("12,3456", "12.3456"),
        ("1234,567", "1234.567"), ("590 km", "590"),
    ],
)  # fmt: skip
def test_a_number_is_understood_in_whatever_country_it_was_typed(typed: str, means: str) -> None:
    assert values.number(typed) == Decimal(means)


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("1,234", "can mean 1234 or 1.234"), ("12.345", "can mean 12345 or 12.345"), ("abc", "is not a number"),
        ("1,2,3", "is not a number"), ("1.23.456", "is not a number"), ("1,234.5.6", "is not a number"), ("", "is not"),
        ("--1", "is not a number"), ("1e5", "is not a number"), ("\u0661\u0662", "is not a number"), ("=1+1", "is not"),
    ],
)  # fmt: skip
def test_a_number_in_doubt_is_refused_with_what_it_could_mean(typed: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        values.number(typed)


DAY = Field("start", "date", required=True)


TYPED = (
    "2026-09-01", "1.9.2026", "01.09.2026", "2026/9/1", "1. 9. 2026", "2026-09-01T00:00:00", "2026-09-01 00:00:00",
    "2026.09.01", "1-9-2026",
)  # fmt: skip


@pytest.mark.parametrize("typed", TYPED)
def test_a_date_is_understood_however_it_was_typed(typed: str) -> None:
    assert values.value_of(Cell(typed), DAY) == date(2026, 9, 1)


@pytest.mark.parametrize(
    ("cell", "says"),
    [
        (Cell("09/25/2026"), "has no month 25; the day comes first, or write 2026-09-25"),
        (Cell("31.2.2026"), "is a date that does not exist"),
        (Cell("next year"), "is not a date; write it like 2026-09-01"),
        (Cell("1.9.26"), "is not a date"),
        (Cell("2026-09-01 10:30"), "is not a date"),
        (Cell(Decimal(2026)), "2026 is not a date"),
        (Cell(Decimal("46000.5")), "is not a date"),
        (Cell(value=True), "TRUE or FALSE"),
        (Cell(None, error="#REF!"), "shows #REF!"),
    ],
)
def test_a_date_in_doubt_is_refused(cell: Cell, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        values.value_of(cell, DAY)


def test_days_are_counted_from_1900_or_from_1904() -> None:
    assert values.value_of(Cell(Decimal(46266), is_date=True), DAY) == date(2026, 9, 1)
    later = date(1904, 1, 1) + timedelta(days=44804)
    assert values.value_of(Cell(Decimal(44804), is_date=True), DAY, from_1904=True) == later == date(2026, 9, 1)
    assert values.value_of(Cell(Decimal(46266)), DAY) == date(2026, 9, 1)


@pytest.mark.parametrize(
    ("value", "means"),
    [("yes", True), ("X", True), (True, True), ("no", False), ("-", False), (False, False), (Decimal(1), True)],
)
def test_yes_and_no_may_be_typed_in_several_ways(value: str | Decimal | bool, means: bool) -> None:  # noqa: FBT001
    assert values.value_of(Cell(value), Field("green", "flag", required=False)) is means
    with pytest.raises(ValueError, match="neither yes nor no"):
        values.value_of(Cell("perhaps"), Field("green", "flag", required=False))


# Strict judging: every problem with sheet and cell, all at once.


@pytest.mark.parametrize(
    ("cells", "where", "says"),
    [
        ({"Partners_C7": "Atlantis"}, "Partners!C7", "'Atlantis' is not a country code"),
        ({"Partners_B7": None}, "Partners!B7", "is empty, and has to be filled in"),
        ({"Partners_D7": "boss"}, "Partners!D7", "'boss' is none of coordinator, partner, affiliated, associated"),
        ({"Partners_A8": "P1"}, "Partners!A8", "the ID 'P1' is used already in Partners!A7"),
        ({"Partners_I7": "yesterday"}, "Partners!I7", "'yesterday' is not a date"),
        ({"Project_B17": "two years"}, "Project!B17", "'two years' is not a number"),
        ({"Project_B17": 18.5}, "Project!B17", "whole number, not 18.5"),
        ({"Project_B17": True}, "Project!B17", "TRUE or FALSE"),
        ({"Project_B17": date(2026, 9, 1)}, "Project!B17", "holds a date; a number is needed"),
        ({"Project_B18": "1,234"}, "Project!B18", "can mean 1234 or 1.234"),
        ({"Project_B18": -5}, "Project!B18", "-5 is not an amount in EUR"),
        ({"Project_B18": 10.005}, "Project!B18", "with at most two decimals"),
        ({"Project_B18": 1e300}, "Project!B18", "is not an amount"),
        ({"Project_B12": "x" * 32_767}, "Project!B12", "at most 1000 characters"),
        ({"Project_B12": "a\u202eb"}, "Project!B12", "control characters"),
        ({"Project_B12": "#REF!"}, "Project!B12", "shows #REF!; a value is needed"),
        ({"Shares_C6": "much"}, "Shares!C6", "'much' is not a number"),
        ({"Shares_C5": "WP9"}, "Shares!C6", "there is no 'WP9' on the sheet Work packages"),
        ({"Shares_D5": "WP1"}, "Shares!D6", "P1 has an amount of WP1 already in Shares!C6"),
        ({"Shares_A6": None}, "Shares!C6", "has an amount, but no ID stands in A6: it is empty"),
        ({"Shares_G10": 5}, "Shares!G10", "the formula there has no result"),
        ({"Activities_A7": "WP9"}, "Activities!A7", "there is no 'WP9' on the sheet Work packages"),
        ({"Partners_B5": "Organization"}, "Partners!B5", "is no label of this sheet; did you mean Organisation?"),
        ({"Partners_B5": "Organization"}, "Partners!5:5", "the column Organisation is missing"),
        ({"Partners_M5": "Shoe size"}, "Partners!M5", "take it out, or move it to a sheet of its own"),
        ({"Project_A13": "Acronyx"}, "Project!A13", "is no label of this sheet; did you mean Acronym?"),
        ({"Partners_C7": "=1+1"}, "Partners!C7", "holds a formula without a result"),
        ({"Shares_N6": 5}, "Shares!N6", "has an amount, but no ID stands in N5: it is empty"),
    ],
)  # fmt: skip
def test_a_problem_is_named_with_sheet_and_cell(cells: dict[str, Any], where: str, says: str) -> None:
    content = edited(example(), put(**cells))
    found = problems(content)
    assert says in found[where], found


def test_all_problems_are_told_at_once_in_the_order_of_the_form() -> None:
    content = edited(
        example(),
        put(Activities_E7="x", Shares_C6="y", Partners_C8="Atlantis", Partners_C7="Q", Project_B17=0, Partners_I9="z"),
    )
    with pytest.raises(Unreadable) as refusal:
        back(content)
    assert [one.where for one in refusal.value.problems] == [
        "Project!B17", "Partners!C7", "Partners!C8", "Partners!I9", "Shares!C6", "Activities!E7",
    ]  # fmt: skip


def test_a_cost_without_its_work_package_is_named() -> None:
    found = problems(edited(example(ALLIANCE), put(Costs_A7=None, Costs_A8="WP77")))
    assert found["Costs!A7"] == "is empty; it has to name a row of the sheet Work packages"
    assert found["Costs!A8"] == "there is no 'WP77' on the sheet Work packages"


def test_two_sheets_with_the_same_table_are_a_problem() -> None:
    def edit(book: Workbook) -> None:
        book.copy_worksheet(book["Partners"])

    found = problems(edited(example(), edit))
    assert found == {"Partners Copy": "holds the same table as the sheet 'Partners'; take one of them out"}


def test_a_sheet_that_is_gone_is_named() -> None:
    def edit(book: Workbook) -> None:
        del book["Partners"]

    assert problems(edited(example(), edit))["Partners"] == "there is no such sheet, and none with its labels"


def test_a_workbook_of_another_kind_is_not_taken_for_a_form() -> None:
    (message,) = problems(edited(example(), lambda book: [book.remove(one) for one in book.worksheets[:-1]])).values()
    assert message.startswith("the file is not a form: no sheet has the columns of Project, Partners")
    with pytest.raises(Unreadable, match=r"is a workbook; the grant agreement file is .toml or .json"):
        document.read_bytes(example(), PATH, Agreement)


@pytest.mark.parametrize("name", ["form.ods", "form.xls", "form.numbers"])
def test_a_workbook_of_another_program_is_told_how_to_be_saved(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(b"PK")
    with pytest.raises(Unreadable, match="save it as an Excel workbook"):
        document.read(path, Project)


# Sums and formulas.


def test_a_sum_that_was_typed_is_compared_and_never_used() -> None:
    content = edited(example(ALLIANCE), put(Costs_H7=1, Costs_H8=86_215))
    filled = back(content)
    (notice,) = filled.notices
    assert (notice.code, notice.where) == ("form-sum-differs", "Costs!H7")
    assert notice.message == "The sum typed here is €1.00; what stands in the form makes €282,720.00."
    assert filled.plain == steps.read_project(ALLIANCE)


def test_typed_sums_of_shares_are_compared_too() -> None:
    filled = back(edited(example(), put(Shares_L6=1)))
    sheet = openpyxl.load_workbook(io.BytesIO(example()))["Shares"]
    assert [sheet["A22"].value, sheet["L5"].value] == ["Sum", "Sum"]
    assert {one.where for one in filled.notices} == {"Shares!L6"}
    filled = back(edited(example(), put(Shares_C22=44_000, Activities_E4=5)))
    assert {one.where for one in filled.notices} == {"Shares!C22", "Activities!E4"}


def test_the_result_of_a_formula_counts_and_is_told() -> None:
    content = with_formula(example(), "Shares", "C6", "<f>9000*2</f><v>18000</v>")
    filled = back(content)
    assert filled.plain == steps.read_project(MENTOR)
    (notice,) = filled.notices
    assert (notice.code, notice.where) == ("form-formula", "Shares")
    assert notice.message.endswith("the last result was taken: C6")


def with_formula(content: bytes, sheet: str, cell: str, inside: str, kind: str = "n") -> bytes:
    """Return a form one of whose cells holds this, as the XML has it."""
    names = openpyxl.load_workbook(io.BytesIO(content)).sheetnames
    part = f"xl/worksheets/sheet{names.index(sheet) + 1}.xml"
    parts = package_of(content, PATH).parts
    text = parts[part].decode()
    start = text.index(f'<c r="{cell}"')
    ends = [place for place in (text.find("/>", start) + 2, text.find("</c>", start) + 4) if place > 4 + start]
    return repacked(content, {part: f'{text[:start]}<c r="{cell}" t="{kind}">{inside}</c>{text[min(ends) :]}'.encode()})


def repacked(content: bytes, new: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in (package_of(content, PATH).parts | new).items():
            archive.writestr(name, part)
    return file.getvalue()


@pytest.mark.parametrize(
    ("inside", "kind", "says"),
    [
        ("<f>1/0</f><v>#DIV/0!</v>", "e", "shows #DIV/0!; a value is needed"),
        ("<f>[1]Other!A1</f>", "n", "holds a formula without a result"),
        ("<v>999999</v>", "s", "shows a text that is not there"),
        ("<v>1e999</v>", "n", "shows a number that is too large"),
        ("<is><t>_x0007_</t></is>", "inlineStr", "is not a number"),
    ],
)
def test_a_cell_without_a_value_that_can_be_used_is_named(inside: str, kind: str, says: str) -> None:
    assert says in problems(with_formula(example(), "Shares", "C6", inside, kind))["Shares!C6"]


# Dangers.


def test_control_characters_in_a_cell_are_named() -> None:
    content = with_formula(example(), "Partners", "B7", "<is><t>Bell_x0007_</t></is>", "inlineStr")
    assert "control characters" in problems(content)["Partners!B7"]


def test_a_million_formatted_rows_are_not_read(tmp_path: Path) -> None:
    part = "xl/worksheets/sheet2.xml"
    content = example()
    text = package_of(content, PATH).parts[part].decode()
    empty = "".join(f'<row r="{n}"><c r="A{n}" s="1"/></row>' for n in range(200, 1_000_200))
    path = tmp_path / "form.xlsx"
    path.write_bytes(repacked(content, {part: text.replace("</sheetData>", f"{empty}</sheetData>").encode()}))
    start = time.perf_counter()
    assert steps.read_project(path).model_dump() == steps.read_project(MENTOR).model_dump()
    assert time.perf_counter() - start < 5


def test_thousands_of_merged_cells_over_one_another_cost_no_time() -> None:
    part = "xl/worksheets/sheet2.xml"
    text = package_of(example(), PATH).parts[part].decode()
    merged = "".join(f'<mergeCell ref="{letter}{row}:{letter}6000"/>' for letter in "ABCDEFGH" for row in range(7, 600))
    start = time.perf_counter()
    text = text.replace("</sheetData>", f"</sheetData><mergeCells>{merged}</mergeCells>")
    filled = back(repacked(example(), {part: text.encode()}))
    assert filled.plain == steps.read_project(MENTOR)
    assert time.perf_counter() - start < 2


def test_values_beyond_the_bounds_are_told() -> None:
    far = edited(example(), put(**{f"Partners_B{MOST_ROWS + 1}": "far"}))
    assert "has values below row 6,000" in problems(far)["Partners"]
    wide = edited(example(), lambda book: book["Partners"].cell(7, MOST_COLUMNS + 1, "wide"))
    assert "beyond column KN" in problems(wide)["Partners"]


def test_too_many_cells_are_no_form() -> None:
    part = "xl/worksheets/sheet2.xml"
    rows = "".join(f'<row r="{row}">' + "<c><v>1</v></c>" * 250 + "</row>" for row in range(1, MOST_CELLS // 250 + 2))
    bomb = repacked(example(), {part: f"<worksheet><sheetData>{rows}</sheetData></worksheet>".encode()})
    assert "more than 200,000 cells" in problems(bomb)["/"]


def test_many_sheets_are_no_form() -> None:
    many = edited(example(), lambda book: [book.create_sheet() for _ in range(60)])
    assert "more than 60 sheets" in problems(many)["/"]


@pytest.mark.parametrize(
    ("part", "content", "says"),
    [
        ("xl/workbook.xml", b"<workbook><sheets>", "is not well-formed XML"),
        ("xl/worksheets/sheet1.xml", b"<worksheet>\x00", "is not well-formed XML"),
        ("xl/worksheets/sheet1.xml", b'<?xml version="1.0" encoding="klingon"?><worksheet/>', "is written in a way no"),
        ("xl/worksheets/sheet1.xml", b"\xff\xfe\x00", "is not text in the encoding"),
        ("xl/worksheets/sheet1.xml", b'<!DOCTYPE x [<!ENTITY e "e">]><worksheet>&e;</worksheet>', "document type"),
        ("xl/vbaProject.bin", b"macro", "has macros"),
        ("xl/worksheets/sheet1.xml", b"<worksheet><sheetData><row><c><v>zz</v></c></row></sheetData></worksheet>",
         "is written in a way no workbook is"),
    ],
)  # fmt: skip
def test_a_broken_or_dangerous_part_is_refused_in_one_sentence(part: str, content: bytes, says: str) -> None:
    (message,) = problems(repacked(example(), {part: content})).values()
    assert says in message


def test_links_to_other_workbooks_are_not_followed() -> None:
    link = b'<externalLink xmlns="x"><externalBook r:id="rId1" xmlns:r="r"/></externalLink>'
    relations = (
        b'<Relationships><Relationship Id="rId1" Type="t/externalLinkPath" Target="file:///etc/passwd"'
        b' TargetMode="External"/></Relationships>'
    )
    content = repacked(
        example(),
        {"xl/externalLinks/externalLink1.xml": link, "xl/externalLinks/_rels/externalLink1.xml.rels": relations},
    )
    assert back(content).plain == steps.read_project(MENTOR)


def test_a_sheet_in_utf_16_and_other_prefixes_is_read() -> None:
    part = "xl/worksheets/sheet1.xml"
    text = package_of(example(), PATH).parts[part].decode().replace('encoding="UTF-8"', 'encoding="UTF-16"')
    assert back(repacked(example(), {part: text.encode("utf-16")})).plain == steps.read_project(MENTOR)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_bytes_that_were_damaged_are_read_or_refused(data: st.DataObject) -> None:
    content = bytearray(repacked_plain(example()))
    for _ in range(data.draw(st.integers(1, 5))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(Unreadable):
        assert back(bytes(content)).partners


def repacked_plain(content: bytes) -> bytes:
    """Return a workbook whose parts are not compressed and whose sums are not checked, so that damage gets through."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for name, part in package_of(content, PATH).parts.items():
            archive.writestr(name, part)
    return file.getvalue()


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_whatever_is_typed_is_read_or_named_by_its_cell(data: st.DataObject) -> None:
    anything = st.one_of(
        st.text(max_size=12).filter(str.isprintable), st.integers(), st.floats(allow_nan=False, allow_infinity=False),
        st.booleans(), st.dates(min_value=date(1900, 3, 1)),
    )  # fmt: skip
    cells = data.draw(
        st.dictionaries(
            st.sampled_from(["Project_B10", "Partners_C7", "Partners_I8", "Shares_C6", "Shares_A6", "Work_packages_C7",
                             "Activities_J7", "Activities_F7", "Partners_B5", "Work_packages_A8"]),
            anything, min_size=1, max_size=4,
        )
    )  # fmt: skip
    with contextlib.suppress(Unreadable, NoSuchCall, NoSuchAction, IllegalCharacterError):
        assert steps.examine(back(edited(PLAIN, put(**cells)))).budget.action


PLAIN = example()


# The command line.


def test_every_command_reads_a_form_in_place_of_a_project_file(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "form.xlsx"
    assert run("convert", MENTOR, "-o", path).code == 0
    for command in ("check", "budget", "explain", "share", "compare", "advise", "schedule"):
        of_form, of_file = run(command, path), run(command, MENTOR)
        assert (of_form.code, of_form.out) == (of_file.code, of_file.out), command
    assert run("annex", path, "-o", tmp_path / "annex.xlsx").code == 0
    assert run("convert", path, "-o", tmp_path / "p.json").code == 0
    assert steps.read_project(tmp_path / "p.json") == steps.read_project(MENTOR)


def test_findings_about_a_form_name_its_cells(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "form.xlsx"
    path.write_bytes(edited(example(), put(Work_packages_D8="P8", Activities_G7=date(2035, 1, 1), Shares_L6=5)))
    answer = run("check", path)
    assert answer.code == 1
    assert f"{path}:Work packages!D8: error: The lead P8 of International expert workshops" in answer.out
    assert f"{path}:Shares!L6: warning: The sum typed here is €5.00" in answer.out
    found = json.loads(run("check", path, "--json").out)
    assert {"lead-unknown", "form-sum-differs"} <= {one["code"] for one in found}


def test_an_action_or_call_without_rules_is_named_by_its_cell(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "form.xlsx"
    path.write_bytes(edited(example(), put(Project_B9="KA999")))
    answer = run("check", path)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith(f"{path}:Project!B9: error: There is no action 'KA999'")


@pytest.mark.parametrize("code", ["KA220-ADU", "KA210-SCH", "ERASMUS-EDU-PEX-COVE", "ERASMUS-EDU-PEX-EMJM-MOB"])
def test_new_writes_an_empty_form_of_every_kind_of_call(run: Run, tmp_path: Path, code: str) -> None:
    path = tmp_path / "form.xlsx"
    assert run("new", code, "--form", "-o", path) == (0, "", "")
    answer = run("check", path)
    assert answer.code == 2
    assert "no organisation is entered yet" in answer.err
    again = run("new", code, "--form", "-o", path)
    assert (again.code, "it exists already" in again.err) == (2, True)


def test_every_call_of_the_catalogue_has_a_form() -> None:
    for entry in catalogue():
        content = empty_form(entry.codes[0], rules_for(entry.codes[0], entry.call))
        assert read_form(package_of(content, PATH)).tables["call"] == entry.call


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["KA220-ADU", "--form"], "name a file for it with -o FORM.xlsx"),
        (["KA220-ADU", "--form", "-o", "f.toml"], "its name ends in .xlsx"),
        (["KA220-ADU", "--partner", "P1"], "add --form"),
        (["KA220-ADU", "--form", "--partner", "P1", "-o", "f.xlsx"], "name its file with --file"),
        (["KA210-SCH", "--form", "-f", MENTOR, "-o", "f.xlsx"], "is a project of KA220-ADU, call 2025, not of"),
        (["KA220-ADU", "--call", 2026, "--form", "-f", MENTOR, "-o", "f.xlsx"], "not of KA220-ADU, call 2026"),
        (["KA220-ADU", "--form", "-f", MENTOR, "--partner", "P9", "-o", "f.xlsx"], "There is no partner 'P9'"),
    ],
)  # fmt: skip
def test_new_says_what_is_impossible_and_writes_nothing(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[Any], says: str
) -> None:
    monkeypatch.chdir(tmp_path)
    answer = run("new", *arguments)
    assert (answer.code, answer.out) == (2, "")
    assert says in answer.err
    assert list(tmp_path.iterdir()) == []


# Other programs.


def office(tmp_path: Path, *arguments: object) -> None:
    home = f"-env:UserInstallation=file://{tmp_path}/office"
    subprocess.run(
        [str(OFFICE), home, "--headless", *map(str, arguments)], check=True, capture_output=True, timeout=300
    )


@pytest.mark.skipif(OFFICE is None, reason="LibreOffice is not installed")
def test_forms_saved_by_libreoffice_come_back_without_loss(tmp_path: Path) -> None:
    names = [path.stem for path in PROJECTS]
    for path in PROJECTS:
        (tmp_path / f"{path.stem}.xlsx").write_bytes(example(path))
    files = [tmp_path / f"{name}.xlsx" for name in names]
    office(tmp_path, "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", tmp_path / "saved", *files)
    for path in PROJECTS:
        filled = document.read(tmp_path / "saved" / f"{path.stem}.xlsx", Project)
        assert isinstance(filled, FilledProject)
        assert (filled.plain, filled.notices) == (steps.read_project(path), ()), path.stem


FILLING = """
import sys, uno
from com.sun.star.beans import PropertyValue
def prop(name, value):
    one = PropertyValue(); one.Name = name; one.Value = value; return one
import subprocess, time
import os
pipe = "ka2budget%d" % os.getpid()
office = subprocess.Popen(["soffice", "-env:UserInstallation=file://" + sys.argv[3], "--headless", "--norestore",
    "--accept=pipe,name=" + pipe + ";urp;"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
context = uno.getComponentContext()
resolver = context.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", context)
for _ in range(120):
    try:
        remote = resolver.resolve("uno:pipe,name=" + pipe + ";urp;StarOffice.ComponentContext"); break
    except Exception:
        time.sleep(0.5)
desktop = remote.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", remote)
book = desktop.loadComponentFromURL("file://" + sys.argv[1], "_blank", 0, (prop("Hidden", True),))
def enter(sheet, cell, text):
    book.Sheets.getByName(sheet).getCellRangeByName(cell).setFormula(text)
PARTNERS = [("Example College", "PL Poland"), ("Example School", "de"), ("Example Lab", "Italy")]
for row, (name, country) in enumerate(PARTNERS, 7):
    enter("Partners", "A%d" % row, "P%d" % (row - 6)); enter("Partners", "B%d" % row, name)
    enter("Partners", "C%d" % row, country); enter("Partners", "D%d" % row, "coordinator" if row == 7 else "partner")
enter("Project", "B12", "Example: filled in LibreOffice"); enter("Project", "B16", "2026-09-01")
enter("Project", "B17", "24")
enter("Project", "B18", "120000"); enter("Project", "B19", "130000")
for row in (7, 8):
    enter("Work packages", "A%d" % row, "WP%d" % (row - 6)); enter("Work packages", "B%d" % row, "Example %d" % row)
enter("Work packages", "C7", "yes")
for cell, text in {"C6": "8000", "C7": "8000", "C8": "8000", "D6": "=40000-8000", "D7": "32000", "D8": "32000"}.items():
    enter("Shares", cell, text)
book.calculateAll()
book.storeToURL("file://" + sys.argv[2], (prop("FilterName", "Calc MS Excel 2007 XML"),))
book.close(True)
try: desktop.terminate()
except Exception: pass
office.wait(30)
"""


def has_uno() -> bool:
    if OFFICE is None or not Path(SYSTEM_PYTHON).exists():
        return False
    return subprocess.run([SYSTEM_PYTHON, "-c", "import uno"], capture_output=True, check=False).returncode == 0


@pytest.mark.skipif(not has_uno(), reason="LibreOffice or python3-uno is not installed")
def test_a_form_filled_in_libreoffice_is_read(tmp_path: Path) -> None:
    empty, filled = tmp_path / "empty.xlsx", tmp_path / "filled.xlsx"
    empty.write_bytes(empty_form("KA220-ADU", rules_for("KA220-ADU", 2026)))
    script = tmp_path / "fill.py"
    script.write_text(FILLING, encoding="utf-8")
    subprocess.run(
        [SYSTEM_PYTHON, str(script), str(empty), str(filled), f"{tmp_path}/office"],
        check=True,
        capture_output=True,
        timeout=180,
    )
    project = document.read(filled, Project)
    assert isinstance(project, FilledProject)
    assert [(one.id, one.country) for one in project.partners] == [("P1", "PL"), ("P2", "DE"), ("P3", "IT")]
    assert [one.allocated for one in project.work_packages] == [Decimal(24_000), Decimal(96_000)]
    assert project.work_packages[0].management
    assert (project.start, project.months, project.lump_sum) == (date(2026, 9, 1), 24, Decimal(120_000))
    assert [one.code for one in project.notices] == ["form-formula"]


def google(content: bytes) -> bytes:
    """Return a form as Google Sheets and Numbers write it: texts in the cells, no places, no names, other targets."""
    book = openpyxl.load_workbook(io.BytesIO(content), data_only=True)
    sheets = []
    for sheet in book:
        assert isinstance(sheet, Worksheet)
        rows = []
        for row in sheet.iter_rows():
            cells = []
            for cell in row:
                value = cell.value
                if value is None:
                    cells.append("<x:c/>")
                elif isinstance(value, str):
                    text = value.replace("&", "&amp;").replace("<", "&lt;").replace("\r", "&#13;")
                    cells.append(
                        f'<x:c t="inlineStr"><x:is><x:r><x:t xml:space="preserve">{text}</x:t></x:r></x:is></x:c>'
                    )
                elif hasattr(value, "date"):
                    cells.append(f'<x:c t="d"><x:v>{value.date().isoformat()}</x:v></x:c>')
                else:
                    cells.append(f"<x:c><x:v>{value!r}</x:v></x:c>")
            rows.append(f"<x:row>{''.join(cells)}</x:row>")
        sheets.append(f'<x:worksheet xmlns:x="urn:x"><x:sheetData>{"".join(rows)}</x:sheetData></x:worksheet>')
    names = "".join(f'<sheet name="{name}" r:id="s{number}"/>' for number, name in enumerate(book.sheetnames))
    relations = "".join(
        f'<Relationship Id="s{number}" Type="http://purl/worksheet" Target="/xl/worksheets/s{number}.xml"/>'
        for number in range(len(sheets))
    )
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/workbook.xml", f'<workbook xmlns:r="urn:r"><sheets>{names}</sheets></workbook>')
        archive.writestr("xl/_rels/workbook.xml.rels", f"<Relationships>{relations}</Relationships>")
        for number, sheet_text in enumerate(sheets):
            archive.writestr(f"xl/worksheets/s{number}.xml", sheet_text)
    return file.getvalue()


@pytest.mark.parametrize("path", [MENTOR, ALLIANCE, BRIDGES], ids=lambda path: path.stem)
def test_a_form_as_google_sheets_or_numbers_write_it_comes_back(path: Path) -> None:
    filled = back(google(example(path)))
    assert filled.plain == steps.read_project(path)
    assert filled.notices == ()


def test_a_form_in_another_language_comes_back(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "form.xlsx"
    assert run("new", "KA220-ADU", "--form", "-f", MENTOR, "-o", path, "--language", "de").code == 0
    book = openpyxl.load_workbook(path)
    assert book.sheetnames[0] == "Projekt"
    assert back(path.read_bytes()).plain == steps.read_project(MENTOR)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", [MENTOR, ALLIANCE, BRIDGES], ids=lambda path: path.stem)
def test_a_form_comes_back_in_every_language(path: Path, language: str) -> None:
    project = steps.read_project(path)
    filled = back(project_form(project, rules_for(project.action, project.call), language=language))
    assert (filled.plain, filled.notices) == (project, ())


@pytest.mark.parametrize("entry", catalogue(), ids=lambda entry: entry.file)
def test_a_word_of_a_list_stands_for_one_key_in_whatever_language(entry: Entry) -> None:
    keys = Keys(rules_for(entry.codes[0], entry.call))
    for name in keys.lists("en"):
        words: dict[str, set[str]] = {}
        for language in LANGUAGES:
            for one in keys.lists(language)[name].choices:
                words.setdefault(plain(one.shown), set()).add(one.value)
                words.setdefault(plain(one.value), set()).add(one.value)
        assert all(len(values) == 1 for values in words.values()), words


@pytest.mark.parametrize(
    ("typed", "means"),
    [
        ("teacher", "teacher"),
        ("Lehrkraft", "teacher"),
        ("nauczyciel", "teacher"),
        ("ÖĞRETMEN", "teacher"),
        ("guest", None),
    ],
)
def test_a_key_may_be_typed_in_english_or_any_of_our_languages(typed: str, means: str | None) -> None:
    project = steps.read_project(BRIDGES)
    content = project_form(project, rules_for(project.action, project.call), language="de")
    lists = openpyxl.load_workbook(io.BytesIO(content))
    sheet = lists.worksheets[2]
    column = next(cell.column_letter for cell in sheet[5] if cell.value == "Profil")
    row = next(cell.row for cell in sheet[column] if cell.value == "Lehrkraft")
    filled = back(edited(content, lambda book: book.worksheets[2].__setitem__(f"{column}{row}", typed)))
    assert filled.units[row - 7].profile == (means or typed)


@pytest.mark.parametrize("language", [one for one in LANGUAGES if one != "en"])
def test_a_form_asks_and_offers_in_its_language(language: str) -> None:
    project = steps.read_project(BRIDGES)
    book = openpyxl.load_workbook(
        io.BytesIO(project_form(project, rules_for(project.action, project.call), language=language))
    )
    lists = {cell.value for row in book.worksheets[-1] for cell in row}
    assert not lists & {"affiliated", "teacher", "technician", "learner", "project-management"}
    offered = {str(one.formula1) for sheet in book for one in sheet.data_validations.dataValidation}
    assert not any("yes" in one for one in offered)
    assert f'"{translate("yes", language)},{translate("no", language)}"' in offered


# Speed.


def test_reading_takes_no_longer_than_opening_with_openpyxl() -> None:
    project = steps.read_project(ALLIANCE)
    package, *others = project.work_packages
    many = package.model_copy(update={"costs": package.costs * 22})
    content = form(project.model_copy(update={"work_packages": (many, *others)}))
    cells = sum(len(row) for sheet in read_sheets(package_of(content, PATH)).sheets for row in sheet.rows.values())
    assert cells >= 2000

    def best(action: Callable[[], object]) -> float:
        times = []
        for _ in range(3):
            start = time.perf_counter()
            action()
            times.append(time.perf_counter() - start)
        return min(times)

    ours, theirs = best(lambda: back(content)), best(lambda: openpyxl.load_workbook(io.BytesIO(content)))
    assert ours <= 2 * theirs, (ours, theirs)
