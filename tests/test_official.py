"""EACEA's Detailed Budget Table, filled and read: on a small stand-in always, on the official one where it is given."""

import os
import random
import re
import shutil
import subprocess
import zipfile
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from conftest import EXAMPLES, Run
from lxml import etree
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.worksheet import Worksheet

from ka2budget import steps
from ka2budget.catalogue import rules_for
from ka2budget.document import from_tables
from ka2budget.errors import NotAllowed, Several, Unreadable
from ka2budget.formulas import DetailedBudget
from ka2budget.money import cents, total
from ka2budget.official import table
from ka2budget.official.book import Book
from ka2budget.official.costs import costs_of
from ka2budget.official.fill import fill
from ka2budget.official.read import Head, read
from ka2budget.official.recognise import recognise
from ka2budget.official.sheet import Sheet, as_part, column_name, column_number, parse
from ka2budget.package import open_package, package_of
from ka2budget.project import Category, Project

ACTION, CALL = "ERASMUS-EDU-CB-VET-WB", 2026
RULES = rules_for(ACTION, CALL)
HEAD = Head(ACTION, CALL, date(2027, 1, 1), 36)
OFFICIAL = os.environ.get("KA2BUDGET_OFFICIAL_TABLE")
official_table = pytest.mark.skipif(OFFICIAL is None, reason="KA2BUDGET_OFFICIAL_TABLE names no copy of the table")

Line = dict[str, Any]


def project(packages: list[list[Line]], partners: int | list[Line] = 2, **fields: Any) -> Project:  # noqa: ANN401
    """Return a project with cost lines; partners P1, P2 ... of which the first coordinates."""
    return Project.model_validate(
        {
            "action": ACTION,
            "call": CALL,
            "title": "Example",
            "acronym": "EX",
            "start": date(2027, 1, 1),
            "months": 36,
            "partners": [
                {"id": f"P{n}", "name": f"Example {n}", "country": "PL", "role": "partner" if n > 1 else "coordinator"}
                for n in range(1, partners + 1)
            ]
            if isinstance(partners, int)
            else partners,
            "work_packages": [
                {"id": f"WP{n}", "title": f"Part {n}", "costs": lines} for n, lines in enumerate(packages, 1)
            ],
        }
        | fields
    )


def line(partner: str, category: str, units: str, unit_cost: str, label: str | None = None) -> Line:
    return {"partner": partner, "category": category, "units": units, "unit_cost": unit_cost, "label": label}


def price() -> DetailedBudget:
    found = RULES.grant_heading.price
    assert isinstance(found, DetailedBudget)
    return found


def sums(of: Project) -> dict[tuple[str, str, str], Decimal]:
    """Return what a project costs by beneficiary, work package and category."""
    main = {one.id: name for name, group in of.beneficiaries.items() for one in group}
    found: dict[tuple[str, str, str], Decimal] = {}
    for number, package in enumerate(of.work_packages):
        for one in package.cost_lines:
            cell = (main[one.partner], str(number), one.category.value)
            found[cell] = found.get(cell, Decimal(0)) + one.amount
    return {cell: amount for cell, amount in found.items() if amount}


# A stand-in with the marks of the official table and nothing of its looks.


def stand_in(path: Path, beneficiaries: int = 2, packages: int = 2, *, affiliated: bool = False) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name in (*table.SHEETS, "Country List", "Referential"):
        book.create_sheet(name)
    numbers = [*range(1, beneficiaries + 1)]
    for row, number in enumerate([1, 1.01, *numbers[1:]] if affiliated else numbers, table.FIRST_IN_LIST):
        for name, column in ((table.BENEFICIARIES, "J"), (table.BUDGET, "A"), (table.OVERVIEW, "A")):
            book[name][f"{column}{row}"] = number
        book[table.BENEFICIARIES][f"I{row}"] = "B" if number == int(number) else "T"
    for number in range(1, packages + 1):
        book[table.WORK_PACKAGES][f"J{number + 5}"] = number
        book[table.OVERVIEW].cell(4, 4 + number, number)
    mark(book[table.COSTS], numbers, packages)
    for number in numbers:
        mark(book.create_sheet(f"BE {number:03d}"), [1, 1.01] if affiliated and number == 1 else [number], packages)
    for name, place in {
        "Acronym": "Instructions!$E$33", "MAXSUB": "Instructions!$E$34", "COFINPERCENT": "Instructions!$E$35",
        **{name: f"Instructions!$C${row}" for row, name in enumerate(table.STAFF, 45)},
        "ListOfCountries": "'Country List'!$B$2:$B$7", "CurrentVersion": "Referential!$D$1",
    }.items():  # fmt: skip
        book.defined_names[name] = DefinedName(name, attr_text=place)
    for row, country in enumerate(("Poland (PL)", "Greece (GR)", "X (AT)", "X (SI)", "X (AL)", "X (BA)"), 2):
        book["Country List"][f"B{row}"] = country
    book["Referential"]["B2"] = table.VERSION
    for name in (table.DEPRECIATION, table.COMMENTS):
        book[name]["A9"] = book[name]["D9"] = " "
    book.save(path)
    return path


def mark(sheet: Worksheet, numbers: list[Any], packages: int) -> None:
    """Mark the columns of participants and the rows of work packages in a sheet with costs."""
    for place, number in enumerate(numbers):
        sheet.cell(2, column_number("S") + 4 * place, number)
    for package in range(packages):
        start = 9 + 34 * package
        sheet[f"N{start}"] = package + 1
        for row, name in enumerate([table.BELOW_TITLE, *table.MARKS], start + 1):
            sheet[f"D{row}"] = name
            sheet[f"T{row}"] = f"=ROUND(R{row}*S{row},2)"


