"""The flows of grants in a store: what they write, record and send, what stops them, in which language they speak."""

import contextvars
import importlib.util
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from email.message import Message
from pathlib import Path
from typing import Any

import pytest

if importlib.util.find_spec("prefect") is None:
    pytest.skip("Prefect is not installed (pip install ka2budget[flows])", allow_module_level=True)

from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message as Handler
from icalendar import Calendar
from ports import free_port
from prefect import get_client
from prefect.client.schemas.objects import FlowRun, State
from prefect.flow_runs import resume_flow_run
from project_office import LETTERS, MENTOR, Grant
from runs import ROOT, changed, command, sha256, tables, titles, told, wait_for  # before the rest of Prefect

from flows.balance_payment import balance_payment
from flows.final_report import final_report
from flows.interim_report import interim_report
from flows.portfolio import portfolio
from flows.reminders import reminders
from ka2budget import document, registry
from ka2budget.errors import NoSuchName, NotAllowed, Several
from ka2budget.lifecycle import EventKind, NotPossible
from ka2budget.mail import Post, Unanswered
from ka2budget.report import Report
from ka2budget.store import NoSuchGrant, Overtaken, Store

REPORT = str(ROOT / "examples" / "mentor-report.toml")
AGREEMENT = 'contacts = ["anna@example.org", "ben@example.org"]\n'
SENT, DECIDED = "2026-08-20", "2026-09-01"
SIGNED = ("signed", "2025-10-01")
OLD = b"what stood there before"
PAID = ("payment-received", "2025-12-10", {"amount": 200_000})
REPORTED = ("final-report", SENT, {"document": Path(REPORT)})

