"""A detailed budget by partner and work package: its costs, its grant, and its person-months."""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from ka2budget.annex.categories import IN_MONTHS
from ka2budget.annex.content import Grid, named_partner
from ka2budget.budget import Budget
from ka2budget.formulas import Priced
from ka2budget.project import Partner, Project
from ka2budget.rules import Rules
from ka2budget.text import translate


def in_order(project: Project) -> tuple[Partner, ...]:
    """Return the partners as the agreement lists them: affiliated entities behind theirs, associated last."""
    grouped = [one for group in project.beneficiaries.values() for one in group]
    known = {id(one) for one in grouped}
    others = (one for one in project.partners if id(one) not in known)
    return (*grouped, *sorted(others, key=lambda one: not one.is_funded))


def costs(project: Project, priced: Priced) -> Grid:
    """Return the total costs, indirect ones included; whoever has costs has a row, so that nothing is hidden."""
    return Grid(
        rows=_rows(project, (name for name, _ in priced.costs)),
        columns=_columns(project),
        amounts={cell: cost.total for cell, cost in priced.costs.items()},
    )


def breakdown(project: Project, budget: Budget) -> Grid:
    """Return the grant as Annex 2 of the agreement shows it; associated partners are named and take nothing."""
    numbers = _numbers(project)
    return Grid(
        rows={
            one.id: f"{numbers[one.id]} - {one.id} {one.name}" if one.id in numbers else f"{one.id} {one.name}"
            for one in in_order(project)
        },
        columns=_columns(project),
        amounts={
            (name, part): amount for part, one in budget.work_packages.items() for name, amount in one.partners.items()
        },
        silent=frozenset(one.id for one in project.partners if not one.is_funded),
    )


def months(project: Project) -> Grid:
    """Return the person-months of employees, natural persons and seconded persons."""
    amounts: dict[tuple[str, str], Decimal] = {}
    for package in project.work_packages:
        for line in package.cost_lines:
            if line.category in IN_MONTHS and line.units:
                cell = line.partner, package.id
                amounts[cell] = amounts.get(cell, Decimal(0)) + line.units
    return Grid(rows=_rows(project, (name for name, _ in amounts)), columns=_columns(project), amounts=amounts)


def by_heading(project: Project, rules: Rules, budget: Budget, language: str) -> Grid:
    """Return the grant of every organisation under every heading that is used; associated partners have no row."""
    headings = {
        name: translate(rules.headings[name].label, language) for name in rules.headings if name in budget.headings
    }
    amounts = {(name, part): amount for part in headings for name, amount in budget.headings[part].partners.items()}
    return Grid(rows=_rows(project, (name for name, _ in amounts)), columns=headings, amounts=amounts)


def _numbers(project: Project) -> Mapping[str, str]:
    """Return the numbers of the agreement: 1 a beneficiary, 1.1 its first affiliated entity."""
    numbers: dict[str, str] = {}
    for number, group in enumerate(project.beneficiaries.values(), 1):
        for place, one in enumerate(group):
            numbers[one.id] = f"{number}.{place}" if place else str(number)
    associated = (one for one in project.partners if not one.is_funded)
    return {one.id: str(number) for number, one in enumerate(associated, len(project.beneficiaries) + 1)} | numbers


def _rows(project: Project, used: Iterable[str]) -> Mapping[str, str]:
    """Return the rows of all that may have costs, and of all others that have some."""
    names = {one.id: one.name for one in in_order(project)}
    funded = [one.id for one in in_order(project) if one.is_funded]
    return {name: named_partner(name, names) or name for name in dict.fromkeys((*funded, *used))}


def _columns(project: Project) -> Mapping[str, str]:
    return {package.id: f"{package.id} {package.title}" for package in project.work_packages}
