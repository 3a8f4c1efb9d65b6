"""The store on both databases: what it keeps, what it refuses, and that nothing is ever half-written."""

import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from textwrap import dedent
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from conftest import Run
from postgresql import PASSWORD, Server
from project_office import DAY, DUE, append, entry, kept, standing
from sqlalchemy import Engine, event, func, inspect, select, text
from sqlalchemy.exc import DBAPIError

from ka2budget import __version__
from ka2budget.errors import NotAllowed
from ka2budget.schedule import Due
from ka2budget.store import AlreadyRegistered, NoSuchGrant, Overtaken, Store, Unreachable, opening
from ka2budget.store.opening import HEAD, Outdated
from ka2budget.store.tables import METADATA
from ka2budget.text import phrase


def contents(store: Store) -> dict[str, int]:
    """Return how many rows each table has."""
    with store.reading() as connection:
        return {
            name: connection.scalar(select(func.count()).select_from(table)) or 0
            for name, table in METADATA.tables.items()
        }


def execute(store: Store, command: str, **values: str) -> None:
    with store.engine.begin() as connection:
        connection.execute(text(command), values)


def test_opening_makes_the_tables_once(store: Store, store_url: str) -> None:
    names = set(inspect(store.engine).get_table_names())
    assert {*METADATA.tables, "alembic_version"} == names
    append(store, "R1", 1)
    with closing(Store.open(store_url)) as again:
        assert again.references() == ("R1",)


def test_models_and_migrations_agree(store: Store) -> None:
    with store.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, METADATA) == []


def test_events_come_back_as_they_were_added(store: Store) -> None:
    letter = kept(b"%PDF \x00\xff")
    events = (append(store, "R1", 1), append(store, "R1", 2, [letter], by="Łódź 'x' \\", why="line\nline"))
    assert store.events("R1") == events
    assert store.document(letter.digest) == letter
    assert store.standings() == (standing("R1", 2),)
    [item] = store.agenda(DAY)
    assert (item.reference, item.key, item.date, str(item.what)) == ("R1", "report", DAY, "Final report due")


def test_a_reference_that_is_not_there_is_told_with_those_like_it(store: Store) -> None:
    for reference in ("2025-1-PL01-A", "2025-1-PL01-B"):
        append(store, reference, 1)
    with pytest.raises(NoSuchGrant, match="there is 2025-1-PL01-A, 2025-1-PL01-B"):
        store.events("pl01")
    with pytest.raises(NoSuchGrant, match="takes one in"):
        store.events("nothing like it")


def test_the_same_document_is_kept_once(store: Store) -> None:
    letter = kept(b"letter")
    append(store, "R1", 1, [letter])
    append(store, "R1", 2, [letter._replace(name="copy.pdf")])
    append(store, "R2", 1, [letter])
    assert contents(store)["documents"] == 1
    assert store.document(letter.digest).name == "letter.pdf"


CHANGES = (
    "UPDATE {table} SET {column} = 'x'",
    "DELETE FROM {table}",
    "INSERT INTO {table} SELECT * FROM {table} WHERE true ON CONFLICT ({key}) DO UPDATE SET {column} = 'x'",
)
OWN_WORDS = {"sqlite": "INSERT OR REPLACE INTO {table} SELECT * FROM {table}", "postgresql": "TRUNCATE {table} CASCADE"}


@pytest.mark.parametrize(
    ("table", "column", "key"), [("events", "why", "reference, number"), ("documents", "name", "digest")]
)
def test_the_database_refuses_to_change_events_and_documents(store: Store, table: str, column: str, key: str) -> None:
    letter = kept(b"letter")
    first = append(store, "R1", 1, [letter])
    for change in (*CHANGES, OWN_WORDS[store.engine.dialect.name]):
        with pytest.raises(DBAPIError, match=f"{table} are only added"):
            execute(store, change.format(table=table, column=column, key=key))
    assert (store.events("R1"), store.document(letter.digest)) == ((first,), letter)


def test_a_grant_is_registered_once(store: Store) -> None:
    first = append(store, "R1", 1)
    with pytest.raises(AlreadyRegistered, match="R1 is registered already"):
        append(store, "R1", 1)
    assert store.events("R1") == (first,)


