"""What a report claims: units and costs that are not allowed are not paid, and whoever reports them is told."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ka2budget import steps
from ka2budget.report import Report
from ka2budget.settlement import Settlement

EXAMPLES = Path(__file__).parents[1] / "examples"
MARATHON = steps.examine(steps.read_project(EXAMPLES / "marathon-sport-event.toml"))
MARATHON_REPORT = steps.read_report(EXAMPLES / "marathon-report.toml").model_dump()
BRIDGES = steps.examine(steps.read_project(EXAMPLES / "bridges-ka204.toml"))
BRIDGES_REPORT = steps.read_report(EXAMPLES / "bridges-report.toml").model_dump()
CURRICULA = steps.examine(steps.read_project(EXAMPLES / "curricula-cbhe.toml"))


def marathon(package: str = "WP1", *lines: dict[str, Any], **changes: Any) -> Settlement:  # noqa: ANN401
    """Return the settlement of the example with more cost lines and other changes of one work package."""
    packages = [
        one | changes | {"costs": (*one["costs"], *lines)} if one["id"] == package else one
        for one in MARATHON_REPORT["work_packages"]
    ]
    return steps.assess(MARATHON, Report.model_validate(MARATHON_REPORT | {"work_packages": packages}))


def bridges(**changes: Any) -> Settlement:  # noqa: ANN401
    return steps.assess(BRIDGES, Report.model_validate(BRIDGES_REPORT | changes))


def found(settlement: Settlement, code: str) -> list[str]:
    return [finding.message for finding in settlement.findings if finding.code == code]


def line(partner: str, category: str, units: int, unit_cost: int) -> dict[str, Any]:
    return {"partner": partner, "category": category, "units": units, "unit_cost": unit_cost}


@pytest.mark.parametrize(
    ("reported", "code", "where"),
    [
        (line("P1", "D1", 1, 500_000), "category-not-accepted", "/work_packages/0/costs/5/category"),
        (line("P2", "A1", 10, 5_000), "cost-of-associated-partner", "/work_packages/0/costs/5/partner"),
        (line("P99", "A1", 10, 5_000), "cost-of-unknown-partner", "/work_packages/0/costs/5/partner"),
    ],
)
def test_costs_that_no_budget_may_have_are_not_settled(reported: dict[str, Any], code: str, where: str) -> None:
    settlement = marathon("WP1", reported)
    assert [one.where for one in settlement.findings if one.severity == "error"] == [where]
    assert [one.code for one in settlement.findings if one.severity == "error"] == [code]
    assert settlement.final_grant is None
    assert settlement.work_packages == {}


def test_what_wants_reasons_in_a_budget_wants_them_in_a_report() -> None:
    assert not found(marathon(), "subcontracting-needs-reasons")
    settlement = marathon("WP4", line("P1", "B", 1, 2_000_000))
    assert len(found(settlement, "subcontracting-needs-reasons")) == 1
    assert settlement.final_grant == settlement.grant


def test_costs_of_what_was_not_delivered_are_dropped_and_told() -> None:
    settlement = marathon("WP3", line("P1", "D1", 1, 500_000), delivered="no")
    (told,) = found(settlement, "costs-of-undelivered-part")
    assert told.startswith("WP3 was not delivered, so its costs of €1,969,401.93, ")
    part = settlement.work_packages["WP3"]
    assert (part.cost, part.rejected, part.accepted) == (0, Decimal("1969401.93"), 0)


@pytest.mark.parametrize("refused", ["0", "90000", "100000.01"])
def test_every_row_of_real_costs_multiplies_out(refused: str) -> None:
    for units in (0, 30_000):  # below the grant, and far above it
        settlement = marathon("WP1", line("P1", "C1.travel", units, 250), rejected=refused)
        packages = settlement.work_packages.values()
        cost = sum((one.cost or Decimal(0) for one in packages), Decimal(0))
        assert settlement.final_grant == min((cost * Decimal("0.8")).quantize(Decimal("0.01")), settlement.grant)
        for one in packages:
            assert one.cost is not None
            assert one.accepted == pytest.approx(one.cost * one.factor, abs=Decimal("0.01"))


def test_refused_costs_cost_nothing_where_the_rest_still_makes_the_grant() -> None:
    assert marathon("WP1", line("P1", "C1.travel", 30_000, 250), rejected="90000").final_grant == MARATHON.budget.grant


def test_below_the_grant_the_rate_of_refused_costs_is_lost() -> None:
    whole = marathon("WP3", delivered="no")
    packages = [
        one | {"delivered": "no"} if one["id"] == "WP3" else one | {"rejected": "5000"} if one["id"] == "WP4" else one
        for one in MARATHON_REPORT["work_packages"]
    ]
    less = steps.assess(MARATHON, Report.model_validate(MARATHON_REPORT | {"work_packages": packages}))
    assert whole.final_grant is not None
    assert less.final_grant == whole.final_grant - 4_000


def test_more_than_the_costs_reported_cannot_be_refused() -> None:
    (told,) = found(marathon("WP1", rejected="130374.48"), "rejected-above-amount")
    assert told == "€130,374.48 of WP1 is rejected, more than its €130,374.47."


def test_a_score_where_costs_are_paid_is_told_in_one_sentence() -> None:
    settlement = marathon("WP4", score=50, accepted="0.5", delivered="partly")
    (told,) = [one.message for one in settlement.findings if one.where.startswith("/work_packages")]
    title = "Large-scale European Sport Events"
    assert told == f"WP4 has a score or an accepted part; {title} are paid by their real costs, so it is left out."


def test_an_associated_partner_receives_nothing() -> None:
    transfers = [{"partner": "P4", "date": "2025-10-01", "amount": 100}]
    settlement = steps.assess(MARATHON, Report.model_validate(MARATHON_REPORT | {"transfers": transfers}))
    (told,) = found(settlement, "transfer-to-associated-partner")
    assert told == "P4 is an associated partner and receives no grant; leave this transfer out."
    assert settlement.final_grant is None


def test_a_heading_is_paid_only_with_the_one_it_belongs_to() -> None:
    units = [one for one in BRIDGES_REPORT["units"] if one["heading"] != "intellectual-outputs"]
    settlement = bridges(units=units)
    assert len(found(settlement, "heading-only-with")) == 1
    assert settlement.final_grant is None


def test_every_condition_of_a_heading_is_looked_at_once() -> None:
    units = [one for one in BRIDGES_REPORT["units"] if one["heading"] != "intellectual-outputs"]
    findings = bridges(units=units).findings
    assert all(findings.count(one) == 1 for one in findings)


def test_more_participants_than_are_paid_are_not_settled() -> None:
    rules = BRIDGES.rules
    heading = rules.headings["multiplier-events"].model_copy(update={"participants_per_year": 10})
    limited = rules.model_copy(update={"headings": {**rules.headings, "multiplier-events": heading}})
    settlement = steps.assess(BRIDGES._replace(rules=limited), Report.model_validate(BRIDGES_REPORT))
    assert len(found(settlement, "participants-above-limit")) == 1
    assert settlement.final_grant is None


def test_management_that_is_claimed_again_is_not_paid() -> None:
    again = {"heading": "project-management", "partner": "P1"}
    settlement = bridges(units=[*BRIDGES_REPORT["units"], again, again])
    assert len(found(settlement, "unit-twice")) == 1
    assert settlement.final_grant is None


def test_a_report_without_criteria_says_so() -> None:
    settlement = bridges(assessment={"score": 45, "criteria": {"relevance": 45}})
    (error,) = [one for one in settlement.findings if one.severity == "error"]
    assert (error.code, error.where) == ("criteria-not-foreseen", "/assessment/criteria")
    assert "are not assessed by criteria in call 2018" in error.message


def test_a_heading_keeps_to_its_share_of_the_grant_as_agreed() -> None:
    units = [
        unit.model_copy(update={"days": unit.days * 3})
        if unit.heading == "staff-costs" and unit.days is not None
        else unit.model_copy(update={"participants": 3})
        if unit.kind == "student"
        else unit
        for unit in CURRICULA.project.units
    ]
    report = Report.model_validate(
        {"units": units, "real_costs": CURRICULA.project.real_costs, "assessment": {"score": 80}}
    )
    settlement = steps.assess(CURRICULA, report)
    most = Decimal("214316.20")  # 40 % of 535,790.50, and less than a tenth more than the award of 207,960.00
    staff = settlement.headings["staff-costs"]
    assert (staff.achieved, staff.eligible, staff.accepted) == (most, most, most)
    assert staff.transferred == most - staff.awarded
    (cut,) = [one for one in settlement.findings if one.code == "heading-above-share"]
    assert cut.source == CURRICULA.rules.cite("austria")
    assert cut.message == (
        "Staff costs comes to €623,880.00; at most 40.00% of the grant of €535,790.50 is paid for it, which is "
        "€214,316.20."
    )
    assert sum(one.final for one in settlement.partners.values()) == settlement.final_grant


def test_a_heading_within_its_share_is_not_cut() -> None:
    report = Report.model_validate(
        {
            "units": CURRICULA.project.units,
            "real_costs": CURRICULA.project.real_costs,
            "assessment": {"score": 80},
        }
    )
    settlement = steps.assess(CURRICULA, report)
    assert not found(settlement, "heading-above-share")
    assert settlement.final_grant == settlement.grant
