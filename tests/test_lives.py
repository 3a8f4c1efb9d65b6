"""Whole lives of grants, told event by event: where they stand, what they are owed and owe, and by when."""

from datetime import date

import pytest
from lives import (
    MENTOR,
    NEVER,
    WITHOUT_P4,
    Life,
    agreed,
    cooperation,
    eacea,
    eur,
    moved,
    signed,
    small_scale,
    unit_contributions,
)

from ka2budget.lifecycle import NATIONAL, Guarantee, NotPossible, State


def test_a_small_scale_partnership_whose_report_came_late_and_whose_grant_was_cut() -> None:
    life = Life(small_scale())
    assert State.SELECTED is life.state()
    life.then("2026-07-20", "awarded")
    assert State.PREPARATION is life.state()
    life.then("2026-08-10", "signed")
    assert (State.PREFINANCING, date(2026, 9, 9)) == (life.state(), life.due("instalment-1").date)
    life.then("2026-08-28", "payment-received", amount=48_000)
    assert (State.ONGOING, date(2026, 9, 27)) == (life.state(), life.due("distribution-1").date)
    assert life.due("distribution-1").amount == eur("22399.99")
    life.then("2026-09-15", "transfer", partner="P2", amount="22399.99")
    assert life.due("distribution-1").done == date(2026, 9, 15)

    assert State.ONGOING is life.state("2028-02-29")
    assert State.REPORT_AWAITED is life.state("2028-03-01")
    assert (date(2028, 4, 29), date(2028, 6, 13)) == (life.due("final-report").date, life.due("grace-end").date)
    assert [life.state("2028-04-29"), life.state("2028-04-30")] == [State.REPORT_AWAITED, State.LATE]
    life.then("2028-05-05", "formal-reminder")
    assert (State.LATE, date(2028, 6, 4)) == (life.state(), life.due("grace-end").date)
    life.then("2028-05-20", "final-report")
    assert (State.ASSESSMENT, date(2028, 7, 19)) == (life.state(), life.due("balance").date)
    life.then("2028-06-10", "final-returned", due="2028-06-24")
    assert (State.RETURNED, date(2028, 6, 24)) == (life.state(), life.due("final-report").date)
    assert State.LATE is life.state("2028-06-25")
    life.then("2028-06-20", "final-report")
    assert (State.ASSESSMENT, date(2028, 7, 29)) == (life.state(), life.due("balance").date)

    life.then("2028-07-10", "assessed", final=42_000, score=40, partners={"P1": 22_400, "P2": 19_600})
    assert (State.RECOVERY, eur(-6_000)) == (life.state(), life.account().balance)
    assert (eur("2799.99"), eur("2799.99")) == (life.account().partners["P2"].to_return, life.account().exposure)
    life.then("2028-07-20", "debit-note", amount=6_000, due="2028-08-20")
    assert (date(2028, 8, 20), eur(6_000)) == (life.due("repayment").date, life.due("repayment").amount)
    life.then("2028-08-10", "repayment", amount=2_500)
    assert (State.RECOVERY, eur(-3_500)) == (life.state(), life.account().balance)
    life.then("2028-08-12", "transfer-returned", partner="P2", amount="2799.99")
    life.then("2028-08-18", "repayment", amount=3_500)
    assert (State.CLOSED, eur(0), eur(0)) == (life.state(), life.account().balance, life.account().exposure)
    assert (date(2028, 8, 18), date(2031, 8, 18)) == (life.due("repayment").done, life.due("records-until").date)
    assert [life.state("2031-08-18"), life.state("2031-08-19")] == [State.CLOSED, State.ARCHIVED]
    passages = [passage.day for passage in life.grant("2031-08-19").passages]
    assert sorted(passages) == passages


TERMS = {
    "instalments": ("0.4", "0.4", "0.2"),
    "reports": [{"kind": "interim", "until": "2026-10-31", "due": "2026-12-31"}],
}


