"""The form of a report: what was planned is shown, nothing declared is lost, and an untouched row is not a zero."""

import io
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from conftest import EXAMPLES, Run
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl.workbook import Workbook
from test_form import (
    OFFICE,
    costs,
    days,
    edited,
    form,
    google,
    ids,
    known,
    lines,
    money,
    office,
    put,
    real_costs,
    shares,
    table,
    texts,
    unique,
    units,
    with_formula,
)

from ka2budget import document, steps
from ka2budget.catalogue import catalogue, rules_for
from ka2budget.errors import NotAllowed, Unreadable
from ka2budget.form import words
from ka2budget.form.filled import FilledReport
from ka2budget.form.planned import woven
from ka2budget.form.shape import REPORT, shape
from ka2budget.form.writing import report_form
from ka2budget.project import Project
from ka2budget.report import Delivered, Report
from ka2budget.text import LANGUAGES, translate

PATH = Path("report.xlsx")
NAMES = {
    "mentor-ka220": "mentor-report", "letters-ka210": "letters-report", "bridges-ka204": "bridges-report",
    "marathon-sport-event": "marathon-report", "oceans-emjm": "oceans-report", "crafts-cbvet": "crafts-report",
}  # fmt: skip
EXAMINED = {name: steps.examine(steps.read_project(EXAMPLES / f"{name}.toml")) for name in [*NAMES, "alliance-cove"]}


def report_of(name: str) -> Report:
    return steps.read_report(EXAMPLES / f"{NAMES[name]}.toml")


def written(name: str, report: Report | None = None, language: str = "en", *, interim: bool = False) -> bytes:
    return report_form(*EXAMINED[name], report, language, interim=interim)


def back(content: bytes) -> FilledReport:
    report = document.read_bytes(content, PATH, Report)
    assert isinstance(report, FilledReport)
    return report


def problems(content: bytes) -> dict[str, str]:
    with pytest.raises(Unreadable) as refusal:
        back(content)
    return {one.where: str(one.message) for one in refusal.value.problems}


def book(content: bytes) -> Workbook:
    return openpyxl.load_workbook(io.BytesIO(content))


def labels(content: bytes, sheet: str) -> list[str]:
    return [str(cell.value).removesuffix("\u00a0*") for cell in book(content)[sheet][5] if cell.value]


# Nothing is lost.


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("interim", [False, True], ids=["final", "interim"])
def test_every_example_goes_to_a_form_and_back_unchanged(name: str, interim: bool) -> None:  # noqa: FBT001
    filled = back(written(name, report_of(name), interim=interim))
    assert filled.plain == report_of(name)
    assert filled.notices == ()
    assert filled.model_dump() == report_of(name).model_dump()


@pytest.mark.parametrize("name", EXAMINED)
def test_an_untouched_form_says_nothing(name: str) -> None:
    assert back(written(name)).plain == Report()
    assert back(written(name, interim=True)).plain == Report()


def test_the_same_report_gives_the_same_bytes() -> None:
    assert written("bridges-ka204") == written("bridges-ka204")


results = table(
    "id", id=st.one_of(st.sampled_from(["WP1", "WP2", "A1", "A2"]), ids), score=st.integers(0, 100),
    delivered=st.sampled_from(list(map(str, Delivered))), rejected=money, accepted=shares, comment=texts,
)  # fmt: skip
packages = st.builds(
    lambda result, lines_: result | {"costs": lines_}, results, st.lists(costs, max_size=3)
)  # fmt: skip
payments = table("date", "amount", date=days, amount=money)
transfers = table("date", "amount", "partner", date=days, amount=money, partner=known)
criteria = st.dictionaries(st.one_of(st.sampled_from(["relevance", "impact"]), lines), st.integers(0, 100), max_size=4)


