"""What happens when things break: killed at every step, no database, no disk, no mail, the clock, two at once.

``make faults`` prints one table of what was done, what was checked, and whether it holds; tests/test_faults.py does a
small part of the same.
"""

import hashlib
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime, timedelta
from functools import partial
from importlib import import_module
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

os.environ.setdefault("PREFECT_HOME", str(Path(tempfile.gettempdir()) / "ka2budget-faults-prefect"))

from breaking import (
    ROOT,
    Grumpy,
    Outcome,
    Postgres,
    Server,
    Trap,
    Work,
    attempt,
    clock,
    kill,
    lose_answer,
    postgres_programs,
    small_files,
    together,
    true_server,
)
from sqlalchemy import select

from flows import balance_payment, budget_annex, final_report, interim_report, portfolio, reminders
from ka2budget import cli, mail, registry, steps
from ka2budget.event import Details
from ka2budget.lifecycle import EventKind
from ka2budget.registry import Draft
from ka2budget.reminders import lead_on
from ka2budget.store import Store
from ka2budget.store.outbox import alone
from ka2budget.store.tables import AGENDA, REMINDERS, STANDINGS

for _name in (
    "alembic.command", "alembic.runtime.migration", "psycopg", "ka2budget.annex", "ka2budget.ics",
    "ka2budget.cli.forms", "ka2budget.cli.grant", "ka2budget.cli.grants", "ka2budget.cli.workbooks",
    "ka2budget.form.filled", "ka2budget.form.merging", "ka2budget.form.writing", "ka2budget.official.fill",
    "ka2budget.official.recognise",
):  # fmt: skip
    import_module(_name)  # once, so that no child has to

EXAMPLES = ROOT / "examples"
MENTOR, LETTERS, CRAFTS = "2025-1-PL01-KA220-ADU-000000001", "2026-1-CZ01-KA210-SCH-000000002", "101000003"
ON = "2026-08-20"
"""The day on which people are reminded: some dates are late, some are to come."""
MOST = 2000
"""More steps than any job has."""
OFFICE = "store.sqlite"
BRUSSELS = ZoneInfo("Europe/Brussels")


class Row(NamedTuple):
    """One line of the table."""

    fault: str
    count: int
    checked: str
    problems: Sequence[str]
    uncertain: tuple[int, int] = (0, 0)
    """Reminders noted as perhaps not sent: those that arrived, those that did not."""
    kills: int = 0


# The office.


def furnish(folder: Path) -> None:
    """Lay out the files of the office, and its store with three grants."""
    for name in ("mentor-ka220", "mentor-report", "letters-ka210", "letters-report", "crafts-cbvet"):
        shutil.copy(EXAMPLES / f"{name}.toml", folder)
    people = {MENTOR: ("anna", "ben"), LETTERS: ("anna", "carla"), CRAFTS: ("dora",)}
    for reference, contacts in people.items():
        said = {"reference": reference, "contacts": [f"{one}@example.org" for one in contacts]}
        lines = [f"{name} = {json.dumps(one)}" for name, one in said.items()]
        (folder / f"{reference}.toml").write_text("\n".join(lines))
    (folder / "proof.txt").write_text("Paid.")


def fill_store(folder: Path, url: str) -> None:
    """Take in the grants; the first is paid and runs."""
    with closing(Store.open(url)) as store:
        for reference, name in ((MENTOR, "mentor-ka220"), (LETTERS, "letters-ka210"), (CRAFTS, "crafts-cbvet")):
            agreement = folder / f"{reference}.toml"
            registry.register(store, folder / f"{name}.toml", "office", date(2025, 9, 1), agreement)
        for kind, day, said in (
            (EventKind.SIGNED, date(2025, 10, 1), {}),
            (EventKind.PAYMENT_RECEIVED, date(2025, 12, 10), {"amount": 200_000}),
        ):
            draft = Draft(kind, day, "office", Details.model_validate(said))
            registry.record(store, MENTOR, draft, date(2026, 1, 1))


def outdate(_folder: Path, url: str) -> None:
    """Let another version have worked out how the grants stand."""
    with closing(Store.open(url)) as store, store.writing() as connection:
        connection.execute(STANDINGS.update().values(made_by="another"))


def report_sent(folder: Path, url: str) -> None:
    """Let the final report have been sent."""
    with closing(Store.open(url)) as store:
        draft = Draft(EventKind.FINAL_REPORT, date(2026, 8, 1), "office", document=folder / "mentor-report.toml")
        registry.record(store, MENTOR, draft, date(2026, 8, 1))


def forms(folder: Path, _url: str) -> None:
    """Let two partners have their forms, and the agency's table be there."""
    from test_official import stand_in  # noqa: PLC0415 - it brings pytest

    project = steps.read_project(folder / "mentor-ka220.toml")
    for partner in ("P2", "P3"):
        steps.write_new_form(folder / f"{partner}.xlsx", project.action, project.call, "en", project, partner)
    stand_in(folder / "table.xlsx", 4, 5)


def command(*words: str) -> Work:
    """Return what a line on the command line does."""

    def work() -> None:
        sys.argv = ["ka2budget", *words]
        cli.main()

    return work


class Job(NamedTuple):
    """Something the office does; files by their names in its folder, and the store that the environment says."""

    name: str
    work: Work
    made: tuple[str, ...] = ()
    """The files it makes or replaces."""
    before: Callable[[Path, str], None] = lambda *_: None
    """What has to have happened."""
    empty: bool = False
    """Whether it begins without a store."""
    replaces: bool = True
    """Whether it replaces what is there."""
    stores: bool = True


