"""The tasks of flows that work with the store of a project office; each opens the store and closes it again."""

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date
from pathlib import Path
from typing import NamedTuple

from flows.artifacts import leave
from flows.run import outside
from ka2budget import document, registry, steps
from ka2budget.account import Account
from ka2budget.files import store_of
from ka2budget.language import known_language
from ka2budget.registry import Draft, Recorded
from ka2budget.report import Report
from ka2budget.settlement import Settlement
from ka2budget.store import Store


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
    chosen = known_language(language or project.language or "en")
    steps.write_report_form(steps.allowed(steps.examine(project)), so_far, Path(out), chosen, interim=interim)
    return True


@outside("record event")
def record(store: str | None, grant: str, draft: Draft, today: date) -> Recorded:
    """Add an event to a grant; one that is there already adds nothing, so the task may be repeated."""
    with opened(store) as found:
        return registry.record(found, grant, draft, today)


def leave_account(title: str, account: Account) -> None:
    """Leave tables of the money of a grant: what the agency owes and paid, and what each partner is due."""
    plain = account.model_dump(mode="json")
    expected = [{name: one[name] for name in ("key", "amount", "received", "reason")} for one in plain["expected"]]
    leave("expected-payments", f"{title}: payments of the agency, EUR", expected)
    leave(
        "partner-accounts",
        f"{title}: partners, EUR",
        [{"partner": key} | one for key, one in plain["partners"].items()],
    )
