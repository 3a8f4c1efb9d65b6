"""How a store is opened: its database by path or URL, made or brought up to date by migrations."""

import sqlite3
import time
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from ka2budget.errors import NotAllowed, Refusal

HEAD = "0002"
"""The last migration this version knows."""

_MIGRATIONS = Path(__file__).parent / "migrations"
_SECONDS = 10
_LOCK = 20_841  # like that of the reminders
_POSTGRES = {"postgresql", "postgres"}


class Unreachable(Refusal):
    """A database that does not answer, or refuses."""

    may_pass = True

    def __init__(self, shown: str, error: Exception) -> None:
        reason = str(getattr(error, "orig", None) or error).strip().splitlines()
        super().__init__(
            "The store {store} does not answer: {reason}. Nothing was changed.",
            store=shown, reason=reason[0] if reason else type(error).__name__,
        )  # fmt: skip


class Outdated(Refusal):
    """A store that another version made."""

    def __init__(self, shown: str, found: str, known: str) -> None:
        super().__init__(
            "The store {store} was made by an earlier version; 'ka2budget grant upgrade' brings it up to date (from "
            "{found} to {known}); make a copy of it first"
            if found < known
            else "The store {store} was made by a later version of ka2budget ({found}; this one knows {known})",
            store=shown, found=found, known=known,
        )  # fmt: skip


def engine_of(url: str) -> Engine:
    """Return the engine for a path of a SQLite file or a URL of PostgreSQL; raise NotAllowed for anything else."""
    if "://" not in url:
        return _sqlite(Path(url))
    try:
        found = make_url(url)
    except (ArgumentError, ValueError):
        raise NotAllowed("The store is named by a path, or by a URL such as postgresql://user@host/database") from None
    name = found.drivername.partition("+")[0]
    if name == "sqlite" and found.database:
        return _sqlite(Path(found.database))
    if name not in _POSTGRES:
        raise NotAllowed("The store is a SQLite file or a PostgreSQL database, not {kind}", kind=name)
    return _postgresql(found)


def _postgresql(url: URL) -> Engine:
    try:
        import psycopg  # noqa: F401, PLC0415
    except ImportError:
        raise NotAllowed('PostgreSQL needs the driver: pip install "ka2budget[postgresql]"') from None
    engine = create_engine(
        url.set(drivername="postgresql+psycopg"), connect_args={"connect_timeout": _SECONDS}, pool_pre_ping=True
    )

    @event.listens_for(engine, "begin")
    def _begun(connection: Connection) -> None:
        if connection.get_execution_options().get("writes"):  # as long as SQLite waits for whoever holds a lock
            connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{_SECONDS}s'")

    return engine


def _sqlite(path: Path) -> Engine:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise Unreachable(str(path), error) from None
    engine = create_engine(URL.create("sqlite", database=str(path)), connect_args={"timeout": _SECONDS})

    @event.listens_for(engine, "connect")
    def _connected(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # transactions begin where we say, not where the driver guesses
        _write_ahead(connection)
        for pragma in ("foreign_keys = ON", "synchronous = FULL"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begun(connection: Connection) -> None:
        if connection.get_execution_options().get("writes"):  # a single statement that reads needs no transaction
            connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Let readers and a writer not wait for each other; where two open a new store at once, SQLite itself gives up."""
    until = time.monotonic() + _SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(0.02)
        else:
            return


def shown(engine: Engine) -> str:
    """Return how a store is named to people: its path, or its URL without the password."""
    url = engine.url
    if engine.dialect.name == "sqlite":
        return url.database or ""
    return URL.create("postgresql", url.username, None, url.host, url.port, url.database or "").render_as_string()


def prepare(engine: Engine, *, migrate: bool) -> None:
    """Make the tables where there are none; raise Outdated where they are of another version."""
    with engine.connect() as connection:
        found = version_of(connection)
    if found is None or (migrate and found < HEAD):
        upgrade(engine)
    elif found != HEAD:
        raise Outdated(shown(engine), found, HEAD)


def version_of(connection: Connection) -> str | None:
    """Return the migration a database is at, or None where it is empty."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return str(connection.scalar(text("SELECT version_num FROM alembic_version")))


def upgrade(engine: Engine) -> None:
    """Run the migrations that are missing; all of them or none."""
    from alembic import command  # noqa: PLC0415 - once in the life of a store
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        if engine.dialect.name != "sqlite":  # which lets one write at a time anyway
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
