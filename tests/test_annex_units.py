"""The annexes of grants that are a sum of units and real costs: every amount is the budget's, and hangs together."""

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
from test_annex_costs import LONG, binding, calculated, detailed_project, detailed_rules, row_of
from test_annex_costs import budget_annex as budget_annex_of_costs
from test_annex_costs import final_annex as final_annex_of_parts

from ka2budget import annex, steps
from ka2budget.agreement import Agreement, terms_of
from ka2budget.annex import outcome, units
from ka2budget.annex.reading import read_layout
from ka2budget.budget import Budget
from ka2budget.catalogue import Entry, catalogue, rules_for
from ka2budget.errors import Unreadable
from ka2budget.formulas import FlatRate, PerDay, PerDayOfStay, PerMonthOfStay, PerParticipant, ShareOfCost, UnitPrice
from ka2budget.model import Model
from ka2budget.money import cents, total
from ka2budget.pricing import PricedUnits, price_units
from ka2budget.project import Depreciation, Partner, Project, RealCost, Role, Unit
from ka2budget.report import Assessment, Delivered, Payment, Report, Result, Transfer
from ka2budget.rules import ActualCosts
from ka2budget.settlement import Settlement, settle
from ka2budget.steps import Examined

TODAY = date(2026, 11, 22)
COUNTRIES = ("DE", "PL", "PT", "AT", "RO")


def organisations(count: int, name: str = "Example organisation", cost: str | None = None) -> tuple[Partner, ...]:
    """Return so many partners, and an associated one among them."""
    partners = [
        Partner(
            id=f"P{number}",
            name=f"{name} {number}",
            country=COUNTRIES[number % len(COUNTRIES)],
            role=Role.COORDINATOR if number == 1 else Role.PARTNER,
            estimated_cost=None if cost is None else Decimal(cost),
        )
        for number in range(1, count + 1)
    ]
    associated = Partner(id="X1", name="Example city council", country="NO", role=Role.ASSOCIATED)
    return (partners[0], associated, *partners[1:])


def of_partner(number: int, name: str) -> tuple[Unit, ...]:
    """Return units of a partner under every heading of a Strategic Partnership, the one with two rates included."""
    partner = f"P{number}"
    return (
        Unit(heading="project-management", partner=partner),
        Unit(
            heading="transnational-meetings",
            partner=partner,
            label=f"{name}: kick-off",
            participants=2,
            distance_km=Decimal(1234),
        ),
        Unit(
            heading="intellectual-outputs",
            partner=partner,
            label="Handbook",
            profile="teacher",
            days=Decimal(12 + number % 5),
        ),
        Unit(heading="multiplier-events", partner=partner, label="Conference", kind="local", participants=20),
        Unit(heading="travel", partner=partner, label="Training week", participants=3, distance_km=Decimal("499.9")),
        Unit(
            heading="individual-support",
            partner=partner,
            label="Training weeks",
            kind="learner",
            participants=3,
            days=Decimal(20),
        ),
    )


def partnership(count: int, name: str = "Example organisation", **changes: Any) -> Project:  # noqa: ANN401
    """Return a Strategic Partnership that uses every heading and passes two ceilings of headings."""
    mine = [unit for number in range(1, count + 1) for unit in of_partner(number, name)]
    mine += [
        Unit(
            heading="long-term-staff",
            partner="P1",
            label="Teaching in Lisbon",
            kind="staff",
            participants=1,
            days=Decimal(75),
            country="PT",
        ),
        Unit(
            heading="long-term-pupils",
            partner="P2",
            label="Term in Gdańsk",
            participants=2,
            months=2,
            days=Decimal(13),
            country="PL",
        ),
        Unit(heading="linguistic-support", partner="P2", label="Polish for the term", participants=2),
        Unit(
            heading="expensive-travel",
            partner="P2",
            label="From the islands",
            participants=2,
            distance_km=Decimal(2100),
            cost=Decimal("1399.99"),
        ),
        Unit(
            heading="expensive-travel",
            partner="P2",
            label="Not that expensive",
            participants=2,
            distance_km=Decimal(2100),
            cost=Decimal(800),
        ),
    ]
    known: dict[str, Any] = {
        "action": "KA201",
        "call": 2018,
        "title": name,
        "acronym": "ANNEX",
        "start": date(2018, 9, 1),
        "months": 36,
        "partners": organisations(count, name),
        "units": tuple(mine),
        "real_costs": (
            RealCost(heading="special-needs", partner="P2", label="Sign language", amount=Decimal("1234.56")),
            RealCost(heading="exceptional-costs", partner="P1", label="Film", amount=Decimal("66666.67")),
            RealCost(heading="exceptional-costs", partner="P2", label="Licences", amount=Decimal("3333.33")),
            RealCost(heading="financial-guarantee", partner="P1", label="Bank", amount=Decimal("1000.01")),
        ),
    }
    return Project(**(known | changes))


