"""Commands about files: convert, schema."""

from pathlib import Path

import click

from ka2budget import steps
from ka2budget.catalogue import calls_of
from ka2budget.cli.answer import FILE, OUT, print_json
from ka2budget.cli.commands import command
from ka2budget.errors import NotAllowed
from ka2budget.files import SCHEMAS, named
from ka2budget.text import message


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
    if action is not None or year is not None:
        if name != "project" or action is None:
            raise NotAllowed(
                "--action and --call narrow the schema of a project: ka2budget schema project --action CODE"
            )
        from ka2budget.schema.narrow import narrowed

        print_json(narrowed(action, year or calls_of(action)[-1]))
    elif name is None:
        for path in sorted(SCHEMAS.glob("*.schema.json")):
            click.echo(path.name.removesuffix(".schema.json"))
    else:
        click.echo(named(SCHEMAS, name, ".schema.json", message("schema")).read_text(encoding="utf-8"), nl=False)
