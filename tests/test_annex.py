"""The annexes: what stands in their cells, that they add up, and that text stays text."""

import io
import shutil
import zipfile
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from ka2budget import __version__, annex, steps
from ka2budget.annex import estimate, outcome
from ka2budget.annex.formula import parse
from ka2budget.annex.reading import read_layout
from ka2budget.errors import NoSuchName, Unreadable
from ka2budget.project import Activity, Partner, Project, Role, WorkPackage
from ka2budget.report import Report
from ka2budget.text import LANGUAGES, translate

EXAMPLES = Path(__file__).parent.parent / "examples"
TODAY = date(2026, 11, 22)
MENTOR = steps.read_project(EXAMPLES / "mentor-ka220.toml")
LETTERS = steps.read_project(EXAMPLES / "letters-ka210.toml")
MENTOR_REPORT = steps.read_report(EXAMPLES / "mentor-report.toml")
LETTERS_REPORT = steps.read_report(EXAMPLES / "letters-report.toml")
BOTH = pytest.mark.parametrize("project", [MENTOR, LETTERS], ids=["work-packages", "activities"])
INJECTIONS = ("=1+1", "+1", "-1", "@SUM(1)", '=cmd|"/c calc"!A1', "<r>x</r>", "http://example.org", "{=1}", "007")


def budget(project: Project, language: str = "en", templates: Path | None = None, today: date = TODAY) -> bytes:
    examined = steps.examine(project)
    shares, dates = steps.share_out(examined), steps.dates_of(examined)
    return annex.budget_annex(*examined, shares, dates, today=today, language=language, templates=templates)


def final(project: Project, report: Report) -> bytes:
    examined = steps.examine(project)
    return annex.final_annex(*examined, steps.assess(examined, report), today=TODAY)


def values(content: bytes) -> Workbook:
    return load_workbook(io.BytesIO(content), data_only=True)


def formulas(content: bytes) -> Workbook:
    return load_workbook(io.BytesIO(content))


def table(sheet: Worksheet, first: str) -> list[dict[str, Any]]:
    """The rows below the header whose first cell is ``first``, up to an empty row."""
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    start = next(number for number, row in enumerate(rows) if row[0] == first)
    header = rows[start]
    found = []
    for row in rows[start + 1 :]:
        if all(value is None for value in row):
            break
        found.append(dict(zip(header, row, strict=True)))
    return found


def card(sheet: Worksheet) -> dict[str, Any]:
    return {row[0].value: row[1].value for row in sheet.iter_rows() if row[0].value is not None}


def euros(value: object) -> Decimal:
    assert isinstance(value, int | float)
    return Decimal(f"{value:.2f}")


def texts(book: Workbook) -> Iterator[str]:
    for sheet in book:
        for row in sheet.iter_rows():
            for cell in row:
                if isinstance(cell.value, str):
                    assert cell.data_type == "s", f"{sheet.title}!{cell.coordinate} is no text"
                    yield cell.value


def with_partners(count: int, name: str = "Partner") -> Project:
    codes = ["PL", "PT", "DE", "IT"]
    partners = tuple(
        Partner(
            id=f"P{number}",
            name=f"{name} {number}",
            country=codes[number % 4],
            role=Role.PARTNER if number else Role.COORDINATOR,
        )
        for number in range(count)
    )
    package = WorkPackage(
        id="WP1", title=name, lead="P0", shares={partner.id: Decimal("100.01") for partner in partners}
    )
    return MENTOR.model_copy(update={"partners": partners, "work_packages": (package,)})


@BOTH
def test_the_same_input_gives_the_same_bytes(project: Project) -> None:
    assert budget(project) == budget(project)
    assert budget(project) != budget(project, today=date(2026, 11, 23))


def test_the_final_annex_is_the_same_each_time() -> None:
    assert final(MENTOR, MENTOR_REPORT) == final(MENTOR, MENTOR_REPORT)


