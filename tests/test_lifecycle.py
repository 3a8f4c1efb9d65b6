"""The table of the life of a grant, row by row and kind by kind, with the tables beside it; and corrections."""

import pickle
from collections.abc import Iterable
from itertools import product

import pytest
from diagram import PASSING, diagram, leading
from lives import NEVER, PLANS, Life, cooperation, eur, signed, small_scale

from ka2budget.errors import NotAllowed, Several
from ka2budget.event import ASKED, Details, Event, demand_asked, payload
from ka2budget.grant import replay
from ka2budget.lifecycle import (
    AMENDMENTS,
    BY_THEMSELVES,
    EVENT_WORDS,
    GUARANTEES,
    NATIONAL,
    RECORDED,
    ROWS,
    STATE_WORDS,
    TRANSITIONS,
    Amendment,
    EventKind,
    Guarantee,
    NotPossible,
    Position,
    State,
    possible,
    step,
)
from ka2budget.rules import GrantKind

KINDS = tuple(GrantKind)
ONLY_NATIONAL = {State.NO_GRANT, State.CONTESTED}


def states_of(kind: GrantKind) -> set[State]:
    return set(State) if kind in NATIONAL else set(State) - ONLY_NATIONAL


def ready_for(state: State, event: EventKind) -> Position:
    """Return a position in a state in which the tables beside it let the event happen."""
    amendment = next((before for before, one in AMENDMENTS if one is event), Amendment.NONE)
    guarantee = next((before for before, one in GUARANTEES if one is event), Guarantee.NONE)
    return Position(state, amendment, guarantee)


def reached(start: Iterable[State], arrows: Iterable[tuple[State, State]]) -> set[State]:
    found, arrows = set(start), list(arrows)
    while more := {after for before, after in arrows if before in found} - found:
        found |= more
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_every_row_is_walked(kind: GrantKind) -> None:
    for row in ROWS:
        if kind in row.kinds:
            for state in row.before:
                for after in row.after if isinstance(row.after, tuple) else (row.after or state,):
                    ready = ready_for(state, row.event)._replace(back=after)
                    assert after is step(ready, row.event, kind).state


@pytest.mark.parametrize("kind", KINDS)
def test_no_two_rows_say_what_follows_the_same_event_in_the_same_state(kind: GrantKind) -> None:
    said = [(state, row.event) for row in ROWS if kind in row.kinds for state in row.before]
    assert sorted(set(said)) == sorted(said)


@pytest.mark.parametrize("kind", KINDS)
def test_what_has_no_row_is_not_possible_and_changes_nothing(kind: GrantKind) -> None:
    for state, event in product(State, EventKind):
        if (state, event) not in TRANSITIONS[kind]:
            position = ready_for(state, event)
            with pytest.raises(NotPossible) as refusal:
                step(position, event, kind)
            assert (event, position) == (refusal.value.event, refusal.value.position)
            assert refusal.value.say().endswith(
                f"possible is {', '.join(possible(position, kind))}. Nothing was changed."
            )


@pytest.mark.parametrize("kind", KINDS)
def test_possible_is_what_a_step_takes_and_nothing_else(kind: GrantKind) -> None:
    for state, amendment, guarantee in product(State, Amendment, Guarantee):
        position = Position(state, amendment, guarantee)
        taken = []
        for event in RECORDED:
            try:
                step(position, event, kind)
            except NotPossible:
                continue
            taken.append(event)
        assert tuple(taken) == possible(position, kind)


def test_a_refusal_says_what_goes_on_beside_the_state_too() -> None:
    position = Position(State.ONGOING, Amendment.REQUESTED, Guarantee.HELD)
    with pytest.raises(NotPossible) as refusal:
        step(position, EventKind.AMENDMENT_REQUESTED, GrantKind.COOPERATION)
    expected = (
        "amendment-requested is not possible while the state of the grant is 'ongoing, Amendment requested, "
        "Financial guarantee handed in'; possible is guarantee-released, payment-received, transfer, "
        "transfer-returned, progress-report, interim-report, amendment-signed, amendment-refused, suspended, "
        "terminated, no-grant-requested, final-report, repayment, done, note. Nothing was changed."
    )
    assert expected == refusal.value.say()
    assert "laufend, Änderung beantragt" in refusal.value.say("de")
    again = pickle.loads(pickle.dumps(refusal.value))  # noqa: S301 - our own
    assert (expected, position) == (again.say(), again.position)


@pytest.mark.parametrize("kind", KINDS)
def test_every_state_of_a_kind_is_reached_from_selection(kind: GrantKind) -> None:
    arrows = [(before, after) for before, _, after in leading(kind)]
    assert states_of(kind) == reached([State.SELECTED], arrows)


