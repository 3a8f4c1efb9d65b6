"""Commands that add to the register: grant register, event, upgrade."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from ka2budget.cli.answer import (
    as_json,
    language_option,
    print_findings,
    print_json,
    speak_of,
    spoken,
    tell,
    the_day,
)
from ka2budget.cli.commands import Command
from ka2budget.cli.grant.options import DATE, REFERENCE, by_option, store_option
from ka2budget.cli.grant.tables import print_account_findings
from ka2budget.lifecycle import RECORDED, EventKind
from ka2budget.registry import Draft, NotSettled, Recorded
from ka2budget.steps import Forbidden

AGREEMENT = click.option(
    "--agreement", type=click.Path(path_type=Path), help="File with what the signed agreement says."
)


@click.command(cls=Command)
@click.argument("project", type=click.Path(path_type=Path))
@AGREEMENT
@click.option("--reference", help="Reference of the grant; else the one in the agreement or project file.")
@store_option
@by_option
@language_option
@as_json
def register(project: Path, agreement: Path | None, reference: str | None, store: str, by: str, *, json_: bool) -> None:
    """Take a grant into the store, from its project file and what its agreement says."""
    from ka2budget import registry, steps
    from ka2budget.store import Store

    steps.read_project(project)  # what cannot be read leaves no empty store behind
    steps.read_agreement(agreement)
    with _errors_told(project), closing(Store.open(store)) as opened:
        name, recorded = registry.register(opened, project, by, the_day(None), agreement, reference)
    _answer(name, recorded, json_=json_)


@click.command(cls=Command)
@REFERENCE
@click.argument("kind", metavar="EVENT", type=click.Choice([kind.value for kind in RECORDED]))
@click.option("--on", type=DATE, metavar="DATE", help="The day on which it happened, such as 2026-09-01; else today.")
@click.option("--amount", metavar="EUR", help="Money that moved or is claimed.")
@click.option("--offset", metavar="EUR", help="What the agency kept back of a payment against another debt.")
@click.option("--partner", metavar="ID", help="The partner that money went to or came from.")
@click.option("--bank-reference", metavar="TEXT", help="What the bank statement says; two equal payments differ by it.")
@click.option("--until", metavar="DATE", help="Last day of the period a report is about.")
@click.option("--used", metavar="EUR", help="Pre-financing used until then.")
@click.option("--accepted", multiple=True, metavar="WP", help="A work package accepted so far; once for each.")
@click.option("--final", metavar="EUR", help="The final grant as decided.")
@click.option("--score", type=int, help="Points of the final report.")
@click.option("--due", metavar="DATE", help="The day that the agency set.")
@click.option("--effect", metavar="DATE", help="The day on which a termination takes effect.")
@click.option("--key", metavar="NAME", help="Name of the date that is done, as 'grant show --json' gives it.")
@click.option("--document", "file", type=click.Path(path_type=Path), help="The file behind it; it is kept.")
@AGREEMENT
@click.option("--why", metavar="TEXT", help="The reason, for those who read it later.")
@click.option("--corrects", type=int, metavar="NUMBER", help="The mistaken entry that this one stands for.")
@store_option
@by_option
@language_option
@as_json
def event(
    reference: str,
    kind: str,
    on: datetime | None,
    file: Path | None,
    agreement: Path | None,
    why: str | None,
    corrects: int | None,
    store: str,
    by: str,
    *,
    json_: bool,
    accepted: tuple[str, ...],
    **said: Any,  # noqa: ANN401 - text and numbers, which the model judges
) -> None:
    """Record what happened to a grant: EVENT is its name, as 'grant show' lists those possible now.

    A mistaken entry is never erased: record the right one with --corrects and its number, or 'cancelled' with it.
    """
    from ka2budget import document, registry
    from ka2budget.event import Details
    from ka2budget.store import Store

    today = the_day(None)
    tables = {name: value for name, value in said.items() if value is not None}
    with _errors_told(file or reference), closing(Store.open(store)) as opened:
        if accepted:
            tables["accepted"] = registry.accepted_parts(opened, reference, accepted, today)
        details = document.from_tables(tables, Path("grant event"), Details)
        happened = today if on is None else on.date()
        draft = Draft(EventKind(kind), happened, by, details, why, file, agreement, corrects)
        recorded = registry.record(opened, reference, draft, today)
    _answer(reference, recorded, json_=json_)


@click.command(cls=Command)
@store_option
@language_option
def upgrade(store: str) -> None:
    """Bring a store of an earlier version up to date; make a copy of it first."""
    from ka2budget import registry
    from ka2budget.store import Store

    with closing(Store.open(store, migrate=True)) as opened:
        count = registry.bring_up_to_date(opened)
    tell("The store is up to date; {count} grants were worked out anew.", count=count)


@contextmanager
def _errors_told(file: Path | str) -> Iterator[None]:
    """End with exit code 1 and the errors where the budget or the report of an event has any."""
    try:
        yield
    except Forbidden as refusal:
        print_findings(file, refusal.examined.project, refusal.examined.errors, err=True)
    except NotSettled as refusal:
        print_findings(file, refusal.report, refusal.findings, err=True)
    else:
        return
    raise click.exceptions.Exit(1)


def _answer(reference: str, recorded: Recorded, *, json_: bool) -> None:
    speak_of(recorded.grant.plan.language)
    if json_:
        print_json(recorded.overview(reference))
        return
    click.echo(spoken(recorded.told(reference)))
    print_account_findings(reference, recorded.findings)
