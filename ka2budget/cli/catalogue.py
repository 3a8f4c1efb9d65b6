"""Commands about the catalogue: actions, rules."""

from dataclasses import asdict

import click

from ka2budget.catalogue import FORMS, MANAGERS, catalogue, is_asked_for, matching, platforms, rules_for, runs
from ka2budget.cli.answer import (
    as_json,
    language_option,
    print_json,
    print_table,
    print_wrapped,
    spoken,
    tell,
    words,
)
from ka2budget.cli.commands import Command, Group, command
from ka2budget.errors import NoSuchRule


@command()
@click.argument("code", required=False)
@click.option("--coverage", is_flag=True, help="How many figures of each call are confirmed, how many in doubt.")
@language_option
@as_json
def actions(code: str | None, *, coverage: bool, json_: bool) -> None:
    """Print the actions, their calls and who manages them."""
    entries, others = (catalogue(), platforms()) if code is None else matching(code)
    if json_:
        print_json(
            {
                "actions": [asdict(entry) for entry in entries],
                "platforms": [one.model_dump(mode="json", exclude_none=True) for one in others],
            }
        )
    elif coverage:
        rows = [[one.action, one.call, words(one.title), one.confirmed, one.in_doubt, one.unknown] for one in entries]
        print_table(["Action", "Call", "Title", "Confirmed", "In doubt", "Not known"], rows, [3, 4, 5])
    else:
        years: dict[tuple[str, str, str, str], list[int]] = {}
        for one in entries:
            for name in one.codes:
                if is_asked_for(name, code):
                    row = (name, words(one.title), words(MANAGERS[one.managed_by]), words(FORMS[one.grant]))
                    years.setdefault(row, []).append(one.call)
        rows = [[*row, runs(calls)] for row, calls in sorted(years.items())]
        rows += [
            [name, one.title, words("no grant"), words("run by {name}", name=one.run_by), f"{one.first}-{one.last}"]
            for one in others
            for name in one.codes
        ]
        print_table(["Code", "Title", "Managed by", "Form of grant", "Calls"], rows)


@click.group(cls=Group)
def rules() -> None:
    """Show the rules of a call, or what changed between two."""


@rules.command(cls=Command)
@click.argument("code")
@click.argument("year", type=int)
@click.argument("path", required=False)
@language_option
@as_json
def show(code: str, year: int, path: str | None, *, json_: bool) -> None:
    """Print the rules of an action in a call with document and page; PATH narrows them, such as limits.months."""
    from ka2budget.rules.statements import stated

    found = rules_for(code, year)
    if path is not None:
        found.find(path)
    everything = list(stated(found))
    said = [one for one in everything if path is None or one.path == path or one.path.startswith(f"{path}.")]
    if path is not None and not said:
        table = path.rpartition(".")[0]
        inside = (one.path.removeprefix(f"{table}.") for one in everything if one.path.startswith(f"{table}."))
        raise NoSuchRule(path, found.file, tuple(dict.fromkeys(name.partition(".")[0] for name in inside)))
    if json_:
        print_json({"rules": [{**one._asdict(), "value": str(one.value)} for one in said]})
        return
    codes = tuple(found.codes)
    tell("{title} ({codes}), call {call}, calls/{file}", title=found.title, codes=codes, call=year, file=found.file)
    click.echo()
    for name, value, source, doubt in said:
        click.echo(f"{name}: {spoken(value)}{f' [{source}]' if source else ''}")
        if doubt:
            tell("    in doubt: {doubt}", doubt=doubt)


@rules.command(cls=Command)
@click.argument("code")
@click.argument("year", type=int)
@click.argument("other", type=int)
@language_option
@as_json
def diff(code: str, year: int, other: int, *, json_: bool) -> None:
    """Print what differs between two calls of an action."""
    from ka2budget.rules.statements import changes

    found = tuple(changes(rules_for(code, year), rules_for(code, other)))
    if json_:
        print_json(
            {
                "differences": [
                    {"path": one.path, str(year): before, str(other): after, "source": one.source}
                    for one in found
                    for before, after in [[str(said or "") for said in (one.before, one.after)]]
                ]
            }
        )
    elif not found:
        tell("Nothing differs between the calls {one} and {other}.", one=year, other=other)
    else:
        rows = [
            [spoken(one.what), *(spoken(said) if said else "-" for said in (one.before, one.after)), one.source or ""]
            for one in found
        ]
        print_wrapped(["Rule", str(year), str(other), "Source"], rows)
