"""Commands about the catalogue: actions, rules."""

import click

from ka2budget.catalogue import calls_of, catalogue, rules_for, stated
from ka2budget.cli.answer import as_json, print_json, print_table, print_wrapped

MANAGERS = {"na": "National Agency", "eacea": "EACEA"}


@click.command()
@click.argument("code", required=False)
@click.option("--coverage", is_flag=True, help="How many figures of each call are confirmed, how many in doubt.")
@as_json
def actions(code: str | None, *, coverage: bool, json_: bool) -> None:
    """Print the actions, their calls and who manages them."""
    entries = [entry for entry in catalogue() if any(_is_asked_for(name, code) for name in entry.codes)]
    if not entries:
        calls_of(code or "")  # raises NoSuchAction with codes like it
    if json_:
        print_json({"actions": [entry._asdict() for entry in entries]})
    elif coverage:
        rows = [[one.action, one.call, one.title, one.confirmed, one.in_doubt] for one in entries]
        print_table(["Action", "Call", "Title", "Confirmed", "In doubt"], rows, [3, 4])
    else:
        years: dict[tuple[str, str, str, str], list[int]] = {}
        for one in entries:
            for name in one.codes:
                if _is_asked_for(name, code):
                    years.setdefault((name, one.title, MANAGERS[one.managed_by], one.grant), []).append(one.call)
        rows = [
            [*row, f"{min(calls)}-{max(calls)}" if len(calls) > 1 else calls[0]] for row, calls in sorted(years.items())
        ]
        print_table(["Code", "Title", "Managed by", "Form of grant", "Calls"], rows)


def _is_asked_for(name: str, code: str | None) -> bool:
    return code is None or name == code or name.startswith(f"{code}-")


@click.group()
def rules() -> None:
    """Show the rules of a call, or what changed between two."""


@rules.command()
@click.argument("code")
@click.argument("year", type=int)
@click.argument("path", required=False)
@as_json
def show(code: str, year: int, path: str | None, *, json_: bool) -> None:
    """Print the rules of an action in a call with document and page; PATH narrows them, such as limits.months."""
    found = rules_for(code, year)
    if path is not None:
        found.find(path)
    said = [one for one in stated(found) if path is None or one.path == path or one.path.startswith(f"{path}.")]
    if json_:
        print_json({"rules": [one._asdict() for one in said]})
        return
    click.echo(f"{found.title} ({', '.join(found.codes)}), call {found.call}, calls/{found.file}\n")
    for name, value, source, doubt in said:
        click.echo(f"{name}: {value}{f' [{source}]' if source else ''}")
        if doubt:
            click.echo(f"    in doubt: {doubt}")


@rules.command()
@click.argument("code")
@click.argument("year", type=int)
@click.argument("other", type=int)
@as_json
def diff(code: str, year: int, other: int, *, json_: bool) -> None:
    """Print what differs between two calls of an action."""
    before, after = ({one.path: one for one in stated(rules_for(code, call))} for call in (year, other))
    rows = [
        [path, before[path].value if path in before else "-", after[path].value if path in after else "-"]
        for path in dict.fromkeys([*before, *after])
        if path not in before or path not in after or before[path].value != after[path].value
    ]
    if json_:
        print_json({"differences": [{"path": path, str(year): old, str(other): new} for path, old, new in rows]})
    else:
        print_wrapped(["Rule", str(year), str(other)], rows)