def running() -> Life:
    """A Cooperation Partnership of 24 months in 40/40/20, whose first part was passed on."""
    life = Life(agreed(MENTOR, **TERMS)).then("2025-10-14", "signed")
    life.then("2025-11-20", "payment-received", amount=100_000)
    for partner, amount in {"P2": "21653.34", "P3": "22953.33", "P4": "23893.33"}.items():
        assert life.account().partners[partner].to_pay == eur(amount)
        life.then("2025-12-10", "transfer", partner=partner, amount=amount)
    return life


def without_a_partner() -> Life:
    """The same, after a partner left and another took over its tasks."""
    life = running().then("2026-06-01", "amendment-requested")
    life.then("2026-07-10", "amendment-signed", plan=agreed(WITHOUT_P4, **TERMS))
    life.then("2026-08-15", "transfer-returned", partner="P4", amount="23893.33")
    return life.then("2026-08-20", "transfer", partner="P3", amount="23893.33")


def corrected_twice() -> Life:
    """The same, with an interim report that was corrected twice, and that shows too little use."""
    life = without_a_partner().then("2026-12-15", "interim-report", until="2026-10-31", used=60_000)
    life.then("2027-01-20", "interim-returned", due="2027-02-10").then("2027-02-05", "interim-report")
    life.then("2027-02-20", "interim-returned").then("2027-03-01", "interim-report", used=65_000)
    return life.then("2027-03-05", "interim-accepted")


def test_what_came_is_passed_on() -> None:
    life = running()
    assert (life.state(), life.account().exposure) == (State.ONGOING, eur(68_500))
    passed_on = life.due("distribution-1")
    assert (passed_on.date, passed_on.amount, passed_on.done) == (date(2025, 12, 20), eur(0), date(2025, 12, 10))


def test_a_partner_that_leaves_returns_what_it_had_and_another_gets_it() -> None:
    life = running().then("2026-06-01", "amendment-requested")
    assert (life.due("amendment-reply-1").date, life.due("amendment-reply-1").done) == (date(2026, 7, 16), None)
    life.then("2026-07-10", "amendment-signed", plan=agreed(WITHOUT_P4, **TERMS))
    assert (life.state(), life.due("amendment-reply-1").done) == (State.ONGOING, date(2026, 7, 10))
    left, heir = life.account().partners["P4"], life.account().partners["P3"]
    assert (left.name, left.share, left.to_return) == ("Example Digital Workshop", eur(0), eur("23893.33"))
    assert (heir.share, heir.to_pay) == (eur("117116.66"), eur("23893.33"))
    assert life.due("partner-returns").amount == eur("23893.33")
    assert [finding.code for finding in life.account().findings] == ["transfer-not-owed"]
    after = without_a_partner()
    assert ("partner-returns" in after.named(), after.account().findings) == (False, ())


def test_the_clock_stands_while_an_interim_report_is_corrected() -> None:
    life = without_a_partner()
    assert life.due("interim-report-1").date == date(2026, 12, 31)
    life = corrected_twice()
    assert (life.state("2026-12-15"), life.state("2027-01-20")) == (State.INTERIM, State.INTERIM_RETURNED)
    assert (life.state(), life.due("interim-report-1").done) == (State.PAYMENT, date(2026, 12, 15))
    further = life.due("instalment-2")
    assert (further.date, further.amount) == (date(2027, 3, 10), eur(65_000))
    expected = (
        "€100,000.00 less €35,000.00, as €65,000.00 of €100,000.00 is used, less than 70.00%; 60 days after the report "
        "was received, and 25 days in which it was being corrected"
    )
    assert expected == further.reason.say()
    life.then("2027-04-01", "payment-received", amount=65_000)
    assert (life.state(), life.due("instalment-2").done) == (State.ONGOING, date(2027, 4, 1))


def test_money_moves_from_one_work_package_to_another() -> None:
    shifted = moved(WITHOUT_P4, {"WP3": {"P1": 20_050}, "WP4": {"P1": 27_000}})
    life = corrected_twice().then("2027-05-05", "amendment-signed", plan=agreed(shifted, **TERMS))
    parts = life.grant().plan.parts
    assert (parts["WP3"].amount, parts["WP4"].amount) == (eur(88_400), eur(69_000))
    assert (life.state(), life.account().grant) == (State.PAYMENT, eur(250_000))


