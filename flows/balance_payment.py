"""The flow that takes in the agency's decision on a final report: settles it, writes the final annex, records it.

``python -m flows.balance_payment GRANT REPORT -o OUT.xlsx`` runs it once. A run that is started on a server may wait
for somebody to confirm the decision: ``approval=true``.
"""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import click
from prefect import flow, pause_flow_run
from prefect.input import RunInput
from pydantic import ValidationError

from flows.artifacts import leave_file, leave_findings, leave_settlement
from flows.office import check, language_of, settle_grant, tell_recorded, write_and_record
from flows.run import Stopped, answer, call, in_a_run
from flows.tasks import the_day
from ka2budget import steps
from ka2budget.cli.commands import command
from ka2budget.errors import NotAllowed, Refusal
from ka2budget.event import Details
from ka2budget.finding import Severity
from ka2budget.lifecycle import EventKind
from ka2budget.registry import Draft, NotSettled
from ka2budget.text import translate

ONE_DAY = 86_400


class Decision(RunInput):
    """What somebody confirms who has the agency's letter in hand."""

    approved: bool
    final_grant: str
    """The final grant as the letter says, in EUR."""
    decided_on: date
    """The day of the letter."""
    confirmed_by: str


@flow(name="balance-payment")
def balance_payment(
    grant: str,
    report: str,
    out: str,
    decided_on: str | None = None,
    final_grant: str | None = None,
    by: str = "balance-payment",
    store: str | None = None,
    language: str | None = None,
    approval: bool = False,  # noqa: FBT001, FBT002 - the parameters of a flow are given by name
) -> dict[str, Any]:
    """Take in the decision on a final report: what is to be paid or recovered, in all and for each partner.

    Args:
        grant: Reference of the grant in the store.
        report: Report file with the assessment.
        out: Final annex to write (.xlsx); an existing one is replaced.
        decided_on: Day of the agency's letter, such as 2026-09-01; else today.
        final_grant: The final grant in EUR as the letter says; else what the report comes to.
        by: Who records the decision.
        store: Path or URL of the store; else KA2BUDGET_STORE.
        language: Language of annex, findings and tables, such as de; else the project's, else English.
        approval: Whether the run waits, up to a day, until somebody confirms the decision.

    Returns:
        The file and its SHA-256; in EUR the final grant, what was paid, and the balance, negative where it is to be
        recovered; the number of the event; the number of warnings.

    Raises:
        NotSettled: The report has errors; they are left as a table, nothing is written or recorded.
        Refusal: The decision was not confirmed, or cannot be taken in where the grant stands; the same.

    """
    steps.keep_apart(Path(out), Path(report))
    day = the_day(decided_on)
    settled = call(settle_grant, store, grant, report, day)
    project, settlement = settled.examined.project, settled.settlement
    chosen = language_of(language, project.language)
    leave_findings(report, settled.report, settlement.findings, chosen)
    leave_settlement(project, settlement, chosen)
    decided = final_grant or f"{settlement.final_grant:.2f}"
    draft = Draft(EventKind.ASSESSED, day, by, _details(decided, settlement.final_grant), document=Path(report))
    if approval and in_a_run():
        call(check, store, grant, draft, the_day(None))  # nobody is asked to confirm what is not possible
        proposed = Decision(approved=False, final_grant=decided, decided_on=day, confirmed_by=by)
        decided, day, by = _confirmed(proposed, chosen)
        settled = call(settle_grant, store, grant, report, day)  # with the payments until the day that was confirmed
        details = _details(decided, settled.settlement.final_grant)
        draft = draft._replace(happened=day, by=by, details=details)
    content = steps.final_annex(settled.examined, settled.settlement, day, chosen)
    recorded = write_and_record(store, grant, draft, out, content)
    leave_file(out, recorded.event.details.annex, chosen)
    tell_recorded(grant, recorded, chosen)
    account = recorded.account.model_dump(mode="json")
    return {
        "file": out,
        "sha256": recorded.event.details.annex,
        "final_grant": account["final"],
        "paid": f"{recorded.grant.history.paid:.2f}",
        "balance": account["balance"],
        "event": recorded.event.number,
        "warnings": sum(one.severity is Severity.WARNING for one in recorded.findings),
    }


def _confirmed(proposed: Decision, language: str) -> tuple[str, date, str]:
    """Wait for somebody to confirm the decision; raise NotAllowed where it was not."""
    asked = translate("Confirm the agency's decision.", language)
    form = Decision.with_initial_data(description=asked, **proposed.model_dump(mode="json"))
    confirmed = pause_flow_run(wait_for_input=form, timeout=ONE_DAY, poll_interval=1)
    if not confirmed.approved:
        raise NotAllowed("The decision was not confirmed; nothing was recorded")
    return confirmed.final_grant, confirmed.decided_on, confirmed.confirmed_by


def _details(decided: str, worked_out: Decimal | None) -> Details:
    """Return what the event says beside what its report comes to: the final grant where the letter has another."""
    try:
        details = Details.model_validate({"final": decided})
    except ValidationError:
        raise NotAllowed("{final!r} is not an amount in EUR", final=decided) from None
    return Details() if details.final == worked_out else details


@command()
@click.argument("grant")
@click.argument("report", type=click.Path())
@click.option("-o", "--out", type=click.Path(), required=True, help="Final annex to write (.xlsx).")
@click.option("--decided-on", metavar="DATE", help="Day of the agency's letter, such as 2026-09-01; else today.")
@click.option("--final-grant", metavar="EUR", help="As the letter says; else what the report comes to.")
@click.option("--by", default="balance-payment", help="Who records the decision.")
@click.option("--store", help="Path or URL of the store; else KA2BUDGET_STORE.")
@click.option("--language", help="Language of all that is told, such as de; else the project's, else en.")
def main(report: str, language: str | None, **parameters: Any) -> None:  # noqa: ANN401 - text, or nothing
    """Take in the agency's decision on the final REPORT of a GRANT in the store."""

    def stopped(refusal: Refusal) -> Stopped | None:
        if isinstance(refusal, NotSettled):
            return Stopped(report, refusal.report, refusal.findings, language or refusal.language)
        return None

    answer(balance_payment, {"report": report, "language": language, **parameters}, stopped)


if __name__ == "__main__":
    main()
