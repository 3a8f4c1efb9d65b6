"""What the events of a grant add up to, taken in one after the other: its plan, its money, its dates."""

from collections import defaultdict
from datetime import date
from decimal import Decimal

from ka2budget.dates import after_days, after_months, working_day
from ka2budget.event import Event
from ka2budget.lifecycle import EventKind
from ka2budget.money import ZERO
from ka2budget.plan import Plan

DECISIONS = (
    EventKind.ASSESSED, EventKind.DECIDED_WITHOUT_REPORT, EventKind.NO_GRANT_ACCEPTED, EventKind.AUDIT_CLOSED,
)  # fmt: skip
"""What the final grant is decided by."""


class History:
    """The events of a grant so far that hold, by kind, its plan now and as signed, and its sums in EUR."""

    def __init__(self, plan: Plan) -> None:
        self.plan = self.signed = plan
        self.events: list[Event] = []
        self.of: defaultdict[EventKind, list[Event]] = defaultdict(list)
        self.received = self.repaid = ZERO
        self.passed_on: defaultdict[str, Decimal] = defaultdict(lambda: ZERO)
        self.partners = dict(plan.partners)
        self.decisions: list[Event] = []
        self.waived: Decimal | None = None
        self.done: dict[str, date] = {}

    def add(self, event: Event) -> None:
        """Take in one event more."""
        kind, details = event.kind, event.details
        self.events.append(event)
        self.of[kind].append(event)
        amount = details.amount or ZERO
        if kind is EventKind.PAYMENT_RECEIVED:
            self.received += amount + (details.offset or ZERO)
        elif kind is EventKind.REPAYMENT:
            self.repaid += amount
        elif kind is EventKind.TRANSFER and details.partner is not None:
            self.passed_on[details.partner] += amount
        elif kind is EventKind.TRANSFER_RETURNED and details.partner is not None:
            self.passed_on[details.partner] -= amount
        elif kind is EventKind.DIFFERENCE_WAIVED:
            self.waived = self.balance
        elif kind is EventKind.DONE and details.key is not None:
            self.done[details.key] = event.happened
        if details.plan is not None:
            self.plan = details.plan
            self.partners |= details.plan.partners
        if kind is EventKind.SIGNED or EventKind.SIGNED not in self.of:
            self.signed = self.plan
        if kind in DECISIONS and (kind is EventKind.NO_GRANT_ACCEPTED or details.final is not None):
            self.decisions.append(event)

    def last(self, kind: EventKind, *others: EventKind) -> Event | None:
        """Return the last event of a kind, or of any of several."""
        if others:
            return next((one for one in reversed(self.events) if one.kind is kind or one.kind in others), None)
        found = self.of.get(kind)
        return found[-1] if found else None

    @property
    def paid(self) -> Decimal:
        """What the agency paid and did not get back, in EUR."""
        return self.received - self.repaid

    @property
    def decision(self) -> Event | None:
        """The last decision on the final grant."""
        return self.decisions[-1] if self.decisions else None

    @property
    def final(self) -> Decimal | None:
        """The final grant as last decided, in EUR."""
        if self.decision is None:
            return None
        return self.decision.details.final or ZERO

    @property
    def balance(self) -> Decimal | None:
        """What is still to be paid, in EUR, to be recovered where negative; None before the decision."""
        return None if self.final is None else self.final - self.paid

    @property
    def is_settled(self) -> bool:
        """Whether it is decided, and nothing is owed by either side but what was waived."""
        return self.balance is not None and self.balance in {ZERO, self.waived}

    @property
    def report_due(self) -> date | None:
        """The day on which the final report is due: as last set by the agency, else as the terms say."""
        terms = self.plan.terms
        event = self.last(EventKind.TERMINATED, EventKind.FINAL_RETURNED, EventKind.CLAIM_ACCEPTED)
        if event is None:
            due = terms.final_report_fixed or after_days(self.plan.end, terms.final_report)
        elif event.kind is EventKind.TERMINATED:
            due = after_days(event.details.effect or event.happened, terms.termination_report)
        elif event.details.due is None:
            return None
        else:
            due = event.details.due
        return self.working(due)

    def working(self, day: date) -> date:
        """Return the day on which a time limit ends, as the agreement treats weekends and holidays."""
        terms = self.plan.terms
        return working_day(day, terms.holidays) if terms.weekends == "next-working-day" else day

    @property
    def settled_on(self) -> date | None:
        """The day of the last payment or decision, from which records are kept."""
        last = self.last(EventKind.PAYMENT_RECEIVED, EventKind.REPAYMENT, EventKind.DIFFERENCE_WAIVED)
        return max((one.happened for one in (last, self.decision) if one is not None), default=None)

    @property
    def records_until(self) -> date | None:
        """The last day of record keeping, once everything is paid."""
        settled = self.settled_on
        return None if settled is None else after_months(settled, 12 * self.plan.terms.records)