def test_the_sheets_of_work_packages() -> None:
    assert values(budget(MENTOR)).sheetnames == [
        "Cover", "Partners", "Work packages", "Activities", "Distribution", "Findings", "Payments", "Instalments",
        "Basis",
    ]  # fmt: skip


def test_the_sheets_of_activities() -> None:
    assert values(budget(LETTERS)).sheetnames == [
        "Cover", "Partners", "Activities", "Shares", "Findings", "Payments", "Instalments", "Basis",
    ]  # fmt: skip


@BOTH
def test_partners_get_what_the_budget_says(project: Project) -> None:
    expected = {name: partner.grant for name, partner in steps.examine(project).budget.partners.items()}
    rows = table(values(budget(project))["Partners"], "ID")
    assert {row["ID"]: euros(row["Grant"]) for row in rows[:-1]} == expected
    assert euros(rows[-1]["Grant"]) == project.lump_sum
    assert sum(row["Share of the grant"] for row in rows[:-1]) == pytest.approx(1, abs=1e-12)


def test_shares_are_unrounded_fractions() -> None:
    rows = table(values(budget(MENTOR))["Partners"], "ID")
    assert rows[1]["Share of the grant"] == pytest.approx(54133.34 / 250000, abs=1e-15)


@BOTH
def test_the_cover_has_amounts_and_no_difference(project: Project) -> None:
    cover = card(values(budget(project))["Cover"])
    assert euros(cover["Project lump sum"]) == project.lump_sum
    assert euros(cover["Difference to the lump sum"]) == 0
    assert cover["State"] == "No errors"
    assert cover["Acronym"] == project.acronym
    assert cover["Number of partners"] == len(project.partners)
    assert cover["End"].date() == project.end
    assert project.estimated_cost is not None
    assert project.lump_sum is not None
    assert euros(cover["Carried by the partners"]) == project.estimated_cost - project.lump_sum


def test_work_packages_and_activities_stand_with_their_amounts() -> None:
    book = values(budget(MENTOR))
    packages = table(book["Work packages"], "No.")
    assert [euros(row["Amount"]) for row in packages[:-1]] == [package.allocated for package in MENTOR.work_packages]
    assert [euros(row["Allocated to activities"]) for row in packages[:2]] == [0, 24_000]
    activities = table(book["Activities"], "No.")
    assert [row["Days"] for row in activities[:-1]] == [3, 3, 304, 2]
    assert activities[0]["Lead organisation"] == "P2 Example Association for Lifelong Learning"


@pytest.mark.parametrize(("project", "sheet"), [(MENTOR, "Distribution"), (LETTERS, "Shares")])
def test_rows_and_columns_of_the_distribution_add_up(project: Project, sheet: str) -> None:
    rows = [[cell.value for cell in row] for row in values(budget(project))[sheet].iter_rows(min_row=5)]
    last = next(number for number, row in enumerate(rows) if row[0] == "Total")
    body, totals = rows[:last], rows[last]
    for row in body:
        assert euros(row[-1]) == sum(euros(value) for value in row[1:-1])
    for number in range(1, len(totals)):
        assert euros(totals[number]) == sum(euros(row[number]) for row in body)
    assert euros(totals[-1]) == project.lump_sum
    assert euros(rows[-1][-1]) == 0


@BOTH
def test_instalments_add_up_both_ways(project: Project) -> None:
    shares = steps.share_out(steps.examine(project))
    rows = table(values(budget(project))["Instalments"], "Organisation")
    assert [euros(row["Total"]) for row in rows[: len(project.partners)]] == [
        one.grant for one in shares.partners.values()
    ]
    assert [euros(value) for value in list(rows[len(project.partners)].values())[1:]] == [
        *shares.instalments,
        shares.grant,
    ]