JOBS = {
    job.name: job
    for job in (
        Job("flow reminders", lambda: reminders.reminders.fn(None, "dates.ics", ON), ("dates.ics",)),
        Job(
            "flow balance_payment",
            lambda: balance_payment.balance_payment.fn(MENTOR, "mentor-report.toml", "final.xlsx", "2026-09-01"),
            ("final.xlsx",), report_sent,
        ),
        Job("flow portfolio", lambda: portfolio.portfolio.fn(None, 30, ON), before=outdate),
        Job(
            "flow final_report, grant",
            lambda: final_report.final_report.fn(MENTOR, "mentor-report.toml", "final.xlsx", today="2026-08-20"),
            ("final.xlsx",),
        ),
        Job(
            "flow final_report, prepare",
            lambda: final_report.final_report.fn(MENTOR, None, "report.xlsx"), ("report.xlsx",), replaces=False,
        ),
        Job(
            "flow interim_report, prepare",
            lambda: interim_report.interim_report.fn(MENTOR, None, "interim.xlsx"), ("interim.xlsx",), replaces=False,
        ),
        Job(
            "flow interim_report, take back",
            lambda: interim_report.interim_report.fn(MENTOR, "mentor-report.toml", sent_on="2026-08-20"),
        ),
        Job(
            "flow final_report, files",
            lambda: final_report.final_report.fn("mentor-ka220.toml", "mentor-report.toml", "f.xlsx", today=ON),
            ("f.xlsx",), stores=False,
        ),
        Job(
            "flow budget_annex",
            lambda: budget_annex.budget_annex.fn("mentor-ka220.toml", "annex.xlsx", today=ON),
            ("annex.xlsx",), stores=False,
        ),
        Job(
            "grant register",
            command("grant", "register", "mentor-ka220.toml", "--agreement", f"{MENTOR}.toml", "--by", "office"),
            empty=True,
        ),
        Job(
            "grant event",
            command(
                "grant", "event", MENTOR, "transfer", "--amount", "43306.67", "--partner", "P2", "--on", "2026-01-08",
                "--document", "proof.txt", "--by", "office",
            ),
        ),
        Job("annex", command("annex", "mentor-ka220.toml", "-o", "a.xlsx", "--today", ON), ("a.xlsx",), stores=False),
        Job(
            "merge", command("merge", "P2.xlsx", "P3.xlsx", "--base", "mentor-ka220.toml", "-o", "m.toml"),
            ("m.toml",), forms, stores=False,
        ),
        Job(
            "fill", command("fill", "crafts-cbvet.toml", "--workbook", "table.xlsx", "-o", "filled.xlsx"),
            ("filled.xlsx",), forms, stores=False,
        ),
    )
}  # fmt: skip

OLD = b"what stood there before"


class Picture(NamedTuple):
    """All that is left of a piece of work, without the moments at which it was done."""

    store: dict[str, Any]
    files: dict[str, str]


class Bench:
    """Does jobs of the office over and over, breaks them, and compares what is left with what should be."""

    def __init__(self, post: Server, postgres: Postgres | None = None) -> None:
        self.post, self.postgres = post, postgres
        memory = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 - a folder of its own is made in it
        self.root = Path(tempfile.mkdtemp(prefix="ka2budget-faults-", dir=memory))
        self.uncertain = [0, 0]
        self._count = 0
        self._set: dict[tuple[str, bool], Path] = {}

    def close(self) -> None:
        """Remove everything."""
        shutil.rmtree(self.root)
        if self.postgres is not None:
            self.postgres.close()

    def template(self, job: Job) -> Path:
        """Return the folder that is copied for each try of a job; with PostgreSQL, its database has the same name."""
        key = job.name, self.postgres is not None
        if key not in self._set:
            folder = self.root / f"job{len(self._set)}"
            folder.mkdir()
            furnish(folder)
            url = str(folder / OFFICE) if self.postgres is None else self.postgres.fresh(folder.name)
            if not job.empty:
                fill_store(folder, url)
                job.before(folder, url)
            self._set[key] = folder
        return self._set[key]

    @contextmanager
    def place(self, job: Job, *, old: bool = False) -> Iterator["Place"]:
        """Give a place where the job can be done."""
        template = self.template(job)
        self._count += 1
        folder = self.root / f"try{self._count}"
        shutil.copytree(template, folder)
        url = str(folder / OFFICE)
        if self.postgres is not None:
            self.postgres.ensure()
            url = self.postgres.fresh("try", template.name)
        for name in job.made if old else ():
            (folder / name).write_bytes(OLD)
        self.post.forget()
        yield Place(self, job, folder, url)
        shutil.rmtree(folder)