def filled(path: Path, what: Project) -> tuple[Book, tuple[str, ...]]:
    content, notices = fill(recognise(Book(open_package(path))), what, RULES)
    return Book(package_of(content, path)), tuple(map(str, notices))


def back(book: Book) -> tuple[Project, tuple[str, ...]]:
    tables, notices = read(recognise(book), HEAD)
    return from_tables(tables, book.package.path, Project), tuple(map(str, notices))


@pytest.fixture
def small(tmp_path: Path) -> Path:
    return stand_in(tmp_path / "table.xlsx")


# Cells of a sheet's XML.

NAMESPACE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
XML = (
    f'<worksheet xmlns="{NAMESPACE}" xmlns:x14ac="urn:later"><cols><col min="1" max="9" width="5" style="2"/></cols>'
    '<sheetData><row r="2" x14ac:dyDescent="0.25"><c r="A2" s="7" t="s"><v>0</v></c><c r="C2" s="8"><f ca="1">1+1</f>'
    '<v>2</v></c><c r="D2"><v>999999999.99000001</v></c><c r="E2" t="e"><f>1/0</f><v>#DIV/0!</v></c></row></sheetData>'
    "<extLst><ext uri='{urn}'/></extLst></worksheet>"
)


def sheet() -> Sheet:
    return Sheet(parse(XML.encode()), ["text"])


def test_what_is_not_written_stays_as_it_was() -> None:
    one = sheet()
    one.put("A2", Decimal("1.005"))
    written = as_part(one.root).decode()
    assert '<c r="A2" s="7"><v>1.005</v></c>' in written
    assert written.replace('<c r="A2" s="7"><v>1.005</v></c>', '<c r="A2" s="7" t="s"><v>0</v></c>').endswith(
        XML.replace("'{urn}'", '"{urn}"')
    )


@pytest.mark.parametrize("text", ["=1+1", "two\nlines", " blanks ", "_x0041_", "<&>", "'quoted", "żółć 🎓"])
def test_text_is_text_and_comes_back(text: str) -> None:
    one = sheet()
    one.put("B2", text)
    again = Sheet(parse(as_part(one.root)), [])
    assert again["B2"] == (text, False)
    assert [cell.get("r") for cell in again.root.iter(f"{{{NAMESPACE}}}c")] == ["A2", "B2", "C2", "D2", "E2"]


def test_a_character_that_xml_cannot_hold_does_not_stop_it() -> None:
    one = sheet()
    one.put("B2", "a\ufffeb\ud800")
    assert one["B2"].value == "a\ufffdb\ufffd"


def test_cells_are_read_as_they_were_typed() -> None:
    one = sheet()
    assert one["A2"] == ("text", False)
    assert one["C2"] == (Decimal("2.0"), True)
    assert one["D2"] == (Decimal("999999999.99"), False)
    assert one["E2"] == ("#DIV/0!", True)
    assert one["Z9"].value is None
    one.put("Z9", None)
    assert "Z9" not in one
    assert not one.changed


def test_results_are_forgotten_and_formulas_stay() -> None:
    one = sheet()
    one.forget_results()
    assert '<c r="C2" s="8"><f ca="1">1+1</f></c>' in as_part(one.root).decode()
    assert '<c r="E2"><f>1/0</f></c>' in as_part(one.root).decode()
    assert one["D2"].value == Decimal("999999999.99")


def test_columns_are_hidden_and_shown_out_of_their_range() -> None:
    one = sheet()
    one.hide_columns(3, 4, hidden=True)
    hidden = [(column.get("min"), column.get("max"), column.get("hidden")) for column in one.root.iter("{*}col")]
    assert hidden == [("1", "2", None), ("3", "4", "1"), ("5", "9", None)]
    assert {column.get("style") for column in one.root.iter("{*}col")} == {"2"}
    one.hide_columns(3, 4, hidden=False)
    assert {column.get("hidden") for column in one.root.iter("{*}col")} == {None}


def test_columns_have_letters() -> None:
    assert [column_name(number) for number in (1, 26, 27, 702, 703)] == ["A", "Z", "AA", "ZZ", "AAA"]
    assert [column_number(name) for name in ("A", "Z", "AA", "ZZ", "AAA")] == [1, 26, 27, 702, 703]


# Lines of a project in the rows of the table.


def test_one_line_stays_units_times_cost() -> None:
    rows = costs_of(project([[line("P1", "A1", "1.5", "4000.005", "Teacher")]]), 5).rows
    assert rows == {("P1", "WP1", (Category.EMPLOYEES, 0)): (Decimal("1.5"), Decimal("4000.005"))}


def test_lines_of_one_price_add_up_their_units() -> None:
    found = costs_of(project([[line("P1", "C1.travel", "2", "275"), line("P1", "C1.travel", "3", "275")]]), 5)
    assert list(found.rows.values()) == [(Decimal(5), Decimal(275))]
    assert found.notices == ()


def test_several_lines_become_one_unit_of_their_sum() -> None:
    found = costs_of(project([[line("P1", "B", "3", "0.335", "Web"), line("P1", "B", "1", "5", "Audit")]]), 5)
    assert list(found.rows.values()) == [(Decimal(1), Decimal("6.01"))]
    assert [str(one) for one in found.notices] == [
        "P1, WP1, B. Subcontracting: 2 lines stand in one row, as 1 unit of €6.01."
    ]
    assert [str(one) for one in found.remarks] == ["B. Subcontracting: Web (3 x 0.335 EUR); Audit (1 x 5 EUR)"]


