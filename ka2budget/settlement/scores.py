"""The final grant of work packages and activities: refusals first, then the score, then the cap of management."""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from ka2budget.agreement import ManagementCap, Terms
from ka2budget.finding import Finding, info
from ka2budget.money import CENT, ZERO, cents, cents_at_most, split, total, whole, with_two_decimals
from ka2budget.report import Report
from ka2budget.rules import Doubt, ProjectScore, Rules, WorkPackageScore, unconfirmed
from ka2budget.settlement.parts import Part
from ka2budget.settlement.result import Level, SettledPart

CAP_READINGS = info(
    "management-cap-readings",
    "Management is held to its cap after the reduction. The readings give {final_total} (cap on the final total), "
    "{unreduced_total} (on the total with management unreduced) or {none} (no cap). Taken: {policy}.",
)


class PartsSettled(NamedTuple):
    """The parts after the report, and how they came out under each reading of the cap of management."""

    score: int | None
    level: Level
    parts: Mapping[str, SettledPart]
    readings: Mapping[ManagementCap, Decimal]
    """The final grant in EUR under each reading, where they differ."""
    findings: tuple[Finding, ...]


def settle_parts(rules: Rules, report: Report, parts: list[Part], terms: Terms) -> PartsSettled:
    """Return what is paid for each part of an allowed budget.

    Source of the rules: ``final_report`` of the call; the order of refusal and score is ours, the documents name none.
    """
    score, level, factors = _assess(rules, report, parts)
    findings = list(unconfirmed(rules, doubts_of(rules, {score, *(part.result.score for part in parts)})))
    exact = [Fraction(part.remaining) * Fraction(factor) for part, factor in zip(parts, factors, strict=True)]
    readings = {
        policy: _within_cap(_round(_cap(exact, parts, rules, policy), level), parts, rules, policy)
        for policy in _POLICIES
    }
    totals = {policy: total(amounts) for policy, amounts in readings.items()}
    if len(set(totals.values())) > 1:
        names = {name.replace("-", "_"): amount for name, amount in totals.items()}
        source = terms.basis["management_cap"].source
        findings.append(CAP_READINGS.at("/work_packages", source, policy=terms.management_cap, **names))
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
        for part, factor, amount in zip(parts, factors, readings[terms.management_cap], strict=True)
    }
    return PartsSettled(score, level, settled, totals, tuple(findings))


_POLICIES: tuple[ManagementCap, ...] = ("final-total", "unreduced-total", "none")


def _assess(rules: Rules, report: Report, parts: list[Part]) -> tuple[int | None, Level, list[Decimal]]:
    """Return the overall score, what the reduction applies to, and the factor of each part."""
    rule, in_full = rules.final_report, Decimal(1)
    if not isinstance(rule, (ProjectScore, WorkPackageScore)):
        return None, "acceptance", [in_full if part.result.accepted is None else part.result.accepted for part in parts]
    if isinstance(rule, ProjectScore):
        score = project_score(report)
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


def doubts_of(rules: Rules, scores: Iterable[int | None]) -> Iterator[Doubt]:
    """Yield what is in doubt about the assessment; of the scale only the bands that a score is in."""
    rule, used = rules.final_report, set()
    if isinstance(rule, (ProjectScore, WorkPackageScore)):
        used = {f"final_report.scale.{rule.scale.index(rule.band(one)) + 1}" for one in scores if one is not None}
    return (doubt for doubt in rules.doubts("final_report") if ".scale." not in doubt.path or doubt.path in used)


def project_score(report: Report) -> int:
    """Return the score of the project: as given, else the sum of its criteria."""
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


def _round(exact: list[Fraction], level: Level) -> list[Decimal]:
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
