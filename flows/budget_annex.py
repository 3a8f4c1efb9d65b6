"""The flow that makes the budget annex of a grant agreement: cost shares checked, budget calculated, workbook written.

``python -m flows.budget_annex PROJECT -o OUT.xlsx`` runs it once, with a server or without one.
"""

from datetime import date
from pathlib import Path
from typing import Any

import click
from prefect import flow

from flows.artifacts import leave, leave_file, leave_findings, share_rows
from flows.run import Stopped, annex_options, answer, call, inside, outside
from flows.tasks import examine, read_agreement, read_project, the_day
from ka2budget import steps
from ka2budget.agreement import Agreement
from ka2budget.cli.commands import command
from ka2budget.errors import Refusal
from ka2budget.finding import Severity
from ka2budget.language import known_language
from ka2budget.shares import Shares
from ka2budget.text import message, say


@inside("check partner cost shares")
def check_shares(examined: steps.Examined, agreement: Agreement | None) -> Shares:
    """Return who gets which part of the grant; raise Forbidden, which holds the findings, where there are errors."""
    return steps.share_out(steps.allowed(examined), agreement)


@outside("write annex")
def write_annex(examined: steps.Examined, out: str, today: date, language: str, agreement: Agreement | None) -> str:
    """Write the budget annex and return its SHA-256; raise CannotWrite, with what stood there before untouched."""
    return steps.write_budget_annex(examined, Path(out), today, language, agreement)


@flow(name="budget-annex")
def budget_annex(
    project: str, out: str, language: str | None = None, today: str | None = None, agreement: str | None = None
) -> dict[str, Any]:
    """Check the partners' cost shares, calculate the budget and write its annex.

    Args:
        project: Project file (.toml or .json).
        out: Workbook to write (.xlsx); an existing one is replaced.
        language: Language of annex, findings and tables, such as de; else the project's, else English.
        today: Day the annex is made on, such as 2026-09-01; else today.
        agreement: File with what the signed agreement says; else the rules of the call are taken.

    Returns:
        The file and its SHA-256, the grant in EUR, the number of warnings.

    Raises:
        Forbidden: The budget has errors; they are left as a table, nothing is written.
        Refusal: A file cannot be read or written, or there are no rules for the action, or not that language.

    """
    steps.keep_apart(Path(out), Path(project))
    made_on = the_day(today)
    terms = None if agreement is None else call(read_agreement, agreement)
    examined = call(examine, call(read_project, project))
    chosen = known_language(language or examined.project.language or "en")
    findings = examined.budget.findings
    leave_findings(project, examined.project, findings, chosen)
    shares = call(check_shares, examined, terms)
    template = message("{title}: grant by partner, EUR")
    if shares.instalments_doubt:
        template = message("{title}: grant by partner, EUR. Instalments in doubt: {doubt}")
    title = say(template, chosen, title=examined.project.title, doubt=shares.instalments_doubt)
    leave("partner-shares", title, share_rows(examined.project, shares, chosen))
    digest = call(write_annex, examined, out, made_on, chosen, terms)
    leave_file(out, digest, chosen)
    return {
        "file": out,
        "sha256": digest,
        "grant": f"{shares.grant:.2f}",
        "warnings": sum(finding.severity is Severity.WARNING for finding in findings),
    }


@command()
@click.argument("project", type=click.Path())
@annex_options
def main(project: str, out: str, language: str | None, today: str | None, agreement: str | None) -> None:
    """Check the partners' cost shares of PROJECT, calculate its budget and write the annex."""

    def stopped(refusal: Refusal) -> Stopped | None:
        if isinstance(refusal, steps.Forbidden):
            planned = refusal.examined.project
            return Stopped(project, planned, refusal.examined.errors, language or planned.language or "en")
        return None

    parameters = {"project": project, "out": out, "language": language, "today": today, "agreement": agreement}
    answer(budget_annex, parameters, stopped)


if __name__ == "__main__":
    main()