pytestmark = pytest.mark.usefixtures("prefect_server")


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The path of a store, which the environment names."""
    monkeypatch.setenv("KA2BUDGET_STORE", str(tmp_path / "grants.sqlite"))
    return str(tmp_path / "grants.sqlite")


@pytest.fixture
def mentor(url: str, tmp_path: Path) -> Iterator[Grant]:
    """A grant that runs and is paid for, with two contacts."""
    agreement = tmp_path / "agreement.toml"
    agreement.write_text(AGREEMENT)
    with closing(Store.open(url)) as store:
        yield Grant(store, MENTOR, "R1", agreement=agreement).lived(SIGNED, PAID)


@pytest.fixture
def reported(mentor: Grant) -> Grant:
    """The same with its final report sent."""
    return mentor.lived(REPORTED)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """A workbook that stands there already."""
    path = tmp_path / "out.xlsx"
    path.write_bytes(OLD)
    return path


def untouched(path: Path) -> bool:
    return path.read_bytes() == OLD


def refusal(state: State[Any]) -> Any:  # noqa: ANN401 - whatever a run failed with
    assert state.is_failed()
    return state.result(raise_on_failure=False)


# Interim and final reports.


def test_an_interim_report_is_prepared_once_and_taken_back(mentor: Grant, tmp_path: Path) -> None:
    form = tmp_path / "interim.xlsx"
    first = interim_report("R1", out=str(form), return_state=True)
    assert first.result() == {"file": str(form), "new": True}
    content = form.read_bytes()
    assert interim_report("R1", out=str(form)) == {"file": str(form), "new": False}
    assert form.read_bytes() == content
    assert mentor.numbers == [1, 2, 3]
    report = tmp_path / "interim.toml"
    report.write_text("used = 150_000\nuntil = 2026-07-31\n")
    state = interim_report("R1", str(report), sent_on=SENT, language="de", return_state=True)
    assert state.result()["event"] == 4
    event = mentor.store.events("R1")[-1]
    assert (event.kind, event.by, str(event.details.used)) == (EventKind.INTERIM_REPORT, "interim-report", "150000.00")
    assert state.result()["if_accepted"] == "0.00"
    assert state.result()["reason"]
    assert interim_report("R1", str(report), sent_on=SENT)["event"] == 4
    assert mentor.numbers == [1, 2, 3, 4]
    left = tables(state)
    assert {key: len(rows) for key, rows in left.items()} == {"expected-payments": 1, "partner-accounts": 4}
    assert list(left["expected-payments"][0].values())[1:4] == ["200.000,00"] * 2 + ["0,00"]


def test_a_form_has_what_was_declared_and_is_taken_back_as_the_report(
    reported: Grant, out: Path, tmp_path: Path
) -> None:
    form = tmp_path / "final.xlsx"
    assert final_report("R1", None, str(form)) == {"file": str(form), "new": True}
    declared = document.read(Path(REPORT), Report)
    assert document.read(form, Report).work_packages == declared.work_packages
    result = balance_payment("R1", str(form), str(out), DECIDED)
    assert [result["final_grant"], result["event"]] == ["223750.00", 5]
    assert reported.store.events("R1")[-1].document == sha256(form)


def test_neither_report_nor_workbook_is_a_sentence(url: str) -> None:
    stopped = refusal(interim_report("R1", store=url, return_state=True))
    assert str(stopped) == "Name the workbook to prepare, or the filled one to take back"
    stopped = refusal(final_report(str(MENTOR), None, "out.xlsx", return_state=True))
    assert isinstance(stopped, NotAllowed)
    assert isinstance(refusal(interim_report("R9", REPORT, return_state=True)), NoSuchGrant)


def test_a_final_report_of_a_grant_is_settled_with_the_payments_recorded_and_recorded_once(
    mentor: Grant, out: Path
) -> None:
    state = final_report("R1", REPORT, str(out), today=SENT, return_state=True)
    result = state.result()
    assert [result[name] for name in ("final_grant", "paid", "balance", "event")] == [
        "223750.00", "200000.00", "23750.00", 4,
    ]  # fmt: skip
    event = mentor.store.events("R1")[-1]
    assert (event.kind, event.details.annex) == (EventKind.FINAL_REPORT, sha256(out))
    assert set(tables(state)) >= {"settled-parts", "settled-partners", "expected-payments", "partner-accounts"}
    assert final_report("R1", REPORT, str(out), today=SENT)["event"] == 4
    assert mentor.numbers == [1, 2, 3, 4]


# The decision.


def test_a_decision_is_recorded_with_its_annex_and_what_everybody_gets(reported: Grant, out: Path) -> None:
    state = balance_payment("R1", REPORT, str(out), DECIDED, by="Ada", return_state=True)
    result = state.result()
    assert {name: result[name] for name in ("final_grant", "paid", "balance", "event")} == {
        "final_grant": "223750.00", "paid": "200000.00", "balance": "23750.00", "event": 5,
    }  # fmt: skip
    event = reported.store.events("R1")[-1]
    assert (event.kind, event.by, event.details.annex) == (EventKind.ASSESSED, "Ada", result["sha256"])
    assert sha256(out) == result["sha256"]
    assert [row["Expected"] for row in tables(state)["expected-payments"]] == ["200,000.00", "23,750.00"]
    assert [row["Final"] for row in tables(state)["partner-accounts"]] == [
        "69,450.00", "48,750.00", "51,200.00", "54,350.00",
    ]  # fmt: skip
    lines = told(state)
    assert f"{out}: written, SHA-256 {sha256(out)}" in lines
    assert any(line.startswith("R1: recorded as number 5: ") for line in lines)
    again = balance_payment("R1", REPORT, str(out), DECIDED, by="Ada")
    assert (again["event"], again["sha256"]) == (5, sha256(out))
    assert reported.numbers == [1, 2, 3, 4, 5]


def test_what_a_decision_says_is_in_the_language_asked_for(reported: Grant, out: Path) -> None:
    state = balance_payment("R1", REPORT, str(out), DECIDED, language="de", return_state=True)
    assert state.is_completed()
    assert reported.numbers[-1] == 5
    left = tables(state)
    assert list(left["settled-partners"][0])[1] == "Partner"
    assert left["settled-parts"][0]["Betrag"] == "45.000,00"
    assert not any("written, SHA-256" in line for line in told(state))
    assert isinstance(refusal(balance_payment("R1", REPORT, str(out), language="tlh", return_state=True)), NoSuchName)


def test_an_event_that_is_not_possible_leaves_the_annex_as_it_was(mentor: Grant, out: Path) -> None:
    stopped = refusal(balance_payment("R1", REPORT, str(out), DECIDED, return_state=True))
    assert isinstance(stopped, NotPossible)
    assert "Nothing was changed" in str(stopped)
    assert untouched(out)
    early = refusal(final_report("R1", REPORT, str(out), today="2025-09-30", return_state=True))
    assert isinstance(early, NotPossible)
    assert untouched(out)
    assert mentor.numbers == [1, 2, 3]


def test_sums_that_cannot_be_true_leave_the_annex_as_it_was(reported: Grant, out: Path) -> None:
    stopped = refusal(balance_payment("R1", REPORT, str(out), DECIDED, "300000", return_state=True))
    assert "more than the grant of" in str(stopped)
    stopped = refusal(balance_payment("R1", REPORT, str(out), DECIDED, "much", return_state=True))
    assert str(stopped) == "'much' is not an amount in EUR"
    assert untouched(out)
    assert reported.numbers == [1, 2, 3, 4]


def test_whoever_comes_second_is_told_of_the_annex_too(
    reported: Grant, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def overtaken(*_: object) -> None:
        raise Overtaken("R1", reported.store.events("R1")[-1])

    monkeypatch.setattr(registry, "record", overtaken)
    stopped = refusal(balance_payment("R1", REPORT, str(out), DECIDED, return_state=True))
    assert isinstance(stopped, Several)
    first, second = str(stopped).splitlines()
    assert first.startswith("Meanwhile Example recorded of R1: 4, ")
    assert second == f"{out} was written before that all the same; what it says is not recorded"
    assert out.read_bytes() != OLD
    assert reported.numbers == [1, 2, 3, 4]


# A person confirms.


@contextmanager
def waiting(*arguments: str, **more: Any) -> Iterator[tuple[FlowRun, list[State[Any]]]]:  # noqa: ANN401
    """Give a run of the decision that waits for somebody, and a list that has its state once the block is over."""
    ended: list[State[Any]] = []
    before = {one.id for one in _runs("balance-payment")}

    def live() -> None:
        ended.append(balance_payment(*arguments, approval=True, return_state=True, **more))

    thread = threading.Thread(target=contextvars.copy_context().run, args=(live,))
    thread.start()
    try:
        paused = wait_for(
            lambda: next(
                (one for one in _runs("balance-payment") if one.id not in before and one.state_name == "Paused"), None
            ),
            60,
        )
        assert paused, "no run waits"
        yield paused, ended
    finally:
        thread.join(60)
    assert ended, "the run did not go on"


def _runs(flow: str) -> list[FlowRun]:
    with get_client(sync_client=True) as client:
        flows_ = {one.id for one in client.read_flows() if one.name == flow}
        return [one for one in client.read_flow_runs() if one.flow_id in flows_]


def answer(run: FlowRun, **said: Any) -> None:  # noqa: ANN401
    resume_flow_run(run.id, run_input={"final_grant": "223750.00", "confirmed_by": "Ada", **said})


def test_a_run_waits_until_somebody_confirms_and_then_goes_on(reported: Grant, out: Path) -> None:
    with waiting("R1", REPORT, str(out), DECIDED) as (run, ended):
        assert untouched(out)
        assert reported.numbers == [1, 2, 3, 4]
        answer(run, approved=True, final_grant="220000.00", decided_on="2026-09-02")
    assert ended[0].result()["final_grant"] == "220000.00"
    event = reported.store.events("R1")[-1]
    assert (event.number, event.by, event.happened.isoformat()) == (5, "Ada", "2026-09-02")
    assert event.details.annex == sha256(out)


def test_a_decision_that_is_not_confirmed_leaves_everything(reported: Grant, out: Path) -> None:
    with waiting("R1", REPORT, str(out), DECIDED) as (run, ended):
        answer(run, approved=False, decided_on=DECIDED)
    assert str(refusal(ended[0])) == "The decision was not confirmed; nothing was recorded"
    assert untouched(out)
    assert reported.numbers == [1, 2, 3, 4]


def test_nobody_is_asked_to_confirm_what_is_not_possible(mentor: Grant, out: Path) -> None:
    state = balance_payment("R1", REPORT, str(out), DECIDED, approval=True, return_state=True)
    assert isinstance(refusal(state), NotPossible)
    assert mentor.numbers == [1, 2, 3]


# The portfolio.


def test_the_portfolio_shows_what_is_late_what_is_due_and_every_grant(mentor: Grant) -> None:
    Grant(mentor.store, LETTERS, "R2")
    state = portfolio(days=365, on="2026-08-20", return_state=True)
    left = tables(state)
    assert state.result() == {"grants": 2, "late": len(left["late"]), "due": len(left["due"])}
    assert titles(state)["late"] == "Late on 20 August 2026:"
    assert [(row["Grant"], row["State"]) for row in left["grants"]] == [
        ("R1", "ongoing"), ("R2", "selected for funding"),
    ]  # fmt: skip
    assert list(left["due"][0]) == ["Date", "Grant", "Project", "What", "EUR", "Why"]
    assert all(row["Date"] < "2026-08-20" for row in left["late"])
    assert all("2026-08-20" <= row["Date"] <= "2027-08-20" for row in left["due"])
    german = tables(portfolio(days=365, on="2026-08-20", language="de", return_state=True))
    assert "Datum" in german["due"][0]
    assert isinstance(refusal(portfolio(language="tlh", return_state=True)), NoSuchName)


# Reminders.


class Box(Handler):
    """Keeps what a mail server takes."""

    def __init__(self) -> None:
        super().__init__()
        self.taken: list[Message] = []

    def handle_message(self, message: Message) -> None:
        self.taken.append(message)


@pytest.fixture
def box(monkeypatch: pytest.MonkeyPatch) -> Iterator[Box]:
    """A mail server, which the environment names."""
    box = Box()
    controller = Controller(box, hostname="127.0.0.1", port=free_port())
    controller.start()
    monkeypatch.setenv("KA2BUDGET_SMTP", f"smtp://127.0.0.1:{controller.port}")
    monkeypatch.setenv("KA2BUDGET_SENDER", "office@example.org")
    try:
        yield box
    finally:
        controller.stop()


def test_everybody_is_reminded_once_though_the_flow_runs_twice(mentor: Grant, box: Box, tmp_path: Path) -> None:
    dates = tmp_path / "dates.ics"
    first = reminders(calendar=str(dates), on="2026-08-20", return_state=True)
    result = first.result()
    assert result["messages"] == 2
    assert result["reminders"] >= 2
    assert result["uncertain"] == 0
    assert result["dates"] == len(Calendar.from_ical(dates.read_bytes()).walk("VEVENT"))
    assert sorted(str(one["To"]) for one in box.taken) == ["anna@example.org", "ben@example.org"]
    assert any(line.startswith("anna@example.org: ") for line in told(first))
    again = reminders(on="2026-08-20")
    assert again == {"reminders": 0, "messages": 0, "uncertain": 0}
    assert len(box.taken) == 2
    assert mentor.numbers == [1, 2, 3]


def test_what_a_server_did_not_answer_is_left_as_a_table(
    mentor: Grant, box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken_off(_server: object, post: Post, recipient: str) -> None:
        raise Unanswered(post, recipient)

    monkeypatch.setattr("ka2budget.mail._end", broken_off)
    state = reminders(on="2026-08-20", return_state=True)
    assert str(refusal(state)).count("it may not have gone out") == 2
    rows = tables(state)["uncertain-reminders"]
    assert {row["Recipient"] for row in rows} == {"anna@example.org", "ben@example.org"}
    assert {row["Grant"] for row in rows} == {mentor.reference}
    assert reminders(on="2026-08-20")["uncertain"] == len(rows)
    assert not box.taken


# The command line.


def test_the_command_line_prints_results_and_refusals_as_sentences(
    mentor: Grant, box: Box, url: str, out: Path, prefect_server: str, tmp_path: Path
) -> None:
    address = {"PREFECT_API_URL": prefect_server, "PREFECT_HOME": str(tmp_path / "home"), "LC_ALL": "C.UTF-8"}

    def flow(name: str, *arguments: object) -> tuple[int, str, str]:
        done = command("-m", f"flows.{name}", *map(str, arguments), **address)
        return done.returncode, done.stdout, done.stderr

    code, said, err = flow("portfolio", "--on", SENT)
    assert (code, said.splitlines()[0], err) == (0, "grants: 1", "")
    code, said, err = flow("reminders", "--on", SENT)
    assert (code, said.splitlines()[1:], err) == (0, ["messages: 2", "uncertain: 0"], "")
    assert len(box.taken) == 2
    code, said, err = flow("balance_payment", "R1", REPORT, "-o", out, "--decided-on", DECIDED)
    assert (code, said) == (2, "")
    assert err.endswith("Nothing was changed.\n")
    unscored = changed(REPORT, tmp_path / "unscored.toml", "score = 54", "")
    code, said, err = flow("final_report", "R1", unscored, "-o", out, "--today", SENT)
    assert (code, said) == (1, "")
    assert err.startswith(f"{unscored}:/work_packages/")
    code, said, err = flow("interim_report", "R9", REPORT, "--language", "de")
    assert (code, said) == (2, "")
    assert "'R9'" in err
    code, said, err = flow("portfolio", "--on", "soon", "--store", url)
    assert (code, err) == (2, "today: error: 'soon' is not a date, written like 2026-09-01\n")
    assert untouched(out)
    assert mentor.numbers == [1, 2, 3]


def test_reminders_without_a_mail_server_say_what_they_need(mentor: Grant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KA2BUDGET_SMTP", raising=False)
    stopped = refusal(reminders(on=SENT, return_state=True))
    assert str(stopped).startswith("Reminders need KA2BUDGET_SMTP")
    assert mentor.numbers == [1, 2, 3]
