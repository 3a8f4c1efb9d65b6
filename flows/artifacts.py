"""What a run leaves to look at on the server: links to files, tables of findings, partners and parts of the work."""

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

from prefect.artifacts import create_link_artifact, create_table_artifact

from flows.run import in_a_run, log
from ka2budget.account import Account
from ka2budget.document import place, severity
from ka2budget.finding import Finding
from ka2budget.model import Model
from ka2budget.project import Project
from ka2budget.settlement import Settlement
from ka2budget.shares import Shares
from ka2budget.text import number, percent, say, translate

Row = dict[str, str]
"""One row of a table: its cells by their heads, all in the language of the run."""


def leave(key: str, title: str, rows: Sequence[Row]) -> None:
    """Leave a table of rows with the run; nothing where there are none, or where no flow is running."""
    if rows and in_a_run():
        create_table_artifact(key=key, table=list(rows), description=title)


def leave_file(file: str, digest: str | None, language: str) -> None:
    """Say that a file was written, with its SHA-256, and leave a link to it with the run."""
    told = say("{file}: written, SHA-256 {digest}", language, file=file, digest=digest)
    log(told)
    if in_a_run():
        path = Path(file).resolve()
        create_link_artifact(key="written", link=path.as_uri(), link_text=path.name, description=told)


def leave_findings(file: str, content: Model, findings: Sequence[Finding], language: str) -> None:
    """Leave a table of the findings about a file, where there are any."""
    leave("findings", say("Findings about {file}", language, file=file), finding_rows(content, findings, language))


def finding_rows(content: Model, findings: Sequence[Finding], language: str) -> list[Row]:
    """Return one row per finding about a file, the place by the ids that the file gives."""
    tables = content.model_dump()
    return [
        {
            translate("Code", language): finding.code,
            translate("Severity", language): severity(finding, language),
            translate("Where", language): place(finding.where, content, tables),
            translate("Source", language): finding.source or "",
            translate("Message", language): finding.say(language),
        }
        for finding in findings
    ]


def share_rows(project: Project, shares: Shares, language: str) -> list[Row]:
    """Return one row per partner: its grant in EUR, per cent and instalments."""
    names = {partner.id: partner.name for partner in project.partners}
    return [
        {
            translate("ID", language): key,
            translate("Partner", language): names[key],
            translate("Grant", language): number(one.grant, language),
            translate("Share", language): percent(one.percent, language),
        }
        | {
            say("Instalment {number}", language, number=place_): number(amount, language)
            for place_, amount in enumerate(one.instalments, 1)
        }
        for key, one in shares.partners.items()
    ]


def part_rows(project: Project, settlement: Settlement, language: str) -> list[Row]:
    """Return one row per settled work package or activity: amount, refused, score, factor, and what is payable."""
    titles = {part.id: part.title for part in project.work_packages or project.activities}
    return [
        {
            translate("ID", language): key,
            translate("Title", language): titles[key],
            translate("Amount", language): number(one.amount, language),
            translate("Costs", language): _money(one.cost, language),
            translate("Refused", language): number(one.rejected, language),
            translate("Score", language): "" if one.score is None else str(one.score),
            translate("Factor", language): say("{factor:digits}", language, factor=one.factor),
            translate("Payable", language): number(one.accepted, language),
        }
        for key, one in (settlement.work_packages or settlement.activities).items()
    ]


def final_rows(project: Project, settlement: Settlement, language: str) -> list[Row]:
    """Return one row per partner: its part of the final grant, what it got so far, and the balance, in EUR."""
    names = {partner.id: partner.name for partner in project.partners}
    return [
        {
            translate("ID", language): key,
            translate("Partner", language): names[key],
            translate("Final", language): number(one.final, language),
            translate("Paid", language): _money(one.paid, language),
            translate("Balance", language): _money(one.balance, language),
        }
        for key, one in settlement.partners.items()
    ]


def expected_rows(account: Account, language: str) -> list[Row]:
    """Return one row per payment that the agency owes: what was expected, came and is open, in EUR, and why."""
    return [
        {
            translate("Payment", language): one.what.say(language),
            translate("Expected", language): number(one.amount, language),
            translate("Received", language): number(one.received, language),
            translate("Open", language): number(one.open, language),
            translate("Why", language): one.reason.say(language),
        }
        for one in account.expected
    ]


def account_rows(account: Account, language: str) -> list[Row]:
    """Return one row per partner: its part, what it is due so far, was paid and has to return, in EUR."""
    return [
        {
            translate("ID", language): key,
            translate("Partner", language): one.name,
            translate("Share", language): number(one.share, language),
            translate("Final", language): _money(one.final, language),
            translate("Due so far", language): number(one.due, language),
            translate("Paid", language): number(one.paid, language),
            translate("To be paid", language): number(one.to_pay, language),
            translate("To be returned", language): number(one.to_return, language),
        }
        for key, one in account.partners.items()
    ]


def leave_settlement(project: Project, settlement: Settlement, language: str) -> None:
    """Leave tables of a settled report: what is payable by work package or activity, and by partner."""
    parts = say("{title}: payable by work package or activity, EUR", language, title=project.title)
    leave("settled-parts", parts, part_rows(project, settlement, language))
    partners = say("{title}: final grant by partner, EUR", language, title=project.title)
    leave("settled-partners", partners, final_rows(project, settlement, language))


def _money(amount: Decimal | None, language: str) -> str:
    return "" if amount is None else number(amount, language)
