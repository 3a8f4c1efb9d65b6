"""Commands that look into the register: grant list, show, due, calendar, history, terms."""

from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ka2budget.cli.answer import (
    as_json,
    language_option,
    money,
    print_json,
    print_table,
    speak,
    speak_of,
    spoken,
    tell,
    the_day,
    words,
)
from ka2budget.cli.commands import Command
from ka2budget.cli.dates import footnotes, mark, print_dates, print_footnotes
from ka2budget.cli.grant.options import REFERENCE, on_option, store_option
from ka2budget.cli.grant.tables import (
    print_account,
    print_account_findings,
    short,
    term_value,
    what_happened,
)
from ka2budget.lifecycle import STATE_WORDS, possible
from ka2budget.text import message

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ka2budget.store import AgendaItem

DAYS_AHEAD = 30
"""How far ahead the page of what is due looks, unless it is told."""


@click.command("list", cls=Command)
@on_option
@store_option
@language_option
@as_json
def list_(on: datetime | None, store: str, *, json_: bool) -> None:
    """List all grants and where they stand."""
    from ka2budget import registry
    from ka2budget.store import Store

    today = the_day(on)
    with closing(Store.open(store)) as opened:
        found = registry.standings(opened)
    if json_:
        print_json({one.reference: one.plain(today) for one in found})
    elif found:
        rows = [
            [one.reference, short(one.title), one.action, one.call, words(STATE_WORDS[one.state(today)])]
            for one in found
        ]
        print_table(["Grant", "Project", "Action", "Call", "State"], rows, [3])
    else:
        tell("There are no grants yet; 'ka2budget grant register PROJECT' takes one in.")


@click.command(cls=Command)
@REFERENCE
@on_option
@store_option
@language_option
@as_json
def show(reference: str, on: datetime | None, store: str, *, json_: bool) -> None:
    """Show where a grant stands: its money, its partners, its dates, and what can happen next."""
    from ka2budget import registry
    from ka2budget.store import Store

    today = the_day(on)
    with closing(Store.open(store)) as opened:
        found, account, dates = registry.look_up(opened, reference, today)
    plan = found.plan
    speak_of(plan.language)
    if json_:
        print_json(registry.Overview.of(reference, found, account, dates))
        return
    click.echo(plan.title)
    tell(
        "{reference}: {action}, call {call}, {start} to {end}, grant {grant}",
        reference=reference, action=plan.action, call=plan.call, start=plan.start, end=plan.end, grant=plan.grant,
    )  # fmt: skip
    tell("On {day} the grant is: {state}", day=today, state=words(STATE_WORDS[found.state]))
    click.echo()
    print_account(account)
    print_dates([due for due in dates if due.done is None and not due.is_past(today)])
    click.echo()
    events = tuple(one.value for one in possible(found.position, plan.terms.kind))
    tell("Possible now: {events}", events=events)
    print_account_findings(reference, account.findings)


@click.command(cls=Command)
@on_option
@click.option(
    "--days", type=click.IntRange(0, 3660), default=DAYS_AHEAD, show_default=True, help="How far to look ahead."
)
@store_option
@language_option
@as_json
def due(on: datetime | None, days: int, store: str, *, json_: bool) -> None:
    """Print what is late and what is due in the next days, of all grants: the page for every Monday."""
    from ka2budget import registry
    from ka2budget.store import Store

    today = the_day(on)
    speak(None)
    with closing(Store.open(store)) as opened:
        found = registry.agenda(opened, today + timedelta(days=days))
    late = [one for one in found if one.is_late(today)]
    coming = [one for one in found if one.is_coming(today)]
    if json_:
        plain = {"late": [one.plain() for one in late], "due": [one.plain() for one in coming]}
        print_json({"on": today.isoformat(), "days": days, **plain})
        return
    notes = footnotes(doubt for one in (*late, *coming) for doubt in one.doubts)
    for title, items in ((message("Late on {day}:"), late), (message("Due within {days} days of {day}:"), coming)):
        if items:
            tell(title, day=today, days=days)
            click.echo()
            _print_items(items, notes)
            click.echo()
    if not late and not coming:
        tell("Nothing is late, and nothing is due within {days} days of {day}.", day=today, days=days)
    print_footnotes(notes)


@click.command(cls=Command)
@click.argument("references", nargs=-1, metavar="[REFERENCE]...")
@click.option("-o", "--out", type=click.Path(path_type=Path), help="Write it here (.ics); else it is printed.")
@on_option
@store_option
@language_option
def calendar(references: tuple[str, ...], out: Path | None, on: datetime | None, store: str) -> None:
    """Write the dates of the grants named, or of all, as a calendar, which takes the place of an earlier one."""
    from ka2budget import registry, steps
    from ka2budget.store import Store

    today, language = the_day(on), speak(None)
    with closing(Store.open(store)) as opened:
        content = registry.calendar(opened, references, today, datetime.now(UTC), language)
    if out is None:
        click.echo(content, nl=False)
    else:
        steps.write_ics(content, out)


@click.command(cls=Command)
@REFERENCE
@store_option
@language_option
@as_json
def history(reference: str, store: str, *, json_: bool) -> None:
    """Print everything that was recorded of a grant, corrected entries included."""
    from ka2budget.store import Store

    with closing(Store.open(store)) as opened:
        events = opened.events(reference)
    speak_of(next((one.details.plan.language for one in events if one.details.plan is not None), None))
    if json_:
        print_json([one.without_plan for one in events])
        return
    corrected = {one.corrects: one.number for one in events if one.corrects is not None}
    rows = [
        [
            one.number,
            one.happened,
            *what_happened(one),
            words("corrected by number {number}", number=corrected[one.number]) if one.number in corrected else "",
            one.why,
            one.by,
        ]
        for one in events
    ]
    print_table(["", "Date", "What", "EUR", "Partner", "Corrected", "Why", "By"], rows, [0, 3])


@click.command(cls=Command)
@click.argument("project", type=click.Path(path_type=Path))
@click.option("--agreement", type=click.Path(path_type=Path), help="File with what the signed agreement says.")
@language_option
@as_json
def terms(project: Path, agreement: Path | None, *, json_: bool) -> None:
    """Print the data sheet of a grant: every term, from the agreement or from what is usual, with its source."""
    from ka2budget import steps
    from ka2budget.agreement import TERM_WORDS

    read = steps.read_project(project)
    speak(read)
    found = steps.terms(steps.examine(read), steps.read_agreement(agreement))
    if json_:
        print_json(found)
        return
    notes = footnotes(one.doubt for one in found.basis.values())
    rows: list[list[Any]] = []
    for name, label in TERM_WORDS.items():
        value, basis = getattr(found, name), found.basis.get(name)
        if value not in (None, (), {}):
            source = spoken(basis.source) + mark([basis.doubt] if basis.doubt else [], notes) if basis else ""
            rows.append([spoken(label), term_value(value), source])
    print_table(["Term", "Value", "Source"], rows)
    print_footnotes(notes)


def _print_items(items: "Iterable[AgendaItem]", notes: dict[str, int]) -> None:
    rows = [
        [
            one.latest or one.date,
            one.reference,
            short(one.title),
            spoken(one.what),
            money(one.amount),
            spoken(one.reason) + mark(one.doubts, notes),
        ]
        for one in items
    ]
    print_table(["Date", "Grant", "Project", "What", "EUR", "Why"], rows, [4])