@pytest.mark.parametrize("kind", KINDS)
def test_every_state_leads_to_the_archive(kind: GrantKind) -> None:
    arrows = [(after, before) for before, _, after in leading(kind)]
    assert states_of(kind) <= reached([State.ARCHIVED], arrows)


@pytest.mark.parametrize("kind", KINDS)
def test_only_the_archive_is_an_end(kind: GrantKind) -> None:
    leaving = {before for before, _, _ in leading(kind)}
    assert states_of(kind) - {State.ARCHIVED} == leaving & states_of(kind)


@pytest.mark.parametrize("kind", KINDS)
def test_no_grant_stays_where_the_amounts_lead_on(kind: GrantKind) -> None:
    for before, event, _ in leading(kind):
        if before in PASSING:
            assert event in BY_THEMSELVES


@pytest.mark.parametrize("kind", KINDS)
def test_money_that_moved_can_be_recorded_from_the_signature_to_the_archive(kind: GrantKind) -> None:
    before = {State.SELECTED, State.PREPARATION, State.PREFINANCING, State.ARCHIVED, *PASSING}
    for state in states_of(kind) - before:
        moves = {EventKind.PAYMENT_RECEIVED, EventKind.REPAYMENT, EventKind.TRANSFER, EventKind.TRANSFER_RETURNED}
        assert moves <= set(possible(Position(state), kind)), state


def test_every_state_and_event_has_its_words() -> None:
    assert (set(State), set(EventKind)) == (set(STATE_WORDS), set(EVENT_WORDS))
    assert (len(State), len(EventKind)) == (len(set(STATE_WORDS.values())), len(set(EVENT_WORDS.values())))


def test_an_amendment_and_a_guarantee_go_on_beside_the_state() -> None:
    kind, position = GrantKind.COOPERATION, Position(State.PREFINANCING)
    position = step(position, EventKind.GUARANTEE_ASKED, kind)
    position = step(position, EventKind.AMENDMENT_REQUESTED, kind)
    assert Position(State.PREFINANCING, Amendment.REQUESTED, Guarantee.ASKED, State.PREFINANCING) == position
    position = step(position, EventKind.GUARANTEE_RECEIVED, kind)
    position = step(position, EventKind.PAYMENT_RECEIVED, kind)
    assert Position(State.ONGOING, Amendment.REQUESTED, Guarantee.HELD, State.ONGOING) == position
    position = step(position, EventKind.AMENDMENT_REFUSED, kind)
    position = step(position, EventKind.GUARANTEE_RELEASED, kind)
    assert Position(State.ONGOING, Amendment.NONE, Guarantee.RELEASED, State.ONGOING) == position


@pytest.mark.parametrize(
    ("position", "event"),
    [
        (Position(State.ONGOING, Amendment.REQUESTED), EventKind.AMENDMENT_REQUESTED),
        (Position(State.ONGOING), EventKind.AMENDMENT_REFUSED),
        (Position(State.PREFINANCING), EventKind.GUARANTEE_RECEIVED),
        (Position(State.PREFINANCING, guarantee=Guarantee.ASKED), EventKind.GUARANTEE_ASKED),
        (Position(State.ONGOING, guarantee=Guarantee.RELEASED), EventKind.GUARANTEE_RELEASED),
        (Position(State.ONGOING), EventKind.GUARANTEE_RELEASED),
    ],
)
def test_what_the_tables_beside_do_not_know_is_not_possible(position: Position, event: EventKind) -> None:
    assert event not in possible(position, GrantKind.COOPERATION)
    with pytest.raises(NotPossible):
        step(position, event, GrantKind.COOPERATION)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("before", "during", "after"),
    [
        (State.PREFINANCING, None, State.PREFINANCING),
        (State.PREFINANCING, EventKind.PAYMENT_RECEIVED, State.ONGOING),
        (State.ONGOING, EventKind.PAYMENT_RECEIVED, State.ONGOING),
        (State.PAYMENT, None, State.PAYMENT),
        (State.PAYMENT, EventKind.NOTE, State.PAYMENT),
        (State.PAYMENT, EventKind.PAYMENT_RECEIVED, State.ONGOING),
        (State.INTERIM, EventKind.PAYMENT_RECEIVED, State.INTERIM),
        (State.INTERIM_RETURNED, EventKind.TRANSFER, State.INTERIM_RETURNED),
    ],
)
def test_a_grant_goes_on_where_it_was_before_its_suspension(
    kind: GrantKind, before: State, during: EventKind | None, after: State
) -> None:
    position = step(Position(before, back=before), EventKind.SUSPENDED, kind)
    assert position.state is State.SUSPENDED
    if during is not None and during in possible(position, kind):
        position = step(position, during, kind)
    assert step(position, EventKind.RESUMED, kind).state is after


