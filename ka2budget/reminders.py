"""Which dates people are reminded of on a day, and in which words; what was sent already is for the store to know."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from ka2budget.store import AgendaItem, Standing
from ka2budget.store.outbox import Reminder
from ka2budget.text import Phrase, day, euro, say, translate

BEFORE = (30, 14, 7, 1, 0)
"""Days before a date at which people are reminded of it."""
AFTER = (1, 7, 14, 30)
"""Days after a date at which they are reminded that it is late."""


class Letter(NamedTuple):
    """A message to one person about all dates that are new to it."""

    message: str
    """Name of the message, made of the reminders in it."""
    recipient: str
    subject: str
    text: str


def lead_on(due: date, on: date) -> int | None:
    """Return for which reminder of a date it is time on a day: days before it, below zero once it is late; or None.

    A day on which nobody looked is made up for: the reminder comes on the next.
    """
    left = (due - on).days
    if left >= 0:
        return min((days for days in BEFORE if days >= left), default=None)
    return -max(days for days in AFTER if days <= -left)


def wanted(agenda: Iterable[AgendaItem], standings: Iterable[Standing], on: date) -> list[Reminder]:
    """Return the reminders for which it is time on a day."""
    contacts = {one.reference: one.contacts for one in standings}
    reminders = []
    for item in agenda:
        due = item.last
        if due is None or (item.nature == "milestone" and due < on) or (item.nature == "agency" and due >= on):
            continue  # a chance that has passed, or a payment that is not late, asks nothing of anybody
        lead = lead_on(due, on)
        if lead is not None:
            reminders += [
                Reminder(item.reference, item.key, due, lead, recipient) for recipient in contacts[item.reference]
            ]
    return reminders


def subject(items: Sequence[AgendaItem], on: date, language: str) -> str:
    """Return the subject of a message about dates."""
    late = sum(1 for one in items if one.is_late(on))
    if late:
        return say("{count} dates of your Erasmus+ grants, {late} of them late", language, count=len(items), late=late)
    if len(items) == 1:
        return say("A date of your Erasmus+ grant", language)
    return say("{count} dates of your Erasmus+ grants", language, count=len(items))


def text(items: Sequence[AgendaItem], standings: dict[str, Standing], on: date, language: str) -> str:
    """Return the message: what is late first, then what is due, each with its reason, amount and source."""
    lines: list[str] = []
    groups = (
        (translate("Late:", language), [one for one in items if one.is_late(on)]),
        (translate("Due:", language), [one for one in items if not one.is_late(on)]),
    )
    for title, group in groups:
        if group:
            lines += [title, ""]
            for item in sorted(group, key=lambda one: (one.last or on, one.reference)):
                lines += [*_lines(item, standings[item.reference], language), ""]
    lines.append(translate("You get this because you are a contact of the grant in ka2budget.", language))
    return "\n".join(lines) + "\n"


def _lines(item: AgendaItem, standing: Standing, language: str) -> Iterable[str]:
    when = day(item.last, language) if item.last is not None else ""
    yield f"{when}: {item.what.say(language)}"
    yield f"  {standing.name} ({item.reference})"
    amount = "" if item.amount is None else f"{euro(item.amount, language)}: "
    yield f"  {amount}{_sentence(item.reason, language)}"
    if item.source:
        yield "  " + say("Source: {source}", language, source=item.source)
    for doubt in item.doubts:
        yield "  " + say("In doubt: {doubt}", language, doubt=doubt)


def _sentence(reason: Phrase, language: str) -> str:
    said = reason.say(language)
    return said[:1].upper() + said[1:]
