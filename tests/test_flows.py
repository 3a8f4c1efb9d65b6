"""The flows: what they write and leave on the server, what stops them, and that they are quiet."""

import errno
import importlib.util
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import openpyxl
import pytest

if importlib.util.find_spec("prefect") is None:
    pytest.skip("Prefect is not installed (pip install ka2budget[flows])", allow_module_level=True)

import httpx
from ports import free_port
from prefect import get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId, LogFilter, LogFilterFlowRunId
from prefect.client.schemas.objects import State
from prefect.flows import load_flow_from_entrypoint
from prefect.settings import PREFECT_API_URL, temporary_settings
from runs import ROOT, changed, clean, command, links, sha256, tables, wait_for  # before Prefect reads its settings

import flows
from flows import run
from flows.budget_annex import budget_annex, write_annex
from flows.final_report import NotSettled, final_report
from flows.tasks import read_project, the_day
from ka2budget import steps
from ka2budget.checks import OPEN_QUESTIONS
from ka2budget.errors import CannotWrite, NoSuchName, NotAllowed, Unreadable

EXAMPLES = ROOT / "examples"
MENTOR, MENTOR_REPORT = str(EXAMPLES / "mentor-ka220.toml"), str(EXAMPLES / "mentor-report.toml")
LETTERS, LETTERS_REPORT = str(EXAMPLES / "letters-ka210.toml"), str(EXAMPLES / "letters-report.toml")
TODAY = "2026-09-01"


@pytest.fixture
def wrong(tmp_path: Path) -> str:
    """Give a project whose shares do not make the lump sum."""
    return changed(MENTOR, tmp_path / "wrong.toml", "P1 = 18_000,", "P1 = 17_000,")


# Settings: nothing here needs a server.


def test_a_run_without_a_server_gets_a_folder_of_its_own_and_a_quiet_server(tmp_path: Path) -> None:
    environment = {"XDG_STATE_HOME": str(tmp_path), "LOCALAPPDATA": str(tmp_path)}
    flows.prepare(environment)
    assert environment["PREFECT_HOME"] == str(tmp_path / "ka2budget" / "prefect")
    assert Path(environment["PREFECT_HOME"]).is_dir()
    assert flows.EMBEDDED.items() | flows.ALWAYS.items() <= environment.items()


def test_a_run_with_a_server_keeps_its_settings_and_still_tells_nobody() -> None:
    environment = {"PREFECT_API_URL": "http://127.0.0.1:4200/api"}
    flows.prepare(environment)
    assert environment == {"PREFECT_API_URL": "http://127.0.0.1:4200/api"} | flows.ALWAYS


def test_what_the_environment_says_already_wins(tmp_path: Path) -> None:
    said = {"PREFECT_HOME": str(tmp_path / "own"), "PREFECT_LOGGING_LEVEL": "DEBUG", "DO_NOT_TRACK": "0"}
    environment = dict(said)
    flows.prepare(environment)
    assert said.items() <= environment.items()


def test_a_day_is_as_given_or_today() -> None:
    assert the_day("2026-09-01").isoformat() == "2026-09-01"
    assert the_day(None).year >= 2026
    with pytest.raises(NotAllowed, match="'yesterday' is not a date"):
        the_day("yesterday")


def test_the_command_line_never_loads_prefect() -> None:
    code = """
import sys
from ka2budget.cli import main
sys.argv[1:] = ["check", "examples/mentor-ka220.toml"]
try:
    main()
except SystemExit as end:
    assert not end.code, end.code
import ka2budget.annex
print([name for name in ("prefect", "flows", "sqlalchemy", "fastapi") if name in sys.modules])
"""
    assert "[]\n" in command("-c", code).stdout