@BOTH
def test_totals_and_shares_are_formulas(project: Project) -> None:
    book = formulas(budget(project))
    rows = table(book["Partners"], "ID")
    sheet = "Distribution" if project is MENTOR else "Shares"
    assert all(str(row["Grant"]).startswith(f"='{sheet}'!") for row in rows[:-1])
    assert str(rows[-1]["Grant"]).startswith("=SUM(")
    assert str(card(book["Cover"])["Difference to the lump sum"]).startswith("=ROUND(")


def test_a_formula_that_does_not_give_the_amount_is_not_written() -> None:
    package = MENTOR.work_packages[1].model_copy(update={"amount": Decimal("47600.01")})
    packages = (MENTOR.work_packages[0], package, *MENTOR.work_packages[2:])
    content = budget(MENTOR.model_copy(update={"work_packages": packages}))
    rows = table(formulas(content)["Work packages"], "No.")
    assert str(rows[0]["Amount"]).startswith("=")
    assert rows[1]["Amount"] == 47600.01
    assert euros(card(values(content)["Cover"])["Difference to the lump sum"]) == Decimal("0.01")


def test_payable_is_a_formula_only_where_it_gives_the_computed_cent() -> None:
    content = final(LETTERS, LETTERS_REPORT)
    live, computed = (table(read(content)["Activities"], "No.") for read in (formulas, values))
    assert str(live[0]["Payable"]).startswith("=(")
    assert live[2]["Payable"] == 15299.99
    assert [euros(row["Payable"]) for row in computed[:-1]] == [8100, 13050, Decimal("15299.99"), 0]


def test_the_final_cover_says_what_is_paid_and_recovered() -> None:
    mentor, letters = (
        card(values(final(MENTOR, MENTOR_REPORT))["Cover"]),
        card(values(final(LETTERS, LETTERS_REPORT))["Cover"]),
    )
    assert (mentor["Overall score"], mentor["Reduction applies to"]) == (70, "Single work packages")
    assert (euros(mentor["Final grant"]), euros(mentor["Balance to pay"])) == (223_750, 23_750)
    assert "Balance to recover" not in mentor
    assert euros(letters["Balance to recover"]) == Decimal("11550.01")
    assert "Balance to pay" not in letters


def test_the_readings_of_the_management_cap_are_shown_where_they_differ() -> None:
    rows = table(values(final(MENTOR, MENTOR_REPORT))["Cover"], "Reading")
    assert [(euros(row["Final grant"]), row["Used here"]) for row in rows] == [
        (223_750, "taken"), (223_800, None), (224_000, None),
    ]  # fmt: skip
    assert "Reading" not in card(values(final(LETTERS, LETTERS_REPORT))["Cover"])


def test_partners_without_known_transfers_have_empty_cells() -> None:
    rows = table(values(final(LETTERS, LETTERS_REPORT))["Partners"], "ID")
    assert [row["Balance"] for row in rows] == [None, None, None]
    assert [euros(row["Final grant"]) for row in rows] == [18_000, Decimal("18449.99"), Decimal("36449.99")]
    known = table(values(final(MENTOR, MENTOR_REPORT))["Partners"], "ID")
    assert euros(known[-1]["Balance"]) == 23_750


def test_a_settlement_with_errors_is_a_draft_without_amounts() -> None:
    content = final(MENTOR, Report())
    cover = card(values(content)["Cover"])
    assert cover["State"] == "DRAFT: 3 errors"
    assert cover["Final grant"] is None
    assert all(row["Payable"] is None for row in table(values(content)["Work packages"], "No."))


def test_no_findings_are_said_in_a_sentence() -> None:
    examined = steps.examine(MENTOR)
    silent = examined._replace(budget=examined.budget.model_copy(update={"findings": ()}))
    content = annex.budget_annex(*silent, steps.share_out(silent), steps.dates_of(silent), today=TODAY)
    rows = table(values(content)["Findings"], "Severity")
    assert [row["Severity"] for row in rows] == ["No findings: every rule that was checked is kept."]


