"""What the budget annex shows where the grant is worked out from a detailed budget."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import NamedTuple, TypeVar

from ka2budget.annex import matrices
from ka2budget.annex.basis import COMMON, common
from ka2budget.annex.categories import LABELS, MAIN, shown
from ka2budget.annex.content import (
    Content,
    Item,
    Listing,
    PartnerFacts,
    ProjectFacts,
    Vocabulary,
    in_doubt,
    item,
    listing,
    named_partner,
    partner_facts,
    project_facts,
)
from ka2budget.annex.estimate import DueFacts, instalments, payments
from ka2budget.budget import Budget
from ka2budget.formulas import DetailedBudget, Priced
from ka2budget.money import HUNDRED, ZERO, total
from ka2budget.project import CostLine, Depreciation, Project, WorkPackage
from ka2budget.rules import Rules
from ka2budget.schedule import Due
from ka2budget.shares import Shares
from ka2budget.text import message, say, translate

_Line = TypeVar("_Line", CostLine, Depreciation)


class CoverFacts(NamedTuple):
    """The figures of the cover: amounts in EUR, rates as shares of the costs."""

    direct: Decimal
    indirect: Decimal
    indirect_basis: str
    total_cost: Decimal
    call_rate: Decimal
    basis: str | None
    maximum: Decimal | None
    rate: Decimal
    grant: Decimal
    own_part: Decimal | None


class PartnerFigures(NamedTuple):
    """A partner's part of the budget, in EUR; empty for associated partners, who take no money."""

    direct: Decimal | None
    indirect: Decimal | None
    cost: Decimal | None
    grant: Decimal | None
    own_part: Decimal | None


class WorkPackageFacts(NamedTuple):
    """A work package with its costs and its part of the grant, in EUR."""

    id: str
    title: str
    lead: str | None
    first_month: int | None
    last_month: int | None
    direct: Decimal | None
    indirect: Decimal | None
    cost: Decimal | None
    grant: Decimal | None


class CostFacts(NamedTuple):
    """A line of the detailed budget; cost of one unit and amount in EUR."""

    partner: str
    organisation: str | None
    work_package: str
    work_package_title: str
    category: str
    category_label: str
    purpose: str | None
    units: Decimal
    unit_cost: Decimal
    amount: Decimal


class DepreciationFacts(NamedTuple):
    """Equipment of which the project pays the part it uses up; price and charge in EUR."""

    partner: str
    organisation: str | None
    work_package: str
    what: str
    purchased: date | None
    price: Decimal
    project_use: Decimal
    lifetime_use: Decimal
    charged: Decimal
    justification: str | None


class CategoryFacts(NamedTuple):
    """A category of costs with its sum, in EUR."""

    code: str
    label: str
    amount: Decimal


VOCABULARY: Vocabulary = {
    **COMMON,
    "project": ProjectFacts._fields + CoverFacts._fields,
    "partners": PartnerFacts._fields + PartnerFigures._fields,
    "work_packages": WorkPackageFacts._fields,
    "costs": CostFacts._fields,
    "depreciation": DepreciationFacts._fields,
    "categories": CategoryFacts._fields,
    "payments": DueFacts._fields,
    "costs_by_work_package": None,
    "breakdown": None,
    "person_months": None,
    "instalments": None,
}


def detailed_content(  # noqa: PLR0913, PLR0917 - what the annex shows comes from as many places
    project: Project, rules: Rules, budget: Budget, shares: Shares, dates: tuple[Due, ...], today: date, language: str
) -> Content:
    """Return what the annex of a detailed budget shows, in a language."""
    names = {partner.id: partner.name for partner in project.partners}
    price = rules.grant_heading.price
    if not isinstance(price, DetailedBudget):
        raise TypeError(f"{rules.file} has structure = 'costs' and no detailed budget")
    priced = price.price(project)
    facts = project_facts(project, rules, budget, budget.findings, language)
    cover = _cover(project, rules, shares, priced, price, language)
    return {
        **common(project, rules, budget.findings, today, language),
        "project": Listing((item(facts, cover),)),
        "partners": Listing(tuple(_partners(project, budget, language))),
        "work_packages": listing(_work_packages(project, budget, priced, names)),
        "costs": Listing(tuple(_costs(project, names, language))),
        "depreciation": Listing(tuple(_depreciation(project, names))),
        "categories": Listing(tuple(_categories(budget, language))),
        "payments": listing(payments(dates, language)),
        "costs_by_work_package": matrices.costs(project, priced),
        "breakdown": matrices.breakdown(project, budget),
        "person_months": matrices.months(project),
        "instalments": instalments(shares, names, language),
    }