class Place:
    """One try: a folder, a store, and what has to come of it."""

    def __init__(self, bench: Bench, job: Job, folder: Path, url: str) -> None:
        self.bench, self.job, self.folder, self.url = bench, job, folder, url

    def there(self, work: Work, post: Server | None = None) -> Work:
        """Return a piece of work that is done here, with a mail server of its own where one is given."""
        return partial(_there, work, self.folder, self.url, (post or self.bench.post).url)

    def do(self, trap: Trap | None = None, outside: Callable[[], object] = lambda: None) -> Outcome:
        """Do the job."""
        return attempt(self.there(self.job.work), trap, outside)

    def picture(self) -> Picture:
        """Return what is left."""
        content = stored(self.url) if self.job.stores else {}
        return Picture(content, {name: digest(self.folder / name) for name in self.job.made})

    def recorded(self) -> bool:
        """Return whether an event was added."""
        if self.job.empty:
            return bool(stored(self.url)["events"])
        template, postgres = self.bench.template(self.job), self.bench.postgres
        before = str(template / OFFICE) if postgres is None else postgres.url(template.name)
        return bool(stored(self.url)["events"] != stored(before)["events"])

    def half(self, want: Picture) -> Iterator[str]:
        """Yield what is wrong in between: a file that is neither the old one nor the new one."""
        for name in self.job.made:
            file = self.folder / name
            if file.exists() and file.read_bytes() != OLD and digest(file) != want.files[name]:
                yield f"{name} is half written"

    def wrong(self, want: Picture, mails: Counter[Any]) -> Iterator[str]:
        """Yield what is wrong in the end."""
        found = self.picture()
        yield from different(found.store, want.store)
        yield from (f"{name} is another file" for name in want.files if found.files[name] != want.files[name])
        self.bench.post.settle()
        came = Counter(self.bench.post.took())
        yield from (f"{one.recipient} got {one.name} {count} times" for one, count in came.items() if count > 1)
        yield from (f"{one.recipient} got {one.name}, which is another" for one in came - mails)
        doubt = {one[-1] for one in found.store.get("reminders", ()) if one[-2] == "uncertain"}
        missing = mails - came
        yield from (f"{one.recipient} never got {one.name}" for one in missing if message(one) not in doubt)
        self.bench.uncertain[1] += (lost := sum(message(one) in doubt for one in missing))
        self.bench.uncertain[0] += len(doubt) - lost
        yield from (f"{one.name} stays" for one in self.folder.iterdir() if one.name.startswith("."))


def _there(work: Work, folder: Path, url: str, smtp: str) -> None:
    os.chdir(folder)
    os.environ |= {"KA2BUDGET_STORE": url, "KA2BUDGET_SMTP": smtp, "KA2BUDGET_SENDER": "office@example.org"}
    os.environ["LANGUAGE"] = "en"
    work()


def age(folder: Path) -> None:
    """Let two hours pass for the temporary files of a folder."""
    for one in folder.iterdir():
        if one.name.startswith("."):
            before = one.stat().st_mtime - 7200
            os.utime(one, (before, before))


def message(one: Any) -> str:  # noqa: ANN401 - a mail
    """Return the name of a message from its Message-ID."""
    return str(one.name).strip("<> ").partition("@")[0]


def digest(file: Path) -> str:
    """Return what tells one file from another; the moment at which a calendar was made does not."""
    content = file.read_bytes() if file.exists() else b"absent"
    return hashlib.sha256(re.sub(rb"DTSTAMP:\w+", b"", content)).hexdigest()


def stored(url: str) -> dict[str, Any]:
    """Return what a store holds."""
    with closing(Store.open(url)) as store:
        references = store.references()
        with store.reading() as connection:
            rows = connection.execute(select(REMINDERS)).all()
        return {
            "events": {
                one: [event.model_dump(mode="json", exclude={"recorded"}) for event in store.events(one)]
                for one in references
            },
            "standings": [str(one) for one in registry.standings(store)],
            "agenda": sorted(str(one.plain()) for one in registry.agenda(store, date.max)),
            "reminders": sorted(
                (row.reference, row.key, str(row.date), row.lead, row.recipient,
                 "sent" if row.sent else "uncertain" if row.handed_over else "waits", row.message)
                for row in rows
            ),
        }  # fmt: skip


def different(found: dict[str, Any], want: dict[str, Any]) -> Iterator[str]:
    """Yield in which respects a store is not as it should be; a reminder may be uncertain in place of sent."""
    if "reminders" in found:
        sure = [(*one[:-2], "sent" if one[-2] == "uncertain" else one[-2], one[-1]) for one in found["reminders"]]
        found = found | {"reminders": sure}
    for name, content in want.items():
        if found[name] != content:
            yield f"{name}: {found[name]} instead of {content}"
    for reference, events in found.get("events", {}).items():
        if [event["number"] for event in events] != list(range(1, len(events) + 1)):
            yield f"{reference}: the numbers have gaps"


def wanted(bench: Bench, job: Job) -> tuple[Picture, Counter[Any], int]:
    """Return what comes of a job that nothing breaks, and how many steps it has."""
    with bench.place(job) as place:
        outcome = place.do(Trap(0, kill))
        if not outcome.done:
            raise RuntimeError(f"{job.name}: {outcome}")
        bench.post.settle()
        return place.picture(), Counter(bench.post.took()), outcome.steps


def told(outcome: Outcome) -> Iterator[str]:
    """Yield what a piece of work said that is no sentence."""
    if outcome.broken is not None:
        yield outcome.broken


# Killed.


def killed(bench: Bench, job: Job, every: int = 1) -> Row:
    """Kill a job at each of its steps, do it again, and compare."""
    want, mails, _ = wanted(bench, job)
    bench.uncertain = [0, 0]
    problems, kills, at = [], 0, 1
    while at < MOST:
        with bench.place(job, old=job.replaces and kills % 2 == 1) as place:
            outcome = place.do(Trap(at, kill))
            if not outcome.killed:
                problems += told(outcome)
                break
            kills += 1
            found = [*place.half(want), *_completed(place, want, mails)]
            problems += [f"killed at step {at}: {one}" for one in found]
        at += every
    where = "PostgreSQL" if bench.postgres else "SQLite" if job.stores else "files"
    checked = ["history whole, once"] * job.stores + ["no half file"] * bool(job.made) + ["mails once"] * bool(mails)
    return Row(
        f"killed: {job.name}, {where}", kills, ", ".join([*checked, "next run completes"]), problems,
        (bench.uncertain[0], bench.uncertain[1]), kills,
    )  # fmt: skip