def test_an_extension_signed_after_the_old_end_opens_the_project_again() -> None:
    life = corrected_twice().then("2027-04-01", "payment-received", amount=65_000)
    life.then("2027-10-01", "amendment-requested")
    assert (life.state("2027-10-31"), life.state("2027-11-01")) == (State.ONGOING, State.REPORT_AWAITED)
    keys, longer = life.named(), WITHOUT_P4.model_copy(update={"months": 30})
    life.then("2027-11-20", "amendment-signed", plan=agreed(longer, **TERMS))
    assert (life.state(), life.grant().plan.end) == (State.ONGOING, date(2028, 4, 30))
    assert [one.kind.value for one in life.grant().passages[-3:]] == ["end-passed", "amendment-signed", "end-moved"]
    assert (life.due("final-report").date, sorted(life.named())) == (date(2028, 6, 29), sorted(keys))

    life.then("2028-06-20", "final-report").then("2028-08-10", "assessed", final=244_000)
    assert (life.state(), life.account().balance) == (State.BALANCE, eur(79_000))
    assert (life.due("balance").amount, life.due("balance").date) == (eur(79_000), date(2028, 8, 19))
    assert life.due("contest").date == date(2028, 9, 9)
    life.then("2028-08-25", "payment-received", amount=79_000)
    assert (life.state(), life.due("records-until").date) == (State.CLOSED, date(2033, 8, 25))
    finals = {key: one.final for key, one in life.account().partners.items()}
    assert (sum(finals.values()), finals["P4"]) == (eur(244_000), eur(0))


def test_a_lump_sum_of_the_agency_in_brussels_paid_by_accepted_work_packages() -> None:
    life = Life(eacea()).then("2025-08-01", "awarded").then("2025-08-20", "guarantee-asked", amount=100_000)
    assert Guarantee.ASKED is life.grant().position.guarantee
    life.then("2025-09-10", "signed")
    assert (None, eur(100_000)) == (life.due("instalment-1").date, life.due("guarantee").amount)
    life.then("2025-09-25", "guarantee-received", amount=100_000)
    assert (State.PREFINANCING, date(2025, 10, 25)) == (life.state(), life.due("instalment-1").date)
    assert life.due("guarantee").done == date(2025, 9, 25)
    life.then("2025-10-20", "payment-received", amount=100_000)
    assert State.ONGOING is life.state()

    life.then("2027-06-15", "interim-report", until="2027-04-30", accepted={"WP2": 47_600, "WP3": 92_400})
    life.then("2027-08-01", "interim-accepted")
    assert (State.PAYMENT, eur(40_000)) == (life.state(), life.due("instalment-2").amount)
    assert life.due("instalment-2").date == date(2027, 9, 13)
    life.then("2027-09-01", "payment-received", amount=40_000)
    life.then("2028-06-15", "interim-report", accepted={"WP2": 47_600, "WP3": 92_400})
    life.then("2028-07-01", "interim-accepted")
    assert (State.ONGOING, eur(0), date(2028, 7, 1)) == (
        life.state(),
        life.due("instalment-3").amount,
        life.due("instalment-3").done,
    )

    with pytest.raises(NotPossible, match="no-grant-requested is not possible"):
        Life(life.plan).then("2025-09-10", "signed").then("2025-10-01", "no-grant-requested").grant()
    life.then("2028-12-20", "final-report").then("2029-02-01", "assessed", final=240_000)
    assert (State.BALANCE, eur(100_000)) == (life.state(), life.account().balance)
    assert "contest" not in life.named()
    assert life.due("guarantee-release").date is None
    life.then("2029-02-18", "payment-received", amount=100_000)
    assert (State.CLOSED, date(2029, 2, 18)) == (life.state(), life.due("guarantee-release").date)
    life.then("2029-03-01", "guarantee-released")
    assert (Guarantee.RELEASED, date(2029, 3, 1)) == (
        life.grant().position.guarantee,
        life.due("guarantee-release").done,
    )

    life.then("2030-05-06", "audit-opened")
    assert State.AUDIT is life.state("2034-12-31")
    life.then("2030-11-11", "audit-closed", final=230_000)
    assert (State.RECOVERY, eur(-10_000)) == (life.state(), life.account().balance)
    life.then("2030-12-01", "debit-note", amount=10_000).then("2031-01-10", "repayment", amount=10_000)
    assert (State.CLOSED, date(2036, 1, 10)) == (life.state(), life.due("records-until").date)