def _cover(
    project: Project, rules: Rules, shares: Shares, priced: Priced, price: DetailedBudget, language: str
) -> CoverFacts:
    heading = rules.grant_heading
    indirect = (
        message("{rate:percent} of the direct costs without {categories}")
        if price.without_indirect
        else "{rate:percent}"
    )
    values = {"rate": price.indirect * HUNDRED, "categories": price.without_indirect}
    return CoverFacts(
        direct=total(cost.direct for cost in priced.costs.values()),
        indirect=total(cost.indirect for cost in priced.costs.values()),
        indirect_basis=say(indirect, language, **values),
        total_cost=total(cost.total for cost in priced.costs.values()),
        call_rate=price.rate,
        basis=in_doubt(heading.doubt, rules.cite(heading.source), language),
        maximum=price.maximum(project.months),
        rate=priced.rate,
        grant=shares.grant,
        own_part=shares.own_part,
    )


def _partners(project: Project, budget: Budget, language: str) -> Iterator[Item]:
    seen: set[str] = set()
    for partner in matrices.in_order(project):
        its = budget.partners[partner.id]
        figures = PartnerFigures(its.direct, its.indirect, its.cost, its.grant, its.own_part)
        if partner.id in seen or not (partner.is_funded or its.cost):  # an id used twice has its amounts once
            figures = PartnerFigures(None, None, None, None, None)
        seen.add(partner.id)
        yield item(partner_facts(partner, language), figures)


def _work_packages(
    project: Project, budget: Budget, priced: Priced, names: Mapping[str, str]
) -> Iterator[WorkPackageFacts]:
    seen: set[str] = set()
    for package in project.work_packages:
        costs = [cost for (_, name), cost in priced.costs.items() if name == package.id]
        its, is_first = budget.work_packages.get(package.id), package.id not in seen
        seen.add(package.id)
        yield WorkPackageFacts(
            id=package.id,
            title=package.title,
            lead=named_partner(package.lead, names),
            first_month=package.start_month,
            last_month=package.end_month,
            direct=total(cost.direct for cost in costs) if is_first else None,
            indirect=total(cost.indirect for cost in costs) if is_first else None,
            cost=total(cost.total for cost in costs) if is_first else None,
            grant=(its.amount if its else ZERO) if is_first else None,
        )


def _costs(project: Project, names: Mapping[str, str], language: str) -> Iterator[Item]:
    """Yield every line, those of a partner together, so that one sum can add them up."""
    lines = ((package, line) for package in project.work_packages for line in package.cost_lines)
    for number, (package, line) in enumerate(_by_partner(project, lines)):
        facts = CostFacts(
            partner=line.partner,
            organisation=names.get(line.partner),
            work_package=package.id,
            work_package_title=f"{package.id} {package.title}",
            category=line.category.value,
            category_label=translate(LABELS[line.category], language),
            purpose=line.label,
            units=line.units,
            unit_cost=line.unit_cost,
            amount=line.amount,
        )
        yield Item(str(number), facts._asdict(), line.partner)


def _depreciation(project: Project, names: Mapping[str, str]) -> Iterator[Item]:
    """Yield the equipment in the order of the costs, among which it stands too."""
    lines = ((package, one) for package in project.work_packages for one in package.depreciation)
    for number, (package, one) in enumerate(_by_partner(project, lines)):
        facts = DepreciationFacts(
            partner=one.partner,
            organisation=names.get(one.partner),
            work_package=package.id,
            what=one.label,
            purchased=one.purchased,
            price=one.purchase_cost,
            project_use=one.project_use,
            lifetime_use=one.lifetime_use,
            charged=one.line.amount,
            justification=one.justification,
        )
        yield Item(str(number), facts._asdict(), one.partner)


def _by_partner(project: Project, lines: Iterable[tuple[WorkPackage, _Line]]) -> list[tuple[WorkPackage, _Line]]:
    """Return lines in the order of the partners, and those of a partner in the order of the work packages."""
    places = {partner.id: place for place, partner in enumerate(matrices.in_order(project))}
    packages = {package.id: place for place, package in reversed(tuple(enumerate(project.work_packages)))}
    return sorted(lines, key=lambda one: (places.get(one[1].partner, len(places)), one[1].partner, packages[one[0].id]))


def _categories(budget: Budget, language: str) -> Iterator[Item]:
    """Yield the categories; the indirect costs stand below them."""
    sums = {code: part.amount for code, part in budget.headings.items() if code in LABELS}
    for code in shown(sums):
        amount = total(value for name, value in sums.items() if name.startswith(code))
        yield Item(code, CategoryFacts(code, translate(LABELS[code], language), amount)._asdict(), strong=code in MAIN)