def _completed(place: Place, want: Picture, mails: Counter[Any]) -> Iterator[str]:
    age(place.folder)
    again = place.do()
    if not again.done and "registered already" not in (again.refusal or ""):
        yield f"the next run: {again}"
    yield from place.wrong(want, mails)


def cut_while_writing(bench: Bench, job: Job, step: int = 4096) -> Row:
    """Kill a job when a file grows beyond a limit, in the middle of the write; another one with every limit."""
    want, mails, _ = wanted(bench, job)
    bench.uncertain = [0, 0]
    problems, kills, limit = [], 0, 0
    while kills < MOST:
        with bench.place(job, old=job.replaces) as place:
            outcome = attempt(place.there(partial(_limited, job.work, limit, deadly=True)))
            if not outcome.killed:
                problems += told(outcome)
                break
            kills += 1
            found = [*place.half(want), *_completed(place, want, mails)]
            problems += [f"killed at {limit} bytes: {one}" for one in found]
        limit += step
    checked = "history whole, no half file, next run completes"
    return Row(
        f"killed in the middle of a write: {job.name}", kills, checked, problems,
        (bench.uncertain[0], bench.uncertain[1]), kills,
    )  # fmt: skip


def _limited(work: Work, limit: int, *, deadly: bool) -> None:
    small_files(limit, deadly=deadly)
    work()


# The disk.


def disk_full(bench: Bench, job: Job, step: int = 4096) -> Row:
    """Let a job run into the end of the disk at each size, then give it room."""
    want, mails, _ = wanted(bench, job)
    bench.uncertain = [0, 0]
    problems, count, limit = [], 0, 0
    while count < MOST:
        with bench.place(job, old=job.replaces) as place:
            outcome = attempt(place.there(partial(_limited, job.work, limit, deadly=False)))
            problems += [f"full at {limit} bytes: {one}" for one in told(outcome)]
            if outcome.done:
                break
            count += 1
            problems += [f"full at {limit} bytes: {one}" for one in place.half(want)]
            if any(one.name.startswith(".") for one in place.folder.iterdir()):
                problems.append(f"full at {limit} bytes: a temporary file stays")
            problems += [f"full at {limit} bytes: {one}" for one in _completed(place, want, mails)]
        limit += step
    return Row(
        f"disk full: {job.name}", count, "a sentence, nothing half, next run completes", problems,
        (bench.uncertain[0], bench.uncertain[1]),
    )  # fmt: skip


def small_disk(bench: Bench, job: Job, sizes: Sequence[int]) -> Row | None:
    """Do a job on a small file system of its own that is full but for so many KB; None where none can be mounted."""
    want, mails, _ = wanted(bench, job)
    bench.uncertain = [0, 0]
    problems: list[str] = []
    for free in sizes:
        with bench.place(job) as place:
            disk = Path(tempfile.mkdtemp(prefix="ka2budget-disk-"))
            mount = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(disk)]
            if subprocess.run(mount, capture_output=True, check=False).returncode:
                disk.rmdir()
                return None
            try:
                shutil.copytree(place.folder, disk, dirs_exist_ok=True)
                there = Place(bench, job, disk, str(disk / OFFICE))
                room = shutil.disk_usage(disk).free - free * 1024
                (disk / "ballast").write_bytes(bytes(max(0, room)))
                outcome = there.do()
                problems += [f"{free} KB free: {one}" for one in (*told(outcome), *there.half(want))]
                (disk / "ballast").unlink()
                problems += [f"{free} KB free: {one}" for one in _completed(there, want, mails)]
            finally:
                subprocess.run(["umount", str(disk)], check=True)  # noqa: S607 - any umount does
                disk.rmdir()
    checked = "a sentence, nothing half, next run completes"
    return Row(f"small tmpfs: {job.name}", len(sizes), checked, problems, (bench.uncertain[0], bench.uncertain[1]))


# The database.


def away(bench: Bench, job: Job, name: str, act: Callable[[Postgres], object], every: int = 1) -> Row:
    """Take the database away at each statement and commit of a job."""
    postgres = bench.postgres
    if postgres is None:
        raise RuntimeError("only a server can be away")
    want, mails, _ = wanted(bench, job)
    bench.uncertain = [0, 0]
    problems, count, at = [], 0, 1
    while at < MOST:
        with bench.place(job, old=job.replaces) as place:
            acted: list[int] = []

            def take(acted: list[int] = acted) -> None:
                acted.append(1)
                act(postgres)

            outcome = place.do(Trap(at, lines=False), take)
            if not acted:
                break
            count += 1
            postgres.ensure()
            found = [*told(outcome), *place.half(want), *_completed(place, want, mails)]
            problems += [f"{name} at step {at}: {one}" for one in found]
        at += every
    return Row(
        f"database {name}: {job.name}", count, "a sentence, next run completes", problems,
        (bench.uncertain[0], bench.uncertain[1]),
    )  # fmt: skip


def answer_lost(bench: Bench, job: Job) -> Row:
    """Lose the answer to each commit of a job: the database did it, and the job cannot know."""
    want, mails, _ = wanted(bench, job)
    bench.uncertain = [0, 0]
    problems, count = [], 0
    while count < MOST:
        with bench.place(job, old=job.replaces) as place:
            outcome = attempt(place.there(partial(_answerless, job.work, count + 1)))
            if outcome.broken == "exit code 9":
                break
            count += 1
            if outcome.refusal and "Nothing was changed" in outcome.refusal and place.recorded():
                problems.append(f"commit {count}: it says that nothing was changed")
            found = [*told(outcome), *place.half(want), *_completed(place, want, mails)]
            problems += [f"answer to commit {count} lost: {one}" for one in found]
    return Row(
        f"database: answer to a commit lost: {job.name}", count, "a true sentence, next run completes", problems,
        (bench.uncertain[0], bench.uncertain[1]),
    )  # fmt: skip


