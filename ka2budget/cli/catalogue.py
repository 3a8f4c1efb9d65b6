"""Commands about the catalogue: actions, rules."""

import click

from ka2budget.catalogue import catalogue, rules_for, stated
from ka2budget.cli.answer import as_json, print_json, print_table, print_wrapped
from ka2budget.errors import NoSuchAction

MANAGERS = {"na": "National Agency", "eacea": "EACEA"}


@click.command()
@click.argument("code", required=False)
@click.option("--coverage", is_flag=True, help="How many figures of each call are confirmed, how many in doubt.")
@as_json
def actions(code: str | None, *, coverage: bool, json_: bool) -> None:
    """Print the actions, their calls and who manages them."""
    entries = [entry for entry in catalogue() if code is None or code in entry.codes]
    if not entries:
        raise NoSuchAction(code or "", [])
    if json_:
        print_json({"actions": [entry._asdict() for entry in entries]})
    elif coverage:
        rows = [[one.action, one.call, one.title, one.confirmed, one.in_doubt] for one in entries]
        print_table(["Action", "Call", "Title", "Confirmed", "In doubt"], rows, [3, 4])
    else:
        years: dict[tuple[str, str, str, str], list[int]] = {}
        for one in entries:
            for name in one.codes:
                if code in {None, name}:
                    years.setdefault((name, one.title, MANAGERS[one.managed_by], one.grant), []).append(one.call)
        rows = [
            [*row, f"{min(calls)}-{max(calls)}" if len(calls) > 1 else calls[0]] for row, calls in sorted(years.items())
        ]
        print_table(["Code", "Title", "Managed by", "Form of grant", "Calls"], rows)


@click.group()
def rules() -> None:
    """Show the rules of a call, or what changed between two."""


@rules.command()
@click.argument("code")
@click.argument("year", type=int)
@click.argument("path", required=False)
def show(code: str, year: int, path: str | None) -> None:
    """Print the rules of an action in a call with document and page; PATH narrows them, such as limits.months."""
    found = rules_for(code, year)
    if path is not None:
        found.find(path)
    click.echo(f"{found.title} ({', '.join(found.codes)}), call {found.call}, calls/{found.file}\n")
    for name, value, source, doubt in stated(found):
        if path is None or name == path or name.startswith(f"{path}."):
            click.echo(f"{name}: {value}{f' [{source}]' if source else ''}")
            if doubt:
                click.echo(f"    in doubt: {doubt}")


@rules.command()
@click.argument("code")
@click.argument("year", type=int)
@click.argument("other", type=int)
def diff(code: str, year: int, other: int) -> None:
    """Print what differs between two calls of an action."""
    before, after = ({one.path: one for one in stated(rules_for(code, call))} for call in (year, other))
    rows = [
        [path, before[path].value if path in before else "-", after[path].value if path in after else "-"]
        for path in dict.fromkeys([*before, *after])
        if path not in before or path not in after or before[path].value != after[path].value
    ]
    print_wrapped(["Rule", str(year), str(other)], rows)
