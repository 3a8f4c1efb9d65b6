"""What the budget annex shows: project, partners, work packages, activities, their shares, and the payments."""

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from ka2budget.annex.basis import COMMON, common
from ka2budget.annex.content import (
    Content,
    Grid,
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
from ka2budget.budget import Budget, PartBudget
from ka2budget.money import total
from ka2budget.project import Activity, Project
from ka2budget.rules import Rules
from ka2budget.schedule import Due
from ka2budget.shares import Shares
from ka2budget.text import country_name, translate


class CoverFacts(NamedTuple):
    """The figures of the cover, in EUR."""

    lump_sum: Decimal
    lump_sum_basis: str | None
    planned: Decimal
    difference: Decimal
    estimated_cost: Decimal | None
    own_part: Decimal | None


class PartnerFigures(NamedTuple):
    """A partner's part of the budget, in EUR."""

    grant: Decimal | None
    cost: Decimal | None
    own_part: Decimal | None


class WorkPackageFacts(NamedTuple):
    """A work package."""

    id: str
    title: str
    lead: str | None
    first_month: int | None
    last_month: int | None
    amount: Decimal
    activities: int
    allocated: Decimal


class ActivityFacts(NamedTuple):
    """An activity; its work package where there are any."""

    id: str
    work_package: str
    title: str
    venue: str | None
    start: date | None
    end: date | None
    lead: str | None
    participants: str | None
    amount: Decimal
    results: str | None


class DueFacts(NamedTuple):
    """A date of the grant."""

    what: str
    date: date | None
    amount: Decimal | None
    reason: str
    source: str | None
    doubt: str | None


VOCABULARY: Vocabulary = {
    **COMMON,
    "project": ProjectFacts._fields + CoverFacts._fields,
    "partners": PartnerFacts._fields + PartnerFigures._fields,
    "work_packages": WorkPackageFacts._fields,
    "activities": ActivityFacts._fields,
    "payments": DueFacts._fields,
    "shares": None,
    "instalments": None,
}


def budget_content(  # noqa: PLR0913, PLR0917 - what the annex shows comes from as many places
    project: Project, rules: Rules, budget: Budget, shares: Shares, dates: tuple[Due, ...], today: date, language: str
) -> Content:
    """Return what the budget annex of a project shows, in a language."""
    names = {partner.id: partner.name for partner in project.partners}
    activities = Listing(tuple(_activities(project, names, language)))
    facts = project_facts(project, rules, budget, budget.findings, language)
    return {
        **common(project, rules, budget.findings, today, language),
        "project": Listing((item(facts, _cover(rules, budget, shares, language)),)),
        "partners": Listing(tuple(_partners(project, budget, language))),
        "work_packages": listing(_work_packages(project, names)),
        "activities": activities,
        "payments": listing(payments(dates, language)),
        "shares": _shares(project, rules, budget, names),
        "instalments": instalments(shares, names, language),
    }


def _cover(rules: Rules, budget: Budget, shares: Shares, language: str) -> CoverFacts:
    heading = rules.grant_heading
    return CoverFacts(
        lump_sum=budget.grant,
        lump_sum_basis=in_doubt(heading.doubt, rules.cite(heading.source), language),
        planned=budget.planned,
        difference=budget.planned - budget.grant,
        estimated_cost=budget.total_cost,
        own_part=shares.own_part,
    )


def _partners(project: Project, budget: Budget, language: str) -> Iterator[Item]:
    for partner in project.partners:
        of_budget = budget.partners[partner.id]
        figures = PartnerFigures(of_budget.grant, of_budget.cost, of_budget.own_part)
        yield item(partner_facts(partner, language), figures)


def _work_packages(project: Project, names: Mapping[str, str]) -> Iterator[WorkPackageFacts]:
    for package in project.work_packages:
        yield WorkPackageFacts(
            id=package.id,
            title=package.title,
            lead=named_partner(package.lead, names),
            first_month=package.start_month,
            last_month=package.end_month,
            amount=package.allocated,
            activities=len(package.activities),
            allocated=total(activity.amount for activity in package.activities),
        )


def _activities(project: Project, names: Mapping[str, str], language: str) -> Iterator[Item]:
    for package in project.work_packages:
        for activity in package.activities:
            yield item(_activity(activity, package.id, names, language), group=package.id)
    for activity in project.activities:
        yield item(_activity(activity, "", names, language))


def _activity(activity: Activity, package: str, names: Mapping[str, str], language: str) -> ActivityFacts:
    country = country_name(activity.venue_country, language) if activity.venue_country else None
    return ActivityFacts(
        id=activity.id,
        work_package=package,
        title=activity.title,
        venue=", ".join(place for place in (activity.venue, country) if place) or None,
        start=activity.start,
        end=activity.end,
        lead=named_partner(activity.lead, names),
        participants=", ".join(activity.participants) or None,
        amount=activity.amount,
        results=activity.results,
    )


def payments(dates: tuple[Due, ...], language: str) -> Iterator[DueFacts]:
    """Yield the dates of the grant in words, without those that only the project office sets itself."""
    for due in (one for one in dates if one.nature != "own"):
        what, reason = due.what.say(language), due.reason.say(language)
        source = None if due.source is None else due.source.say(language)
        doubts = " ".join(doubt.say(language) for doubt in due.doubts) or None
        yield DueFacts(what, due.date, due.amount, reason, source, doubts)


def _shares(project: Project, rules: Rules, budget: Budget, names: Mapping[str, str]) -> Grid:
    """Return who gets what of each part; a share of an unknown partner has its own row, so that nothing is hidden."""
    by_package = rules.structure == "work-packages"
    parts: Mapping[str, PartBudget] = budget.work_packages if by_package else budget.activities
    titles = {part.id: part.title for part in (project.work_packages if by_package else project.activities)}
    unknown = dict.fromkeys(name for part in parts.values() for name in part.partners if name not in names)
    return Grid(
        rows={name: f"{name} {names.get(name, '')}".rstrip() for name in (*names, *unknown)},
        columns={name: f"{name} {titles[name]}" for name in parts},
        amounts={(partner, name): amount for name, part in parts.items() for partner, amount in part.partners.items()},
    )


def instalments(shares: Shares, names: Mapping[str, str], language: str) -> Grid:
    """Return the grant of each partner in the instalments of the agency."""
    last = len(shares.instalments) - 1
    labels = [translate("Further pre-financing", language)] * len(shares.instalments)
    labels[last] = translate("Balance", language)
    labels[0] = translate("Pre-financing", language)
    return Grid(
        rows={name: f"{name} {names[name]}" for name in shares.partners},
        columns={str(number): label for number, label in enumerate(labels)},
        amounts={
            (name, str(number)): amount
            for name, partner in shares.partners.items()
            for number, amount in enumerate(partner.instalments)
        },
        note=in_doubt(shares.instalments_doubt, shares.instalments_source.say(language), language),
    )
