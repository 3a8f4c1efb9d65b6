"""The annexes of grants that are worked out from a detailed budget: every sum is the budget's, and hangs together."""

import re
import shutil
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache, cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook
from test_annex import card, euros, formulas, table, values

from ka2budget import annex
from ka2budget.agreement import terms_of
from ka2budget.annex import detailed
from ka2budget.annex.categories import LABELS
from ka2budget.annex.formula import parse
from ka2budget.annex.reading import read_layout
from ka2budget.budget import Budget
from ka2budget.calculate import calculate
from ka2budget.catalogue import rules_for
from ka2budget.checks import check
from ka2budget.errors import Unreadable
from ka2budget.formulas import DetailedBudget
from ka2budget.money import total
from ka2budget.plan import plan_of
from ka2budget.project import Category, CostLine, Partner, Project, Role, WorkPackage
from ka2budget.report import Payment, Report, Result
from ka2budget.rules import Acceptance, Rules
from ka2budget.schedule import schedule
from ka2budget.settlement import Settlement, settle
from ka2budget.shares import share

TODAY = date(2026, 11, 22)
COUNTRIES = ("PL", "PT", "DE", "IT", "RO")
LONG = "Internationale Gesellschaft zur Förderung & Erwachsenenbildung <Länder> " * 4
PRICES = ("4000", "1.005", "0.333333", "1234.567", "2675.125", "89.99", "0.07", "350", "99.995", "12.345675")
UNITS = ("1", "5", "0.5", "2.25", "0.333333", "12", "3", "1.5", "7.1", "4.05")


def detailed_rules(maximum: str | None = "4000000", **fields: Any) -> Rules:  # noqa: ANN401
    rules = rules_for("ERASMUS-SPORT-SCP", 2026)
    known = {"formula": "detailed-budget", "rate": "0.8", "indirect": "0.07", "without_indirect": ["A5"]}
    price = DetailedBudget.model_validate(known | {"max_grant": maximum} | fields)
    heading = rules.grant_heading.model_copy(update={"price": price})
    accepted = Acceptance(method="acceptance", source=rules.final_report.source)
    return rules.model_copy(
        update={"structure": "costs", "headings": {"lump-sum": heading}, "final_report": accepted, "file": "x.toml"}
    )


def detailed_project(beneficiaries: int, packages: int = 4, name: str = "Example organisation") -> Project:
    """Return a project whose every third beneficiary has an affiliated entity, with one associated partner."""
    partners, last = [], beneficiaries - 1
    for number in range(beneficiaries):
        role = Role.PARTNER if number else Role.COORDINATOR
        country = COUNTRIES[number % len(COUNTRIES)]
        partners.append(
            Partner(id=f"P{number + 1}", name=f"{name} {number + 1}", country=country, role=role, type="vet-provider")
        )
    partners += [
        Partner(id=f"E{number + 1}", name=f"{name} entity", country="PL", role=Role.AFFILIATED, of=f"P{number + 1}")
        for number in range(0, beneficiaries, 3)
    ]
    partners.insert(1, Partner(id="X1", name="Example city council", country="NO", role=Role.ASSOCIATED))
    funded = [partner for partner in partners if partner.is_funded]
    work = []
    for part in range(packages):
        lines = []
        for number, partner in enumerate(funded):
            if number == last and part:
                continue  # takes part in the first work package alone
            for step in range(1 + (number + part) % 3):
                seed = number * 7 + part * 3 + step
                category = list(Category)[seed % len(Category)] if step else Category.EMPLOYEES
                lines.append(
                    CostLine(
                        partner=partner.id,
                        category=category,
                        label=None if seed % 4 == 0 else f"{name} {category.value}",
                        units=Decimal(UNITS[seed % len(UNITS)]),
                        unit_cost=Decimal(PRICES[(seed + part) % len(PRICES)]),
                    )
                )
        work.append(
            WorkPackage(
                id=f"WP{part + 1}", title=f"{name} package", lead="P1", start_month=1, end_month=36, costs=tuple(lines)
            )
        )
    return Project(
        action="ERASMUS-SPORT-SCP",
        call=2026,
        title=name,
        acronym="COVER",
        start=date(2026, 12, 1),
        months=36,
        partners=tuple(partners),
        work_packages=tuple(work),
    )