def test_the_agency_may_change_the_agreement_unasked() -> None:
    assert Position(State.LATE) == step(Position(State.LATE), EventKind.AMENDMENT_SIGNED, GrantKind.SMALL_SCALE)


def arrows(drawn: str) -> set[tuple[str, str, str]]:
    """Return state, event and state of every arrow of a diagram; one from or to a box is one of all states in it."""
    inside: dict[str, list[str]] = {}
    boxes: list[str] = []
    for line in map(str.strip, drawn.splitlines()):
        if line.startswith("state "):
            boxes.append(line.split()[-2])
        elif line == "}":
            boxes.pop()
        elif boxes:
            for box in boxes:
                inside.setdefault(box, []).append(line)
    found = set()
    for line in drawn.splitlines():
        ends, _, labels = line.strip().partition(": ")
        start, arrow, after = ends.partition(" --> ")
        if arrow and labels:
            events = (label.strip("()") for label in labels.split(", "))
            found |= set(product(inside.get(start, [start]), events, inside.get(after, [after])))
    return found


def drawn_as(state: State) -> str:
    return state.value.replace("-", "_")


@pytest.mark.parametrize("kind", KINDS)
def test_the_diagram_draws_every_step_that_leads_on_and_no_other(kind: GrantKind) -> None:
    expected = {(drawn_as(before), event.value, drawn_as(after)) for before, event, after in leading(kind)}
    passing = {drawn_as(State.INTERIM_ACCEPTED)}
    assert expected == {one for one in arrows(diagram(kind)) if passing.isdisjoint(one) or one in expected}


@pytest.mark.parametrize("kind", KINDS)
def test_the_diagram_names_the_states_of_its_kind(kind: GrantKind) -> None:
    named = [line.strip() for line in diagram(kind).splitlines() if ": " in line and "-->" not in line]
    assert named == [f"{drawn_as(state)}: {STATE_WORDS[state]}" for state in State if state in states_of(kind)]


# What was recorded is corrected by recording more.


def test_a_mistaken_amount_is_corrected_by_a_later_event() -> None:
    life = signed(small_scale()).then("2026-08-20", "payment-received", amount=4_800)
    life.then("2026-09-01", "transfer", partner="P2", amount=10_000)
    assert eur(4_800) == life.account().received
    life.then("2026-08-20", "payment-received", amount=48_000, corrects=3)
    assert (eur(48_000), State.ONGOING) == (life.account().received, life.state())
    assert [event.number for event in life.grant("2026-09-01").history.events] == [1, 2, 5, 4]


def test_a_correction_stands_where_the_mistaken_event_stood_that_day() -> None:
    life = signed(small_scale()).then("2026-08-20", "payment-received", amount=48_000)
    life.then("2028-03-10", "final-report").then("2028-03-10", "final-returned")
    life.then("2028-03-10", "final-report", corrects=4)
    assert State.RETURNED is life.state()


def test_a_correction_may_move_an_event_to_another_day() -> None:
    life = signed(small_scale()).then("2026-08-20", "payment-received", amount=48_000)
    assert State.PREFINANCING is life.state("2026-08-19")
    life.then("2026-08-05", "payment-received", amount=48_000, corrects=3)
    assert State.ONGOING is life.state("2026-08-05")


def test_a_correction_can_be_corrected() -> None:
    life = signed(small_scale()).then("2026-08-20", "payment-received", amount=4_800)
    life.then("2026-08-20", "payment-received", amount=40_000, corrects=3)
    life.then("2026-08-20", "payment-received", amount=48_000, corrects=4)
    assert eur(48_000) == life.account().received


def test_a_cancelled_event_never_happened() -> None:
    life = signed(small_scale()).then("2026-08-20", "payment-received", amount=48_000)
    life.then("2026-08-21", "cancelled", corrects=3)
    assert (State.PREFINANCING, eur(0)) == (life.state(), life.account().received)


def test_cancelling_a_correction_cancels_what_it_stood_for() -> None:
    life = signed(small_scale()).then("2026-08-20", "payment-received", amount=4_800)
    life.then("2026-08-20", "payment-received", amount=48_000, corrects=3)
    life.then("2026-08-21", "cancelled", corrects=4)
    assert State.PREFINANCING is life.state()


def test_a_mistaken_registration_is_corrected_too() -> None:
    life = signed(small_scale())
    life.then("2026-08-01", "registered", plan=cooperation(), corrects=1)
    assert eur(250_000) == life.grant().plan.grant


