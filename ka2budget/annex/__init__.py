"""The Excel annexes: a budget or a final report as a workbook with live formulas, laid out as its TOML layout says."""

from datetime import date
from pathlib import Path

from ka2budget.annex.detailed import detailed_content
from ka2budget.annex.estimate import budget_content
from ka2budget.annex.outcome import final_content
from ka2budget.annex.reading import LAYOUTS, read_layout
from ka2budget.annex.units import units_content
from ka2budget.annex.workbook import write_workbook
from ka2budget.budget import Budget
from ka2budget.language import known_language
from ka2budget.project import Project
from ka2budget.rules import Rules
from ka2budget.schedule import Due
from ka2budget.settlement import Settlement
from ka2budget.shares import Shares

__all__ = ["LAYOUTS", "budget_annex", "final_annex"]


def budget_annex(  # noqa: PLR0913 - what the annex shows comes from as many places
    project: Project,
    rules: Rules,
    budget: Budget,
    shares: Shares,
    dates: tuple[Due, ...],
    *,
    today: date,
    language: str = "en",
    templates: Path | None = None,
) -> bytes:
    """Return the budget annex of a project as the bytes of an .xlsx file; the same input gives the same bytes.

    ``templates`` is a folder of layouts that win over ours. Raises NoSuchName for a language or a layout that there is
    not, and Unreadable for a broken layout.
    """
    shape = read_layout(templates or LAYOUTS, "budget", rules.structure)
    content_of = {"costs": detailed_content, "units": units_content}.get(rules.structure, budget_content)
    content = content_of(project, rules, budget, shares, dates, today, known_language(language))
    return write_workbook(shape, content, _name(project), today, language)


def final_annex(  # noqa: PLR0913
    project: Project,
    rules: Rules,
    budget: Budget,
    settlement: Settlement,
    *,
    today: date,
    language: str = "en",
    templates: Path | None = None,
) -> bytes:
    """Return the annex of a final report as the bytes of an .xlsx file; the same input gives the same bytes.

    ``templates`` is a folder of layouts that win over ours. Raises NoSuchName for a language or a layout that there is
    not, and Unreadable for a broken layout.
    """
    shape = read_layout(templates or LAYOUTS, "final", rules.structure)
    content = final_content(project, rules, budget, settlement, today, known_language(language))
    return write_workbook(shape, content, _name(project), today, language)


def _name(project: Project) -> str:
    return f"{project.acronym or project.title} · {project.action} · {project.call}"