def calculated(project: Project, rules: Rules) -> Budget:
    budget = calculate(project, rules)
    return budget.model_copy(update={"findings": check(project, rules, budget)})


def budget_annex(project: Project, rules: Rules, language: str = "en") -> bytes:
    budget = calculated(project, rules)
    terms = terms_of(rules, project.months, budget.grant)
    dates = schedule(plan_of(project, rules, budget, terms))
    return annex.budget_annex(project, rules, budget, share(budget, terms), dates, today=TODAY, language=language)


def settled(project: Project, rules: Rules) -> Settlement:
    report = Report(
        work_packages=(
            Result(id="WP1", accepted=Decimal("0.9")),
            Result(id="WP2", rejected=Decimal("10.01"), accepted=Decimal(1)),
        ),
        payments=(Payment(date=date(2027, 1, 15), amount=Decimal("1000.00")),),
    )
    return settle(project, rules, calculate(project, rules), report, terms_of(rules, project.months, Decimal(1)))


def final_annex(project: Project, rules: Rules) -> bytes:
    return annex.final_annex(project, rules, calculated(project, rules), settled(project, rules), today=TODAY)


def binding(project: Project) -> Rules:
    """Return rules with a maximum of half the costs, if possible one that the rounded rows would pass by cents."""
    half = ((calculate(project, detailed_rules(None)).total_cost or Decimal(0)) / 2).quantize(Decimal(1))
    candidates = [detailed_rules(str(half + Decimal(cents) / 100)) for cents in range(40)]
    return next((rules for rules in candidates if passes_by_rounding(project, rules)), candidates[0])


def passes_by_rounding(project: Project, rules: Rules) -> bool:
    price = rules.grant_heading.price
    assert isinstance(price, DetailedBudget)
    return price.price(project).grant_of_table > (price.max_grant or 0)


def with_costs(project: Project, *lines: CostLine) -> Project:
    package = project.work_packages[0]
    package = package.model_copy(update={"costs": (*package.costs, *lines)})
    return project.model_copy(update={"work_packages": (package, *project.work_packages[1:])})


def half_cents() -> Project:
    """Return a project whose amounts lie on half a cent before they are rounded."""
    lines = (
        CostLine(
            partner="P1", category=Category.TRAVEL, units=Decimal(n) / 4, unit_cost=Decimal(2 * (n % 97) + 1) / 50 + n
        )
        for n in range(1, 400)
    )
    return with_costs(detailed_project(2, 1), *lines)


@cache
def files() -> dict[str, bytes]:
    """Return the annexes that LibreOffice recalculates, by name."""
    two, twelve, many = detailed_project(2, 2), detailed_project(12, 6), detailed_project(25, 10, LONG)
    return {
        "costs-2": budget_annex(two, detailed_rules(None)),
        "costs-12": budget_annex(twelve, binding(twelve)),
        "costs-25": budget_annex(many, detailed_rules("20000"), "de"),
        "costs-final": final_annex(twelve, binding(twelve)),
        "costs-rounding": budget_annex(half_cents(), detailed_rules()),
    }


def row_of(rows: list[dict[str, Any]], first: str, name: str) -> dict[str, Any]:
    return next(row for row in rows if row[first] == name)


@dataclass(frozen=True)
class Case:
    """A project under rules, with its annex; made once, at the first test that needs it."""

    project: Project
    kind: str

    @cached_property
    def rules(self) -> Rules:
        if self.kind == "binding":
            return binding(self.project)
        return detailed_rules() if self.kind == "rate" else detailed_rules(None)

    @cached_property
    def budget(self) -> Budget:
        return calculate(self.project, self.rules)

    @cached_property
    def content(self) -> bytes:
        return budget_annex(self.project, self.rules)

    @cached_property
    def book(self) -> Workbook:
        return values(self.content)

    @cached_property
    def live(self) -> Workbook:
        return formulas(self.content)