def test_months_of_staff_are_kept_at_their_average_cost() -> None:
    found = costs_of(project([[line("P1", "A2", "1", "3000"), line("P1", "A2", "2", "4000.01")]]), 5)
    ((units, unit_cost),) = found.rows.values()
    assert (units, cents(units * unit_cost)) == (Decimal(3), Decimal("11000.02"))
    assert "average" in str(found.notices[0])


def test_more_kinds_of_staff_than_rows_share_the_last_one() -> None:
    lines = [line("P1", "A1", "1", str(1000 * n), f"Kind {n}") for n in range(1, 8)]
    found = costs_of(project([lines]), 5)
    assert found.staff == ("Kind 4", "Kind 5", "Kind 6", "Kind 7", "Other")
    assert found.rows["P1", "WP1", (Category.EMPLOYEES, 4)].units == 3
    assert str(found.notices[0]).endswith("under Other stand: Kind 1, Kind 2, Kind 3.")
    assert total(cents(one.units * one.unit_cost) for one in found.rows.values()) == Decimal("28000.00")


def test_costs_of_others_than_beneficiaries_are_left_out_and_told() -> None:
    found = costs_of(project([[line("P9", "B", "1", "500", "Web")]]), 5)
    assert found.rows == {}
    assert [str(one) for one in found.notices] == ["P9 is no beneficiary, so its costs of €500.00 are left out."]


# Fill and read, on the stand-in.

EQUIPMENT = {
    "partner": "P2", "label": "Kiln", "purchased": date(2027, 3, 1), "purchase_cost": "1999.99", "project_use": "1",
    "lifetime_use": "0.5", "justification": "For the workshop",
}  # fmt: skip


def rich() -> Project:
    """Return a project with everything the table can hold."""
    lines = [
        line("P1", "A1", "18", "5150.5", "Manager"), line("P1", "A1", "2", "3000"), line("P1", "B", "1", "900", "Web"),
        line("P1", "C3.other", "2", "50.005", "Prints"), line("P2", "A5", "3", "100"), line("P2", "C2", "1", "100"),
    ]  # fmt: skip
    found = project([lines, [line("P2", "D1", "4", "2500")]])
    packages = found.model_dump()["work_packages"]
    return project([], work_packages=[packages[0] | {"depreciation": [EQUIPMENT]}, packages[1]])


def test_a_table_filled_and_read_is_the_same_project(small: Path) -> None:
    book, _ = filled(small, rich())
    again, _ = back(book)
    assert sums(again) == sums(rich())
    assert again.work_packages[0].depreciation == rich().work_packages[0].depreciation
    assert [(one.id, one.name, one.country, one.role) for one in again.partners] == [
        (one.id, one.name, one.country, one.role) for one in rich().partners
    ]
    assert (again.acronym, [one.title for one in again.work_packages]) == ("EX", ["Part 1", "Part 2"])
    labels = {(one.category.value, one.label) for one in again.work_packages[0].costs}
    assert {("A1", "Manager"), ("A1", None), ("B", "Web"), ("C3.other", "Prints")} <= labels


def test_the_coordinator_comes_first_and_the_head_is_the_calls(small: Path) -> None:
    partners = [one | {"role": role} for one, role in zip(PARTNERS, ("partner", "coordinator"), strict=True)]
    book, _ = filled(small, project([[line("P1", "B", "1", "9", "Web")]], partners))
    assert book[table.BENEFICIARIES]["B6"].value == "Second"
    assert book[table.BENEFICIARIES]["D6"].value == "Greece (GR)"
    head = book[table.INSTRUCTIONS]
    assert head["E32"].value == f"{ACTION}, call {CALL}: {RULES.title}"
    assert (head["E34"].value, head["E35"].value) == (price().maximum(36), price().rate)


PARTNERS = [{"id": "P1", "name": "First", "country": "PL"}, {"id": "P2", "name": "Second", "country": "EL"}]


def test_what_is_not_used_is_marked_and_hidden_and_shown_when_used_again(small: Path) -> None:
    one = project([[line("P1", "B", "1", "9", "Web")]], partners=1)
    book, _ = filled(small, one)
    assert book[table.BENEFICIARIES]["I7"].value == "T"
    assert "BE 001" in visible(book)
    assert "BE 002" not in visible(book)
    assert [row.get("r") for row in book[table.OVERVIEW].root.iter("{*}row") if row.get("hidden")] == ["7"]
    hidden = [row.get("r") for row in book["BE 001"].root.iter("{*}row") if row.get("hidden")]
    assert hidden[0] == "43"
    again, notices = fill(recognise(book), rich(), RULES)
    book = Book(package_of(again, small))
    assert book[table.BENEFICIARIES]["I7"].value == "B"
    assert "BE 002" in visible(book)
    assert not [row for name in book.parts for row in book[name].root.iter("{*}row") if row.get("hidden")]
    assert "The workbook was filled already; what it held is replaced." in map(str, notices)


def test_nothing_of_an_earlier_project_is_left(small: Path) -> None:
    book, _ = filled(small, rich())
    content, _ = fill(recognise(book), project([[line("P1", "C1.travel", "1", "5")]], partners=1), RULES)
    again, _ = back(Book(package_of(content, small)))
    assert list(sums(again).values()) == [Decimal("5.00")]
    assert (len(again.partners), len(again.work_packages)) == (1, 1)