def test_an_audit_that_changes_nothing_closes_as_before() -> None:
    life = signed(eacea()).then("2025-10-20", "payment-received", amount=100_000)
    life.then("2028-12-20", "final-report").then("2029-02-01", "assessed", final=100_000)
    life.then("2030-05-06", "audit-opened").then("2030-06-06", "audit-closed")
    assert (State.CLOSED, date(2034, 2, 1)) == (life.state(), life.grant().history.records_until)


@pytest.mark.parametrize(
    ("final", "state"), [(150_000, State.BALANCE), (100_000, State.CLOSED), (80_000, State.RECOVERY)]
)
def test_an_audit_may_open_while_money_is_still_owed_and_leave_the_decision_as_it_was(final: int, state: State) -> None:
    life = signed(eacea()).then("2025-10-20", "payment-received", amount=100_000)
    life.then("2028-12-20", "final-report").then("2029-02-01", "assessed", final=final)
    before = life.account()
    assert life.state() is state
    life.then("2029-02-10", "audit-opened")
    assert life.state() is State.AUDIT
    life.then("2029-06-06", "audit-closed")
    assert (life.state(), life.account()) == (state, before)


def test_a_debit_note_may_come_during_an_audit() -> None:
    life = signed(eacea()).then("2025-10-20", "payment-received", amount=100_000)
    life.then("2028-12-20", "final-report").then("2029-02-01", "assessed", final=80_000)
    life.then("2029-02-10", "audit-opened").then("2029-03-01", "debit-note", amount=20_000, due="2029-04-01")
    assert life.due("repayment").date == date(2029, 4, 1)


def strategic() -> Life:
    """A grant of 135 381.28 EUR in 40/40/20 whose first two parts were paid."""
    life = signed(unit_contributions()).then("2018-10-05", "payment-received", amount="54152.51")
    assert (life.plan.instalments, life.plan.terms.kind in NATIONAL) == (
        (eur("54152.51"), eur("54152.51"), eur("27076.26")),
        True,
    )
    life.then("2019-06-01", "progress-report", until="2019-05-31")
    life.then("2019-10-15", "interim-report", used="37906.76").then("2019-11-15", "interim-accepted")
    assert (State.PAYMENT, eur("54152.51")) == (life.state(), life.due("instalment-2").amount)
    return life.then("2019-12-01", "payment-received", amount="54152.51")


def test_a_strategic_partnership_whose_claim_was_accepted() -> None:
    life = strategic().then("2020-11-20", "final-report").then("2021-01-10", "assessed", final=105_000)
    assert (State.RECOVERY, eur("-3305.02"), date(2021, 2, 9)) == (
        life.state(),
        life.account().balance,
        life.due("contest").date,
    )
    life.then("2021-02-05", "contested")
    assert (State.CONTESTED, date(2021, 2, 5)) == (life.state(), life.due("contest").done)
    life.then("2021-03-01", "claim-accepted", due="2021-04-15")
    assert (State.REPORT_AWAITED, date(2021, 4, 15), None) == (
        life.state(),
        life.due("final-report").date,
        life.due("final-report").done,
    )
    assert State.LATE is life.state("2021-04-16")
    life.then("2021-04-10", "final-report")
    assert life.due("balance").date == date(2021, 6, 9)
    life.then("2021-05-20", "assessed", final="130000.00")
    assert (State.BALANCE, eur("21694.98"), None) == (life.state(), life.account().balance, life.due("contest").done)
    life.then("2021-06-01", "payment-received", amount="21694.98")
    assert (life.state(), life.named().count("balance")) == (State.CLOSED, 1)