CASES = pytest.mark.parametrize(
    "case",
    [
        pytest.param(Case(project, kind), id=f"{beneficiaries}-{kind}")
        for beneficiaries, packages in [(2, 2), (12, 6), (25, 10)]
        for project in [detailed_project(beneficiaries, packages)]
        for kind in ("rate", "no-maximum", "binding")
    ],
)
TWELVE = detailed_project(12, 6)


def test_the_sheets() -> None:
    funded = [partner.id for partner in TWELVE.partners if partner.is_funded]
    names = values(budget_annex(TWELVE, detailed_rules())).sheetnames
    assert names[:4] == ["Cover", "Partners", "Work packages", "Costs"]
    assert set(names[4:-8]) == set(funded)
    assert names[-8:] == [
        "Costs by work package", "Lump sum breakdown", "Consolidated", "Person-months", "Findings", "Payments",
        "Instalments", "Basis",
    ]  # fmt: skip


@CASES
def test_every_beneficiary_has_a_sheet_with_units_and_unit_cost_by_work_package(case: Case) -> None:
    for partner in case.project.partners:
        lines = [
            (package, line) for package in case.project.work_packages for line in package.costs
            if line.partner == partner.id
        ]  # fmt: skip
        if not lines:
            assert partner.id not in case.book.sheetnames
            continue
        sheet = case.book[partner.id]
        titles = [row[0].value for row in sheet if row[0].font.b and str(row[0].value).startswith("WP")]
        assert titles == list(dict.fromkeys(f"{package.id} {package.title}" for package, _ in lines))
        typed = [
            (row[3].value, row[4].value) for row in sheet
            if isinstance(row[3].value, int | float) and isinstance(row[4].value, int | float)
        ]  # fmt: skip
        expected = [(float(line.units), float(line.unit_cost)) for _, line in lines]
        assert [units for units, _ in typed] == pytest.approx([units for units, _ in expected])
        assert [cost for _, cost in typed] == pytest.approx([cost for _, cost in expected])
        assert euros(card(sheet)["Direct costs"]) == case.budget.partners[partner.id].direct
        assert euros(card(sheet)["Grant"]) == case.budget.partners[partner.id].grant


def test_what_is_typed_stands_in_the_sheet_of_the_beneficiary_and_everything_follows_it() -> None:
    book = formulas(budget_annex(TWELVE, detailed_rules()))
    first = table(book["Costs"], "Partner")[0]
    assert (first["Units"], first["Cost per unit"]) == ("='P1'!D7", "='P1'!E7")
    assert not book["P1"]["D7"].protection.locked
    assert book["Costs"]["G5"].protection.locked


def test_a_beneficiary_may_be_called_like_a_sheet() -> None:
    partners = tuple(one.model_copy(update={"id": "COSTS"}) if one.id == "P1" else one for one in TWELVE.partners)
    packages = tuple(
        package.model_copy(
            update={
                "lead": "COSTS",
                "costs": tuple(
                    line.model_copy(update={"partner": "COSTS"}) if line.partner == "P1" else line
                    for line in package.costs
                ),
            }
        )
        for package in TWELVE.work_packages
    )
    project = TWELVE.model_copy(update={"partners": partners, "work_packages": packages})
    names = values(budget_annex(project, detailed_rules())).sheetnames
    assert {"Costs", "COSTS (2)"} <= set(names)


def test_the_same_input_gives_the_same_bytes() -> None:
    assert budget_annex(TWELVE, detailed_rules()) == budget_annex(TWELVE, detailed_rules())
    assert final_annex(TWELVE, detailed_rules()) == final_annex(TWELVE, detailed_rules())


