"""How dates are printed, with their reasons and the doubts about them."""

from collections.abc import Iterable, Mapping, Sequence

import click

from ka2budget.cli.answer import money, print_table, spoken, words
from ka2budget.schedule import Due
from ka2budget.text import Phrase, Word


def footnotes(doubts: Iterable[Phrase | Word | None]) -> dict[str, int]:
    """Return the doubts in the language of the answer and in their order, each with its number from 1."""
    return {doubt: number for number, doubt in enumerate(dict.fromkeys(spoken(one) for one in doubts if one), 1)}


def mark(doubts: Iterable[Phrase | Word], notes: Mapping[str, int]) -> str:
    """Return the numbers of doubts as they stand behind a text, such as `` (1, 3)``."""
    numbers = ", ".join(str(notes[spoken(doubt)]) for doubt in doubts)
    return f" ({numbers})" if numbers else ""


def print_footnotes(notes: Mapping[str, int]) -> None:
    """Print the doubts by their numbers."""
    for doubt, number in notes.items():
        click.echo(f"({number}) {doubt}")


def print_dates(dates: Sequence[Due]) -> None:
    """Print dates with their reasons, the doubts about them below."""
    notes = footnotes(doubt for due in dates for doubt in due.doubts)
    rows = [
        [
            due.latest or due.date or words("open"),
            spoken(due.what),
            money(due.amount),
            spoken(due.reason) + mark(due.doubts, notes),
        ]
        for due in dates
    ]
    print_table(["Date", "What", "EUR", "Why"], rows, [2])
    print_footnotes(notes)