@st.composite
def reports(draw: st.DrawFn) -> tuple[str, Report]:
    """Draw a report of any structure, with whatever a report file may hold, rows of the plan among them."""
    name = draw(st.sampled_from(list(EXAMINED)))
    project = EXAMINED[name].project.model_dump()
    of_plan = [one for one in project["units"] if draw(st.booleans())][:6]
    tables = {
        "assessment": draw(table(score=st.integers(0, 100), criteria=criteria)),
        "work_packages": draw(unique(packages, 4)),
        "activities": draw(unique(results, 4)),
        "units": draw(st.permutations([*of_plan, *draw(st.lists(units, max_size=3))])),
        "real_costs": draw(st.lists(st.one_of(real_costs, st.sampled_from(project["real_costs"] or [None])
                                              .filter(bool) if project["real_costs"] else real_costs), max_size=3)),
        "payments": draw(st.lists(payments, max_size=3)),
        "transfers": draw(st.lists(transfers, max_size=4)),
    }  # fmt: skip
    return name, Report.model_validate(tables | draw(table(until=days, used=money)))


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(reports(), st.booleans(), st.sampled_from(LANGUAGES))
def test_whatever_a_report_holds_a_form_brings_it_back(
    drawn: tuple[str, Report], interim: bool, language: str  # noqa: FBT001
) -> None:  # fmt: skip
    name, report = drawn
    assert back(written(name, report, language, interim=interim)).plain == report


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["mentor-ka220", "letters-ka210", "bridges-ka204"])
def test_a_form_comes_back_in_every_language(name: str, language: str) -> None:
    filled = back(written(name, report_of(name), language))
    assert (filled.plain, filled.notices) == (report_of(name), ())


@pytest.mark.parametrize("name", ["mentor-ka220", "marathon-sport-event", "bridges-ka204"])
def test_a_form_as_google_sheets_or_numbers_write_it_comes_back(name: str) -> None:
    filled = back(google(written(name, report_of(name))))
    assert (filled.plain, filled.notices) == (report_of(name), ())


def test_costs_of_an_activity_have_no_place_and_are_refused() -> None:
    line = {"partner": "P1", "category": "A1", "units": 1, "unit_cost": 1}
    report = Report.model_validate({"activities": [{"id": "A1", "costs": [line]}]})
    with pytest.raises(NotAllowed, match="A form has no place for Costs of Activities"):
        written("mentor-ka220", report)


# What the office sees.


def test_what_was_planned_is_shown_and_closed_and_what_was_done_is_open() -> None:
    sheet = book(written("mentor-ka220"))["Work packages"]
    assert labels(written("mentor-ka220"), "Work packages") == [
        "Work package", "Title", "Planned amount", "Delivered", "Score", "Refused amount", "Comment",
    ]  # fmt: skip
    assert [sheet[f"{letter}8"].value for letter in "ABCD"] == ["WP2", "International expert workshops", 47_600, None]
    assert [bool(sheet[f"{letter}8"].protection.locked) for letter in "ABCDEFG"] == [True] * 3 + [False] * 4


def test_planned_units_stand_in_words_beside_the_cells_for_what_was_achieved() -> None:
    content = written("bridges-ka204")
    sheet = book(content)["Units"]
    names = labels(content, "Units")
    rows = {sheet.cell(row, 1).value: row for row in range(7, sheet.max_row + 1)}
    of_plan = names.index("Planned") + 1
    management, support = "Project management and implementation", "Learning, teaching, training: individual support"
    assert sheet.cell(rows[management], of_plan).value == "Months: 24"
    assert sheet.cell(rows[support], of_plan).value == "Days: 20; Participants: 1"
    assert sheet.cell(rows[support], names.index("Days") + 1).value is None


def test_a_form_speaks_one_language_throughout() -> None:
    workbook = book(written("bridges-ka204", report_of("bridges-ka204"), "de"))
    sheet = workbook["Einheiten"]
    assert (sheet["A7"].value, sheet["I7"].value) == ("Projektmanagement und -durchführung", "Monate: 24")
    assert [workbook["Bericht"][cell].value for cell in ("A10", "B10")] == ["Art des Berichts", "Abschlussbericht"]
    sheet = book(written("letters-ka210", language="de"))["Bewertung"]
    assert [cell.value for cell in sheet["A"][6:10]] == ["Relevanz", "Partnerschaft", "Durchführung", "Wirkung"]


