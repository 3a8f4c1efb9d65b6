"""The dates of a grant after each of its events; what depends on the plan alone stands in test_schedule.py."""

from datetime import date
from typing import Any

import pytest
from lives import MENTOR, PLANS, Life, agreed, cooperation, eacea, eur, signed, small_scale, unit_contributions

from ka2budget.dates import before_months
from ka2budget.lifecycle import State
from ka2budget.rules import GrantKind
from ka2budget.schedule import schedule


def day(text: str) -> date:
    return date.fromisoformat(text)


def ongoing(**agreement: Any) -> Life:  # noqa: ANN401
    return signed(cooperation(**agreement)).then("2025-12-01", "payment-received", amount=100_000)


def decided(final: int, **agreement: Any) -> Life:  # noqa: ANN401
    """A grant that ended on 31 October 2028, of which 100 000 EUR were paid."""
    return ongoing(**agreement).then("2028-12-01", "final-report").then("2029-01-10", "assessed", final=final)


# Pre-financing.


def test_pre_financing_is_expected_after_the_signature_that_was_recorded() -> None:
    life = Life(cooperation(signed="2025-09-01")).then("2025-10-01", "signed")
    due = life.due("instalment-1")
    assert (due.date, [doubt.say() for doubt in due.doubts]) == (
        day("2025-10-31"),
        ["The guide prints no shares (p. 460); they stand in the grant agreement."],
    )


def test_a_guarantee_holds_up_the_first_payment() -> None:
    life = signed(cooperation(guarantee=80_000))
    assert (life.due("instalment-1").date, life.due("guarantee").amount) == (None, eur(80_000))
    life.then("2025-10-05", "guarantee-asked", amount=90_000)
    assert (life.due("guarantee").amount, life.due("guarantee").done) == (eur(90_000), None)
    life.then("2025-10-15", "guarantee-received")
    assert (life.due("guarantee").done, life.due("instalment-1").date) == (day("2025-10-15"), day("2025-11-14"))
    assert life.due("instalment-1").reason.say().endswith("30 days after the guarantee was handed in")


def test_a_guarantee_that_came_before_the_signature_holds_up_nothing() -> None:
    life = Life(cooperation()).then("2025-09-01", "awarded").then("2025-09-10", "guarantee-asked")
    life.then("2025-09-20", "guarantee-received").then("2025-10-01", "signed")
    assert life.due("instalment-1").date == day("2025-10-31")


def test_the_agency_in_brussels_pays_no_earlier_than_ten_days_before_the_start() -> None:
    life = Life(eacea()).then("2025-08-01", "signed")
    assert (life.due("instalment-1").date, life.due("instalment-1").reason.say()) == (
        day("2025-10-22"),
        "40.00% of the grant; 10 days before the start",
    )


def test_a_grant_without_pre_financing_has_no_date_for_it() -> None:
    assert "instalment-1" not in signed(cooperation(instalments=("0", "1"))).named()


# Passing on.


def test_every_payment_is_passed_on_within_thirty_days() -> None:
    life = ongoing()
    assert (life.due("distribution-1").date, life.due("distribution-1").amount, life.due("distribution-1").done) == (
        day("2025-12-31"),
        eur(68_500),
        None,
    )
    for partner in ("P2", "P3", "P4"):
        amount = life.account().partners[partner].to_pay
        life.then("2025-12-20", "transfer", partner=partner, amount=amount)
    assert (life.due("distribution-1").amount, life.due("distribution-1").done) == (eur(0), day("2025-12-20"))
    life.then("2026-03-01", "payment-received", amount=1_000)
    assert life.due("distribution-2").date == day("2026-03-31")


def test_the_name_of_a_date_outlives_a_correction() -> None:
    life = ongoing().then("2026-06-01", "amendment-requested")
    before = life.named()
    life.then("2025-12-02", "payment-received", amount=100_000, corrects=3)
    life.then("2026-06-02", "amendment-requested", corrects=4)
    assert (life.due("distribution-1").date, life.due("amendment-reply-1").date) == (
        day("2026-01-01"),
        day("2026-07-17"),
    )
    assert sorted(before) == sorted(life.named())


