"""The steps of a grant's life; each reads, decides and writes, in that order.

What only some steps need is imported in them: a check, the step taken most often, then starts in half the time.
"""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ka2budget import document
from ka2budget.budget import Budget
from ka2budget.calculate import calculate
from ka2budget.catalogue import code_of, rules_for
from ka2budget.checks import check, check_units
from ka2budget.errors import CannotWrite, NoSuchAction, NoSuchCall, NotAllowed, Problem, Refusal, Unreadable
from ka2budget.files import write_whole
from ka2budget.finding import Finding, Severity
from ka2budget.model import Model
from ka2budget.project import Project
from ka2budget.rules import Rules

if TYPE_CHECKING:
    from ka2budget.agreement import Agreement, Terms
    from ka2budget.report import Report
    from ka2budget.schedule import Due
    from ka2budget.settlement import Settlement
    from ka2budget.shares import Shares


class Examined(NamedTuple):
    """A project with the rules of its call and its budget, findings included."""

    project: Project
    rules: Rules
    budget: Budget

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings that forbid the budget."""
        return tuple(finding for finding in self.budget.findings if finding.severity is Severity.ERROR)


class Forbidden(Refusal):
    """The budget has errors, and what was asked for needs one without; ``examined`` holds them."""

    def __init__(self, examined: Examined) -> None:
        self.examined = examined
        errors = examined.errors
        count = f"{len(errors)} error{'s' if len(errors) > 1 else ''}"
        super().__init__(f"The budget has {count}: {'; '.join(error.code for error in errors)}")


def read_project(path: Path) -> Project:
    """Return the project of a file; raise Unreadable with every problem, an action or call without rules included."""
    project = document.read(path, Project)
    try:
        rules_for(project.action, project.call)
    except (NoSuchAction, NoSuchCall) as refusal:
        place = "/call" if isinstance(refusal, NoSuchCall) else "/action"
        raise Unreadable(path, [Problem(place, str(refusal))]) from None
    return project


def read_report(path: Path) -> "Report":
    """Return the report of a file; raise Unreadable with every problem."""
    from ka2budget.report import Report

    return document.read(path, Report)


def read_agreement(path: Path | None) -> "Agreement | None":
    """Return the agreement of a file, if there is one; raise Unreadable with every problem."""
    from ka2budget.agreement import Agreement

    return None if path is None else document.read(path, Agreement)


def examine(project: Project) -> Examined:
    """Calculate and check a project; raise NoSuchAction or NoSuchCall where the catalogue has no rules for it."""
    rules = rules_for(project.action, project.call)
    project = project.model_copy(update={"action": code_of(project.action, project.call)})
    budget = calculate(project, rules)
    return Examined(project, rules, budget.model_copy(update={"findings": check(project, rules, budget)}))


def allowed(examined: Examined) -> Examined:
    """Return what was examined where its budget has no errors; raise Forbidden otherwise."""
    if examined.errors:
        raise Forbidden(examined)
    return examined


def terms(examined: Examined, agreement: "Agreement | None" = None) -> "Terms":
    """Return the terms of the grant: the agreement's, else the call's."""
    from ka2budget.agreement import terms_of

    return terms_of(examined.rules, examined.project.months, examined.budget.grant, agreement)


def assess(examined: Examined, report: "Report", agreement: "Agreement | None" = None) -> "Settlement":
    """Return the final grant of an allowed budget; raise Forbidden where it has errors."""
    from ka2budget.settlement import settle

    project, rules, budget = allowed(examined)
    declared = project.model_copy(update={"units": report.units, "real_costs": report.real_costs})
    found = check_units(declared, rules, budget)
    return settle(project, rules, budget, report, terms(examined, agreement), found)


def share_out(examined: Examined, agreement: "Agreement | None" = None) -> "Shares":
    """Return who gets which part of the grant, in which instalments."""
    from ka2budget.shares import share

    return share(examined.budget, terms(examined, agreement))


def dates_of(examined: Examined, agreement: "Agreement | None" = None) -> "tuple[Due, ...]":
    """Return every date of the grant."""
    from ka2budget.schedule import schedule

    return schedule(examined.project, examined.rules, examined.budget.grant, terms(examined, agreement))


def write_budget_annex(
    examined: Examined, out: Path, today: date, language: str = "en", agreement: "Agreement | None" = None
) -> str:
    """Write the budget annex of a project, errors included among its findings; return the SHA-256 of the file."""
    from ka2budget import annex

    project, rules, budget = examined
    shares, dates = share_out(examined, agreement), dates_of(examined, agreement)
    return _write(out, annex.budget_annex(project, rules, budget, shares, dates, today=today, language=language))


def write_final_annex(
    examined: Examined, settlement: "Settlement", out: Path, today: date, language: str = "en"
) -> str:
    """Write the annex of a settled final report; return the SHA-256 of the file."""
    from ka2budget import annex

    project, rules, budget = examined
    return _write(out, annex.final_annex(project, rules, budget, settlement, today=today, language=language))


def write_document(model: Model, out: Path) -> None:
    """Write a project, report or agreement as TOML or JSON, as the ending of the path says."""
    write_whole(out, document.write(model, out))


def write_new(out: Path, text: str) -> None:
    """Write a file that must not exist yet; raise CannotWrite where it does."""
    if out.exists():
        raise CannotWrite(out, "it exists already")
    write_whole(out, text.encode())


def keep_apart(out: Path | None, *inputs: Path | None) -> None:
    """Raise NotAllowed where a result would be written over a file that is read for it."""
    for path in inputs:
        if out is not None and path is not None and out.resolve() == path.resolve():
            raise NotAllowed(f"{out}: error: is the file that is read; name another one for the result")


def _write(out: Path, content: bytes) -> str:
    import hashlib

    if out.suffix.lower() != ".xlsx":
        raise NotAllowed(f"{out}: error: an annex is an Excel workbook; its name ends in .xlsx")
    write_whole(out, content)
    return hashlib.sha256(content).hexdigest()
