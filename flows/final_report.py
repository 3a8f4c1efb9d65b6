"""The flow that settles an assessed final report: accepted amounts, reductions, balance, and the final annex.

``python -m flows.final_report PROJECT REPORT -o OUT.xlsx`` runs it once, with a server or without one.
"""

from datetime import date
from pathlib import Path
from typing import Any

import click
from prefect import flow

from flows.artifacts import final_rows, leave, leave_findings, part_rows
from flows.run import Stopped, annex_options, answer, call, inside, log, outside
from flows.tasks import examine, read_agreement, read_project, the_day
from ka2budget import steps
from ka2budget.agreement import Agreement
from ka2budget.cli.commands import command
from ka2budget.errors import Refusal
from ka2budget.finding import Finding, Severity
from ka2budget.language import known_language
from ka2budget.report import Report
from ka2budget.settlement import Settlement
from ka2budget.text import say


class NotSettled(Refusal):
    """The report has errors, so there is no final grant; ``errors`` holds them, told in ``language``."""

    def __init__(self, report: Report, findings: tuple[Finding, ...], language: str) -> None:
        self.report, self.language = report, language
        self.errors = tuple(finding for finding in findings if finding.severity is Severity.ERROR)
        super().__init__(
            "The report has {count} errors: {codes}" if len(self.errors) > 1 else "The report has an error: {codes}",
            count=len(self.errors), codes=tuple(error.code for error in self.errors),
        )  # fmt: skip


@outside("read report")
def read_report(file: str) -> Report:
    """Return the report of a file; raise Unreadable with every problem."""
    return steps.read_report(Path(file))


@inside("settle")
def settle(examined: steps.Examined, report: Report, agreement: Agreement | None) -> Settlement:
    """Return the settlement, without amounts where the report has errors; raise Forbidden where the budget has."""
    return steps.assess(examined, report, agreement)


@outside("write annex")
def write_annex(examined: steps.Examined, settlement: Settlement, out: str, today: date, language: str) -> str:
    """Write the final annex and return its SHA-256; raise CannotWrite, with what stood there before untouched."""
    return steps.write_final_annex(examined, settlement, Path(out), today, language)


@flow(name="final-report")
def final_report(
    project: str,
    report: str,
    out: str,
    language: str | None = None,
    today: str | None = None,
    agreement: str | None = None,
) -> dict[str, Any]:
    """Settle an assessed final report and write its annex.

    Args:
        project: Project file (.toml or .json).
        report: Report file: what was delivered, the scores, the payments made.
        out: Workbook to write (.xlsx); an existing one is replaced.
        language: Language of annex, findings and tables, such as de; else the project's, else English.
        today: Day the annex is made on, such as 2026-09-01; else today.
        agreement: File with what the signed agreement says; else the rules of the call are taken.

    Returns:
        The file and its SHA-256; in EUR the final grant, what was paid, and the balance, negative where it is to be
        recovered; the overall score where there is one; the number of warnings.

    Raises:
        Forbidden: The budget has errors; they are left as a table, nothing is written.
        NotSettled: The report has; likewise.
        Refusal: A file cannot be read or written, or there are no rules for the action, or not that language.

    """
    steps.keep_apart(Path(out), Path(project), Path(report))
    made_on = the_day(today)
    terms = None if agreement is None else call(read_agreement, agreement)
    planned, declared = call(read_project, project), call(read_report, report)
    examined = call(examine, planned)
    chosen = known_language(language or planned.language or "en")
    if examined.errors:
        leave_findings(project, planned, examined.budget.findings, chosen)
    settlement = call(settle, examined, declared, terms)
    leave_findings(report, declared, settlement.findings, chosen)
    if settlement.final_grant is None:
        raise NotSettled(declared, settlement.findings, chosen)
    parts = say("{title}: payable by work package or activity, EUR", chosen, title=planned.title)
    leave("settled-parts", parts, part_rows(planned, settlement, chosen))
    partners = say("{title}: final grant by partner, EUR", chosen, title=planned.title)
    leave("settled-partners", partners, final_rows(planned, settlement, chosen))
    digest = call(write_annex, examined, settlement, out, made_on, chosen)
    log(say("{file}: written, SHA-256 {digest}", chosen, file=out, digest=digest))
    plain = settlement.model_dump(mode="json")
    return {
        "file": out,
        "sha256": digest,
        "final_grant": plain["final_grant"],
        "paid": plain["paid"],
        "balance": plain["balance"],
        "overall_score": settlement.overall_score,
        "warnings": sum(finding.severity is Severity.WARNING for finding in settlement.findings),
    }


@command()
@click.argument("project", type=click.Path())
@click.argument("report", type=click.Path())
@annex_options
def main(project: str, report: str, out: str, language: str | None, today: str | None, agreement: str | None) -> None:
    """Settle the final REPORT of PROJECT and write its annex."""

    def stopped(refusal: Refusal) -> Stopped | None:
        if isinstance(refusal, NotSettled):
            return Stopped(report, refusal.report, refusal.errors, refusal.language)
        if isinstance(refusal, steps.Forbidden):
            planned = refusal.examined.project
            return Stopped(project, planned, refusal.examined.errors, language or planned.language or "en")
        return None

    parameters = {"project": project, "report": report, "out": out}
    answer(final_report, parameters | {"language": language, "today": today, "agreement": agreement}, stopped)


if __name__ == "__main__":
    main()
