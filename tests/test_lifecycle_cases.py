"""Worked examples of the life of a grant: the files below cases/lifecycle/ hold what is expected, and its source."""

import tomllib
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from lives import PLANS, Life, cooperation, eur, of_amount, plan_of, signed, small_scale
from test_cases import CASES

from ka2budget import steps
from ka2budget.agreement import Agreement, terms_of
from ka2budget.catalogue import rules_for
from ka2budget.dates import after_months, end_of_period
from ka2budget.lifecycle import State
from ka2budget.money import split
from ka2budget.project import Project
from ka2budget.report import Report
from ka2budget.rules import GrantKind
from ka2budget.schedule import schedule

Case = dict[str, Any]


def read(name: str) -> Case:
    return tomllib.loads((CASES / "lifecycle" / f"{name}.toml").read_text(encoding="utf-8"), parse_float=Decimal)


def cases(name: str, table: str) -> Any:  # noqa: ANN401 - a decorator of pytest
    found = read(name)[table]
    return pytest.mark.parametrize("case", found, ids=[case.get("id", str(n)) for n, case in enumerate(found, 1)])


def test_every_case_names_its_source() -> None:
    for path in (CASES / "lifecycle").glob("*.toml"):
        content = read(path.stem)
        assert content["what"]
        tables = [case for found in content.values() if isinstance(found, list) for case in found]
        assert content.get("source") or all(case["source"] for case in tables), path


# Money.


@pytest.mark.parametrize("rule", ["unused", "gap", "resubmit"])
@cases("further-prefinancing", "grants")
def test_further_pre_financing_by_what_is_used(case: Case, rule: str) -> None:
    for row in case["cases"]:
        plan = of_amount(cooperation(instalments=case["instalments"], use_rule=rule), eur(case["grant"]))
        life = signed(plan).then("2025-12-01", "payment-received", amount=plan.instalments[0])
        life.then("2027-03-01", "interim-report", used=row["used"]).then("2027-04-01", "interim-accepted")
        expected = Decimal(row[rule])
        paid_now = sum((one.open for one in life.account().expected), Decimal(0))
        assert (expected, State.PAYMENT if expected else State.ONGOING) == (paid_now, life.state())


@cases("instalments", "grants")
def test_strategic_partnerships_are_paid_in_two_or_three_parts(case: Case) -> None:
    grant = eur(case["grant"])
    shares = terms_of(rules_for(case["action"], case["call"]), case["months"], grant).instalments
    assert tuple(map(Decimal, case["parts"])) == split(grant, shares)


def test_a_partner_gets_its_parts_of_an_odd_share() -> None:
    case = read("instalments")["partner"]
    plan = cooperation(partner_instalments={"P2": case["instalments"]})
    partner = plan.partners["P2"].model_copy(update={"grant": Decimal(case["share"])})
    life = signed(plan.model_copy(update={"partners": plan.partners | {"P2": partner}}))
    due = [Decimal(0)]
    life.then("2025-12-01", "payment-received", amount=100_000)
    due.append(life.account().partners["P2"].due)
    life.then("2027-03-01", "interim-report", used=70_000).then("2027-04-01", "interim-accepted")
    life.then("2027-05-01", "payment-received", amount=100_000)
    due.append(life.account().partners["P2"].due)
    due.append(life.account().partners["P2"].share)
    assert [Decimal(part) for part in case["parts"]] == [now - before for before, now in pairwise(due)]


@cases("decisions", "cases")
def test_the_balance_after_the_decision(case: Case) -> None:
    plan = of_amount(PLANS[GrantKind(case["kind"])](), eur(case["grant"]))
    life = signed(plan)
    for amount in case["paid"]:
        life.then(str(plan.start), "payment-received", amount=amount)
    life.then(str(plan.end), "final-report").then(str(plan.end), "assessed", final=case["final"])
    balance = Decimal(case["balance"])
    expected = State.BALANCE if balance > 0 else State.RECOVERY if balance < 0 else State.CLOSED
    assert (balance, expected) == (life.account().balance, life.state())
    assert sum(one.final or 0 for one in life.account().partners.values()) == Decimal(case["final"])
    if balance:
        kind = "payment-received" if balance > 0 else "repayment"
        assert life.then(str(plan.end), kind, amount=abs(balance)).state() is State.CLOSED