def test_whoever_comes_second_with_a_number_is_told_of_the_first(store: Store) -> None:
    append(store, "R1", 1)
    second = append(store, "R1", 2, by="Ada")
    before = contents(store)
    with pytest.raises(Overtaken, match="Meanwhile Ada recorded of R1: 2, Note of 2 January 2026") as refusal:
        append(store, "R1", 2, [kept(b"letter")])
    assert refusal.value.event == second
    assert contents(store) == before


def test_a_standing_of_before_an_event_does_not_replace_the_one_after_it(store: Store) -> None:
    append(store, "R1", 1)
    append(store, "R1", 2)
    store.stand("R1", standing("R1", 1, "0.0"), [])
    assert (store.standings(), len(store.agenda(DAY))) == ((standing("R1", 2),), 1)
    store.stand("R1", standing("R1", 2, "0.0"), [])
    assert (store.standings(), store.agenda(DAY)) == ((standing("R1", 2, "0.0"),), ())


def test_what_was_not_worked_out_after_the_last_event_or_by_another_version_is_outdated(store: Store) -> None:
    append(store, "R1", 1)
    append(store, "R2", 1)
    store.append("R3", [entry(1)])
    assert (store.outdated(__version__), store.outdated("0.1")) == (("R3",), ("R1", "R2", "R3"))
    store.append("R1", [entry(2), entry(3)])
    assert store.outdated(__version__) == ("R1", "R3")
    store.stand("R1", standing("R1", 3), [DUE])
    store.stand("R3", standing("R3", 1), [])
    assert store.outdated(__version__) == ()


