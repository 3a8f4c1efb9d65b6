"""The flow of an interim report: prepares its workbook from the project, or takes the filled one back.

``python -m flows.interim_report GRANT -o REPORT.xlsx`` prepares, ``python -m flows.interim_report GRANT REPORT.xlsx``
takes back and records that the report was sent.
"""

from datetime import date
from pathlib import Path
from typing import Any

import click
from prefect import flow

from flows.office import check, language_of, opened, prepare_report, record, tell_recorded
from flows.run import answer, call, log, outside
from flows.tasks import the_day
from ka2budget import registry, steps
from ka2budget.account import Further
from ka2budget.cli.commands import command
from ka2budget.errors import NotAllowed
from ka2budget.lifecycle import EventKind
from ka2budget.registry import Draft
from ka2budget.text import message, say


@outside("work out payment")
def if_accepted(store: str | None, grant: str, on: date) -> Further:
    """Return what would be paid if the report were accepted as it is."""
    with opened(store) as found:
        return registry.if_accepted(found.events(grant), on)


@flow(name="interim-report")
def interim_report(
    grant: str,
    report: str | None = None,
    out: str | None = None,
    sent_on: str | None = None,
    by: str = "interim-report",
    store: str | None = None,
    language: str | None = None,
) -> dict[str, Any]:
    """Prepare the workbook of an interim report, or take the filled one back and record that it was sent.

    Args:
        grant: Reference of the grant in the store.
        report: The filled workbook or report file; without it the workbook is prepared.
        out: Workbook to prepare (.xlsx); one that is there already is left alone.
        sent_on: Day the report was sent to the agency, such as 2026-09-01; else today.
        by: Who records it.
        store: Path or URL of the store; else KA2BUDGET_STORE.
        language: Language of workbook, log and tables, such as de; else the project's, else English.

    Returns:
        Where it was prepared: the file, and whether it is new. Else the number of the event and what would be paid in
        EUR if the report were accepted as it is, with the reason.

    Raises:
        Refusal: A file cannot be read or written, or the grant is where no interim report can be sent.

    """
    if report is None:
        if out is None:
            raise NotAllowed("Name the workbook to prepare, or the filled one to take back")
        return {"file": out, "new": call(prepare_report, store, grant, out, language, interim=True)}
    steps.keep_apart(None if out is None else Path(out), Path(report))
    day, today = the_day(sent_on), the_day(None)
    draft = Draft(EventKind.INTERIM_REPORT, day, by, document=Path(report))
    chosen = language_of(language, call(check, store, grant, draft, today).grant.plan.language)
    recorded = call(record, store, grant, draft, today)
    tell_recorded(grant, recorded, chosen)
    further = call(if_accepted, store, grant, day)
    reason = further.reason.say(chosen)
    template = message("{amount} would be paid if it were accepted as it is: {reason}")
    log(say(template, chosen, amount=further.amount, reason=reason))
    return {"event": recorded.event.number, "if_accepted": f"{further.amount:.2f}", "reason": reason}


@command()
@click.argument("grant")
@click.argument("report", type=click.Path(), required=False)
@click.option("-o", "--out", type=click.Path(), help="Workbook to prepare (.xlsx).")
@click.option("--sent-on", metavar="DATE", help="Day the report was sent, such as 2026-09-01; else today.")
@click.option("--by", default="interim-report", help="Who records it.")
@click.option("--store", help="Path or URL of the store; else KA2BUDGET_STORE.")
@click.option("--language", help="Language of all that is told, such as de; else the project's, else en.")
def main(**parameters: Any) -> None:  # noqa: ANN401 - text, or nothing
    """Prepare the interim report of a GRANT, or take the filled REPORT back."""
    answer(interim_report, parameters, lambda _refusal: None)


if __name__ == "__main__":
    main()
