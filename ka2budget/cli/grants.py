"""Commands about the grant: annex, settle, schedule."""

from datetime import datetime
from pathlib import Path

import click

from ka2budget import steps
from ka2budget.cli.answer import (
    FILE,
    OUT,
    agreement_option,
    as_json,
    demand_no_errors,
    examine,
    finish,
    finish_quietly,
    money,
    print_findings,
    print_json,
    print_table,
    the_day,
)
from ka2budget.finding import Severity
from ka2budget.money import ZERO
from ka2budget.settlement import Settlement
from ka2budget.text import known_language

LANGUAGE = click.option("--language", help="Language of numbers and dates, such as de; else the project's, else en.")
TODAY = click.option(
    "--today", type=click.DateTime(["%Y-%m-%d"]), help="Day the file is made on, such as 2026-09-01; else today."
)


@click.command()
@FILE
@OUT
@LANGUAGE
@TODAY
@agreement_option
@click.option("--draft", is_flag=True, help="Write it in spite of errors; the cover says so.")
def annex(
    file: Path, out: Path, language: str | None, today: datetime | None, agreement: Path | None, *, draft: bool
) -> None:
    """Write the budget annex as an Excel workbook."""
    steps.keep_apart(out, file, agreement)
    examined = examine(file)
    if not draft:
        demand_no_errors(file, examined)
    chosen = known_language(language or examined.project.language or "en")
    steps.write_budget_annex(examined, out, the_day(today), chosen, steps.read_agreement(agreement))
    finish(file, examined)


@click.command()
@FILE
@click.argument("report", type=click.Path(path_type=Path))
@click.option("-o", "--out", type=click.Path(path_type=Path), help="Write the final annex here (.xlsx).")
@LANGUAGE
@TODAY
@agreement_option
@as_json
def settle(
    file: Path,
    report: Path,
    out: Path | None,
    language: str | None,
    today: datetime | None,
    agreement: Path | None,
    *,
    json_: bool,
) -> None:
    """Print accepted amounts, reductions and balance or recovery after the final report."""
    steps.keep_apart(out, file, report, agreement)
    examined = examine(file)
    declared = steps.read_report(report)
    demand_no_errors(file, examined)
    result = steps.assess(examined, declared, steps.read_agreement(agreement))
    errors = any(finding.severity is Severity.ERROR for finding in result.findings)
    if out is not None and not errors:
        chosen = known_language(language or examined.project.language or "en")
        steps.write_final_annex(examined, result, out, the_day(today), chosen)
    if json_:
        print_json(result)
    else:
        print_findings(report, declared, result.findings, err=True)
        if not errors:
            _print_settlement(examined, result)
    if errors:
        raise click.exceptions.Exit(1)


def _print_settlement(examined: steps.Examined, result: Settlement) -> None:
    score = "" if result.overall_score is None else f", score {result.overall_score}"
    what = f" of what is {result.reduces}" if result.headings and result.level == "project" else ""
    click.echo(f"Grant {money(result.grant)} EUR{score}, reduction: {result.level}{what}")
    balance = result.balance or ZERO
    word = "to be recovered" if balance < 0 else "to be paid"
    final, paid = money(result.final_grant), money(result.paid)
    click.echo(f"Final grant {final} EUR, paid {paid} EUR, {word} {money(abs(balance))} EUR\n")
    if result.headings:
        _print_headings(examined, result)
    else:
        _print_parts(result)
    click.echo()
    names = {partner.id: partner.name for partner in examined.project.partners}
    rows = [
        [key, names[key], money(one.final), money(one.paid), money(one.balance)] for key, one in result.partners.items()
    ]
    print_table(["", "Partner", "Final", "Paid", "Balance"], rows, range(2, 5))


def _print_parts(result: Settlement) -> None:
    rows = [
        [
            key,
            money(one.amount),
            money(one.cost),
            money(one.rejected),
            one.score,
            f"{one.factor:.4f}" if one.cost is not None else one.factor,
            money(one.accepted),
            money(one.accepted - one.amount),
        ]
        for key, one in (result.work_packages or result.activities).items()
    ]
    headers = ["", "Amount", "Costs", "Refused", "Score", "Factor", "Payable", "Difference"]
    print_table(headers, rows, range(1, 8))


def _print_headings(examined: steps.Examined, result: Settlement) -> None:
    rows = [
        [
            examined.rules.headings[key].label,
            *map(money, (one.awarded, one.achieved, one.transferred, one.eligible, one.accepted)),
            money(one.accepted - one.awarded),
        ]
        for key, one in result.headings.items()
    ]
    headers = ["Heading", "Awarded", "Achieved", "Moved", "Eligible", "Payable", "Difference"]
    print_table(headers, rows, range(1, 7))


@click.command()
@FILE
@agreement_option
@as_json
def schedule(file: Path, agreement: Path | None, *, json_: bool) -> None:
    """Print every date of the grant with its reason."""
    examined = examine(file)
    dates = steps.dates_of(examined, steps.read_agreement(agreement))
    if json_:
        print_json(dates)
        finish_quietly(examined)
        return
    rows = [
        [due.date or "open", due.what, money(due.amount), f"{due.reason}{' (*)' if due.doubt else ''}"] for due in dates
    ]
    print_table(["Date", "What", "EUR", "Why"], rows, [2])
    for doubt in dict.fromkeys(due.doubt for due in dates if due.doubt):
        click.echo(f"(*) {doubt}")
    finish(file, examined)
