"""The life of a grant in one list: what happened, what followed by itself, and what is still to come."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from ka2budget.event import Event
from ka2budget.grant import Grant
from ka2budget.lifecycle import EVENT_WORDS, STATE_WORDS
from ka2budget.schedule import Due
from ka2budget.text import Phrase, Word


class Moment(NamedTuple):
    """One entry of the list: something that was recorded, that followed by itself, or that is to come."""

    day: date | None
    """None where it follows from something that has not happened."""
    what: Word | Phrase
    state: Word | None = None
    """Where the grant was from then on, where that changed."""
    event: Event | None = None
    corrected: int | None = None
    """Number of the entry that stands for it."""
    about: Phrase | None = None
    """The date that an entry says is done."""
    due: Due | None = None
    late: bool = False


def timeline(events: Sequence[Event], grant: Grant, dates: Iterable[Due], on: date) -> list[Moment]:
    """Return all moments of a grant in their order, as they are seen on a day; those without a day last."""
    dates = tuple(dates)
    return sorted([*_past(events, grant, dates, on), *_coming(dates, on)], key=lambda one: one.day or date.max)


def _past(events: Sequence[Event], grant: Grant, dates: Iterable[Due], on: date) -> Iterable[Moment]:
    corrected = {one.corrects: one.number for one in events if one.corrects is not None}
    about = {one.key: one.what for one in dates}
    state = None
    for number, passage in enumerate(grant.passages, 1):
        is_now = all(one.day >= passage.day for one in grant.passages[number:])  # registering comes late in some lives
        led = STATE_WORDS[passage.state] if is_now and passage.state is not state else None
        state = passage.state
        event = passage.event
        done = about.get(event.details.key or "") if event is not None else None
        yield Moment(passage.day, EVENT_WORDS[passage.kind], led, event, about=done)
    held = {one.event.number for one in grant.passages if one.event is not None}
    for event in events:
        if event.number not in held and event.happened <= on:
            yield Moment(event.happened, EVENT_WORDS[event.kind], event=event, corrected=corrected.get(event.number))


def _coming(dates: Iterable[Due], on: date) -> Iterable[Moment]:
    for due in dates:
        if due.done is None and not due.is_past(on):
            day = due.latest or due.date
            late = day is not None and day < on
            yield Moment(day, due.what, due=due, late=late)
