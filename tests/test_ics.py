"""Dates as a calendar: what Outlook, Google and Apple need so as to take it, and to take a changed one again."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from conftest import Run
from icalendar import Calendar
from icalendar import Event as Entry_
from project_office import LETTERS, MENTOR, plan

from ka2budget import ics
from ka2budget.history import History
from ka2budget.ics import ALARMS, Entry, calendar, uid
from ka2budget.schedule import Due, schedule
from ka2budget.text import phrase

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
DAY = date(2027, 12, 30)
LONG = phrase("Ein sehr langer Grund; mit Komma, Strichpunkt und Umlauten: äöü€ {more}", more="ł" * 300)


def due(**more: Any) -> Due:  # noqa: ANN401
    said = {"key": "final-report", "date": DAY, "what": phrase("Final report due"), "reason": LONG}
    return Due(**{**said, **more})


def entries(*dates: Due) -> list[Entry_]:
    made = calendar([Entry("R1", "MENTOR", one, 7) for one in dates], NOW)
    return list(Calendar.from_ical(made).events)


def test_a_calendar_has_lines_of_at_most_75_octets_that_end_as_the_standard_says() -> None:
    content = calendar([Entry("R1", "MENTOR " + "ł" * 100, due(), 7)], NOW, "de")
    lines = content.split(b"\r\n")
    assert lines[-1] == b""
    assert b"\n" not in b"".join(lines)
    assert max(map(len, lines)) <= 75
    assert all(line.decode() for line in lines[:-1])  # no character is cut in two
    [entry] = Calendar.from_ical(content).events
    assert LONG.say("de") in entry["description"]


def test_the_head_says_what_the_calendar_is() -> None:
    made = Calendar.from_ical(calendar([], NOW, "de"))
    assert (made["version"], made["method"], made["prodid"][:12], made["prodid"][-4:]) == (
        "2.0", "PUBLISH", "-//ka2budget", "//DE",
    )  # fmt: skip


def test_an_entry_lasts_its_whole_day_and_takes_no_time() -> None:
    [entry] = entries(due())
    assert (entry["dtstart"].dt, entry["dtend"].dt) == (DAY, DAY + timedelta(days=1))
    assert entry["dtstart"].params["value"] == "DATE"
    assert (entry["transp"], entry["status"], entry["sequence"]) == ("TRANSPARENT", "CONFIRMED", 7)
    assert (entry["summary"], entry["categories"].cats) == ("MENTOR: Final report due", ["R1"])
    assert b"DTSTAMP:20260102T030405Z" in entry.to_ical()


def test_an_entry_stands_on_the_next_working_day_where_the_agreement_moves_it() -> None:
    [entry] = entries(due(latest=date(2028, 1, 3)))
    assert entry["dtstart"].dt == date(2028, 1, 3)
    assert "The agreement has 30 December 2027, which is no working day." in entry["description"]


def test_what_has_no_day_is_in_no_calendar() -> None:
    assert entries(due(date=None)) == []


@pytest.mark.parametrize("nature", ALARMS)
def test_it_reminds_by_whose_date_it_is_and_not_of_what_is_done(nature: str) -> None:
    [open_], [done] = entries(due(nature=nature)), entries(due(nature=nature, done=DAY))
    assert [alarm["trigger"].dt for alarm in open_.walk("VALARM")] == [-timedelta(days=n) for n in ALARMS[nature]]
    assert all(alarm["action"] == "DISPLAY" for alarm in open_.walk("VALARM"))
    assert done.walk("VALARM") == []
    assert "Done on 30 December 2027." in done["description"]


def test_entries_have_names_of_their_own_that_stay() -> None:
    assert uid("R1", "final-report") == "final-report.R1@ka2budget"
    pairs = [
        ("2025-1-PL01-KA220-ADU-000012345", "evidence-WP_1"), ("2025-1-PL01-KA220-ADU-000012345", "evidence-WP-1"),
        ("2025/1", "evidence-WP.1"), ("2025-1", "evidence-WP.1"), ("2025 1", "evidence-WP.1"), ("Łódź", "start"),
        ("Lódź", "start"), ("%C5", "start"),
    ]  # fmt: skip
    names = {uid(*one) for one in pairs}
    assert len(names) == len(pairs)
    assert all(name.isascii() and " " not in name for name in names)


@pytest.mark.parametrize("example", [MENTOR, LETTERS])
def test_every_dated_entry_of_a_grant_is_there_once(example: Path) -> None:
    dates = schedule(plan(example), History(plan(example)))
    found = entries(*dates)
    dated = [one.key for one in dates if one.date is not None]
    assert sorted(str(one["uid"]) for one in found) == sorted(uid("R1", key) for key in dated)
    assert len(set(dated)) == len(dated)


def test_a_schedule_is_written_as_a_calendar_with_the_same_names_each_time(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "dates.ics"
    for sequence in (0, 4):
        assert run("schedule", MENTOR, "--ics", out, "--sequence", sequence).code == 0
        found = list(Calendar.from_ical(out.read_bytes()).events)
        assert {one["sequence"] for one in found} == {sequence}
        assert "final-report.KA220-ADU-2025-MENTOR@ka2budget" in {str(one["uid"]) for one in found}
    stamps = {one["dtstamp"].dt for one in found}
    assert all(abs(datetime.now(UTC) - one) < timedelta(minutes=5) for one in stamps)
    assert ics.calendar([], NOW) == ics.calendar([], NOW)


def test_a_calendar_of_another_ending_is_refused(run: Run, tmp_path: Path) -> None:
    answer = run("schedule", MENTOR, "--ics", tmp_path / "dates.txt")
    assert (answer.code, "its name ends in .ics" in answer.err, list(tmp_path.iterdir())) == (2, True, [])
