"""How the register is printed: money, partners, dates, terms, events."""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import click

from ka2budget.account import Account
from ka2budget.cli.answer import money, percentage, print_findings, print_table, spoken, tell, words
from ka2budget.event import Event
from ka2budget.finding import Finding
from ka2budget.lifecycle import EVENT_WORDS
from ka2budget.model import Model

_LONGEST = 40


def short(title: str) -> str:
    """Return a title as a table has room for it."""
    return title if len(title) <= _LONGEST else f"{title[: _LONGEST - 1].rstrip()}…"


def print_account(account: Account) -> None:
    """Print what the agency owes and paid, and what each partner is due, was paid and returns; in EUR."""
    tell(
        "Received {received} EUR, repaid {repaid} EUR, passed on and not yet certain {exposure} EUR",
        received=money(account.received), repaid=money(account.repaid), exposure=money(account.exposure),
    )  # fmt: skip
    if account.final is not None:
        tell(
            "Final grant {final} EUR, balance {balance} EUR", final=money(account.final), balance=money(account.balance)
        )
    click.echo()
    rows = [
        [spoken(one.what), money(one.amount), money(one.received), money(one.open), spoken(one.reason)]
        for one in account.expected
    ]
    if rows:
        print_table(["Payment", "Expected", "Received", "Open", "Why"], rows, [1, 2, 3])
        click.echo()
    people = [
        [key, short(one.name), *map(money, (one.share, one.final, one.due, one.paid, one.to_pay, one.to_return))]
        for key, one in account.partners.items()
    ]
    print_table(
        ["", "Partner", "Share", "Final", "Due so far", "Paid", "To be paid", "To be returned"], people, range(2, 8)
    )
    click.echo()


def print_account_findings(reference: str, findings: Iterable[Finding]) -> None:
    """Print what there is to say about a grant."""
    print_findings(reference, Model(), findings, err=True)


def what_happened(event: Event) -> tuple[str, str, str]:
    """Return what an event is called, the money that goes with it, and the partner."""
    details = event.details
    amount = details.final if details.amount is None else details.amount
    return words(EVENT_WORDS[event.kind]), money(amount), details.partner or ""


def term_value(value: Any) -> str:  # noqa: ANN401 - a term of any kind
    """Return a term as people read it."""
    if isinstance(value, Decimal):
        return percentage(value * 100) if value <= 1 else money(value)
    if isinstance(value, Mapping):
        return "; ".join(f"{name}: {term_value(inner)}" for name, inner in value.items())
    if isinstance(value, tuple):
        return ", ".join(map(term_value, value))
    if isinstance(value, Model):
        return " ".join(str(one) for _, one in value if one is not None)
    return value.isoformat() if isinstance(value, date) else str(value)
