"""Does the report fit the project and the rules of its call? What keeps it from being settled, or wants notice."""

from collections.abc import Iterator, Mapping

from ka2budget.budget import Budget, PartBudget
from ka2budget.finding import Finding, error, warning
from ka2budget.money import total
from ka2budget.project import Project
from ka2budget.report import Delivered, Report, Result
from ka2budget.rules import Acceptance, ActualCosts, ProjectScore, Rules, WorkPackageScore
from ka2budget.settlement.parts import Part
from ka2budget.text import Word

UNKNOWN_PART = error("report-unknown-part", "{id} is not among the {kind} of the project: {known}.")
REPORTED_TWICE = error("report-duplicate-part", "{id} is reported more than once.")
SCORE_MISSING = error("score-missing", "{what} has no score; the assessor gives 0 to 100 points.")
REJECTED_TOO_MUCH = error("rejected-above-amount", "{rejected} of {id} is rejected, more than its {amount}.")
CRITERIA_DIFFER = error("criteria-not-score", "The criteria add up to {sum} points, the score is {score}.")
CRITERION_TOO_HIGH = error("criterion-above-maximum", "{criterion} has {points} points; the call gives at most {most}.")
NO_CRITERIA = error(
    "criteria-not-foreseen",
    "Reports of {title} are not assessed by criteria in call {call}; leave them out and give the score alone.",
)
CRITERION_UNKNOWN = error("criterion-unknown", "{criterion} is not a criterion of the final report; there are {known}.")
MANAGEMENT_SCORED = warning(
    "management-scored", "The management work package {id} has a score; it is not scored, so that is left out."
)
LEFT_OUT = warning(
    "refused-left-out-of-score", "{id} is refused as a whole and has no score; it is left out of the weighted score."
)
REFUSED_SCORED = warning(
    "refused-counts-in-score", "{id} is refused as a whole and its score of {score} counts in the weighted score too."
)
CRITERION_MISSING = error(
    "criterion-missing", "{criterion} has no points; the score is the sum of all {count} criteria."
)
SCORE_UNUSED = warning("score-unused", "{what} has a score that no rule of {title} takes into account.")
ASSESSED_UNUSED = warning(
    "assessment-unused",
    "{id} has a score or an accepted part; {title} are paid by their real costs, so it is left out.",
)
TO_ASSOCIATED = error(
    "transfer-to-associated-partner",
    "{partner} is an associated partner and receives no grant; leave this transfer out.",
)
TO_COORDINATOR = error(
    "transfer-to-coordinator",
    "{partner} is the coordinator and keeps what it does not pass on; leave this transfer out.",
)
PARTLY = warning(
    "partly-without-amount",
    "{id} was partly delivered but nothing of it is rejected; is that meant to show in the score?",
)
ACCEPTED_UNUSED = warning(
    "accepted-part-unused", "{id} has an accepted part; reports of {title} are scored, so it is left out."
)
NOT_REPORTED = warning("part-not-reported", "The report does not speak of {id}; it is taken as accepted in full.")
COSTS_MISSING = error(
    "costs-not-reported", 'The report says nothing of the costs of {id}; give them, or say delivered = "no".'
)
COSTS_DROPPED = warning(
    "costs-of-undelivered-part", "{id} was not delivered, so its costs of {cost}, indirect ones included, are not paid."
)
COSTS_UNUSED = warning("reported-costs-unused", "{id} has costs; the grant of {title} does not follow real costs.")
UNITS_MISSING = error("units-not-reported", "The report declares no units and no real costs; write what was achieved.")
UNITS_UNUSED = warning(
    "reported-units-unused", "The grant of {title} is not made of units; those declared are left out."
)
PAID_TOO_MUCH = warning("paid-above-grant", "{paid} has been paid, more than the grant of {grant}.")
TRANSFERRED_TOO_MUCH = error(
    "transferred-above-paid", "{transferred} went to partners, more than the {paid} that was received."
)


def examine(project: Project, rules: Rules, budget: Budget, report: Report, parts: list[Part]) -> Iterator[Finding]:
    """Yield all findings about a report but those about what it claims; an error keeps it from being settled."""
    yield from _unknown(Word("work packages"), report.work_packages, budget.work_packages)
    yield from _unknown(Word("activities"), report.activities, budget.activities)
    source, rule = rules.cite(rules.final_report.source), rules.final_report
    for part in parts:
        yield from _part(rules, part, source)
    if isinstance(rule, ProjectScore):
        yield from _criteria(rules, rule, report, source)
    elif report.assessment.score is not None or report.assessment.criteria:
        yield SCORE_UNUSED.at("/assessment", source, what=Word("The project"), title=rules.title)
    if rules.structure != "activities":
        yield from _activities(budget, report)
    if rules.structure == "units" and not (report.units or report.real_costs):
        yield UNITS_MISSING.at("/units", source)
    elif rules.structure != "units" and (report.units or report.real_costs):
        yield UNITS_UNUSED.at("/units" if report.units else "/real_costs", source, title=rules.title)
    yield from _costs(rules, report, parts)
    yield from _payments(project, budget, report)