def test_a_partner_without_costs_is_told_and_does_not_break_the_overview(small: Path) -> None:
    book, notices = filled(small, project([[line("P1", "B", "1", "9", "Web")]]))
    assert book[table.BENEFICIARIES]["I7"].value == "T"
    assert any(notice.startswith("P2 has no costs") for notice in notices)


def test_affiliated_entities_stand_with_their_beneficiary_and_it_is_told(small: Path) -> None:
    affiliated = {"id": "P1A", "name": "Branch", "country": "PL", "role": "affiliated", "of": "P1"}
    lines = [line("P1", "C2", "1", "107.5"), line("P1A", "C2", "1", "107.5"), line("P1", "B", "1", "9", "Web")]
    partners = [PARTNERS[0] | {"role": "coordinator"}, PARTNERS[1], affiliated]
    joined = project([lines], partners=partners)
    book, notices = filled(small, joined)
    assert any("Branch stand with those of First" in notice for notice in notices)
    again, _ = back(book)
    assert sums(again) == sums(joined)
    grant = total(price().price(joined).grants.values())
    theirs = total(price().price(again).grants.values())
    assert (f"{theirs:,.2f}" in " ".join(notices)) == (theirs != grant)


def test_more_than_there_is_room_for_is_refused_with_every_reason(small: Path) -> None:
    many = project([[line(f"P{n}", "B", "1", "5", "Web") for n in (1, 2, 3)] for _ in range(3)], partners=3)
    packages = [one.model_dump() | {"depreciation": [EQUIPMENT] * 3} for one in many.work_packages]
    with pytest.raises(Several) as refused:
        filled(small, many.model_copy(update={"work_packages": project([], 3, work_packages=packages).work_packages}))
    reasons = str(refused.value).splitlines()
    assert [re.sub(r".*error: ", "", reason).split(",")[0] for reason in reasons] == [
        "the project has 3 beneficiaries", "the project has 3 work packages",
        "lines of depreciation: the project has 9",
    ]  # fmt: skip


def test_an_action_without_cost_lines_is_refused(small: Path, ka220: Project) -> None:
    with pytest.raises(NotAllowed, match="is not budgeted by cost lines"):
        fill(recognise(Book(open_package(small))), ka220, rules_for(ka220.action, ka220.call))


def test_a_table_with_another_rate_of_indirect_costs_is_refused(small: Path) -> None:
    change(small, {(table.COSTS, "O30"): "E. Indirect costs 10%"})
    with pytest.raises(Several, match=r"indirect costs of 10\.00%, call 2026 has 7\.00%"):
        filled(small, rich())


def test_another_version_is_told(small: Path) -> None:
    change(small, {("Referential", "B2"): "4.5"})
    assert any("version 4.5" in notice for notice in filled(small, rich())[1])


def test_what_the_call_says_of_the_table_is_told(small: Path) -> None:
    rules = rules_for("ERASMUS-SPORT-LSSNCESE", 2025)
    _, notices = fill(recognise(Book(open_package(small))), rich(), rules)
    assert f"{rules.title} pays actual costs," in " ".join(map(str, notices))
    open_ended = {"price": price().model_copy(update={"max_grant": None, "max_grant_by_months": {}})}
    headings = {name: one.model_copy(update=open_ended) for name, one in RULES.headings.items()}
    content, notices = fill(
        recognise(Book(open_package(small))), rich(), RULES.model_copy(update={"headings": headings})
    )
    assert Book(package_of(content, small))[table.INSTRUCTIONS]["E34"].value == 0
    assert any(str(notice).startswith("No maximum grant is known") for notice in notices)


def test_a_country_that_the_list_lacks_is_left_empty_and_told(small: Path) -> None:
    partners = [PARTNERS[0] | {"role": "coordinator", "country": "DE"}]
    book, notices = filled(small, project([[line("P1", "B", "1", "9", "Web")]], partners=partners))
    assert book[table.BENEFICIARIES]["D6"].value is None
    assert "P1: the table's list of countries has no DE; the country is left empty." in notices


def test_more_comments_than_rows_are_put_together(small: Path) -> None:
    lines = [line(p, c, "1", "5", f"About {c}") for p in ("P1", "P2") for c in ("B", "C2", "C3.other", "C1.travel")]
    book, _ = filled(small, project([lines, lines]))
    texts = [cell.value for row, cell in book[table.COMMENTS].column("D").items() if row >= 4]
    assert len(texts) == 4
    rows = {row.get("r"): row.get("ht") for row in book[table.COMMENTS].root.iter("{*}row")}
    assert rows["4"] == "60"
    assert texts[0].splitlines() == [
        "B. Subcontracting: About B", "C.2 Equipment: About C2", "C.3 Other: About C3.other",
        "C.1 Travel: About C1.travel",
    ]  # fmt: skip
    again, _ = back(book)
    assert {one.label for package in again.work_packages for one in package.costs} == {
        "About B", "About C2", "About C3.other", "About C1.travel",
    }  # fmt: skip


def test_another_workbook_is_refused_with_all_that_is_missing(tmp_path: Path) -> None:
    openpyxl.Workbook().save(tmp_path / "other.xlsx")
    with pytest.raises(Unreadable) as refused:
        recognise(Book(open_package(tmp_path / "other.xlsx")))
    said = str(refused.value)
    assert "is not EACEA's Detailed Budget Table" in said
    assert all(name in said for name in (*table.SHEETS, *table.NAMES))


def test_a_table_without_some_of_its_marks_is_refused_by_the_place(small: Path) -> None:
    change(small, {("BE 002", "D45"): "-", ("BE 001", "S2"): None})
    with pytest.raises(Unreadable) as refused:
        recognise(Book(open_package(small)))
    assert [problem.where for problem in refused.value.problems] == ["/", "BE 001!2:2", "BE 002!D:D"]


