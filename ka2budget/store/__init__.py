"""The store of a project office: grants, their events and documents, in SQLite or PostgreSQL; nothing is erased."""

import difflib
import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple, Self

from sqlalchemy import Connection, Engine, Row, delete, func, insert, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from ka2budget.errors import Refusal
from ka2budget.event import Event, payload
from ka2budget.lifecycle import EVENT_WORDS, State
from ka2budget.model import Day
from ka2budget.schedule import Due
from ka2budget.store.opening import Unreachable, engine_of, prepare, shown
from ka2budget.store.tables import AGENDA, DOCUMENTS, EVENTS, GRANTS, STANDINGS
from ka2budget.store.words import packed, unpacked
from ka2budget.text import Phrase

__all__ = [
    "AgendaItem",
    "AlreadyRegistered",
    "Document",
    "NoSuchGrant",
    "Overtaken",
    "Standing",
    "Store",
    "Unreachable",
]


_KEEP = text("INSERT INTO documents (digest, name, content) VALUES (:digest, :name, :content) ON CONFLICT DO NOTHING")
_PLAIN = tuple(name for name in Event.model_fields if name != "details")


class Document(NamedTuple):
    """A file behind an event."""

    digest: str
    """Its SHA-256, in hexadecimal digits."""
    name: str
    content: bytes


class Standing(NamedTuple):
    """How a grant stands after its last event, and which states the calendar brings."""

    last: int
    """Number of the event it was worked out after."""
    made_by: str
    """Version that worked it out."""
    reference: str
    name: str
    """What people call the project."""
    title: str
    action: str
    call: int
    language: str | None
    contacts: tuple[str, ...]
    """E-mail addresses that are reminded."""
    ahead: tuple[tuple[date, State], ...]
    """Each state from its day on, the first from the last event."""

    def state(self, on: date) -> State:
        """Return the state on a day."""
        reached = [state for day, state in self.ahead if day <= on]
        return reached[-1] if reached else self.ahead[0][1]

    def plain(self, on: date) -> dict[str, Any]:
        """Return it as JSON has it, with the state of a day."""
        return {"title": self.title, "action": self.action, "call": self.call, "state": self.state(on).value}


class AgendaItem(NamedTuple):
    """Something that is not done yet."""

    reference: str
    key: str
    date: Day | None
    latest: Day | None
    nature: str
    amount: Decimal | None
    what: Phrase
    reason: Phrase
    source: str | None
    doubts: tuple[str, ...]

    @property
    def last(self) -> Day | None:
        """The day after which it is late."""
        return self.latest or self.date

    def is_late(self, on: Day) -> bool:
        """Return whether somebody should have done it by then."""
        return self.nature != "milestone" and self.last is not None and self.last < on

    def is_coming(self, on: Day) -> bool:
        """Return whether its day is still to come."""
        return self.last is not None and self.last >= on

    def plain(self) -> dict[str, Any]:
        """Return it as JSON has it: words in English, the amount as a string with two decimals."""
        said = {**self._asdict(), "amount": None if self.amount is None else f"{self.amount:.2f}", "doubts": None}
        plain = {name: value if value is None else str(value) for name, value in said.items()}
        return {**plain, "doubts": list(self.doubts)}


class NoSuchGrant(Refusal):
    """A reference that is not in the store."""

    def __init__(self, reference: str, similar: Sequence[str]) -> None:
        super().__init__(
            "There is no grant {reference!r} in the store; there is {similar}"
            if similar
            else "There is no grant {reference!r} in the store; 'ka2budget grant register' takes one in",
            reference=reference, similar=tuple(similar),
        )  # fmt: skip


class AlreadyRegistered(Refusal):
    """A reference that is in the store already."""

    def __init__(self, reference: str) -> None:
        super().__init__(
            "{reference} is registered already; 'ka2budget grant show {reference}' shows it", reference=reference
        )


