"""Work packages or activities as a settlement sees them: amount, what became of it, what is refused outright."""

from decimal import Decimal
from typing import NamedTuple

from ka2budget.budget import Budget, PartBudget
from ka2budget.money import ZERO, split, total
from ka2budget.project import Project
from ka2budget.report import Delivered, Report, Result
from ka2budget.rules import ActualCosts, Rules
from ka2budget.settlement.costs import reported_costs


class Part(NamedTuple):
    """A work package or activity as the settlement sees it."""

    id: str
    budget: PartBudget
    result: Result
    is_reported: bool
    """Whether the report speaks of it."""
    whole: Decimal
    """What a refusal is taken from, in EUR: the amount, or where real costs are paid, the costs reported."""
    rejected: Decimal
    is_management: bool
    where: str
    """JSON pointer to its place in the report, or to where it would be."""
    weights: dict[str, Decimal]
    """Who gets what of what remains: its shares, less those of refused activities."""

    @property
    def remaining(self) -> Decimal:
        """What is left after the refusal, in EUR."""
        return self.whole - self.rejected


def parts_of(project: Project, rules: Rules, budget: Budget, report: Report) -> list[Part]:
    """Return what the grant is divided into, each with its result; a part the report is silent on was delivered."""
    by_package = rules.structure != "activities"
    kind, reported = ("work_packages", report.work_packages) if by_package else ("activities", report.activities)
    results = {result.id: result for result in reported}
    places = {result.id: f"/{kind}/{number}" for number, result in enumerate(reported)}
    management = {package.id for package in project.work_packages if package.management}
    inside = {package.id: [one.id for one in package.activities] for package in project.work_packages}
    activities = {result.id: result for result in report.activities} if by_package else {}
    pays_costs = rules.structure == "costs" and isinstance(rules.final_report, ActualCosts)
    costs = reported_costs(project, rules, report) if pays_costs else {}
    parts = []
    for name, part in (budget.work_packages if by_package else budget.activities).items():
        result, weights = results.get(name, Result(id=name)), dict(part.partners)
        whole = total(costs[name].values()) if pays_costs else part.amount
        refused = result.rejected or ZERO
        for activity in inside.get(name, ()):
            if activity in activities and activity in budget.activities:
                amount = _refused(activities[activity], budget.activities[activity])
                refused += amount
                _take(weights, budget.activities[activity], amount)
        if result.delivered is Delivered.NO:
            refused = whole
        where = places.get(name, f"/{kind}")
        is_reported, is_management = name in results, name in management
        parts.append(Part(name, part, result, is_reported, whole, refused, is_management, where, weights))
    return parts


def _refused(result: Result, part: PartBudget) -> Decimal:
    return part.amount if result.delivered is Delivered.NO else result.rejected or ZERO


def _take(weights: dict[str, Decimal], activity: PartBudget, amount: Decimal) -> None:
    """Take a refused amount from those who would have got it; of an activity without shares all carry their part."""
    shares = activity.partners or weights
    for partner, part in zip(shares, split(amount, list(shares.values())), strict=True):
        weights[partner] = max(weights.get(partner, ZERO) - part, ZERO)
