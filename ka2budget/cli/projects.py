"""Commands that ask about one project: new, check, budget, explain, share, compare, advise."""

from collections import Counter
from decimal import Decimal
from pathlib import Path

import click

from ka2budget import steps
from ka2budget.catalogue import calls_of, code_of, rules_for
from ka2budget.checks import OPEN_QUESTIONS
from ka2budget.cli.answer import (
    FILE,
    agreement_option,
    as_json,
    counted,
    examine,
    finish,
    finish_quietly,
    language_option,
    money,
    percentage,
    print_findings,
    print_json,
    print_table,
    print_wrapped,
    speak,
    spoken,
    tell,
    words,
)
from ka2budget.cli.commands import command
from ka2budget.errors import NotAllowed
from ka2budget.finding import Severity
from ka2budget.money import HUNDRED, ZERO, four_decimals, total
from ka2budget.text import message


@command()
@click.argument("code")
@click.option("--call", type=int, help="Year of the call; the latest, if not given.")
@click.option("-o", "--out", type=click.Path(path_type=Path), help="File to write; else it is printed.")
@click.option("--form", is_flag=True, help="Write an Excel form (.xlsx) in place of a text file.")
@click.option("-f", "--file", type=click.Path(path_type=Path), help="Project to fill the form from.")
@click.option("--partner", help="Write the form of this partner's part alone, such as P3; needs --file.")
@language_option
def new(code: str, call: int | None, out: Path | None, file: Path | None, partner: str | None, *, form: bool) -> None:
    """Write a commented project file to start from, or an Excel form to fill in."""
    if form:
        _new_form(code, call, out, file, partner)
        return
    if file is not None or partner is not None:
        raise NotAllowed("--file and --partner are for forms; add --form")
    from ka2budget.starter import starter

    rules = rules_for(code, call or calls_of(code)[-1])
    text = starter(rules, code)
    if out is None:
        click.echo(text, nl=False)
    else:
        steps.write_new(out, text)


def _new_form(code: str, call: int | None, out: Path | None, file: Path | None, partner: str | None) -> None:
    if out is None:
        raise NotAllowed("A form is a workbook, which cannot be printed; name a file for it with -o FORM.xlsx")
    if partner is not None and file is None:
        raise NotAllowed("The form of one partner is filled from the project; name its file with --file PROJECT.toml")
    project = None if file is None else steps.read_project(file)
    year = call or (calls_of(code)[-1] if project is None else project.call)
    if project is not None and (code_of(project.action, year), project.call) != (code_of(code, year), year):
        raise NotAllowed(
            "{file} is a project of {its}, call {its_call}, not of {code}, call {call}",
            file=file, its=project.action, its_call=project.call, code=code, call=year,
        )  # fmt: skip
    steps.write_new_form(out, code_of(code, year), year, speak(project), project, partner)


@command()
@FILE
@click.option("--questions", is_flag=True, help="Print what the call asks for and only people can judge, too.")
@language_option
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
        numbers = [
            counted(count[Severity.ERROR], "no errors", "1 error", "{count} errors"),
            counted(count[Severity.WARNING], "no warnings", "1 warning", "{count} warnings"),
        ]
        if asked:
            how = "" if questions else words(" (--questions lists them)")
            asks = counted(
                len(asked), "no questions for people", "1 question for people", "{count} questions for people"
            )
            numbers.append(f"{asks}{how}")
        click.echo(f"{file}: {', '.join(numbers)}", err=True)
    if examined.errors:
        raise click.exceptions.Exit(1)


@command()
@FILE
@language_option
@as_json
def budget(file: Path, *, json_: bool) -> None:
    """Print totals per partner and work package, grant and own part."""
    examined = examine(file)
    result = examined.budget
    if json_:
        print_json(result)
        finish_quietly(examined)
        return
    click.echo(examined.project.title)
    facts = {"action": result.action, "call": result.call, "grant": money(result.grant)}
    if result.total_cost is None:
        tell("{action}, call {call}: grant {grant} EUR", **facts)
    else:
        facts |= {"cost": money(result.total_cost), "own": money(result.total_cost - result.grant)}
        tell(
            message("{action}, call {call}: grant {grant} EUR, costs {cost} EUR, carried by the partners {own} EUR")
            if result.rate is not None
            else message(
                "{action}, call {call}: grant {grant} EUR, estimated cost {cost} EUR, carried by the partners {own} EUR"
            ),
            **facts,
        )
    click.echo()
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
            percentage(one.percent),
        ]
        for key, one in result.partners.items()
    ]
    rows.append(["", words("Total"), *(money(part.amount) for part in parts.values()), money(result.planned), ""])
    rows.append(["", words("Share"), *(percentage(part.percent) for part in parts.values()), "", ""])
    print_table(["", "Partner", *parts, "Grant", "Share"], rows, range(2, len(parts) + 4))