def test_findings_are_listed_and_make_a_draft() -> None:
    project = MENTOR.model_copy(update={"months": 99, "lump_sum": Decimal(1)})
    expected = steps.examine(project).budget.findings
    book = values(budget(project))
    rows = table(book["Findings"], "Severity")
    assert [(row["Code"], row["Message"]) for row in rows] == [(one.code, one.message) for one in expected]
    errors = sum(one.severity == "error" for one in expected)
    assert errors > 1
    assert card(book["Cover"])["State"] == f"DRAFT: {errors} errors"
    assert book["Partners"]["A3"].value == f"DRAFT: {errors} errors"


def test_the_basis_names_rules_documents_doubts_version_and_digest() -> None:
    book = values(budget(MENTOR))
    basis = card(book["Basis"])
    assert basis["Rules"] == "calls/2025/ka220.toml"
    assert basis["Made with"] == f"ka2budget {__version__}"
    assert basis["Made on"].date() == TODAY
    assert len(basis["SHA-256 of the project"]) == 64
    assert "Erasmus+ Programme Guide 2025" in [row["Document"] for row in table(book["Basis"], "Document")]
    reasons = [row["Why it is in doubt"] for row in table(book["Basis"], "Rule")]
    assert reasons == [
        doubt.reason for doubt in steps.examine(MENTOR).rules.doubts("eligibility", "final_report", "payments")
    ]


def test_another_project_has_another_digest() -> None:
    other = MENTOR.model_copy(update={"title": "Another"})
    one, two = (card(values(budget(project))["Basis"])["SHA-256 of the project"] for project in (MENTOR, other))
    assert one != two


def test_doubts_stand_beside_the_amounts() -> None:
    book = values(budget(MENTOR))
    payments = table(book["Payments"], "What")
    assert all("grant agreement" in row["Not confirmed"] for row in payments if row["Amount"] and row["Date"])
    assert any("Not confirmed: The guide prints no shares" in text for text in texts(book))
    result = values(final(MENTOR, MENTOR_REPORT))["Cover"]
    remarks = [row[2].value for row in result.iter_rows(min_row=4) if row[0].value == "Final grant"]
    assert str(remarks[0]).startswith("Not confirmed: The scale is that of call 2026")


@BOTH
@pytest.mark.parametrize("text", INJECTIONS)
def test_text_never_becomes_a_formula_or_a_link(project: Project, text: str) -> None:
    partners = (
        project.partners[0].model_copy(update={"name": text, "city": text, "type": text}),
        *project.partners[1:],
    )
    activity = Activity(
        id="X1", title=text, lead="P1", amount=Decimal(1), venue=text, results=text, shares={"P1": Decimal(1)}
    )
    change: dict[str, Any] = {"partners": partners, "title": text, "acronym": text, "reference": text}
    if project is MENTOR:
        package = project.work_packages[0].model_copy(update={"title": text, "activities": (activity,)})
        change["work_packages"] = (package, *project.work_packages[1:])
    else:
        change["activities"] = (activity,)
    content = budget(project.model_copy(update=change))
    book = formulas(content)
    found = [value.rstrip(" ") for value in texts(values(content))]
    assert found.count(text) >= 5
    for sheet in book:
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.hyperlink is None
                assert cell.data_type != "f" or str(cell.value)[1:2] in "'SRABCDEFGHIJKLMNOPQ("


@pytest.mark.parametrize("count", [2, 20])
def test_few_and_many_partners_with_long_names(count: int) -> None:
    name = "Internationale Gesellschaft zur Förderung & Erwachsenenbildung <Länder> " * 12
    project = with_partners(count, name).model_copy(update={"acronym": "A&B" * 100, "title": "1" * 2000})
    book = values(budget(project))
    rows = table(book["Distribution"], "Organisation")
    assert euros(rows[count]["Total"]) == Decimal("100.01") * count
    assert table(book["Partners"], "ID")[count - 1]["Organisation"] == f"{name} {count - 1}"
    heights = book["Partners"].row_dimensions
    assert heights[6].height > 100


