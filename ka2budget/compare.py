"""The same project as Small-scale and as Cooperation Partnership, side by side, under the rules of its call."""

from collections.abc import Iterator
from decimal import Decimal

from ka2budget.calculate import calculate
from ka2budget.catalogue import rules_for
from ka2budget.checks import check
from ka2budget.errors import NotAllowed
from ka2budget.finding import Finding, Severity
from ka2budget.model import Model
from ka2budget.money import HUNDRED, cents, total
from ka2budget.project import Activity, Project, WorkPackage
from ka2budget.rules import Participation, ProjectScore, Round, Rules, WorkPackageScore
from ka2budget.text import day, euro, percent


class Row(Model):
    """One aspect, and what it is on each side."""

    what: str
    values: tuple[str, ...]


class Comparison(Model):
    """Two kinds of partnership for one project; ``rows`` hold one value per action."""

    call: int
    actions: tuple[str, ...]
    rows: tuple[Row, ...]
    refused: dict[str, tuple[Finding, ...]]
    """What each would refuse, by action."""
    doubts: tuple[str, ...] = ()
    """Why values marked with (*) are not certain."""


def choices(project: Project, rules: Rules) -> tuple[tuple[str, Rules], ...]:
    """Return the project's action and its counterpart, if it has one, with their rules; smaller grants first."""
    sides = [(project.action, rules)]
    if project.action in rules.counterparts:
        other = rules.counterparts[project.action]
        sides.append((other, rules_for(other, rules.call)))
    return tuple(sorted(sides, key=lambda side: side[1].lump_sums))


def compare(project: Project, rules: Rules) -> Comparison:
    """Return both kinds of partnership side by side; raise NotAllowed where the action has no counterpart."""
    sides = choices(project, rules)
    if len(sides) == 1:
        raise NotAllowed(
            f"The catalogue has no counterpart of {project.action} in call {rules.call} to compare it with"
        )
    columns = [_marked(_aspects(project, side_rules, code), side_rules) for code, side_rules in sides]
    return Comparison(
        call=rules.call,
        actions=tuple(code for code, _ in sides),
        rows=tuple(Row(what=what, values=tuple(column[what] for column in columns)) for what in columns[0]),
        refused={code: _refused(restate(project, code, side_rules), side_rules) for code, side_rules in sides},
        doubts=tuple(
            dict.fromkeys(
                f"{doubt.reason} ({code})"
                for code, side_rules in sides
                for doubt in side_rules.every_doubt
                if any(_rests_on(what, doubt.path) for what in _RESTS_ON)
            )
        ),
    )


def restate(project: Project, code: str, rules: Rules) -> Project:
    """Return the project as one of another action: work packages become activities or activities work packages."""
    if code == project.action:
        return project
    changes: dict[str, object] = {"action": code, "work_packages": (), "activities": ()}
    if rules.structure == "activities":
        changes["activities"] = tuple(
            activity for package in project.work_packages for activity in _as_activities(package)
        )
    else:
        changes["work_packages"] = tuple(
            WorkPackage.model_construct(
                id=activity.id, title=activity.title, lead=activity.lead, shares=dict(activity.allocation),
                activities=(activity,),
            )
            for activity in project.activities
        )  # fmt: skip
    return project.model_copy(update=changes)


def _as_activities(package: WorkPackage) -> Iterator[Activity]:
    """Yield the activities of a work package, and what they leave of its amount as one more."""
    yield from package.activities
    left = package.allocated - total(activity.amount for activity in package.activities)
    if left > 0:
        lead = package.lead or next(iter(package.shares), "")
        shares = {} if package.activities else package.shares
        yield Activity.model_construct(id=package.id, title=package.title, lead=lead, amount=left, shares=shares)


def _refused(project: Project, rules: Rules) -> tuple[Finding, ...]:
    findings = check(project, rules, calculate(project, rules))
    return tuple(finding for finding in findings if finding.severity is Severity.ERROR)


def _aspects(project: Project, rules: Rules, code: str) -> dict[str, str]:
    limits, amount = rules.limits, _lump_sum(project, rules)
    demand = rules.composition[0]
    cost = project.estimated_cost
    own = (
        "estimated cost not given" if cost is None else euro(cost - amount) if cost > amount else "cost is not above it"
    )
    return {
        "Kind": rules.title,
        "Lump sums": " / ".join(map(euro, rules.lump_sums)),
        "Lump sum taken here": euro(amount),
        "Left to the partners": own,
        "Months": f"{limits.months.min} to {limits.months.max}",
        "Least organisations": f"{demand.organisations} from {demand.countries} countries",
        "Coordinator from": _countries(rules, rules.eligibility.coordinator),
        "Partners from": _countries(rules, rules.eligibility.partner),
        "Age of the applicant": f"{limits.applicant_age.years} years" if limits.applicant_age else "no rule",
        "Applications per organisation": _applications(rules, code),
        "Budget divided into": _structure(rules),
        "Management": f"at most {percent(limits.management.max_share * HUNDRED)}" if limits.management else "no cap",
        **_award(rules),
        "Final report": _final_report(rules),
        "A weak report would cost": _weak_report(rules, amount),
        "Extension": _extension(rules),
        "Deadlines (Brussels time)": "; ".join(map(_deadline, rules.rounds_of(code))),
    }


