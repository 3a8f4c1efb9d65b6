"""The money of a grant: what the agency owed after each event and paid, what each partner is due, was paid, returns."""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from itertools import dropwhile
from typing import NamedTuple

from ka2budget.event import Event
from ka2budget.finding import Finding, info, warning
from ka2budget.history import History
from ka2budget.lifecycle import EventKind
from ka2budget.model import Day, Eur, Model
from ka2budget.money import ZERO, cents, split, total
from ka2budget.plan import Plan
from ka2budget.text import Phrase, Word, phrase

BALANCE = "balance"
"""The key of what is expected after the decision."""

DIFFERS = warning("payment-differs", "Expected {expected}, received {received}: {difference} too little.")
TOO_MUCH = warning("payment-too-much", "{difference} more was received than was expected until then.")
USE_UNKNOWN = info("use-not-stated", "How much of the pre-financing was used is not stated; it is taken as enough.")
NOT_OWED = warning("transfer-not-owed", "{partner} was paid {paid}, {difference} more than the {due} due to it so far.")
OWN_MONEY = warning("paid-from-own-money", "{difference} more was passed on to partners than the agency paid so far.")

_PAYMENTS = {"instalment-1": Word("Pre-financing"), "balance": Word("Balance")}


class Expected(Model):
    """A payment the agency owes, and what came of it, in EUR."""

    key: str
    """Stable name: instalment-1, instalment-2, ..., balance; no two have the same."""
    amount: Eur
    received: Eur = ZERO
    arrived: Day | None = None
    """Day on which all of it had come."""
    since: Day
    """Day from which it is owed."""
    event: int
    """Number of the event it follows from."""
    reason: Phrase
    """How the amount came about."""
    replaced: bool = False
    """Whether the balance took the place of what had not come."""

    @property
    def what(self) -> Word:
        """What the payment is called."""
        return _PAYMENTS.get(self.key, Word("Further payment"))

    @property
    def open(self) -> Decimal:
        """What has not come yet, in EUR."""
        return ZERO if self.replaced else self.amount - self.received


class PartnerAccount(Model):
    """One partner's money, in EUR."""

    name: str
    share: Eur
    """Its part of the grant as agreed now; nothing where it left."""
    final: Eur | None = None
    """Its part of the final grant, once decided."""
    due: Eur
    """What it is due so far."""
    paid: Eur
    """What it was paid, less what it returned; the coordinator has what it did not pass on."""
    to_pay: Eur
    """Still to be passed on to it."""
    to_return: Eur
    """To be called back from it."""


class Account(Model):
    """The money of a grant on a day, in EUR."""

    grant: Eur
    final: Eur | None = None
    received: Eur
    repaid: Eur
    balance: Eur | None = None
    """Still to be paid, to be recovered where negative; once decided."""
    expected: tuple[Expected, ...]
    partners: dict[str, PartnerAccount]
    exposure: Eur
    """What the coordinator passed on and would have to call back from partners if nothing more, or no more than
    decided, is accepted."""
    findings: tuple[Finding, ...] = ()


class Further(NamedTuple):
    """What an accepted interim report is followed by: an amount in EUR and how it comes about."""

    amount: Decimal
    reason: Phrase
    findings: tuple[Finding, ...] = ()
    is_due: bool = True
    """Whether the instalment is used up by it."""


def account(history: History) -> Account:
    """Return the money of a grant after its events."""
    expected, findings = _expected(history)
    partners = _partners(history, sum(1 for one in expected if one.received))
    others = {key: one for key, one in partners.items() if key != history.plan.coordinator}
    passed_on = total(one.paid for one in others.values())
    exposure = passed_on if history.final is None else total(one.to_return for one in others.values())
    return Account(
        grant=history.plan.grant,
        final=history.final,
        received=history.received,
        repaid=history.repaid,
        balance=history.balance,
        expected=tuple(expected),
        partners=partners,
        exposure=exposure,
        findings=(*findings, *_compared(expected, history), *_passed_on(history, others, passed_on)),
    )


def further_payment(history: History) -> Further:
    """Return what the last accepted interim report is followed by, in EUR, less what has come already.

    Source: the terms ``min_use``, ``use_rule`` and ``interim_pays`` of the grant.
    """
    book = _Book(history.plan)
    found = None
    for event in history.events:
        further = book.take(event)
        if further is not None:
            found = further._replace(amount=book.expected[-1].open) if further.is_due else further
    return found or Further(ZERO, phrase("no interim report was accepted"))


