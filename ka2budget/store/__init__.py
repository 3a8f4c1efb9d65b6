"""The store of a project office: grants, their events and documents, in SQLite or PostgreSQL; nothing is erased."""

import difflib
import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple, Self

from sqlalchemy import (
    BindParameter,
    Connection,
    Engine,
    Row,
    bindparam,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.exc import DBAPIError, IntegrityError

from ka2budget.errors import Refusal
from ka2budget.event import Details, Event, payload
from ka2budget.lifecycle import EVENT_WORDS, State
from ka2budget.model import Day
from ka2budget.schedule import Due
from ka2budget.store.opening import Unreachable, engine_of, prepare, shown
from ka2budget.store.tables import AGENDA, DOCUMENTS, EVENTS, GRANTS, STANDINGS
from ka2budget.store.words import encode, packed, unpacked
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


_PLAIN = tuple(name for name in Event.model_fields if name != "details")
_OF: BindParameter[str] = bindparam("of")
# Statements are made once, and then only given their values.
_LOCK = select(GRANTS).where(GRANTS.c.reference == _OF).with_for_update(key_share=True)
_KNOWN = select(DOCUMENTS.c.digest).where(DOCUMENTS.c.digest == _OF)
_KEEP = text("INSERT INTO documents (digest, name, content) VALUES (:digest, :name, :content) ON CONFLICT DO NOTHING")
_EVENTS = (
    select(*(EVENTS.c[name] for name in (*_PLAIN, "details")))
    .where(EVENTS.c.reference == _OF)
    .order_by(EVENTS.c.number)
)
_NEW_EVENTS = insert(EVENTS)
_OUTDATED = (
    select(GRANTS.c.reference)
    .outerjoin(STANDINGS, STANDINGS.c.reference == GRANTS.c.reference)
    .where(
        or_(
            STANDINGS.c.reference.is_(None),
            STANDINGS.c.made_by != bindparam("version"),
            exists().where(EVENTS.c.reference == GRANTS.c.reference, EVENTS.c.number == STANDINGS.c.last + 1),
        )
    )
    .order_by(GRANTS.c.reference)
)
_A = AGENDA.c
_AGENDA = select(*(one for one in _A if one is not _A.reference)).where(_A.reference == _OF)
_UNTIL = (
    select(
        _A.reference, _A.key, _A.date, _A.latest, _A.nature, STANDINGS.c.title,
        _A.amount, _A.what, _A.reason, _A.source, _A.doubts,
    )
    .join(STANDINGS, STANDINGS.c.reference == _A.reference)
    .where(_A.date <= bindparam("until"))
    .order_by(_A.date, _A.reference, _A.key)
)  # fmt: skip


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
    """Something that is not done yet, as the store keeps it; what a list does not show is never unpacked."""

    reference: str
    key: str
    date: Day | None
    latest: Day | None
    nature: str
    title: str
    """What the project is called."""
    kept_amount: str | None
    kept_what: str
    kept_reason: str
    kept_source: str | None
    kept_doubts: str

    @property
    def amount(self) -> Decimal | None:
        """Money that goes with it, in EUR."""
        return None if self.kept_amount is None else Decimal(self.kept_amount)

    @property
    def what(self) -> Phrase:
        """What is to be done."""
        said: Phrase = unpacked(self.kept_what)
        return said

    @property
    def reason(self) -> Phrase:
        """How the day comes about."""
        said: Phrase = unpacked(self.kept_reason)
        return said

    @property
    def source(self) -> Phrase | None:
        """Where it says so."""
        return None if self.kept_source is None else unpacked(self.kept_source)

    @property
    def doubts(self) -> tuple[Phrase, ...]:
        """Why the date or the amount is not certain."""
        said: tuple[Phrase, ...] = unpacked(self.kept_doubts)
        return said

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
        plain = {name: getattr(self, name) for name in ("reference", "key", "date", "latest", "nature", "amount")}
        plain |= {"what": self.what, "reason": self.reason, "source": self.source}
        return {name: None if value is None else str(value) for name, value in plain.items()} | {
            "doubts": [str(doubt) for doubt in self.doubts]
        }


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

    def append(self, reference: str, events: Sequence[Event], documents: Iterable[Document] = ()) -> None:
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
                connection.execute(_NEW_EVENTS, [_columns(reference, event) for event in events])
        except IntegrityError as error:
            there = {event.number: event for event in self._known(reference)}
            if events[0].number == 1 and there:
                raise AlreadyRegistered(reference) from None
            if events[0].number in there:
                raise Overtaken(reference, there[max(there)]) from None
            raise Unreachable(shown(self.engine), error) from error
        except Unreachable:  # perhaps only the answer was lost
            if self._known(reference)[-len(events) :] != tuple(events):
                raise

    def _known(self, reference: str) -> tuple[Event, ...]:
        with self.reading() as connection:
            return _events(connection, reference)

    def stand(self, reference: str, standing: Standing, agenda: Iterable[Due]) -> None:
        """Keep what was worked out of a grant, its dates that are not done, unless an event came in between."""
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
        """Return the grants whose standing that version did not work out, or not after their last event."""
        with self.reading() as connection:
            return tuple(connection.scalars(_OUTDATED, {"version": made_by}))

    def agenda(self, until: date) -> tuple[AgendaItem, ...]:
        """Return what is not done yet and has its day until then, by day, reference and name."""
        with self.reading() as connection:
            return tuple(map(AgendaItem._make, connection.execute(_UNTIL, {"until": until})))


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
    return tuple(_event(row) for row in connection.execute(_EVENTS, {"of": reference}))


def _event(row: Row[Any]) -> Event:
    *said, details = row
    return Event(**dict(zip(_PLAIN, said, strict=True)), details=Details.model_validate_json(details))


def _columns(reference: str, event: Event) -> dict[str, Any]:
    return {
        **{name: getattr(event, name) for name in _PLAIN},
        "reference": reference,
        "kind": event.kind.value,
        "details": encode(payload(event.details)),
    }


def _hold(connection: Connection, reference: str) -> None:
    """Keep others from changing the same grant until the end."""
    if connection.dialect.name != "sqlite":  # which lets one write at a time anyway
        connection.execute(_LOCK, {"of": reference})


def _keep(connection: Connection, document: Document) -> None:
    if connection.scalar(_KNOWN, {"of": document.digest}) is None:
        connection.execute(_KEEP, document._asdict())


def _stand(connection: Connection, reference: str, standing: Standing, agenda: Iterable[Due]) -> None:
    """Keep what was worked out of a grant; dates that stay as they are, as most do, are not written again."""
    ahead = encode([(day.isoformat(), state.value) for day, state in standing.ahead])
    columns = {**standing._asdict(), "contacts": encode(standing.contacts), "ahead": ahead}
    if not connection.execute(update(STANDINGS).where(STANDINGS.c.reference == reference), columns).rowcount:
        connection.execute(insert(STANDINGS), columns)
    wanted = {due.key: _row(due) for due in agenda if due.done is None}
    known = {row.key: row._asdict() for row in connection.execute(_AGENDA, {"of": reference})}
    changed = [key for key, row in known.items() if wanted.get(key) != row]
    if changed:
        connection.execute(delete(AGENDA).where(_A.reference == reference, _A.key.in_(changed)))
    if rows := [row | {"reference": reference} for key, row in wanted.items() if known.get(key) != row]:
        connection.execute(insert(AGENDA), rows)


def _row(due: Due) -> dict[str, Any]:
    return {
        "key": due.key,
        "date": due.date,
        "latest": due.latest,
        "nature": due.nature,
        "amount": None if due.amount is None else f"{due.amount:.2f}",
        "what": packed(due.what),
        "reason": packed(due.reason),
        "source": None if due.source is None else packed(due.source),
        "doubts": packed(due.doubts),
    }


def _standing(row: Row[Any]) -> Standing:
    ahead = tuple((date.fromisoformat(day), State(state)) for day, state in json.loads(row.ahead))
    contacts = tuple(json.loads(row.contacts))
    return Standing(
        row.last, row.made_by, row.reference, row.name, row.title, row.action, row.call, row.language, contacts, ahead
    )