def _print_headings(examined: steps.Examined) -> None:
    """Print headings by partner, and the partners with their share."""
    result, headings = examined.budget, examined.rules.headings
    ids = list(result.partners)
    rows = [
        [
            name,
            spoken(headings[name].label),
            *(money(part.partners.get(key)) for key in ids),
            money(part.amount),
            percentage(part.percent),
        ]
        for name, part in result.headings.items()
    ]
    rows.append(["", words("Total"), *(money(one.grant) for one in result.partners.values()), money(result.grant), ""])
    print_table(["", "Heading", *ids, "Grant", "Share"], rows, range(2, len(ids) + 4))
    click.echo()
    rows = [
        [one.id, one.name, money(its.grant), percentage(its.percent), money(its.cost), money(its.own_part)]
        for one, its in ((one, result.partners[one.id]) for one in examined.project.partners)
    ]
    print_table(["", "Partner", "Grant", "Share", "Cost", "Own part"], rows, range(2, 6))


def _print_costs(examined: steps.Examined) -> None:
    result = examined.budget
    click.echo()
    rate = (result.rate or ZERO) * HUNDRED
    tell("The grant covers {rate:digits}% of the costs.", rate=four_decimals(rate))
    click.echo()
    rows = [
        [key, *map(money, (one.direct, one.indirect, one.cost, one.grant, one.own_part))]
        for key, one in result.partners.items()
    ]
    columns = ([getattr(one, name) or ZERO for one in result.partners.values()] for name in _COST_COLUMNS)
    rows.append([words("Total"), *(money(total(column)) for column in columns)])
    print_table(["", "Direct", "Indirect", "Cost", "Grant", "Own part"], rows, range(1, 6))
    click.echo()
    print_table(["Category", "EUR"], [[name, money(part.amount)] for name, part in result.headings.items()], [1])


_COST_COLUMNS = ("direct", "indirect", "cost", "grant", "own_part")


@command()
@FILE
@click.argument("what", required=False)
@language_option
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
        note = f" ({spoken(one.note)})" if one.note else ""
        click.echo(f"{one.what}: {spoken(one.label)}: {money(one.amount)} EUR{note}")
        if one.terms:
            sums = " ".join(
                f"{'-' if term.amount < 0 else '+'} {money(abs(term.amount))} ({spoken(term.what)})"
                for term in one.terms
            )
            click.echo(f"    = {sums.removeprefix('+ ')}")
        if one.source:
            tell("    from {source}", source=one.source)
        if one.doubt:
            tell("    in doubt: {doubt}", doubt=one.doubt)
    finish(file, examined)


@command()
@FILE
@agreement_option
@language_option
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
    numbers = [words("Instalment {number}", number=number + 1) for number in range(len(shares.instalments))]
    rows = [
        [key, names[key], money(one.grant), percentage(one.percent), money(one.own_part), *map(money, one.instalments)]
        for key, one in shares.partners.items()
    ]
    everything = [money(shares.grant), percentage(HUNDRED), money(shares.own_part)]
    rows.append(["", words("Total"), *everything, *map(money, shares.instalments)])
    print_table(["", "Partner", "Grant", "Share", "Own part", *numbers], rows, range(2, 5 + len(numbers)))
    click.echo()
    parts = list(examined.budget.parts)
    rows = [
        [key, names[key], *(percentage(one.percents.get(part)) for part in parts)]
        for key, one in shares.partners.items()
    ]
    print_table(["", "Share of", *parts], rows, range(2, 2 + len(parts)))
    click.echo()
    doubt = f". {spoken(shares.instalments_doubt)}" if shares.instalments_doubt else ""
    tell("Instalments: {source}", source=f"{spoken(shares.instalments_source)}{doubt}")
    finish(file, examined)


@command()
@FILE
@language_option
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
    wrapped = [[spoken(row.what), *map(spoken, row.values)] for row in result.rows]
    print_wrapped(["", *result.actions], wrapped)
    for action, findings in result.refused.items():
        click.echo()
        if findings:
            tell("{action} would refuse:", action=action)
        else:
            tell("{action} would refuse nothing.", action=action)
        for finding in findings:
            source = f"; {finding.source}" if finding.source else ""
            click.echo(f"  {words(finding.template, **finding.values)} [{finding.code}{source}]")
    for doubt in result.doubts:
        click.echo(f"(*) {spoken(doubt)}")
    finish(file, examined)


@command()
@FILE
@click.option("--scale", type=int, help="Propose the shares for this lump sum, in EUR.")
@click.option("-o", "--out", type=click.Path(path_type=Path), help="Write the scaled project here (.toml or .json).")
@language_option
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
    costs = {"cost": money(found.estimated_cost), "planned": money(found.planned)}
    tell("Estimated cost {cost} EUR, planned {planned} EUR", **costs)
    click.echo()
    rows = [
        [
            money(one.lump_sum),
            " ".join(filter(None, (one.action, one.variant))),
            words("yes") if one.possible else words("no"),
            "" if one.own_part is None else f"{money(one.own_part)} ({percentage(one.own_percent)})",
            "\n".join(map(spoken, one.changes)) or words("nothing"),
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
    rows.append([words("Total"), *(money(part.amount) for part in parts.values()), money(examined.budget.planned)])
    print_table(["", *parts, "Grant"], rows, range(1, len(parts) + 2))