@pytest.mark.parametrize(
    "case", [case for case in read("decisions")["cases"] if "packages" in case], ids=lambda case: case["id"]
)
def test_the_final_grant_by_points(case: Case) -> None:
    packages: list[Case] = [{"id": "WP1", "title": "Project management", "management": True, "shares": {"P1": 0}}]
    packages += [
        {"id": f"WP{n}", "title": "Example", "shares": {"P1": one["amount"]}}
        for n, one in enumerate(case["packages"], 2)
    ]
    partners = [
        {"id": f"P{n}", "name": f"Example {n}", "country": code} for n, code in enumerate(("ES", "FR", "DE"), 1)
    ]
    partners[0] |= {"role": "coordinator", "established": "2001-01-01"}
    examined = steps.examine(
        Project.model_validate(
            {
                "action": "KA220-ADU", "call": 2026, "title": "Example: worked case", "start": "2026-09-01",
                "months": 24, "lump_sum": case["grant"], "estimated_cost": case["grant"] + 1_000, "partners": partners,
                "work_packages": [package | {"lead": "P1"} for package in packages],
            }
        )
    )  # fmt: skip
    scores = [{"id": f"WP{n}", "score": one["score"]} for n, one in enumerate(case["packages"], 2)]
    settlement = steps.assess(examined, Report.model_validate({"work_packages": scores}))
    assert Decimal(case["final"]) == settlement.final_grant


# Days.


@cases("dates", "interim")
def test_an_interim_report_and_its_parts(case: Case) -> None:
    assert (case["due"] - case["until"]).days == case["days"]
    life = signed(cooperation(reports=[{"kind": "interim", "until": case["until"], "due": case["due"]}]))
    assert case["due"] == life.due("interim-report-1").date
    assert case["partner_input"] == life.due("partner-input-interim-1").date


@cases("dates", "windows")
def test_a_report_of_two_months_after_its_period(case: Case) -> None:
    assert (case["opens"], case["due"]) == (case["until"] + timedelta(days=1), after_months(case["until"], 2))
    life = signed(cooperation(reports=[{"kind": "progress", "until": case["until"], "due": case["due"]}]))
    assert case["due"] == life.due("progress-report-1").date


@cases("dates", "final")
def test_the_final_report_by_formula_and_by_a_fixed_day(case: Case) -> None:
    plain, fixed = small_scale(), small_scale(final_report=case.get("fixed"))
    dates = {one.key: one for one in schedule(plain.model_copy(update={"end": case["end"]}))}
    assert case["formula"] == dates["final-report"].date
    found = next(one for one in schedule(fixed.model_copy(update={"end": case["end"]})) if one.key == "final-report")
    assert case.get("fixed", case["formula"]) == found.date
    for number, day in enumerate(case.get("reminders", []), 1):
        assert day == dates[f"reminder-{number}"].date


@cases("dates", "periods")
def test_two_reporting_periods(case: Case) -> None:
    assert case["first_ends"] == end_of_period(case["start"], case["months"] // 2)
    assert case["request"] == after_months(case["first_ends"], 6)
    reports = [
        {"kind": "progress", "until": case["first_ends"]},
        {"kind": "interim", "until": case["first_ends"], "due": case["request"]},
    ]
    changes = {key: case[key] for key in ("call", "start", "months")}
    plan = plan_of("labs-knowledge-alliance", Agreement(reports=reports), **changes)
    assert case["action"] == plan.action
    dates = {one.key: one.date for one in schedule(plan)}
    assert (case["progress"], case["request"], case["final"]) == (
        dates["progress-report-1"],
        dates["interim-report-1"],
        dates["final-report"],
    )


@cases("dates", "weekends")
def test_a_report_due_on_a_day_off(case: Case) -> None:
    plan = small_scale(weekends="next-working-day", holidays=case["holidays"]).model_copy(update={"end": case["end"]})
    found = next(one for one in schedule(plan) if one.key == "final-report")
    assert case["printed"] == found.date
    assert (None if case["moved"] == case["printed"] else case["moved"]) == found.latest
    life = Life(plan.model_copy(update={"start": case["end"]})).then("2025-01-01", "signed")
    assert life.state(str(case["moved"])) is State.REPORT_AWAITED
    assert life.state(str(case["moved"] + timedelta(days=1))) is State.LATE
