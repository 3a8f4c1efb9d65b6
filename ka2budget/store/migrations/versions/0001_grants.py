"""Grants, documents, events, and what is worked out from them."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_ONLY_ADDED = {"documents": ("digest",), "events": ("reference", "number")}


def upgrade() -> None:
    """Make the first tables; events and documents can only be added."""
    op.create_table("grants", sa.Column("reference", sa.String(100), nullable=False), _key("grants", "reference"))
    op.create_table(
        "documents",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        _key("documents", "digest"),
    )
    op.create_table(
        "events",
        _of_grant(),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("happened", sa.Date, nullable=False),
        sa.Column("recorded", sa.DateTime, nullable=False),
        sa.Column("by", sa.String(1000), nullable=False),
        sa.Column("why", sa.Text),
        sa.Column("document", sa.String(64)),
        sa.Column("corrects", sa.Integer),
        sa.Column("details", sa.Text, nullable=False),
        _key("events", "reference", "number"),
        _refers("events"),
        sa.ForeignKeyConstraint(["document"], ["documents.digest"], name="fk_events_document"),
    )
    op.create_table(
        "standings",
        _of_grant(),
        sa.Column("last", sa.Integer, nullable=False),
        sa.Column("made_by", sa.String(40), nullable=False),
        sa.Column("name", sa.String(1000), nullable=False),
        sa.Column("title", sa.String(1000), nullable=False),
        sa.Column("action", sa.String(100), nullable=False),
        sa.Column("call", sa.Integer, nullable=False),
        sa.Column("language", sa.String(10)),
        sa.Column("contacts", sa.Text, nullable=False),
        sa.Column("ahead", sa.Text, nullable=False),
        _key("standings", "reference"),
        _refers("standings"),
    )
    op.create_table(
        "agenda",
        _of_grant(),
        sa.Column("key", sa.String(100), nullable=False),
        sa.Column("date", sa.Date),
        sa.Column("latest", sa.Date),
        sa.Column("nature", sa.String(20), nullable=False),
        sa.Column("amount", sa.String(20)),
        sa.Column("what", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("source", sa.Text),
        sa.Column("doubts", sa.Text, nullable=False),
        _key("agenda", "reference", "key"),
        _refers("agenda"),
    )
    op.create_index("ix_agenda_date", "agenda", ["date"])
    op.create_table(
        "reminders",
        _of_grant(),
        sa.Column("key", sa.String(100), nullable=False),
        sa.Column("date", sa.Date, nullable=False),
        sa.Column("lead", sa.Integer, nullable=False),
        sa.Column("recipient", sa.String(320), nullable=False),
        sa.Column("message", sa.String(64), nullable=False),
        sa.Column("claimed", sa.DateTime, nullable=False),
        sa.Column("handed_over", sa.DateTime),
        sa.Column("sent", sa.DateTime),
        _key("reminders", "reference", "key", "date", "lead", "recipient"),
        _refers("reminders"),
    )
    op.create_index("ix_reminders_message", "reminders", ["message"])
    if op.get_bind().dialect.name == "sqlite":
        _guard_sqlite()
    else:
        _guard_postgresql()


def _of_grant() -> sa.Column[str]:
    return sa.Column("reference", sa.String(100), nullable=False)


def _key(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*columns, name=f"pk_{table}")


def _refers(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["reference"], ["grants.reference"], name=f"fk_{table}_reference")


def _guard_sqlite() -> None:
    for table, key in _ONLY_ADDED.items():
        is_there = " AND ".join(f"{name} = NEW.{name}" for name in key)
        # Replacing a row is no DELETE to SQLite.
        replaces = f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {is_there})"  # noqa: S608 - names of ours
        for change, when in (("UPDATE", ""), ("DELETE", ""), ("INSERT", replaces)):
            op.execute(
                f"CREATE TRIGGER {table}_no_{change.lower()} BEFORE {change} ON {table} {when} "
                f"BEGIN SELECT RAISE(ABORT, '{table} are only added'); END"
            )


def _guard_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION only_added() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '% are only added', TG_TABLE_NAME; END $$"
    )
    for table in _ONLY_ADDED:
        op.execute(
            f"CREATE TRIGGER {table}_only_added BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION only_added()"
        )
