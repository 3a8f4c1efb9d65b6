"""The money of a grant: what the agency owes and paid, what partners are due, were paid and return."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from lives import WITHOUT_P4, Life, agreed, cooperation, eacea, eur, signed, small_scale

from ka2budget.account import Account, Expected, further_payment
from ka2budget.history import History
from ka2budget.lifecycle import State
from ka2budget.plan import Plan


def paid_once(plan: Plan, amount: str | int = 100_000) -> Life:
    return signed(plan).then("2025-12-01", "payment-received", amount=amount)


def after_report(use: str | int | None, **agreement: Any) -> Life:  # noqa: ANN401
    """A grant of 250 000 EUR in 40/40/20 after an accepted interim report that says what was used."""
    said = {} if use is None else {"used": use}
    life = paid_once(cooperation(**agreement)).then("2027-03-01", "interim-report", **said)
    return life.then("2027-04-01", "interim-accepted")


def expected(account: Account) -> dict[str, tuple[Decimal, Decimal]]:
    return {one.key: (one.amount, one.open) for one in account.expected}


def one_expected(life: Life, key: str) -> Expected:
    [found] = [one for one in life.account().expected if one.key == key]
    return found


def codes(life: Life) -> list[str]:
    return [finding.code for finding in life.account().findings]


# What the agency owes.


def test_nothing_is_owed_before_the_signature() -> None:
    life = Life(cooperation())
    assert (life.account().expected, life.account().received) == ((), 0)


def test_the_first_instalment_is_owed_from_the_signature_the_balance_from_the_decision() -> None:
    life = signed(small_scale())
    assert expected(life.account()) == {"instalment-1": (eur(48_000), eur(48_000))}
    life.then("2026-08-20", "payment-received", amount=48_000).then("2028-03-10", "final-report")
    life.then("2028-05-01", "assessed", final=60_000)
    assert expected(life.account()) == {"instalment-1": (eur(48_000), eur(0)), "balance": (eur(12_000), eur(12_000))}
    assert one_expected(life, "balance").reason.say() == "final grant of €60,000.00 less €48,000.00 paid"


def test_a_first_payment_in_two_parts_has_arrived_with_the_second() -> None:
    life = signed(small_scale()).then("2026-08-20", "payment-received", amount=30_000)
    assert (life.state(), one_expected(life, "instalment-1").arrived) == (State.ONGOING, None)
    assert codes(life) == ["payment-differs"]
    life.then("2026-10-20", "payment-received", amount=18_000)
    arrived = one_expected(life, "instalment-1").arrived
    assert (str(arrived), one_expected(life, "instalment-1").open, codes(life)) == ("2026-10-20", eur(0), [])


def test_what_the_agency_kept_back_against_another_debt_counts_as_paid() -> None:
    life = signed(small_scale()).then("2026-08-20", "payment-received", amount="46999.99", offset="1000.01")
    assert (life.account().received, codes(life)) == (eur(48_000), [])


def test_a_cent_short_is_a_finding() -> None:
    life = signed(small_scale()).then("2026-08-20", "payment-received", amount="47999.99")
    assert [one.message for one in life.account().findings] == [
        "Expected €48,000.00, received €47,999.99: €0.01 too little."
    ]


def test_a_cent_too_much_is_a_finding_until_it_is_returned() -> None:
    life = signed(small_scale()).then("2026-08-20", "payment-received", amount="48000.01")
    assert [one.message for one in life.account().findings] == ["€0.01 more was received than was expected until then."]
    life.then("2026-09-20", "repayment", amount="0.01")
    assert (life.state(), codes(life), life.account().repaid) == (State.ONGOING, [], eur("0.01"))


def test_what_came_too_much_is_part_of_the_next_payment() -> None:
    life = paid_once(cooperation(), "100000.01").then("2027-03-01", "interim-report", used=70_000)
    life.then("2027-04-01", "interim-accepted")
    assert one_expected(life, "instalment-2").open == eur("99999.99")
    life.then("2027-05-01", "payment-received", amount="99999.99")
    assert (one_expected(life, "instalment-2").open, codes(life)) == (eur(0), [])


def test_a_payment_that_came_before_the_letter_is_matched_with_it() -> None:
    life = paid_once(cooperation()).then("2027-03-01", "interim-report", used=70_000)
    life.then("2027-03-30", "payment-received", amount=100_000)
    assert codes(life) == ["payment-too-much"]
    life.then("2027-04-01", "interim-accepted")
    assert (life.state(), one_expected(life, "instalment-2").open, codes(life)) == (State.ONGOING, eur(0), [])


def test_an_interim_payment_that_came_before_the_letter_is_matched_with_it() -> None:
    life = paid_once(eacea()).then("2027-03-01", "interim-report", accepted={"WP2": 47_600, "WP3": 92_400})
    life.then("2027-03-30", "payment-received", amount=40_000).then("2027-04-01", "interim-accepted")
    assert (life.state(), expected(life.account())["instalment-2"]) == (State.ONGOING, (eur(40_000), eur(0)))


def test_a_claw_back_before_the_end_makes_the_balance_higher() -> None:
    life = paid_once(cooperation()).then("2026-05-01", "repayment", amount=30_000)
    life.then("2028-12-01", "final-report").then("2029-01-10", "assessed", final=100_000)
    assert (expected(life.account())["balance"], life.account().balance) == ((eur(30_000), eur(30_000)), eur(30_000))


# Further pre-financing.


@pytest.mark.parametrize("rule", ["unused", "gap", "resubmit"])
def test_enough_use_brings_the_whole_second_part(rule: str) -> None:
    life = after_report(70_000, use_rule=rule)
    assert (life.state(), one_expected(life, "instalment-2").amount) == (State.PAYMENT, eur(100_000))


@pytest.mark.parametrize(("rule", "amount"), [("unused", 60_000), ("gap", 90_000)])
def test_too_little_use_takes_something_off(rule: str, amount: int) -> None:
    assert one_expected(after_report(60_000, use_rule=rule), "instalment-2").amount == eur(amount)


def test_too_little_use_may_mean_another_report() -> None:
    life = after_report("69999.99", use_rule="resubmit")
    assert (life.state(), [one.key for one in life.account().expected]) == (State.ONGOING, ["instalment-1"])
    life.then("2027-09-01", "interim-report", used=70_000).then("2027-10-01", "interim-accepted")
    assert (life.state(), one_expected(life, "instalment-2").amount) == (State.PAYMENT, eur(100_000))


def test_nothing_used_brings_nothing_and_says_so() -> None:
    life = after_report(0)
    assert (life.state(), life.due("instalment-2").amount) == (State.ONGOING, eur(0))
    assert str(life.due("instalment-2").done) == "2027-04-01"


def test_where_use_is_not_stated_it_is_taken_as_enough() -> None:
    life = after_report(None)
    assert (one_expected(life, "instalment-2").amount, codes(life)) == (eur(100_000), ["use-not-stated"])


def test_the_test_of_use_is_on_all_that_was_paid() -> None:
    life = paid_once(cooperation(instalments=("0.3", "0.3", "0.3", "0.1")), 75_000)
    life.then("2026-06-01", "interim-report", used=52_500).then("2026-07-01", "interim-accepted")
    life.then("2026-08-01", "payment-received", amount=75_000)
    life.then("2027-06-01", "interim-report", used=104_999).then("2027-07-01", "interim-accepted")
    assert one_expected(life, "instalment-3").amount == eur(29_999)


def test_a_report_beyond_the_instalments_is_followed_by_nothing() -> None:
    life = after_report(70_000).then("2027-05-01", "payment-received", amount=100_000)
    life.then("2027-09-01", "interim-report", used=150_000).then("2027-10-01", "interim-accepted")
    assert life.state() is State.ONGOING
    assert [one.key for one in life.account().expected] == ["instalment-1", "instalment-2"]


def test_without_an_interim_report_nothing_follows() -> None:
    assert further_payment(History(cooperation())).reason.say() == "no interim report was accepted"


def test_interim_payments_are_for_accepted_work_packages_up_to_the_ceiling() -> None:
    accepted = {"WP2": 47_600, "WP3": 92_400, "WP4": 65_000}
    life = paid_once(eacea()).then("2027-03-01", "interim-report", accepted=accepted)
    life.then("2027-04-01", "interim-accepted")
    assert one_expected(life, "instalment-2").amount == eur(100_000)
    life.then("2027-05-01", "payment-received", amount=100_000)
    life.then("2028-03-01", "interim-report", accepted={"WP1": 45_000}).then("2028-04-01", "interim-accepted")
    assert one_expected(life, "instalment-3").reason.say() == (
        "accepted work packages of €250,000.00, at most €200,000.00 before the balance, less €200,000.00 paid"
    )
    higher = paid_once(eacea(interim_ceiling="0.9")).then("2027-03-01", "interim-report", accepted=accepted)
    assert one_expected(higher.then("2027-04-01", "interim-accepted"), "instalment-2").amount == eur(105_000)


def test_no_work_package_is_accepted_for_more_than_it_has_or_without_being_there() -> None:
    life = paid_once(eacea()).then("2027-03-01", "interim-report")
    life.then("2027-04-01", "interim-accepted", accepted={"WP2": 50_000, "WP3": 92_400, "WP9": 10_000})
    assert one_expected(life, "instalment-2").amount == eur(40_000)


def test_what_a_rejected_report_said_is_forgotten() -> None:
    life = paid_once(eacea()).then("2027-03-01", "interim-report", accepted={"WP2": 47_600, "WP3": 92_400})
    life.then("2027-04-01", "interim-rejected").then("2027-05-01", "interim-report")
    life.then("2027-06-01", "interim-accepted")
    assert expected(life.account())["instalment-2"] == (eur(0), eur(0))


# The decision.


def test_the_balance_takes_the_place_of_what_has_not_come() -> None:
    life = after_report(70_000).then("2027-05-01", "payment-received", amount=60_000)
    life.then("2028-12-01", "final-report").then("2029-01-10", "assessed", final=250_000)
    assert [(one.key, one.replaced, one.open) for one in life.account().expected] == [
        ("instalment-1", False, eur(0)),
        ("instalment-2", True, eur(0)),
        ("balance", False, eur(90_000)),
    ]
    assert (str(life.due("instalment-2").done), codes(life)) == ("2029-01-10", [])
    life.then("2029-02-01", "payment-received", amount=90_000)
    assert (life.state(), life.account().balance, codes(life)) == (State.CLOSED, eur(0), [])


def test_a_second_decision_puts_one_balance_in_place_of_the_first() -> None:
    life = paid_once(cooperation()).then("2028-12-01", "final-report").then("2029-01-10", "assessed", final=150_000)
    life.then("2029-01-20", "payment-received", amount=20_000).then("2029-01-25", "contested")
    life.then("2029-02-10", "claim-accepted").then("2029-03-01", "final-report")
    life.then("2029-04-01", "assessed", final=200_000)
    balance = one_expected(life, "balance")
    assert (balance.amount, balance.open, codes(life)) == (eur(100_000), eur(80_000), [])
    assert balance.reason.say() == "final grant of €200,000.00 less €100,000.00 paid"
    assert (life.due("balance").amount, life.due("balance").done) == (eur(80_000), None)


@pytest.mark.parametrize("first", [0, 20_000, 50_000])
@pytest.mark.parametrize(("final", "state"), [(200_000, State.BALANCE), (90_000, State.RECOVERY)])
def test_an_audit_leaves_one_balance_whatever_came_of_the_first(first: int, final: int, state: State) -> None:
    life = paid_once(cooperation()).then("2028-12-01", "final-report").then("2029-01-10", "assessed", final=150_000)
    if first:
        life.then("2029-01-20", "payment-received", amount=first)
    life.then("2029-05-01", "audit-opened").then("2029-09-01", "audit-closed", final=final)
    account, owed = life.account(), max(final - 100_000, first)
    assert account.balance == final - 100_000 - first
    assert life.state() is state
    assert [(one.amount, one.received) for one in account.expected if one.key == "balance"] == (
        [(eur(owed), eur(first))] if owed else []
    )
    assert life.due("balance").date == (None if state is State.BALANCE else date(2029, 1, 30))
    assert sum(one.open for one in account.expected) == max(account.balance or 0, 0)
    if state is State.BALANCE:
        life.then("2029-10-01", "payment-received", amount=account.balance)
        assert (life.state(), codes(life), one_expected(life, "balance").arrived) == (
            State.CLOSED,
            [],
            date(2029, 10, 1),
        )


def test_a_second_balance_that_comes_short_is_a_finding() -> None:
    life = paid_once(cooperation()).then("2028-12-01", "final-report").then("2029-01-10", "assessed", final=150_000)
    life.then("2029-01-20", "payment-received", amount=50_000).then("2029-05-01", "audit-opened")
    life.then("2029-09-01", "audit-closed", final=200_000)
    assert codes(life) == []
    assert codes(life.then("2029-10-01", "payment-received", amount="49999.99")) == ["payment-differs"]


def test_a_recovery_is_repaid_in_parts() -> None:
    life = paid_once(cooperation()).then("2028-12-01", "final-report").then("2029-01-10", "assessed", final=70_000)
    life.then("2029-02-01", "repayment", amount=10_000)
    assert (life.state(), life.due("repayment").amount, life.due("repayment").done) == (
        State.RECOVERY,
        eur(20_000),
        None,
    )
    life.then("2029-03-01", "repayment", amount=20_000)
    assert (life.state(), str(life.due("repayment").done), codes(life)) == (State.CLOSED, "2029-03-01", [])


def test_who_repays_too_much_gets_it_back() -> None:
    life = paid_once(cooperation()).then("2028-12-01", "final-report").then("2029-01-10", "assessed", final=70_000)
    life.then("2029-02-01", "repayment", amount=30_001)
    assert (life.state(), life.due("balance").amount, life.due("balance").done) == (State.BALANCE, eur(1), None)
    life.then("2029-03-01", "payment-received", amount=1)
    assert (life.state(), life.due("balance").amount) == (State.CLOSED, eur(0))


# The partners.


def test_partners_are_due_their_part_of_what_came() -> None:
    life = paid_once(cooperation())
    due = {key: (one.due, one.to_pay) for key, one in life.account().partners.items()}
    assert due == {
        "P1": (eur(31_500), eur(0)),
        "P2": (eur("21653.34"), eur("21653.34")),
        "P3": (eur("22953.33"), eur("22953.33")),
        "P4": (eur("23893.33"), eur("23893.33")),
    }


def test_the_coordinator_has_what_it_did_not_pass_on() -> None:
    life = paid_once(cooperation()).then("2025-12-20", "transfer", partner="P2", amount="21653.34")
    paid = {key: one.paid for key, one in life.account().partners.items()}
    assert paid == {"P1": eur("78346.66"), "P2": eur("21653.34"), "P3": eur(0), "P4": eur(0)}
    life.then("2026-01-05", "transfer-returned", partner="P2", amount="0.34")
    partner = life.account().partners["P2"]
    assert (partner.paid, partner.to_pay) == (eur(21_653), eur("0.34"))


def test_a_part_may_be_kept_back_until_it_is_decided() -> None:
    life = paid_once(cooperation(instalments=("0.9", "0.1"), retention="0.2"), 225_000)
    assert life.account().partners["P2"].due == eur("43306.67")
    assert life.account().partners["P1"].due == eur(70_875)
    life.then("2028-12-01", "final-report").then("2029-01-10", "assessed", final=225_000)
    assert life.account().partners["P2"].due == eur(48_720)


def test_partners_may_have_instalments_of_their_own() -> None:
    plan = cooperation(partner_instalments={"P2": ("0.5", "0.25", "0.25"), "P9": ("1",)})
    life = paid_once(plan, 60_000)
    assert life.account().partners["P2"].due == eur("27066.67")
    life.then("2025-12-15", "payment-received", amount=40_000)
    assert life.account().partners["P2"].due == eur("27066.67")
    life.then("2027-03-01", "interim-report", used=70_000).then("2027-04-01", "interim-accepted")
    life.then("2027-05-01", "payment-received", amount=100_000)
    assert life.account().partners["P2"].due == eur("40600.01")


def test_after_the_decision_partners_wait_for_the_balance() -> None:
    plan = cooperation(partner_instalments={"P4": ("0.5", "0.5")})
    life = paid_once(plan).then("2028-12-01", "final-report").then("2029-01-10", "assessed", final=250_000)
    before = life.account().partners
    assert (before["P2"].due, before["P4"].due, before["P2"].final) == (
        eur("21653.34"),
        eur("29866.67"),
        eur("54133.34"),
    )
    life.then("2029-02-01", "payment-received", amount=150_000)
    after = life.account().partners
    assert {key: one.due for key, one in after.items()} == {key: one.share for key, one in after.items()}
    assert life.due("distribution-2").amount == eur(171_250)


def test_a_cut_falls_on_partners_as_decided_or_in_proportion() -> None:
    life = paid_once(cooperation()).then("2028-12-01", "final-report").then("2029-01-10", "assessed", final=25_000)
    assert [one.final for one in life.account().partners.values()] == [
        eur(7_875),
        eur("5413.34"),
        eur("5738.33"),
        eur("5973.33"),
    ]
    life.then("2029-02-10", "note").then("2029-01-10", "assessed", corrects=5, final=25_000, partners={"P3": 25_000})
    assert {key: one.final for key, one in life.account().partners.items()} == {
        "P1": eur(0),
        "P2": eur(0),
        "P3": eur(25_000),
        "P4": eur(0),
    }


def test_who_was_paid_without_being_a_partner_returns_it() -> None:
    life = paid_once(cooperation()).then("2026-01-10", "transfer", partner="P9", amount=500)
    stranger = life.account().partners["P9"]
    assert (stranger.name, stranger.share, stranger.paid, stranger.to_return) == ("P9", eur(0), eur(500), eur(500))
    assert (sum(one.paid for one in life.account().partners.values()), codes(life)) == (
        eur(100_000),
        ["transfer-not-owed"],
    )


def test_a_transfer_above_what_is_due_is_a_finding() -> None:
    life = paid_once(cooperation()).then("2025-12-20", "transfer", partner="P2", amount="21653.35")
    [finding] = life.account().findings
    assert (finding.code, str(finding.where)) == ("transfer-not-owed", "/partners/P2")
    assert finding.message.endswith("was paid €21,653.35, €0.01 more than the €21,653.34 due to it so far.")


def test_a_transfer_before_money_came_is_the_coordinators_own_money() -> None:
    life = signed(cooperation()).then("2025-11-01", "transfer", partner="P2", amount=1_000)
    assert (life.state(), codes(life)) == (State.PREFINANCING, ["transfer-not-owed", "paid-from-own-money"])
    assert life.account().partners["P1"].paid == eur(-1_000)
    life.then("2025-12-01", "payment-received", amount=100_000)
    assert codes(life) == []


def test_the_coordinator_is_exposed_with_all_it_passed_on_until_it_is_decided() -> None:
    life = paid_once(cooperation()).then("2025-12-20", "transfer", partner="P2", amount="21653.34")
    life.then("2025-12-20", "transfer", partner="P3", amount="20000")
    assert life.account().exposure == eur("41653.34")
    life.then("2028-12-01", "final-report").then("2029-01-10", "assessed", final=50_000)
    assert life.account().exposure == eur("21653.34") - eur("10826.67") + eur(20_000) - eur("11476.67")


def test_a_partner_that_left_keeps_its_account() -> None:
    plan = agreed(WITHOUT_P4, instalments=("0.4", "0.4", "0.2"))
    life = paid_once(cooperation()).then("2025-12-20", "transfer", partner="P4", amount="23893.33")
    life.then("2026-06-01", "amendment-signed", plan=plan)
    left = life.account().partners["P4"]
    assert (left.share, left.due, left.paid, left.to_return) == (eur(0), eur(0), eur("23893.33"), eur("23893.33"))


def test_a_plan_goes_by_its_acronym_else_its_title() -> None:
    plan = small_scale()
    assert (plan.name, plan.model_copy(update={"acronym": None}).name) == (
        "LETTERS",
        "Example: letters across the river",
    )
