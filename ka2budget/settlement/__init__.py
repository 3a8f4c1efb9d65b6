"""Budget, report and payments made to the final grant: what is accepted, what is cut, what is paid or recovered."""

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from pydantic import Field

from ka2budget.agreement import ManagementCap, Terms
from ka2budget.budget import Budget
from ka2budget.finding import Finding, Severity, info
from ka2budget.model import Eur, Model, Share
from ka2budget.money import CENT, ZERO, cents, cents_at_most, split, total, whole, with_two_decimals
from ka2budget.project import Project
from ka2budget.report import Report
from ka2budget.rules import Acceptance, Doubt, ProjectScore, Rules, WorkPackageScore, unconfirmed
from ka2budget.settlement.examination import examine
from ka2budget.settlement.parts import Part, parts_of

CAP_READINGS = info(
    "management-cap-readings",
    "Management is held to its cap after the reduction. The readings give {final_total} (cap on the final total), "
    "{unreduced_total} (on the total with management unreduced) or {none} (no cap). Taken: {policy}.",
)


class SettledPart(Model):
    """A work package or activity after the assessment."""

    amount: Eur
    """As in the grant agreement, in EUR."""
    rejected: Eur
    """Refused outright, before any score counts, in EUR."""
    score: int | None = None
    factor: Share
    """Share paid of what was not refused."""
    accepted: Eur
    """Payable in the end, in EUR."""


class SettledPartner(Model):
    """One partner's part of the final grant."""

    final: Eur
    paid: Eur | None = None
    """What it got so far, in EUR, where the transfers are known."""
    balance: Eur | None = None
    """Still due to it, or to be called back where negative."""


class Settlement(Model):
    """The final grant of one project; without amounts where errors forbid it."""

    action: str
    call: int
    grant: Eur
    overall_score: int | None = None
    level: Literal["none", "project", "work-package", "acceptance"]
    """What a reduction applies to."""
    final_grant: Eur | None = None
    paid: Eur
    balance: Eur | None = None
    """To be paid; to be recovered where negative."""
    management_cap: ManagementCap = "none"
    readings: dict[ManagementCap, Eur] = Field(default_factory=dict)
    """The final grant under each reading of the management cap, where they differ."""
    work_packages: dict[str, SettledPart] = Field(default_factory=dict)
    activities: dict[str, SettledPart] = Field(default_factory=dict)
    partners: dict[str, SettledPartner] = Field(default_factory=dict)
    findings: tuple[Finding, ...] = ()


def settle(project: Project, rules: Rules, budget: Budget, report: Report, terms: Terms) -> Settlement:
    """Return the final grant of an allowed budget: refusals first, then the score, then the cap of management.

    Sources of the rules: ``final_report`` of the call; the order of refusal and score is ours, the documents name none.
    """
    parts = parts_of(project, rules, budget, report)
    coordinator = None if project.coordinator is None else project.coordinator.id
    findings = list(examine(rules, budget, report, parts, coordinator))
    paid = total(payment.amount for payment in report.payments)
    settlement = Settlement(action=project.action, call=project.call, grant=budget.grant, level="none", paid=paid)
    if any(finding.severity is Severity.ERROR for finding in findings):
        return settlement.model_copy(update={"findings": tuple(findings)})
    score, level, factors = _assess(rules, report, parts)
    findings += unconfirmed(rules, _doubts(rules, score, parts))
    exact = [Fraction(part.remaining) * Fraction(factor) for part, factor in zip(parts, factors, strict=True)]
    readings = {
        policy: _within_cap(_round(_cap(exact, parts, rules, policy), level), parts, rules, policy)
        for policy in _POLICIES
    }
    accepted = readings[terms.management_cap]
    totals = {policy: total(amounts) for policy, amounts in readings.items()}
    if len(set(totals.values())) > 1:
        names = {name.replace("-", "_"): amount for name, amount in totals.items()}
        findings.append(
            CAP_READINGS.at(
                "/work_packages", terms.basis["management-cap"].source, policy=terms.management_cap, **names
            )
        )
    else:
        totals = {}
    is_scored = isinstance(rules.final_report, WorkPackageScore)
    settled = {
        part.id: SettledPart(
            amount=part.budget.amount,
            rejected=part.rejected,
            score=part.result.score if is_scored and not part.is_management else None,
            factor=with_two_decimals(factor),
            accepted=amount,
        )
        for part, factor, amount in zip(parts, factors, accepted, strict=True)
    }
    final = total(accepted)
    return settlement.model_copy(
        update={
            "overall_score": score,
            "level": level,
            "final_grant": final,
            "balance": final - paid,
            "management_cap": terms.management_cap,
            "readings": totals,
            "activities" if rules.structure == "activities" else "work_packages": settled,
            "partners": _partners(project, report, parts, accepted),
            "findings": tuple(findings),
        }
    )


