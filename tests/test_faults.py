"""A small part of ``make faults``: killed, starved, refused, two at once; and what was mended because of it."""

import importlib.util
import os
import smtplib
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from ka2budget.dates import day_of
from ka2budget.files import write_whole
from ka2budget.mail import NotSent, Post, Unanswered
from ka2budget.store import Store, Unreachable
from ka2budget.store.outbox import Busy, Reminder, alone, claim, finish, hand_over, take_back, uncertain, waiting
from ka2budget.store.tables import GRANTS

if importlib.util.find_spec("prefect") is None:
    pytest.skip("Prefect is not installed (pip install ka2budget[flows])", allow_module_level=True)
if sys.platform == "win32":
    pytest.skip("processes are forked", allow_module_level=True)

pytestmark = pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
Bench = Row = Any
"""Those of the script."""
NOON = datetime(2026, 8, 20, 12, tzinfo=UTC)
POST = Post("mail.example.org", 25, "office@example.org")


@pytest.fixture(scope="module")
def faults() -> ModuleType:
    """Give the script; it loads Prefect, which the other tests want to set up first."""
    return importlib.import_module("faults")


@pytest.fixture
def bench(faults: ModuleType) -> Iterator[Bench]:
    with closing(faults.Server(faults.true_server)) as post, closing(faults.Bench(post)) as one:
        yield one


@pytest.fixture
def served(faults: ModuleType) -> Iterator[Bench]:
    programs = faults.postgres_programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed")
    with (
        closing(faults.Server(faults.true_server)) as post,
        closing(faults.Bench(post, faults.Postgres(programs))) as one,
    ):
        yield one


def holds(row: Row, least: int) -> None:
    assert list(row.problems) == []
    assert row.count >= least


@pytest.mark.parametrize(
    ("job", "every", "least"),
    [
        ("flow reminders", 61, 8), ("flow balance_payment", 59, 4), ("flow portfolio", 97, 2),
        ("flow final_report, grant", 79, 3), ("flow interim_report, take back", 61, 3), ("flow budget_annex", 23, 2),
        ("grant register", 47, 4), ("grant event", 29, 4), ("annex", 19, 2), ("merge", 5, 2), ("fill", 5, 2),
    ],
)  # fmt: skip
def test_what_is_killed_at_any_step_is_completed_by_the_next_run(
    bench: Bench,
    faults: ModuleType,
    job: str,
    every: int,
    least: int,
) -> None:
    holds(faults.killed(bench, faults.JOBS[job], every), least)


@pytest.mark.parametrize("job", ["grant event", "annex"])
def test_what_is_cut_in_the_middle_of_a_write_or_finds_no_room_leaves_nothing_half(
    bench: Bench,
    faults: ModuleType,
    job: str,
) -> None:
    holds(faults.cut_while_writing(bench, faults.JOBS[job], 16_384), 2)
    holds(faults.disk_full(bench, faults.JOBS[job], 16_384), 2)


def test_whatever_the_mail_server_does_the_others_get_theirs_and_nobody_gets_it_twice(
    bench: Bench,
    faults: ModuleType,
) -> None:
    holds(faults.grumpy_mail(bench, ("close",)), 10)
    holds(faults.no_mail(bench), 3)


def test_a_change_of_the_clock_neither_repeats_nor_moves_a_reminder(bench: Bench, faults: ModuleType) -> None:
    holds(faults.around_summer_time(bench, ("America/Los_Angeles",), faults.CHANGES[1:]), 16)
    holds(faults.clock_set_back(bench), 6)


def test_of_two_at_once_one_does_it_and_the_other_is_told(bench: Bench, faults: ModuleType) -> None:
    holds(faults.two_events(bench, 4), 4)
    holds(faults.two_same(bench, "flow reminders", 2), 2)
    holds(faults.one_document(bench, 6), 6)
    holds(faults.one_sends(bench), 1)


