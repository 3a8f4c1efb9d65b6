"""Budget, report and payments made to the final grant: what is accepted, what is cut, what is paid or recovered."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from ka2budget.agreement import Terms
from ka2budget.budget import Budget
from ka2budget.finding import Severity
from ka2budget.money import ZERO, split, total
from ka2budget.project import Project
from ka2budget.report import Report
from ka2budget.rules import ActualCosts, ProjectScore, Rules, unconfirmed
from ka2budget.settlement.claims import check_claims
from ka2budget.settlement.costs import settle_costs
from ka2budget.settlement.examination import examine
from ka2budget.settlement.parts import Part, parts_of
from ka2budget.settlement.result import SettledHeading, SettledPart, SettledPartner, Settlement
from ka2budget.settlement.scores import doubts_of, project_score, settle_parts
from ka2budget.settlement.units import settle_units

__all__ = ["SettledHeading", "SettledPart", "SettledPartner", "Settlement", "settle"]

_Amounts = Mapping[str, Decimal]


def settle(project: Project, rules: Rules, budget: Budget, report: Report, terms: Terms) -> Settlement:
    """Return the final grant of an allowed budget; without amounts where the report has errors.

    Source of the rules: ``final_report`` of the call.
    """
    parts = parts_of(project, rules, budget, report)
    findings = [*check_claims(project, rules, budget, report), *examine(project, rules, budget, report, parts)]
    paid = total(payment.amount for payment in report.payments)
    settlement = Settlement(action=project.action, call=project.call, grant=budget.grant, level="none", paid=paid)
    if any(finding.severity is Severity.ERROR for finding in findings):
        return settlement.model_copy(update={"findings": tuple(findings)})
    if rules.structure == "units":
        changes, by_partner = _units(project, rules, budget, report, terms)
    elif isinstance(rules.final_report, ActualCosts):
        changes, by_partner = _costs(project, rules, budget, report, parts)
    else:
        changes, by_partner = _parts(rules, report, terms, parts)
    final = total(amount for row in by_partner for amount in row.values())
    changes["findings"] = (*findings, *changes["findings"])
    partners = _partners(project, report, by_partner)
    return settlement.model_copy(
        update={"final_grant": final, "balance": final - paid, "partners": partners, **changes}
    )


def _parts(rules: Rules, report: Report, terms: Terms, parts: list[Part]) -> tuple[dict[str, Any], list[_Amounts]]:
    found = settle_parts(rules, report, parts, terms)
    rows: list[_Amounts] = []
    for part in parts:
        weights = part.weights if any(part.weights.values()) else part.budget.partners
        shares = split(found.parts[part.id].accepted, list(weights.values()))
        rows.append(dict(zip(weights, shares, strict=True)))
    return {
        "overall_score": found.score,
        "level": found.level,
        "management_cap": terms.management_cap,
        "readings": found.readings,
        "activities" if rules.structure == "activities" else "work_packages": found.parts,
        "findings": found.findings,
    }, rows


def _units(
    project: Project, rules: Rules, budget: Budget, report: Report, terms: Terms
) -> tuple[dict[str, Any], list[_Amounts]]:
    score = project_score(report) if isinstance(rules.final_report, ProjectScore) else None
    found = settle_units(project, rules, budget, report, score, terms.reduces)
    headings = {
        name: SettledHeading(
            awarded=one.awarded,
            achieved=one.achieved,
            transferred=one.transferred,
            eligible=one.eligible,
            accepted=one.payable,
        )
        for name, one in found.headings.items()
    }
    doubts = unconfirmed(rules, (*rules.doubts("transfers"), *doubts_of(rules, {score})))
    return {
        "overall_score": score,
        "level": "none" if found.factor == 1 else "project",
        "reduces": terms.reduces,
        "headings": headings,
        "findings": (*found.findings, *doubts),
    }, [one.by_partner for one in found.headings.values()]


def _costs(
    project: Project, rules: Rules, budget: Budget, report: Report, parts: list[Part]
) -> tuple[dict[str, Any], list[_Amounts]]:
    found = settle_costs(project, rules, budget, report, {part.id: part.rejected for part in parts})
    settled = {
        part.id: SettledPart(
            amount=part.budget.amount,
            rejected=part.rejected,
            factor=found[part.id].rate,
            accepted=total(found[part.id].by_partner.values()),
            cost=found[part.id].cost,
        )
        for part in parts
    }
    doubts = tuple(unconfirmed(rules, rules.doubts("final_report")))
    return {"level": "costs", "work_packages": settled, "findings": doubts}, [one.by_partner for one in found.values()]


def _partners(project: Project, report: Report, rows: Iterable[_Amounts]) -> dict[str, SettledPartner]:
    final, coordinator = {partner.id: ZERO for partner in project.partners}, project.coordinator
    for row in rows:
        for partner_id, share in row.items():
            final[partner_id] += share
    paid = dict.fromkeys(final, ZERO)
    for transfer in report.transfers:
        paid[transfer.partner] += transfer.amount
    known = bool(report.transfers)
    if coordinator is not None:  # it keeps what it did not pass on
        paid[coordinator.id] = total(payment.amount for payment in report.payments) - total(paid.values())
    return {
        partner_id: SettledPartner(
            final=amount,
            paid=paid[partner_id] if known else None,
            balance=amount - paid[partner_id] if known else None,
        )
        for partner_id, amount in final.items()
    }
