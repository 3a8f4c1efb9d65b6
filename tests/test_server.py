"""docs/server.md: its commands are run one after the other as they stand there, on a real PostgreSQL and Prefect."""

import importlib.util
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from asyncio import Event
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT
from postgresql import PASSWORD, Server, programs

if importlib.util.find_spec("prefect") is None:
    pytest.skip("Prefect is not installed (pip install ka2budget[flows])", allow_module_level=True)
if not Path("/proc/self/stat").exists():
    pytest.skip("the server is one of Linux", allow_module_level=True)

import httpx
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

PAGE = (ROOT / "docs" / "server.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", PAGE, flags=re.DOTALL)
COMMANDS = [line[2:] for kind, block in BLOCKS if kind == "console" for line in block.splitlines()]
SETTINGS, *UNITS = [block for kind, block in BLOCKS if kind == "ini"]
LASTING = ("prefect server start", "prefect worker start --pool grants --limit 1")
"""Commands that run until they are stopped."""
HERE = "/srv/ka2budget"
SECONDS = 120
"""How long a command may take, or something be waited for; many times what it takes."""


class Post:
    """A mail server's side: keeps what it gets, unless it is told to leave everybody waiting."""

    def __init__(self) -> None:
        self.messages: list[bytes] = []
        self.stuck = False
        self.waiting = 0

    async def handle_RCPT(  # noqa: N802 - so aiosmtpd calls it
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if self.stuck:
            self.waiting += 1
            await Event().wait()
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - the same
        self.messages.append(envelope.original_content or b"")
        return "250 OK"


class Office:
    """A machine as the page describes it: a folder, its settings, and what runs on it."""

    def __init__(self, folder: Path, environment: dict[str, str], post: Post) -> None:
        self.folder, self.environment, self.post = folder, environment, post
        self.url = environment["PREFECT_API_URL"]
        self.running: list[subprocess.Popen[bytes]] = []
        self.answers: dict[str, str] = {}

    def run(self, command: str) -> str:
        """Run a command of the page and return what it says; fail with that if it fails."""
        done = subprocess.run(
            ["/bin/sh", "-c", command], cwd=self.folder, env=self.environment, timeout=SECONDS, check=False,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8",
        )  # fmt: skip
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{self.logs()}"
        return done.stdout

    def start(self, command: str) -> None:
        """Start a command that runs until it is stopped; wait until the server answers."""
        with (self.folder / f"{command.split()[1]}.log").open("ab") as log:
            process = subprocess.Popen(
                command.split(), cwd=self.folder, env=self.environment, stdin=subprocess.DEVNULL, stdout=log,
                stderr=log,
            )  # fmt: skip
        self.running.append(process)
        if command == LASTING[0]:
            assert wait_for(lambda: process.poll() is not None or self.answers_at_all()), self.logs()
        assert process.poll() is None, self.logs()

    def answers_at_all(self) -> bool:
        with suppress(httpx.HTTPError):
            return httpx.get(f"{self.url}/health", timeout=5).is_success
        return False

    def ask(self, what: str) -> list[dict[str, Any]]:
        """Return all runs or artifacts, newest last, as the server has them."""
        user, password = self.environment["PREFECT_API_AUTH_STRING"].split(":")
        found = httpx.post(f"{self.url}/{what}/filter", json={}, auth=(user, password), timeout=30)
        rows: list[dict[str, Any]] = found.raise_for_status().json()
        return sorted(rows, key=lambda row: str(row["created"]))

    def logs(self) -> str:
        return "\n".join(log.read_text(encoding="utf-8", errors="replace")[-5000:] for log in self.folder.glob("*.log"))

    def die(self) -> None:
        """Kill all that runs, at once, with everything it started."""
        for process in (process for one in self.running for process in family(one.pid)):
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        for one in self.running:
            one.wait(SECONDS)
        self.running.clear()


def family(process: int) -> list[int]:
    """Return a process and all that it started and that still run, whatever session they are in."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            parents[int(stat.parent.name)] = int(stat.read_text(encoding="utf-8").rpartition(")")[2].split()[1])
    found = [process]
    for one in found:
        found += [child for child, parent in parents.items() if parent == one]
    return found


def wait_for(condition: Callable[[], object]) -> object:
    """Return what the condition returns as soon as that is something; None where it never is."""
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        if found := condition():
            return found
        time.sleep(0.2)
    return None


def free_ports(count: int) -> list[int]:
    """Return ports that nobody uses, each another one."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def settings(folder: Path, postgres: int, prefect: int, smtp: int) -> dict[str, str]:
    """Return the settings of the page, with our ports and folder in place of its own."""
    found = dict(line.split("=", 1) for line in SETTINGS.splitlines())
    for ours, theirs in {f":{postgres}/": ":5432/", f"{prefect}": "4200", str(folder): HERE}.items():
        assert any(theirs in value for value in found.values()), theirs
        found = {name: value.replace(theirs, ours) for name, value in found.items()}
    return found | {"KA2BUDGET_SMTP": f"smtp://127.0.0.1:{smtp}"}


@pytest.fixture(scope="module")
def office(postgresql: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """An office in which every command of the page was run, in its order."""
    folder, tools = tmp_path_factory.mktemp("office"), tmp_path_factory.mktemp("tools")
    for part in ("flows", "examples"):
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    installed = programs()
    assert installed is not None
    sudo = tools / "sudo"  # here nobody has to become another: the right user is one of the database alone
    names = {"HOST": "127.0.0.1", "PORT": postgresql.port, "USER": "office", "PASSWORD": PASSWORD}
    exported = " ".join(f"PG{name}={value}" for name, value in (names | {"DATABASE": "postgres"}).items())
    sudo.write_text(f'#!/bin/sh\n[ "$1 $2" = "-u postgres" ] || exit 9\nshift 2\n{exported} exec "$@"\n')
    sudo.chmod(0o755)
    places = [tools, Path(sys.executable).parent, installed, os.environ["PATH"]]
    prefect, smtp = free_ports(2)
    environment = {
        "PATH": os.pathsep.join(map(str, places)),
        "HOME": str(folder),
        "LC_ALL": "C.UTF-8",
        "PREFECT_WORKER_QUERY_SECONDS": "1",  # else up to 10 seconds pass before a run begins
    } | settings(folder, postgresql.port, prefect, smtp)
    post = Post()
    mail = Controller(post, hostname="127.0.0.1", port=smtp)
    found = Office(folder, environment, post)
    mail.start()
    try:
        for command in COMMANDS:
            if command in LASTING:
                found.start(command)
            else:
                found.answers[command] = found.run(command)
        yield found
    finally:
        found.die()
        mail.stop()
        for database in ("ka2budget", "prefect", "trial"):
            postgresql.execute(f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")
        postgresql.execute("DROP ROLE IF EXISTS ka2budget")


def answer(office: Office, beginning: str) -> str:
    """Return what the one command said that begins so."""
    (said,) = (said for command, said in office.answers.items() if command.startswith(beginning))
    return said


def test_the_services_run_what_was_tried_by_hand() -> None:
    assert set(LASTING) <= set(COMMANDS)
    for unit, command in zip(UNITS, LASTING, strict=True):
        assert f"\nExecStart={HERE}/.venv/bin/{command}\n" in unit
        assert f"\nWorkingDirectory={HERE}\n" in unit
        assert "\nEnvironmentFile=/etc/ka2budget.env\n" in unit


def test_the_links_of_the_page_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", PAGE):
        assert (ROOT / "docs" / target).exists(), target


def test_every_run_completed_and_left_what_the_page_says(office: Office) -> None:
    runs = {run["id"]: run for run in office.ask("flow_runs") if not run["auto_scheduled"]}
    assert [run["state_type"] for run in runs.values()] == ["COMPLETED"] * 3
    left = [one for one in office.ask("artifacts") if one["flow_run_id"] in runs]
    tables = {one["key"]: json.loads(one["data"]) for one in left if one["type"] == "table"}
    assert {"late", "grants", "partner-shares"} <= set(tables)
    assert "2025-1-PL01-KA220-ADU-000012345" in tables["grants"][0].values()
    assert "2025-1-PL01-KA220-ADU-000012345" in answer(office, "prefect artifact inspect")
    assert [one["data"].endswith("/files/annex.xlsx)") for one in left if one["key"] == "written"] == [True]
    assert (office.folder / "files" / "annex.xlsx").read_bytes().startswith(b"PK")
    assert (office.folder / "files" / "grants.ics").read_bytes().startswith(b"BEGIN:VCALENDAR")


def test_the_mail_went_out_once(office: Office) -> None:
    (message,) = office.post.messages
    assert b"From: grants@example.org" in message
    assert b"To: grants@example.org" in message


def test_the_schedules_are_those_of_the_page_in_brussels_time(office: Office) -> None:
    schedules = {
        f"{one['name']}": (one["schedules"][0]["schedule"]["cron"], one["schedules"][0]["schedule"]["timezone"])
        for one in office.ask("deployments")
        if one["schedules"]
    }
    assert schedules == {"daily": ("0 7 * * *", "Europe/Brussels"), "weekly": ("30 6 * * 1", "Europe/Brussels")}
    assert "0 7 * * *" in answer(office, "prefect deployment schedule ls")
    assert "at 7:00" in PAGE
    assert "Mondays at 6:30" in PAGE


def test_without_its_setting_no_calendar_is_written(office: Office) -> None:
    def told() -> dict[str, Any]:
        (daily,) = (one for one in office.ask("deployments") if one["name"] == "daily")
        parameters: dict[str, Any] = daily["parameters"]
        return parameters

    assert told() == {"calendar": str(office.folder / "files" / "grants.ics")}
    deploy = "prefect --no-prompt deploy --name daily --prefect-file flows/prefect.yaml"
    assert "KA2BUDGET_CALENDAR" in office.run(f"env -u KA2BUDGET_CALENDAR {deploy}")
    assert told() == {}


def test_nothing_is_told_without_the_password_but_that_the_server_runs(office: Office) -> None:
    assert httpx.get(f"{office.url}/health", timeout=30).json() is True
    assert httpx.get(f"{office.url}/admin/version", timeout=30).status_code == httpx.codes.UNAUTHORIZED
    asked = httpx.post(f"{office.url}/flow_runs/filter", json={}, auth=("office", "guessed"), timeout=30)
    assert asked.status_code == httpx.codes.UNAUTHORIZED


def test_the_restored_backup_is_the_register(office: Office) -> None:
    restored = answer(office, "ka2budget grant list --store")
    assert "2025-1-PL01-KA220-ADU-000012345" in restored
    assert restored == office.run("ka2budget grant list")


def test_a_run_that_died_with_the_machine_hinders_no_other_and_its_mail_goes_out_once(office: Office) -> None:
    before = len(office.post.messages)
    office.post.stuck = True
    office.run("prefect deployment run reminders/daily --param on=2030-01-07")
    assert wait_for(lambda: office.post.waiting), office.logs()
    office.die()
    office.post.stuck = False
    for command in LASTING:
        office.start(command)
    office.run("prefect deployment run reminders/daily --watch --param on=2030-01-07")
    assert len(office.post.messages) == before + 1
    runs = [run for run in office.ask("flow_runs") if not run["auto_scheduled"]]
    assert [run["state_type"] for run in runs[-2:]] == ["RUNNING", "COMPLETED"]
    office.run(f"prefect flow-run delete {runs[-2]['id']}")