@CASES
def test_the_cover_has_the_figures_of_the_budget(case: Case) -> None:
    budget, price = case.budget, case.rules.grant_heading.price
    assert isinstance(price, DetailedBudget)
    cover = card(case.book["Cover"])
    assert euros(cover["Total costs"]) == budget.total_cost
    assert euros(cover["Direct costs"]) + euros(cover["Indirect costs"]) == budget.total_cost
    assert euros(cover["Indirect costs"]) == budget.headings["E"].amount
    assert euros(cover["Grant"]) == budget.grant
    assert euros(cover["Carried by the partners"]) == (budget.total_cost or 0) - budget.grant
    assert cover["Funding rate of the call"] == 0.8
    assert cover["Rate that comes out"] == pytest.approx(float(budget.rate or 0), abs=1e-12)
    assert cover["Number of work packages"] == len(case.project.work_packages)
    assert "Project lump sum" not in cover
    if price.max_grant is None:
        assert "Maximum grant" not in cover
    else:
        assert euros(cover["Maximum grant"]) == price.max_grant


@CASES
def test_partners_have_what_the_budget_says(case: Case) -> None:
    budget = case.budget
    rows = table(case.book["Partners"], "ID")
    assert len(rows) == len(case.project.partners) + 1
    for row in rows[:-1]:
        its = budget.partners[row["ID"]]
        figures = [row[name] for name in ("Direct costs", "Indirect costs", "Total costs", "Grant", "Own part")]
        if row["ID"] == "X1":
            assert [*figures, row["Share of the grant"]] == [None] * 6
        else:
            assert [euros(value) for value in figures] == [its.direct, its.indirect, its.cost, its.grant, its.own_part]
            assert row["Share of the grant"] == pytest.approx(float(its.grant / budget.grant), abs=1e-12)
    assert euros(rows[-1]["Grant"]) == budget.grant
    assert euros(rows[-1]["Total costs"]) == budget.total_cost


def test_affiliated_entities_stand_behind_their_beneficiary_and_associated_partners_last() -> None:
    rows = table(values(budget_annex(detailed_project(5), detailed_rules()))["Partners"], "ID")
    assert [row["ID"] for row in rows[:-1]] == ["P1", "E1", "P2", "P3", "P4", "E4", "P5", "X1"]
    assert (rows[0]["Type"], rows[1]["Role"]) == ("vet provider", "Affiliated entity of P1")


@CASES
def test_work_packages_have_their_costs_and_their_grant(case: Case) -> None:
    budget = case.budget
    rows = table(case.book["Work packages"], "No.")
    for row, package in zip(rows[:-1], case.project.work_packages, strict=True):
        assert euros(row["Direct costs"]) == total(line.amount for line in package.costs)
        assert euros(row["Grant"]) == budget.work_packages[package.id].amount
        assert euros(row["Total costs"]) == euros(row["Direct costs"]) + euros(row["Indirect costs"])
    assert euros(rows[-1]["Total costs"]) == budget.total_cost
    assert euros(rows[-1]["Indirect costs"]) == budget.headings["E"].amount
    assert euros(rows[-1]["Grant"]) == budget.grant


@CASES
def test_every_cost_line_is_there_and_adds_up(case: Case) -> None:
    budget = case.budget
    rows = table(case.book["Costs"], "Partner")
    shown = [(row["Partner"], row["Work package"], row["Category"], euros(row["Amount"])) for row in rows[:-1]]
    expected = [(line.partner, line.work_package, line.heading, line.amount) for line in budget.lines]
    assert sorted(shown) == sorted((one, part or "", name, amount) for one, part, name, amount in expected)
    assert euros(rows[-1]["Amount"]) == total(line.amount for line in budget.lines)


