"""A grant as it stands on a day: its history replayed through the table of lifecycle.py."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple

from ka2budget.account import further_payment
from ka2budget.errors import NotAllowed
from ka2budget.event import Event, effective
from ka2budget.history import History
from ka2budget.lifecycle import RUNNING, EventKind, Position, State, step
from ka2budget.plan import Plan


class Passage(NamedTuple):
    """One step of a life: on which day what led to which state; by itself where it has no event."""

    day: date
    kind: EventKind
    state: State
    event: Event | None = None


class Grant(NamedTuple):
    """A grant as it stands on a day."""

    position: Position
    history: History
    passages: tuple[Passage, ...]

    @property
    def state(self) -> State:
        """Where it stands."""
        return self.position.state

    @property
    def plan(self) -> Plan:
        """What is agreed on now."""
        return self.history.plan

    def on(self, day: date) -> "Grant":
        """Return the same grant on an earlier day, by which all its events had happened."""
        passages = tuple(one for one in self.passages if one.event is not None or one.day <= day)
        return Grant(self.position._replace(state=passages[-1].state), self.history, passages)


def replay(events: Sequence[Event], on: date) -> Grant:
    """Return how a grant stands on a day after its events, in whatever order they were recorded.

    Raises NotPossible where an event cannot have happened then.
    """
    held = effective(events)
    if not held or held[0].kind is not EventKind.REGISTERED or held[0].details.plan is None:
        raise NotAllowed("The history does not begin with the registration of the grant")
    history, position, passages = History(held[0].details.plan), Position(), []
    history.add(held[0])
    passages.append(Passage(held[0].happened, held[0].kind, position.state, held[0]))
    for event in held[1:]:
        if event.happened > on:
            break
        position = _until(event.happened, position, history, passages)
        position = step(position, event.kind, history.plan.terms.kind)
        history.add(event)
        passages.append(Passage(event.happened, event.kind, position.state, event))
        position = _at_once(event.happened, position, history, passages)
    return Grant(_until(on, position, history, passages), history, tuple(passages))


def _at_once(day: date, position: Position, history: History, passages: list[Passage]) -> Position:
    """Take the steps that follow from the amounts."""
    while (kind := _from_amounts(day, position.state, history)) is not None:
        position = step(position, kind, history.plan.terms.kind)
        passages.append(Passage(day, kind, position.state))
    return position


def _from_amounts(day: date, state: State, history: History) -> EventKind | None:
    if state is State.DECIDED:
        if history.is_settled or history.balance is None:
            return EventKind.SETTLED
        return EventKind.BALANCE_DUE if history.balance > 0 else EventKind.RECOVERY_DUE
    if state is State.INTERIM_ACCEPTED:
        return EventKind.PAYMENT_DUE if further_payment(history).amount else EventKind.NOTHING_TO_PAY
    if state is State.PREFINANCING and not history.plan.instalments[0]:
        return EventKind.NOTHING_TO_PAY
    if state in {State.REPORT_AWAITED, State.LATE} and history.plan.end >= day and not _ended_early(history):
        return EventKind.END_MOVED
    return None


def _ended_early(history: History) -> bool:
    return history.last(EventKind.TERMINATED, EventKind.CLAIM_ACCEPTED) is not None


def _until(day: date, position: Position, history: History, passages: list[Passage]) -> Position:
    """Take the steps that the calendar brings before a day begins."""
    while (found := _from_calendar(position.state, history)) is not None and found[1] < day:
        kind, last = found
        position = step(position, kind, history.plan.terms.kind)
        passages.append(Passage(max(last + timedelta(days=1), passages[-1].day), kind, position.state))
    return position


def _from_calendar(state: State, history: History) -> tuple[EventKind, date] | None:
    """Return what the calendar brings next, and the day after which it does."""
    kind, last = None, None
    if state in RUNNING:
        kind, last = EventKind.END_PASSED, history.plan.end
    elif state in {State.INTERIM_RETURNED, State.REPORT_AWAITED, State.RETURNED}:
        kind, last = EventKind.DEADLINE_PASSED, history.report_due
    elif state is State.CLOSED:
        kind, last = EventKind.RECORDS_END, history.records_until
    return None if kind is None or last is None else (kind, last)