def _answerless(work: Work, at: int) -> None:
    lost = lose_answer(at)
    try:
        work()
    finally:
        if not lost:
            sys.exit(9)


AWAY: dict[str, Callable[[Postgres], object]] = {
    "ends the connection": Postgres.terminate,
    "stopped": lambda one: one.stop(signal.SIGQUIT),
    "killed": lambda one: one.stop(signal.SIGKILL),
    "restarted": Postgres.restart,
}


# Mail.


ANSWERS = ("421 later", "450 busy", "550 no", "close", "silence", "xyz")


def grumpy_mail(bench: Bench, answers: Sequence[str] = ANSWERS) -> Row:
    """Let the mail server refuse, break off or be silent at every stage of the first message of a run."""
    job = JOBS["flow reminders"]
    want, mails, _ = wanted(bench, job)
    bench.uncertain = [0, 0]
    problems: list[str] = []
    scenes = [
        (stage, answer, keeps)
        for stage in Grumpy.STAGES
        for answer in answers
        for keeps in ((False, True) if stage == "end" and answer in {"close", "silence", "xyz"} else (False,))
    ]
    scenes.append(("STAR", "220 go on", False))  # and then it speaks no TLS
    for scene in scenes:
        problems += [f"{scene}: {one}" for one in _grumpy(bench, job, scene, want, mails)]
    return Row(
        "mail server refuses, breaks off, is silent", len(scenes),
        "a sentence, others get theirs, next run completes, none twice", problems,
        (bench.uncertain[0], bench.uncertain[1]),
    )  # fmt: skip


def _grumpy(bench: Bench, job: Job, scene: tuple[str, str, bool], want: Picture, mails: Counter[Any]) -> Iterator[str]:
    stage, answer, keeps = scene

    def impatient() -> None:
        mail._SECONDS = 0.3  # noqa: SLF001 - a test has no half minute
        job.work()

    with bench.place(job) as place, closing(Server(Grumpy(stage, answer, keeps=keeps))) as grumpy:
        began = time.monotonic()
        outcome = attempt(place.there(impatient, grumpy))
        yield from told(outcome)
        if time.monotonic() - began > 5:
            yield "it took very long"
        took = Counter(grumpy.took())
        if len(took) < len(mails) - 1:
            yield f"others did not get theirs: {len(took)} of {len(mails)} went out"
        if outcome.done and len(took) < len(mails):
            yield "a message stays, and nobody is told"
        again = place.do()
        if not again.done:
            yield f"the next run: {again}"
        for one in bench.post.took():  # both servers deliver to the same people
            (grumpy.folder / f"{time.monotonic_ns():020}.json").write_text(json.dumps(one._asdict()))
        together_, bench.post = bench.post, grumpy
        grumpy.settle = lambda: None  # type: ignore[method-assign]
        try:
            yield from place.wrong(want, mails)
        finally:
            bench.post = together_


def no_answer_in_prefect(bench: Bench) -> Row:
    """Let the mail server break off after a message it took, under Prefect, which tries again what may pass."""
    job = JOBS["flow reminders"]
    want, mails, _ = wanted(bench, job)
    problems: list[str] = []
    with bench.place(job) as place, closing(Server(Grumpy("end", "close", keeps=True))) as grumpy:
        words, _ = PROGRAMS[job.name]
        running = _start(words, place.folder, _surroundings(bench, place) | {"KA2BUDGET_SMTP": grumpy.url})
        code, took = running.wait(120), Counter(grumpy.took())
        if code != 2:
            problems.append(f"exit code {code}")
        problems += [f"{one.name} came {times} times" for one, times in took.items() if times > 1]
        problems += [f"{one.name} did not come" for one in mails - took]
        again = place.do()
        problems += [] if again.done else [f"the next run: {again}"]
        problems += [f"{one.name} came again" for one in bench.post.took()]
        problems += different(place.picture().store, want.store)
    return Row("mail server takes it and breaks off, under Prefect", 1, "told, not sent again", problems, (1, 0))


def no_mail(bench: Bench) -> Row:
    """Let nobody listen where the mail server should be, or demand encryption where none is offered."""
    job = JOBS["flow reminders"]
    want, mails, _ = wanted(bench, job)
    bench.uncertain = [0, 0]
    problems: list[str] = []
    with closing(Server(true_server)) as gone:
        port = gone.port
    urls = [f"smtp://127.0.0.1:{port}", f"smtps://127.0.0.1:{bench.post.port}", "smtp://nowhere.invalid:25"]
    urls.append(f"smtp://user:password@{'.'.join(map(str, (127, 0, 0, 2)))}:{bench.post.port}")
    for url in urls:
        with bench.place(job) as place:

            def work(url: str = url) -> None:
                os.environ["KA2BUDGET_SMTP"] = url
                mail._SECONDS = 0.5  # noqa: SLF001
                job.work()

            outcome = attempt(place.there(work))
            problems += told(outcome)
            if outcome.refusal is None or "password" in outcome.refusal.replace("the password is not", ""):
                problems.append(f"{url}: {outcome}")
            problems += _completed(place, want, mails)
    checked = "a sentence, every letter waits, next run completes"
    return Row("no mail server, no encryption", len(urls), checked, problems, (bench.uncertain[0], bench.uncertain[1]))