def test_cost_lines_are_grouped_by_partner_and_work_package() -> None:
    rows = table(values(budget_annex(TWELVE, detailed_rules()))["Costs"], "Partner")[:-1]
    groups = [(row["Partner"], row["Work package"]) for row in rows]
    changes = sum(one != other for one, other in pairwise(groups))
    assert changes == len(set(groups)) - 1
    assert row_of(rows, "Category", "C1.travel")["Name of the category"] == "Travel"


def test_amounts_of_cost_lines_are_formulas_and_no_decimal_is_hidden() -> None:
    sheet = formulas(budget_annex(TWELVE, detailed_rules()))["Costs"]
    assert (sheet["I6"].value, sheet["G6"].number_format) == ("=ROUND(G6 * H6, 2)", "#,##0.00####")
    assert sheet["H6"].number_format == '"€"#,##0.00####;-"€"#,##0.00####'
    assert all(str(row[8].value).startswith("=") for row in sheet.iter_rows(min_row=6))


@CASES
def test_the_matrices_add_up_to_the_budget(case: Case) -> None:
    budget, book = case.budget, case.book
    costs = table(book["Costs by work package"], "Organisation")
    grants = table(book["Lump sum breakdown"], "Participant")
    assert set(grants[0].values()) == {"Forms of funding", "Lump sum contribution"}
    whole = row_of(grants, "Participant", "Total consortium")
    body = grants[1 : grants.index(whole)]
    for rows, last, expected in (
        (costs[:-1], costs[-1], budget.total_cost),
        (body, whole, budget.grant),
    ):
        *columns, sum_ = list(last)[1:]
        for column in (*columns, sum_):
            assert euros(last[column]) == total(euros(row[column]) for row in rows if row[column] is not None)
        for row in rows:
            if row[sum_] is not None:
                assert euros(row[sum_]) == total(euros(row[name]) for name in columns if row[name] is not None)
        assert euros(last[sum_]) == expected
    amounts = [part.amount for part in budget.work_packages.values()]
    assert [euros(value) for value in list(whole.values())[1:-1]] == amounts
    by_name = {row["Participant"].split(" ")[2]: row["Maximum grant amount"] for row in body}
    assert by_name.pop("X1") is None
    assert {name: euros(value) for name, value in by_name.items()} == {
        name: partner.grant for name, partner in budget.partners.items() if name != "X1"
    }


def test_the_breakdown_has_the_shape_of_annex_2() -> None:
    project = detailed_project(4)
    sheet = values(budget_annex(project, binding(project)))["Lump sum breakdown"]
    assert sheet["A1"].value == "Estimated budget - lump sum breakdown"
    assert [row["Participant"] for row in table(sheet, "Participant")] == [
        "Forms of funding", "1 - P1 Example organisation 1", "1.1 - E1 Example organisation entity",
        "2 - P2 Example organisation 2", "3 - P3 Example organisation 3", "4 - P4 Example organisation 4",
        "4.1 - E4 Example organisation entity", "5 - X1 Example city council", "Total consortium",
        "Maximum grant of the call", "Above the maximum grant",
    ]  # fmt: skip
    assert sheet.print_title_rows == "$5:$6"
    assert sheet.freeze_panes == "B7"


def test_a_binding_maximum_is_reached_and_not_passed() -> None:
    rules = binding(TWELVE)
    assert passes_by_rounding(TWELVE, rules)
    book = values(budget_annex(TWELVE, rules))
    rows = table(book["Lump sum breakdown"], "Participant")
    most = euros(row_of(rows, "Participant", "Maximum grant of the call")["Maximum grant amount"])
    assert euros(row_of(rows, "Participant", "Total consortium")["Maximum grant amount"]) == most
    assert euros(row_of(rows, "Participant", "Above the maximum grant")["Maximum grant amount"]) == 0
    assert card(book["Cover"])["Rate that comes out"] < 0.8
    live = formulas(budget_annex(TWELVE, rules))
    assert str(card(live["Cover"])["Rate that comes out"]).startswith("=MIN(")
    check_ = row_of(table(live["Lump sum breakdown"], "Participant"), "Participant", "Above the maximum grant")
    assert str(check_["Maximum grant amount"]).startswith("=MAX(ROUND(")


