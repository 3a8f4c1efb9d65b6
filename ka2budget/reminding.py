"""Sending reminders: what is time for is kept in the store, made into one message a person, and sent once."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

from ka2budget import registry
from ka2budget.mail import NotSent, Post, send
from ka2budget.reminders import BEFORE, Letter, subject, text, wanted
from ka2budget.store import AgendaItem, Standing, Store
from ka2budget.store.outbox import Reminder, claim, drop, finish, hand_over, take_back, waiting
from ka2budget.text import LANGUAGES


def claim_reminders(store: Store, on: date, now: datetime) -> int:
    """Keep every reminder for which it is time on a day and that was not kept before; return how many there were."""
    registry.bring_up_to_date(store)
    standings = store.standings()
    agenda = store.agenda(on + timedelta(days=max(BEFORE)))
    languages = {one.reference: _language(one) for one in standings}
    return claim(store, wanted(agenda, standings, on), languages, now)


def letters(store: Store, on: date, now: datetime) -> list[tuple[Letter, int]]:
    """Return the messages that wait, each with the number of its reminders; what was done meanwhile is left out."""
    standings = {one.reference: one for one in store.standings()}
    agenda = {(one.reference, one.key): one for one in store.agenda(date.max)}
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


def _is_open(reminder: Reminder, agenda: dict[tuple[str, str], AgendaItem]) -> bool:
    item = agenda.get((reminder.reference, reminder.key))
    return item is not None and item.last == reminder.date


def _language(standing: Standing) -> str:
    return standing.language if standing.language in LANGUAGES else "en"
