"""The dates of grants as a calendar (iCalendar, RFC 5545) that Outlook, Google and Apple take."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple
from urllib.parse import quote

from icalendar import Alarm, Calendar, Event

from ka2budget import __version__
from ka2budget.schedule import Due
from ka2budget.text import euro, say, translate

ALARMS = {"duty": (30, 14, 7, 1), "own": (7, 1), "milestone": (14, 1), "agency": ()}
"""Days before a date on which the calendar reminds, by whose date it is."""


class Entry(NamedTuple):
    """One date of a grant in the calendar."""

    reference: str
    name: str
    """What people call the project."""
    due: Due
    sequence: int = 0
    """How often the dates of the grant were changed; a calendar takes the entry with the higher number."""


def calendar(entries: Iterable[Entry], now: datetime, language: str = "en", name: str | None = None) -> bytes:
    """Return a calendar of all entries that have a day, in a language; ``now`` is the moment it is made."""
    made = Calendar()
    made.add("prodid", f"-//ka2budget//ka2budget {__version__}//{language.upper()}")
    made.add("version", "2.0")
    made.add("method", "PUBLISH")
    made.add("x-wr-calname", name or translate("Grants of Erasmus+ Key Action 2", language))
    made.add("x-wr-timezone", "Europe/Brussels")
    for entry in entries:
        if entry.due.date is not None:
            made.add_component(_event(entry, now, language))
    content: bytes = made.to_ical()
    return content


def uid(reference: str, key: str) -> str:
    """Return the name of an entry, the same through the whole life of a grant."""
    return f"{quote(key, safe='')}.{quote(reference, safe='')}@ka2budget"


def _event(entry: Entry, now: datetime, language: str) -> Event:
    due, event = entry.due, Event()
    day = due.latest or due.date
    if day is None:
        raise ValueError("an entry of a calendar has a day")
    what = due.what.say(language)
    event.add("uid", uid(entry.reference, due.key))
    event.add("sequence", entry.sequence)
    event.add("dtstamp", now)
    event.add("dtstart", day)
    event.add("dtend", day + timedelta(days=1))
    event.add("summary", f"{entry.name}: {what}")
    event.add("description", "\n".join(_lines(entry, language)))
    event.add("categories", [entry.reference])
    event.add("transp", "TRANSPARENT")
    event.add("status", "CONFIRMED")
    for days in ALARMS[due.nature] if due.done is None else ():
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", f"{entry.name}: {what}")
        alarm.add("trigger", timedelta(days=-days))
        event.add_component(alarm)
    return event


def _lines(entry: Entry, language: str) -> Iterable[str]:
    due = entry.due
    yield entry.reference
    yield due.reason.say(language)
    if due.amount is not None:
        yield euro(due.amount, language)
    if due.nature == "duty":
        yield translate("Until midnight, Brussels time.", language)
    if due.latest is not None and due.date is not None:
        yield say("The agreement has {day}, which is no working day.", language, day=due.date)
    if due.done is not None:
        yield say("Done on {day}.", language, day=due.done)
    if due.source:
        yield say("Source: {source}", language, source=due.source)
    for doubt in due.doubts:
        yield say("In doubt: {doubt}", language, doubt=doubt)