def test_a_correction_that_would_make_the_rest_impossible_is_refused() -> None:
    life = signed(small_scale()).then("2026-08-20", "payment-received", amount=48_000)
    life.then("2028-03-10", "final-report").then("2028-04-10", "assessed", final=60_000)
    life.then("2028-03-10", "note", corrects=4)
    with pytest.raises(
        NotPossible, match="assessed is not possible while the state of the grant is 'final report awaited'"
    ):
        life.grant()
    del life.events[-1]
    assert State.BALANCE is life.state()


def test_a_cancellation_that_would_make_the_rest_impossible_is_refused() -> None:
    life = Life(small_scale()).then("2026-08-01", "signed").then("2026-08-20", "payment-received", amount=48_000)
    with pytest.raises(
        NotPossible, match="payment-received is not possible while the state of the grant is 'selected for funding'"
    ):
        life.then("2026-08-21", "cancelled", corrects=2).grant()


@pytest.mark.parametrize("events", [[], [2], [1, 3]])
def test_a_history_begins_with_a_registration(events: list[int]) -> None:
    life = signed(small_scale()).then("2026-08-21", "cancelled", corrects=1)
    with pytest.raises(NotAllowed, match="does not begin with the registration"):
        replay([life.events[number - 1] for number in events], NEVER)


def test_a_registration_needs_a_plan() -> None:
    event = signed(small_scale()).events[0].model_copy(update={"details": Details()})
    with pytest.raises(NotAllowed, match="does not begin with the registration"):
        replay([event], NEVER)


def test_a_grant_is_registered_once() -> None:
    with pytest.raises(NotPossible):
        signed(small_scale()).then("2026-08-02", "registered", plan=small_scale()).grant()


def test_what_happens_later_is_not_known_yet() -> None:
    life = signed(small_scale()).then("2026-08-20", "payment-received", amount=48_000)
    assert [life.state("2026-08-19"), life.state("2026-08-20")] == [State.PREFINANCING, State.ONGOING]
    assert life.grant("2026-08-19").history.received == 0


# What an event has to say.


def refused(kind: str, **details: object) -> str:
    with pytest.raises(Several) as refusal:
        demand_asked(EventKind(kind), Details.model_validate(details))
    return refusal.value.say()


def test_an_event_says_what_it_has_to() -> None:
    assert refused("payment-received") == "'Payment received from the agency' needs amount"
    assert refused("transfer") == "'Passed on to a partner' needs amount\n'Passed on to a partner' needs partner"


def test_an_event_that_says_what_it_has_to_is_taken() -> None:
    demand_asked(EventKind.PAYMENT_RECEIVED, Details.model_validate({"amount": 1, "offset": 2}))
    demand_asked(EventKind.NOTE, Details())


def test_parts_of_partners_are_those_of_a_final_grant() -> None:
    assert refused("audit-closed", partners={"P1": 1}) == "'Audit closed' needs final"
    demand_asked(EventKind.AUDIT_CLOSED, Details())


def test_an_event_says_nothing_it_cannot() -> None:
    assert refused("done", key="end", amount=1) == "'Done' has no amount; it may say key"
    assert refused("note", amount=1) == "'Note' has no amount; it may say nothing more"
    assert (
        refused("signed", amount=1) == "'Grant agreement signed by the last party' has no amount; it may say agreement"
    )


def test_an_event_can_be_told_without_its_plan() -> None:
    first = signed(small_scale()).events[0]
    assert (first.without_plan.details, first.without_plan.number) == (Details(), 1)


def test_what_is_asked_for_are_fields_of_the_details() -> None:
    for kind, asked in ASKED.items():
        assert kind in RECORDED
        assert {*asked.needed, *asked.optional} <= set(Details.model_fields)
        assert not set(asked.needed) & set(asked.optional)


def test_an_event_is_kept_as_plain_values_and_read_back() -> None:
    life = signed(small_scale()).then("2026-08-20", "payment-received", amount=48_000, offset="0.5")
    assert payload(life.events[-1].details) == {"amount": "48000.00", "offset": "0.50"}
    for event in life.events:
        assert event == Event.model_validate_json(event.model_dump_json())
        assert event.details == Details.model_validate(payload(event.details))


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_to_pay_first_goes_on_at_once(kind: GrantKind) -> None:
    life = signed(PLANS[kind](instalments=("0", "1")))
    assert State.ONGOING is life.state()
    assert [passage.kind.value for passage in life.grant().passages[1:]] == ["signed", "nothing-to-pay"]
