"""The final grant where real costs are paid: the costs accepted, priced again, up to the grant as agreed."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import NamedTuple

from ka2budget.budget import Budget
from ka2budget.formulas import DetailedBudget
from ka2budget.money import split, total
from ka2budget.project import CostLine, Project
from ka2budget.report import Report
from ka2budget.rules import Rules

_REFUSED = "refused"  # a category of its own: what is refused holds its part of the indirect costs already


class SettledCosts(NamedTuple):
    """A work package after the report, in EUR."""

    cost: Decimal
    """Costs accepted, indirect ones included."""
    rate: Decimal
    """Share of them that is paid."""
    by_partner: dict[str, Decimal]


def reported_costs(project: Project, rules: Rules, report: Report) -> dict[str, dict[str, Decimal]]:
    """Return the costs reported for each work package by partner, in EUR, indirect ones included."""
    costs = _price(rules).price(_with_costs(project, _lines(report))).costs
    return {
        package.id: {partner: cost.total for (partner, name), cost in costs.items() if name == package.id}
        for package in project.work_packages
    }


def settle_costs(
    project: Project, rules: Rules, budget: Budget, report: Report, refused: Mapping[str, Decimal]
) -> dict[str, SettledCosts]:
    """Return what is paid for each work package: the accepted costs at the rate of the grant, up to the grant.

    What is ``refused`` of a work package, in EUR, leaves before anything is priced; its partners carry it in
    proportion to their costs. Source of the rule: ``final_report`` of the call.
    """
    lines, price = _lines(report), _price(rules)
    for name, costs in reported_costs(project, rules, report).items():
        lines[name] = (*lines.get(name, ()), *_less(costs, refused[name]))
    agreed = price.model_copy(
        update={
            "max_grant": budget.grant,
            "max_grant_by_months": {},
            "without_indirect": (*price.without_indirect, _REFUSED),
        }
    )
    priced = agreed.price(_with_costs(project, lines))
    return {
        name: SettledCosts(
            cost=total(cost.total for (_, package), cost in priced.costs.items() if package == name),
            rate=priced.rate,
            by_partner={partner: amount for (partner, package), amount in priced.grants.items() if package == name},
        )
        for name in budget.work_packages
    }


def _price(rules: Rules) -> DetailedBudget:
    price = rules.grant_heading.price
    if not isinstance(price, DetailedBudget):
        raise TypeError(f"{rules.file} settles actual costs and has no detailed budget")
    return price


def _lines(report: Report) -> dict[str, tuple[CostLine, ...]]:
    return {result.id: result.costs for result in report.work_packages}


def _with_costs(project: Project, lines: Mapping[str, tuple[CostLine, ...]]) -> Project:
    packages = tuple(
        package.model_copy(update={"costs": lines.get(package.id, ()), "depreciation": ()})
        for package in project.work_packages
    )
    return project.model_copy(update={"work_packages": packages})


def _less(costs: Mapping[str, Decimal], refused: Decimal) -> Iterator[CostLine]:
    """Yield lines below nothing, which take a refused amount from the costs of the partners in proportion."""
    for partner, amount in zip(costs, split(refused, list(costs.values())), strict=True):
        yield CostLine.model_construct(
            partner=partner,
            category=_REFUSED,  # type: ignore[arg-type]
            units=Decimal(1),
            unit_cost=-amount,
        )
