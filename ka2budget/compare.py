"""The same project as Small-scale and as Cooperation Partnership, side by side, under the rules of its call."""

from collections.abc import Iterable, Iterator
from decimal import Decimal

from ka2budget.advise import STRUCTURES
from ka2budget.calculate import calculate
from ka2budget.catalogue import rules_for
from ka2budget.checks import check
from ka2budget.errors import NotAllowed
from ka2budget.finding import Finding, Severity
from ka2budget.model import Model
from ka2budget.money import HUNDRED, cents, total
from ka2budget.project import Activity, Project, WorkPackage
from ka2budget.rules import Participation, ProjectScore, Round, Rules, WorkPackageScore
from ka2budget.text import Phrase, Word, message, phrase


class Row(Model):
    """One aspect, and what it is on each side."""

    what: Phrase
    values: tuple[Phrase, ...]


class Comparison(Model):
    """Two kinds of partnership for one project; ``rows`` hold one value per action."""

    call: int
    actions: tuple[str, ...]
    rows: tuple[Row, ...]
    refused: dict[str, tuple[Finding, ...]]
    """What each would refuse, by action."""
    doubts: tuple[Phrase, ...] = ()
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
            "The catalogue has no counterpart of {action} in call {call} to compare it with",
            action=project.action,
            call=rules.call,
        )
    columns = [_marked(_aspects(project, side_rules, code), side_rules) for code, side_rules in sides]
    return Comparison(
        call=rules.call,
        actions=tuple(code for code, _ in sides),
        rows=tuple(Row(what=phrase(what), values=tuple(column[what] for column in columns)) for what in columns[0]),
        refused={code: _refused(restate(project, code, side_rules), side_rules) for code, side_rules in sides},
        doubts=tuple(phrase("{reason} ({code})", reason=reason, code=code) for reason, code in _doubts(sides)),
    )


def _doubts(sides: Iterable[tuple[str, Rules]]) -> Iterator[tuple[Word, str]]:
    """Yield why values are not certain, each reason once for each action."""
    for code, rules in sides:
        doubtful = (one for one in rules.every_doubt if any(_rests_on(what, one.path) for what in _RESTS_ON))
        yield from dict.fromkeys((one.reason, code) for one in doubtful)


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


