"""The tasks of flows that work with the store of a project office; each opens the store and closes it again."""

import hashlib
import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date
from pathlib import Path
from typing import NamedTuple

from flows.artifacts import account_rows, expected_rows, leave
from flows.run import call, log, outside
from flows.tasks import the_day
from ka2budget import document, registry, steps
from ka2budget.errors import NotAllowed, Refusal, Several
from ka2budget.files import store_of
from ka2budget.language import known_language
from ka2budget.registry import Draft, Recorded
from ka2budget.report import Report
from ka2budget.settlement import Settlement
from ka2budget.store import Store
from ka2budget.text import say


@contextmanager
def opened(store: str | None) -> Iterator[Store]:
    """Give the store of a path or URL, else that of the environment."""
    with closing(Store.open(store or store_of(os.environ))) as found:
        yield found


class Settled(NamedTuple):
    """A report of a grant, settled: the project as agreed on, the report, and what it comes to."""

    examined: steps.Examined
    report: Report
    settlement: Settlement


@outside("settle report of grant")
def settle_grant(store: str | None, grant: str, report: str, on: date) -> Settled:
    """Return what a report of a grant comes to with the payments recorded; raise NotSettled where it has errors."""
    read = document.read(Path(report), Report)
    with opened(store) as found:
        examined, settlement = registry.settled(found, found.events(grant), read, on)
    return Settled(examined, read, settlement)


@outside("prepare report")
def prepare_report(store: str | None, grant: str, out: str, language: str | None, *, interim: bool) -> bool:
    """Write the workbook of a report, filled with what was planned and declared so far; return whether it is new.

    One that is there already is left alone: somebody may be filling it in.
    """
    if Path(out).exists():
        return False
    with opened(store) as found:
        events = found.events(grant)
        project, so_far = registry.project_of(found, events), registry.declared_so_far(found, events)
    chosen = language_of(language, project.language)
    steps.write_report_form(steps.allowed(steps.examine(project)), so_far, Path(out), chosen, interim=interim)
    return True


@outside("check event")
def check(store: str | None, grant: str, draft: Draft, today: date) -> Recorded:
    """Return what would come of an event; raise what recording it would, and change nothing."""
    with opened(store) as found:
        return registry.check(found, grant, draft, today)


@outside("record event")
def record(store: str | None, grant: str, draft: Draft, today: date) -> Recorded:
    """Add an event to a grant; one that is there already adds nothing, so the task may be repeated."""
    with opened(store) as found:
        return registry.record(found, grant, draft, today)


@outside("write annex")
def write_annex(content: bytes, out: str) -> str:
    """Write an annex and return its SHA-256; raise CannotWrite, with what stood there before untouched."""
    return steps.write_workbook(Path(out), content)


def write_and_record(store: str | None, grant: str, draft: Draft, out: str, content: bytes) -> Recorded:
    """Write the annex of an event and record it; an event that is not possible leaves the file as it was.

    Raises what recording raises, and where somebody else was faster in between, Several, which names the file too.
    """
    today = the_day(None)
    noted = draft._replace(details=draft.details.model_copy(update={"annex": hashlib.sha256(content).hexdigest()}))
    call(check, store, grant, noted, today)
    call(write_annex, content, out)
    try:
        return call(record, store, grant, noted, today)
    except Refusal as refusal:
        written = NotAllowed("{file} was written before that all the same; what it says is not recorded", file=out)
        raise Several([refusal, written]) from refusal


def language_of(asked: str | None, own: str | None) -> str:
    """Return the language of a run: as asked for, else the project's own, else English; raise NoSuchName."""
    return known_language(asked or own or "en")


def tell_recorded(grant: str, recorded: Recorded, language: str) -> None:
    """Tell in the log what was recorded, and leave the money of the grant as tables."""
    log(recorded.told(grant).say(language))
    plan, account = recorded.grant.plan, recorded.account
    leave(
        "expected-payments",
        say("{title}: payments of the agency, EUR", language, title=plan.title),
        expected_rows(account, language),
    )
    leave(
        "partner-accounts", say("{title}: partners, EUR", language, title=plan.title), account_rows(account, language)
    )