def _part(rules: Rules, part: Part, source: str | None) -> Iterator[Finding]:
    where, rule = part.where, rules.final_report
    if part.rejected > part.whole:
        yield REJECTED_TOO_MUCH.at(where, id=part.id, rejected=part.rejected, amount=part.whole)
    if isinstance(rule, ActualCosts):
        if part.result.score is not None or part.result.accepted is not None:
            yield ASSESSED_UNUSED.at(where, source, id=part.id, title=rules.title)
        return
    takes_parts = isinstance(rule, Acceptance) and part.result.accepted is not None
    if part.result.delivered is Delivered.PARTLY and not part.rejected and not takes_parts:
        yield PARTLY.at(where, id=part.id)
    if part.result.score is not None and not isinstance(rule, WorkPackageScore):
        yield SCORE_UNUSED.at(where, source, what=part.id, title=rules.title)
    if part.result.accepted is not None and not isinstance(rule, Acceptance):
        yield ACCEPTED_UNUSED.at(where, source, id=part.id, title=rules.title)
    if isinstance(rule, Acceptance) and not part.is_reported:
        yield NOT_REPORTED.at(where, source, id=part.id)
    if isinstance(rule, WorkPackageScore):
        yield from _work_package_score(part, where, source)


def _payments(project: Project, budget: Budget, report: Report) -> Iterator[Finding]:
    paid = total(payment.amount for payment in report.payments)
    transferred = total(transfer.amount for transfer in report.transfers)
    if paid > budget.grant:
        yield PAID_TOO_MUCH.at("/payments", paid=paid, grant=budget.grant)
    if transferred > paid:
        yield TRANSFERRED_TOO_MUCH.at("/transfers", transferred=transferred, paid=paid)
    partners = {partner.id: partner for partner in project.partners}
    for i, transfer in enumerate(report.transfers):
        partner, where = partners.get(transfer.partner), f"/transfers/{i}/partner"
        if partner is None:
            yield UNKNOWN_PART.at(where, id=transfer.partner, kind=Word("partners"), known=tuple(partners))
        elif partner == project.coordinator:
            yield TO_COORDINATOR.at(where, partner=partner.id)
        elif not partner.is_funded:
            yield TO_ASSOCIATED.at(where, partner=partner.id)


def _costs(rules: Rules, report: Report, parts: list[Part]) -> Iterator[Finding]:
    """Yield findings about real costs, which only some grants follow."""
    if not isinstance(rules.final_report, ActualCosts):
        for i, result in enumerate(report.work_packages):
            if result.costs:
                yield COSTS_UNUSED.at(f"/work_packages/{i}/costs", id=result.id, title=rules.title)
        return
    source = rules.cite(rules.final_report.source)
    for part in parts:
        if part.result.delivered is Delivered.NO:
            if part.whole:
                yield COSTS_DROPPED.at(f"{part.where}/costs", source, id=part.id, cost=part.whole)
        elif part.budget.amount and not part.result.costs:
            yield COSTS_MISSING.at(part.where, source, id=part.id)


def _activities(budget: Budget, report: Report) -> Iterator[Finding]:
    """Yield findings about activities inside work packages."""
    for i, result in enumerate(report.activities):
        part = budget.activities.get(result.id)
        if part is not None and (result.rejected or 0) > part.amount:
            yield REJECTED_TOO_MUCH.at(f"/activities/{i}", id=result.id, rejected=result.rejected, amount=part.amount)
        if result.delivered is Delivered.PARTLY and not result.rejected:
            yield PARTLY.at(f"/activities/{i}", id=result.id)


def _unknown(kind: str, results: tuple[Result, ...], known: Mapping[str, PartBudget]) -> Iterator[Finding]:
    seen: set[str] = set()
    for i, result in enumerate(results):
        where = f"/{kind.replace(' ', '_')}/{i}/id"
        if result.id not in known:
            yield UNKNOWN_PART.at(where, id=result.id, kind=kind, known=tuple(known) or Word("there are none"))
        if result.id in seen:
            yield REPORTED_TWICE.at(where, id=result.id)
        seen.add(result.id)


def _work_package_score(part: Part, where: str, source: str | None) -> Iterator[Finding]:
    if part.is_management:
        if part.result.score is not None:
            yield MANAGEMENT_SCORED.at(where, source, id=part.id)
    elif part.result.score is None:
        if part.remaining > 0:
            yield SCORE_MISSING.at(where, source, what=part.id)
        elif part.rejected:
            yield LEFT_OUT.at(where, source, id=part.id)
    elif part.rejected and part.remaining <= 0:
        yield REFUSED_SCORED.at(where, source, id=part.id, score=part.result.score)


def _criteria(rules: Rules, rule: ProjectScore, report: Report, source: str | None) -> Iterator[Finding]:
    score, criteria = report.assessment.score, report.assessment.criteria
    if criteria and not rule.criteria:
        yield NO_CRITERIA.at("/assessment/criteria", source, title=rules.title, call=rules.call)
        return
    for name in rule.criteria:
        if criteria and name not in criteria:
            where = f"/assessment/criteria/{name}"
            yield CRITERION_MISSING.at(where, source, criterion=name, count=len(rule.criteria))
    for name, points in criteria.items():
        if name not in rule.criteria:
            yield CRITERION_UNKNOWN.at(
                f"/assessment/criteria/{name}", source, criterion=name, known=tuple(rule.criteria)
            )
        elif points > rule.criteria[name]:
            yield CRITERION_TOO_HIGH.at(
                f"/assessment/criteria/{name}", source, criterion=name, points=points, most=rule.criteria[name]
            )
    if score is None and not criteria:
        yield SCORE_MISSING.at("/assessment/score", source, what=Word("The project"))
    elif score is not None and criteria and sum(criteria.values()) != score:
        yield CRITERIA_DIFFER.at("/assessment", source, sum=sum(criteria.values()), score=score)
