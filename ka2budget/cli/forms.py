"""Commands about forms: merge those that came back, write that of a report."""

from pathlib import Path
from typing import Any, NamedTuple

import click

from ka2budget import steps
from ka2budget.cli.answer import (
    FILE,
    OUT,
    as_json,
    counted,
    demand_no_errors,
    examine,
    language_option,
    money,
    print_json,
    print_table,
    speak,
    tell,
    words,
)
from ka2budget.cli.commands import command
from ka2budget.money import ZERO


@command()
@click.argument("forms", nargs=-1, required=True, type=click.Path(path_type=Path))
@OUT
@click.option(
    "--base", type=click.Path(path_type=Path), help="The last version of the project; may be the file to write."
)
@language_option
@as_json
def merge(forms: tuple[Path, ...], out: Path, base: Path | None, *, json_: bool) -> None:
    """Take the partners' forms together, and show who changed what.

    Where two forms, or a form and the last version, say different things, both are listed; then the exit code is 1 and
    nothing is written.
    """
    steps.keep_apart(out, *forms)
    merging = steps.merge_forms(forms, base, out)
    speak(merging.project)
    if json_:
        print_json(_answer(merging))
    else:
        _print(merging)
    if merging.project is None:
        conflicts = counted(len(merging.conflicts), "no conflicts", "1 conflict", "{count} conflicts")
        click.echo(
            words("{file}: not written: {conflicts} to be settled first", file=out, conflicts=conflicts), err=True
        )
        raise click.exceptions.Exit(1)
    steps.write_document(merging.project, out)
    files = counted(len(forms), "no forms", "1 form", "{count} forms")
    errors = counted(
        len(merging.errors), "no errors", "1 error, which 'ka2budget check' names",
        "{count} errors, which 'ka2budget check' names",
    )  # fmt: skip
    click.echo(words("{file}: written from {forms}; {errors}", file=out, forms=files, errors=errors), err=True)


@command()
@FILE
@click.option(
    "--report",
    "declared",
    type=click.Path(path_type=Path),
    help="Report with what is declared so far; it is filled in.",
)
@OUT
@click.option("--interim", is_flag=True, help="Write the form of an interim report: what was used, and no scores.")
@language_option
def report(file: Path, declared: Path | None, out: Path, *, interim: bool) -> None:
    """Write the Excel form of a report, filled from the project.

    'ka2budget settle' reads it in place of a report file once it is filled in.
    """
    steps.keep_apart(out, file, declared)
    examined = examine(file)
    so_far = None if declared is None else steps.read_report(declared)
    demand_no_errors(file, examined)
    steps.write_report_form(examined, so_far, out, speak(examined.project), interim=interim)


def _answer(merging: steps.Merging) -> dict[str, Any]:
    return {
        "forms": [
            {
                "file": one.file,
                "partner": one.part,
                "made_from_another_version": one.is_older,
                "changes": [_plain(change) for change in one.changes],
            }
            for one in merging.contributions
        ],
        "conflicts": [
            {"what": str(one.what), "sides": [_plain(side) for side in one.sides]} for one in merging.conflicts
        ],
        "grants": {
            name: {"before": None if before is None else str(before), "after": None if after is None else str(after)}
            for name, (before, after) in merging.grants.items()
        },
    }


def _plain(said: NamedTuple) -> dict[str, str]:
    """Return what is said as programs read it, in English."""
    return {name: str(value) for name, value in said._asdict().items()}


def _print(merging: steps.Merging) -> None:
    for one in merging.contributions:
        who = f" ({one.part})" if one.part else ""
        older = words(", made from another version of the project than the last") if one.is_older else ""
        changes = counted(len(one.changes), "nothing changed", "1 change", "{count} changes")
        click.echo(f"{one.file}{who}: {changes}{older}")
        if one.changes:
            rows = [[words(each.kind), *(words("{said}", said=said) for said in each[1:])] for each in one.changes]
            print_table(["", "What changed", "Before", "After", "Cell"], rows)
        click.echo()
    if merging.project is not None and any(before != after for before, after in merging.grants.values()):
        rows = [
            [name, money(before), money(after), money((after or ZERO) - (before or ZERO))]
            for name, (before, after) in merging.grants.items()
        ]
        print_table(["Partner", "Grant before", "Grant after", "Difference"], rows, range(1, 4))
    for conflict in merging.conflicts:
        click.echo(words("conflict: {what}", what=conflict.what))
        for side in conflict.sides:
            tell("    {value} [{where}]", value=side.value, where=side.where)