def test_a_share_of_an_unknown_partner_has_its_row() -> None:
    first = MENTOR.work_packages[0]
    odd = first.model_copy(update={"shares": {**first.shares, "P9": Decimal(7)}})
    book = values(budget(MENTOR.model_copy(update={"work_packages": (odd, *MENTOR.work_packages[1:])})))
    assert euros({row["Organisation"]: row["Total"] for row in table(book["Distribution"], "Organisation")}["P9"]) == 7
    assert euros(table(book["Work packages"], "No.")[0]["Amount"]) == 45_007


def test_ids_used_twice_keep_their_own_amounts() -> None:
    first = MENTOR.work_packages[0]
    other = first.model_copy(update={"shares": {"P1": Decimal(7)}})
    partners = (*MENTOR.partners, MENTOR.partners[0])
    book = values(
        budget(MENTOR.model_copy(update={"work_packages": (other, *MENTOR.work_packages), "partners": partners}))
    )
    assert [euros(row["Amount"]) for row in table(book["Work packages"], "No.")[:2]] == [7, 45_000]
    assert [row["ID"] for row in table(book["Partners"], "ID")] == ["P1", "P2", "P3", "P4", "P1", "Total"]


@pytest.mark.parametrize(
    "change", [{"work_packages": ()}, {"lump_sum": None}, {"estimated_cost": None}, {"activities": ()}]
)
@BOTH
def test_unfinished_projects_have_an_annex_too(project: Project, change: dict[str, Any]) -> None:
    assert values(budget(project.model_copy(update=change))).sheetnames[0] == "Cover"


@pytest.mark.parametrize(
    ("language", "money", "day"),
    [
        ("en", '"€"#,##0.00;-"€"#,##0.00', "d mmm yyyy"),
        ("de", '#,##0.00 "€";-#,##0.00 "€"', "dd.mm.yyyy"),
        ("fr", '#,##0.00 "€";-#,##0.00 "€"', "dd/mm/yyyy"),
        ("ro", '#,##0.00 "EUR";-#,##0.00 "EUR"', "dd.mm.yyyy"),
    ],
)
def test_amounts_and_dates_are_formatted_by_language(language: str, money: str, day: str) -> None:
    book = formulas(budget(MENTOR, language))
    sheet = book[translate("Activities", language)]
    assert (sheet["J5"].number_format, sheet["E5"].number_format) == (money, day)
    assert book[translate("Partners", language)]["H5"].number_format == "0.00%"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_gives_a_workbook(language: str) -> None:
    assert len(formulas(budget(MENTOR, language)).sheetnames) == 9


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(NoSuchName, match="xx"):
        budget(MENTOR, "xx")


def test_country_names_are_in_the_language() -> None:
    assert table(values(budget(MENTOR, "de"))["Partner"], "ID")[2]["Land"] == "Deutschland"


def test_pages_are_a4_as_wide_as_the_page_and_repeat_the_header() -> None:
    for sheet in formulas(budget(MENTOR)):
        assert sheet.page_setup.paperSize == 9
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert sheet.print_area
        assert "MENTOR" in sheet.oddFooter.left.text
    assert formulas(budget(MENTOR))["Activities"].print_title_rows == "$4:$4"
    assert formulas(budget(MENTOR))["Activities"].freeze_panes == "B5"


@BOTH
def test_kinds_of_numbers_differ_by_more_than_their_format(project: Project) -> None:
    """Or LibreOffice forgets the indent of the second where two of them stand side by side."""
    colours: dict[str, set[str]] = {}
    for sheet in formulas(budget(project)):
        for row in sheet.iter_rows():
            for cell in row:
                if cell.number_format != "General" and cell.alignment.horizontal == "right":
                    colours.setdefault(cell.number_format, set()).add(cell.font.color.rgb)
    assert len(colours) == 4
    assert len({colour for one in colours.values() for colour in one}) == len(colours)