_POLICIES: tuple[ManagementCap, ...] = ("final-total", "unreduced-total", "none")
_Level = Literal["none", "project", "work-package", "acceptance"]


def _assess(rules: Rules, report: Report, parts: list[Part]) -> tuple[int | None, _Level, list[Decimal]]:
    """Return the overall score, what the reduction applies to, and the factor of each part."""
    rule, in_full = rules.final_report, Decimal(1)
    if isinstance(rule, Acceptance):
        return None, "acceptance", [in_full if part.result.accepted is None else part.result.accepted for part in parts]
    if isinstance(rule, ProjectScore):
        score = _project_score(report)
        factor = rule.share(score)
        return score, "none" if factor == 1 else "project", [factor for _ in parts]
    scores = [(part.budget.amount, part.result.score) for part in parts if not part.is_management]
    weighted = [(Fraction(amount), score) for amount, score in scores if score is not None]
    weight = sum(amount for amount, _ in weighted)
    if not weight:  # nothing is left that could have a score
        return None, "none", [in_full for _ in parts]
    score = whole(sum((amount * points for amount, points in weighted), Fraction(0)) / weight)
    if score < rule.full_from:
        return score, "project", [rule.share(score) for _ in parts]
    factors = [
        in_full if part.is_management or part.result.score is None else rule.share(part.result.score) for part in parts
    ]
    return score, "none" if set(factors) == {in_full} else "work-package", factors


def _doubts(rules: Rules, score: int | None, parts: list[Part]) -> Iterator[Doubt]:
    """Yield what is in doubt about the assessment; of the scale only the bands that a score is in."""
    rule, used = rules.final_report, set()
    if not isinstance(rule, Acceptance):
        scores = {score, *(part.result.score for part in parts)}
        used = {f"final_report.scale.{rule.scale.index(rule.band(one)) + 1}" for one in scores if one is not None}
    return (doubt for doubt in rules.doubts("final_report") if ".scale." not in doubt.path or doubt.path in used)


def _project_score(report: Report) -> int:
    if report.assessment.score is not None:
        return report.assessment.score
    return sum(report.assessment.criteria.values())


def _cap(exact: list[Fraction], parts: list[Part], rules: Rules, policy: ManagementCap) -> list[Fraction]:
    """Return the amounts with the management part held to its cap."""
    rule = rules.limits.management
    if policy == "none" or rule is None or not isinstance(rules.final_report, WorkPackageScore):
        return exact
    others = sum(amount for amount, part in zip(exact, parts, strict=True) if not part.is_management)
    cap = Fraction(rule.max_share)

    def held(amount: Fraction) -> Fraction:
        most = cap / (1 - cap) * others if policy == "final-total" else cap * (others + amount)
        return amount if amount <= most else Fraction(cents_at_most(most))

    return [held(amount) if part.is_management else amount for amount, part in zip(exact, parts, strict=True)]


def _round(exact: list[Fraction], level: _Level) -> list[Decimal]:
    """Round to cents: a project-wide reduction is one amount divided again, others stand for themselves."""
    in_cents = [cents(amount) for amount in exact]
    return list(split(cents(sum(exact, Fraction(0))), in_cents)) if level == "project" else in_cents


def _within_cap(amounts: list[Decimal], parts: list[Part], rules: Rules, policy: ManagementCap) -> list[Decimal]:
    """Move the cent by which dividing may lift management above its cap to the largest other part."""
    rule, final = rules.limits.management, total(amounts)
    managing = [i for i, part in enumerate(parts) if part.is_management]
    others = [i for i, part in enumerate(parts) if not part.is_management]
    if policy != "final-total" or rule is None or len(managing) != 1 or not others:
        return amounts
    excess = amounts[managing[0]] - cents_at_most(rule.max_share * final)
    largest = max(others, key=lambda i: amounts[i])
    if not 0 < excess <= CENT:
        return amounts
    moved = {managing[0]: -excess, largest: excess}
    return [amount + moved.get(i, ZERO) for i, amount in enumerate(amounts)]


def _partners(
    project: Project, report: Report, parts: list[Part], accepted: list[Decimal]
) -> dict[str, SettledPartner]:
    final, coordinator = {partner.id: ZERO for partner in project.partners}, project.coordinator
    for part, amount in zip(parts, accepted, strict=True):
        weights = part.weights if any(part.weights.values()) else part.budget.partners
        for partner_id, share in zip(weights, split(amount, list(weights.values())), strict=True):
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
