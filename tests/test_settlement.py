from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from ka2budget import steps
from ka2budget.agreement import Agreement
from ka2budget.money import split
from ka2budget.project import Project
from ka2budget.report import Report
from ka2budget.settlement import Settlement


def settle(project: Project, agreement: Agreement | None = None, **report: Any) -> Settlement:  # noqa: ANN401
    return steps.assess(steps.examine(project), Report.model_validate(report), agreement)


def scores(**points: int) -> list[dict[str, Any]]:
    return [{"id": name, "score": score} for name, score in points.items()]


GOOD = scores(WP2=80, WP3=80, WP4=80)


@pytest.mark.parametrize(
    ("report", "code"),
    [
        ({"work_packages": scores(WP2=80, WP3=80)}, "score-missing"),
        ({"work_packages": [*GOOD, {"id": "WP9"}]}, "report-unknown-part"),
        ({"work_packages": [*GOOD, {"id": "WP2", "score": 80}]}, "report-duplicate-part"),
        ({"work_packages": GOOD, "activities": [{"id": "A9"}]}, "report-unknown-part"),
        ({"work_packages": [*GOOD, {"id": "WP1", "rejected": "45000.01"}]}, "rejected-above-amount"),
        (
            {"work_packages": GOOD, "transfers": [{"partner": "P9", "date": "2026-01-01", "amount": 1}]},
            "report-unknown-part",
        ),
    ],
)
def test_a_report_that_does_not_fit_is_not_settled(ka220: Project, report: dict[str, Any], code: str) -> None:
    settlement = settle(ka220, **report)
    assert code in [finding.code for finding in settlement.findings if finding.severity == "error"]
    assert settlement.final_grant is None
    assert settlement.balance is None


@pytest.mark.parametrize(
    ("report", "code"),
    [
        ({"assessment": {}}, "score-missing"),
        ({"assessment": {"criteria": {"relevance": 21}}}, "criterion-above-maximum"),
        ({"assessment": {"criteria": {"charm": 1}}}, "criterion-unknown"),
        ({"assessment": {"criteria": {"relevance": 20, "partnership": 20}}}, "criterion-missing"),
        ({"assessment": {"score": 60, "criteria": {"relevance": 20}}}, "criteria-not-score"),
        ({"assessment": {"score": 60}, "work_packages": [{"id": "WP1"}]}, "report-unknown-part"),
    ],
)
def test_a_score_of_a_small_scale_partnership_has_to_fit_its_criteria(
    ka210: Project, report: dict[str, Any], code: str
) -> None:
    settlement = settle(ka210, **report)
    assert code in [finding.code for finding in settlement.findings]
    assert settlement.final_grant is None


@pytest.mark.parametrize(
    ("report", "code"),
    [
        ({"work_packages": [*GOOD, {"id": "WP1", "score": 90}]}, "management-scored"),
        ({"work_packages": [{"id": "WP2", "delivered": "no"}, *GOOD[1:]]}, "refused-left-out-of-score"),
        ({"work_packages": [{"id": "WP2", "score": 80, "delivered": "partly"}, *GOOD[1:]]}, "partly-without-amount"),
        ({"work_packages": [{"id": "WP2", "score": 80, "accepted": "0.5"}, *GOOD[1:]]}, "accepted-part-unused"),
        ({"work_packages": GOOD, "payments": [{"date": "2026-01-01", "amount": 250_001}]}, "paid-above-grant"),
        ({"work_packages": [{"id": "WP2", "score": 0, "delivered": "no"}, *GOOD[1:]]}, "refused-counts-in-score"),
        ({"work_packages": GOOD, "assessment": {"score": 80}}, "score-unused"),
        ({"work_packages": GOOD, "activities": [{"id": "A2.1", "delivered": "partly"}]}, "partly-without-amount"),
        ({"work_packages": GOOD}, "unconfirmed-rule"),
    ],
)
def test_what_wants_notice_is_told_and_settled_all_the_same(ka220: Project, report: dict[str, Any], code: str) -> None:
    settlement = settle(ka220, **report)
    assert code in [finding.code for finding in settlement.findings]
    assert settlement.final_grant is not None


def test_an_activity_that_did_not_take_place_is_refused_from_its_work_package(ka220: Project) -> None:
    settlement = settle(ka220, work_packages=GOOD, activities=[{"id": "A2.1", "delivered": "no"}])
    assert settlement.work_packages["WP2"].rejected == Decimal("12000.00")
    assert settlement.final_grant == Decimal("238000.00")


def test_the_criteria_add_up_to_the_score(ka210: Project) -> None:
    criteria = {"relevance": 15, "partnership": 10, "implementation": 15, "impact": 19}
    settlement = settle(ka210, assessment={"criteria": criteria})
    assert (settlement.overall_score, settlement.final_grant) == (59, Decimal("54000.00"))


def test_a_project_wide_cut_is_one_amount_divided_again(ka210: Project) -> None:
    settlement = settle(ka210, assessment={"score": 20})
    assert settlement.final_grant == Decimal("18000.00")
    assert sum(part.accepted for part in settlement.activities.values()) == Decimal("18000.00")


