"""Project and Rules to Budget: amounts added up, detailed budgets and units priced; by partner and by part."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from ka2budget.budget import Budget, Line, PartBudget, PartnerBudget
from ka2budget.formulas import DetailedBudget, FlatRate, LumpSum, Priced, ShareOfCost
from ka2budget.money import ZERO, cents, percentages, total
from ka2budget.pricing import PricedUnits, price_units
from ka2budget.project import Project
from ka2budget.rules import Heading, Rules


class _Part(NamedTuple):
    id: str
    amount: Decimal
    shares: Mapping[str, Decimal]


def calculate(project: Project, rules: Rules) -> Budget:
    """Return the budget of a project under the rules of its call; amounts in EUR."""
    heading = rules.grant_heading
    if isinstance(heading.price, DetailedBudget):
        return _from_costs(project, rules, heading, heading.price.price(project))
    if isinstance(heading.price, LumpSum):
        return _from_amounts(project, rules, heading.price.grant(project))
    return _from_units(project, rules, price_units(project, rules, project.units, project.real_costs))


def _from_amounts(project: Project, rules: Rules, chosen: Decimal | None) -> Budget:
    packages = [_Part(package.id, package.allocated, package.shares) for package in project.work_packages]
    if rules.structure == "work-packages":
        inside = (activity for package in project.work_packages for activity in package.activities)
        activities = [_Part(activity.id, activity.amount, activity.shares) for activity in inside]
        parts = packages
    else:
        activities = [_Part(activity.id, activity.amount, activity.allocation) for activity in project.activities]
        parts = activities
    planned = total(part.amount for part in parts)
    grants = _grants(project, parts)
    costs = {partner.id: partner.estimated_cost for partner in project.partners}
    return Budget.model_construct(
        action=project.action,
        call=project.call,
        grant=planned if chosen is None else chosen,
        planned=planned,
        total_cost=project.estimated_cost,
        partners=_partners(grants, costs),
        work_packages=_parts(packages),
        activities=_parts(activities),
        headings={},
    )


def _from_costs(project: Project, rules: Rules, heading: Heading, priced: Priced) -> Budget:
    parts = [
        _Part(package.id, total(row.values()), row)
        for package in project.work_packages
        if (row := {partner: amount for (partner, name), amount in priced.grants.items() if name == package.id})
        or package.cost_lines
    ]
    grants = _grants(project, parts)
    grant = total(grants.values())
    direct, indirect = (
        {
            one.id: total(getattr(cost, kind) for (name, _), cost in priced.costs.items() if name == one.id)
            for one in project.partners
        }
        for kind in ("direct", "indirect")
    )
    lines = tuple(_lines(project, rules.cite(heading.source) or ""))
    return Budget.model_construct(
        action=project.action,
        call=project.call,
        grant=grant,
        planned=grant,
        total_cost=total(cost.total for cost in priced.costs.values()),
        rate=priced.rate,
        partners={
            name: PartnerBudget.model_construct(
                grant=amount,
                percent=percent,
                direct=direct[name],
                indirect=indirect[name],
                cost=direct[name] + indirect[name],
                own_part=direct[name] + indirect[name] - amount,
            )
            for (name, amount), percent in zip(grants.items(), percentages(list(grants.values())), strict=True)
        },
        work_packages=_parts(parts),
        headings=_categories(lines, indirect),
        lines=lines,
    )


def _categories(lines: Iterable[Line], indirect: Mapping[str, Decimal]) -> dict[str, PartBudget]:
    """Return the costs of every category, and under E the indirect costs, in EUR."""
    sums: dict[str, dict[str, Decimal]] = {}
    for line in lines:
        row = sums.setdefault(line.heading, {})
        row[line.partner] = row.get(line.partner, ZERO) + line.amount
    parts = [_Part(name, total(sums[name].values()), sums[name]) for name in sorted(sums)]
    some = {partner: amount for partner, amount in indirect.items() if amount}
    return _parts([*parts, _Part("E", total(indirect.values()), some)])


def _from_units(project: Project, rules: Rules, priced: PricedUnits) -> Budget:
    parts = [_Part(name, total(row.values()), row) for name, row in priced.grants.items() if row]
    grants = _grants(project, parts)
    grant = total(grants.values())
    costs = _costs(project, rules, priced)
    funded = [costs[partner.id] for partner in project.partners if partner.is_funded]
    everything = None if None in funded else total(cost for cost in funded if cost is not None)
    return Budget.model_construct(
        action=project.action,
        call=project.call,
        grant=grant,
        planned=grant,
        total_cost=everything if project.estimated_cost is None else project.estimated_cost,
        partners=_partners(grants, costs),
        headings=_parts(parts),
        lines=priced.lines,
    )


def _costs(project: Project, rules: Rules, priced: PricedUnits) -> dict[str, Decimal | None]:
    """Return each partner's cost: what it says, else its real costs where the call pays nothing but shares of them."""
    said = {partner.id: partner.estimated_cost for partner in project.partners}
    if not all(isinstance(heading.price, (ShareOfCost, FlatRate)) for heading in rules.headings.values()):
        return said
    real = {name: _real_costs(rules, [line for line in priced.lines if line.partner == name]) for name in said}
    return {name: real[name] if cost is None else cost for name, cost in said.items()}


def _real_costs(rules: Rules, lines: Sequence[Line]) -> Decimal:
    """Return real costs in EUR, with the flat rates on them."""
    real: dict[str, Decimal] = {}
    for line in lines:
        if isinstance(rules.headings[line.heading].price, ShareOfCost):
            real[line.heading] = real.get(line.heading, ZERO) + line.quantity
    rates = (heading.price for heading in rules.headings.values() if isinstance(heading.price, FlatRate))
    flat = (cents(total(real.get(name, ZERO) for name in rate.of) * rate.share) for rate in rates)
    return total((*real.values(), *flat))


def _partners(grants: Mapping[str, Decimal], costs: Mapping[str, Decimal | None]) -> dict[str, PartnerBudget]:
    percents = percentages(list(grants.values()))
    return {
        name: PartnerBudget.model_construct(
            grant=grant, percent=percent, cost=cost, own_part=None if cost is None else cost - grant
        )
        for (name, grant), percent, cost in zip(grants.items(), percents, costs.values(), strict=True)
    }


def _lines(project: Project, source: str) -> Iterator[Line]:
    for package in project.work_packages:
        for line in package.cost_lines:
            yield Line.model_construct(
                heading=line.category.value,
                partner=line.partner,
                work_package=package.id,
                label=line.label,
                detail=None,
                quantity=line.units,
                rate=line.unit_cost,
                per=1,
                amount=line.amount,
                source=source,
            )


def _parts(parts: Sequence[_Part]) -> dict[str, PartBudget]:
    percents = percentages([part.amount for part in parts])
    return {
        part.id: PartBudget.model_construct(amount=part.amount, percent=percent, partners=dict(part.shares))
        for part, percent in zip(parts, percents, strict=True)
    }


def _grants(project: Project, parts: Iterable[_Part]) -> dict[str, Decimal]:
    grants = {partner.id: ZERO for partner in project.partners}
    for part in parts:
        for name, share in part.shares.items():
            if name in grants:  # a share of an unknown partner is for the checks to name
                grants[name] += share
    return grants