def test_without_a_maximum_the_breakdown_ends_with_its_total() -> None:
    rows = table(values(budget_annex(TWELVE, detailed_rules(None)))["Lump sum breakdown"], "Participant")
    assert rows[-1]["Participant"] == "Total consortium"


def test_the_maximum_for_so_many_months_is_shown() -> None:
    rules = detailed_rules(None, max_grant_by_months={"24": "1", "36": "1500000"})
    assert euros(card(values(budget_annex(TWELVE, rules))["Cover"])["Maximum grant"]) == 1_500_000


@CASES
def test_categories_have_the_sums_of_the_budget(case: Case) -> None:
    budget = case.budget
    rows = table(case.book["Consolidated"], "Category")
    amounts = {row["Category"]: euros(row["Amount"]) for row in rows}
    for name, amount in ((name, part.amount) for name, part in budget.headings.items()):
        assert amounts["E. Indirect costs" if name == "E" else name] == amount
    direct = amounts["TOTAL DIRECT COSTS INCLUDING SUBCONTRACTING (A+B+C+D)"]
    assert direct == amounts["A"] + amounts["B"] + amounts["C"] + amounts["D"]
    assert direct == total(line.amount for line in budget.lines)
    assert amounts["TOTAL COSTS (A+B+C+D+E)"] == budget.total_cost
    shares = {row["Category"]: row["Share of direct costs"] for row in rows}
    assert shares["A"] == pytest.approx(float(amounts["A"] / direct), abs=1e-12)


def test_every_category_has_its_official_label() -> None:
    assert {category.value for category in Category} <= set(LABELS)
    rows = table(values(budget_annex(TWELVE, detailed_rules()))["Consolidated"], "Category")
    assert rows[0]["Name of the category"] == "DIRECT PERSONNEL COSTS"


@CASES
def test_person_months_are_those_of_three_categories(case: Case) -> None:
    rows = table(case.book["Person-months"], "Organisation")
    expected = sum(
        line.units
        for package in case.project.work_packages
        for line in package.costs
        if line.category in {Category.EMPLOYEES, Category.NATURAL_PERSONS, Category.SECONDED_PERSONS}
    )
    assert rows[-1]["Total"] == pytest.approx(float(expected), abs=1e-9)


def test_without_person_months_their_sheet_is_left_out() -> None:
    lines = (
        CostLine(partner="P1", category=Category.VOLUNTEERS, units=Decimal(7), unit_cost=Decimal(100)),
        CostLine(partner="P1", category=Category.SME_OWNERS, units=Decimal(7), unit_cost=Decimal(100)),
        CostLine(partner="P2", category=Category.EMPLOYEES, units=Decimal(0), unit_cost=Decimal(100)),
    )
    project = detailed_project(2)
    package = project.work_packages[0].model_copy(update={"costs": lines})
    book = values(budget_annex(project.model_copy(update={"work_packages": (package,)}), detailed_rules()))
    assert "Person-months" not in book.sheetnames


@CASES
def test_what_follows_from_cells_is_a_formula(case: Case) -> None:
    live, given = case.live, case.book
    cover = card(live["Cover"])
    for name in ("Total costs", "Direct costs", "Indirect costs", "Grant", "Carried by the partners"):
        assert str(cover[name]).startswith("="), name
    for sheet, first, columns in (
        ("Partners", "ID", ("Direct costs", "Total costs", "Grant", "Share of the grant", "Own part")),
        ("Work packages", "No.", ("Direct costs", "Total costs", "Grant", "Share of the grant")),
        ("Consolidated", "Category", ("Amount",)),
    ):
        for row in table(live[sheet], first):
            if row[first] != "X1":
                assert all(str(row[column]).startswith("=") for column in columns), row
    for page in live:
        for cells in page.iter_rows():
            for cell in cells:
                if cell.data_type == "f":
                    assert isinstance(given[page.title][cell.coordinate].value, int | float), cell.value