def test_what_was_done_is_told_by_its_name() -> None:
    life = ongoing().then("2026-07-15", "done", key="evidence-WP2")
    assert life.due("evidence-WP2").done == day("2026-07-15")


OPEN = [
    {"kind": "progress", "due": "2026-05-31"},
    {"kind": "interim", "until": "2027-04-30", "due": "2027-06-30"},
]


def waited_for(life: Life) -> set[str]:
    """Return the dates on which somebody still has to do something."""
    return {one.key for one in life.schedule() if one.done is None and one.nature != "milestone"}


def test_what_belongs_to_the_project_is_over_once_the_final_report_is_sent() -> None:
    life = ongoing(reports=OPEN).then("2026-12-01", "done", key="evidence-WP2")
    before = {"evidence-WP1", "progress-report-1", "interim-report-1", "partner-input-interim-1"}
    assert before <= waited_for(life)
    life.then("2028-12-01", "final-report")
    assert waited_for(life) == {"balance", "distribution-1", "instalment-2"}
    assert {life.due(key).done for key in before} == {day("2028-12-01")}
    assert life.due("evidence-WP2").done == day("2026-12-01")
    life.then("2028-12-20", "final-returned", due="2029-01-15")
    assert {life.due(key).done for key in before} == {day("2028-12-01")}
    assert {"final-report", "results", "partner-input-final"} <= waited_for(life)


def test_nothing_is_waited_for_after_a_grant_was_given_up() -> None:
    life = Life(cooperation(reports=OPEN)).then("2025-09-01", "awarded").then("2025-09-10", "guarantee-asked")
    life.then("2025-09-20", "signed").then("2026-01-10", "amendment-requested")
    assert {"guarantee", "instalment-1", "amendment-reply-1", "evidence-WP1"} <= waited_for(life)
    life.then("2026-02-01", "no-grant-requested").then("2026-03-01", "no-grant-accepted")
    assert (life.state(), waited_for(life)) == (State.CLOSED, set())
    assert life.due("instalment-1").done == life.due("guarantee").done == day("2026-03-01")


@pytest.mark.parametrize("kind", GrantKind)
def test_nothing_is_waited_for_after_a_grant_is_closed(kind: GrantKind) -> None:
    plan = PLANS[kind](reports=OPEN)
    life = signed(plan).then(str(plan.start), "payment-received", amount=plan.instalments[0])
    for key, partner in life.account().partners.items():
        if partner.to_pay:
            life.then(str(plan.start), "transfer", partner=key, amount=partner.to_pay)
    life.then(str(plan.end), "final-report").then(str(plan.end), "assessed", final=plan.instalments[0])
    returned = {key: one.to_return for key, one in life.account().partners.items() if one.to_return}
    for key, amount in returned.items():
        life.then(str(plan.end), "transfer-returned", partner=key, amount=amount)
    assert (life.state(), waited_for(life)) == (State.CLOSED, set())


# Reports before the final one.


def test_reports_are_due_on_fixed_days_or_after_their_periods() -> None:
    reports = [
        {"kind": "progress", "due": "2026-05-31"},
        {"kind": "progress", "until": "2027-04-30"},
        {"kind": "interim", "until": "2027-04-30"},
        {"kind": "interim", "until": "2027-10-31", "due": "2028-01-31"},
    ]
    life = signed(eacea(reports=reports)).then("2025-12-01", "payment-received", amount=100_000)
    life.then("2026-05-20", "progress-report")
    found = {key: life.due(key).date for key in life.named() if "-report-" in key}
    assert found == {
        "progress-report-1": day("2026-05-31"),
        "progress-report-2": day("2027-06-29"),
        "interim-report-1": day("2027-06-29"),
        "interim-report-2": day("2028-01-31"),
    }
    assert (life.due("progress-report-1").done, life.due("progress-report-2").done) == (day("2026-05-20"), None)
    assert (life.due("partner-input-interim-1").date, life.due("partner-input-interim-2").date) == (
        day("2027-05-29"),
        day("2027-12-31"),
    )


