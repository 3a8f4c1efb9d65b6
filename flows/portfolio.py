"""The flow that shows what is late and due of all grants, as tables on the server; run it weekly.

``python -m flows.portfolio`` runs it once.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import click
from prefect import flow

from flows.artifacts import Row, leave
from flows.office import language_of, opened
from flows.run import answer, call, outside
from flows.tasks import the_day
from ka2budget import registry
from ka2budget.cli.commands import command
from ka2budget.lifecycle import STATE_WORDS
from ka2budget.store import AgendaItem, Standing
from ka2budget.text import number, say, translate


@outside("read portfolio")
def read_portfolio(store: str | None, until: date) -> tuple[tuple[AgendaItem, ...], tuple[Standing, ...]]:
    """Return what is not done until a day, and how every grant stands."""
    with opened(store) as found:
        return registry.agenda(found, until), found.standings()


@flow(name="portfolio")
def portfolio(
    store: str | None = None, days: int = 30, on: str | None = None, language: str | None = None
) -> dict[str, Any]:
    """Leave tables of what is late, what is due, and where every grant stands.

    Args:
        store: Path or URL of the store; else KA2BUDGET_STORE.
        days: How far to look ahead.
        on: Day to look at, such as 2026-09-01; else today.
        language: Language of the tables, such as de; else English.

    Returns:
        How many grants there are, how many dates are late and how many are due.

    """
    day, chosen = the_day(on), language_of(language, None)
    agenda, standings = call(read_portfolio, store, day + timedelta(days=days))
    names = {one.reference: one.name for one in standings}
    late, coming = [one for one in agenda if one.is_late(day)], [one for one in agenda if one.is_coming(day)]
    leave("late", say("Late on {day}:", chosen, day=day), _rows(late, names, chosen))
    title = say("Due within {days} days of {day}:", chosen, days=days, day=day)
    leave("due", title, _rows(coming, names, chosen))
    leave("grants", say("Grants on {day}:", chosen, day=day), [_row(one, day, chosen) for one in standings])
    return {"grants": len(standings), "late": len(late), "due": len(coming)}


def _row(standing: Standing, on: date, language: str) -> Row:
    return {
        translate("Grant", language): standing.reference,
        translate("Project", language): standing.name,
        translate("Action", language): standing.action,
        translate("State", language): STATE_WORDS[standing.state(on)].say(language),
    }


def _rows(items: Sequence[AgendaItem], names: dict[str, str], language: str) -> list[Row]:
    return [
        {
            translate("Date", language): str(one.last),
            translate("Grant", language): one.reference,
            translate("Project", language): names[one.reference],
            translate("What", language): one.what.say(language),
            translate("EUR", language): "" if one.amount is None else number(one.amount, language),
            translate("Why", language): one.reason.say(language),
        }
        for one in items
    ]


@command()
@click.option("--store", help="Path or URL of the store; else KA2BUDGET_STORE.")
@click.option("--days", type=click.IntRange(0, 3660), default=30, show_default=True, help="How far to look ahead.")
@click.option("--on", metavar="DATE", help="Day to look at, such as 2026-09-01; else today.")
@click.option("--language", help="Language of all that is told, such as de; else en.")
def main(**parameters: Any) -> None:  # noqa: ANN401 - text and a number, or nothing
    """Show what is late and due of all grants."""
    answer(portfolio, parameters, lambda _refusal: None)


if __name__ == "__main__":
    main()