@pytest.mark.parametrize("partner", ["P9", "X1"])
def test_costs_that_nobody_may_have_are_not_hidden(partner: str) -> None:
    line = CostLine(partner=partner, category=Category.EQUIPMENT, units=Decimal(1), unit_cost=Decimal("12.34"))
    project = with_costs(detailed_project(2), line)
    budget, book = calculate(project, detailed_rules()), values(budget_annex(project, detailed_rules()))
    cover = card(book["Cover"])
    assert cover["State"].startswith("DRAFT")
    assert euros(cover["Total costs"]) == budget.total_cost
    assert euros(cover["Grant"]) == budget.grant
    rows = table(book["Costs by work package"], "Organisation")
    assert euros(row_of(rows, "Organisation", "P9" if partner == "P9" else "X1 Example city council")["Total"]) == (
        Decimal("13.20")
    )
    assert euros(rows[-1]["Total"]) == budget.total_cost


def test_ids_used_twice_have_their_amounts_once() -> None:
    project = detailed_project(3)
    twice = project.model_copy(
        update={
            "partners": (*project.partners, project.partners[0].model_copy(update={"name": "Other"})),
            "work_packages": (*project.work_packages, project.work_packages[0]),
        }
    )
    budget, book = calculate(twice, detailed_rules()), values(budget_annex(twice, detailed_rules()))
    for sheet, first in (("Partners", "ID"), ("Work packages", "No.")):
        assert euros(table(book[sheet], first)[-1]["Total costs"]) == budget.total_cost


@pytest.mark.parametrize("packages", [0, 1])
def test_unfinished_projects_have_an_annex_too(packages: int) -> None:
    project = detailed_project(2)
    empty = tuple(package.model_copy(update={"costs": ()}) for package in project.work_packages[:packages])
    book = values(budget_annex(project.model_copy(update={"work_packages": empty}), detailed_rules()))
    assert euros(card(book["Cover"])["Grant"]) == 0
    assert "Person-months" not in book.sheetnames


@pytest.mark.parametrize("text", ["=1+1", "@SUM(1)", "<r>x</r>", "{=1}", "007", "ü" * 900])
def test_text_stays_text(text: str) -> None:
    line = CostLine(partner="P1", category=Category.OTHER_GOODS, label=text, units=Decimal(1), unit_cost=Decimal(1))
    sheet = formulas(budget_annex(with_costs(detailed_project(2), line), detailed_rules()))["Costs"]
    found = [cell for row in sheet.iter_rows() for cell in row if str(cell.value).rstrip() == text]
    assert [cell.data_type for cell in found] == ["s"]


@pytest.mark.parametrize("ids", [("WP1", "wp1"), ("1", "1.0"), ("1E1", "10"), ("MAR-1", "1-MAR")])
def test_work_packages_whose_ids_look_alike_keep_their_own_costs(ids: tuple[str, str]) -> None:
    project = detailed_project(2, 2)
    packages = tuple(
        package.model_copy(update={"id": name}) for name, package in zip(ids, project.work_packages, strict=True)
    )
    project = project.model_copy(update={"work_packages": packages})
    rows = table(values(budget_annex(project, detailed_rules()))["Work packages"], "No.")
    for row, package in zip(rows, packages, strict=False):
        assert euros(row["Direct costs"]) == total(line.amount for line in package.costs)


