"""What holds for every history: no cent is lost, no order of recording matters, what is possible can be recorded."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lives import MENTOR, NEVER, PLANS, WITHOUT_P4, Life, agreed

from ka2budget.account import account
from ka2budget.event import ASKED, Asked, Details, Event, demand_asked
from ka2budget.grant import Grant, replay
from ka2budget.lifecycle import BY_THEMSELVES, EventKind, Position, possible
from ka2budget.money import split
from ka2budget.plan import Plan
from ka2budget.rules import GrantKind
from ka2budget.schedule import schedule

PROFILE = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
ALL_PLANS = {kind: make() for kind, make in PLANS.items()}
OTHER_PLANS = [
    agreed(WITHOUT_P4.model_copy(update={"months": 36}), instalments=("0.4", "0.4", "0.2")),
    agreed(MENTOR.model_copy(update={"months": 30}), instalments=("0.5", "0.3", "0.2")),
    agreed(MENTOR, retention="0.2", partner_instalments={"P2": ("0.6", "0.4")}),
]
CENTS = st.integers(0, 30_000_000).map(lambda cents: Decimal(cents).scaleb(-2))
ROUND = st.sampled_from([Decimal(amount) for amount in (0, 1, 50_000, 100_000, 150_000, 250_000)])
MONEY = st.one_of(ROUND, CENTS)
WEIGHTS = {
    EventKind.NOTE: 1, EventKind.DONE: 1, EventKind.WITHDRAWN: 1, EventKind.SIGNED: 12, EventKind.TERMINATED: 1,
    EventKind.NO_GRANT_REQUESTED: 1, EventKind.PAYMENT_RECEIVED: 5, EventKind.TRANSFER: 4, EventKind.FINAL_REPORT: 4,
    EventKind.INTERIM_REPORT: 8, EventKind.INTERIM_ACCEPTED: 10, EventKind.ASSESSED: 10,
}  # fmt: skip


def _of_kind(plan: Plan, kind: GrantKind) -> Plan:
    return plan.model_copy(update={"terms": plan.terms.model_copy(update={"kind": kind})})


@st.composite
def said(draw: st.DrawFn, kind: EventKind, plan: Plan, day: date) -> dict[str, Any]:
    """Draw what an event says: all that it has to, and some of what it may."""
    asked = ASKED.get(kind, Asked())
    fields = {
        "amount": MONEY, "offset": MONEY, "used": MONEY, "final": MONEY, "score": st.integers(0, 100),
        "partner": st.sampled_from([*(key for key in plan.partners if key != plan.coordinator), "P4"]),
        "bank_reference": st.just("Example"), "until": st.just(day), "key": st.sampled_from(["end", "results"]),
        "due": st.integers(0, 90).map(lambda days: day + timedelta(days=days)),
        "effect": st.integers(0, 60).map(lambda days: day + timedelta(days=days)),
        "accepted": st.dictionaries(st.sampled_from(["WP1", "WP2", "A1"]), MONEY, max_size=3),
    }  # fmt: skip
    if plan.terms.kind in {GrantKind.COOPERATION, GrantKind.EACEA}:
        fields["plan"] = st.sampled_from([_of_kind(one, plan.terms.kind) for one in OTHER_PLANS])
    wanted = [*asked.needed, *(name for name in asked.optional if name in fields and draw(st.booleans()))]
    details = {name: draw(fields[name]) for name in wanted}
    if details.get("final") is not None and "partners" in asked.optional and draw(st.booleans()):
        weights = draw(
            st.lists(st.integers(0, 9).map(Decimal), min_size=len(plan.partners), max_size=len(plan.partners))
        )
        details["partners"] = dict(zip(plan.partners, split(details["final"], weights), strict=True))
    demand_asked(kind, Details(**details))
    return details


@st.composite
def lives(draw: st.DrawFn, most: int = 25) -> Life:
    """Draw a life: every next event is one that is possible on its day."""
    plan = ALL_PLANS[draw(st.sampled_from(GrantKind))]
    life, day = Life(plan), plan.start - timedelta(days=60)
    for _ in range(draw(st.integers(0, most))):
        day += timedelta(days=draw(st.sampled_from([0, 0, 1, 3, 14, 30, 90, 400])))
        if day > date(2060, 1, 1):
            break
        grant = replay(life.events, day)
        kinds = possible(grant.position, plan.terms.kind)
        kind = draw(st.sampled_from([kind for kind in kinds for _ in range(WEIGHTS.get(kind, 2))]))
        life.then(str(day), kind.value, **draw(said(kind, grant.plan, day)))
    return life


def whole(events: list[Event]) -> tuple[Position, Any, Any]:
    """Return all that is made of a history."""
    grant = replay(events, NEVER)
    return grant.position, account(grant.history), schedule(grant.plan, grant.history)


def without_numbers(grant: Grant) -> Any:  # noqa: ANN401
    history = grant.history
    money = account(history).model_dump(exclude={"expected": {"__all__": {"event"}}, "findings": True})
    return grant.position, [one[:3] for one in grant.passages], money, schedule(grant.plan, history)


@PROFILE
@given(lives())
def test_not_a_cent_is_lost(life: Life) -> None:
    history = replay(life.events, NEVER).history
    money = account(history)
    received = sum(
        (one.details.amount or 0) + (one.details.offset or 0)
        for one in life.events
        if one.kind is EventKind.PAYMENT_RECEIVED
    )
    repaid = sum(one.details.amount or 0 for one in life.events if one.kind is EventKind.REPAYMENT)
    assert (received, repaid) == (money.received, money.repaid)
    assert received - repaid == sum(one.paid for one in money.partners.values())
    matched = sum(one.received for one in money.expected)
    assert matched <= received
    if not repaid and money.final is None:
        assert matched == min(received, sum(one.amount for one in money.expected))
    assert (money.final is None) is (money.balance is None)
    if money.final is not None:
        assert money.final == received - repaid + (money.balance or 0)
        assert money.final == sum(one.final or 0 for one in money.partners.values())
    else:
        assert sum(one.share for one in money.partners.values()) == money.grant
    for partner in money.partners.values():
        assert partner.to_pay in {Decimal(0), partner.due - partner.paid}
        assert not (partner.final is not None and partner.to_pay and partner.to_return)
    for one in money.expected:
        assert 0 <= one.received <= one.amount
        assert (one.arrived is None) is (one.received < one.amount)


@PROFILE
@given(lives())
def test_what_is_possible_can_be_recorded_and_replayed(life: Life) -> None:
    grant = replay(life.events, life.day)
    days = [passage.day for passage in grant.passages[1:]]
    assert sorted(days) == days
    assert [one.event for one in grant.passages if one.event is not None] == life.events
    assert all((one.event is None) is (one.kind in BY_THEMSELVES) for one in grant.passages)
    assert grant.passages[-1].state is grant.state
    assert whole(life.events) == whole(list(life.events))


@PROFILE
@given(lives(), st.data())
def test_what_happens_later_changes_nothing_of_what_was(life: Life, data: st.DataObject) -> None:
    day = data.draw(st.sampled_from([event.happened for event in life.events]))
    until_then = [event for event in life.events if event.happened <= day]
    whole_life, part = replay(life.events, day), replay(until_then, day)
    assert (whole_life.position, whole_life.passages) == (part.position, part.passages)
    assert account(whole_life.history) == account(part.history)


@PROFILE
@given(lives(), st.randoms(use_true_random=False))
def test_the_order_of_recording_does_not_matter_where_the_days_differ(life: Life, random: Any) -> None:  # noqa: ANN401
    first: dict[date, Event] = {}
    for event in life.events[1:]:
        first.setdefault(event.happened, event)
    kept = _replayable([life.events[0], *first.values()])
    shuffled = kept[1:]
    random.shuffle(shuffled)
    renumbered = [kept[0], *shuffled]
    renumbered = [event.model_copy(update={"number": number}) for number, event in enumerate(renumbered, 1)]
    assert without_numbers(replay(kept, NEVER)) == without_numbers(replay(renumbered, NEVER))


def _replayable(events: list[Event]) -> list[Event]:
    """Return the events without those that cannot have happened once others are left out."""
    kept = events[:1]
    for event in events[1:]:
        grant = replay(kept, event.happened)
        if event.kind in possible(grant.position, grant.plan.terms.kind):
            kept.append(event)
    return kept


@PROFILE
@given(lives())
def test_cancelling_the_last_event_gives_what_was_before_it(life: Life) -> None:
    events = list(life.events)
    if len(events) > 1:
        before = whole(events[:-1])
        life.then(str(life.day), "cancelled", corrects=len(events))
        assert before == whole(life.events)


@PROFILE
@given(lives(), st.data())
def test_an_event_corrected_by_itself_changes_nothing(life: Life, data: st.DataObject) -> None:
    number = data.draw(st.integers(1, len(life.events)))
    before = without_numbers(replay(life.events, NEVER))
    old = life.events[number - 1]
    life.events.append(old.model_copy(update={"number": len(life.events) + 1, "corrects": number}))
    assert before == without_numbers(replay(life.events, NEVER))


@PROFILE
@given(lives())
def test_dates_have_one_name_each_and_say_why(life: Life) -> None:
    grant = replay(life.events, life.day)
    dates = schedule(grant.plan, grant.history)
    assert len({one.key for one in dates}) == len(dates)
    assert all(one.what.say() and one.reason.say() for one in dates)
    assert all(one.amount is None or one.amount >= 0 for one in dates)
