"""Commands that ask about one project: new, check, budget, explain, share, compare, advise."""

from collections import Counter
from decimal import Decimal
from pathlib import Path

import click

from ka2budget import steps
from ka2budget.catalogue import calls_of, rules_for
from ka2budget.checks import OPEN_QUESTIONS
from ka2budget.cli.answer import (
    FILE,
    agreement_option,
    as_json,
    examine,
    finish,
    finish_quietly,
    money,
    print_findings,
    print_json,
    print_table,
    print_wrapped,
)
from ka2budget.errors import NotAllowed
from ka2budget.finding import Severity
from ka2budget.money import ZERO, total


@click.command()
@click.argument("code")
@click.option("--call", type=int, help="Year of the call; the latest, if not given.")
@click.option("-o", "--out", type=click.Path(path_type=Path), help="File to write; else it is printed.")
def new(code: str, call: int | None, out: Path | None) -> None:
    """Write a commented project file to start from."""
    from ka2budget.starter import starter

    rules = rules_for(code, call or calls_of(code)[-1])
    text = starter(rules, code)
    if out is None:
        click.echo(text, nl=False)
    else:
        steps.write_new(out, text)


@click.command()
@FILE
@click.option("--questions", is_flag=True, help="Print what the call asks for and only people can judge, too.")
@as_json
def check(file: Path, *, questions: bool, json_: bool) -> None:
    """Print all findings about a project."""
    examined = examine(file)
    found = examined.budget.findings
    asked = [finding for finding in found if finding.code in OPEN_QUESTIONS]
    if json_:
        print_json(found)
    else:
        shown = found if questions else [finding for finding in found if finding.code not in OPEN_QUESTIONS]
        print_findings(file, examined.project, shown)
        count = Counter(finding.severity for finding in found)
        numbers = [f"{count[one] or 'no'} {one}{'s' * (count[one] != 1)}" for one in (Severity.ERROR, Severity.WARNING)]
        if asked:
            how = "" if questions else " (--questions lists them)"
            numbers.append(f"{len(asked)} question{'s' * (len(asked) != 1)} for people{how}")
        click.echo(f"{file}: {', '.join(numbers)}", err=True)
    if examined.errors:
        raise click.exceptions.Exit(1)


@click.command()
@FILE
@as_json
def budget(file: Path, *, json_: bool) -> None:
    """Print totals per partner and work package, grant and own part."""
    examined = examine(file)
    result = examined.budget
    if json_:
        print_json(result)
        finish_quietly(examined)
        return
    click.echo(
        f"{examined.project.title}\n{result.action}, call {result.call}: grant {money(result.grant)} EUR", nl=False
    )
    if result.total_cost is not None:
        own, word = result.total_cost - result.grant, "estimated cost" if result.rate is None else "costs"
        click.echo(f", {word} {money(result.total_cost)} EUR, carried by the partners {money(own)} EUR", nl=False)
    click.echo("\n")
    if examined.rules.structure == "units":
        _print_headings(examined)
    else:
        _print_grants(examined)
    if result.rate is not None:
        _print_costs(examined)
    finish(file, examined)


def _print_grants(examined: steps.Examined) -> None:
    result = examined.budget
    parts = result.parts
    names = {partner.id: partner.name for partner in examined.project.partners}
    rows = [
        [
            key,
            names[key],
            *(money(part.partners.get(key)) for part in parts.values()),
            money(one.grant),
            f"{one.percent}%",
        ]
        for key, one in result.partners.items()
    ]
    rows.append(["", "Total", *(money(part.amount) for part in parts.values()), money(result.planned), ""])
    rows.append(["", "Share", *(f"{part.percent}%" for part in parts.values()), "", ""])
    print_table(["", "Partner", *parts, "Grant", "Share"], rows, range(2, len(parts) + 4))


def _print_headings(examined: steps.Examined) -> None:
    """Print headings by partner, and the partners with their share."""
    result, headings = examined.budget, examined.rules.headings
    ids = list(result.partners)
    rows = [
        [
            name,
            headings[name].label,
            *(money(part.partners.get(key)) for key in ids),
            money(part.amount),
            f"{part.percent}%",
        ]
        for name, part in result.headings.items()
    ]
    rows.append(["", "Total", *(money(one.grant) for one in result.partners.values()), money(result.grant), ""])
    print_table(["", "Heading", *ids, "Grant", "Share"], rows, range(2, len(ids) + 4))
    click.echo()
    rows = [
        [one.id, one.name, money(its.grant), f"{its.percent}%", money(its.cost), money(its.own_part)]
        for one, its in ((one, result.partners[one.id]) for one in examined.project.partners)
    ]
    print_table(["", "Partner", "Grant", "Share", "Cost", "Own part"], rows, range(2, 6))


def _print_costs(examined: steps.Examined) -> None:
    result = examined.budget
    click.echo(f"\nThe grant covers {(result.rate or 0) * 100:.4f}% of the costs.\n")
    rows = [
        [key, *map(money, (one.direct, one.indirect, one.cost, one.grant, one.own_part))]
        for key, one in result.partners.items()
    ]
    columns = ([getattr(one, name) or ZERO for one in result.partners.values()] for name in _COST_COLUMNS)
    rows.append(["Total", *(money(total(column)) for column in columns)])
    print_table(["", "Direct", "Indirect", "Cost", "Grant", "Own part"], rows, range(1, 6))
    click.echo()
    print_table(["Category", "EUR"], [[name, money(part.amount)] for name, part in result.headings.items()], [1])


