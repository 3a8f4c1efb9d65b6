"""The flow that shows what is late and due of all grants, as tables on the server; run it weekly.

``python -m flows.portfolio`` runs it once.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import click
from prefect import flow

from flows.artifacts import leave
from flows.office import opened
from flows.run import answer, call, outside
from flows.tasks import the_day
from ka2budget import registry
from ka2budget.lifecycle import STATE_WORDS
from ka2budget.store import AgendaItem, Standing


@outside("read portfolio")
def read_portfolio(store: str | None, until: date) -> tuple[tuple[AgendaItem, ...], tuple[Standing, ...]]:
    """Return what is not done until a day, and how every grant stands."""
    with opened(store) as found:
        registry.bring_up_to_date(found)
        return found.agenda(until), found.standings()


@flow(name="portfolio")
def portfolio(store: str | None = None, days: int = 30, on: str | None = None) -> dict[str, Any]:
    """Leave tables of what is late, what is due, and where every grant stands.

    Args:
        store: Path or URL of the store; else KA2BUDGET_STORE.
        days: How far to look ahead.
        on: Day to look at, such as 2026-09-01; else today.

    Returns:
        How many grants there are, how many dates are late and how many are due.

    """
    day = the_day(on)
    agenda, standings = call(read_portfolio, store, day + timedelta(days=days))
    names = {one.reference: one.name for one in standings}
    late, coming = [one for one in agenda if one.is_late(day)], [one for one in agenda if one.is_coming(day)]
    leave("late", f"Late on {day}", _rows(late, names))
    leave("due", f"Due within {days} days of {day}", _rows(coming, names))
    leave("grants", f"Grants on {day}", [
        {"grant": one.reference, "project": one.name, "action": one.action, "state": str(STATE_WORDS[one.state(day)])}
        for one in standings
    ])  # fmt: skip
    return {"grants": len(standings), "late": len(late), "due": len(coming)}


def _rows(items: Sequence[AgendaItem], names: dict[str, str]) -> list[dict[str, Any]]:
    return [
        {
            "date": str(one.last),
            "grant": one.reference,
            "project": names[one.reference],
            "what": str(one.what),
            "EUR": one.plain()["amount"],
            "why": str(one.reason),
        }
        for one in items
    ]


@click.command()
@click.option("--store", help="Path or URL of the store; else KA2BUDGET_STORE.")
@click.option("--days", type=int, default=30, show_default=True, help="How far to look ahead.")
@click.option("--on", metavar="DATE", help="Day to look at, such as 2026-09-01; else today.")
def main(store: str | None, days: int, on: str | None) -> None:
    """Show what is late and due of all grants."""
    answer(portfolio, {"store": store, "days": days, "on": on}, lambda _refusal: None)


if __name__ == "__main__":
    main()
