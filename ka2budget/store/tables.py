"""The tables of the store: grants, documents by digest, events that are only added, what is worked out, and drafts."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Column as C  # noqa: N817 - one line for each column
from sqlalchemy import (
    Date,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
)

METADATA = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
    }
)


class Utc(TypeDecorator[datetime]):
    """A moment, kept in UTC without saying so, as every database can."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Return what is written."""
        return None if value is None else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ANN401, ARG002
        """Return what was read."""
        return None if value is None else value.replace(tzinfo=UTC)


_GRANT = "grants.reference"

GRANTS = Table("grants", METADATA, C("reference", String(100), primary_key=True))

DOCUMENTS = Table(
    "documents",
    METADATA,
    C("digest", String(64), primary_key=True),
    C("name", String(255), nullable=False),
    C("content", LargeBinary, nullable=False),
)

EVENTS = Table(
    "events",
    METADATA,
    C("reference", String(100), ForeignKey(_GRANT), primary_key=True),
    C("number", Integer, primary_key=True, autoincrement=False),
    C("kind", String(40), nullable=False),
    C("happened", Date, nullable=False),
    C("recorded", Utc, nullable=False),
    C("by", String(1000), nullable=False),
    C("why", Text),
    C("document", String(64), ForeignKey("documents.digest")),
    C("corrects", Integer),
    C("details", Text, nullable=False),
)
"""Never changed and never deleted; the database itself refuses it."""

STANDINGS = Table(
    "standings",
    METADATA,
    C("reference", String(100), ForeignKey(_GRANT), primary_key=True),
    C("last", Integer, nullable=False),
    C("made_by", String(40), nullable=False),
    C("name", String(1000), nullable=False),
    C("title", String(1000), nullable=False),
    C("action", String(100), nullable=False),
    C("call", Integer, nullable=False),
    C("language", String(10)),
    C("contacts", Text, nullable=False),
    C("ahead", Text, nullable=False),
)
"""Worked out from the events when lists are read, so that these are quick; it may be thrown away and made again."""

AGENDA = Table(
    "agenda",
    METADATA,
    C("reference", String(100), ForeignKey(_GRANT), primary_key=True),
    C("key", String(100), primary_key=True),
    C("date", Date),
    C("latest", Date),
    C("nature", String(20), nullable=False),
    C("amount", String(20)),
    C("what", Text, nullable=False),
    C("reason", Text, nullable=False),
    C("source", Text),
    C("doubts", Text, nullable=False),
    Index("ix_agenda_date", "date"),
)
"""What is not done yet, worked out like the standings."""

REMINDERS = Table(
    "reminders",
    METADATA,
    C("reference", String(100), ForeignKey(_GRANT), primary_key=True),
    C("key", String(100), primary_key=True),
    C("date", Date, primary_key=True),
    C("lead", Integer, primary_key=True, autoincrement=False),
    C("recipient", String(320), primary_key=True),
    C("message", String(64), nullable=False, index=True),
    C("claimed", Utc, nullable=False),
    C("handed_over", Utc),
    C("sent", Utc),
)
"""Each reminder of a date to one person: in which message it goes, and how far that has come."""

DRAFTS = Table(
    "drafts",
    METADATA,
    C("id", String(40), primary_key=True),
    C("current", Integer, nullable=False),
    C("last", Integer, nullable=False),
    C("changed", Utc, nullable=False),
)
"""Budgets that people type: which version stands, and the highest number a version ever had."""

DRAFT_VERSIONS = Table(
    "draft_versions",
    METADATA,
    C("draft", String(40), ForeignKey("drafts.id"), primary_key=True),
    C("number", Integer, primary_key=True, autoincrement=False),
    C("before", Integer),
    C("saved", Utc, nullable=False),
    C("content", Text, nullable=False),
)
"""Each version of a draft exactly as typed, and which one it was made from."""