_COST_COLUMNS = ("direct", "indirect", "cost", "grant", "own_part")


@click.command()
@FILE
@click.argument("what", required=False)
@as_json
def explain(file: Path, what: str | None, *, json_: bool) -> None:
    """Print how an amount came about; WHAT is grant, own-part, management-cap, a part or a partner."""
    from ka2budget.explain import explain as explanations

    examined = examine(file)
    found = explanations(*examined, what)
    if json_:
        print_json(found)
        finish_quietly(examined)
        return
    for one in found:
        click.echo(f"{one.what}: {one.label}: {money(one.amount)} EUR{f' ({one.note})' if one.note else ''}")
        if one.terms:
            sums = " ".join(
                f"{'-' if term.amount < 0 else '+'} {money(abs(term.amount))} ({term.what})" for term in one.terms
            )
            click.echo(f"    = {sums.removeprefix('+ ')}")
        if one.source:
            click.echo(f"    from {one.source}")
        if one.doubt:
            click.echo(f"    in doubt: {one.doubt}")
    finish(file, examined)


@click.command()
@FILE
@agreement_option
@as_json
def share(file: Path, agreement: Path | None, *, json_: bool) -> None:
    """Print each partner's grant, percentage, own part and instalments."""
    examined = examine(file)
    shares = steps.share_out(examined, steps.read_agreement(agreement))
    if json_:
        print_json(shares)
        finish_quietly(examined)
        return
    names = {partner.id: partner.name for partner in examined.project.partners}
    numbers = [f"Instalment {number + 1}" for number in range(len(shares.instalments))]
    rows = [
        [key, names[key], money(one.grant), f"{one.percent}%", money(one.own_part), *map(money, one.instalments)]
        for key, one in shares.partners.items()
    ]
    rows.append(["", "Total", money(shares.grant), "100.00%", money(shares.own_part), *map(money, shares.instalments)])
    print_table(["", "Partner", "Grant", "Share", "Own part", *numbers], rows, range(2, 5 + len(numbers)))
    click.echo()
    parts = list(examined.budget.parts)
    rows = [
        [key, names[key], *(_percent(one.percents.get(part)) for part in parts)] for key, one in shares.partners.items()
    ]
    print_table(["", "Share of", *parts], rows, range(2, 2 + len(parts)))
    doubt = f". {shares.instalments_doubt}" if shares.instalments_doubt else ""
    click.echo(f"\nInstalments: {shares.instalments_source}{doubt}")
    finish(file, examined)


def _percent(value: Decimal | None) -> str:
    return "" if value is None else f"{value}%"


@click.command()
@FILE
@as_json
def compare(file: Path, *, json_: bool) -> None:
    """Print the project as Small-scale and as Cooperation Partnership side by side."""
    from ka2budget.compare import compare as side_by_side

    examined = examine(file)
    result = side_by_side(examined.project, examined.rules)
    if json_:
        print_json(result)
        finish_quietly(examined)
        return
    wrapped = [[row.what, *row.values] for row in result.rows]
    print_wrapped(["", *result.actions], wrapped)
    for action, findings in result.refused.items():
        click.echo(f"\n{action} would refuse:" if findings else f"\n{action} would refuse nothing.")
        for finding in findings:
            click.echo(f"  {finding.message} [{finding.code}{f'; {finding.source}' if finding.source else ''}]")
    for doubt in result.doubts:
        click.echo(f"(*) {doubt}")
    finish(file, examined)


@click.command()
@FILE
@click.option("--scale", type=int, help="Propose the shares for this lump sum, in EUR.")
@click.option("-o", "--out", type=click.Path(path_type=Path), help="Write the scaled project here (.toml or .json).")
@as_json
def advise(file: Path, scale: int | None, out: Path | None, *, json_: bool) -> None:
    """Print which lump sum fits the estimated cost, and what must change for it."""
    from ka2budget import advise as advice
    from ka2budget.compare import choices

    examined = examine(file)
    project, rules, result = examined
    if scale is not None:
        steps.keep_apart(out, file)
        scaled = steps.examine(advice.scale(project, rules, Decimal(scale)))
        if out is not None:
            steps.write_document(scaled.project, out)
        _print_scaled(scaled, json_=json_)
        finish(file, scaled)
        return
    if out is not None:
        raise NotAllowed("-o writes the scaled project; say with --scale to which lump sum")
    found = advice.advise(project, result.planned, choices(project, rules))
    if json_:
        print_json(found)
        finish_quietly(examined)
        return
    click.echo(f"Estimated cost {money(found.estimated_cost)} EUR, planned {money(found.planned)} EUR\n")
    rows = [
        [
            money(one.lump_sum),
            one.action,
            "yes" if one.possible else "no",
            "" if one.own_part is None else f"{money(one.own_part)} ({one.own_percent}%)",
            "; ".join(one.changes) or "nothing",
        ]
        for one in found.options
    ]
    print_table(["Lump sum", "Action", "Possible", "Left to the partners", "What has to change"], rows, [0, 3])
    finish(file, examined)


def _print_scaled(examined: steps.Examined, *, json_: bool) -> None:
    if json_:
        print_json(examined.budget)
        return
    parts = examined.budget.work_packages or examined.budget.activities
    rows = [
        [key, *(money(part.partners.get(key)) for part in parts.values()), money(one.grant)]
        for key, one in examined.budget.partners.items()
    ]
    rows.append(["Total", *(money(part.amount) for part in parts.values()), money(examined.budget.planned)])
    print_table(["", *parts, "Grant"], rows, range(1, len(parts) + 2))