def test_properties_name_the_version_and_the_day() -> None:
    properties = formulas(budget(MENTOR)).properties
    assert properties.title == "Estimated budget: MENTOR · KA220-ADU · 2025"
    assert properties.description == f"ka2budget {__version__}"
    assert properties.created.date() == TODAY


def test_difference_cells_turn_red() -> None:
    sheet = formulas(budget(MENTOR))["Cover"]
    place = next(row[1].coordinate for row in sheet.iter_rows() if row[0].value == "Difference to the lump sum")
    assert place in [str(one.sqref) for one in sheet.conditional_formatting]


WORK_PACKAGES = "budget-work-packages"


@pytest.fixture
def layouts(tmp_path: Path) -> Path:
    return Path(shutil.copytree(annex.LAYOUTS, tmp_path / "annexes"))


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        (
            WORK_PACKAGES,
            'field = "acronym"',
            'field = "acrnym"',
            "/Cover/cover/acrnym: error: there is no field 'acrnym'",
        ),
        (WORK_PACKAGES, 'format = "money"', 'format = "gold"', "format: error: Input should be"),
        (WORK_PACKAGES, "{work_packages!amount@total}", "{packages!amount@total}", "there is no block 'packages'"),
        (WORK_PACKAGES, "{shares!$@total}", "{shares!$@lump}", "shares has no row 'lump'"),
        (WORK_PACKAGES, "{amount} / {amount@total}", "{amnt} / {amount@total}", "work_packages has no column 'amnt'"),
        (WORK_PACKAGES, "{end} - {start} + 1", "NOW()", "a formula has + - * /"),
        (WORK_PACKAGES, "{end} - {start} + 1", "{end} -", "is not a formula"),
        (WORK_PACKAGES, "{end} - {start} + 1", "{end - 1", "not of the form"),
        (WORK_PACKAGES, 'name = "Activities"', 'name = "work Packages"', "is given to two sheets"),
        (WORK_PACKAGES, 'name = "Activities"', 'name = "a/b"', "/sheets/3/name"),
        (WORK_PACKAGES, 'id = "activities"', 'id = "partners"', "is given to two blocks"),
        (WORK_PACKAGES, 'source = "activities"', 'source = "parts"', "there is no 'parts' to show"),
        (WORK_PACKAGES, "[[sheets]]", "[sheets]", "cannot be read"),
        (WORK_PACKAGES, 'formula = "{shares!total}"', 'formula = "{share@total}"', "in a circle"),
        ("shared-findings", 'field = "severity"', 'field = "severity", colour = "red"', "colour: error"),
        ("shared-payments", 'field = "amount"', 'name = "amount"', "needs a field, or a formula and a name"),
        ("shared-basis", 'field = "reason"', 'field = "rule"', "the name 'rule' is given twice"),
    ],
)
def test_a_broken_layout_is_refused_with_file_and_place(
    layouts: Path, file: str, old: str, new: str, message: str
) -> None:
    path = layouts / f"{file}.toml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(Unreadable) as refused:
        budget(MENTOR, templates=layouts)
    assert message in str(refused.value)
    assert refused.value.file == str(path)


def test_a_layout_that_is_not_there_is_ours(layouts: Path) -> None:
    (layouts / "shared-findings.toml").unlink()
    (layouts / f"{WORK_PACKAGES}.toml").unlink()
    assert budget(MENTOR, templates=layouts) == budget(MENTOR)


def test_a_layout_that_no_annex_is_made_from_is_refused(layouts: Path) -> None:
    (layouts / "budget-workpackages.toml").write_text("")
    with pytest.raises(NoSuchName, match="budget-work-packages"):
        budget(MENTOR, templates=layouts)