def change(path: Path, cells: Mapping[tuple[str, str], Any]) -> None:
    """Write cells as somebody with a spreadsheet would."""
    book = openpyxl.load_workbook(path)
    for (name, cell), value in cells.items():
        book[name][cell] = value
    book.save(path)


def save(book: Book, path: Path) -> Path:
    path.write_bytes(book.bytes())
    return path


def first_row(book: Book, slot: table.Slot) -> int:
    return recognise(book).forms["BE 001"].rows[1, slot]


def test_every_cell_that_cannot_be_read_is_named(small: Path) -> None:
    book, _ = filled(small, rich())
    row = first_row(book, (Category.TRAVEL, 0))
    change(save(book, small), {
        ("BE 001", f"R{row}"): "three", ("BE 001", f"S{row + 1}"): -5, (table.BENEFICIARIES, "B7"): None,
        (table.BENEFICIARIES, "D6"): "Utopia", (table.WORK_PACKAGES, "B6"): None, (table.DEPRECIATION, "A4"): "BE 009",
        (table.DEPRECIATION, "I4"): 50, (table.DEPRECIATION, "G4"): "soon",
    })  # fmt: skip
    with pytest.raises(Unreadable) as refused:
        back(Book(open_package(small)))
    assert {problem.where for problem in refused.value.problems} == {
        f"BE 001!R{row}", f"BE 001!S{row + 1}", "Beneficiaries List!B7", "Beneficiaries List!D6",
        "Work Packages List!B6", "Depreciation Costs!A4", "Depreciation Costs!I4",
    }  # fmt: skip


def test_a_formula_counts_with_its_result_and_not_without(small: Path) -> None:
    book, _ = filled(small, rich())
    row = first_row(book, (Category.TRAVEL, 0))
    change(save(book, small), {("BE 001", f"R{row}"): "=1+2", ("BE 001", f"S{row}"): 10})
    with pytest.raises(Unreadable, match=f"BE 001!R{row}: error: holds a formula without its result"):
        back(Book(open_package(small)))
    package = open_package(small)
    part = Book(package).parts["BE 001"]
    package.parts[part] = re.sub(rb"<f>1\+2</f><v ?/>|<f>1\+2</f><v></v>", b"<f>1+2</f><v>3</v>", package.parts[part])
    again, notices = back(Book(package))
    assert sums(again)["P1", "0", "C1.travel"] == Decimal("30.00")
    assert f"BE 001: formulas stand where numbers are typed; their results are taken: R{row}." in notices


def test_thirds_are_taken_to_the_cent(small: Path) -> None:
    book, _ = filled(small, rich())
    row = first_row(book, (Category.TRAVEL, 0))
    change(save(book, small), {("BE 001", f"R{row}"): 1 / 3, ("BE 001", f"S{row}"): 900_000.01})
    again, notices = back(Book(open_package(small)))
    assert sums(again)["P1", "0", "C1.travel"] == Decimal("300000.00")
    assert any("1 unit of €300,000.00" in notice for notice in notices)


def test_half_filled_rows_and_free_comments_are_told(small: Path) -> None:
    book, _ = filled(small, rich())
    row = first_row(book, (Category.TRAVEL, 0))
    change(save(book, small), {
        ("BE 001", f"R{row}"): 3, ("BE 001", f"S{row + 1}"): 10, (table.COMMENTS, "B9"): "BE 001",
        (table.COMMENTS, "D9"): "Prices of 2026", (table.BUDGET, "Z2"): table.DIRECT, (table.BUDGET, "Z6"): 1,
    })  # fmt: skip
    _, notices = back(Book(open_package(small)))
    said = "\n".join(notices)
    assert f"BE 001!S{row}: the units have no cost" in said
    assert f"BE 001!R{row + 1}: a cost per unit has no units" in said
    assert "Any comments!D9 (BE 001): Prices of 2026" in said
    assert "Proposal Budget!Z6: the direct costs were €1.00" in said


def test_equipment_by_use_counts_once(small: Path) -> None:
    book, _ = filled(small, rich())
    row = recognise(book).forms["BE 002"].rows[1, (Category.EQUIPMENT, 0)]
    assert book["BE 002"][f"S{row}"].value == Decimal("1100.0")
    change(save(book, small), {("BE 002", f"S{row}"): 700})
    again, notices = back(Book(open_package(small)))
    assert sums(again)["P2", "0", "C2"] == Decimal("700.00")
    assert again.work_packages[0].depreciation == ()
    assert any("C.2 Equipment has €700.00, less than the €1,000.00" in notice for notice in notices)


def test_affiliated_entities_of_a_table_are_read_and_not_filled(tmp_path: Path) -> None:
    path = stand_in(tmp_path / "table.xlsx", affiliated=True)
    with pytest.raises(Several, match="row 7 of the sheet Beneficiaries List is of an affiliated entity"):
        filled(path, rich())
    row = first_row(Book(open_package(path)), (Category.TRAVEL, 0))
    change(path, {
        **{(table.BENEFICIARIES, f"{column}{line}"): text for line, texts in {
            6: ("One", "ONE", "Poland (PL)"), 7: ("Branch", "Branch of One", "PL"), 8: ("Two", "ONE", "PL"),
        }.items() for column, text in zip("BCD", texts, strict=True)},
        ("BE 001", f"R{row}"): 1, ("BE 001", f"S{row}"): 10, ("BE 001", f"V{row}"): 2, ("BE 001", f"W{row}"): 20,
        (table.WORK_PACKAGES, "B6"): "Work",
    })  # fmt: skip
    again, notices = back(Book(open_package(path)))
    assert [(one.id, one.role.value, one.of) for one in again.partners] == [
        ("ONE", "coordinator", None), ("Branch-of-One", "affiliated", "ONE"), ("P2", "partner", None),
    ]  # fmt: skip
    assert [(one.partner, one.amount) for one in again.work_packages[0].costs] == [("ONE", 10), ("Branch-of-One", 40)]
    assert "BE 001 / AE 001 has the id Branch-of-One in the project instead of Branch of One." in notices


