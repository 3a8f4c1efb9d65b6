"""What a run leaves to look at on the server: tables of findings, of partners, of work packages and activities."""

from collections.abc import Sequence
from typing import Any

from prefect.artifacts import create_table_artifact

from flows.run import finding_rows, in_a_run
from ka2budget.finding import Finding
from ka2budget.model import Model
from ka2budget.project import Project
from ka2budget.settlement import Settlement
from ka2budget.shares import Shares


def leave(key: str, title: str, rows: Sequence[dict[str, Any]]) -> None:
    """Leave a table of rows with the run; nothing where there are none, or where no flow is running."""
    if rows and in_a_run():
        create_table_artifact(key=key, table=list(rows), description=title)


def leave_findings(file: str, content: Model, findings: Sequence[Finding]) -> None:
    """Leave a table of the findings about a file, where there are any."""
    leave("findings", f"Findings about {file}", finding_rows(content, findings))


def share_rows(project: Project, shares: Shares) -> list[dict[str, Any]]:
    """Return one row per partner: its grant, per cent and instalments, amounts in EUR as text with two decimals."""
    names = {partner.id: partner.name for partner in project.partners}
    return [
        {"partner": key, "name": names[key], "grant": row["grant"], "percent": row["percent"]}
        | {f"instalment {number}": amount for number, amount in enumerate(row["instalments"], 1)}
        for key, row in shares.model_dump(mode="json")["partners"].items()
    ]


def part_rows(project: Project, settlement: Settlement) -> list[dict[str, Any]]:
    """Return one row per settled work package or activity: amount, rejected, score, factor, and what is payable."""
    titles = {part.id: part.title for part in project.work_packages or project.activities}
    plain = settlement.model_dump(mode="json")
    return [
        {"id": key, "title": titles[key]} | {"payable" if name == "accepted" else name: row[name] for name in row}
        for key, row in (plain["work_packages"] or plain["activities"]).items()
    ]


def final_rows(project: Project, settlement: Settlement) -> list[dict[str, Any]]:
    """Return one row per partner: its part of the final grant, what it got so far, and the balance."""
    names = {partner.id: partner.name for partner in project.partners}
    plain = settlement.model_dump(mode="json")
    return [{"partner": key, "name": names[key]} | row for key, row in plain["partners"].items()]