# The clock.

ZONES = (
    "UTC", "Europe/Brussels", "Europe/Athens", "Atlantic/Azores", "America/Los_Angeles", "Pacific/Kiritimati",
    "Asia/Beirut",
)  # fmt: skip


CHANGES = date(2026, 3, 29), date(2026, 10, 25)
"""When summer time begins and ends."""


def moments(changes: Sequence[date]) -> list[datetime]:
    """Return the moments of runs around changes of the clock, in Brussels time."""
    found = []
    for change in changes:
        for day in (change - timedelta(days=1), change, change + timedelta(days=1)):
            for hour, minute, fold in ((0, 0, 0), (1, 59, 0), (2, 30, 0), (2, 30, 1), (3, 1, 0), (23, 59, 0)):
                moment = datetime(day.year, day.month, day.day, hour, minute, fold=fold, tzinfo=BRUSSELS)
                found.append(moment.astimezone(UTC))
    return sorted(set(found))


def around_summer_time(bench: Bench, zones: Sequence[str] = ZONES, changes: Sequence[date] = CHANGES) -> Row:
    """Remind around both changes of the clock, wherever the machine stands; nothing twice, nothing a day off."""
    job = JOBS["flow reminders"]
    problems, count, seen = [], 0, []
    for zone in zones:
        with bench.place(job) as place:
            _dates_around(place)
            for moment in moments(changes):
                outcome = attempt(place.there(partial(_at, moment, zone)))
                problems += [f"{zone}, {moment}: {one}" for one in (*told(outcome), outcome.refusal) if one]
                count += 1
            bench.post.settle()
            came = Counter(bench.post.took())
            problems += [f"{zone}: {one.name} came {times} times" for one, times in came.items() if times > 1]
            problems += [f"{zone}: {one}" for one in _day_off(place)]
            seen.append((zone, came))
    problems += [f"{zone} gets others than {seen[0][0]}" for zone, came in seen if came != seen[0][1]]
    if not seen[0][1]:
        problems.append("nothing was due")
    return Row("clock: summer time, zones", count, "no reminder twice, none a day off, numbers ascend", problems)


def _at(moment: datetime, zone: str) -> None:
    clock(moment, zone)
    reminders.reminders.fn(None, "dates.ics")
    with closing(Store.open(os.environ["KA2BUDGET_STORE"])) as store:
        draft = Draft(EventKind.NOTE, moment.astimezone(BRUSSELS).date() - timedelta(days=2), "clock", why=str(moment))
        registry.record(store, MENTOR, draft, moment.date())


def _dates_around(place: Place) -> None:
    """Let every day around the changes of the clock be a date on which something is due."""
    with closing(Store.open(place.url)) as store:
        registry.bring_up_to_date(store)
        with store.writing() as connection:
            one = connection.execute(select(AGENDA).where(AGENDA.c.nature == "own")).first()._asdict()
            for change in CHANGES:
                for days in range(-3, 34):
                    day = change + timedelta(days=days)
                    row = one | {"reference": LETTERS, "key": f"clock-{day}", "date": day, "latest": None}
                    connection.execute(AGENDA.insert().values(row))


def _day_off(place: Place) -> Iterator[str]:
    with closing(Store.open(place.url)) as store, store.reading() as connection:
        for row in connection.execute(select(REMINDERS)):
            day = row.claimed.astimezone(BRUSSELS).date()
            if lead_on(row.date, day) != row.lead:
                yield f"{row.reference} {row.key} of {row.date}: lead {row.lead} on {day}"
        numbers = [event.number for event in store.events(MENTOR)]
        recorded = [event.recorded for event in store.events(MENTOR)][3:]
    if numbers != sorted(numbers) or recorded != sorted(recorded):
        yield "the history is not in order"


def clock_set_back(bench: Bench) -> Row:
    """Set the clock back by one day and by more between two runs; nobody is reminded of the same again."""
    job = JOBS["flow reminders"]
    problems, count = [], 0
    for days in (0, 1, 2, 7, 14, 30):
        with bench.place(job) as place:
            on = date.fromisoformat(ON)
            for day in (on, on - timedelta(days=days), on):
                outcome = attempt(place.there(partial(reminders.reminders.fn, None, None, day.isoformat())))
                problems += [f"{days} days back: {one}" for one in (*told(outcome), outcome.refusal) if one]
            with closing(Store.open(place.url)) as store, store.reading() as connection:
                columns = (REMINDERS.c[name] for name in ("reference", "key", "date", "recipient"))
                rows = Counter(connection.execute(select(*columns)).tuples())
            problems += [f"{days} days back: {row} {times} times" for row, times in rows.items() if times > 1]
            count += 1
    return Row("clock: set back by 0 to 30 days", count, "nobody is reminded of a date again", problems)


# Two at once.


def two_events(bench: Bench, rounds: int) -> Row:
    """Let two people record different events of one grant at the same moment."""
    job, problems, lost = JOBS["grant event"], [], 0
    for number in range(rounds):
        with bench.place(job) as place:
            works = [
                command("grant", "event", MENTOR, "note", "--why", f"{who} {number}", "--by", who, "--on", "2026-02-01")
                for who in ("one", "two")
            ]
            outcomes = together([place.there(work) for work in works])
            problems += [one for outcome in outcomes for one in told(outcome)]
            events = stored(place.url)["events"][MENTOR]
            notes = sorted(one["by"] for one in events if one["kind"] == "note")
            won = [who for who, outcome in zip(("one", "two"), outcomes, strict=True) if outcome.done]
            lost += 2 - len(won)
            if notes != won or [one["number"] for one in events] != list(range(1, len(events) + 1)):
                problems.append(f"round {number}: {won} won, recorded are {notes}")
            problems += [one.refusal for one in outcomes if one.refusal and "Meanwhile" not in one.refusal]
            for work in works:
                again = attempt(place.there(work))
                problems += [] if again.done else [str(again)]
            if len(stored(place.url)["events"][MENTOR]) != len(events) + 2 - len(won):
                problems.append(f"round {number}: the second run did not complete it")
    checked = f"each once, the other told ({lost} times)"
    return Row(_at_once(bench, "two events of one grant"), rounds, checked, problems)