def _aspects(project: Project, rules: Rules, code: str) -> dict[str, Phrase]:
    limits, amount = rules.limits, _lump_sum(project, rules)
    demand = rules.composition[0]
    cost, cap = project.estimated_cost, limits.management
    own = phrase("estimated cost not given")
    if cost is not None:
        own = phrase("{own}", own=cost - amount) if cost > amount else phrase("cost is not above it")
    age = phrase("{years} years", years=limits.applicant_age.years) if limits.applicant_age else phrase("no rule")
    return {
        message("Kind"): phrase(rules.title),
        message("Lump sums"): phrase("{amounts}", amounts=rules.lump_sums),
        message("Lump sum taken here"): phrase("{amount}", amount=amount),
        message("Left to the partners"): own,
        message("Months"): phrase("{min} to {max}", min=limits.months.min, max=limits.months.max),
        message("Least organisations"): phrase(
            "{organisations} from {countries} countries",
            organisations=demand.organisations,
            countries=demand.countries,
        ),
        message("Coordinator from"): _countries(rules, rules.eligibility.coordinator),
        message("Partners from"): _countries(rules, rules.eligibility.partner),
        message("Age of the applicant"): age,
        message("Applications per organisation"): _applications(rules, code),
        message("Budget divided into"): _structure(rules),
        message("Management"): phrase("at most {share:percent}", share=cap.max_share * HUNDRED)
        if cap
        else phrase("no cap"),
        **_award(rules),
        message("Final report"): _final_report(rules),
        message("A weak report would cost"): _weak_report(rules, amount),
        message("Extension"): _extension(rules),
        message("Deadlines (Brussels time)"): phrase(
            "{deadlines}", deadlines=tuple(_deadline(round_) for round_ in rules.rounds_of(code))
        ),
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


def _marked(aspects: dict[str, Phrase], rules: Rules) -> dict[str, Phrase]:
    """Return the aspects, those marked with (*) that rest on a doubtful rule."""
    doubtful = [doubt.path for doubt in rules.every_doubt]
    return {
        what: phrase("{value} (*)", value=value) if any(_rests_on(what, path) for path in doubtful) else value
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


def _countries(rules: Rules, who: Participation) -> Phrase:
    groups = tuple(rules.country_groups[group].label for group in who.groups if group != "all")
    if "all" in who.groups:
        groups = (Word("the whole world"),)
    if who.excluded:
        return phrase("{groups} without {excluded}", groups=groups, excluded=who.excluded)
    return phrase("{groups}", groups=groups)


def _applications(rules: Rules, code: str) -> Phrase:
    rule = rules.limits.applications
    if rule is None or code not in rule.codes:
        return phrase("no limit known")
    parts = []
    if rule.per_organisation is not None:
        parts.append(phrase("at most {count} per deadline", count=rule.per_organisation))
    if rule.as_applicant is not None:
        parts.append(phrase("as applicant {count}", count=rule.as_applicant))
    return phrase("{parts}", parts=tuple(parts))


def _award(rules: Rules) -> dict[str, Phrase]:
    award, criteria, threshold = rules.award, phrase("not known"), phrase("not known")
    if award is not None:
        each = tuple(
            phrase("{criterion} {max} ({min})", criterion=Word(name), max=one.max, min=one.min)
            for name, one in award.criteria.items()
        )
        criteria = phrase("{criteria}", criteria=each)
        most = sum(one.max for one in award.criteria.values())
        threshold = phrase("{threshold} of {most}", threshold=award.threshold, most=most)
    return {message("Award criteria, points (least)"): criteria, message("Award threshold"): threshold}


def _structure(rules: Rules) -> Phrase:
    limits = rules.limits
    parts = [phrase("{parts}", parts=STRUCTURES[rules.structure])]
    if limits.work_packages is not None:
        parts.append(phrase("at most {count}", count=limits.work_packages.max))
    if limits.recommended_work_packages is not None:
        parts.append(phrase("{count} recommended", count=limits.recommended_work_packages.max))
    return phrase("{parts}", parts=tuple(parts))


def _final_report(rules: Rules) -> Phrase:
    rule = rules.final_report
    if not isinstance(rule, (ProjectScore, WorkPackageScore)):
        return phrase("each of the {parts} is accepted, accepted in part or refused", parts=STRUCTURES[rules.structure])
    bands = tuple(
        phrase("from {score}: {pays:percent}", score=band.score_from, pays=band.pays * HUNDRED) for band in rule.scale
    )
    template = message("a score per work package, weighted; paid {bands}")
    if isinstance(rule, ProjectScore):
        template = message("one score; paid {bands}")
    return phrase(template, bands=bands)


def _weak_report(rules: Rules, amount: Decimal) -> Phrase:
    rule = rules.final_report
    if not isinstance(rule, (ProjectScore, WorkPackageScore)):
        return phrase("what is refused")
    steps = tuple(
        phrase("below {score}: {loss}", score=above.score_from, loss=amount - cents(amount * band.pays))
        for above, band in zip(rule.scale, rule.scale[1:], strict=False)
    )
    return phrase("{steps}", steps=steps)


def _extension(rules: Rules) -> Phrase:
    rule = rules.limits.extension
    if rule is None:
        return phrase("none")
    if rule.by_months is not None:
        return phrase("by {months} months at most", months=rule.by_months)
    if rule.up_to_months:
        return phrase("up to {months} months in all", months=rule.up_to_months)
    return phrase("in exceptional cases, no length printed")


def _deadline(round_: Round) -> Phrase:
    if round_.optional:
        return phrase("{deadline} (if opened)", deadline=round_.deadline)
    return phrase("{deadline}", deadline=round_.deadline)
