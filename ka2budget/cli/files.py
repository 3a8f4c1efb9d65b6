"""Commands about files: convert, schema."""

from pathlib import Path

import click

from ka2budget import steps
from ka2budget.cli.answer import (
    FILE,
    OUT,
)
from ka2budget.cli.commands import command
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
def schema(name: str | None) -> None:
    """Print a JSON Schema (draft 2020-12); without NAME the names there are."""
    if name is None:
        for path in sorted(SCHEMAS.glob("*.schema.json")):
            click.echo(path.name.removesuffix(".schema.json"))
    else:
        click.echo(named(SCHEMAS, name, ".schema.json", message("schema")).read_text(encoding="utf-8"), nl=False)
