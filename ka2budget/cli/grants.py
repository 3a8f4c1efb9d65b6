"""Commands about the grant: annex, settle, schedule."""

from datetime import UTC, datetime
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
    language_option,
    money,
    print_findings,
    print_json,
    print_table,
    speak,
    spoken,
    tell,
    the_day,
    words,
)
from ka2budget.cli.commands import command
from ka2budget.cli.dates import print_dates
from ka2budget.finding import Severity
from ka2budget.money import ZERO
from ka2budget.settlement import Settlement
from ka2budget.text import message

TODAY = click.option(
    "--today", type=click.DateTime(["%Y-%m-%d"]), help="Day the file is made on, such as 2026-09-01; else today."
)
TEMPLATES = click.option(
    "--templates",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of layouts that win over the ones that come along.",
)


@command()
@FILE
@OUT
@language_option
@TODAY
@agreement_option
@TEMPLATES
@click.option("--draft", is_flag=True, help="Write it in spite of errors; the cover says so.")
def annex(
    file: Path, out: Path, today: datetime | None, agreement: Path | None, templates: Path | None, *, draft: bool
) -> None:
    """Write the budget annex as an Excel workbook."""
    steps.keep_apart(out, file, agreement)
    examined = examine(file)
    if not draft:
        demand_no_errors(file, examined)
    language = speak(examined.project)
    steps.write_budget_annex(examined, out, the_day(today), language, steps.read_agreement(agreement), templates)
    finish(file, examined)


@command()
@FILE
@click.argument("report", type=click.Path(path_type=Path))
@click.option("-o", "--out", type=click.Path(path_type=Path), help="Write the final annex here (.xlsx).")
@language_option
@TODAY
@agreement_option
@TEMPLATES
@as_json
def settle(
    file: Path,
    report: Path,
    out: Path | None,
    today: datetime | None,
    agreement: Path | None,
    templates: Path | None,
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
        steps.write_final_annex(examined, result, out, the_day(today), speak(examined.project), templates)
    if json_:
        print_json(result)
    else:
        print_findings(report, declared, result.findings, err=True)
        if not errors:
            _print_settlement(examined, result)
    if errors:
        raise click.exceptions.Exit(1)


_LEVELS = {
    "none": message("none"),
    "project": message("project"),
    "work-package": message("work-package"),
    "acceptance": message("acceptance"),
    "costs": message("costs"),
}
_REDUCES = {"eligible": message("project, of what is eligible"), "grant": message("project, of the grant as agreed")}


def _print_settlement(examined: steps.Examined, result: Settlement) -> None:
    score = "" if result.overall_score is None else words(", score {score}", score=result.overall_score)
    level = words(_REDUCES[result.reduces] if result.headings and result.level == "project" else _LEVELS[result.level])
    tell("Grant {grant} EUR{score}, reduction: {level}", grant=money(result.grant), score=score, level=level)
    balance = result.balance or ZERO
    amounts = {"final": money(result.final_grant), "paid": money(result.paid), "balance": money(abs(balance))}
    tell(
        message("Final grant {final} EUR, paid {paid} EUR, to be recovered {balance} EUR")
        if balance < 0
        else message("Final grant {final} EUR, paid {paid} EUR, to be paid {balance} EUR"),
        **amounts,
    )
    click.echo()
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
    print_table(["", "Amount", "Costs", "Refused", "Score", "Factor", "Payable", "Difference"], rows, range(1, 8))


def _print_headings(examined: steps.Examined, result: Settlement) -> None:
    rows = [
        [
            spoken(examined.rules.headings[key].label),
            *map(money, (one.awarded, one.achieved, one.transferred, one.eligible, one.accepted)),
            money(one.accepted - one.awarded),
        ]
        for key, one in result.headings.items()
    ]
    print_table(["Heading", "Awarded", "Achieved", "Moved", "Eligible", "Payable", "Difference"], rows, range(1, 7))


@command()
@FILE
@agreement_option
@click.option("--ics", type=click.Path(path_type=Path), help="Write the dates as a calendar here (.ics).")
@click.option("--sequence", type=click.IntRange(0), default=0, help="How often the dates were changed, for calendars.")
@language_option
@as_json
def schedule(file: Path, agreement: Path | None, ics: Path | None, sequence: int, *, json_: bool) -> None:
    """Print every date of the grant with its reason."""
    steps.keep_apart(ics, file, agreement)
    examined = examine(file)
    said = steps.read_agreement(agreement)
    dates = steps.dates_of(examined, said)
    if ics is not None:
        language = speak(examined.project)
        steps.write_ics(steps.calendar_of(examined, said, datetime.now(UTC), language, sequence), ics)
    if json_:
        print_json([due.plain() for due in dates])
        finish_quietly(examined)
        return
    print_dates(dates)
    finish(file, examined)
