"""Commands about the catalogue: actions, rules."""

import click

from ka2budget.catalogue import calls_of, catalogue, platforms, rules_for
from ka2budget.cli.answer import as_json, print_json, print_table, print_wrapped

MANAGERS = {"na": "National Agency", "eacea": "EACEA"}


@click.command()
@click.argument("code", required=False)
@click.option("--coverage", is_flag=True, help="How many figures of each call are confirmed, how many in doubt.")
@as_json
def actions(code: str | None, *, coverage: bool, json_: bool) -> None:
    """Print the actions, their calls and who manages them."""
    entries = [entry for entry in catalogue() if any(_is_asked_for(name, code) for name in entry.codes)]
    others = [one for one in platforms() if any(_is_asked_for(name, code) for name in one.codes)]
    if not entries and not others:
        calls_of(code or "")  # raises NoSuchAction with codes like it
    if json_:
        print_json(
            {
                "actions": [entry._asdict() for entry in entries],
                "platforms": [one.model_dump(mode="json", exclude_none=True) for one in others],
            }
        )
    elif coverage:
        rows = [[one.action, one.call, one.title, one.confirmed, one.in_doubt, one.unknown] for one in entries]
        print_table(["Action", "Call", "Title", "Confirmed", "In doubt", "Not known"], rows, [3, 4, 5])
    else:
        years: dict[tuple[str, str, str, str], list[int]] = {}
        for one in entries:
            for name in one.codes:
                if _is_asked_for(name, code):
                    years.setdefault((name, one.title, MANAGERS[one.managed_by], one.grant), []).append(one.call)
        rows = [
            [*row, f"{min(calls)}-{max(calls)}" if len(calls) > 1 else calls[0]] for row, calls in sorted(years.items())
        ]
        rows += [
            [name, one.title, "no grant", f"run by {one.run_by}", f"{one.first}-{one.last}"]
            for one in others
            for name in one.codes
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
    from ka2budget.rules.statements import stated

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
    from ka2budget.rules.statements import changes

    found = tuple(changes(rules_for(code, year), rules_for(code, other)))
    if json_:
        print_json(
            {
                "differences": [
                    {"path": one.path, str(year): one.before, str(other): one.after, "source": one.source}
                    for one in found
                ]
            }
        )
    elif not found:
        click.echo(f"Nothing differs between the calls {year} and {other}.")
    else:
        rows = [[one.what, one.before or "-", one.after or "-", one.source or ""] for one in found]
        print_wrapped(["Rule", str(year), str(other), "Source"], rows)