_RESTS_ON = {
    "Lump sums": "headings",
    "Months": "limits.months",
    "Coordinator from": "eligibility.coordinator",
    "Partners from": "eligibility.partner",
    "Least organisations": "composition",
    "Age of the applicant": "limits.applicant_age",
    "Applications per organisation": "limits.applications",
    "Budget divided into": "limits.work_packages",
    "Management": "limits.management",
    "Award criteria, points (least)": "award",
    "Award threshold": "award",
    "Final report": "final_report",
    "A weak report would cost": "final_report",
    "Extension": "limits.extension",
    "Deadlines (Brussels time)": "rounds",
}
"""The tables of the rules that an aspect rests on."""


def _marked(aspects: dict[str, str], rules: Rules) -> dict[str, str]:
    """Return the aspects, those marked with (*) that rest on a doubtful rule."""
    doubtful = [doubt.path for doubt in rules.every_doubt]
    return {
        what: f"{value} (*)" if any(_rests_on(what, path) for path in doubtful) else value
        for what, value in aspects.items()
    }


def _rests_on(what: str, path: str) -> bool:
    return what in _RESTS_ON and f"{path}.".startswith(f"{_RESTS_ON[what]}.")


def _lump_sum(project: Project, rules: Rules) -> Decimal:
    """Return the project's own lump sum, or the highest that its cost allows, or the lowest on offer."""
    if project.lump_sum in rules.lump_sums:
        return project.lump_sum
    cost = project.estimated_cost or project.lump_sum or rules.lump_sums[0]
    return max((amount for amount in rules.lump_sums if amount < cost), default=rules.lump_sums[0])


def _countries(rules: Rules, who: Participation) -> str:
    if "all" in who.groups:
        names = "the whole world"
    else:
        names = "; ".join(rules.country_groups[group].label for group in who.groups)
    return f"{names} without {', '.join(who.excluded)}" if who.excluded else names


def _applications(rules: Rules, code: str) -> str:
    rule = rules.limits.applications
    if rule is None or code not in rule.codes:
        return "no limit known"
    parts = [f"at most {rule.per_organisation} per deadline"] * (rule.per_organisation is not None)
    parts += [f"as applicant {rule.as_applicant}"] * (rule.as_applicant is not None)
    return ", ".join(parts)


def _award(rules: Rules) -> dict[str, str]:
    award, criteria, threshold = rules.award, "not known", "not known"
    if award is not None:
        criteria = ", ".join(f"{name} {one.max} ({one.min})" for name, one in award.criteria.items())
        threshold = f"{award.threshold} of {sum(one.max for one in award.criteria.values())}"
    return {"Award criteria, points (least)": criteria, "Award threshold": threshold}


def _structure(rules: Rules) -> str:
    limits = rules.limits
    if rules.structure == "activities":
        return "activities"
    most = f", at most {limits.work_packages.max}" if limits.work_packages else ""
    advised = f", {limits.recommended_work_packages.max} recommended" if limits.recommended_work_packages else ""
    return f"work packages{most}{advised}"


def _final_report(rules: Rules) -> str:
    rule = rules.final_report
    if not isinstance(rule, (ProjectScore, WorkPackageScore)):
        return f"each of the {rules.structure.replace('-', ' ')} is accepted, accepted in part or refused"
    what = "one score" if isinstance(rule, ProjectScore) else "a score per work package, weighted"
    bands = ", ".join(f"from {band.score_from}: {percent(band.pays * HUNDRED)}" for band in rule.scale)
    return f"{what}; paid {bands}"


def _weak_report(rules: Rules, amount: Decimal) -> str:
    rule = rules.final_report
    if not isinstance(rule, (ProjectScore, WorkPackageScore)):
        return "what is refused"
    return ", ".join(
        f"below {above.score_from}: {euro(amount - cents(amount * band.pays))}"
        for above, band in zip(rule.scale, rule.scale[1:], strict=False)
    )


def _extension(rules: Rules) -> str:
    rule = rules.limits.extension
    if rule is None:
        return "none"
    if rule.by_months is not None:
        return f"by {rule.by_months} months at most"
    return (
        f"up to {rule.up_to_months} months in all" if rule.up_to_months else "in exceptional cases, no length printed"
    )


def _deadline(round_: Round) -> str:
    optional = " (if opened)" if round_.optional else ""
    return f"{day(round_.deadline.date())} {round_.deadline:%H:%M}{optional}"
