"""What the final annex shows: what was refused, what is payable, and what each partner still gets or gives back."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import NamedTuple

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
from ka2budget.budget import Budget
from ka2budget.money import total
from ka2budget.project import Project
from ka2budget.rules import ProjectScore, Rules
from ka2budget.settlement import SettledPart, Settlement
from ka2budget.text import message, translate

_LEVELS = {
    "none": message("No reduction by score"),
    "project": message("The whole grant"),
    "work-package": message("Single work packages"),
    "acceptance": message("Parts that were not accepted"),
    "costs": message("Costs that were not accepted"),
}
_REDUCES = {"eligible": message("What is eligible after the report"), "grant": message("The grant as agreed")}
_CAPS = {
    "final-total": message("Cap on the final total, management included"),
    "unreduced-total": message("Cap on the total with management unreduced"),
    "none": message("No cap after the reduction"),
}


class CoverFacts(NamedTuple):
    """The result: score in points, amounts in EUR; empty where errors forbid an assessment."""

    grant: Decimal
    score: int | None
    level: str | None
    basis: str | None
    share_paid: Decimal | None
    eligible: Decimal | None
    accepted_cost: Decimal | None
    final_grant: Decimal | None
    paid: Decimal
    to_pay: Decimal | None
    to_recover: Decimal | None


class PartFacts(NamedTuple):
    """A work package or an activity after the assessment; amounts in EUR.

    The share paid is one of what was not refused, or where real costs are paid, the share of the costs accepted.
    """

    id: str
    title: str
    amount: Decimal
    refused: Decimal | None
    score: int | None
    share_paid: Decimal | None
    cost: Decimal | None
    cost_share: Decimal | None
    payable: Decimal | None


class HeadingFacts(NamedTuple):
    """A budget heading of unit contributions after the report; amounts in EUR."""

    id: str
    label: str
    awarded: Decimal
    achieved: Decimal | None
    moved: Decimal | None
    eligible: Decimal | None
    payable: Decimal | None


class PartnerFigures(NamedTuple):
    """A partner's part of the final grant, in EUR."""

    grant: Decimal
    final: Decimal | None
    paid: Decimal | None
    balance: Decimal | None


class ReadingFacts(NamedTuple):
    """The final grant under one reading of the cap of management, in EUR."""

    reading: str
    final_grant: Decimal
    taken: str | None


VOCABULARY: Vocabulary = {
    **COMMON,
    "project": ProjectFacts._fields + CoverFacts._fields,
    "parts": PartFacts._fields,
    "headings": HeadingFacts._fields,
    "partners": PartnerFacts._fields + PartnerFigures._fields,
    "readings": ReadingFacts._fields,
}


def final_content(
    project: Project, rules: Rules, budget: Budget, settlement: Settlement, today: date, language: str
) -> Content:
    """Return what the final annex of a project shows, in a language."""
    facts = project_facts(project, rules, budget, settlement.findings, language)
    return {
        **common(project, rules, settlement.findings, today, language),
        "project": Listing((item(facts, _cover(rules, settlement, language)),)),
        "parts": listing(_parts(project, rules, budget, settlement)),
        "headings": listing(_headings(rules, budget, settlement, language)),
        "partners": Listing(tuple(_partners(project, budget, settlement, language))),
        "readings": listing(_readings(settlement, language)),
    }


def _cover(rules: Rules, settlement: Settlement, language: str) -> CoverFacts:
    balance, rule, score = settlement.balance, rules.final_report, settlement.overall_score
    costs = [part.cost for part in settlement.work_packages.values() if part.cost is not None]
    reduced = settlement.level == "project" and rules.structure == "units"
    level = _REDUCES[settlement.reduces] if reduced else _LEVELS[settlement.level]
    return CoverFacts(
        grant=settlement.grant,
        score=score,
        level=None if settlement.final_grant is None else translate(level, language),
        basis=in_doubt(rule.doubt, rules.cite(rule.source), language),
        share_paid=rule.share(score) if isinstance(rule, ProjectScore) and score is not None else None,
        eligible=total(one.eligible for one in settlement.headings.values()) if settlement.headings else None,
        accepted_cost=total(costs) if costs else None,
        final_grant=settlement.final_grant,
        paid=settlement.paid,
        to_pay=balance if balance is not None and balance >= 0 else None,
        to_recover=-balance if balance is not None and balance < 0 else None,
    )


def _parts(project: Project, rules: Rules, budget: Budget, settlement: Settlement) -> Iterator[PartFacts]:
    by_package = rules.structure != "activities"
    titles = {part.id: part.title for part in (project.work_packages if by_package else project.activities)}
    settled = settlement.work_packages or settlement.activities
    for name, part in (budget.work_packages if by_package else budget.activities).items():
        yield _part(name, titles[name], part.amount, settled.get(name))


def _part(name: str, title: str, amount: Decimal, settled: SettledPart | None) -> PartFacts:
    if settled is None:
        return PartFacts(name, title, amount, None, None, None, None, None, None)
    of_rest, of_cost = (settled.factor, None) if settled.cost is None else (None, settled.factor)
    return PartFacts(
        name, title, amount, settled.rejected, settled.score, of_rest, settled.cost, of_cost, settled.accepted
    )


def _headings(rules: Rules, budget: Budget, settlement: Settlement, language: str) -> Iterator[HeadingFacts]:
    """Yield the headings of unit contributions: those of the settlement, else as they were awarded."""
    if rules.structure != "units":
        return
    for name, heading in rules.headings.items():
        settled = settlement.headings.get(name)
        if settled is not None:
            yield HeadingFacts(
                name,
                translate(heading.label, language),
                settled.awarded,
                settled.achieved,
                settled.transferred,
                settled.eligible,
                settled.accepted,
            )
        elif name in budget.headings:
            yield HeadingFacts(
                name, translate(heading.label, language), budget.headings[name].amount, None, None, None, None
            )


def _partners(project: Project, budget: Budget, settlement: Settlement, language: str) -> Iterator[Item]:
    for partner in project.partners:
        settled, grant = settlement.partners.get(partner.id), budget.partners[partner.id].grant
        figures = PartnerFigures(grant, None, None, None)
        if settled is not None:
            figures = PartnerFigures(grant, settled.final, settled.paid, settled.balance)
        yield item(partner_facts(partner, language), figures)


def _readings(settlement: Settlement, language: str) -> Iterator[ReadingFacts]:
    for cap, final_grant in settlement.readings.items():
        taken = translate("taken", language) if cap == settlement.management_cap else None
        yield ReadingFacts(translate(_CAPS[cap], language), final_grant, taken)