def test_a_refused_claim_leaves_the_decision_as_it_was() -> None:
    life = strategic().then("2020-11-20", "final-report").then("2021-01-10", "assessed", final=105_000)
    life.then("2021-02-05", "contested").then("2021-02-20", "repayment", amount="3305.02")
    assert State.CONTESTED is life.state()
    life.then("2021-03-01", "claim-refused")
    assert (State.CLOSED, date(2021, 2, 20)) == (life.state(), life.due("repayment").done)


def test_a_claim_won_before_the_planned_end_waits_for_the_report_all_the_same() -> None:
    life = strategic().then("2020-06-01", "final-report").then("2020-07-01", "assessed", final=1_000)
    life.then("2020-07-10", "contested").then("2020-08-01", "claim-accepted")
    assert (life.state(), life.state("2021-12-31")) == (State.REPORT_AWAITED, State.REPORT_AWAITED)


def test_a_strategic_partnership_that_ended_early_and_reported() -> None:
    life = strategic().then("2020-03-10", "terminated", effect="2020-03-31")
    assert (State.REPORT_AWAITED, date(2020, 5, 30)) == (life.state(), life.due("final-report").date)
    assert [life.state("2020-05-30"), life.state("2020-05-31")] == [State.REPORT_AWAITED, State.LATE]
    life.then("2020-05-20", "final-report").then("2020-07-01", "assessed", final="108305.02")
    assert (State.CLOSED, date(2025, 7, 1)) == (life.state(), life.due("records-until").date)


def test_a_strategic_partnership_that_never_came_about() -> None:
    life = strategic().then("2020-02-01", "no-grant-requested")
    assert State.NO_GRANT is life.state()
    life.then("2020-02-20", "no-grant-rejected")
    assert State.ONGOING is life.state()
    life.then("2020-03-01", "no-grant-requested").then("2020-03-20", "no-grant-accepted")
    assert (State.RECOVERY, eur(0), eur("-108305.02")) == (
        life.state(),
        life.account().final,
        life.account().balance,
    )
    assert life.due("final-report").done == date(2020, 3, 20)
    life.then("2020-04-01", "debit-note", amount="108305.02").then("2020-04-30", "repayment", amount="108305.02")
    assert State.CLOSED is life.state()


def test_a_grant_without_a_report_is_claimed_back_whole() -> None:
    life = strategic().then("2020-12-15", "formal-reminder").then("2021-01-20", "decided-without-report", final=0)
    assert (State.RECOVERY, eur("-108305.02")) == (life.state(), life.account().balance)
    assert life.due("final-report").done == date(2021, 1, 20)


def test_a_withdrawn_application_has_no_dates() -> None:
    life = Life(small_scale()).then("2026-07-20", "awarded").then("2026-07-25", "withdrawn")
    assert (life.state(), life.schedule()) == (State.ARCHIVED, ())


def test_a_rejected_interim_report_leaves_things_as_they_were() -> None:
    life = signed(cooperation()).then("2025-12-01", "payment-received", amount=100_000)
    life.then("2026-12-15", "interim-report", used=90_000).then("2027-01-15", "interim-rejected")
    assert (life.state(), life.due("interim-report-1").done, life.due("instalment-2").date) == (
        State.ONGOING,
        None,
        None,
    )
    life.then("2027-02-15", "interim-report").then("2027-03-15", "interim-accepted")
    assert [finding.code for finding in life.account().findings] == ["use-not-stated"]


def reported_before_the_end() -> Life:
    """A grant that ended on 31 October 2028, whose final report is due on 30 December; an interim one is pending."""
    life = signed(cooperation()).then("2025-12-01", "payment-received", amount=100_000)
    return life.then("2028-09-15", "interim-report", used=90_000)