def test_an_empty_table_is_no_project(small: Path) -> None:
    with pytest.raises(Unreadable, match="Beneficiaries List!B6: error: is empty"):
        back(Book(open_package(small)))


def test_lists_of_a_table_are_read_as_people_fill_them(small: Path) -> None:
    book, _ = filled(small, rich())
    change(save(book, small), {
        (table.DEPRECIATION, f"{column}5"): value
        for column, value in {"A": 2, "C": 1, "F": "Lathe", "G": 46446, "H": 100, "I": 1, "J": 0.2}.items()
    } | {("BE 002", f"S{recognise(book).forms['BE 002'].rows[1, (Category.EQUIPMENT, 0)]}"): 1120})  # fmt: skip
    again, _ = back(Book(open_package(small)))
    kiln, lathe = again.work_packages[0].depreciation
    assert (kiln.label, lathe.label, lathe.purchased, lathe.line.amount) == ("Kiln", "Lathe", date(2027, 2, 28), 20)
    assert sums(again)["P2", "0", "C2"] == Decimal("1120.00")
    change(small, {
        (table.DEPRECIATION, "A5"): "the school", (table.DEPRECIATION, "C5"): None, (table.DEPRECIATION, "H5"): None,
        (table.DEPRECIATION, "G4"): 9_999_999, (table.DEPRECIATION, "F4"): None, (table.COMMENTS, "D6"): 5,
    })  # fmt: skip
    with pytest.raises(Unreadable) as refused:
        back(Book(open_package(small)))
    assert [problem.where for problem in refused.value.problems] == [
        f"{table.DEPRECIATION}!{cell}" for cell in ("G4", "A5", "C5", "H5")
    ]


def test_a_sheet_that_is_hidden_is_not_the_one_in_sight(small: Path) -> None:
    book = openpyxl.load_workbook(small)
    book.active = book.sheetnames.index("BE 002")
    book.save(small)
    found, _ = filled(small, project([[line("P1", "B", "1", "9", "Web")]], partners=1))
    (view,) = etree.fromstring(found.package.parts["xl/workbook.xml"]).iter("{*}workbookView")
    assert view.get("activeTab") == "0"
    selected = [name for name in found.parts if next(found[name].root.iter("{*}sheetView")).get("tabSelected") == "1"]
    assert selected == [table.INSTRUCTIONS]


def test_a_workbook_with_a_broken_part_is_refused(small: Path) -> None:
    package = open_package(small)
    package.parts["xl/workbook.xml"] = b"<workbook"
    with pytest.raises(Unreadable, match=r"the part xl/workbook\.xml is not well-formed XML"):
        Book(package)
    del package.parts["xl/workbook.xml"]
    with pytest.raises(Unreadable, match=r"it has no part xl/workbook\.xml"):
        Book(package)


# The commands.


def test_the_commands_fill_and_read(small: Path, tmp_path: Path, run: Run) -> None:
    small = stand_in(small, 4, 3)
    example, out, toml = EXAMPLES / "crafts-cbvet.toml", tmp_path / "out.xlsx", tmp_path / "back.toml"
    answer = run("fill", example, "--workbook", small, "-o", out)
    assert (answer.code, answer.out) == (0, "")
    assert "P4: the table has no columns for affiliated entities" in answer.err
    answer = run("read", out, "-o", toml, "--action", ACTION, "--call", CALL, "--months", 36)
    assert (answer.code, answer.out) == (0, "")
    assert "these were put in: the title CRAFTS, the first day 1 January 2027." in answer.err
    assert sums(steps.read_project(toml)) == sums(steps.read_project(example))


def test_the_commands_answer_in_the_language_asked_for(small: Path, tmp_path: Path, run: Run) -> None:
    lines = [line("P1", "B", "1", "1000.5", "Web"), line("P1", "B", "1", "5", "Audit")]
    toml, out = tmp_path / "project.toml", tmp_path / "out.xlsx"
    for language, amount in (("en", "€1,005.50"), ("de", "1.005,50\u00a0€")):
        steps.write_document(project([lines], language=language), toml)
        assert amount in run("fill", toml, "--workbook", small, "-o", out, "--draft").err
    assert "€1,005.50" in run("fill", toml, "--workbook", small, "-o", out, "--draft", "--language", "en").err
    answer = run("read", out, "-o", toml, "--action", ACTION, "--call", CALL, "--language", "de")
    assert "1. Januar 2027" in answer.err


def test_the_commands_refuse(small: Path, tmp_path: Path, run: Run) -> None:
    example, out = EXAMPLES / "crafts-cbvet.toml", tmp_path / "out.xlsx"
    wrong = tmp_path / "wrong.toml"
    wrong.write_text(example.read_text(encoding="utf-8").replace('lead = "P1"', ""), encoding="utf-8")
    assert run("fill", example, "--workbook", small, "-o", small).code == 2
    assert run("fill", example, "--workbook", small, "-o", out).code == 2
    assert run("read", small, "-o", out, "--action", "NOTHING", "--call", 2026).code == 2
    assert not out.exists()
    stand_in(small, 4, 3)
    assert run("fill", wrong, "--workbook", small, "-o", out).code == 1
    assert not out.exists()
    assert run("fill", wrong, "--workbook", small, "-o", out, "--draft").code == 1
    assert out.exists()


