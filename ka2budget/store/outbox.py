"""Which reminders are claimed, handed over and sent: each goes out once, also when a run was killed on the way."""

import hashlib
import math
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, insert, select, text, tuple_, update

from ka2budget.errors import Refusal
from ka2budget.model import Day
from ka2budget.store import Store
from ka2budget.store.opening import Unreachable, shown
from ka2budget.store.tables import REMINDERS

_R = REMINDERS.c
_NAMES = (_R.reference, _R.key, _R.date, _R.lead, _R.recipient)
_LOCK = 20_840  # any number that no other program takes for its advisory lock


class Reminder(NamedTuple):
    """One reminder of one date to one person."""

    reference: str
    key: str
    date: Day
    lead: int
    """Days before the date it stands for; below zero where it is late."""
    recipient: str


class Busy(Refusal):
    """Another process sends reminders of the same store."""

    may_pass = True

    def __init__(self) -> None:
        super().__init__("Reminders of this store are being sent by another process; nothing was done")


@contextmanager
def alone(store: Store) -> Iterator[None]:
    """Hold the right to send reminders, which ends with the process that has it; raise Busy where another one does."""
    if store.engine.dialect.name == "sqlite":
        with closing(_locked(store)):
            yield
    else:
        with store.reading() as connection:
            if not connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": _LOCK}):
                raise Busy
            connection.commit()
            try:
                yield
            finally:
                connection.scalar(text("SELECT pg_advisory_unlock(:key)"), {"key": _LOCK})
                connection.commit()


def _locked(store: Store) -> sqlite3.Connection:
    """Return a connection that keeps a file beside the store locked."""
    try:
        lock = sqlite3.connect(f"{store.engine.url.database}.reminders", timeout=0)
        lock.execute("BEGIN IMMEDIATE")  # of two EXCLUSIVE ones at the same moment, either can be in the other's way
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_BUSY:
            raise Busy from None
        raise Unreachable(shown(store.engine), error) from error
    return lock


def claim(store: Store, wanted: Sequence[Reminder], languages: dict[str, str], now: datetime) -> int:
    """Keep the reminders that nobody has kept yet, a message for each person and language; return how many there were.

    ``languages`` gives the language of each grant.
    """
    if not wanted:
        return 0
    days = [one.date for one in wanted]
    columns = (_R.reference, _R.key, _R.date, _R.recipient)
    query = select(*columns, func.min(_R.lead)).where(_R.date.between(min(days), max(days))).group_by(*columns)
    with store.writing() as connection:
        nearest = {tuple(row[:-1]): row[-1] for row in connection.execute(query)}
        new = [
            one
            for one in dict.fromkeys(wanted)
            if one.lead < nearest.get((one.reference, one.key, one.date, one.recipient), math.inf)
        ]  # where a clock is set back, a date that was near already is not announced from afar
        together: dict[tuple[str, str], list[Reminder]] = {}
        for one in new:
            together.setdefault((one.recipient, languages[one.reference]), []).append(one)
        for group in together.values():
            name = message_name(group)
            connection.execute(insert(REMINDERS), [{**one._asdict(), "message": name, "claimed": now} for one in group])
    return len(new)


def message_name(reminders: Iterable[Reminder]) -> str:
    """Return the name of the message that holds reminders: the same for the same ones."""
    said = "\n".join(sorted("|".join(map(str, one)) for one in reminders))
    return hashlib.sha256(said.encode()).hexdigest()


def waiting(store: Store) -> dict[str, list[Reminder]]:
    """Return the messages that were not handed over yet, each with its reminders."""
    query = (
        select(_R.message, *_NAMES)
        .where(_R.handed_over.is_(None), _R.sent.is_(None))
        .order_by(_R.claimed, _R.message, _R.date, _R.reference, _R.key)
    )
    found: dict[str, list[Reminder]] = {}
    with store.reading() as connection:
        for message, *rest in connection.execute(query):
            found.setdefault(message, []).append(Reminder(*rest))
    return found


_UNANSWERED = (_R.handed_over.is_not(None), _R.sent.is_(None))


def unanswered(store: Store) -> tuple[tuple[str, datetime, Reminder], ...]:
    """Return the reminders that may not have gone out, each with its message and when that was handed over.

    The server broke off without an answer, or the process was killed before it came.
    """
    query = select(_R.message, _R.handed_over, *_NAMES).where(*_UNANSWERED).order_by(_R.handed_over, *_NAMES)
    with store.reading() as connection:
        return tuple((message, moment, Reminder(*row)) for message, moment, *row in connection.execute(query))


def uncertain(store: Store) -> tuple[Reminder, ...]:
    """Return the reminders whose message was handed over without an answer: they may not have gone out."""
    return tuple(reminder for _, _, reminder in unanswered(store))


def settle(store: Store, messages: Iterable[str], *, sent: datetime | None) -> int:
    """Note of unanswered messages that they went out by a moment, or without one that they wait again.

    Returns how many reminders were in them.
    """
    found = update(REMINDERS).where(_R.message.in_(list(messages)), *_UNANSWERED)
    with store.writing() as connection:
        return connection.execute(found.values(handed_over=None) if sent is None else found.values(sent=sent)).rowcount


def hand_over(store: Store, message: str, now: datetime) -> None:
    """Note that a message goes out at this moment; raise Busy where that was noted before, whoever did."""
    waits = update(REMINDERS).where(_R.message == message, _R.handed_over.is_(None), _R.sent.is_(None))
    with store.writing() as connection:
        if connection.execute(waits.values(handed_over=now)).rowcount == 0:
            raise Busy


def take_back(store: Store, message: str, handed_over: datetime) -> None:
    """Note that a message that was handed over at a moment was refused, and waits again."""
    refused = update(REMINDERS).where(_R.message == message, _R.handed_over == handed_over)
    with store.writing() as connection:
        connection.execute(refused.values(handed_over=None))


def finish(store: Store, message: str, now: datetime) -> None:
    """Note that the server took a message."""
    with store.writing() as connection:
        connection.execute(update(REMINDERS).where(_R.message == message).values(sent=now))


def drop(store: Store, reminders: Iterable[Reminder], now: datetime) -> None:
    """Note that reminders need not go out any more, because what they are about was done in between."""
    keys = [tuple(one) for one in reminders]
    with store.writing() as connection:
        if keys:
            connection.execute(update(REMINDERS).where(tuple_(*_NAMES).in_(keys)).values(sent=now))