class _Book:
    """What the agency owes, written up event by event; ``ahead`` is what came before it was owed."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.expected: list[Expected] = []
        self.findings: list[Finding] = []
        self.paid = self.ahead = ZERO
        self.next = 1
        self.used: Decimal | None = None
        self.accepted: dict[str, Decimal] = {}
        self.confirmed: dict[str, Decimal] = {}

    def take(self, event: Event) -> Further | None:
        """Take in one event; return what is to be paid where it is an accepted interim report."""
        kind, details = event.kind, event.details
        self.plan = details.plan or self.plan
        if kind is EventKind.SIGNED and self.plan.instalments[0]:
            share = self.plan.terms.instalments[0] * 100
            reason = phrase("{share:percent} of the grant of {grant}", share=share, grant=self.plan.grant)
            self._expect("instalment-1", self.plan.instalments[0], event, reason)
        elif kind is EventKind.PAYMENT_RECEIVED:
            amount = (details.amount or ZERO) + (details.offset or ZERO)
            self.paid += amount
            self.ahead += amount
            self._match(event)
        elif kind is EventKind.REPAYMENT:
            amount = details.amount or ZERO
            self.paid -= amount
            self.ahead = max(self.ahead - amount, ZERO)
        elif kind is EventKind.INTERIM_REJECTED:
            self.used, self.accepted = None, self.confirmed
        if kind in {EventKind.INTERIM_REPORT, EventKind.INTERIM_ACCEPTED}:
            self.used = self.used if details.used is None else details.used
            self.accepted = self.accepted | details.accepted
        if kind is EventKind.INTERIM_ACCEPTED:
            further = self._further(event)
            self.used, self.confirmed = None, self.accepted
            self.findings += further.findings
            if further.is_due:
                self._expect(f"instalment-{self.next + 1}", further.amount, event, further.reason)
            self.next += further.is_due
            return further
        return None

    def decide(self, final: Decimal, event: Event) -> None:
        """Put the balance in place of everything that has not come, and of the balance of an earlier decision."""
        earlier = [one for one in self.expected if one.key == BALANCE]
        self.expected = [
            one.model_copy(update={"replaced": True}) if one.open else one
            for one in self.expected
            if one.key != BALANCE
        ]
        self.ahead = ZERO
        came = min(total(one.received for one in earlier), self.paid)
        if final > self.paid:
            before = self.paid - came
            reason = phrase("final grant of {final} less {paid} paid", final=final, paid=before)
            self.ahead = came
            self._expect(BALANCE, final - before, event, reason)
        elif came:
            changes = {"amount": came, "arrived": earlier[-1].arrived or event.happened}
            self.expected.append(earlier[-1].model_copy(update=changes))

    def _expect(self, key: str, amount: Decimal, event: Event, reason: Phrase) -> None:
        arrived = None if amount else event.happened
        self.expected.append(
            Expected(
                key=key, amount=amount, arrived=arrived, since=event.happened, event=event.number, reason=reason
            )
        )  # fmt: skip
        self._match(event)

    def _match(self, event: Event) -> None:
        for place, one in enumerate(self.expected):
            taken = min(self.ahead, one.open)
            if taken > 0:
                arrived = event.happened if taken == one.open else None
                changes = {"received": one.received + taken, "arrived": arrived}
                self.expected[place] = one.model_copy(update=changes)
                self.ahead -= taken

    def _further(self, event: Event) -> Further:
        plan, terms = self.plan, self.plan.terms
        if terms.interim_pays == "accepted":
            return self._for_accepted()
        if self.next >= len(plan.instalments) - 1:
            return Further(ZERO, phrase("the agreement has no further pre-financing"), is_due=False)
        scheduled, earlier = plan.instalments[self.next], self.paid - self.ahead
        share = terms.instalments[self.next] * 100
        used = self.used
        whole = phrase("{share:percent} of the grant of {grant}", share=share, grant=plan.grant)
        if used is None:
            return Further(scheduled, whole, (USE_UNKNOWN.at(f"/events/{event.number}"),))
        threshold = terms.min_use * earlier
        if used >= threshold:
            return Further(scheduled, whole)
        said = {"scheduled": scheduled, "used": used, "earlier": earlier, "share": terms.min_use * 100}
        if terms.use_rule == "resubmit":
            reason = phrase(
                "{used} of {earlier} is used, less than {share:percent}: nothing now, another report asks for it",
                **said,
            )
            return Further(ZERO, reason, is_due=False)
        lacking = earlier - used if terms.use_rule == "unused" else cents(threshold - used)
        amount = max(scheduled - lacking, ZERO)
        reason = phrase(
            "{scheduled} less {lacking}, as {used} of {earlier} is used, less than {share:percent}",
            lacking=lacking, **said,
        )  # fmt: skip
        return Further(amount, reason)

    def _for_accepted(self) -> Further:
        plan = self.plan
        accepted = total(
            min(amount, plan.parts[name].amount) for name, amount in self.accepted.items() if name in plan.parts
        )
        most = cents(plan.terms.interim_ceiling * plan.grant)
        earlier = self.paid - self.ahead
        amount = max(min(accepted, most) - earlier, ZERO)
        reason = phrase(
            "accepted work packages of {accepted}, at most {most} before the balance, less {paid} paid",
            accepted=accepted, most=most, paid=earlier,
        )  # fmt: skip
        return Further(amount, reason)


def _expected(history: History) -> tuple[list[Expected], list[Finding]]:
    book = _Book(history.plan if not history.events else history.events[0].details.plan or history.plan)
    decisions = {one.number for one in history.decisions}
    for event in history.events:
        book.take(event)
        if event.number in decisions:
            book.decide(event.details.final or ZERO, event)
    return book.expected, book.findings


def _compared(expected: Iterable[Expected], history: History) -> Iterator[Finding]:
    for one in expected:
        if one.key == BALANCE and not _paid_since(history, one.event):
            continue
        if one.received and one.open and not history.is_settled:
            yield DIFFERS.at(f"/expected/{one.key}", expected=one.amount, received=one.received, difference=one.open)
    owed = total(min(one.amount, one.received) if one.replaced else one.amount for one in expected)
    if history.paid > owed:
        yield TOO_MUCH.at("/received", difference=history.paid - owed)


def _paid_since(history: History, number: int) -> bool:
    """Return whether the agency paid anything after an event."""
    events = dropwhile(lambda event: event.number != number, history.events)
    return any(event.kind is EventKind.PAYMENT_RECEIVED for event in events)


def _partners(history: History, payments: int) -> dict[str, PartnerAccount]:
    """Return the accounts of all who were ever in the plan, or were paid; after so many payments of the agency."""
    plan, coordinator = history.plan, history.plan.coordinator
    decided = {} if history.decision is None else history.decision.details.partners
    names = {key: partner.name for key, partner in history.partners.items()}
    names = {key: names.get(key, key) for key in (*names, *history.passed_on, *decided)}
    shares = {key: plan.partners[key].grant if key in plan.partners else ZERO for key in names}
    final = _final_parts(history, shares)
    so_far = _due_so_far(history, shares, final, payments)
    accounts = {}
    for key, name in names.items():
        paid = history.passed_on.get(key, ZERO)
        if key == coordinator:
            passed = total(amount for other, amount in history.passed_on.items() if other != key)
            paid = history.paid - passed
        accounts[key] = PartnerAccount(
            name=name,
            share=shares[key],
            final=None if final is None else final[key],
            due=so_far[key],
            paid=paid,
            to_pay=ZERO if key == coordinator else max(so_far[key] - paid, ZERO),
            to_return=ZERO if key == coordinator else max(paid - (shares if final is None else final)[key], ZERO),
        )
    return accounts


def _final_parts(history: History, shares: dict[str, Decimal]) -> dict[str, Decimal] | None:
    if history.decision is None or history.final is None:
        return None
    decided = history.decision.details.partners
    if decided:
        return {key: decided.get(key, ZERO) for key in shares}
    return dict(zip(shares, split(history.final, list(shares.values())), strict=True))


def _due_so_far(
    history: History, shares: dict[str, Decimal], final: dict[str, Decimal] | None, payments: int
) -> dict[str, Decimal]:
    """Return each partner's part of what the agency paid, in EUR, less what is kept back until it is decided."""
    plan, terms = history.plan, history.plan.terms
    if final is not None and (history.is_settled or history.paid >= total(final.values())):
        return final
    parts = shares if final is None else final
    reached = min(history.paid, plan.grant)
    due = dict(zip(parts, split(max(reached, ZERO), list(parts.values())), strict=True))
    for key, own in terms.partner_instalments.items():
        if key in due:
            due[key] = cents(sum(own[:payments]) * parts[key])
    if terms.retention and final is None:
        for key, amount in due.items():
            if key != plan.coordinator:
                due[key] = min(amount, parts[key] - cents(terms.retention * parts[key]))
    return due


def _passed_on(history: History, others: dict[str, PartnerAccount], passed_on: Decimal) -> Iterator[Finding]:
    for key, one in others.items():
        if one.paid > one.due:
            yield NOT_OWED.at(
                f"/partners/{key}", partner=one.name, paid=one.paid, due=one.due, difference=one.paid - one.due
            )
    if passed_on > history.paid:
        yield OWN_MONEY.at("/partners", difference=passed_on - history.paid)