@pytest.fixture
def no_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forbid to start a process or to connect to one."""

    def refuse(*_: object, **__: object) -> None:
        pytest.fail("a server was looked for")

    monkeypatch.setattr(subprocess, "Popen", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)


@pytest.mark.usefixtures("no_server")
def test_the_functions_work_without_prefect(tmp_path: Path, wrong: str) -> None:
    annex, final = tmp_path / "annex.xlsx", tmp_path / "final.xlsx"
    written = budget_annex.fn(MENTOR, str(annex), today=TODAY)
    assert written == {"file": str(annex), "sha256": sha256(annex), "grant": "250000.00", "warnings": 0}
    settled = final_report.fn(MENTOR, MENTOR_REPORT, str(final), today=TODAY)
    assert settled["sha256"] == sha256(final)
    with pytest.raises(steps.Forbidden):
        budget_annex.fn(wrong, str(annex))


# Runs on a server.


def test_the_server_of_prefect_can_be_imported() -> None:
    assert importlib.import_module("prefect.server.api.server").create_app


@pytest.mark.usefixtures("prefect_server")
def test_the_budget_annex_is_written_and_the_shares_are_left_as_a_table(tmp_path: Path) -> None:
    annex = tmp_path / "annex.xlsx"
    state = budget_annex(MENTOR, str(annex), today=TODAY, return_state=True)
    assert state.is_completed()
    assert state.result() == {"file": str(annex), "sha256": sha256(annex), "grant": "250000.00", "warnings": 0}
    assert openpyxl.load_workbook(annex).sheetnames
    assert links(state) == {"written": f"[annex.xlsx]({annex.as_uri()})"}
    left = tables(state)
    assert [
        [row["ID"], row["Grant"], row["Share"], row["Instalment 1"], row["Instalment 2"]]
        for row in left["partner-shares"]
    ] == [
        ["P1", "78,750.00", "31.50%", "63,000.00", "15,750.00"],
        ["P2", "54,133.34", "21.66%", "43,306.67", "10,826.67"],
        ["P3", "57,383.33", "22.95%", "45,906.67", "11,476.66"],
        ["P4", "59,733.33", "23.89%", "47,786.66", "11,946.67"],
    ]


@pytest.mark.usefixtures("prefect_server")
def test_the_language_is_the_one_asked_for(tmp_path: Path) -> None:
    english, german = tmp_path / "en.xlsx", tmp_path / "de.xlsx"
    budget_annex.fn(LETTERS, str(english), today=TODAY)
    state = budget_annex(LETTERS, str(german), "de", TODAY, return_state=True)
    assert state.is_completed()
    assert sha256(english) != sha256(german)
    left = tables(state)
    codes = [row["Code"] for row in left["findings"]]
    assert [code for code in codes if code not in OPEN_QUESTIONS] == ["partner-above-half"]
    assert list(left["findings"][0]) == ["Code", "Schweregrad", "Fundstelle", "Quelle", "Meldung"]
    assert list(left["partner-shares"][0]) == ["ID", "Partner", "Zuschuss", "Anteil", "Rate 1", "Rate 2"]
    klingon = budget_annex(LETTERS, str(german), "tlh", return_state=True)
    assert isinstance(klingon.result(raise_on_failure=False), NoSuchName)


@pytest.mark.usefixtures("prefect_server")
def test_errors_stop_the_budget_annex_and_nothing_is_written(tmp_path: Path, wrong: str) -> None:
    annex = tmp_path / "annex.xlsx"
    annex.write_text("what stood there before")
    state = budget_annex(wrong, str(annex), return_state=True)
    assert state.is_failed()
    assert isinstance(state.result(raise_on_failure=False), steps.Forbidden)
    assert annex.read_text() == "what stood there before"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["annex.xlsx", "wrong.toml"]
    left = tables(state)
    assert list(left) == ["findings"]
    assert "error" in {row["Severity"] for row in left["findings"]}


@pytest.mark.usefixtures("prefect_server")
def test_an_unreadable_file_fails_at_once(tmp_path: Path) -> None:
    began = time.monotonic()
    state = budget_annex(str(tmp_path / "missing.toml"), str(tmp_path / "annex.xlsx"), return_state=True)
    assert state.is_failed()
    assert isinstance(state.result(raise_on_failure=False), Unreadable)
    assert list(tmp_path.iterdir()) == []
    assert time.monotonic() - began < sum(run.DELAYS), "a refusal was tried again"


@pytest.mark.usefixtures("prefect_server")
def test_a_fault_of_the_disk_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(write_annex, "retry_delay_seconds", [0, 0])
    tries = []

    def write(*_: object) -> str:
        tries.append(1)
        if len(tries) < 3:
            raise CannotWrite("annex.xlsx", "no space left on device") from OSError(errno.ENOSPC, "no space left")
        return "digest"

    monkeypatch.setattr(steps, "write_budget_annex", write)
    state = budget_annex(MENTOR, str(tmp_path / "annex.xlsx"), return_state=True)
    assert state.is_completed()
    assert len(tries) == 3


def fault(error: Exception) -> bool:
    return run.may_pass(read_project, None, State(type="FAILED", data=error))  # type: ignore[arg-type]


def test_only_what_may_pass_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stale(*_: object, **__: object) -> None:
        raise OSError(errno.ESTALE, "stale file handle")

    with pytest.raises(Unreadable) as missing:
        steps.read_project(tmp_path / "missing.toml")
    (tmp_path / "empty.toml").touch()
    with pytest.raises(Unreadable) as empty:
        steps.read_project(tmp_path / "empty.toml")
    monkeypatch.setattr(Path, "open", stale)
    with pytest.raises(Unreadable) as away:
        steps.read_project(Path(MENTOR))
    assert [fault(one.value) for one in (missing, empty, away)] == [False, False, True]
    assert not fault(CannotWrite("annex.xlsx", "it is a directory"))
    assert not fault(ValueError("a fault of the program"))
    assert fault(TimeoutError())


@pytest.mark.usefixtures("prefect_server")
def test_the_final_report_by_work_package_is_settled(tmp_path: Path) -> None:
    annex = tmp_path / "final.xlsx"
    state = final_report(MENTOR, MENTOR_REPORT, str(annex), today=TODAY, return_state=True)
    assert state.is_completed()
    assert state.result() == {
        "file": str(annex),
        "sha256": sha256(annex),
        "final_grant": "223750.00",
        "paid": "200000.00",
        "balance": "23750.00",
        "overall_score": 70,
        "warnings": 1,
    }
    left = tables(state)
    assert [
        [row["ID"], row["Amount"], row["Score"], row["Factor"], row["Payable"]] for row in left["settled-parts"]
    ] == [
        ["WP1", "45,000.00", "", "1.00", "44,750.00"],
        ["WP2", "47,600.00", "82", "1.00", "47,600.00"],
        ["WP3", "92,400.00", "76", "1.00", "92,400.00"],
        ["WP4", "65,000.00", "54", "0.60", "39,000.00"],
    ]
    assert [[row["ID"], row["Final"], row["Paid"], row["Balance"]] for row in left["settled-partners"]] == [
        ["P1", "69,450.00", "63,000.00", "6,450.00"],
        ["P2", "48,750.00", "43,306.67", "5,443.33"],
        ["P3", "51,200.00", "45,906.67", "5,293.33"],
        ["P4", "54,350.00", "47,786.66", "6,563.34"],
    ]
    assert {row["Code"] for row in left["findings"]} == {"unconfirmed-rule", "management-cap-readings"}


@pytest.mark.usefixtures("prefect_server")
def test_the_final_report_by_activity_is_settled(tmp_path: Path) -> None:
    annex = tmp_path / "final.xlsx"
    state = final_report(LETTERS, LETTERS_REPORT, str(annex), today=TODAY, return_state=True)
    result = state.result()
    assert [result["final_grant"], result["balance"], result["sha256"]] == ["36449.99", "-11550.01", sha256(annex)]
    assert [[row["ID"], row["Refused"], row["Payable"]] for row in tables(state)["settled-parts"]] == [
        ["A1", "0.00", "8,100.00"],
        ["A2", "0.00", "13,050.00"],
        ["A3", "0.00", "15,299.99"],
        ["A4", "19,500.01", "0.00"],
    ]


@pytest.mark.usefixtures("prefect_server")
def test_errors_stop_the_final_report_and_nothing_is_written(tmp_path: Path, wrong: str) -> None:
    unscored = changed(MENTOR_REPORT, tmp_path / "unscored.toml", "score = 54", "")
    annex = tmp_path / "final.xlsx"
    state = final_report(MENTOR, unscored, str(annex), return_state=True)
    assert state.is_failed()
    stopped = state.result(raise_on_failure=False)
    assert isinstance(stopped, NotSettled)
    assert [error.code for error in stopped.findings] == ["score-missing"]
    assert list(tables(state)) == ["findings"]
    state = final_report(wrong, MENTOR_REPORT, str(annex), return_state=True)
    assert isinstance(state.result(raise_on_failure=False), steps.Forbidden)
    assert list(tables(state)) == ["findings"]
    assert not annex.exists()


def test_flows_load_by_file_as_deployments_name_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    deployments = Path("flows", "prefect.yaml").read_text(encoding="utf-8")
    named = re.findall(r"entrypoint: (\S+)", deployments)
    assert [load_flow_from_entrypoint(one).name for one in named] == [
        "reminders", "portfolio", "budget-annex", "interim-report", "final-report", "balance-payment",
    ]  # fmt: skip


# The command line.


def test_without_a_server_the_command_line_prints_the_result_and_nothing_else(tmp_path: Path) -> None:
    annex = tmp_path / "annex.xlsx"
    done = command(
        "-m",
        "flows.budget_annex",
        MENTOR,
        "-o",
        str(annex),
        "--today",
        TODAY,
        PREFECT_HOME=str(tmp_path / "a" / "home"),
    )
    expected = f"file: {annex}\nsha256: {sha256(annex)}\ngrant: 250000.00\nwarnings: 0\n"
    assert (done.stdout, done.stderr, done.returncode) == (expected, "", 0)


def test_the_command_line_prints_findings_and_refusals_as_sentences(
    tmp_path: Path, wrong: str, prefect_server: str
) -> None:
    annex, address = (
        tmp_path / "annex.xlsx",
        {"PREFECT_API_URL": prefect_server, "PREFECT_HOME": str(tmp_path / "home")},
    )
    (tmp_path / "home").mkdir()
    forbidden = command("-m", "flows.budget_annex", wrong, "-o", str(annex), **address)
    assert (forbidden.stdout, forbidden.returncode) == ("", 1)
    assert all(line.startswith(f"{wrong}:/") and ": error: " in line for line in forbidden.stderr.splitlines())
    unscored = changed(LETTERS_REPORT, tmp_path / "unscored.toml", "[assessment]\ncriteria", "[assessment]\n# criteria")
    unsettled = command("-m", "flows.final_report", LETTERS, unscored, "-o", str(annex), **address)
    assert (unsettled.stdout, unsettled.returncode) == ("", 1)
    assert unsettled.stderr.startswith(f"{unscored}:/assessment/score: error: The project has no score;")
    unknown = changed(MENTOR_REPORT, tmp_path / "unknown.toml", 'id = "WP2"', 'id = "WP9"')
    unsettled = command("-m", "flows.final_report", MENTOR, unknown, "-o", str(annex), **address)
    assert f"{unknown}:/work_packages/WP9/id: error: WP9 is not among" in unsettled.stderr
    missing = command("-m", "flows.budget_annex", "missing.toml", "-o", str(annex), **address)
    sentence = "missing.toml:/: error: the file cannot be read: no such file or directory\n"
    assert (missing.stdout, missing.stderr, missing.returncode) == ("", sentence, 2)
    assert not annex.exists()


def test_a_server_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    address = {"PREFECT_API_URL": f"http://127.0.0.1:{free_port()}/api", "PREFECT_HOME": str(tmp_path)}
    away = command("-m", "flows.budget_annex", MENTOR, "-o", str(tmp_path / "annex.xlsx"), **address)
    assert (away.stdout, away.returncode, away.stderr.count("\n")) == ("", 2, 1)
    assert away.stderr.startswith("budget-annex: error: ")


# Schedules.


@contextmanager
def process(*arguments: str, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run Python with its children until the block ends."""
    running = subprocess.Popen(
        [sys.executable, *arguments], cwd=ROOT, env=clean(**environment), start_new_session=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield running
    finally:
        os.killpg(running.pid, signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            running.wait(5)
        with suppress(ProcessLookupError):
            os.killpg(running.pid, signal.SIGKILL)
        running.wait()


@pytest.mark.skipif(sys.platform == "win32", reason="groups of processes")
def test_a_schedule_fires_on_a_real_server_and_the_run_can_be_read_there(tmp_path: Path) -> None:
    port, annex = free_port(), tmp_path / "annex.xlsx"
    url, home = f"http://127.0.0.1:{port}/api", str(tmp_path / "home")
    settings = {"PREFECT_HOME": home, "PREFECT_SERVER_API_PORT": str(port)} | flows.ALWAYS
    Path(home).mkdir()
    serve = f"""
from flows.budget_annex import budget_annex
parameters = {{"project": {MENTOR!r}, "out": {str(annex)!r}}}
budget_annex.serve("every two seconds", interval=2, limit=1, parameters=parameters)
"""

    def healthy() -> bool:
        try:
            return httpx.get(f"{url}/health", timeout=5).is_success
        except httpx.HTTPError:
            return False

    with (
        process("-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port), **settings),
        temporary_settings({PREFECT_API_URL: url}),
    ):
        assert wait_for(healthy, 90), "the server did not start"
        with (
            process("-c", serve, PREFECT_API_URL=url, PREFECT_RUNNER_POLL_FREQUENCY="1", **settings),
            get_client(sync_client=True) as client,
        ):

            def completed() -> Any:  # noqa: ANN401
                return [one for one in client.read_flow_runs() if one.auto_scheduled and one.state_name == "Completed"]

            runs = wait_for(completed, 60)
            assert runs, "no schedule fired"
            first = runs[0].id

            def told() -> bool:
                logs = client.read_logs(LogFilter(flow_run_id=LogFilterFlowRunId(any_=[first])))
                return any("written, SHA-256" in one.message for one in logs)

            assert wait_for(told, 20), "the run has no log"
            left = client.read_artifacts(flow_run_filter=FlowRunFilter(id=FlowRunFilterId(any_=[first])))
    assert annex.exists()
    assert sorted(one.key for one in left if one.type == "table" and one.key) == ["findings", "partner-shares"]