def test_the_final_annex_has_work_packages_and_partners() -> None:
    rules = binding(TWELVE)
    settlement, content = settled(TWELVE, rules), final_annex(TWELVE, rules)
    book = values(content)
    assert book.sheetnames == ["Cover", "Work packages", "Partners", "Findings", "Basis"]
    rows = table(book["Work packages"], "No.")
    assert list(rows[0]) == [
        "No.", "Title", "Amount", "Refused", "Share paid of the rest", "Payable", "Difference to the amount",
    ]  # fmt: skip
    for row in rows[:-1]:
        part = settlement.work_packages[row["No."]]
        assert (euros(row["Amount"]), euros(row["Refused"])) == (part.amount, part.rejected)
        assert euros(row["Payable"]) == part.accepted
        assert euros(row["Difference to the amount"]) == part.accepted - part.amount
    assert euros(card(book["Cover"])["Final grant"]) == settlement.final_grant
    partners = table(book["Partners"], "ID")
    assert euros(partners[-1]["Final grant"]) == settlement.final_grant
    assert str(table(formulas(content)["Work packages"], "No.")[1]["Payable"]).startswith("=(")


def test_content_has_what_the_layout_may_show() -> None:
    rules = detailed_rules()
    budget = calculated(TWELVE, rules)
    terms = terms_of(rules, TWELVE.months, budget.grant)
    content = detailed.detailed_content(TWELVE, rules, budget, share(budget, terms), (), TODAY, "en")
    assert content.keys() == detailed.VOCABULARY.keys()
    for name, source in content.items():
        for item in getattr(source, "items", ()):
            assert tuple(item.record) == detailed.VOCABULARY[name]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('needs = "maximum"', 'needs = "most"', "the project has no field 'most'"),
        ('field = "id", name = "id", width = 8', 'field = "id", width = 8', "shows 'id' as words; give it a name"),
        ('name = "whole"', 'name = "total"', "the name 'total' is reserved"),
        ("{amount@direct} + {amount@indirect}", "{amount@directly}", "categories has no row 'directly'"),
        ("{amount@direct} + {amount@indirect}", "{amount@whole}", "in a circle"),
        ('formulas = { amount = "{amount@direct} +', 'formulas = { code = "{amount@direct} +', "beside a label"),
        ("== {id}) *", "== {id}) +", "a formula has + - * /"),
        ("LEN({code})", "LEN({label})", "a formula has + - * /"),
        ("MIN({call_rate}, ", "MIN(", "a formula has + - * /"),
    ],
)
def test_a_broken_layout_is_refused(tmp_path: Path, old: str, new: str, message: str) -> None:
    folder = Path(shutil.copytree(annex.LAYOUTS, tmp_path / "annexes"))
    path = folder / "budget-costs.toml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(Unreadable, match=re.escape(message)):
        read_layout(folder, "budget", "costs")


def test_rules_without_a_detailed_budget_are_a_mistake_in_the_catalogue() -> None:
    rules = detailed_rules()
    content = share(calculated(TWELVE, rules), terms_of(rules, 36, Decimal(1)))
    menu = rules.model_copy(update={"headings": rules_for("KA220-SCH", 2026).headings})
    with pytest.raises(TypeError, match="no detailed budget"):
        detailed.detailed_content(TWELVE, menu, calculate(TWELVE, rules), content, (), TODAY, "en")


def test_sums_beside_texts_are_calculated_as_spreadsheets_do() -> None:
    exact = parse("SUMPRODUCT(({text@all} == {id}) * {amount@all})")
    begun = parse("SUMPRODUCT((LEFT({text@all}, LEN({id})) == {id}) * {amount@all})")
    texts, amounts = ("C1", "c1", "C1.travel", None), (Decimal(1), Decimal(2), Decimal(4), Decimal(8))
    assert exact.value([texts, ("C1",), amounts]) == 3
    assert begun.value([texts, ("C1",), ("C1",), amounts]) == 7
    assert begun.value([texts, ("C1",), ("C1",), amounts[:3]]) is None
    assert exact.value([texts, (None,), amounts]) is None
    assert exact.spelled(["A1:A4", "B1", "C1:C4"]) == "=SUMPRODUCT((A1:A4 = B1) * C1:C4)"
    assert parse("MAX({a} - {b}, 0)").value([(Decimal(1),), (Decimal(2),)]) == 0
