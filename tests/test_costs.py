"""Actions whose lump sum is worked out from a detailed budget, from the project file to the final payment."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from conftest import EXAMPLES

from ka2budget import steps
from ka2budget.checks import OPEN_QUESTIONS
from ka2budget.explain import explain
from ka2budget.finding import Finding
from ka2budget.project import Partner, Project

CRAFTS = steps.read_project(EXAMPLES / "crafts-cbvet.toml")


def findings(project: Project) -> dict[str, Finding]:
    return {finding.code: finding for finding in steps.examine(project).budget.findings}


def changed(**changes: Any) -> Project:  # noqa: ANN401
    return Project.model_validate(CRAFTS.model_dump(exclude_unset=True) | changes)


def with_line(**line: Any) -> Project:  # noqa: ANN401
    packages = [package.model_dump(exclude_unset=True) for package in CRAFTS.work_packages]
    packages[2]["costs"] = [
        *packages[2]["costs"],
        {"partner": "P1", "category": "A1", "units": 1, "unit_cost": 1} | line,
    ]
    return changed(work_packages=packages)


def with_partner(number: int, **changes: Any) -> Project:  # noqa: ANN401
    partners = [partner.model_dump(exclude_unset=True) for partner in CRAFTS.partners]
    partners[number] |= changes
    return changed(partners=partners)


def and_partner(**fields: Any) -> Project:  # noqa: ANN401
    partner = Partner.model_validate({"id": "P9", "name": "Example 9", "country": "SI"} | fields)
    return CRAFTS.model_copy(update={"partners": (*CRAFTS.partners, partner)})


def as_action(code: str, **changes: Any) -> Project:  # noqa: ANN401
    return CRAFTS.model_copy(update={"action": code} | changes)


def test_the_example_has_no_errors() -> None:
    assert findings(CRAFTS).keys() - OPEN_QUESTIONS == {"figure-unknown"}


def test_the_grant_is_eighty_per_cent_of_the_costs_row_by_row() -> None:
    budget = steps.examine(CRAFTS).budget
    assert (budget.grant, budget.total_cost, budget.rate) == (
        Decimal("245425.08"),
        Decimal("306781.35"),
        Decimal("0.8"),
    )
    assert sum(partner.grant for partner in budget.partners.values()) == budget.grant
    assert sum(package.amount for package in budget.work_packages.values()) == budget.grant
    own = budget.partners["P1"]
    assert (own.direct, own.indirect, own.cost, own.own_part) == (
        Decimal("117398.00"),
        Decimal("8217.86"),
        Decimal("125615.86"),
        Decimal("25123.17"),
    )
    assert sum(heading.amount for heading in budget.headings.values()) == budget.total_cost
    assert budget.headings["A5"].amount == Decimal("660.00")


def test_the_json_answer_has_costs_headings_and_explained_lines() -> None:
    answer = steps.examine(CRAFTS).budget.model_dump(mode="json")
    assert answer["partners"]["P1"] == {
        "grant": "100492.69", "percent": "40.95", "direct": "117398.00", "indirect": "8217.86", "cost": "125615.86",
        "own_part": "25123.17",
    }  # fmt: skip
    assert answer["lines"][0] == {
        "heading": "A1", "partner": "P1", "work_package": "WP1", "label": "Project manager", "quantity": "18",
        "rate": "5150.50", "amount": "92709.00", "source": "Erasmus+ Programme Guide 2026, p. 341",
    }  # fmt: skip


def test_every_amount_is_explained_and_adds_up() -> None:
    explained = {one.what: one for one in explain(*steps.examine(CRAFTS))}
    for one in explained.values():
        assert sum(term.amount for term in one.terms) == one.amount
        assert one.source
    assert str(explained["P3-costs"].terms[0].what) == "WP1 A1: 6 x 1,333.33"
    assert "at most €500,000.00" in str(explained["grant"].note)


def test_accepted_parts_make_the_final_grant() -> None:
    settlement = steps.assess(steps.examine(CRAFTS), steps.read_report(EXAMPLES / "crafts-report.toml"))
    assert settlement.final_grant == Decimal("228683.17")
    assert settlement.balance == Decimal("78683.17")
    assert sum(partner.final for partner in settlement.partners.values()) == settlement.final_grant


CASES: list[tuple[str, Callable[[], Project]]] = [
    ("costs-missing", lambda: CRAFTS.model_copy(update={"work_packages": ()})),
    (
        "costs-not-foreseen",
        lambda: as_action("KA220-VET", lump_sum=Decimal(250_000)),
    ),
    ("amount-not-foreseen", lambda: changed(work_packages=[{**dict(CRAFTS.work_packages[0]), "amount": 1}])),
    ("lump-sum-not-chosen", lambda: changed(lump_sum=250_000)),
    ("cost-of-unknown-partner", lambda: with_line(partner="P8")),
    ("cost-of-associated-partner", lambda: with_partner(3, role="associated")),
    ("category-not-accepted", lambda: with_line(category="D1", label="Prizes")),
    (
        "category-not-of-partner",
        lambda: with_line(category="C2", partner="P1").model_copy(
            update={"action": "ERASMUS-EDU-CBHE-STRAND-1", "call": 2025}
        ),
    ),
    ("cost-without-label", lambda: with_line(category="C3.other")),
    ("maximum-binds", lambda: with_line(units=500, unit_cost=1_000)),
    ("category-above-share", lambda: with_line(category="B", label="Evaluation", unit_cost=60_000)),
    ("subcontracting-needs-reasons", lambda: with_line(category="B", label="Evaluation", unit_cost=260_000)),
    ("grant-below-minimum", lambda: as_action("ERASMUS-SPORT-CB", work_packages=CRAFTS.work_packages[2:])),
    ("duration-not-usual", lambda: as_action("ERASMUS-EDU-PI-ALL-INNO-EDU-ENTERP", months=30)),
    ("duration-not-offered", lambda: as_action("ERASMUS-EDU-PI-ALL-INNO-EDU-ENTERP", call=2024, months=30)),
    ("too-few-of-type", lambda: as_action("ERASMUS-EDU-PI-ALL-INNO-EDU-ENTERP")),
    ("too-few-of-type-in-country", lambda: as_action("ERASMUS-EDU-PEX-COVE")),
    ("groups-out-of-balance", and_partner),
    ("too-many-regions", lambda: and_partner(country="UA").model_copy(update={"action": "ERASMUS-SPORT-CB"})),
    ("coordinator-type", lambda: as_action("ERASMUS-EDU-CBHE-STRAND-1")),
]


@pytest.mark.parametrize(("code", "change"), CASES, ids=[code for code, _ in CASES])
def test_a_detailed_budget_is_told(code: str, change: Callable[[], Project]) -> None:
    found = findings(change())
    assert code in found, sorted(found)
    assert "{" not in found[code].message


def test_twelve_equal_partners_are_warned_of_the_official_table() -> None:
    line = {"category": "A1", "label": "Staff", "units": 1, "unit_cost": 100_000}
    partners = [
        dict(CRAFTS.partners[0]) | {"id": f"P{n}", "role": "partner" if n else "coordinator"} for n in range(12)
    ]
    packages = [{"id": "WP1", "title": "All", "lead": "P0", "costs": [line | {"partner": f"P{n}"} for n in range(12)]}]
    found = findings(changed(partners=partners, work_packages=packages))
    assert "€0.04 above the maximum" in found["official-table-differs"].message
    assert steps.examine(changed(partners=partners, work_packages=packages)).budget.grant == Decimal("500000.00")


@pytest.mark.parametrize(
    ("code", "absent"), [("category-above-share", {"unit_cost": 15_000}), ("maximum-binds", {"units": 3})]
)
def test_what_just_passes_is_not_told(code: str, absent: dict[str, Any]) -> None:
    assert code not in findings(with_line(category="B", label="Evaluation", **absent))


def as_cove(call: int, **line: Any) -> dict[str, Finding]:  # noqa: ANN401
    """Return what is found about a Centre of Vocational Excellence with one line of cost more."""
    return findings(with_line(**line).model_copy(update={"action": "ERASMUS-EDU-PEX-COVE", "call": call, "months": 48}))


@pytest.mark.parametrize(
    ("km", "unit_cost", "told"),
    [("399.9", 1, False), ("400", 196, False), ("600.5", 196, False), ("601", 196, True), ("601", 209, False)],
)
def test_travel_is_held_against_the_unit_cost_of_its_distance(km: str, unit_cost: int, *, told: bool) -> None:
    found = as_cove(2023, category="C1.travel", distance_km=km, unit_cost=unit_cost)
    assert ("travel-unit-cost-differs" in found) is told


def test_travel_without_a_distance_and_calls_without_units_are_not_judged() -> None:
    assert "travel-unit-cost-differs" not in as_cove(2023, category="C1.travel", unit_cost=5)
    assert "travel-unit-cost-differs" not in as_cove(2026, category="C1.travel", distance_km=700, unit_cost=5)


def test_owners_without_salary_are_told_the_unit_cost_of_their_call() -> None:
    assert "€5,080.00 a month" in as_cove(2023, category="A4")["sme-owner-unit-cost"].message
    assert "€8,745.40 a month" in as_cove(2025, category="A4")["sme-owner-unit-cost"].message


def test_equipment_counts_by_its_use_and_stands_among_the_costs() -> None:
    packages = [package.model_dump(exclude_unset=True) for package in CRAFTS.work_packages]
    lathe = {"partner": "P3", "label": "Lathe", "purchase_cost": "1999.99", "project_use": 1, "lifetime_use": "0.5"}
    packages[1]["depreciation"] = [lathe]
    before, after = steps.examine(CRAFTS).budget, steps.examine(changed(work_packages=packages)).budget
    (line,) = (line for line in after.lines if line.label == "Lathe")
    assert (line.heading, line.quantity, line.amount) == ("C2", 1, Decimal("1000.00"))
    assert after.total_cost == (before.total_cost or 0) + Decimal("1000.00") + Decimal("70.00")
    assert after.headings["C2"].partners["P3"] - before.headings["C2"].partners.get("P3", Decimal(0)) == 1000
