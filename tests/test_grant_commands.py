"""The register on the command line, as a project office uses it: answers, languages, exit codes, wrong input."""

import getpass
import json
from collections.abc import Callable
from contextlib import closing
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from conftest import EXAMPLES, Answer, Run
from icalendar import Calendar
from project_office import LETTERS, MENTOR, TODAY, Grant, written

from ka2budget import registry
from ka2budget.cli.grant import grant as group
from ka2budget.lifecycle import RECORDED
from ka2budget.report import Report
from ka2budget.store import Store

AGREEMENT = EXAMPLES / "mentor-agreement.toml"
REPORT = EXAMPLES / "mentor-report.toml"
Cli = Callable[..., Answer]


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let today be the same day whenever the tests run."""

    def the_day(value: datetime | None) -> date:
        return TODAY if value is None else value.date()

    for module in ("recording", "looking"):
        monkeypatch.setattr(f"ka2budget.cli.grant.{module}.the_day", the_day)
    monkeypatch.setenv("KA2BUDGET_BY", "Ada")
    monkeypatch.setenv("LC_ALL", "C.UTF-8")


@pytest.fixture
def cli(run: Run, store_url: str) -> Cli:
    """Run ``ka2budget grant ARGS`` on the store; no answer has a traceback."""

    def run_it(*args: object) -> Answer:
        answer = run("grant", args[0], *args[1:], *(() if args[0] == "terms" else ("--store", store_url)))
        assert "Traceback" not in answer.err
        return answer

    return run_it


@pytest.fixture
def mentor(cli: Cli) -> Cli:
    """A store with one grant, R1, that is signed and whose pre-financing came."""
    assert cli("register", MENTOR, "--reference", "R1").code == 0
    assert cli("event", "R1", "signed", "--on", "2025-10-01").code == 0
    assert cli("event", "R1", "payment-received", "--on", "2025-10-28", "--amount", 200_000).code == 0
    return cli


def test_a_grant_is_registered_and_its_events_are_recorded_with_one_line_each(cli: Cli) -> None:
    reference = "2025-1-PL01-KA220-ADU-000012345"
    said = cli("register", MENTOR, "--agreement", AGREEMENT).out
    assert said == (
        f"{reference}: recorded as number 1: Registered, 1 June 2029. The grant is now: selected for funding.\n"
    )
    signed, event = ("event", reference, "signed", "--on", "2025-10-01"), "Grant agreement signed by the last party"
    assert cli(*signed) == (
        0, f"{reference}: recorded as number 2: {event}, 1 October 2025. The grant is now: final report late.\n", ""
    )  # fmt: skip
    assert cli(*signed) == (
        0, f"{reference}: is recorded already as number 2: {event}, 1 October 2025. Nothing was changed.\n", ""
    )  # fmt: skip


def test_an_event_as_json_says_its_number_and_how_the_grant_stands(mentor: Cli) -> None:
    note = ("event", "R1", "note", "--on", "2026-01-01", "--why", "Called", "--json")
    answers = [json.loads(mentor(*note).out) for _ in range(2)]
    assert [(one["event"], one["new"], one["state"]) for one in answers] == [
        (4, True, "final-report-late"), (4, False, "final-report-late"),
    ]  # fmt: skip
    registered = json.loads(mentor("register", LETTERS, "--reference", "R2", "--json").out)
    assert (registered["reference"], registered["event"], registered["account"]["grant"]) == ("R2", 1, "60000.00")


def test_an_empty_store_says_how_to_begin(cli: Cli) -> None:
    assert cli("list") == (0, "There are no grants yet; 'ka2budget grant register PROJECT' takes one in.\n", "")
    assert cli("list", "--json") == (0, "{}\n", "")
    assert cli("due", "--on", "2026-01-01").out == (
        "Nothing is late, and nothing is due within 30 days of 1 January 2026.\n"
    )
    empty = json.loads(cli("due", "--on", "2026-01-01", "--days", 7, "--json").out)
    assert empty == {"on": "2026-01-01", "days": 7, "late": [], "due": []}
    assert cli("upgrade").out == "The store is up to date; 0 grants were worked out anew.\n"
    assert Calendar.from_ical(cli("calendar").out).events == []


def test_a_file_that_cannot_be_read_leaves_no_store_behind(run: Run, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.toml"
    wrong.write_text("title = 5", encoding="utf-8")
    store = tmp_path / "office" / "grants.sqlite"
    for files in ((wrong,), (tmp_path / "none.toml",), (MENTOR, "--agreement", wrong)):
        assert run("grant", "register", *files, "--store", store).code == 2
        assert not store.parent.exists()


def test_all_grants_are_listed_with_their_state_on_a_day(mentor: Cli) -> None:
    mentor("register", LETTERS, "--reference", "R2")
    rows = mentor("list", "--on", "2026-01-01").out.splitlines()[2:]
    assert [(row.split()[0], row.endswith(state)) for row, state in zip(rows, ("ongoing", "funding"), strict=True)] == [
        ("R1", True), ("R2", True),
    ]  # fmt: skip
    listed = json.loads(mentor("list", "--on", "2027-11-05", "--json").out)
    assert listed["R1"] == {
        "title": "Example: mentoring for digital skills", "action": "KA220-ADU", "call": 2025,
        "state": "final-report-awaited",
    }  # fmt: skip


def test_a_grant_is_shown_with_money_partners_dates_and_what_can_happen(mentor: Cli) -> None:
    mentor("event", "R1", "transfer", "--on", "2025-11-10", "--partner", "P2", "--amount", "43306.67")
    out = mentor("show", "R1", "--on", "2026-01-01").out
    for line in (
        "R1: KA220-ADU, call 2025, 1 November 2025 to 31 October 2027, grant €250,000.00",
        "On 1 January 2026 the grant is: ongoing",
        "Received 200,000.00 EUR, repaid 0.00 EUR, passed on and not yet certain 43,306.67 EUR",
        "Pre-financing  200,000.00  200,000.00    0.00  80.00% of the grant of €250,000.00",
        "2027-12-30  Final report due",
        "Possible now: payment-received, transfer, transfer-returned,",
    ):
        assert line in out
    shown = json.loads(mentor("show", "R1", "--on", "2026-01-01", "--json").out)
    assert (shown["state"], shown["account"]["received"], shown["account"]["exposure"]) == (
        "ongoing", "200000.00", "43306.67",
    )  # fmt: skip
    assert shown["account"]["partners"]["P2"]["to_pay"] == "0.00"
    assert {one["key"]: one["date"] for one in shown["dates"]}["final-report"] == "2027-12-30"
    assert "payment-received" in shown["possible"]


def test_what_is_due_is_due_until_it_is_done(mentor: Cli) -> None:
    def keys(day: str, days: int = 30) -> tuple[list[str], list[str]]:
        found = json.loads(mentor("due", "--on", day, "--days", days, "--json").out)
        return [one["key"] for one in found["late"]], [one["key"] for one in found["due"]]

    passed_on = keys("2025-11-20")[1][0]
    assert passed_on.startswith("distribution-")
    assert keys("2025-11-20", 3) == ([], [])
    assert keys("2025-11-28") == ([passed_on], [])
    out = mentor("due", "--on", "2025-11-28").out
    assert out.startswith("Late on 28 November 2025:\n\nDate        Grant    Project")
    assert "2025-11-27  R1       Example: mentoring for digital skills  Payment passed on to the partners" in out
    for partner, amount in (("P2", "43306.67"), ("P3", "45906.67"), ("P4", "47786.66")):
        mentor("event", "R1", "transfer", "--on", "2025-11-26", "--partner", partner, "--amount", amount)
    assert keys("2025-11-28") == ([], [])
    assert keys("2026-08-10") == ([], ["evidence-WP2"])
    assert keys("2026-08-15")[0] == ["evidence-WP2"]
    assert "Due within 30 days of 10 August 2026:" in mentor("due", "--on", "2026-08-10").out
    mentor("event", "R1", "done", "--on", "2026-08-14", "--key", "evidence-WP2")
    assert keys("2026-08-15") == ([], [])


def test_the_history_has_everything_that_was_recorded(mentor: Cli) -> None:
    mentor(
        "event",
        "R1",
        "payment-received",
        "--on",
        "2025-10-29",
        "--amount",
        "199999.99",
        "--corrects",
        3,
        "--why",
        "Typo",
    )
    mentor("event", "R1", "note", "--on", "2026-01-01", "--by", "Bo", "--why", "Called")
    mentor("event", "R1", "cancelled", "--on", "2026-01-02", "--corrects", 5)
    rows = [line.split() for line in mentor("history", "R1").out.splitlines()[2:]]
    assert [row[:2] for row in rows] == [
        ["1", "2029-06-01"], ["2", "2025-10-01"], ["3", "2025-10-28"], ["4", "2025-10-29"], ["5", "2026-01-01"],
        ["6", "2026-01-02"],
    ]  # fmt: skip
    assert " ".join(rows[2]).endswith("200,000.00 corrected by number 4 Ada")
    assert ("199,999.99" in rows[3], "Typo" in rows[3], rows[4][-1]) == (True, True, "Bo")
    found = json.loads(mentor("history", "R1", "--json").out)
    assert [(one["number"], one["kind"], one["corrects"]) for one in found] == [
        (1, "registered", None), (2, "signed", None), (3, "payment-received", None), (4, "payment-received", 3),
        (5, "note", None), (6, "cancelled", 5),
    ]  # fmt: skip
    assert found[3]["details"] == {"amount": "199999.99"}
    assert "plan" not in found[0]["details"]


def test_files_of_a_life_make_the_decision(mentor: Cli, tmp_path: Path) -> None:
    interim = written(tmp_path / "interim.toml", {"used": 140_000}, Report)
    for more in (
        ("interim-report", "--on", "2026-11-01", "--document", interim, "--accepted", "WP2"),
        ("interim-accepted", "--on", "2026-12-01", "--used", 140_000),
        ("final-report", "--on", "2027-12-01", "--document", REPORT),
        ("assessed", "--on", "2028-02-01", "--document", REPORT),
    ):
        assert mentor("event", "R1", *more).code == 0
    found = json.loads(mentor("history", "R1", "--json").out)
    assert [one["details"] for one in found[3:5]] == [
        {"used": "140000.00", "accepted": {"WP2": "47600.00"}}, {"used": "140000.00"},
    ]  # fmt: skip
    shown = json.loads(mentor("show", "R1", "--json").out)["account"]
    assert (shown["final"], shown["balance"]) == ("223750.00", "23750.00")
    out = mentor("show", "R1").out
    assert "Final grant 223,750.00 EUR, balance 23,750.00 EUR" in out


def test_another_decision_of_the_agency_is_told_beside_the_answer(mentor: Cli) -> None:
    mentor("event", "R1", "final-report", "--on", "2027-12-01")
    answer = mentor("event", "R1", "assessed", "--on", "2028-02-01", "--document", REPORT, "--final", "223749.99")
    assert answer.code == 0
    assert (
        "R1:/final: warning: The agency decided €223,749.99; the report makes €223,750.00. [decision-differs]"
    ) in answer.err.splitlines()


def test_the_terms_of_a_grant_are_told_with_their_sources(cli: Cli) -> None:
    out = cli("terms", MENTOR, "--agreement", AGREEMENT).out
    assert "40.00%, 40.00%, 20.00%" in out
    terms = json.loads(cli("terms", MENTOR, "--json").out)
    assert (terms["instalments"], terms["basis"]["balance"][0][:9]) == (["0.8", "0.2"], "Erasmus+ ")


GERMAN = (
    ("show R1", "250.000,00"),
    ("due --on 2027-12-01", "2027-12-30"),
    ("list", "R1"),
    ("history R1", "200.000,00"),
    ("event R1 note --on 2026-01-01 --why x", "1. Januar 2026"),
    ("calendar R1", "BEGIN:VCALENDAR"),
    (f"terms {MENTOR}", "80,00"),
)


@pytest.mark.parametrize(("command", "says"), GERMAN)
def test_every_answer_comes_in_german_too(mentor: Cli, command: str, says: str) -> None:
    answer = mentor(*command.split(), "--language", "de")
    assert (answer.code, says in answer.out) == (0, True)


def test_findings_beside_an_answer_come_in_german_too(mentor: Cli) -> None:
    answer = mentor(
        "event", "R1", "transfer", "--on", "2025-11-10", "--partner", "P2", "--amount", 50_000, "--language", "de"
    )
    assert "Warnung" in answer.err
    assert "50.000,00" in answer.err


@pytest.mark.parametrize("name", ["", *group.commands])
@pytest.mark.parametrize("language", ["C", "de_DE.UTF-8"])
def test_every_command_has_help(run: Run, monkeypatch: pytest.MonkeyPatch, name: str, language: str) -> None:
    monkeypatch.setenv("LC_ALL", language)
    answer = run("grant", *([name] if name else []), "--help")
    assert (answer.code, answer.err) == (0, "")
    assert f"ka2budget grant {name}".strip() in answer.out.splitlines()[0]


WRONG: tuple[tuple[tuple[object, ...], str], ...] = (
    (("show", "R9"), "There is no grant 'R9' in the store"),
    (("show", "r1"), "There is no grant 'r1' in the store; there is R1"),
    (("history", "R9"), "There is no grant 'R9'"),
    (("calendar", "R1", "R9"), "There is no grant 'R9'"),
    (("calendar", "-o", "calendar.txt"), "its name ends in .ics"),
    (("calendar", "-o", "nowhere/x.ics"), "cannot be written: no such file or directory; nothing was changed"),
    (("show",), "Missing argument"),
    (("show", "R1", "--on", "someday"), "--on"),
    (("due", "--days", "-1"), "--days"),
    (("due", "--days", "much"), "--days"),
    (("list", "--language", "xx"), "There is no language 'xx'"),
    (("register", "nowhere.toml"), "nowhere.toml:/: error: the file cannot be read"),
    (("register", MENTOR), "The grant needs its reference"),
    (("register", MENTOR, "--reference", "R1"), "R1 is registered already"),
    (("register", MENTOR, "--reference", " "), "--reference:/reference: error: "),
    (("register", MENTOR, "--reference", "R2", "--agreement", MENTOR), "does not look like a grant agreement file"),
    (("register", MENTOR, "--reference", "R2", "--by", ""), "R2:/by: error: "),
    (("register", REPORT, "--reference", "R2"), "error: "),
    (("event", "R9", "note"), "There is no grant 'R9'"),
    (("event", "R1", "nonsense"), "'nonsense' is not one of"),
    (("event", "R1"), "Missing argument"),
    (("event", "R1", "note", "--on", "2029-06-02"), "2 June 2029 has not come yet"),
    (("event", "R1", "note", "--on", "2026-02-30"), "--on"),
    (("event", "R1", "note", "--why", ""), "R1:/why: error: "),
    (("event", "R1", "note", "--amount", 5), "'Note' has no amount; it may say nothing more"),
    (("event", "R1", "transfer", "--on", "2026-01-01", "--partner", "P2"), "'Passed on to a partner' needs amount"),
    (("event", "R1", "transfer", "--amount", "much", "--partner", "P2"), "grant event:/amount: error: 'much' is not"),
    (("event", "R1", "transfer", "--amount", "-5", "--partner", "P2"), "grant event:/amount: error: "),
    (("event", "R1", "transfer", "--amount", "1.001", "--partner", "P2"), "grant event:/amount: error: "),
    (("event", "R1", "transfer", "--amount", 5, "--partner", "P 2"), "grant event:/partner: error: 'P 2' is not an id"),
    (("event", "R1", "transfer", "--amount", 5, "--partner", "P9", "--on", "2026-01-01"), "P9 is not among the part"),
    (("event", "R1", "interim-report", "--until", "soon"), "grant event:/until: error: "),
    (("event", "R1", "interim-report", "--accepted", "WP9"), "WP9 is not among the work packages WP1, WP2"),
    (("event", "R1", "assessed", "--final", 5, "--score", "-1"), "grant event:/score: error: "),
    (("event", "R1", "assessed", "--on", "2026-01-01", "--final", 5), "assessed is not possible while the state"),
    (("event", "R1", "cancelled"), "needs the number of the mistaken entry"),
    (("event", "R1", "cancelled", "--corrects", 9), "There is no entry 9 to be corrected; there is 1, 2, 3"),
    (("event", "R1", "cancelled", "--corrects", "last"), "--corrects"),
    (("event", "R1", "note", "--document", "nowhere.pdf"), "nowhere.pdf:/: error: the file cannot be read"),
    (("event", "R1", "amendment-signed", "--document", REPORT), "error: "),
    (("terms", "nowhere.toml"), "nowhere.toml:/: error: "),
    (("nonsense",), "No such command"),
)  # fmt: skip


@pytest.mark.parametrize(("arguments", "says"), WRONG, ids=lambda one: " ".join(map(str, one))[-60:])
def test_what_is_impossible_is_a_sentence_and_exit_code_2_and_changes_nothing(
    mentor: Cli,
    store_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[object, ...],
    says: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    with closing(Store.open(store_url)) as store:
        before = store.events("R1"), store.references(), store.standings(), store.agenda(date.max)
        answer = mentor(*arguments)
        assert (answer.code, answer.out) == (2, "")
        assert says in answer.err
        assert (store.events("R1"), store.references(), store.standings(), store.agenda(date.max)) == before


def test_a_budget_or_report_with_errors_is_told_with_its_findings_and_exit_code_1(mentor: Cli, tmp_path: Path) -> None:
    mistake = EXAMPLES / "mentor-mistake.toml"
    for command in (
        ("register", mistake, "--reference", "R2"),
        ("event", "R1", "amendment-signed", "--on", "2026-01-01", "--document", mistake),
    ):
        answer = mentor(*command)
        assert (answer.code, answer.out) == (1, "")
        assert [line.split(" error: ")[0] for line in answer.err.splitlines()] == [
            f"{mistake}:/work_packages:", f"{mistake}:/work_packages/WP1:",
        ]  # fmt: skip
    mentor("event", "R1", "final-report", "--on", "2027-12-01")
    file = written(tmp_path / "r.toml", {"work_packages": [{"id": "WP9", "score": 80}]}, Report)
    answer = mentor("event", "R1", "assessed", "--on", "2028-02-01", "--document", file)
    assert (answer.code, answer.out) == (1, "")
    assert f"{file}:/work_packages/WP9/id: error: WP9 is not among " in answer.err
    assert len(json.loads(mentor("history", "R1", "--json").out)) == 4


def test_every_event_is_among_the_choices(run: Run) -> None:
    err = run("grant", "event", "R1", "nonsense").err
    assert all(f"'{kind}'" in err for kind in RECORDED)


def test_the_store_is_named_by_option_else_environment_else_a_file_of_ones_own(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    monkeypatch.delenv("KA2BUDGET_STORE", raising=False)
    own = tmp_path / "share" / "ka2budget" / "grants.sqlite"
    run("grant", "register", MENTOR, "--reference", "own")
    assert (own.is_file(), own.parent.stat().st_mode & 0o777) == (True, 0o700)
    monkeypatch.setenv("KA2BUDGET_STORE", str(tmp_path / "other.sqlite"))
    run("grant", "register", MENTOR, "--reference", "other")
    run("grant", "register", MENTOR, "--reference", "third", "--store", f"sqlite:///{tmp_path}/third.sqlite")
    for store, reference in ((own, "own"), (tmp_path / "other.sqlite", "other"), (tmp_path / "third.sqlite", "third")):
        assert list(json.loads(run("grant", "list", "--json", "--store", store).out)) == [reference]
    assert list(json.loads(run("grant", "list", "--json").out)) == ["other"]


def test_who_records_is_told_by_option_else_environment_else_login(
    mentor: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown() -> str:
        raise KeyError("getpwuid(): uid not found: 4711")

    mentor("event", "R1", "note", "--why", "1", "--by", "Bo")
    monkeypatch.delenv("KA2BUDGET_BY")
    monkeypatch.setattr(getpass, "getuser", lambda: "login")
    mentor("event", "R1", "note", "--why", "2")
    monkeypatch.setattr(getpass, "getuser", unknown)
    monkeypatch.setattr("os.getuid", lambda: 4711)
    mentor("event", "R1", "note", "--why", "3")
    by = [one["by"] for one in json.loads(mentor("history", "R1", "--json").out)]
    assert by == ["Ada", "Ada", "Ada", "Bo", "login", "user 4711"]


def test_lists_of_another_version_are_made_anew_before_they_are_shown(mentor: Cli, store_url: str) -> None:
    with closing(Store.open(store_url)) as store:
        [standing] = registry.standings(store)
        store.stand("R1", standing._replace(made_by="other", title="Old"), [])
        assert "Example: mentoring" in mentor("list").out
        assert store.standings() == (standing,)
        store.stand("R1", standing._replace(made_by="other"), [])
        assert mentor("upgrade").out == "The store is up to date; 1 grants were worked out anew.\n"
        assert store.agenda(date.max)


def calendar(answer: Answer) -> list[Any]:
    assert answer.code == 0
    return list(Calendar.from_ical(answer.out).events)


def test_the_calendar_has_the_dates_of_all_grants_or_of_those_named(mentor: Cli, tmp_path: Path) -> None:
    mentor("register", LETTERS, "--reference", "R2")
    every, named = calendar(mentor("calendar")), calendar(mentor("calendar", "R2", "R2"))
    assert {one["categories"].cats[0] for one in every} == {"R1", "R2"}
    assert {one["categories"].cats[0] for one in named} == {"R2"}
    assert len({one["uid"] for one in every}) == len(every) > len(named)
    out = tmp_path / "grants.ics"
    assert mentor("calendar", "-o", out) == (0, "", "")
    assert [one["uid"] for one in Calendar.from_ical(out.read_bytes()).events] == [one["uid"] for one in every]


def test_an_entry_of_the_calendar_takes_the_place_of_its_earlier_self(mentor: Cli, store_url: str) -> None:
    before = {one["uid"]: one for one in calendar(mentor("calendar"))}
    mentor("event", "R1", "note", "--why", "mistake")
    mentor("event", "R1", "cancelled", "--corrects", 4)
    after = {one["uid"]: one for one in calendar(mentor("calendar"))}
    assert before.keys() == after.keys()
    assert {one["sequence"] for one in before.values()} == {3}
    assert {one["sequence"] for one in after.values()} == {5}
    with closing(Store.open(store_url)) as store:
        Grant(store, MENTOR, "R2").lived(("withdrawn", "2025-09-01"))
    assert mentor("calendar", "R2").code == 0
