"""The flow that settles an assessed final report: accepted amounts, reductions, balance, and the final annex.

``python -m flows.final_report PROJECT REPORT -o OUT.xlsx`` runs it once, with a server or without one.
"""

import hashlib
from pathlib import Path
from typing import Any

import click
from prefect import flow

from flows.artifacts import leave_file, leave_findings, leave_settlement
from flows.office import Settled, prepare_report, settle_grant, tell_recorded, write_and_record, write_annex
from flows.run import Stopped, annex_options, answer, call, inside, outside
from flows.tasks import examine, read_agreement, read_project, the_day
from ka2budget import steps
from ka2budget.agreement import Agreement
from ka2budget.cli.commands import command
from ka2budget.errors import NotAllowed, Refusal
from ka2budget.finding import Severity
from ka2budget.language import known_language
from ka2budget.lifecycle import EventKind
from ka2budget.registry import Draft, NotSettled
from ka2budget.report import Report
from ka2budget.settlement import Settlement

FILES = {".toml", ".json", ".xlsx"}
"""How the name of a project file ends; anything else is the reference of a grant."""


@outside("read report")
def read_report(file: str) -> Report:
    """Return the report of a file; raise Unreadable with every problem."""
    return steps.read_report(Path(file))


@inside("settle")
def settle(examined: steps.Examined, report: Report, agreement: Agreement | None) -> Settlement:
    """Return the settlement, without amounts where the report has errors; raise Forbidden where the budget has."""
    return steps.assess(examined, report, agreement)


@flow(name="final-report")
def final_report(
    project: str,
    report: str | None,
    out: str,
    language: str | None = None,
    today: str | None = None,
    agreement: str | None = None,
    by: str = "final-report",
    store: str | None = None,
) -> dict[str, Any]:
    """Settle a final report and write its annex; of a grant in the store, record that it was sent, or prepare it.

    Args:
        project: Project file (.toml, .json or .xlsx), or the reference of a grant in the store.
        report: Report file or filled workbook: what was delivered, the scores, the payments made. Without it the
            workbook of the report is prepared for a grant in the store.
        out: Workbook to write (.xlsx): the annex, where an existing one is replaced, or the report to be filled in,
            where an existing one is left alone.
        language: Language of words, numbers and dates, such as de; else the project's, else English.
        today: Day the annex is made or the report is sent on, such as 2026-09-01; else today.
        agreement: File with what the signed agreement says; else the rules of the call are taken. Of a grant in the
            store the agreement is there.
        by: Who records that the report was sent.
        store: Path or URL of the store; else KA2BUDGET_STORE.

    Returns:
        The file and its SHA-256; in EUR the final grant, what was paid, and the balance, negative where it is to be
        recovered; the overall score where there is one; the number of warnings, and of the event. Where the report
        was prepared: the file, and whether it is new.

    Raises:
        Forbidden: The budget has errors; they are left as a table, nothing is written.
        NotSettled: The report has; likewise.
        Refusal: A file cannot be read or written, or there are no rules for the action, or not that language, or no
            final report can be sent where the grant stands.

    """
    made_on = the_day(today)
    is_file = Path(project).suffix.lower() in FILES
    if report is None:
        if is_file:
            raise NotAllowed("Only of a grant in the store a report is prepared; 'ka2budget report' does it of a file")
        return {"file": out, "new": call(prepare_report, store, project, out, language, interim=False)}
    steps.keep_apart(Path(out), Path(project), Path(report))
    settled = (
        _of_file(project, report, agreement, language)
        if is_file
        else call(settle_grant, store, project, report, made_on)
    )
    planned, settlement = settled.examined.project, settled.settlement
    chosen = known_language(language or planned.language or "en")
    leave_findings(report, settled.report, settlement.findings, chosen)
    if settlement.final_grant is None:
        raise NotSettled(settled.report, settlement.findings, chosen)
    leave_settlement(planned, settlement, chosen)
    content, event = steps.final_annex(settled.examined, settlement, made_on, chosen), None
    digest = hashlib.sha256(content).hexdigest()
    if is_file:
        call(write_annex, content, out)
    else:
        draft = Draft(EventKind.FINAL_REPORT, made_on, by, document=Path(report))
        recorded = write_and_record(store, project, draft, out, content)
        tell_recorded(project, recorded, chosen)
        event = recorded.event.number
    leave_file(out, digest, chosen)
    plain = settlement.model_dump(mode="json")
    result = {
        "file": out,
        "sha256": digest,
        "final_grant": plain["final_grant"],
        "paid": plain["paid"],
        "balance": plain["balance"],
        "overall_score": settlement.overall_score,
        "warnings": sum(finding.severity is Severity.WARNING for finding in settlement.findings),
    }
    return result if event is None else result | {"event": event}


def _of_file(project: str, report: str, agreement: str | None, language: str | None) -> Settled:
    terms = None if agreement is None else call(read_agreement, agreement)
    planned, declared = call(read_project, project), call(read_report, report)
    examined = call(examine, planned)
    if examined.errors:
        leave_findings(project, planned, examined.budget.findings, known_language(language or planned.language or "en"))
    return Settled(examined, declared, call(settle, examined, declared, terms))


@command()
@click.argument("project", type=click.Path())
@click.argument("report", type=click.Path(), required=False)
@annex_options
@click.option("--by", default="final-report", help="Who records that the report of a grant was sent.")
@click.option("--store", help="Path or URL of the store; else KA2BUDGET_STORE.")
def main(project: str, report: str | None, language: str | None, **parameters: Any) -> None:  # noqa: ANN401 - text, or nothing
    """Settle the final REPORT of PROJECT, a file or the reference of a grant, and write the annex.

    Without a REPORT the workbook of the report of a grant is prepared.
    """

    def stopped(refusal: Refusal) -> Stopped | None:
        if isinstance(refusal, NotSettled):
            return Stopped(report or "", refusal.report, refusal.findings, language or refusal.language)
        if isinstance(refusal, steps.Forbidden):
            planned = refusal.examined.project
            return Stopped(project, planned, refusal.examined.errors, language or planned.language or "en")
        return None

    answer(final_report, {"project": project, "report": report, "language": language, **parameters}, stopped)


if __name__ == "__main__":
    main()
