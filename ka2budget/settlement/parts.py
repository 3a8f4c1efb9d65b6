"""Work packages or activities as a settlement sees them: amount, what became of it, what is refused outright."""

from decimal import Decimal
from typing import NamedTuple

from ka2budget.budget import Budget, PartBudget
from ka2budget.money import ZERO, total
from ka2budget.project import Project
from ka2budget.report import Delivered, Report, Result
from ka2budget.rules import Rules


class Part(NamedTuple):
    """A work package or activity as the settlement sees it."""

    id: str
    budget: PartBudget
    result: Result
    is_reported: bool
    """Whether the report speaks of it."""
    rejected: Decimal
    is_management: bool
    where: str
    """JSON pointer to its place in the report, or to where it would be."""

    @property
    def remaining(self) -> Decimal:
        """What is left after the refusal, in EUR."""
        return self.budget.amount - self.rejected


def parts_of(project: Project, rules: Rules, budget: Budget, report: Report) -> list[Part]:
    """Return what the grant is divided into, each with its result; a part the report is silent on was delivered."""
    by_package = rules.structure == "work-packages"
    kind, reported = ("work_packages", report.work_packages) if by_package else ("activities", report.activities)
    results = {result.id: result for result in reported}
    places = {result.id: f"/{kind}/{number}" for number, result in enumerate(reported)}
    refused_inside: dict[str, Decimal] = {}
    if by_package:
        refused = {result.id: _refused(result, budget.activities.get(result.id)) for result in report.activities}
        for package in project.work_packages:
            refused_inside[package.id] = total(refused.get(activity.id, ZERO) for activity in package.activities)
    management = {package.id for package in project.work_packages if package.management}
    parts = []
    for name, part in (budget.work_packages if by_package else budget.activities).items():
        result = results.get(name, Result(id=name))
        rejected = max(_refused(result, part), _refused(result, None) + refused_inside.get(name, ZERO))
        where = places.get(name, f"/{kind}")
        parts.append(Part(name, part, result, name in results, rejected, name in management, where))
    return parts


def _refused(result: Result, part: PartBudget | None) -> Decimal:
    if result.delivered is Delivered.NO and part is not None:
        return part.amount
    return result.rejected or ZERO