def test_national_agencies_fix_the_day_of_an_interim_report() -> None:
    life = ongoing(reports=[{"kind": "interim", "until": "2027-04-30"}])
    assert (life.due("interim-report-1").date, life.due("instalment-2").date) == (None, None)


def test_a_month_before_the_last_of_a_month_is_the_last_of_the_month_before() -> None:
    assert before_months(day("2024-04-30"), 1) == day("2024-03-31")
    assert before_months(day("2024-03-31"), 1) == day("2024-02-29")
    assert before_months(day("2024-04-29"), 1) == day("2024-03-29")


def test_once_it_is_decided_no_further_pre_financing_is_waited_for() -> None:
    assert "instalment-2" in ongoing().named()
    assert "instalment-2" not in decided(250_000).named()


# The final report.


@pytest.mark.parametrize(
    ("events", "due", "done"),
    [
        ([], "2028-12-30", None),
        ([("2026-04-01", "terminated", {})], "2026-05-31", None),
        ([("2026-04-01", "terminated", {"effect": "2026-04-30"})], "2026-06-29", None),
        ([("2028-12-01", "final-report", {})], "2028-12-30", "2028-12-01"),
        ([("2028-12-01", "final-report", {}), ("2028-12-20", "final-returned", {})], "2028-12-30", None),
        (
            [("2028-12-01", "final-report", {}), ("2028-12-20", "final-returned", {"due": "2029-01-15"})],
            "2029-01-15",
            None,
        ),
        (
            [
                ("2026-04-01", "terminated", {}),
                ("2026-05-01", "final-report", {}),
                ("2026-06-01", "final-returned", {"due": "2026-06-15"}),
                ("2026-06-10", "final-report", {}),
            ],
            "2026-05-31",
            "2026-06-10",
        ),
    ],
)
def test_the_final_report_is_due(events: list[tuple[str, str, dict[str, Any]]], due: str, done: str | None) -> None:
    life = ongoing()
    for when, kind, details in events:
        life.then(when, kind, **details)
    expected = (day(due), done and day(done))
    assert expected == (life.due("final-report").date, life.due("final-report").done)
    assert expected[1] == life.due("results").done


def test_a_report_sent_back_without_a_day_is_never_late() -> None:
    life = ongoing().then("2028-12-01", "final-report").then("2028-12-20", "final-returned")
    assert (life.state("2030-12-31"), life.grant().history.report_due) == (State.RETURNED, None)


def test_the_report_after_a_claim_is_due_when_the_agency_says() -> None:
    life = decided(120_000).then("2029-01-20", "contested").then("2029-02-10", "claim-accepted", due="2029-04-01")
    due = life.due("final-report")
    assert due.source is not None
    assert (due.date, due.source.say()) == (day("2029-04-01"), "the agency's letter")
    life.then("2029-03-20", "final-report").then("2029-04-10", "final-returned", due="2029-04-30")
    assert (life.due("final-report").date, life.state("2029-05-01")) == (day("2029-04-30"), State.LATE)


def test_grace_runs_from_the_reminder_that_came() -> None:
    life = ongoing()
    assert life.due("grace-end").date == day("2029-02-13")
    life.then("2029-01-05", "formal-reminder")
    assert (life.due("grace-end").date, life.due("grace-end").reason.say()) == (
        day("2029-02-04"),
        "30 days after the formal reminder",
    )
    life.then("2029-02-10", "decided-without-report", final=0)
    assert life.due("grace-end").done == day("2029-02-10")


def test_the_agency_in_brussels_has_no_term_of_grace_and_no_claim() -> None:
    life = signed(eacea()).then("2025-12-01", "payment-received", amount=100_000)
    life.then("2028-12-01", "final-report").then("2029-01-10", "assessed", final=0)
    assert not {"grace-end", "contest"} & set(life.named())


# The balance and what comes after.