class Overtaken(Refusal):
    """Somebody else recorded something of the same grant in between; nothing of ours was recorded."""

    def __init__(self, reference: str, event: Event) -> None:
        self.event = event
        super().__init__(
            "Meanwhile {by} recorded of {reference}: {number}, {event} of {day}. Nothing was changed; look at it and "
            "record yours again",
            by=event.by, reference=reference, number=event.number, event=EVENT_WORDS[event.kind], day=event.happened,
        )  # fmt: skip


class Store:
    """The grants of a project office in one database, named by a path or URL."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    @classmethod
    def open(cls, url: str, *, migrate: bool = False) -> Self:
        """Open a store, made anew where there is none yet; raise Unreachable, or Outdated unless it may be migrated."""
        engine = engine_of(url)
        with _named(engine):
            prepare(engine, migrate=migrate)
        return cls(engine)

    def close(self) -> None:
        """Give back all connections."""
        self.engine.dispose()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a connection that reads; raise Unreachable where the database does not answer."""
        with _named(self.engine), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Give a connection whose changes come all or none; raise Unreachable where the database does not answer."""
        with (
            _named(self.engine),
            self.engine.connect().execution_options(writes=True) as connection,
            connection.begin(),
        ):
            yield connection

    def references(self) -> tuple[str, ...]:
        """Return the references of all grants."""
        with self.reading() as connection:
            return tuple(connection.scalars(select(GRANTS.c.reference).order_by(GRANTS.c.reference)))

    def events(self, reference: str) -> tuple[Event, ...]:
        """Return the events of a grant in the order in which they were recorded; raise NoSuchGrant."""
        with self.reading() as connection:
            found = _events(connection, reference)
        if not found:
            raise NoSuchGrant(reference, _similar(reference, self.references()))
        return found

    def document(self, digest: str) -> Document:
        """Return a document by its digest."""
        with self.reading() as connection:
            row = connection.execute(select(DOCUMENTS).where(DOCUMENTS.c.digest == digest)).one()
        return Document(row.digest, row.name, row.content)

    def append(
        self,
        reference: str,
        events: Sequence[Event],
        documents: Iterable[Document],
        standing: Standing,
        agenda: Iterable[Due],
    ) -> None:
        """Add events to a grant, the first one of which registers it; all of it or nothing.

        Raises Overtaken where an event of that number is there already, AlreadyRegistered for a first one.
        """
        try:
            with self.writing() as connection:
                if events[0].number == 1:
                    connection.execute(insert(GRANTS).values(reference=reference))
                _hold(connection, reference)
                for document in sorted(documents):  # in one order, so that nobody waits for who waits for them
                    _keep(connection, document)
                connection.execute(insert(EVENTS), [_columns(reference, event) for event in events])
                _stand(connection, reference, standing, agenda)
        except IntegrityError as error:
            there = {event.number: event for event in self._known(reference)}
            if events[0].number == 1 and there:
                raise AlreadyRegistered(reference) from None
            if events[0].number in there:
                raise Overtaken(reference, there[max(there)]) from None
            raise Unreachable(shown(self.engine), error) from error

    def _known(self, reference: str) -> tuple[Event, ...]:
        with self.reading() as connection:
            return _events(connection, reference)

    def stand(self, reference: str, standing: Standing, agenda: Iterable[Due]) -> None:
        """Replace what was worked out of a grant, unless an event came in between."""
        with self.writing() as connection:
            _hold(connection, reference)
            last = connection.scalar(select(func.max(EVENTS.c.number)).where(EVENTS.c.reference == reference))
            if last == standing.last:
                _stand(connection, reference, standing, agenda)

    def standings(self) -> tuple[Standing, ...]:
        """Return how every grant stands, by reference."""
        with self.reading() as connection:
            rows = connection.execute(select(STANDINGS).order_by(STANDINGS.c.reference)).all()
        return tuple(_standing(row) for row in rows)

    def outdated(self, made_by: str) -> tuple[str, ...]:
        """Return the grants whose standing another version worked out."""
        with self.reading() as connection:
            query = select(STANDINGS.c.reference).where(STANDINGS.c.made_by != made_by)
            return tuple(connection.scalars(query))

    def agenda(self, until: date) -> tuple[AgendaItem, ...]:
        """Return what is not done yet and has its day until then, by day, reference and name."""
        query = select(AGENDA).where(AGENDA.c.date <= until).order_by(AGENDA.c.date, AGENDA.c.reference, AGENDA.c.key)
        with self.reading() as connection:
            return tuple(_item(row) for row in connection.execute(query))


@contextmanager
def _named(engine: Engine) -> Iterator[None]:
    """Turn what the database says into a refusal that names it, without the password."""
    try:
        yield
    except IntegrityError:
        raise
    except DBAPIError as error:
        raise Unreachable(shown(engine), error) from error


def _similar(reference: str, known: Sequence[str]) -> list[str]:
    return [one for one in known if reference.casefold() in one.casefold()][:5] or difflib.get_close_matches(
        reference, known, 5, 0.6
    )


def _events(connection: Connection, reference: str) -> tuple[Event, ...]:
    query = select(EVENTS).where(EVENTS.c.reference == reference).order_by(EVENTS.c.number)
    return tuple(_event(row) for row in connection.execute(query))


def _event(row: Row[Any]) -> Event:
    return Event.model_validate({**{name: getattr(row, name) for name in _PLAIN}, "details": json.loads(row.details)})


def _columns(reference: str, event: Event) -> dict[str, Any]:
    return {
        **{name: getattr(event, name) for name in _PLAIN},
        "reference": reference,
        "kind": event.kind.value,
        "details": json.dumps(payload(event.details), ensure_ascii=False, sort_keys=True),
    }


def _hold(connection: Connection, reference: str) -> None:
    """Keep others from changing the same grant until the end; SQLite lets one write at a time anyway."""
    connection.execute(select(GRANTS).where(GRANTS.c.reference == reference).with_for_update(key_share=True))


def _keep(connection: Connection, document: Document) -> None:
    known = connection.scalar(select(DOCUMENTS.c.digest).where(DOCUMENTS.c.digest == document.digest))
    if known is None:
        connection.execute(_KEEP, document._asdict())


def _stand(connection: Connection, reference: str, standing: Standing, agenda: Iterable[Due]) -> None:
    for table in (STANDINGS, AGENDA):
        connection.execute(delete(table).where(table.c.reference == reference))
    ahead = json.dumps([(day.isoformat(), state.value) for day, state in standing.ahead])
    columns = {**standing._asdict(), "contacts": json.dumps(standing.contacts), "ahead": ahead}
    connection.execute(insert(STANDINGS).values(columns))
    rows = [
        {
            "reference": reference,
            "key": due.key,
            "date": due.date,
            "latest": due.latest,
            "nature": due.nature,
            "amount": None if due.amount is None else f"{due.amount:.2f}",
            "what": packed(due.what),
            "reason": packed(due.reason),
            "source": due.source,
            "doubts": json.dumps(due.doubts, ensure_ascii=False),
        }
        for due in agenda
        if due.done is None
    ]
    if rows:
        connection.execute(insert(AGENDA), rows)


def _standing(row: Row[Any]) -> Standing:
    ahead = tuple((date.fromisoformat(day), State(state)) for day, state in json.loads(row.ahead))
    contacts = tuple(json.loads(row.contacts))
    return Standing(
        row.last, row.made_by, row.reference, row.name, row.title, row.action, row.call, row.language, contacts, ahead
    )


def _item(row: Row[Any]) -> AgendaItem:
    amount = None if row.amount is None else Decimal(row.amount)
    what, reason = unpacked(row.what), unpacked(row.reason)
    return AgendaItem(
        row.reference,
        row.key,
        row.date,
        row.latest,
        row.nature,
        amount,
        what,
        reason,
        row.source,
        tuple(json.loads(row.doubts)),
    )