@pytest.mark.parametrize(
    ("name", "sheets"),
    [
        ("mentor-ka220", ["Report", "Work packages", "Activities", "Payments", "Passed on to partners", "Lists"]),
        ("letters-ka210", ["Report", "Activities", "Assessment", "Payments", "Passed on to partners", "Lists"]),
        ("alliance-cove", ["Report", "Work packages", "Payments", "Passed on to partners", "Lists"]),
        ("marathon-sport-event", ["Report", "Work packages", "Costs", "Payments", "Passed on to partners", "Lists"]),
        ("bridges-ka204", ["Report", "Units", "Real costs", "Payments", "Passed on to partners", "Lists"]),
    ],
)
def test_which_sheets_there_are_follows_from_the_call(name: str, sheets: list[str]) -> None:
    assert book(written(name)).sheetnames == sheets


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_sheets_can_have_their_names_in_every_language(language: str) -> None:
    names = [translate(one.words.title, language) for one in shape(REPORT).tables.values()]
    names.append(translate(words.LISTS, language))
    assert len({name.casefold() for name in names}) == len(names)
    assert all(len(name) <= 31 for name in names)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_two_labels_of_a_sheet_are_the_same_in_any_language(language: str) -> None:
    for one in shape(REPORT).tables.values():
        said = [translate(column.label, language).casefold() for column in one.columns]
        assert len(set(said)) == len(said), one.name


def test_parts_are_accepted_where_the_call_accepts_and_scored_where_it_scores() -> None:
    assert "Accepted part" in labels(written("alliance-cove"), "Work packages")
    assert "Score" not in labels(written("alliance-cove"), "Work packages")
    assert "Accepted part" not in labels(written("mentor-ka220"), "Work packages")


def test_the_form_of_an_interim_report_asks_what_was_used_and_for_no_decision() -> None:
    final, interim = (book(written("letters-ka210", interim=one)) for one in (False, True))
    asked = [[str(row[0].value) for row in one["Report"].iter_rows()] for one in (final, interim)]
    assert "Pre-financing used" in asked[1]
    assert "Pre-financing used" not in asked[0]
    assert "Overall score" in asked[0]
    assert "Overall score" not in asked[1]
    assert "Assessment" not in interim.sheetnames
    assert "Refused amount" not in labels(written("letters-ka210", interim=True), "Activities")
    assert "Accepted part" in labels(written("alliance-cove", interim=True), "Work packages")


def test_every_call_of_the_catalogue_has_the_form_of_a_report() -> None:
    project = EXAMINED["mentor-ka220"].project
    for entry in catalogue():
        rules = rules_for(entry.codes[0], entry.call)
        of_call = project.model_copy(update={"action": entry.codes[0], "call": entry.call})
        for interim in (False, True):
            content = report_form(of_call, rules, EXAMINED["mentor-ka220"].budget, interim=interim)
            assert back(content).plain == Report()


# What an untouched cell, a zero and a row below the plan say.


def test_an_untouched_row_is_not_reported_and_a_zero_is_zero() -> None:
    filled = back(edited(written("mentor-ka220"), put(Work_packages_D8="partly", Work_packages_F9=0)))
    assert [(one.id, one.delivered.value, one.rejected) for one in filled.work_packages] == [
        ("WP2", "partly", None), ("WP3", "yes", Decimal("0.00")),
    ]  # fmt: skip


def test_costs_speak_for_a_work_package_whose_own_row_is_untouched() -> None:
    filled = back(edited(written("marathon-sport-event"), put(Costs_H7=18, Costs_I7="4.296,80")))
    (package,) = filled.work_packages
    (line,) = package.costs
    assert (package.id, package.delivered, line.partner) == ("WP1", Delivered.YES, "P1")
    assert line.amount == Decimal("77342.40")


def test_a_cost_that_is_filled_in_by_half_is_named() -> None:
    assert problems(edited(written("marathon-sport-event"), put(Costs_H7=18))) == {
        "Costs!I7": "is empty, and has to be filled in"
    }