def master(**changes: Any) -> Project:  # noqa: ANN401
    """Return an Erasmus Mundus Joint Master with additional scholarships."""
    known: dict[str, Any] = {
        "action": "ERASMUS-EDU-PEX-EMJM-MOB",
        "call": 2025,
        "title": "Example Joint Master",
        "acronym": "MASTER",
        "start": date(2025, 10, 1),
        "months": 74,
        "partners": tuple(
            one.model_copy(update={"type": "higher-education"}) for one in organisations(3, "Example University")
        ),
        "units": (
            Unit(heading="institutional-costs", partner="P1", label="First intake", students=60, months=24),
            Unit(heading="institutional-costs", partner="P1", label="Second intake", students=50, months=24),
            Unit(heading="scholarships", partner="P1", label="All intakes", students=50, months=24),
            Unit(heading="individual-needs", partner="P1", label="Personal assistance", cost=Decimal(20_000)),
            Unit(heading="individual-needs", partner="P2", label="Too little", cost=Decimal(100)),
            Unit(heading="top-up-ndici-scholarships", partner="P1", students=18, months=24),
            Unit(heading="top-up-ndici-institutional", partner="P1", students=18, months=24),
        ),
    }
    return Project(**(known | changes))


def capacity(**changes: Any) -> Project:  # noqa: ANN401
    """Return a project with shares of real costs, a flat rate on them, and a maximum that binds."""
    known: dict[str, Any] = {
        "action": "CAPACITY-BUILDING-YOUTH",
        "call": 2018,
        "title": "Example of youth",
        "start": date(2018, 9, 1),
        "months": 24,
        "partners": organisations(3, cost="120000"),
        "real_costs": tuple(
            RealCost(heading="project-costs", partner=f"P{number}", label=f"Workshops {number}", amount=Decimal(amount))
            for number, amount in ((1, "99999.99"), (2, "77777.77"), (3, "12345.67"), (1, "33.33"))
        ),
    }
    return Project(**(known | changes))


def budget_annex(project: Project, language: str = "en", templates: Path | None = None) -> bytes:
    examined = steps.examine(project)
    shares, dates = steps.share_out(examined), steps.dates_of(examined)
    return annex.budget_annex(*examined, shares, dates, today=TODAY, language=language, templates=templates)