@contextmanager
def failing(engine: Engine, number: int) -> Iterator[list[str]]:
    """Let the statement of that number fail; yield what was asked until then."""
    asked: list[str] = []

    def check(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        asked.append(statement)
        if len(asked) == number:
            raise MemoryError(statement)

    event.listen(engine, "before_cursor_execute", check)
    try:
        yield asked
    finally:
        event.remove(engine, "before_cursor_execute", check)


@pytest.mark.parametrize("number", [1, 2])
def test_a_fault_at_any_statement_leaves_nothing(store: Store, number: int) -> None:
    if number == 2:
        append(store, "R1", 1)
    before, events = contents(store), entry(number, document=kept(b"a").digest)
    for at in range(1, 30):
        try:
            with failing(store.engine, at) as asked:
                store.append("R1", [events], [kept(b"a"), kept(b"b")])
        except MemoryError:
            assert contents(store) == before, asked[-1]
        else:
            break
    assert at > 5
    assert contents(store) == before | {"grants": 1, "documents": 2, "events": number}


def test_of_the_dates_those_are_written_that_changed(store: Store) -> None:
    def written(*dues: Due) -> int:
        with failing(store.engine, 0) as statements:
            store.stand("R1", standing("R1", 1), dues)
        return sum(one.startswith(("INSERT INTO agenda", "DELETE FROM agenda")) for one in statements)

    append(store, "R1", 1)
    later = replace(DUE, date=date(2026, 2, 3))
    other = replace(later, reason=phrase("Day {day}", day=DAY))
    assert [written(*dues) for dues in ([DUE], [later], [other], [other], [])] == [0, 2, 2, 0, 1]
    assert store.agenda(date.max) == ()
    assert [written(DUE), written(replace(DUE, done=DAY))] == [1, 1]


KILLED = """
    import os, sys
    from sqlalchemy import event
    from project_office import append, kept
    from ka2budget.store import Store
    store = Store.open(sys.argv[1])
    event.listen(store.engine, "commit", lambda _: os._exit(9))
    append(store, "R1", 2, [kept(b"letter")])
"""


def test_a_process_killed_before_the_end_leaves_nothing(store: Store, store_url: str) -> None:
    first = append(store, "R1", 1)
    before = contents(store)
    command = [sys.executable, "-c", dedent(KILLED), store_url]
    answer = subprocess.run(command, env=os.environ | {"PYTHONPATH": str(Path(__file__).parent)}, check=False)
    assert (answer.returncode, contents(store), store.events("R1")) == (9, before, (first,))
    append(store, "R1", 2)


def test_a_reader_sees_what_was_there_before_a_write_and_does_not_wait(store: Store, store_url: str) -> None:
    append(store, "R1", 1)
    with closing(Store.open(store_url)) as other, store.writing() as connection:
        connection.execute(text("INSERT INTO grants (reference) VALUES ('R2')"))
        connection.execute(text("DELETE FROM agenda"))
        assert (other.references(), len(other.agenda(DAY))) == (("R1",), 1)
    assert (store.references(), store.agenda(DAY)) == (("R1", "R2"), ())


def test_a_standing_worked_out_while_an_event_is_added_does_not_replace_it(store: Store, store_url: str) -> None:
    append(store, "R1", 1)
    waits, go_on = threading.Event(), threading.Event()

    def pause(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith("INSERT INTO events"):
            waits.set()
            go_on.wait(5)

    with closing(Store.open(store_url)) as other:
        event.listen(other.engine, "before_cursor_execute", pause)
        recording = threading.Thread(target=append, args=(other, "R1", 2))
        rebuilding = threading.Thread(target=store.stand, args=("R1", standing("R1", 1, "0.0"), []))
        recording.start()
        assert waits.wait(5)
        rebuilding.start()
        rebuilding.join(0.3)
        assert rebuilding.is_alive()
        go_on.set()
        recording.join(15)
        rebuilding.join(15)
    assert store.standings() == (standing("R1", 2),)


@pytest.mark.parametrize(
    ("version", "says"),
    [
        ("0000", "was made by an earlier version; 'ka2budget grant upgrade' brings it up to date (from 0000 to"),
        ("9999", f"was made by a later version of ka2budget (9999; this one knows {HEAD})"),
    ],
)
def test_a_store_of_another_version_is_refused(store: Store, store_url: str, version: str, says: str, run: Run) -> None:
    execute(store, "UPDATE alembic_version SET version_num = :version", version=version)
    with pytest.raises(Outdated) as refusal:
        Store.open(store_url)
    assert says in str(refusal.value)
    answer = run("grant", "list", "--store", store_url)
    assert (answer.code, answer.out, answer.err) == (2, "", f"{refusal.value}\n")
    assert PASSWORD not in answer.err


def test_a_later_store_is_not_upgraded(store: Store, store_url: str, run: Run) -> None:
    execute(store, "UPDATE alembic_version SET version_num = :version", version="9999")
    answer = run("grant", "upgrade", "--store", store_url)
    assert (answer.code, answer.out) == (2, "")
    assert "made by a later version" in answer.err


LATER = """
    import sqlalchemy as sa
    from alembic import op
    revision, down_revision = "0003", "0002"
    def upgrade():
        op.create_table("later", sa.Column("name", sa.String(10)))
        {end}
"""


@pytest.fixture
def later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of a migration that the next version brings."""
    folder = tmp_path / "migrations"
    for path in Path(opening.__file__).parent.joinpath("migrations").rglob("*.*"):
        target = folder / path.relative_to(Path(opening.__file__).parent / "migrations")
        target.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix in {".py", ".mako"}:
            target.write_bytes(path.read_bytes())
    monkeypatch.setattr(opening, "_MIGRATIONS", folder)
    monkeypatch.setattr(opening, "HEAD", "0003")
    return folder / "versions" / "0003_later.py"


def test_an_earlier_store_is_brought_up_to_date_where_that_is_asked_for(
    store: Store, store_url: str, later: Path, run: Run
) -> None:
    event = append(store, "R1", 1)
    later.write_text(dedent(LATER).format(end="pass"), encoding="utf-8")
    assert "grant upgrade" in run("grant", "list", "--store", store_url).err
    answer = run("grant", "upgrade", "--store", store_url)
    assert (answer.code, answer.err) == (0, "")
    assert answer.out == "The store is up to date; 0 grants were worked out anew.\n"
    assert "R1" in run("grant", "list", "--store", store_url).out
    assert inspect(store.engine).has_table("later")
    assert store.events("R1") == (event,)


def test_a_migration_that_fails_leaves_the_store_as_it_was(store: Store, store_url: str, later: Path) -> None:
    event = append(store, "R1", 1)
    later.write_text(dedent(LATER).format(end='raise MemoryError("full")'), encoding="utf-8")
    with pytest.raises(MemoryError):
        Store.open(store_url, migrate=True)
    assert not inspect(store.engine).has_table("later")
    assert (store.events("R1"), opening.version_of(store.engine.connect())) == ((event,), "0002")


def refused(run: Run, url: object, *command: object) -> str:
    """Return the one sentence of a command that was refused, without a password in it."""
    answer = run("grant", *(command or ("list",)), "--store", url)
    assert (answer.code, answer.out, answer.err.count("\n")) == (2, "", 1)
    assert PASSWORD not in answer.err
    return answer.err


def test_a_server_that_does_not_answer_is_told_without_the_password(run: Run) -> None:
    said = refused(run, f"postgresql://office:{PASSWORD}@127.0.0.1:1/grants")
    assert said.startswith("The store postgresql://office@127.0.0.1:1/grants does not answer: ")
    assert "refused" in said
    assert said.endswith("Nothing was changed.\n")
    assert "refused" in refused(run, f"postgres://127.0.0.1:1/grants?user=office&password={PASSWORD}")


def test_a_wrong_password_or_database_is_told_without_the_password(postgresql: Server, run: Run) -> None:
    wrong = postgresql.url("postgres").replace(PASSWORD, f"x{PASSWORD}")
    assert "password authentication failed" in refused(run, wrong)
    assert 'database "nowhere" does not exist' in refused(run, postgresql.url("nowhere"))
    assert "nonsense" in refused(run, f"{postgresql.url('postgres')}?nonsense={PASSWORD}")


@pytest.mark.parametrize(
    "url",
    [
        f"mysql://office:{PASSWORD}@localhost/grants",
        f"postgresql://office:{PASSWORD}@localhost:port/grants",
        f"://{PASSWORD}",
        f"sqlite://{PASSWORD}@",
        "sqlite://",
    ],
)
def test_a_url_of_no_store_is_refused(run: Run, url: str) -> None:
    assert "The store is " in refused(run, url)
    with pytest.raises(NotAllowed):
        Store.open(url)


def test_a_file_that_is_no_database_is_left_alone(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("Not a database, but long enough to be looked into as if it were one. " * 20, encoding="utf-8")
    before = path.read_bytes()
    assert refused(run, path) == f"The store {path} does not answer: file is not a database. Nothing was changed.\n"
    assert [one.read_bytes() for one in tmp_path.iterdir()] == [before]


def test_a_place_where_no_file_can_be_is_refused(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    for path in (tmp_path, "/proc/grants.sqlite", "/proc/folder/grants.sqlite", tmp_path / "file" / "grants.sqlite"):
        assert str(path) in refused(run, path)


@contextmanager
def nobody() -> Iterator[None]:
    """Be a user without rights, where the tests run as one with all of them."""
    if os.geteuid():
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_a_read_only_place_is_refused(run: Run) -> None:
    with TemporaryDirectory(prefix="ka2budget") as temporary:
        folder = Path(temporary)
        path = folder / "grants.sqlite"
        Store.open(str(path)).close()
        path.chmod(0o444)
        folder.chmod(0o555)
        before = sorted(folder.iterdir())
        with nobody():
            assert "unable to open database file" in refused(run, folder / "new.sqlite")
            assert "attempt to write a readonly database" in refused(run, path)
        assert sorted(folder.iterdir()) == before


def test_a_full_disk_is_told_and_nothing_is_half_written(tmp_path: Path) -> None:
    with closing(Store.open(str(tmp_path / "grants.sqlite"))) as store:
        append(store, "R1", 1)
        before = contents(store)
        store.engine.dispose()

        def full(connection: Any, _record: object) -> None:  # noqa: ANN401 - sqlite3.Connection
            connection.execute("PRAGMA max_page_count = 1")  # which makes it as many as there are

        event.listen(store.engine, "connect", full)
        with pytest.raises(Unreachable, match=r"database or disk is full\. Nothing was changed"):
            append(store, "R1", 2, [kept(os.urandom(100_000))])
        assert contents(store) == before


def test_whoever_finds_the_store_locked_is_told_after_a_while(
    store: Store, store_url: str, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    append(store, "R1", 1)
    monkeypatch.setattr(opening, "_SECONDS", 1)
    with store.writing() as connection:
        connection.execute(select(METADATA.tables["grants"]).with_for_update())
        said = refused(run, store_url, "event", "R1", "note", "--why", "Call the bank")
        assert "lock" in said
    assert len(store.events("R1")) == 1


def test_a_store_locked_whole_is_told_after_a_while(tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "grants.sqlite"
    monkeypatch.setattr(opening, "_SECONDS", 1)
    with closing(sqlite3.connect(path)) as other:
        other.execute("BEGIN EXCLUSIVE")
        assert "database is locked" in refused(run, path)