def test_what_was_not_planned_goes_below_the_plan() -> None:
    content = written("bridges-ka204")
    sheet = book(content)["Units"]
    row = next(one for one in range(7, 200) if sheet.cell(one, 1).value is None)
    columns = {name: number for number, name in enumerate(labels(content, "Units"), 1)}

    def edit(workbook: Workbook) -> None:
        for name, value in {"Heading": "travel", "Partner": "P2", "Participants": 4, "Distance in km": 700}.items():
            workbook["Units"].cell(row, columns[name], value)

    (unit,) = back(edited(content, edit)).units
    assert (unit.heading, unit.partner, unit.participants, unit.distance_km) == ("travel", "P2", 4, Decimal(700))


def test_a_second_transfer_to_a_partner_stands_in_a_row_of_its_own() -> None:
    paid = {"partner": "P2", "date": date(2026, 1, 8), "amount": 100}
    report = Report.model_validate({"transfers": [paid, paid]})
    sheet = book(written("mentor-ka220", report))["Passed on to partners"]
    assert [sheet[f"A{row}"].value for row in range(7, 11)] == ["P2", "P3", "P4", "P2"]
    assert [sheet[f"C{row}"].value for row in (7, 10)] == [54_133.34, None]


def test_rows_only_planned_stay_where_they_stood_among_those_declared() -> None:
    transfers_ = shape(REPORT).tables["transfers"]
    plan = [{"partner": name, "planned": Decimal(1)} for name in ("P2", "P3", "P4")]
    declared = [{"partner": "P9", "amount": Decimal(5)}, {"partner": "P3", "amount": Decimal(7)}]
    assert [(row["partner"], row.get("amount"), row.get("planned")) for row in woven(plan, declared, transfers_)] == [
        ("P2", None, 1), ("P9", 5, None), ("P3", 7, 1), ("P4", None, 1),
    ]  # fmt: skip


def test_what_differs_only_in_distance_is_compared_with_its_plan() -> None:
    table_ = shape(REPORT).tables["units"]
    plan = [{"heading": "travel", "partner": "P2", "distance_km": Decimal(700), "planned": "Participants: 3"}]
    declared = [{"heading": "travel", "partner": "P2", "distance_km": Decimal(710), "participants": 3}]
    assert woven(plan, declared, table_) == [declared[0] | {"planned": "Participants: 3"}]


# Forgiving reading, strict judging.


def move_columns(workbook: Workbook) -> None:
    sheet = workbook["Work packages"]
    for row in sheet.iter_rows(min_row=5, max_row=12):
        content = [cell.value for cell in row]
        for cell, value in zip(row, reversed(content), strict=True):
            cell.value = value


def rename_and_shift(workbook: Workbook) -> None:
    for number, sheet in enumerate(workbook):
        sheet.title = f"Blatt {number}"
    workbook["Blatt 1"].insert_rows(1, 3)


def type_everything(workbook: Workbook) -> None:
    put(Work_packages_D8="Teilweise", Work_packages_E8="82", Work_packages_F8="€ 1.000,00")(workbook)
    put(
        Payments_A7="10.12.2025",
        Payments_B7="200 000",
        Passed_on_to_partners_D7="8.1.2026",
        Passed_on_to_partners_E7="43'306.67",
    )(workbook)


def answered(workbook: Workbook) -> None:
    put(Work_packages_D8="partly", Work_packages_E8=82, Work_packages_F8=1000)(workbook)
    put(Payments_A7=date(2025, 12, 10), Payments_B7=200_000)(workbook)
    put(Passed_on_to_partners_D7=date(2026, 1, 8), Passed_on_to_partners_E7=43_306.67)(workbook)


@pytest.mark.parametrize("edit", [move_columns, rename_and_shift, type_everything], ids=lambda edit: edit.__name__)
def test_however_a_form_was_treated_it_says_the_same(edit: Callable[[Workbook], None]) -> None:
    content = edited(written("mentor-ka220"), answered)
    filled = back(edited(content, edit))
    assert filled.plain == back(content).plain
    assert filled.work_packages[0].rejected == Decimal(1000)
    assert not filled.notices