def two_same(bench: Bench, name: str, rounds: int) -> Row:
    """Let two workers do the same job at the same moment."""
    job, problems, refused = JOBS[name], [], 0
    want, mails, _ = wanted(bench, job)
    bench.uncertain = [0, 0]
    for number in range(rounds):
        with bench.place(job) as place:
            outcomes = together([place.there(job.work)] * 2)
            problems += [f"round {number}: {one}" for outcome in outcomes for one in told(outcome)]
            if not any(one.done for one in outcomes):
                problems.append(f"round {number}: nobody won: {outcomes}")
            refusals = [one.refusal for one in outcomes if one.refusal]
            refused += len(refusals)
            expected = ("Meanwhile", "registered already", "being sent by another", "exists already")
            problems += [f"round {number}: {one}" for one in refusals if not any(word in one for word in expected)]
            if job.empty or "already" not in "".join(refusals):
                again = place.do()
                said = again.refusal or ""
                problems += [] if again.done or "already" in said else [f"round {number}: the next run: {again}"]
            problems += [f"round {number}: {one}" for one in place.wrong(want, mails)]
    checked = f"done once, the other told ({refused} times)"
    return Row(_at_once(bench, name), rounds, checked, problems, (bench.uncertain[0], bench.uncertain[1]))


def one_document(bench: Bench, rounds: int) -> Row:
    """Let two workers take in two grants with the same file into a new store at the same moment."""
    job, problems = JOBS["grant register"], []
    for number in range(rounds):
        with bench.place(job) as place:
            works = [command("grant", "register", "mentor-ka220.toml", "--reference", one) for one in ("one", "two")]
            outcomes = together([place.there(work) for work in works])
            problems += [f"round {number}: {one}" for one in outcomes if not one.done]
            if sorted(stored(place.url)["events"]) != ["one", "two"]:
                problems.append(f"round {number}: a grant lacks")
    return Row(_at_once(bench, "two grants, new store, one file"), rounds, "both are there", problems)


def _at_once(bench: Bench, what: str) -> str:
    return f"two at once: {what}, {'PostgreSQL' if bench.postgres else 'SQLite'}"


def one_sends(bench: Bench) -> Row:
    """Hold the right to send in one process, and kill it: only then another one sends."""
    job, problems = JOBS["flow reminders"], []
    want, mails, _ = wanted(bench, job)
    with bench.place(job) as place:

        def hold() -> None:
            with closing(Store.open(place.url)) as store, alone(store):
                os.write(told_, b".")
                time.sleep(60)

        hears, told_ = os.pipe()
        pid = os.fork()
        if pid == 0:
            hold()
            os._exit(0)
        os.read(hears, 1)
        busy = place.do()
        if not busy.refusal or "another process" not in busy.refusal:
            problems.append(f"it did not wait: {busy}")
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        for _ in range(50):  # a server takes a moment to see that a client is gone
            if (outcome := place.do()).done:
                break
            time.sleep(0.1)
        problems += [*told(outcome), *place.wrong(want, mails)]
    return Row(_at_once(bench, "the right to send"), 1, "one sends; it ends with its process", problems)


# Whole programs, killed at any moment.


def programs_killed(bench: Bench, job: Job, words: Sequence[str], kills: int, longest: float, seed: int = 1) -> Row:
    """Start a program as people do, kill it at random moments, and let it end at last."""
    want, mails, _ = wanted(bench, job)
    bench.uncertain = [0, 0]
    chance, problems, done = random.Random(seed), [], 0  # noqa: S311 - any moment does
    while done < kills:
        with bench.place(job, old=job.replaces) as place:
            environment = _surroundings(bench, place)
            for _ in range(min(5, kills - done)):
                running = _start(words, place.folder, environment)
                try:
                    running.wait(chance.uniform(0.05, 1) * longest)
                except subprocess.TimeoutExpired:
                    running.kill()
                    running.wait()
                    done += 1
                _end_group(running.pid)
                problems += place.half(want)
            age(place.folder)
            running = _start(words, place.folder, environment)
            code = running.wait(120)
            _end_group(running.pid)
            if code != 0:
                problems.append(f"{words[:4]}: exit code {code}")
            problems += place.wrong(want, mails)
    return Row(
        f"killed at random: {job.name}, whole program", done, "whole, once, the last run completes", problems,
        (bench.uncertain[0], bench.uncertain[1]), done,
    )  # fmt: skip


def _surroundings(bench: Bench, place: Place) -> dict[str, str]:
    home = bench.root / "prefect"
    home.mkdir(exist_ok=True)
    return os.environ | {
        "KA2BUDGET_STORE": place.url, "KA2BUDGET_SMTP": bench.post.url, "PYTHONPATH": str(ROOT),
        "KA2BUDGET_SENDER": "office@example.org", "PREFECT_HOME": str(home), "LANGUAGE": "en",
    }  # fmt: skip


