"""How answers are printed: JSON, tables, findings."""

import json
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

import click

from ka2budget import steps
from ka2budget.document import finding_lines
from ka2budget.errors import Refusal
from ka2budget.finding import Finding, Severity
from ka2budget.language import known_language, language_of_environment
from ka2budget.model import Model
from ka2budget.project import Project
from ka2budget.text import LANGUAGES, Phrase, Word, number, percent, say, translate

_F = TypeVar("_F", bound=Callable[..., Any])


FILE = click.argument("file", type=click.Path(path_type=Path))
"""The project file of a command."""

_chosen = ""
_spoken = language_of_environment(os.environ)


def _choose(_context: click.Context, _parameter: click.Parameter, value: str | None) -> None:
    global _chosen  # noqa: PLW0603 - a process answers one command, in one language
    _chosen = known_language(value) if value else ""
    speak(None)


def language_option(function: _F) -> _F:
    """Add the option that chooses the language of the answer."""
    return click.option(
        "--language",
        callback=_choose,
        expose_value=False,
        is_eager=True,
        help="Language of the answer, such as de; else the project's, else that of the environment.",
    )(function)


def speak(project: Project | None) -> str:
    """Choose and return the language of the answer: the option's, else the project's, else the environment's."""
    return speak_of(None if project is None else project.language)


def speak_of(language: str | None) -> str:
    """Choose and return the language of the answer as ``speak`` does, for a project of that language."""
    global _spoken  # noqa: PLW0603 - the same
    _spoken = _chosen or (language if language in LANGUAGES else None) or language_of_environment(os.environ)
    return _spoken


def words(template: str, **values: Any) -> str:  # noqa: ANN401 - values of any field
    """Return a message in the language of the answer."""
    return say(template, _spoken, **values)


def spoken(said: Word | Phrase | Refusal) -> str:
    """Return a word, a phrase or a refusal in the language of the answer."""
    return said.say(_spoken)


def counted(count: int, none: str, one: str, several: str) -> str:
    """Return how many there are, in the language of the answer: none, one, or several with their ``{count}``."""
    return words(none if not count else one if count == 1 else several, count=count)


def tell(template: str, **values: Any) -> None:  # noqa: ANN401
    """Print a message in the language of the answer."""
    click.echo(words(template, **values))


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
    """Return the examined project of a file; from here on the answer is in its language."""
    project = steps.read_project(file)
    speak(project)
    return steps.examine(project)


def print_json(answer: Model | Sequence[Model | dict[str, Any]] | dict[str, Any]) -> None:
    """Print an answer as JSON: amounts as strings with two decimals."""
    plain = _plain(answer) if isinstance(answer, (Model, dict)) else [_plain(one) for one in answer]
    utf8 = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
    click.echo(json.dumps(plain, indent=2, ensure_ascii=not utf8))


def _plain(answer: Model | dict[str, Any]) -> dict[str, Any]:
    return answer.model_dump(mode="json") if isinstance(answer, Model) else answer


def money(amount: Decimal | None) -> str:
    """Return an amount as tables show it, or nothing where there is none."""
    return "" if amount is None else number(amount, _spoken)


def percentage(value: Decimal | None) -> str:
    """Return per cent as tables show them, or nothing where there are none."""
    return "" if value is None else percent(value, _spoken)


def print_table(headers: Sequence[str], rows: Iterable[Sequence[Any]], numbers: Sequence[int] = ()) -> None:
    """Print rows under headers, the columns of the given numbers to the right; columns without a word are left out."""
    from tabulate import tabulate

    titles = [translate(header, _spoken) for header in headers]
    texts = [["" if cell is None else str(cell) for cell in row] for row in rows]
    shown = [number for number in range(len(headers)) if any(row[number] for row in texts)]
    align = ["right" if number in numbers else "left" for number in shown]
    body = [[row[number] for number in shown] for row in texts]
    head = [titles[number] for number in shown]
    click.echo(tabulate(body, head, tablefmt="simple", colalign=align if body else None, disable_numparse=True))


def print_wrapped(headers: list[str], rows: list[list[str]]) -> None:
    """Print a table of sentences, broken to a readable width."""
    from textwrap import fill

    print_table(headers, [[row[0], *(fill(cell, 44) for cell in row[1:])] for row in rows])


def print_findings(file: Path | str, content: Model, findings: Iterable[Finding], *, err: bool = False) -> None:
    """Print findings about what a file holds, one a line."""
    for line in finding_lines(file, content, findings, _spoken):
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
    """End with exit code 1 and the errors where the budget has any; raise NotAllowed for one partner's part."""
    steps.demand_whole(examined.project)
    if examined.errors:
        print_findings(file, examined.project, examined.errors, err=True)
        raise click.exceptions.Exit(1)


def the_day(value: datetime | None) -> date:
    """Return the day a document is made on: as given, else today."""
    return (value or datetime.now()).date()  # noqa: DTZ005 - the reader's own calendar