def test_actions_managed_by_eacea_are_accepted_part_by_part(ka220: Project) -> None:
    sport = ka220.model_copy(update={"action": "ERASMUS-SPORT-SCP"})
    settlement = settle(
        sport,
        work_packages=[{"id": "WP3", "accepted": "0.5"}, {"id": "WP4", "accepted": 0}],
        payments=[{"date": "2025-12-01", "amount": 175_000}],
    )
    assert settlement.level == "acceptance"
    assert [finding.values["id"] for finding in settlement.findings if finding.code == "part-not-reported"] == [
        "WP1",
        "WP2",
    ]
    assert settlement.final_grant == Decimal("138800.00")
    assert settlement.balance == Decimal("-36200.00")


def test_partners_are_owed_their_part_and_the_coordinator_keeps_what_it_did_not_pass_on(ka220: Project) -> None:
    settlement = settle(
        ka220,
        work_packages=GOOD,
        payments=[{"date": "2025-12-10", "amount": 200_000}],
        transfers=[{"partner": "P2", "date": "2026-01-08", "amount": "43306.67"}],
    )
    assert settlement.partners["P1"].paid == Decimal("156693.33")
    assert sum(one.balance or 0 for one in settlement.partners.values()) == settlement.balance


def test_without_transfers_nothing_is_said_of_the_partners_balances(ka220: Project) -> None:
    settlement = settle(ka220, work_packages=GOOD)
    assert {(one.paid, one.balance) for one in settlement.partners.values()} == {(None, None)}


def test_a_budget_with_errors_is_not_settled(ka220: Project) -> None:
    with pytest.raises(steps.Forbidden, match="2 errors: sum-above-lump-sum, management-above-cap"):
        settle(ka220.model_copy(update={"lump_sum": Decimal("120000.00")}), work_packages=GOOD)


def test_a_doubt_about_a_band_is_told_only_to_who_is_in_it(ka220: Project) -> None:
    in_2026 = ka220.model_copy(update={"call": 2026, "start": date(2026, 11, 1)})
    packages = tuple(one.model_copy(update={"activities": ()}) for one in ka220.work_packages)
    project = in_2026.model_copy(update={"work_packages": packages})
    told = [finding.code for finding in settle(project, work_packages=GOOD).findings]
    assert "unconfirmed-rule" not in told
    settlement = settle(project, work_packages=scores(WP2=9, WP3=9, WP4=9))
    assert [finding.message for finding in settlement.findings if "final_report.scale.5" in finding.message]


def test_a_refused_activity_is_taken_from_those_who_would_have_got_it(ka220: Project) -> None:
    shares = {"P2": Decimal("12000.00")}
    packages = [
        one.model_copy(
            update={"activities": tuple(inner.model_copy(update={"shares": shares}) for inner in one.activities[:1])}
        )
        if one.id == "WP2"
        else one
        for one in ka220.work_packages
    ]
    project = ka220.model_copy(update={"work_packages": tuple(packages)})
    partly = settle(project, work_packages=GOOD, activities=[{"id": "A2.1", "rejected": 11_300}])
    whole = settle(project, work_packages=GOOD)
    lost = {name: whole.partners[name].final - partly.partners[name].final for name in whole.partners}
    assert lost == {"P1": 0, "P2": Decimal("11300.00"), "P3": 0, "P4": 0}


def test_management_is_never_a_cent_above_its_cap_of_the_final_total() -> None:
    names = ["P1", "P2", "P3"]
    amounts = [Decimal("50000.00"), *split(Decimal("200000.00"), [Decimal(3), Decimal(7), Decimal(11)])]
    packages = [
        {
            "id": f"WP{n}",
            "title": "x",
            "management": n == 1,
            "lead": "P1",
            "shares": dict(zip(names, split(one, [Decimal(1)] * 3), strict=True)),
        }
        for n, one in enumerate(amounts, 1)
    ]
    countries = dict(zip(names, ["PL", "DE", "FR"], strict=True))
    project = Project.model_validate(
        {
            "action": "KA220-VET", "call": 2026, "title": "x", "start": "2026-09-01", "months": 24, "lump_sum": 250_000,
            "estimated_cost": 260_000, "work_packages": packages,
            "partners": [
                {"id": one, "name": one, "country": countries[one], "role": "coordinator" if one == "P1" else "partner"}
                for one in names
            ],
        }
    )  # fmt: skip
    for refused in range(0, 500, 7):
        rejected = str(Decimal(refused) / 100)
        results = [{"id": f"WP{n}", "score": 50} for n in (2, 3)] + [{"id": "WP4", "score": 50, "rejected": rejected}]
        settlement = settle(project, work_packages=results)
        assert settlement.final_grant is not None
        assert settlement.work_packages["WP1"].accepted * 5 <= settlement.final_grant


def test_nobody_scored_is_no_score(ka220: Project) -> None:
    refused = [{"id": name, "delivered": "no"} for name in ("WP2", "WP3", "WP4")]
    settlement = settle(ka220, work_packages=refused)
    assert (settlement.overall_score, settlement.level) == (None, "none")
    assert settlement.readings == {"final-total": 0, "unreduced-total": Decimal("9000.00"), "none": Decimal("45000.00")}