def _start(words: Sequence[str], folder: Path, environment: dict[str, str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, *words], cwd=folder, env=environment, start_new_session=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip


def _end_group(leader: int) -> None:
    """End what a killed program left behind: the server that Prefect started for it."""
    try:
        os.killpg(leader, signal.SIGKILL)
    except ProcessLookupError:
        return
    time.sleep(0.1)


PROGRAMS: dict[str, tuple[tuple[str, ...], float]] = {
    "flow reminders": (("-m", "flows.reminders", "--calendar", "dates.ics", "--on", ON), 7),
    "flow balance_payment": (
        ("-m", "flows.balance_payment", MENTOR, "mentor-report.toml", "-o", "final.xlsx", "--decided-on", "2026-09-01"),
        7,
    ),
    "grant event": (
        (
            "-m", "ka2budget", "grant", "event", MENTOR, "transfer", "--amount", "43306.67", "--partner", "P2",
            "--on", "2026-01-08", "--document", "proof.txt", "--by", "office",
        ),
        1.5,
    ),
    "annex": (("-m", "ka2budget", "annex", "mentor-ka220.toml", "-o", "a.xlsx", "--today", ON), 0.8),
    "merge": (("-m", "ka2budget", "merge", "P2.xlsx", "P3.xlsx", "--base", "mentor-ka220.toml", "-o", "m.toml"), 0.8),
    "fill": (("-m", "ka2budget", "fill", "crafts-cbvet.toml", "--workbook", "table.xlsx", "-o", "filled.xlsx"), 0.8),
}  # fmt: skip


# The table.

WITH_STORE = tuple(name for name, job in JOBS.items() if job.stores)
OFTEN = ("flow reminders", "flow balance_payment", "grant event", "grant register", "flow portfolio")
"""What people and schedules do most."""


def rows(*, postgres: bool) -> list[tuple[Callable[[Bench], Row | None], bool]]:
    """Return what makes each line of the table, and whether it needs PostgreSQL."""
    quiet: list[Callable[[Bench], Row | None]] = [
        *(partial(killed, job=job) for job in JOBS.values()),
        *(partial(cut_while_writing, job=JOBS[name]) for name in (*OFTEN, "annex")),
        *(
            partial(programs_killed, job=JOBS[name], words=words, kills=20, longest=longest)
            for name, (words, longest) in PROGRAMS.items()
        ),
        *(partial(disk_full, job=JOBS[name]) for name in (*OFTEN, "annex", "merge", "fill")),
        *(partial(small_disk, job=JOBS[name], sizes=range(0, 120, 6)) for name in (*OFTEN, "annex")),
        grumpy_mail,
        no_answer_in_prefect,
        no_mail,
        around_summer_time,
        clock_set_back,
        partial(two_events, rounds=40),
        *(partial(two_same, name=name, rounds=25) for name in OFTEN),
        partial(one_document, rounds=25),
        one_sends,
    ]
    served: list[Callable[[Bench], Row | None]] = [
        *(partial(killed, job=JOBS[name], every=3) for name in OFTEN),
        *(
            partial(away, job=JOBS[name], name=what, act=act, every=1 if act is Postgres.terminate else 7)
            for what, act in AWAY.items()
            for name in WITH_STORE
        ),
        *(partial(answer_lost, job=JOBS[name]) for name in OFTEN),
        partial(two_events, rounds=40),
        *(partial(two_same, name=name, rounds=25) for name in OFTEN),
        partial(one_document, rounds=25),
        one_sends,
    ]
    return [(one, False) for one in quiet] + [(one, True) for one in served if postgres]


def row(number: int) -> Row | None:
    """Make one line of the table."""
    programs = postgres_programs()
    make, served = rows(postgres=programs is not None)[number]
    with closing(Server(true_server)) as post:
        bench = Bench(post, Postgres(programs) if served and programs else None)
        try:
            return make(bench)
        finally:
            bench.close()


def main() -> int:
    """Print what was done, what was checked and whether it holds; return the exit code."""
    wide, programs = "{:62} {:>5}  {:68} {}", postgres_programs()
    numbers = range(len(rows(postgres=programs is not None)))
    found: list[Row] = []
    print(wide.format("Fault", "Times", "Checked", "Result"))
    with get_context("fork").Pool(os.cpu_count() or 1) as workers:
        for one in workers.imap(row, numbers):
            if one is None:
                continue
            found.append(one)
            verdict = f"FAILS {len(one.problems)} times" if one.problems else "holds"
            doubt = sum(one.uncertain)
            noted = f"; {doubt} reminders noted as uncertain, {one.uncertain[0]} of them arrived" if doubt else ""
            print(wide.format(one.fault, one.count, one.checked, verdict + noted), flush=True)
            print(
                *(f"    {problem}" for problem in dict.fromkeys(one.problems)), sep="\n", end="\n" * bool(one.problems)
            )
    print(f"Kills in all: {sum(one.kills for one in found)}; faults in all: {sum(one.count for one in found)}.")
    for what, counted in (
        ("killed while a message went out", [one.uncertain for one in found if one.kills]),
        ("the mail server or the database broke off meanwhile", [one.uncertain for one in found if not one.kills]),
    ):
        arrived, lost = (sum(one[place] for one in counted) for place in (0, 1))
        print(f"Reminders kept and shown as uncertain, {what}: {arrived} arrived, {lost} did not.")
    print("Lost, doubled or half: none." if not any(one.problems for one in found) else "A promise is broken.")
    if programs is None:
        print("PostgreSQL is not installed; the lines about it were left out.")
    return int(any(one.problems for one in found))


if __name__ == "__main__":
    sys.exit(main())