@pytest.mark.parametrize(
    ("old", "new", "allowed"),
    [
        ('format = "count" }', 'format = "gold" }', "'text', 'alert', 'money'"),
        ('field = "title" }', 'field = "title", colour = "red" }', "there are: check, field, format, formula"),
        (
            '[[sheets.blocks]]\nkind = "matrix"',
            '[[sheets.blocks]]\nkind = "grid"',
            "'card', 'table', 'matrix', 'chart'",
        ),
        ("frozen = 1", "froze = 1", "there are: blocks, each, frozen, name, optional, portrait, title"),
        ('field = "acronym"', 'field = "acrnym"', "acronym, "),
    ],
)
def test_a_broken_layout_is_refused_with_the_line_and_what_is_allowed(
    layouts: Path, old: str, new: str, allowed: str
) -> None:
    path = layouts / f"{WORK_PACKAGES}.toml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    line = text[: text.index(old)].count("\n") + 1
    with pytest.raises(Unreadable) as refused:
        budget(MENTOR, templates=layouts)
    first = str(refused.value).splitlines()[0]
    assert allowed in first
    if "acrnym" not in new:  # what a name stands for is told by its block
        assert first.startswith(f"{path}:{line}:/sheets/")
    else:
        block = text[: text.index('id = "cover"')].count("\n") + 1
        assert first.startswith(f"{path}:{block}:/Cover/cover/")


def test_a_changed_label_is_taken_from_the_layout(layouts: Path) -> None:
    path = layouts / "shared-findings.toml"
    path.write_text(path.read_text(encoding="utf-8").replace('"Message"', '"What to do"'), encoding="utf-8")
    assert values(budget(MENTOR, templates=layouts))["Findings"]["C4"].value == "What to do"


@pytest.mark.parametrize("kind", ["budget", "final"])
@pytest.mark.parametrize("structure", ["activities", "work-packages", "costs"])
def test_a_layout_is_read_once(kind: str, structure: str) -> None:
    assert read_layout(annex.LAYOUTS, kind, structure) is read_layout(annex.LAYOUTS, kind, structure)


@BOTH
def test_content_has_what_the_layouts_may_show(project: Project) -> None:
    examined = steps.examine(project)
    report = MENTOR_REPORT if project is MENTOR else LETTERS_REPORT
    shown = estimate.budget_content(*examined, steps.share_out(examined), steps.dates_of(examined), TODAY, "en")
    settled = steps.assess(examined, report)
    for content, vocabulary in (
        (shown, estimate.VOCABULARY),
        (outcome.final_content(*examined, settled, TODAY, "en"), outcome.VOCABULARY),
    ):
        assert content.keys() == vocabulary.keys()
        for name, source in content.items():
            for item in getattr(source, "items", ()):
                if vocabulary[name] is not None:
                    assert tuple(item.record) == vocabulary[name]


def test_formulas_are_calculated_in_decimal() -> None:
    formula = parse("ROUND(({a} - {b}) * 3 / {c@total}, 2)")
    numbers = [(Decimal("1.00"),), (Decimal("0.90"),), (Decimal(8),)]
    assert formula.value(numbers) == Decimal("0.04")
    assert formula.value([*numbers[:2], (Decimal(0),)]) is None
    assert formula.spelled(["A1", "B1", "'S'!C9"]) == "=ROUND((A1 - B1) * 3 / 'S'!C9, 2)"


def test_no_cell_holds_an_error_or_a_missing_value() -> None:
    for content in (budget(MENTOR), budget(LETTERS), final(MENTOR, MENTOR_REPORT), final(LETTERS, LETTERS_REPORT)):
        live, computed = formulas(content), values(content)
        for sheet in live:
            for row in sheet.iter_rows():
                for cell in row:
                    if cell.data_type == "f":
                        assert isinstance(computed[sheet.title][cell.coordinate].value, int | float)


def test_the_parts_of_the_file_are_well_formed_for_characters_xml_cannot_hold() -> None:
    project = MENTOR.model_copy(update={"acronym": "A\ufffeB\uffff\n&", "title": "T\uffff"})
    content = budget(project)
    assert "A" in str(formulas(content).properties.title)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert not any("\uffff" in archive.read(name).decode() for name in archive.namelist())
