"""Budgets that people type in the browser: every save is a version, exactly as typed, whether it makes sense or not.

Undo and redo go along the versions; one that was undone stays, also where something else is typed after it.
"""

import json
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, delete, func, insert, select, update

from ka2budget.errors import Refusal
from ka2budget.store import Store
from ka2budget.store.tables import DRAFT_VERSIONS, DRAFTS

MOST_VERSIONS = 500
"""Versions of a draft that are kept; the oldest go first."""

_D, _V = DRAFTS.c, DRAFT_VERSIONS.c


class Draft(NamedTuple):
    """One draft as it stands."""

    id: str
    """Its name in addresses, which nobody can guess."""
    version: int
    """Number of the version that stands."""
    changed: datetime
    tables: dict[str, Any]
    """The keys of a project file, each value as typed."""
    undoes: int | None = None
    """The version before, where there is one."""
    redoes: int | None = None
    """The newest version that was made from this one, where there is one."""


class NoSuchDraft(Refusal):
    """A draft that was deleted, or never there."""

    def __init__(self) -> None:
        super().__init__("There is no such budget; it was deleted, or its address is incomplete")


class Changed(Refusal):
    """A draft that was changed since the version that a change was made from; ``draft`` is how it stands."""

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        super().__init__("This budget was changed in another window; nothing was overwritten")


def create(store: Store, tables: Mapping[str, Any], now: datetime) -> str:
    """Keep a new draft; return its id."""
    name = secrets.token_urlsafe(24)
    with store.writing() as connection:
        connection.execute(insert(DRAFTS).values(id=name, current=1, last=1, changed=now))
        _add(connection, name, 1, None, tables, now)
    return name


def read(store: Store, name: str) -> Draft:
    """Return a draft as it stands; raise NoSuchDraft where there is none."""
    with store.reading() as connection:
        return _read(connection, name)


def every(store: Store) -> tuple[Draft, ...]:
    """Return all drafts as they stand, those changed last first."""
    query = select(_D.id, _D.current, _D.changed, _V.content).join(
        DRAFT_VERSIONS, (_V.draft == _D.id) & (_V.number == _D.current)
    )
    with store.reading() as connection:
        rows = connection.execute(query.order_by(_D.changed.desc(), _D.id)).all()
    return tuple(Draft(name, current, changed, json.loads(content)) for name, current, changed, content in rows)


def save(store: Store, name: str, version: int, tables: Mapping[str, Any], now: datetime) -> Draft:
    """Keep what was typed on top of a version as the next one; return the draft as it then stands.

    What is the same as before makes no version. Raises Changed where another version stands, NoSuchDraft.
    """
    with store.writing() as connection:
        draft = _held(connection, name, version)
        if draft.tables == tables:
            return draft
        number = connection.execute(select(_D.last).where(_D.id == name)).scalar_one() + 1
        _add(connection, name, number, version, tables, now)
        _stand(connection, name, number, now, last=number)
        connection.execute(delete(DRAFT_VERSIONS).where(_V.draft == name, _V.number <= number - MOST_VERSIONS))
        return _read(connection, name)


def undo(store: Store, name: str, version: int, now: datetime) -> Draft:
    """Let the version before stand, where there is one; raise Changed where another than ``version`` stands."""
    return _step(store, name, version, now, back=True)


def redo(store: Store, name: str, version: int, now: datetime) -> Draft:
    """Let the version stand that was undone last, where there is one; raise Changed as ``undo`` does."""
    return _step(store, name, version, now, back=False)


def remove(store: Store, name: str) -> None:
    """Delete a draft with all versions; raise NoSuchDraft where there is none."""
    with store.writing() as connection:
        _lock(connection, name)
        connection.execute(delete(DRAFT_VERSIONS).where(_V.draft == name))
        connection.execute(delete(DRAFTS).where(_D.id == name))


def _step(store: Store, name: str, version: int, now: datetime, *, back: bool) -> Draft:
    with store.writing() as connection:
        draft = _held(connection, name, version)
        to = draft.undoes if back else draft.redoes
        if to is None:
            return draft
        _stand(connection, name, to, now)
        return _read(connection, name)


def _lock(connection: Connection, name: str) -> None:
    """Let other writers wait until this one is done; raise NoSuchDraft."""
    if connection.scalar(select(_D.id).where(_D.id == name).with_for_update()) is None:
        raise NoSuchDraft


def _held(connection: Connection, name: str, version: int) -> Draft:
    _lock(connection, name)
    draft = _read(connection, name)
    if draft.version != version:
        raise Changed(draft)
    return draft


def _read(connection: Connection, name: str) -> Draft:
    query = (
        select(_D.current, _D.changed, _V.content, _V.before)
        .join(DRAFT_VERSIONS, (_V.draft == _D.id) & (_V.number == _D.current))
        .where(_D.id == name)
    )
    row = connection.execute(query).one_or_none()
    if row is None:
        raise NoSuchDraft
    current, changed, content, before = row
    mine = _V.draft == name
    undoes = connection.scalar(select(_V.number).where(mine, _V.number == before))
    redoes = connection.scalar(select(func.max(_V.number)).where(mine, _V.before == current))
    return Draft(name, current, changed, json.loads(content), undoes, redoes)


def _add(
    connection: Connection, name: str, number: int, before: int | None, tables: Mapping[str, Any], now: datetime
) -> None:
    content = json.dumps(tables, ensure_ascii=False)
    connection.execute(
        insert(DRAFT_VERSIONS).values(draft=name, number=number, before=before, saved=now, content=content)
    )


def _stand(connection: Connection, name: str, number: int, now: datetime, last: int | None = None) -> None:
    values = {"current": number, "changed": now} | ({} if last is None else {"last": last})
    connection.execute(update(DRAFTS).where(_D.id == name).values(**values))