@pytest.mark.parametrize(
    ("typed", "means"),
    [("yes", "yes"), ("JA", "yes"), ("oui", "yes"), ("teilweise", "partly"), ("nein", "no"), ("Partly", "partly")],
)
def test_what_was_delivered_may_be_said_in_every_language(typed: str, means: str) -> None:
    filled = back(edited(written("mentor-ka220"), put(Work_packages_D8=typed)))
    assert filled.work_packages[0].delivered == means


def test_all_problems_are_told_at_once_with_sheet_and_cell() -> None:
    content = edited(
        written("letters-ka210", Report.model_validate({"assessment": {"criteria": {"relevance": 3}}})),
        put(
            Report_B14=101, Activities_D7="perhaps", Activities_E8="-5", Assessment_C7="many", Payments_A7="soon",
            Payments_B8=5, Passed_on_to_partners_A9="P 2", Passed_on_to_partners_D9=date(2026, 1, 1),
            Passed_on_to_partners_E9=1,
        ),
    )  # fmt: skip
    found = problems(content)
    assert list(found) == [
        "Report!B14", "Activities!D7", "Activities!E8", "Assessment!C7", "Payments!A7", "Payments!B7", "Payments!A8",
        "Passed on to partners!A9",
    ]  # fmt: skip
    assert found["Activities!D7"] == "'perhaps' is none of yes, partly, no"
    assert found["Assessment!C7"] == "'many' is not a number"


def test_a_criterion_has_a_name_and_is_given_once() -> None:
    content = written("letters-ka210")
    assert problems(edited(content, put(Assessment_A12="relevance", Assessment_C12=3, Assessment_C7=4))) == {
        "Assessment!A12": "the ID 'relevance' is used already in Assessment!A7"
    }
    assert problems(edited(content, put(Assessment_C12=3))) == {"Assessment!A12": "is empty, and has to be filled in"}
    assert problems(edited(content, put(Assessment_A12="more"))) == {
        "Assessment!C12": "is empty, and has to be filled in"
    }