# The official table.


def some_project(seed: int, partners: int, packages: int) -> Project:
    """Return a project made up at random: several lines of one category, odd prices, equipment by use."""
    chance = random.Random(seed)  # noqa: S311 - not for secrets
    kinds = [f"Staff {n}" for n in range(1, 5)]
    made = []
    for number in range(1, packages + 1):
        lines = [line(f"P{n}", "A1", "1.5", "3210.45", "Staff 1") for n in range(1, partners + 1)]
        for _ in range(5 * partners):
            category = chance.choice([one.value for one in Category])
            months = f"{chance.randint(1, 90) / 10}"
            cost = f"{chance.randint(100, 400_000)}.{chance.randint(0, 999):03d}"[-8:]
            who = f"P{chance.randint(1, partners)}"
            lines.append(line(who, category, months, cost, chance.choice(kinds) if category == "A1" else "Example"))
        used = EQUIPMENT | {"partner": f"P{chance.randint(1, partners)}", "purchase_cost": "1234.57"}
        made.append({"id": f"WP{number}", "title": f"Part {number}", "costs": lines, "depreciation": [used] * 2})
    return project([], partners, work_packages=made)


CASES: dict[str, Callable[[], Project]] = {
    "two": lambda: some_project(1, 2, 1),
    "five": lambda: some_project(2, 5, 3),
    "twelve": lambda: some_project(3, 12, 8),
    "idle": lambda: project([[line("P1", "B", "1", "900", "Web")], []], partners=3),
    "crafts": lambda: steps.read_project(EXAMPLES / "crafts-cbvet.toml"),
}


def of_table(what: Project) -> Project:
    """Return a project with the costs of affiliated entities at their beneficiary, as the table takes them."""
    main = {one.id: name for name, group in what.beneficiaries.items() for one in group}
    packages = [
        one.model_copy(
            update={"costs": tuple(cost.model_copy(update={"partner": main[cost.partner]}) for cost in one.costs)}
        )
        for one in what.work_packages
    ]
    return what.model_copy(update={"work_packages": tuple(packages)})