def report_of(project: Project, score: int | None = None) -> Report:
    """Return a report in which half of the headings did less than planned and some did more."""
    achieved = [
        unit.model_copy(update={"participants": unit.participants + 1})
        if unit.heading == "travel" and unit.participants
        else unit
        for unit in project.units
        if unit.heading != "linguistic-support"
    ]
    costs = [cost.model_copy(update={"amount": cost.amount / 2 // 1}) for cost in project.real_costs]
    return Report(
        assessment=Assessment(score=score),
        units=tuple(achieved),
        real_costs=tuple(costs),
        payments=(Payment(date=date(2019, 1, 15), amount=Decimal(50_000)),),
        transfers=(Transfer(date=date(2019, 2, 15), amount=Decimal(7_000), partner="P2"),),
    )


def allowed(project: Project) -> Examined:
    """Return what was examined without the errors of an invented consortium, which forbid a settlement."""
    examined = steps.examine(project)
    return examined._replace(budget=examined.budget.model_copy(update={"findings": ()}))


def final_annex(project: Project, report: Report, agreement: Agreement | None = None) -> bytes:
    examined = allowed(project)
    return annex.final_annex(*examined, steps.assess(examined, report, agreement), today=TODAY)


def with_equipment(partners: int = 4) -> Project:
    """Return a project with a detailed budget, two partners of which buy equipment."""
    project = detailed_project(partners)
    first, second, *others = project.work_packages
    lathe = Depreciation(
        partner="P2",
        label="Lathe",
        purchased=date(2027, 2, 28),
        purchase_cost=Decimal("1999.99"),
        project_use=Decimal("0.5"),
        lifetime_use=Decimal("0.333333"),
        justification="The workshop has none.",
    )
    kiln = lathe.model_copy(update={"partner": "P1", "label": "Kiln", "purchased": None, "justification": None})
    packages = (
        first.model_copy(update={"depreciation": (lathe,)}),
        second.model_copy(update={"depreciation": (kiln, lathe)}),
    )
    return project.model_copy(update={"work_packages": (*packages, *others)})


def real_costs() -> tuple[Examined, Settlement]:
    """Return a detailed budget of which the real costs are paid, with one work package that was not delivered."""
    project = detailed_project(3, 3)
    rules = binding(project)
    paid = ActualCosts(method="actual-costs", source=rules.final_report.source)
    rules = rules.model_copy(update={"final_report": paid})
    budget = calculated(project, rules)
    first, second, third = project.work_packages
    report = Report(
        work_packages=(
            Result(id=first.id, costs=first.costs),
            Result(id=second.id, costs=second.costs[:1], rejected=Decimal("10.01")),
            Result(id=third.id, delivered=Delivered.NO),
        ),
        payments=(Payment(date=date(2027, 1, 15), amount=Decimal(1000)),),
    )
    terms = terms_of(rules, project.months, budget.grant)
    return Examined(project, rules, budget), settle(project, rules, budget, report, terms)


def real_costs_annex() -> bytes:
    examined, settlement = real_costs()
    return annex.final_annex(*examined, settlement, today=TODAY)


@cache
def files() -> dict[str, bytes]:
    """Return the annexes that LibreOffice recalculates, by name."""
    four = partnership(4)
    return {
        "units-4": budget_annex(four),
        "units-25": budget_annex(partnership(25, LONG), "de"),
        "units-master": budget_annex(master()),
        "units-capacity": budget_annex(capacity()),
        "units-final": final_annex(four, report_of(four, 45)),
        "units-final-master": final_annex(master(), report_of(master())),
        "costs-real": real_costs_annex(),
        "costs-depreciation": budget_annex_of_costs(with_equipment(), detailed_rules()),
    }


@dataclass(frozen=True)
class Case:
    """A project with its annex; made once, at the first test that needs it."""

    project: Project

    @cached_property
    def examined(self) -> Examined:
        return steps.examine(self.project)

    @property
    def budget(self) -> Budget:
        return self.examined.budget

    @cached_property
    def priced(self) -> PricedUnits:
        return price_units(self.project, self.examined.rules, self.project.units, self.project.real_costs)

    @cached_property
    def content(self) -> bytes:
        return budget_annex(self.project)

    @cached_property
    def book(self) -> Workbook:
        return values(self.content)

    @cached_property
    def live(self) -> Workbook:
        return formulas(self.content)

    def label(self, heading: str) -> str:
        return self.examined.rules.headings[heading].label


FOUR = Case(partnership(4))
CAPPED = Case(partnership(25, months=24))
CASES = pytest.mark.parametrize(
    "case",
    [
        pytest.param(Case(partnership(2)), id="2"),
        pytest.param(FOUR, id="4"),
        pytest.param(Case(partnership(25, LONG)), id="25-long-names"),
        pytest.param(CAPPED, id="25-above-the-maximum"),
        pytest.param(Case(master()), id="master"),
        pytest.param(Case(capacity()), id="real-costs"),
    ],
)


def test_the_sheets() -> None:
    assert FOUR.book.sheetnames == [
        "Cover", "Partners", "Units", "Headings", "Distribution", "Findings", "Payments", "Instalments", "Basis",
    ]  # fmt: skip


def test_the_same_input_gives_the_same_bytes() -> None:
    assert budget_annex(FOUR.project) == FOUR.content
    assert final_annex(FOUR.project, report_of(FOUR.project)) == final_annex(FOUR.project, report_of(FOUR.project))


@CASES
def test_the_cover_has_the_figures_of_the_budget(case: Case) -> None:
    budget, priced, cover = case.budget, case.priced, card(case.book["Cover"])
    everything = total(line.amount for line in budget.lines)
    assert euros(cover["Calculated from units and real costs"]) == everything
    within = total(amount for row in priced.awarded.values() for amount in row.values())
    assert euros(cover["Cut by ceilings of headings"]) == everything - within
    assert euros(cover["Grant"]) == budget.grant
    assert cover["Number of budget headings"] == len(budget.headings)
    if priced.most is None:
        assert "Maximum grant of the call" not in cover
        assert "Cut by the maximum grant" not in cover
    else:
        assert euros(cover["Maximum grant of the call"]) == priced.most
        assert euros(cover["Cut by the maximum grant"]) == within - budget.grant
    for name in ("Calculated from units and real costs", "Cut by ceilings of headings", "Grant"):
        assert str(card(case.live["Cover"])[name]).startswith("="), name


@CASES
def test_partners_have_what_the_budget_says(case: Case) -> None:
    rows = table(case.book["Partners"], "ID")
    assert [row["ID"] for row in rows[-2:]] == ["X1", "Total"]
    assert len(rows) == len(case.project.partners) + 1
    for row in rows[:-2]:
        its = case.budget.partners[row["ID"]]
        assert euros(row["Grant"]) == its.grant
        assert euros(row["Calculated"]) == total(line.amount for line in case.budget.lines if line.partner == row["ID"])
        assert row["Share of the grant"] == pytest.approx(float(its.grant / case.budget.grant), abs=1e-12)
        assert (its.cost is None) == ("Estimated cost" not in row)
        if its.cost is not None:
            assert (euros(row["Estimated cost"]), euros(row["Own part"])) == (its.cost, its.own_part)
    assert rows[-2]["Grant"] is None
    assert euros(rows[-1]["Grant"]) == case.budget.grant


@CASES
def test_every_charge_is_there_and_adds_up(case: Case) -> None:
    rows = table(case.book["Units"], "Partner")
    shown = [(row["Partner"], row["Heading"], row["What it is for"], euros(row["Amount"])) for row in rows[:-1]]
    found = [
        (line.partner, case.label(line.heading), line.label or of_flat_rate(line.heading), line.amount)
        for line in case.budget.lines
    ]
    assert sorted(shown, key=str) == sorted(found, key=str)
    assert euros(rows[-1]["Amount"]) == total(line.amount for line in case.budget.lines)


def of_flat_rate(heading: str) -> str | None:
    return "Costs of the project" if heading == "indirect-costs" else None


@CASES
def test_every_amount_of_a_charge_is_a_live_formula(case: Case) -> None:
    live, given = table(case.live["Units"], "Partner"), table(case.book["Units"], "Partner")
    for row, its in zip(live[:-1], given[:-1], strict=True):
        assert str(row["Amount"]).startswith("=ROUND("), row
        factor = its.get("Share paid of the cost") if its.get("Rate") is None else its["Rate"]
        quantity, factor, per = (Decimal(str(one)) for one in (its["Quantity"], factor, its.get("Rate is for") or 1))
        assert cents(quantity * factor / per) == euros(its["Amount"])


@CASES
def test_charges_are_grouped_by_partner_and_heading(case: Case) -> None:
    rows = table(case.book["Units"], "Partner")[:-1]
    for groups in ([row["Partner"] for row in rows], [(row["Partner"], row["Heading"]) for row in rows]):
        assert sum(one != other for one, other in pairwise(groups)) == len(set(groups)) - 1


def test_several_rates_of_one_unit_are_several_lines() -> None:
    rows = table(FOUR.book["Units"], "Partner")
    stay = [row for row in rows if row["What it is for"] == "Teaching in Lisbon"]
    assert [(row["Quantity"], row["Rate"], row["Counted in"]) for row in stay] == [
        (14, 110, "participants x days"), (46, 77, "participants x days"), (15, 55, "participants x days"),
    ]  # fmt: skip
    term = [row for row in rows if row["What it is for"] == "Term in Gdańsk"]
    assert [(row["Quantity"], row["Rate is for"], row["Counted in"]) for row in term] == [
        (4, None, "participants x months"), (26, 30, "participants x days"),
    ]  # fmt: skip
    assert [str(row["Amount"]) for row in table(FOUR.live["Units"], "Partner") if row["Rate is for"]] == [
        "=ROUND(F25 * H25 / I25, 2)"
    ]


def test_shares_of_real_costs_are_no_rates() -> None:
    rows = table(FOUR.book["Units"], "Partner")
    film, travel, cheap = (
        row_of(rows, "What it is for", name) for name in ("Film", "From the islands", "Not that expensive")
    )
    assert (film["Quantity"], film["Counted in"], film["Rate"]) == (66666.67, "EUR of real cost", None)
    assert (film["Share paid of the cost"], euros(film["Amount"])) == (0.75, Decimal("50000.00"))
    assert (travel["Share paid of the cost"], travel["Rate"], travel["Counted in"]) == (0.8, None, "EUR of real cost")
    assert (cheap["Share paid of the cost"], cheap["Rate"], cheap["Counted in"]) == (None, 360, "participants")
    indirect = row_of(table(Case(capacity()).book["Units"], "Partner"), "Heading", "Indirect costs")
    assert (indirect["Counted in"], indirect["Share paid of the cost"]) == ("EUR of other headings", 0.07)


def test_columns_that_nothing_needs_are_left_out() -> None:
    assert not {"Share paid of the cost", "Rate is for"} & set(table(Case(master()).book["Units"], "Partner")[0])
    assert not {"Rate", "Rate is for"} & set(table(Case(capacity()).book["Units"], "Partner")[0])


def test_every_formula_by_the_unit_says_what_it_counts() -> None:
    assert {one for one in units._COUNTED_IN if issubclass(one, UnitPrice)} == set(UnitPrice.__subclasses__())  # noqa: SLF001


@CASES
def test_headings_have_what_the_budget_says(case: Case) -> None:
    budget, rows = case.budget, table(case.book["Headings"], "Heading")
    assert [row["Heading"] for row in rows[:-1]] == [
        case.label(name) for name in case.examined.rules.headings if name in budget.headings
    ]
    for name, part in budget.headings.items():
        row = row_of(rows, "Heading", case.label(name))
        calculated_ = total(line.amount for line in budget.lines if line.heading == name)
        within = total(case.priced.awarded[name].values())
        assert [euros(row[one]) for one in ("Calculated", "Cut by the ceiling", "Within the ceiling", "Grant")] == [
            calculated_, calculated_ - within, within, part.amount,
        ]  # fmt: skip
        heading = case.examined.rules.headings[name]
        assert ("Not confirmed" in row["Document and page"]) == (heading.doubt is not None)
        assert str(case.examined.rules.cite(heading.source)) in row["Document and page"]
    assert euros(rows[-1]["Grant"]) == budget.grant
    for row in table(case.live["Headings"], "Heading"):
        for name in ("Calculated", "Within the ceiling", "Grant", "Share of the grant"):
            assert str(row[name]).startswith("="), row


def test_ceilings_and_the_maximum_cut() -> None:
    cover, rows = card(CAPPED.book["Cover"]), table(CAPPED.book["Headings"], "Heading")
    assert euros(cover["Grant"]) == euros(cover["Maximum grant of the call"]) == 12_500 * 24
    assert euros(cover["Cut by the maximum grant"]) > 0
    management, events, film = (
        row_of(rows, "Heading", name)
        for name in ("Project management and implementation", "Multiplier events", "Exceptional costs")
    )
    assert euros(management["Within the ceiling"]) == 2_750 * 24
    assert euros(events["Within the ceiling"]) == 30_000
    assert (euros(film["Calculated"]), euros(film["Cut by the ceiling"])) == (52_500, 2_500)
    assert euros(film["Grant"]) < euros(film["Within the ceiling"])


@CASES
def test_the_distribution_adds_up_in_rows_and_columns(case: Case) -> None:
    budget = case.budget
    by_heading = len(budget.headings) > len(budget.partners) - 1
    rows = table(case.book["Distribution"], "Heading" if by_heading else "Organisation")
    first = next(iter(rows[0]))
    last = row_of(rows, first, "Total")
    body = rows[: rows.index(last)]
    columns = list(last)[1:-1]
    organisations_ = {one.id: f"{one.id} {one.name}" for one in case.project.partners if one.is_funded}
    shown = {}
    for row in body:
        assert euros(row["Total"]) == total(euros(row[name]) for name in columns if row[name] is not None)
        shown |= {(row[first], name): euros(row[name]) for name in columns if row[name] is not None}
    for name in (*columns, "Total"):
        assert euros(last[name]) == total(euros(row[name]) for row in body if row[name] is not None)
    expected = {
        (organisations_[partner], case.label(name)): amount
        for name, part in budget.headings.items()
        for partner, amount in part.partners.items()
    }
    assert shown == ({(name, one): amount for (one, name), amount in expected.items()} if by_heading else expected)
    assert euros(last["Total"]) == budget.grant
    wanted = organisations_.values() if by_heading else [case.label(name) for name in budget.headings]
    assert set(columns) == set(wanted)


@pytest.mark.parametrize(("count", "first"), [(2, "Heading"), (13, "Organisation"), (25, "Organisation")])
def test_the_longer_side_of_the_distribution_goes_down_the_page(count: int, first: str) -> None:
    labels = [row[0].value for row in values(budget_annex(partnership(count)))["Distribution"].iter_rows()]
    assert [one for one in labels if one in {"Heading", "Organisation"}] == [first]


def test_instalments_add_up_both_ways() -> None:
    shares = steps.share_out(FOUR.examined)
    rows = table(FOUR.book["Instalments"], "Organisation")
    whole = row_of(rows, "Organisation", "Total")
    assert [euros(value) for value in list(whole.values())[1:]] == [*shares.instalments, shares.grant]


def test_costs_of_partners_come_with_their_own_part() -> None:
    partners = tuple(one for one in organisations(3, cost="120000") if one.is_funded)
    book = values(budget_annex(capacity(partners=partners)))
    cover = card(book["Cover"])
    assert euros(cover["Estimated cost"]) == 360_000
    assert euros(cover["Carried by the partners"]) == 360_000 - euros(cover["Grant"])
    assert euros(table(book["Partners"], "ID")[-1]["Own part"]) == 210_000
    assert "Estimated cost" not in card(FOUR.book["Cover"])


@pytest.mark.parametrize("project", [partnership(2), master(), capacity()], ids=["partnership", "master", "real-costs"])
def test_a_draft_without_units_has_an_annex_too(project: Project) -> None:
    book = values(budget_annex(project.model_copy(update={"units": (), "real_costs": ()})))
    cover = card(book["Cover"])
    assert cover["State"].startswith("DRAFT")
    assert (euros(cover["Grant"]), cover["Number of budget headings"]) == (0, 0)
    for sheet in ("Units", "Headings"):
        assert "There are no units and no real costs yet." in [row[0].value for row in book[sheet].iter_rows()]


def test_what_an_associated_partner_claims_is_not_hidden() -> None:
    project = partnership(2)
    unit = Unit(heading="linguistic-support", partner="X1", label="Norwegian", participants=1)
    case = Case(project.model_copy(update={"units": (*project.units, unit)}))
    assert card(case.book["Cover"])["State"].startswith("DRAFT")
    assert euros(row_of(table(case.book["Partners"], "ID"), "ID", "X1")["Calculated"]) == 150
    assert euros(card(case.book["Cover"])["Grant"]) == case.budget.grant


def test_ids_used_twice_have_their_amounts_once() -> None:
    project = partnership(3)
    twice = (*project.partners, project.partners[0].model_copy(update={"name": "Other"}))
    case = Case(project.model_copy(update={"partners": twice}))
    rows = table(case.book["Partners"], "ID")
    assert len(rows) == len(twice) + 1
    assert euros(rows[-1]["Calculated"]) == total(line.amount for line in case.budget.lines)


@pytest.mark.parametrize("text", ["=1+1", "@SUM(1)", "<r>x</r>", "{=1}", "007", "ü" * 900])
def test_text_stays_text(text: str) -> None:
    project = partnership(2, text)
    sheet = formulas(budget_annex(project))["Units"]
    unit = f"{text}: kick-off"
    found = [cell for row in sheet.iter_rows() for cell in row if str(cell.value).rstrip() == unit]
    assert {cell.data_type for cell in found} == {"s"}


def test_headers_of_narrow_columns_are_high_enough() -> None:
    """For what wraps between words, and is bold."""
    sheet = values(budget_annex(partnership(25)))["Distribution"]
    assert sheet.row_dimensions[4].height >= 7 * 12.75


def test_the_final_annex_shows_headings_and_result() -> None:
    project, report = partnership(4), report_of(partnership(4), 45)
    settlement = steps.assess(allowed(project), report)
    content = final_annex(project, report)
    book, live = values(content), formulas(content)
    assert book.sheetnames == ["Cover", "Headings", "Partners", "Findings", "Basis"]
    cover = card(book["Cover"])
    assert euros(cover["Grant agreed"]) == settlement.grant
    assert euros(cover["Eligible after the report"]) == total(one.eligible for one in settlement.headings.values())
    assert (cover["Overall score"], cover["Share paid for this score"]) == (45, 0.75)
    assert cover["Reduction applies to"] == "What is eligible after the report"
    assert euros(cover["Final grant"]) == settlement.final_grant
    assert euros(cover["Balance to pay"]) == settlement.balance
    rows = table(book["Headings"], "Heading")
    for name, one in settlement.headings.items():
        row = row_of(rows, "Heading", FOUR.label(name))
        assert [euros(value) for value in list(row.values())[1:]] == [
            one.awarded, one.achieved, one.transferred, one.eligible, one.accepted, one.accepted - one.awarded,
        ]  # fmt: skip
    assert euros(row_of(rows, "Heading", "Learning, teaching, training: travel")["Moved between headings"]) > 0
    assert (euros(rows[-1]["Moved between headings"]), euros(rows[-1]["Payable"])) == (0, settlement.final_grant)
    first = table(live["Headings"], "Heading")[0]
    assert str(first["Eligible"]).startswith("=MIN(")
    assert str(first["Payable"]).startswith("=ROUND(")
    partners = table(book["Partners"], "ID")
    assert euros(partners[-1]["Final grant"]) == settlement.final_grant
    assert euros(row_of(partners, "ID", "P2")["Received so far"]) == 7_000


def test_a_reduction_of_the_grant_says_so() -> None:
    project, report = partnership(4), report_of(partnership(4), 30)
    agreement = Agreement.model_validate({"reduces": "grant"})
    settlement = steps.assess(allowed(project), report, agreement)
    cover = card(values(final_annex(project, report, agreement))["Cover"])
    assert cover["Reduction applies to"] == "The grant as agreed"
    assert euros(cover["Final grant"]) == settlement.final_grant


def test_units_without_a_score_are_paid_as_achieved() -> None:
    project, report = master(), report_of(master())
    settlement, content = steps.assess(allowed(project), report), final_annex(project, report)
    cover = card(values(content)["Cover"])
    assert not {"Overall score", "Share paid for this score"} & set(cover)
    assert cover["Reduction applies to"] == "No reduction by score"
    assert euros(cover["Final grant"]) == settlement.final_grant
    assert all(str(row["Payable"]).startswith("=") for row in table(formulas(content)["Headings"], "Heading"))


def test_a_report_with_errors_is_a_draft_without_amounts() -> None:
    project = partnership(2)
    book = values(final_annex(project, Report()))
    cover, rows = card(book["Cover"]), table(book["Headings"], "Heading")
    assert cover["State"].startswith("DRAFT")
    assert (cover["Eligible after the report"], cover["Final grant"]) == (None, None)
    assert euros(rows[-1]["Awarded"]) == euros(cover["Grant agreed"]) == steps.examine(project).budget.grant
    assert all(row["Payable"] is None for row in rows)


def test_real_costs_are_shown_with_the_share_that_is_paid() -> None:
    _, settlement = real_costs()
    book = values(real_costs_annex())
    cover, rows = card(book["Cover"]), table(book["Work packages"], "No.")
    assert list(rows[0]) == [
        "No.", "Title", "Amount", "Accepted costs", "Share paid of the costs", "Refused", "Payable",
        "Difference to the amount",
    ]  # fmt: skip
    for row in rows[:-1]:
        part = settlement.work_packages[row["No."]]
        assert (euros(row["Accepted costs"]), euros(row["Payable"])) == (part.cost, part.accepted)
        assert row["Share paid of the costs"] == pytest.approx(float(part.factor), abs=1e-12)
    live = table(formulas(real_costs_annex())["Work packages"], "No.")
    assert str(live[2]["Payable"]).startswith("=ROUND(")
    accepted = total(part.cost for part in settlement.work_packages.values() if part.cost is not None)
    assert euros(cover["Accepted costs"]) == euros(rows[-1]["Accepted costs"]) == accepted
    assert cover["Reduction applies to"] == "Costs that were not accepted"
    assert euros(cover["Final grant"]) == settlement.final_grant


def test_detailed_budgets_whose_parts_are_accepted_show_no_costs_in_the_end() -> None:
    book = values(final_annex_of_parts(detailed_project(3), detailed_rules()))
    assert "Accepted costs" not in card(book["Cover"])
    assert list(table(book["Work packages"], "No.")[0]) == [
        "No.", "Title", "Amount", "Refused", "Share paid of the rest", "Payable", "Difference to the amount",
    ]  # fmt: skip


def test_equipment_is_shown_with_what_is_charged() -> None:
    project = with_equipment()
    content = budget_annex_of_costs(project, detailed_rules())
    rows = table(values(content)["Depreciation"], "Partner")
    assert [(row["Partner"], row["Work package"], row["What is bought"]) for row in rows[:-1]] == [
        ("P1", "WP2", "Kiln"), ("P2", "WP1", "Lathe"), ("P2", "WP2", "Lathe"),
    ]  # fmt: skip
    assert [euros(row["Charged amount"]) for row in rows] == [Decimal("333.33")] * 3 + [Decimal("999.99")]
    assert (rows[1]["Day of purchase"].date(), rows[0]["Day of purchase"]) == (date(2027, 2, 28), None)
    assert (rows[1]["Use for the project"], rows[1]["Justification"]) == (0.5, "The workshop has none.")
    live = table(formulas(content)["Depreciation"], "Partner")
    assert all(str(row["Charged amount"]).startswith("=ROUND(") for row in live[:-1])
    costs = table(values(content)["Costs"], "Partner")
    assert [euros(row["Amount"]) for row in costs if row["What it is for"] in {"Kiln", "Lathe"}] == [
        Decimal("333.33")
    ] * 3


def test_without_equipment_its_sheet_is_left_out() -> None:
    assert "Depreciation" not in values(budget_annex_of_costs(detailed_project(2), detailed_rules())).sheetnames


def test_content_has_what_the_layouts_may_show() -> None:
    examined = allowed(partnership(2))
    shares, dates = steps.share_out(examined), steps.dates_of(examined)
    settled = steps.assess(examined, report_of(examined.project, 80))
    for content, vocabulary in (
        (units.units_content(*examined, shares, dates, TODAY, "en"), units.VOCABULARY),
        (outcome.final_content(*examined, settled, TODAY, "en"), outcome.VOCABULARY),
    ):
        assert content.keys() == vocabulary.keys()
        for name, source in content.items():
            for item in getattr(source, "items", ()):
                assert tuple(item.record) == vocabulary[name]


@pytest.mark.parametrize("kind", ["budget", "final"])
def test_a_layout_is_read_once(kind: str) -> None:
    assert read_layout(annex.LAYOUTS, kind, "units") is read_layout(annex.LAYOUTS, kind, "units")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"ROUND({quantity} * {rate}, 2)"', '"ROUND({quantity} * {rat}, 2)"', "units has no column 'rat'"),
        ('"ROUND({quantity} * {rate}, 2)"', '"ROUND({quantity}, 3)"', "a formula has"),
        ('["{distribution!total}", "{distribution!$@total}"]', "[]", "a formula is text"),
        ('"ROUND({quantity} * {rate}, 2)"', '"{amount}"', "in a circle"),
    ],
)
def test_every_formula_of_a_list_is_read(tmp_path: Path, old: str, new: str, message: str) -> None:
    folder = Path(shutil.copytree(annex.LAYOUTS, tmp_path / "annexes"))
    path = folder / "budget-units.toml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(Unreadable, match=message):
        read_layout(folder, "budget", "units")


def one_unit(name: str, price: Model) -> Unit | RealCost | None:
    """Return something that the formula of a heading can price, or None where it is worked out."""
    claim: dict[str, Any] = {"heading": name, "partner": "P1", "participants": 2, "days": Decimal(20)}
    if isinstance(price, ShareOfCost):
        return RealCost(heading=name, partner="P1", amount=Decimal("1000.01"))
    if isinstance(price, FlatRate):
        return None
    if isinstance(price, PerDay):
        claim["profile"] = next(iter(price.groups[-1].rates))
    elif isinstance(price, PerDayOfStay):
        group = price.groups[0]
        claim |= {"kind": next(iter(group.rates)), "country": next(iter(group.countries), None)}
        claim["days"] = Decimal(max(20, price.least_days))
    elif isinstance(price, PerMonthOfStay):
        claim |= {"country": next(iter(price.rates)), "months": 2}
    elif isinstance(price, PerParticipant):
        claim["kind"] = next(iter(price.rates))
    else:
        claim |= {"distance_km": Decimal(600), "cost": Decimal(5_000), "students": 5, "months": 12}
    return Unit(**claim)


LATEST = {entry.action: entry for entry in sorted(catalogue(), key=lambda entry: entry.call)}
WITH_UNITS = [one for one in LATEST.values() if rules_for(one.codes[0], one.call).structure == "units"]


@pytest.mark.parametrize("entry", WITH_UNITS, ids=lambda entry: entry.action)
def test_every_action_with_units_has_an_annex(entry: Entry) -> None:
    rules = rules_for(entry.codes[0], entry.call)
    claims = [one_unit(name, heading.price) for name, heading in rules.headings.items()]
    project = master(
        action=entry.codes[0],
        call=entry.call,
        units=tuple(one for one in claims if isinstance(one, Unit)),
        real_costs=tuple(one for one in claims if isinstance(one, RealCost)),
    )
    budget = steps.examine(project).budget
    book = values(budget_annex(project))
    assert budget.headings.keys() == rules.headings.keys()
    assert euros(card(book["Cover"])["Grant"]) == budget.grant > 0
    assert len(table(book["Headings"], "Heading")) == len(budget.headings) + 1
