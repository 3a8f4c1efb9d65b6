"""Commands about files: convert, schema."""

from pathlib import Path

import click

from ka2budget import steps
from ka2budget.cli.answer import FILE, OUT
from ka2budget.cli.commands import command
from ka2budget.files import SCHEMAS


@command()
@FILE
@OUT
def convert(file: Path, out: Path) -> None:
    """Write a project file in the other form: TOML for people, JSON for systems."""
    steps.keep_apart(out, file)
    steps.write_document(steps.read_form(file), out)


@command()
@click.argument("name", required=False)
@click.option("--action", metavar="CODE", help="Narrow the schema of a project to what this action allows.")
@click.option("--call", "year", type=int, help="Year of the call; without it the latest of the action.")
def schema(name: str | None, action: str | None, year: int | None) -> None:
    """Print a JSON Schema (draft 2020-12); without NAME the names there are."""
    if name is None and action is None and year is None:
        for path in sorted(SCHEMAS.glob("*.schema.json")):
            click.echo(path.name.removesuffix(".schema.json"))
        return
    from ka2budget.schema import published

    click.echo(published(name or "", action, year), nl=False)