def test_the_balance_is_due_after_the_report_was_first_received_and_the_days_of_its_correction() -> None:
    life = ongoing().then("2028-12-01", "final-report")
    assert life.due("balance").date == day("2029-01-30")
    life.then("2028-12-11", "final-returned").then("2028-12-21", "final-report")
    assert life.due("balance").date == day("2029-02-09")
    life.then("2029-01-01", "final-returned").then("2029-01-04", "final-report")
    life.then("2029-01-20", "assessed", final=250_000)
    assert life.due("balance").date == day("2029-02-12")
    assert life.due("balance").reason.say().endswith("and 13 days in which it was being corrected")


def test_the_decision_can_be_contested_for_thirty_days() -> None:
    life = decided(120_000)
    assert (life.due("contest").date, life.due("contest").done) == (day("2029-02-09"), None)
    life.then("2029-01-20", "contested")
    assert life.due("contest").done == day("2029-01-20")


def test_a_guarantee_is_released_with_the_balance_or_three_months_after_a_debit_note() -> None:
    asked = signed(cooperation()).then("2025-10-05", "guarantee-asked").then("2025-10-15", "guarantee-received")
    asked.then("2025-12-01", "payment-received", amount=100_000).then("2028-12-01", "final-report")
    asked.then("2029-01-10", "assessed", final=70_000)
    assert asked.due("guarantee-release").date is None
    asked.then("2029-01-31", "debit-note", amount=30_000, due="2029-03-15")
    assert (asked.due("guarantee-release").date, asked.due("repayment").date) == (day("2029-04-30"), day("2029-03-15"))
    asked.then("2029-03-01", "repayment", amount=30_000).then("2029-05-05", "guarantee-released")
    assert asked.due("guarantee-release").done == day("2029-05-05")
    assert "guarantee-release" not in decided(100_000).named()


@pytest.mark.parametrize(("plan", "years"), [(small_scale(), 3), (cooperation(), 5), (unit_contributions(), 5)])
def test_records_are_kept_from_the_last_payment(plan: Any, years: int) -> None:  # noqa: ANN401
    life = signed(plan).then(f"{plan.start}", "payment-received", amount=plan.instalments[0])
    life.then(f"{plan.end}", "final-report").then(f"{plan.end}", "assessed", final=plan.grant)
    assert life.due("records-until").reason.say().endswith("if report and payment come on their last days")
    paid = date(plan.end.year + 1, 3, 4)
    life.then(f"{paid}", "payment-received", amount=plan.grant - plan.instalments[0])
    assert life.due("records-until").date == paid.replace(year=paid.year + years)
    assert life.due("records-until").reason.say() == f"{years} years after the last payment"


def test_an_amendment_is_answered_within_forty_five_days() -> None:
    life = ongoing().then("2026-06-01", "amendment-requested")
    assert (life.due("amendment-reply-1").date, life.due("amendment-reply-1").done) == (day("2026-07-16"), None)
    life.then("2026-07-01", "amendment-refused").then("2026-09-01", "amendment-requested")
    assert (life.due("amendment-reply-2").date, life.due("amendment-reply-2").done) == (day("2026-10-16"), None)
    life.then("2026-09-20", "amendment-signed")
    assert life.due("amendment-reply-2").done == day("2026-09-20")


def test_an_answer_recorded_before_its_request_is_its_answer() -> None:
    life = ongoing().then("2026-06-20", "amendment-refused").then("2026-06-01", "amendment-requested")
    assert life.due("amendment-reply-1").done == day("2026-06-20")


def test_how_far_a_project_may_be_extended_does_not_grow_with_its_extension() -> None:
    life = signed(agreed(MENTOR, instalments=("0.4", "0.4", "0.2"))).then("2025-12-01", "payment-received", amount=1)
    limit = life.due("extension-limit")
    longer = MENTOR.model_copy(update={"months": 30})
    life.then("2027-05-01", "amendment-signed", plan=agreed(longer, instalments=("0.4", "0.4", "0.2")))
    assert (limit, life.due("end").date) == (life.due("extension-limit"), day("2028-04-30"))


