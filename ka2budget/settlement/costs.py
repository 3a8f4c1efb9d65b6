"""The final grant where real costs are paid: the costs accepted, priced again, up to the grant as agreed."""

from decimal import Decimal
from typing import NamedTuple

from ka2budget.budget import Budget
from ka2budget.formulas import DetailedBudget
from ka2budget.money import ZERO, split, total
from ka2budget.project import Project
from ka2budget.report import Delivered, Report
from ka2budget.rules import Rules


class SettledCosts(NamedTuple):
    """A work package after the report, in EUR."""

    cost: Decimal
    """Costs accepted, indirect ones included."""
    rate: Decimal
    """Share of them that is paid."""
    by_partner: dict[str, Decimal]


def settle_costs(project: Project, rules: Rules, budget: Budget, report: Report) -> dict[str, SettledCosts]:
    """Return what is paid for each work package: the accepted costs at the rate of the grant, up to the grant.

    A work package that was not delivered is not paid. Source of the rule: ``final_report`` of the call.
    """
    price = rules.grant_heading.price
    if not isinstance(price, DetailedBudget):
        raise TypeError(f"{rules.file} settles actual costs and has no detailed budget")
    results = {result.id: result for result in report.work_packages}
    packages = []
    for package in project.work_packages:
        result = results.get(package.id)
        costs = () if result is None or result.delivered is Delivered.NO else result.costs
        packages.append(package.model_copy(update={"costs": costs, "depreciation": ()}))
    agreed = price.model_copy(update={"max_grant": budget.grant, "max_grant_by_months": {}})
    priced = agreed.price(project.model_copy(update={"work_packages": tuple(packages)}))
    return {
        name: SettledCosts(
            cost=total(cost.total for (_, package), cost in priced.costs.items() if package == name),
            rate=priced.rate,
            by_partner={partner: amount for (partner, package), amount in priced.grants.items() if package == name},
        )
        for name in budget.work_packages
    }


def less(amounts: dict[str, Decimal], refused: Decimal) -> dict[str, Decimal]:
    """Return amounts less what is refused of them, which all carry in proportion."""
    everything = total(amounts.values())
    if not refused or not everything:
        return amounts
    left = max(everything - refused, ZERO)
    return dict(zip(amounts, split(left, list(amounts.values())), strict=True))
