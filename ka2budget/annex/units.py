"""What the budget annex shows where the grant is a sum of units and real costs."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from ka2budget.annex import matrices
from ka2budget.annex.basis import COMMON, common
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
    partner_facts,
    project_facts,
)
from ka2budget.annex.estimate import DueFacts, instalments, payments
from ka2budget.budget import Budget, Line
from ka2budget.formulas import (
    ExpensiveTravel,
    FlatRate,
    NeedsUnit,
    PerDay,
    PerDayOfStay,
    PerDistance,
    PerMonth,
    PerMonthOfStay,
    PerParticipant,
    ShareOfCost,
    StudentMonths,
)
from ka2budget.model import Model
from ka2budget.money import total
from ka2budget.pricing import PricedUnits, price_units
from ka2budget.project import Project
from ka2budget.rules import Rules
from ka2budget.schedule import Due
from ka2budget.shares import Shares
from ka2budget.text import message, say, translate

_COUNTED_IN: dict[type[Model], str] = {
    PerMonth: message("months"),
    PerDay: message("days of work"),
    PerDistance: message("participants"),
    ExpensiveTravel: message("participants"),
    PerDayOfStay: message("participants x days"),
    PerMonthOfStay: message("participants x months"),
    PerParticipant: message("participants"),
    StudentMonths: message("students x months"),
    NeedsUnit: message("persons"),
    ShareOfCost: message("EUR of real cost"),
    FlatRate: message("EUR of other headings"),
}
_IN_PARTS = message("participants x days")
"""What is counted where the rate is for several: the days of a month."""


class CoverFacts(NamedTuple):
    """The figures of the cover, in EUR."""

    calculated: Decimal
    basis: str
    cut: Decimal
    maximum: Decimal | None
    maximum_basis: str | None
    above: Decimal | None
    grant: Decimal
    estimated_cost: Decimal | None
    own_part: Decimal | None


class PartnerFigures(NamedTuple):
    """A partner's part of the budget, in EUR; empty for associated partners, who take no money."""

    calculated: Decimal | None
    grant: Decimal | None
    cost: Decimal | None
    own_part: Decimal | None


class UnitFacts(NamedTuple):
    """A charge: a quantity at a rate in EUR, or a cost of which a share is paid."""

    partner: str
    organisation: str | None
    heading: str
    purpose: str | None
    detail: str | None
    quantity: Decimal
    counted_in: str
    rate: Decimal | None
    per: int | None
    share: Decimal | None
    amount: Decimal


class HeadingFacts(NamedTuple):
    """A budget heading, in EUR: as calculated, within its ceilings, and what the grant pays of it."""

    id: str
    label: str
    calculated: Decimal
    cut: Decimal
    within: Decimal
    grant: Decimal
    basis: str | None


VOCABULARY: Vocabulary = {
    **COMMON,
    "project": ProjectFacts._fields + CoverFacts._fields,
    "partners": PartnerFacts._fields + PartnerFigures._fields,
    "units": UnitFacts._fields,
    "headings": HeadingFacts._fields,
    "payments": DueFacts._fields,
    "distribution": None,
    "instalments": None,
}


def units_content(  # noqa: PLR0913, PLR0917 - what the annex shows comes from as many places
    project: Project, rules: Rules, budget: Budget, shares: Shares, dates: tuple[Due, ...], today: date, language: str
) -> Content:
    """Return what the annex of a budget by units shows, in a language."""
    names = {partner.id: partner.name for partner in project.partners}
    priced = price_units(project, rules, project.units, project.real_costs)
    facts = project_facts(project, rules, budget, budget.findings, language)
    headings = tuple(_headings(rules, budget, priced, language))
    cover = _cover(rules, priced, headings, budget, shares, language)
    return {
        **common(project, rules, budget.findings, today, language),
        "project": Listing((item(facts, cover),)),
        "partners": Listing(tuple(_partners(project, budget, language))),
        "units": Listing(tuple(_units(project, rules, budget, language))),
        "headings": listing(headings),
        "payments": listing(payments(dates, language)),
        "distribution": matrices.by_heading(project, rules, budget, language),
        "instalments": instalments(shares, names, language),
    }