def test_the_result_of_a_formula_counts_and_is_told(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "report.xlsx"
    content = written("letters-ka210", report_of("letters-ka210"))
    path.write_bytes(with_formula(content, "Payments", "B7", "<f>24000*2</f><v>48000</v>"))
    assert back(path.read_bytes()).plain == report_of("letters-ka210")
    answer = run("settle", EXAMPLES / "letters-ka210.toml", path)
    assert answer.code == 0
    assert f"{path}:Payments: info: 1 cells of this sheet hold a formula" in answer.err


def test_a_form_that_lost_its_first_sheet_is_still_a_report() -> None:
    def edit(workbook: Workbook) -> None:
        del workbook["Report"]

    content = edited(written("mentor-ka220", report_of("mentor-ka220")), edit)
    assert back(content).plain == report_of("mentor-ka220")


def test_what_was_delivered_is_understood_without_the_call() -> None:
    def edit(workbook: Workbook) -> None:
        workbook["Arbeitspakete"]["D8"] = "teilweise"
        del workbook["Bericht"]

    filled = back(edited(written("mentor-ka220", language="de"), edit))
    assert [(one.id, one.delivered) for one in filled.work_packages] == [("WP2", Delivered.PARTLY)]


def test_the_form_of_a_project_is_no_report_and_the_other_way_round() -> None:
    with pytest.raises(Unreadable, match="another kind of form: Project form; needed is a report file"):
        back(form(EXAMINED["mentor-ka220"].project))
    with pytest.raises(Unreadable, match="another kind of form: Report form; needed is a project file"):
        document.read_bytes(written("mentor-ka220"), PATH, Project)


def test_a_workbook_of_another_kind_is_told_how_to_get_a_form() -> None:
    other = Workbook()
    other.create_sheet("Other")["A1"] = "x"
    file = io.BytesIO()
    other.save(file)
    assert "'ka2budget report PROJECT' writes one" in problems(file.getvalue())["/"]


# Other programs.


@pytest.mark.skipif(OFFICE is None, reason="LibreOffice is not installed")
def test_forms_saved_by_libreoffice_come_back_without_loss(tmp_path: Path) -> None:
    for name in NAMES:
        (tmp_path / f"{name}.xlsx").write_bytes(written(name, report_of(name)))
    files = [tmp_path / f"{name}.xlsx" for name in NAMES]
    office(tmp_path, "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", tmp_path / "saved", *files)
    for name in NAMES:
        filled = document.read(tmp_path / "saved" / f"{name}.xlsx", Report)
        assert isinstance(filled, FilledReport)
        assert (filled.plain, filled.notices) == (report_of(name), ()), name


# The command line.


@pytest.mark.parametrize("name", ["mentor-ka220", "bridges-ka204", "marathon-sport-event"])
def test_settle_reads_a_form_in_place_of_a_report_file(run: Run, tmp_path: Path, name: str) -> None:
    path, project, report = tmp_path / "r.xlsx", EXAMPLES / f"{name}.toml", EXAMPLES / f"{NAMES[name]}.toml"
    assert run("report", project, "--report", report, "-o", path) == (0, "", "")
    of_form, of_file = run("settle", project, path), run("settle", project, report)
    assert (of_form.code, of_form.out) == (of_file.code, of_file.out)
    assert run("convert", path, "-o", tmp_path / "r.toml").code == 0
    assert steps.read_report(tmp_path / "r.toml") == report_of(name)


def test_findings_about_a_form_name_its_cells(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "r.xlsx"
    run("report", EXAMPLES / "mentor-ka220.toml", "-o", path)
    path.write_bytes(
        edited(
            path.read_bytes(),
            put(Work_packages_E9=70, Passed_on_to_partners_D7=date(2026, 1, 1), Passed_on_to_partners_E7=5),
        )
    )
    answer = run("settle", EXAMPLES / "mentor-ka220.toml", path)
    assert answer.code == 1
    assert f"{path}:Passed on to partners: error: €5.00 went to partners" in answer.err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["-o", "r.toml"], "its name ends in .xlsx"),
        (["-o", "there.xlsx"], "it exists already"),
        (["--report", "none.toml", "-o", "r.xlsx"], "cannot be read"),
    ],
)
def test_report_says_what_is_impossible_and_writes_nothing(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[Any], says: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "there.xlsx").write_bytes(b"mine")
    answer = run("report", EXAMPLES / "mentor-ka220.toml", *arguments)
    assert (answer.code, answer.out) == (2, "")
    assert says in answer.err
    assert [one.read_bytes() for one in tmp_path.iterdir()] == [b"mine"]


def test_a_budget_with_errors_has_no_report(run: Run, tmp_path: Path) -> None:
    answer = run("report", EXAMPLES / "mentor-mistake.toml", "-o", tmp_path / "r.xlsx")
    assert answer.code == 1
    assert "sum-above-lump-sum" in answer.err
    assert not list(tmp_path.iterdir())


def read(name: str) -> Report:
    """Return the untouched form of an example's report, as it comes back."""
    examined = EXAMINED[name]
    return document.read_bytes(report_form(examined.project, examined.rules, examined.budget), PATH, Report)


def test_the_form_of_another_call_is_refused_even_where_nothing_is_filled_in() -> None:
    expected = (
        "The form of the report was made for KA210-SCH, 2026; this project is one of KA220-ADU, 2025. "
        "'ka2budget report' makes its form"
    )
    with pytest.raises(NotAllowed) as refusal:
        steps.assess(EXAMINED["mentor-ka220"], read("letters-ka210"))
    assert expected == str(refusal.value)
    assert steps.assess(EXAMINED["letters-ka210"], report_of("letters-ka210")).final_grant is not None


def test_the_form_of_another_project_of_the_call_is_told() -> None:
    examined, report = EXAMINED["mentor-ka220"], read("mentor-ka220")
    assert steps.made_for(report, "KA220-ADU", 2025, examined.project.title) == ()
    (finding,) = steps.made_for(report, "KA220-ADU", 2025, "Another")
    assert (finding.code, finding.severity) == ("form-of-other-project", "warning")
    assert f"was made for the project {examined.project.title}; this one is Another." in finding.say()