@pytest.fixture(scope="module")
def recalculated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the official table filled with every case, and in ``out`` what LibreOffice computes."""
    folder = tmp_path_factory.mktemp("official")
    for name, made in CASES.items():
        content, _ = fill(recognise(Book(open_package(Path(OFFICIAL or "")))), made(), RULES)
        (folder / f"{name}.xlsx").write_bytes(content)
    subprocess.run(
        [
            shutil.which("soffice") or "soffice", f"-env:UserInstallation={(folder / 'home').as_uri()}", "--headless",
            "--convert-to", "xlsx", "--outdir", str(folder / "out"), *(str(folder / f"{name}.xlsx") for name in CASES),
        ],
        check=True, capture_output=True, timeout=300,
    )  # fmt: skip
    return folder


def computed(path: Path) -> Book:
    return Book(open_package(path))


def number(book: Book, name: str, cell: str) -> Decimal:
    value = book[name][cell].value
    assert isinstance(value, Decimal), f"{name}!{cell} is {value!r}"
    return value


@official_table
@pytest.mark.parametrize("name", CASES)
def test_official_sums_equal_ours(name: str, recalculated: Path) -> None:
    what, book = of_table(CASES[name]()), computed(recalculated / "out" / f"{name}.xlsx")
    priced = price().price(what)
    grants, totals = [], []
    for row, partner in enumerate(what.beneficiaries, 9):
        own = [one for (who, _), one in priced.costs.items() if who == partner]
        totals.append(total(one.total for one in own))
        grants.append(cents(totals[-1] * priced.rate))
        found = [cents(number(book, table.BUDGET, f"{column}{row}")) for column in ("AH", "AJ", "AL", "AN")]
        assert found == [total(one.direct for one in own), total(one.indirect for one in own), totals[-1], grants[-1]]
        assert cents(number(book, table.OVERVIEW, f"M{row - 2}")) == grants[-1]
        months = 0 * priced.rate
        for place, package in enumerate(what.work_packages):
            cost = priced.costs.get((partner, package.id))
            share = cost.total / totals[-1] * grants[-1] if cost else Decimal(0)
            assert abs(number(book, table.OVERVIEW, f"{'EFGHIJKL'[place]}{row - 2}") - share) < Decimal("0.000001")
            months += sum(
                one.units for one in package.costs if one.partner == partner and one.category.value.startswith("A")
            )
        assert abs(number(book, table.MONTHS, f"M{row - 2}") - months) < Decimal("0.000001")
    assert cents(number(book, table.BUDGET, "AL21")) == total(totals)
    assert cents(number(book, table.BUDGET, "AN21")) == total(grants) == priced.grant_of_table
    assert cents(number(book, table.OVERVIEW, "M19")) == cents(number(book, table.OVERVIEW, "D5")) == total(grants)


@official_table
@pytest.mark.parametrize("name", CASES)
def test_no_error_is_in_sight(name: str, recalculated: Path) -> None:
    book = computed(recalculated / "out" / f"{name}.xlsx")
    found = [
        f"{sheet}!{cell.get('r')}"
        for sheet in visible(book)
        for row in book[sheet].root.iter("{*}row")
        if row.get("hidden") not in {"1", "true"}
        for cell in row
        if cell.get("t") == "e" or str(book[sheet][cell.get("r") or ""].value).startswith(("#", "Err:", "No budget"))
    ]
    assert found == []


def visible(book: Book) -> list[str]:
    root = etree.fromstring(book.package.parts["xl/workbook.xml"])
    return [str(one.get("name")) for one in root.iter("{*}sheet") if one.get("state", "visible") == "visible"]


@official_table
@pytest.mark.parametrize("name", CASES)
def test_a_recalculated_table_reads_as_the_project_it_was_filled_from(name: str, recalculated: Path) -> None:
    for path in (recalculated / f"{name}.xlsx", recalculated / "out" / f"{name}.xlsx"):
        again, notices = back(computed(path))
        assert sums(again) == sums(CASES[name]())
        assert not any("direct costs were" in notice for notice in notices)


@official_table
def test_only_what_is_used_is_in_sight(recalculated: Path) -> None:
    book = computed(recalculated / "five.xlsx")
    assert [name for name in visible(book) if name.startswith("BE 0")] == [f"BE {number:03d}" for number in range(1, 6)]
    rows = [row.get("r") for row in book[table.OVERVIEW].root.iter("{*}row") if not row.get("hidden")]
    assert rows == ["5", "6", "7", "8", "9", "10", "11", "19"]
    columns = [one.get("min") for one in book[table.OVERVIEW].root.iter("{*}col") if one.get("hidden")]
    assert columns == ["1", "2", "8", "9", "10", "11", "12"]


@official_table
@pytest.mark.parametrize("name", CASES)
def test_nothing_of_the_original_is_lost(name: str, recalculated: Path) -> None:
    before = open_package(Path(OFFICIAL or "")).parts
    after = open_package(recalculated / f"{name}.xlsx").parts
    assert list(after) == list(before)
    changed = {part for part in before if before[part] != after[part]}
    assert all(part == "xl/workbook.xml" or part.startswith("xl/worksheets/sheet") for part in changed)
    unlocked = input_styles(before["xl/styles.xml"])
    comments = computed(recalculated / f"{name}.xlsx").parts[table.COMMENTS]
    for part in sorted(changed - {"xl/workbook.xml"}):
        free = {"hidden", "ht", "customHeight"} if part == comments else {"hidden"}
        assert bare(before[part], unlocked, free) == bare(after[part], unlocked, free), part
    for part in (before, after):
        root = etree.fromstring(part["xl/workbook.xml"])
        for element in root.iter("{*}sheet", "{*}calcPr", "{*}workbookView"):
            for attribute in ("state", "fullCalcOnLoad", "firstSheet"):
                element.attrib.pop(attribute, None)
        part["xl/workbook.xml"] = etree.tostring(root, method="c14n")
    assert before["xl/workbook.xml"] == after["xl/workbook.xml"]


def input_styles(styles: bytes) -> set[str]:
    """Return the numbers of the styles whose cells are not locked."""
    (formats,) = etree.fromstring(styles).iter("{*}cellXfs")
    return {str(n) for n, one in enumerate(formats) if any(p.get("locked") == "0" for p in one.iter("{*}protection"))}


def bare(part: bytes, unlocked: set[str], free: set[str]) -> bytes:
    """Return a sheet without what filling may change: inputs, results of formulas, what is hidden, the marks."""
    root = etree.fromstring(part)
    for cell in root.iter("{*}c"):
        formula = any(True for _ in cell.iter("{*}f"))
        if formula or cell.get("s") in unlocked or re.fullmatch(r"I([6-9]|1[0-7])", cell.get("r") or ""):
            for child in [*cell.iter("{*}v" if formula else "{*}is", "{*}v")]:
                cell.remove(child)
            cell.attrib.pop("t", None)
    for row in root.iter("{*}row"):
        for attribute in free & set(row.attrib):
            row.attrib.pop(attribute)
    for columns in root.iter("{*}cols"):
        each = [{**column.attrib, "min": n, "max": n} for column in columns for n in column_range(column)]
        columns[:] = [etree.Element("col", {k: v for k, v in one.items() if k not in FREE}) for one in each]
    return etree.tostring(root, method="c14n")


FREE = {"width", "customWidth", "hidden"}


def column_range(column: Any) -> list[str]:  # noqa: ANN401 - an element of lxml
    return [str(n) for n in range(int(column.get("min")), min(int(column.get("max")), 100) + 1)]


@official_table
def test_the_official_table_has_room_for_twelve_and_eight() -> None:
    table_of = recognise(Book(open_package(Path(OFFICIAL or ""))))
    assert (len(table_of.beneficiaries), len(table_of.work_packages), table_of.version) == (12, 8, table.VERSION)
    assert (len(table_of.note_rows(table.DEPRECIATION)), len(table_of.note_rows(table.COMMENTS))) == (207, 109)
    assert table_of.indirect == Decimal("0.07")
    with pytest.raises(Several, match="13 beneficiaries, this workbook has sheets for 12"):
        fill(table_of, some_project(4, 13, 2), RULES)
    with pytest.raises(Several, match="9 work packages, this workbook has room for 8"):
        fill(table_of, some_project(5, 2, 9), RULES)


@official_table
def test_the_official_table_as_downloaded_is_no_project() -> None:
    with pytest.raises(Unreadable, match="the table is not filled yet"):
        back(Book(open_package(Path(OFFICIAL or ""))))


@official_table
def test_a_filled_workbook_is_a_sound_archive(recalculated: Path) -> None:
    with zipfile.ZipFile(recalculated / "twelve.xlsx") as archive:
        assert archive.testzip() is None