def _cover(
    rules: Rules,
    priced: PricedUnits,
    headings: tuple[HeadingFacts, ...],
    budget: Budget,
    shares: Shares,
    language: str,
) -> CoverFacts:
    within, limit = total(one.within for one in headings), rules.limits.grant
    return CoverFacts(
        calculated=total(one.calculated for one in headings),
        basis=_basis(rules, headings, language),
        cut=total(one.cut for one in headings),
        maximum=priced.most,
        maximum_basis=in_doubt(limit.doubt, rules.cite(limit.source), language) if limit else None,
        above=None if priced.most is None else within - budget.grant,
        grant=budget.grant,
        estimated_cost=budget.total_cost,
        own_part=shares.own_part,
    )


def _basis(rules: Rules, headings: tuple[HeadingFacts, ...], language: str) -> str:
    """Return where the documents of the rates stand, and how many headings rest on none."""
    doubtful = sum(rules.headings[one.id].doubt is not None for one in headings)
    if not doubtful:
        return translate("The sheet Headings names the documents", language)
    words = message("Not confirmed: {doubtful} of {all} headings; the sheet Headings says why")
    return say(words, language, doubtful=doubtful, all=len(headings))


def _headings(rules: Rules, budget: Budget, priced: PricedUnits, language: str) -> Iterator[HeadingFacts]:
    for name, heading in rules.headings.items():
        if name in budget.headings:
            calculated = total(line.amount for line in budget.lines if line.heading == name)
            within = total(priced.awarded[name].values())
            yield HeadingFacts(
                id=name,
                label=translate(heading.label, language),
                calculated=calculated,
                cut=calculated - within,
                within=within,
                grant=budget.headings[name].amount,
                basis=in_doubt(heading.doubt, rules.cite(heading.source), language),
            )


def _partners(project: Project, budget: Budget, language: str) -> Iterator[Item]:
    seen: set[str] = set()
    for partner in matrices.in_order(project):
        its = budget.partners[partner.id]
        calculated = total(line.amount for line in budget.lines if line.partner == partner.id)
        figures = PartnerFigures(calculated, its.grant, its.cost, its.own_part)
        if partner.id in seen or not (partner.is_funded or calculated):  # an id used twice has its amounts once
            figures = PartnerFigures(None, None, None, None)
        seen.add(partner.id)
        yield item(partner_facts(partner, language), figures)


def _units(project: Project, rules: Rules, budget: Budget, language: str) -> Iterator[Item]:
    """Yield every charge, those of a partner together, in the order of the headings."""
    places = {partner.id: place for place, partner in enumerate(matrices.in_order(project))}
    names = {partner.id: partner.name for partner in project.partners}
    headings = {name: place for place, name in enumerate(rules.headings)}
    lines = sorted(budget.lines, key=lambda line: (places[line.partner], headings[line.heading]))
    for number, line in enumerate(lines):
        yield Item(str(number), _unit(rules, line, names[line.partner], language)._asdict(), line.partner)


def _unit(rules: Rules, line: Line, organisation: str, language: str) -> UnitFacts:
    heading = rules.headings[line.heading]
    price, counted_in = heading.price, _COUNTED_IN[type(heading.price)]
    of_cost = isinstance(price, ShareOfCost | FlatRate)
    if isinstance(price, ExpensiveTravel) and line.rate == price.pays:  # else the unit is paid, in whole EUR
        of_cost, counted_in = True, _COUNTED_IN[ShareOfCost]
    of = [translate(rules.headings[name].label, language) for name in price.of] if isinstance(price, FlatRate) else []
    return UnitFacts(
        partner=line.partner,
        organisation=organisation,
        heading=translate(heading.label, language),
        purpose=line.label or ", ".join(of) or None,
        detail=line.detail.say(language) if line.detail else None,
        quantity=line.quantity,
        counted_in=translate(counted_in if line.per == 1 else _IN_PARTS, language),
        rate=None if of_cost else line.rate,
        per=None if line.per == 1 else line.per,
        share=line.rate if of_cost else None,
        amount=line.amount,
    )
