"""Commands about the agencies' own workbooks: fill, read."""

from datetime import datetime
from pathlib import Path

import click

from ka2budget import steps
from ka2budget.cli.answer import (
    FILE,
    OUT,
    demand_no_errors,
    examine,
    finish,
    language_option,
    spoken,
)
from ka2budget.cli.commands import command


@command()
@FILE
@click.option(
    "--workbook",
    type=click.Path(path_type=Path),
    required=True,
    help="EACEA's Detailed Budget Table as downloaded (.xlsx); it stays as it is.",
)
@OUT
@click.option("--draft", is_flag=True, help="Fill it in spite of errors.")
@language_option
def fill(file: Path, workbook: Path, out: Path, *, draft: bool) -> None:
    """Fill the agency's own budget workbook.

    What had to be joined, moved or left out is told on standard error. The sums are computed when the workbook is
    opened: save it once in Excel or LibreOffice before it is uploaded.
    """
    steps.keep_apart(out, file, workbook)
    examined = examine(file)
    if not draft:
        demand_no_errors(file, examined)
    for notice in steps.fill_official(examined, workbook, out):
        click.echo(f"{out}: {spoken(notice)}", err=True)
    finish(file, examined)


@command()
@click.argument("workbook", type=click.Path(path_type=Path))
@OUT
@click.option("--action", required=True, help="Code of the action, which the workbook does not hold.")
@click.option("--call", type=int, required=True, help="Year of the call.")
@click.option("--title", help="Title of the project; else its acronym.")
@click.option(
    "--start", type=click.DateTime(["%Y-%m-%d"]), help="First day; else 1 January of the year after the call."
)
@click.option("--months", type=click.IntRange(1, 120), help="Duration; else the shortest that the call allows.")
@language_option
def read(
    workbook: Path,
    out: Path,
    action: str,
    call: int,
    title: str | None,
    start: datetime | None,
    months: int | None,
) -> None:
    """Write a project file from a filled Detailed Budget Table of EACEA."""
    steps.keep_apart(out, workbook)
    day = start.date() if start else None
    project, notices = steps.read_official(workbook, action, call, title=title, start=day, months=months)
    steps.write_document(project, out)
    for notice in notices:
        click.echo(f"{workbook}: {spoken(notice)}", err=True)
