"""Sending reminders: what is time for is kept in the store, made into one message a person, and sent once."""

from collections.abc import Callable, Collection, Sequence
from datetime import date, datetime, timedelta
from itertools import count
from typing import NamedTuple

from ka2budget import registry
from ka2budget.errors import NotAllowed
from ka2budget.mail import NotSent, Post, send
from ka2budget.reminders import BEFORE, Letter, subject, text, wanted
from ka2budget.store import AgendaItem, Standing, Store, outbox
from ka2budget.store.outbox import Reminder, claim, drop, finish, hand_over, take_back, waiting
from ka2budget.text import LANGUAGES, Phrase

_LEAST_DIGITS = 8


def claim_reminders(store: Store, on: date, now: datetime) -> int:
    """Keep every reminder for which it is time on a day and that was not kept before; return how many there were."""
    agenda = registry.agenda(store, on + timedelta(days=max(BEFORE)))
    standings = store.standings()
    languages = {one.reference: _language(one) for one in standings}
    return claim(store, wanted(agenda, standings, on), languages, now)


def letters(store: Store, on: date, now: datetime) -> list[tuple[Letter, int]]:
    """Return the messages that wait, each with the number of its reminders; what was done meanwhile is left out."""
    agenda = {(one.reference, one.key): one for one in registry.agenda(store, date.max)}
    standings = {one.reference: one for one in store.standings()}
    found = []
    for message, reminders in waiting(store).items():
        open_ = [one for one in reminders if _is_open(one, agenda)]
        drop(store, [one for one in reminders if one not in open_], now)
        if open_:
            items = [agenda[one.reference, one.key] for one in open_]
            language = _language(standings[items[0].reference])
            words = subject(items, on, language), text(items, standings, on, language)
            found.append((Letter(message, open_[0].recipient, *words), len(open_)))
    return found


def send_letter(store: Store, post: Post, letter: Letter, now: Callable[[], datetime]) -> None:
    """Send one message and note it; raise NotSent where it waits for another try, Unanswered where nobody can tell."""
    moment = now()
    try:
        send(post, letter, moment, lambda: hand_over(store, letter.message, moment))
    except NotSent:
        take_back(store, letter.message, moment)
        raise
    finish(store, letter.message, now())


class Doubtful(NamedTuple):
    """A reminder that may not have gone out, as people are told of it."""

    message: str
    """The first digits of the name of its message, which no other one has."""
    handed_over: datetime
    recipient: str
    date: date
    reference: str
    what: Phrase
    """What is to be done; the name of the date where it is done or moved."""


def unanswered(store: Store) -> list[Doubtful]:
    """Return the reminders that may not have gone out, by the moment at which they were handed over."""
    found = outbox.unanswered(store)
    agenda = {(one.reference, one.key): one for one in registry.agenda(store, date.max)} if found else {}
    short = _shortened({message for message, _, _ in found})
    return [
        Doubtful(
            short[message], moment, one.recipient, one.date, one.reference,
            agenda[one.reference, one.key].what if _is_open(one, agenda) else Phrase("{key}", {"key": one.key}),
        )
        for message, moment, one in found
    ]  # fmt: skip


def settle(store: Store, messages: Sequence[str], now: datetime, *, sent: bool) -> int:
    """Note that messages went out, or that they are to be sent again; return how many reminders are in them.

    ``messages`` are the first digits of their names; none stand for all that may not have gone out. Raises NotAllowed
    for one that is not among these, Busy while another process sends.
    """
    with outbox.alone(store):
        names = {message for message, _, _ in outbox.unanswered(store)}
        chosen = {one: [name for name in names if name.startswith(one)] for one in messages}
        if messages and not names:
            raise NotAllowed("There are no reminders that may not have gone out.")
        if unknown := tuple(one for one, found in chosen.items() if len(found) != 1):
            raise NotAllowed(
                "{message} is not among the messages that may not have gone out: {known}",
                message=unknown, known=tuple(sorted(_shortened(names).values())),
            )  # fmt: skip
        wanted = [name for found in chosen.values() for name in found] if messages else names
        return outbox.settle(store, wanted, sent=now if sent else None)


def _shortened(names: Collection[str]) -> dict[str, str]:
    """Return the first digits of each name, as many as tell them apart and at least eight."""
    length = next(many for many in count(_LEAST_DIGITS) if len({name[:many] for name in names}) == len(names))
    return {name: name[:length] for name in names}


def _is_open(reminder: Reminder, agenda: dict[tuple[str, str], AgendaItem]) -> bool:
    item = agenda.get((reminder.reference, reminder.key))
    return item is not None and item.last == reminder.date


def _language(standing: Standing) -> str:
    return standing.language if standing.language in LANGUAGES else "en"