def test_a_database_that_goes_away_is_a_sentence_and_the_next_run_completes(served: Bench, faults: ModuleType) -> None:
    event, mails = faults.JOBS["grant event"], faults.JOBS["flow reminders"]
    holds(faults.away(served, event, "ends the connection", faults.AWAY["ends the connection"], 6), 3)
    holds(faults.away(served, event, "killed", faults.AWAY["killed"], 13), 2)
    holds(faults.away(served, mails, "restarted", faults.AWAY["restarted"], 29), 3)
    holds(faults.answer_lost(served, event), 1)
    holds(faults.one_document(served, 3), 3)


def test_the_bench_itself_sees_a_reminder_that_comes_twice(
    bench: Bench,
    faults: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for note in ("hand_over", "finish"):
        monkeypatch.setattr(f"ka2budget.reminding.{note}", lambda *_: None)
    row = faults.killed(bench, faults.JOBS["flow reminders"], 149)
    assert any("2 times" in one for one in row.problems)


# What was mended.


def test_a_message_that_may_have_been_taken_is_not_tried_again(faults: ModuleType) -> None:  # noqa: ARG001 - Prefect is there
    from prefect.client.schemas.objects import State  # noqa: PLC0415

    from flows.run import may_pass  # noqa: PLC0415 - Prefect is set up by then

    found = []
    for refusal in (Unanswered(POST, "anna@example.org"), NotSent(POST, "later")):
        refusal.__cause__ = smtplib.SMTPServerDisconnected("gone")
        found.append(may_pass(None, None, State(type="FAILED", data=refusal)))  # type: ignore[arg-type]
    assert found == [False, True]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(Store.open(str(tmp_path / "store.sqlite"))) as found:
        with found.writing() as connection:
            connection.execute(GRANTS.insert().values(reference="G"))
        yield found


def reminder(lead: int) -> Reminder:
    return Reminder("G", "final-report", NOON.date(), lead, "anna@example.org")


def test_a_message_is_handed_over_once_whoever_tries(store: Store) -> None:
    assert claim(store, [reminder(7)], {"G": "en"}, NOON) == 1
    [name] = waiting(store)
    hand_over(store, name, NOON)
    with pytest.raises(Busy):
        hand_over(store, name, NOON)
    assert uncertain(store) == (reminder(7),)
    take_back(store, name, NOON.replace(minute=1))  # that of somebody else
    assert not waiting(store)
    take_back(store, name, NOON)
    assert list(waiting(store)) == [name]
    hand_over(store, name, NOON)
    finish(store, name, NOON)
    assert not uncertain(store)
    with pytest.raises(Busy):
        hand_over(store, name, NOON)


def test_a_date_that_was_near_is_not_announced_from_afar_when_the_clock_goes_back(store: Store) -> None:
    assert [claim(store, [reminder(lead)], {"G": "en"}, NOON) for lead in (7, 14, 7, 1, 0, -1, 0)] == [
        1,
        0,
        0,
        1,
        1,
        1,
        0,
    ]


def test_temporary_files_of_killed_processes_are_removed_once_they_are_old(tmp_path: Path) -> None:
    old, young, other = (
        tmp_path / name for name in (".a.xlsx.0123abcd.part", ".a.xlsx.4567abcd.part", ".a.xlsx.notes")
    )
    for one in (old, young, other):
        one.touch()
        os.utime(one, (time.time() - 7200,) * 2)
    young.touch()
    write_whole(tmp_path / "a.xlsx", b"whole")
    assert sorted(one.name for one in tmp_path.iterdir()) == sorted([young.name, other.name, "a.xlsx"])


def test_a_day_begins_when_it_begins_in_brussels() -> None:
    nights = ["2026-03-28T22:59", "2026-03-28T23:00", "2026-03-29T21:59", "2026-03-29T22:00", "2026-10-25T22:59"]
    days = [day_of(datetime.fromisoformat(one).replace(tzinfo=UTC)).day for one in nights]
    assert days == [28, 29, 29, 30, 25]


def test_the_right_to_send_that_cannot_be_had_is_a_sentence(store: Store) -> None:
    Path(f"{store.engine.url.database}.reminders").mkdir()
    with pytest.raises(Unreachable, match="does not answer"), alone(store):
        pass
