"""How answers are printed: JSON, tables, findings."""

import json
import sys
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

import click

from ka2budget import steps
from ka2budget.document import finding_lines
from ka2budget.finding import Finding, Severity
from ka2budget.model import Model

_F = TypeVar("_F", bound=Callable[..., Any])

FILE = click.argument("file", type=click.Path(path_type=Path))
"""The project file of a command."""

OUT = click.option("-o", "--out", type=click.Path(path_type=Path), required=True, help="File to write.")


def as_json(function: _F) -> _F:
    """Add the option that prints the answer as JSON."""
    return click.option("--json", "json_", is_flag=True, help="Print the answer as JSON.")(function)


def agreement_option(function: _F) -> _F:
    """Add the option that names a file with the terms of the signed agreement."""
    return click.option(
        "--agreement",
        type=click.Path(path_type=Path),
        help="File with what the signed agreement says; else the call's rules are taken.",
    )(function)


def examine(file: Path) -> steps.Examined:
    """Return the examined project of a file."""
    return steps.examine(steps.read_project(file))


def print_json(answer: Model | Sequence[Model] | dict[str, Any]) -> None:
    """Print an answer as JSON: amounts as strings with two decimals."""
    if isinstance(answer, Model):
        plain: Any = answer.model_dump(mode="json")
    elif isinstance(answer, dict):
        plain = answer
    else:
        plain = [one.model_dump(mode="json") for one in answer]
    utf8 = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
    click.echo(json.dumps(plain, indent=2, ensure_ascii=not utf8))


def money(amount: Decimal | None) -> str:
    """Return an amount as tables show it, or nothing where there is none."""
    return "" if amount is None else f"{amount:,.2f}"


def print_table(headers: Sequence[str], rows: Iterable[Sequence[Any]], numbers: Sequence[int] = ()) -> None:
    """Print rows under headers, the columns of the given numbers to the right; columns without a word are left out."""
    from tabulate import tabulate

    texts = [["" if cell is None else str(cell) for cell in row] for row in rows]
    shown = [number for number in range(len(headers)) if any(row[number] for row in texts)]
    align = ["right" if number in numbers else "left" for number in shown]
    body = [[row[number] for number in shown] for row in texts]
    head = [headers[number] for number in shown]
    click.echo(tabulate(body, head, tablefmt="simple", colalign=align if body else None, disable_numparse=True))


def print_wrapped(headers: list[str], rows: list[list[str]]) -> None:
    """Print a table of sentences, broken to a readable width."""
    from textwrap import fill

    print_table(headers, [[row[0], *(fill(cell, 44) for cell in row[1:])] for row in rows])


def print_findings(file: Path, content: Model, findings: Iterable[Finding], *, err: bool = False) -> None:
    """Print findings about what a file holds, one a line."""
    for line in finding_lines(file, content, findings):
        click.echo(line, err=err)


def finish(file: Path, examined: steps.Examined) -> None:
    """Print errors and warnings beside the answer, and end with exit code 1 where there are errors."""
    grave = [finding for finding in examined.budget.findings if finding.severity is not Severity.INFO]
    print_findings(file, examined.project, grave, err=True)
    if examined.errors:
        raise click.exceptions.Exit(1)


def finish_quietly(examined: steps.Examined) -> None:
    """End with exit code 1 where the budget has errors, which the JSON answer holds."""
    if examined.errors:
        raise click.exceptions.Exit(1)


def demand_no_errors(file: Path, examined: steps.Examined) -> None:
    """End with exit code 1 and the errors where the budget has any."""
    if examined.errors:
        print_findings(file, examined.project, examined.errors, err=True)
        raise click.exceptions.Exit(1)


def the_day(value: datetime | None) -> date:
    """Return the day a document is made on: as given, else today."""
    return (value or datetime.now()).date()  # noqa: DTZ005 - the reader's own calendar