# Weekends and holidays.


def test_a_date_on_a_weekend_holds_as_printed_or_moves_to_the_next_working_day() -> None:
    printed = ongoing()
    assert (printed.due("final-report").date, printed.due("final-report").latest) == (day("2028-12-30"), None)
    assert printed.state("2028-12-31") is State.LATE
    moved = ongoing(weekends="next-working-day", holidays=["2029-01-01", "2029-01-02"])
    assert (moved.due("final-report").date, moved.due("final-report").latest) == (day("2028-12-30"), day("2029-01-03"))
    assert (moved.state("2029-01-03"), moved.state("2029-01-04")) == (State.REPORT_AWAITED, State.LATE)
    assert moved.due("end").latest is None
    assert moved.due("grace-end").date == day("2029-02-17")


@pytest.mark.parametrize("kind", GrantKind)
def test_the_names_of_dates_are_unique_at_every_step(kind: GrantKind) -> None:
    plan = PLANS[kind]()
    life = Life(plan)
    start, end = plan.start, plan.end
    steps: list[tuple[date, str, dict[str, Any]]] = [
        (start, "guarantee-asked", {}), (start, "signed", {}), (start, "guarantee-received", {}),
        (start, "payment-received", {"amount": 1_000}), (start, "payment-received", {"amount": 1_000}),
        (start, "transfer", {"partner": "P2", "amount": 5}), (start, "amendment-requested", {}),
        (start, "amendment-signed", {}), (start, "amendment-requested", {}), (start, "interim-report", {"used": 5}),
        (start, "interim-accepted", {}), (start, "payment-received", {"amount": 1}),
        (start, "interim-report", {"used": 5}), (start, "interim-accepted", {}),
        (end, "final-report", {}), (end, "assessed", {"final": 5_000}), (end, "payment-received", {"amount": 2_999}),
        (end, "audit-opened", {}), (end, "audit-closed", {"final": 100}), (end, "debit-note", {"amount": 4_900}),
    ]  # fmt: skip
    if kind is not GrantKind.EACEA:
        steps += [(end, "contested", {}), (end, "claim-accepted", {}), (end, "final-report", {})]
    steps = [(start, "awarded", {}), *steps]
    seen = {one.key for one in schedule(plan)}
    for when, name, details in steps:
        life.then(str(when), name, **details)
        names = life.named()
        assert len(set(names)) == len(names)
        seen &= set(names)
    assert {"start", "end", "final-report", "balance", "records-until", "results", "partner-input-final"} <= seen


def test_an_interim_report_that_was_overtaken_by_the_final_one_is_the_same_report_when_sent_again() -> None:
    life = ongoing().then("2028-10-01", "interim-report", used=90_000).then("2028-11-10", "interim-returned")
    life.then("2029-01-05", "formal-reminder")
    assert life.state() is State.LATE
    longer = cooperation().model_copy(update={"end": day("2029-04-30")})
    life.then("2029-01-10", "amendment-signed", plan=longer)
    assert life.state() is State.INTERIM_RETURNED
    life.then("2029-01-20", "interim-report").then("2029-02-10", "interim-accepted")
    assert (life.due("interim-report-1").done, life.due("instalment-2").date) == (day("2028-10-01"), day("2029-02-09"))


def test_a_milestone_is_past_and_a_duty_is_late() -> None:
    life = ongoing()
    assert life.due("reminder-1").is_past(day("2028-11-01"))
    assert not life.due("reminder-1").is_past(day("2028-10-31"))
    assert not life.due("final-report").is_past(day("2029-12-31"))


def test_an_extension_is_counted_from_the_agreement_that_was_signed() -> None:
    terms = {"instalments": ("0.4", "0.4", "0.2")}
    shorter = MENTOR.model_copy(update={"months": 12, "call": 2025})
    life = Life(agreed(MENTOR, **terms)).then("2025-10-01", "signed", plan=agreed(shorter, **terms))
    assert life.due("extension-limit").reason.say().startswith("24 months more")
