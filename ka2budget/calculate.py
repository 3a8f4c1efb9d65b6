"""Project and Rules to Budget: what was allocated is added up, by partner and by work package or activity."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from ka2budget.budget import Budget, PartBudget, PartnerBudget
from ka2budget.money import ZERO, percentages, total
from ka2budget.project import Project
from ka2budget.rules import Rules


class _Part(NamedTuple):
    id: str
    amount: Decimal
    shares: Mapping[str, Decimal]


def calculate(project: Project, rules: Rules) -> Budget:
    """Return the budget of a project under the rules of its call; amounts in EUR."""
    packages = [_Part(package.id, package.allocated, package.shares) for package in project.work_packages]
    if rules.structure == "work-packages":
        inside = (activity for package in project.work_packages for activity in package.activities)
        activities = [_Part(activity.id, activity.amount, activity.shares) for activity in inside]
        parts = packages
    else:
        activities = [_Part(activity.id, activity.amount, activity.allocation) for activity in project.activities]
        parts = activities
    planned = total(part.amount for part in parts)
    chosen = next((heading.price.grant(project) for heading in rules.headings.values()), None)
    return Budget.model_construct(
        action=project.action,
        call=project.call,
        grant=planned if chosen is None else chosen,
        planned=planned,
        total_cost=project.estimated_cost,
        partners=_partners(project, [part.shares for part in parts]),
        work_packages=_parts(packages),
        activities=_parts(activities),
    )


def _parts(parts: Sequence[_Part]) -> dict[str, PartBudget]:
    percents = percentages([part.amount for part in parts])
    return {
        part.id: PartBudget.model_construct(amount=part.amount, percent=percent, partners=dict(part.shares))
        for part, percent in zip(parts, percents, strict=True)
    }


def _partners(project: Project, parts: Iterable[Mapping[str, Decimal]]) -> dict[str, PartnerBudget]:
    grants = {partner.id: ZERO for partner in project.partners}
    for shares in parts:
        for partner_id, share in shares.items():
            if partner_id in grants:  # a share of an unknown partner is for the checks to name
                grants[partner_id] += share
    costs = {partner.id: partner.estimated_cost for partner in project.partners}
    return {
        partner_id: PartnerBudget.model_construct(
            grant=grant, percent=percent, cost=cost, own_part=None if cost is None else cost - grant
        )
        for (partner_id, grant), percent, cost in zip(
            grants.items(), percentages(list(grants.values())), costs.values(), strict=True
        )
    }