def test_an_interim_report_accepted_after_the_end_is_paid_and_the_end_follows() -> None:
    life = reported_before_the_end()
    assert [life.state(day) for day in ("2028-10-31", "2028-11-01", "2029-06-01")] == [State.INTERIM] * 3
    life.then("2028-11-20", "interim-accepted")
    assert [one.kind.value for one in life.grant().passages[-3:]] == ["interim-accepted", "payment-due", "end-passed"]
    further = life.due("instalment-2")
    assert (life.state(), further.date, further.amount) == (State.REPORT_AWAITED, date(2028, 11, 14), eur(100_000))
    assert [one.open for one in life.account().expected] == [eur(0), eur(100_000)]
    life.then("2028-12-01", "payment-received", amount=100_000)
    assert (life.state(), life.due("instalment-2").done) == (State.REPORT_AWAITED, date(2028, 12, 1))
    assert [life.state("2028-12-30"), life.state("2028-12-31")] == [State.REPORT_AWAITED, State.LATE]


def test_an_interim_report_may_be_corrected_after_the_end_until_the_final_one_is_due() -> None:
    life = reported_before_the_end().then("2028-11-05", "interim-returned")
    assert [life.state("2028-12-30"), life.state("2028-12-31")] == [State.INTERIM_RETURNED, State.LATE]
    life.then("2028-11-15", "interim-report").then("2028-12-05", "interim-accepted")
    assert (life.state(), life.due("instalment-2").date) == (State.REPORT_AWAITED, date(2028, 11, 24))


def test_an_interim_report_rejected_after_the_end_leaves_the_final_one() -> None:
    life = reported_before_the_end().then("2028-11-20", "interim-rejected")
    assert (life.state(), life.due("instalment-2").date) == (State.REPORT_AWAITED, None)


def test_an_interim_report_decided_after_the_final_one_was_due_leaves_that_one_late() -> None:
    life = reported_before_the_end().then("2029-01-10", "interim-accepted")
    assert (life.state(), life.due("instalment-2").amount) == (State.LATE, eur(100_000))
    life.then("2029-01-12", "formal-reminder").then("2029-02-20", "decided-without-report", final=0)
    assert (life.state(), life.account().balance) == (State.RECOVERY, eur(-100_000))


@pytest.mark.parametrize("returned", [False, True])
def test_a_final_report_may_be_sent_while_an_interim_one_is_not_decided(*, returned: bool) -> None:
    life = reported_before_the_end()
    if returned:
        life.then("2028-10-10", "interim-returned")
    life.then("2028-10-20", "final-report").then("2029-01-10", "assessed", final=250_000)
    assert (life.state(), life.account().balance) == (State.BALANCE, eur(150_000))
    assert [(one.key, one.open) for one in life.account().expected if one.open] == [("balance", eur(150_000))]


def test_an_extension_brings_a_grant_back_to_where_it_was() -> None:
    life = signed(cooperation()).then("2025-12-01", "payment-received", amount=100_000)
    life.then("2028-09-01", "interim-report", used=90_000).then("2028-09-20", "interim-accepted")
    longer = cooperation().model_copy(update={"end": date(2029, 4, 30)})
    life.then("2028-11-10", "amendment-signed", plan=longer)
    assert [one.state for one in life.grant().passages[-3:]] == [
        State.REPORT_AWAITED,
        State.REPORT_AWAITED,
        State.PAYMENT,
    ]
    assert State.ONGOING is life.then("2028-11-20", "payment-received", amount=100_000).state()


def test_a_termination_that_was_refused_leaves_a_further_payment_due() -> None:
    life = signed(cooperation()).then("2025-12-01", "payment-received", amount=100_000)
    life.then("2027-09-01", "interim-report", used=90_000).then("2027-09-20", "interim-accepted")
    life.then("2027-10-01", "no-grant-requested").then("2027-11-01", "no-grant-rejected")
    assert State.PAYMENT is life.state()


def test_a_suspended_project_goes_on_with_the_interim_report_that_the_agency_had() -> None:
    life = signed(cooperation()).then("2025-12-01", "payment-received", amount=100_000)
    life.then("2027-09-01", "interim-report", used=90_000).then("2027-10-01", "suspended")
    assert State.SUSPENDED is life.state()
    assert State.INTERIM is life.then("2028-01-10", "resumed").state()
    life.then("2028-02-01", "interim-returned").then("2028-02-10", "suspended").then("2028-03-01", "resumed")
    assert State.INTERIM_RETURNED is life.state()
    life.then("2028-03-10", "interim-report").then("2028-04-01", "interim-accepted")
    life.then("2028-04-02", "suspended").then("2028-05-02", "resumed")
    assert (life.state(), life.due("instalment-2").done) == (State.PAYMENT, None)
    life.then("2028-05-10", "suspended").then("2028-06-01", "payment-received", amount=100_000)
    assert State.ONGOING is life.then("2028-06-10", "resumed").state()


def test_a_suspended_project_does_not_end_before_it_goes_on() -> None:
    life = signed(cooperation()).then("2025-12-01", "payment-received", amount=100_000)
    life.then("2028-09-01", "suspended", due="2028-11-30")
    assert State.SUSPENDED is life.state("2028-11-30")
    life.then("2028-12-01", "resumed")
    assert State.REPORT_AWAITED is life.state()
    assert [one.day for one in life.grant().passages[-2:]] == [date(2028, 12, 1), date(2028, 12, 1)]


def test_the_end_of_a_terminated_project_does_not_move() -> None:
    life = signed(cooperation()).then("2025-12-01", "payment-received", amount=100_000)
    life.then("2026-06-01", "terminated").then("2026-06-15", "amendment-signed", plan=cooperation())
    assert (State.REPORT_AWAITED, date(2026, 7, 31)) == (life.state(), life.due("final-report").date)


def test_a_waived_difference_stays_waived() -> None:
    life = signed(cooperation()).then("2025-12-01", "payment-received", amount=100_000)
    life.then("2028-12-01", "final-report").then("2029-01-10", "assessed", final="99999.98")
    assert State.RECOVERY is life.state()
    life.then("2029-01-20", "difference-waived")
    assert (State.CLOSED, date(2029, 1, 20), date(2034, 1, 20)) == (
        life.state(),
        life.due("repayment").done,
        life.due("records-until").date,
    )
    life.then("2029-03-01", "audit-opened").then("2029-04-01", "audit-closed")
    assert (State.CLOSED, eur("-0.02")) == (life.state(), life.account().balance)
    life.then("2029-05-01", "audit-opened").then("2029-06-01", "audit-closed", final=90_000)
    assert State.RECOVERY is life.state()


def test_a_balance_waived_by_the_project_is_not_waited_for() -> None:
    life = signed(cooperation()).then("2025-12-01", "payment-received", amount=100_000)
    life.then("2028-12-01", "final-report").then("2029-01-10", "assessed", final="100010.00")
    life.then("2029-01-15", "payment-received", amount="9.99")
    assert (life.state(), [one.code for one in life.account().findings]) == (State.BALANCE, ["payment-differs"])
    life.then("2029-01-20", "difference-waived")
    assert (State.CLOSED, date(2029, 1, 20), ()) == (life.state(), life.due("balance").done, life.account().findings)


def test_a_history_can_be_recorded_in_any_order() -> None:
    life = strategic().then("2020-11-20", "final-report").then("2021-01-10", "assessed", final=105_000)
    backwards = Life(life.plan)
    for event in reversed(life.events[1:]):
        backwards.then(str(event.happened), event.kind.value, **event.details.model_dump(exclude_unset=True))
    assert (life.grant().passages[-1].state, life.schedule()) == (backwards.state(), backwards.schedule())
    assert life.grant().history.report_due == backwards.grant().history.report_due
    assert life.grant(str(NEVER)).position == backwards.grant(str(NEVER)).position
