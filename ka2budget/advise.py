"""Which lump sum fits the estimated cost, what each leaves to the partners, and the project at another lump sum."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction

from ka2budget.budget import Budget
from ka2budget.checks import Check, amounts, dates, partners
from ka2budget.checks.case import Case
from ka2budget.errors import NotAllowed
from ka2budget.finding import Severity
from ka2budget.formulas import LumpSumByType
from ka2budget.model import Eur, Model
from ka2budget.money import CENT, HUNDRED, ZERO, cents, cents_at_most, split, total
from ka2budget.project import Activity, Project, Role, WorkPackage
from ka2budget.rules import Composition, Months, Rules
from ka2budget.text import Phrase, Word, message, phrase

STRUCTURES = {
    "activities": Word("activities"),
    "work-packages": Word("work packages"),
    "costs": Word("costs"),
    "units": Word("units"),
}
"""What a budget is divided into, in words."""


class Option(Model):
    """One lump sum and what it would mean for the project."""

    action: str
    title: str
    lump_sum: Eur
    variant: str | None = None
    """The variant it is for, where the lump sum follows from the variant."""
    possible: bool
    """Whether the checks allow it with this cost and duration, and where it is for a variant, these organisations."""
    own_part: Eur | None = None
    """What the partners would carry, in EUR, where the lump sum is possible."""
    own_percent: Eur | None = None
    """The same in per cent of the estimated cost."""
    changes: tuple[Phrase, ...] = ()
    """What would have to change."""
    source: str | None = None


class Advice(Model):
    """The lump sums on offer, seen from the estimated cost."""

    estimated_cost: Eur
    planned: Eur
    """What the work packages or activities add up to now, in EUR."""
    options: tuple[Option, ...]


def advise(project: Project, planned: Decimal, choices: Sequence[tuple[str, Rules]]) -> Advice:
    """Return what each lump sum of each choice (code and rules) would mean; planned in EUR.

    Raises NotAllowed where the project gives no estimated cost.
    """
    cost = project.estimated_cost
    if not any(rules.lump_sums for _, rules in choices):
        raise _no_lump_sums(project, choices[0][1])
    if cost is None:
        raise NotAllowed("The project gives no estimated_cost; without it no lump sum can be advised")
    options = (
        _option(project, planned, cost, _case(project, code, rules, amount, variant))
        for code, rules in choices
        for amount, variant in _on_offer(rules)
    )
    return Advice(
        estimated_cost=cost, planned=planned, options=tuple(sorted(options, key=lambda option: option.lump_sum))
    )


def _no_lump_sums(project: Project, rules: Rules) -> NotAllowed:
    return NotAllowed(
        "{action} has no lump sums to choose from; its grant is worked out from its {parts}",
        action=project.action, parts=STRUCTURES[rules.structure],
    )  # fmt: skip


def _on_offer(rules: Rules) -> Iterator[tuple[Decimal, str | None]]:
    """Yield the lump sums of a call, each with the variant it is for."""
    price = rules.grant_heading.price
    if isinstance(price, LumpSumByType):
        yield from ((amount, variant) for variant, amount in price.amounts.items())
    else:
        yield from ((amount, None) for amount in rules.lump_sums)


def _case(project: Project, code: str, rules: Rules, lump_sum: Decimal, variant: str | None) -> Case:
    """Return the project with another lump sum and what goes with it, as the checks see it."""
    changes = {"action": code, "lump_sum": lump_sum} | ({} if variant is None else {"variant": variant})
    budget = Budget.model_construct(action=code, call=rules.call, grant=lump_sum, planned=lump_sum, partners={})
    return Case(project.model_copy(update=changes), rules, budget)


def _option(project: Project, planned: Decimal, cost: Decimal, case: Case) -> Option:
    rules, code, lump_sum = case.rules, case.project.action, case.budget.grant
    changes, possible = list(_changes(project, planned, case)), all(_passes(check, case) for check in _checks(rules))
    own_part = max(cost - lump_sum, ZERO)
    is_high = _passes(amounts.cost_is_above_the_lump_sum, case)
    return Option(
        action=code,
        title=rules.title,
        lump_sum=lump_sum,
        variant=case.project.variant if isinstance(rules.grant_heading.price, LumpSumByType) else None,
        possible=possible,
        own_part=own_part if is_high else None,
        own_percent=(cents(own_part * HUNDRED / cost) if own_part else ZERO) if is_high else None,
        changes=tuple(changes),
        source=rules.cite(rules.grant_heading.source),
    )


def _checks(rules: Rules) -> tuple[Check, ...]:
    """Return the checks that a lump sum has to pass; the consortium's where the lump sum says what it has to be."""
    always: tuple[Check, ...] = (amounts.cost_is_above_the_lump_sum, dates.duration_is_allowed)
    by_variant = isinstance(rules.grant_heading.price, LumpSumByType)
    return (*always, partners.consortium_is_large_enough) if by_variant else always


def _passes(check: Check, case: Case) -> bool:
    return all(finding.severity is not Severity.ERROR for finding in check(case))


def _changes(project: Project, planned: Decimal, case: Case) -> Iterator[Phrase]:
    """Yield what of the project would have to change."""
    rules, cost, lump_sum = case.rules, project.estimated_cost or ZERO, case.budget.grant
    if isinstance(rules.grant_heading.price, LumpSumByType):
        yield from _changes_of_variant(project, case)
    if not _passes(amounts.cost_is_above_the_lump_sum, case):
        yield phrase("the estimated cost has to grow by at least {more}", more=lump_sum - cost + CENT)
    if not _passes(dates.duration_is_allowed, case):
        yield _duration(rules.limits.months)
    if planned != lump_sum:
        template = message("the planned {planned} have to grow by {difference}")
        if planned > lump_sum:
            template = message("the planned {planned} have to shrink by {difference}")
        yield phrase(template, planned=planned, difference=abs(planned - lump_sum))
    if case.project.action != project.action:
        yield phrase("the budget has to be divided into {parts}", parts=STRUCTURES[rules.structure])


def _duration(months: Months) -> Phrase:
    if months.allowed:
        return phrase("the duration has to be one of {allowed} months", allowed=months.allowed)
    return phrase("the duration has to be {min} to {max} months", min=months.min, max=months.max)


def _changes_of_variant(project: Project, case: Case) -> Iterator[Phrase]:
    """Yield the variant where it is another one, and then or where they are not met, its demands on the consortium."""
    rules, variant = case.rules, case.project.variant or ""
    is_another = variant != project.variant
    if is_another:
        name = rules.variants.get(variant, variant)
        yield phrase("the variant has to be {variant} ({name})", variant=variant, name=name)
    if is_another or not _passes(partners.consortium_is_large_enough, case):
        for demand in rules.demands_on(case.project.action, variant):
            yield from _demand(demand)


def _demand(demand: Composition) -> Iterator[Phrase]:
    if demand.organisations > 1:
        template = message("at least {organisations} organisations from {countries} countries have to take part")
        if Role.ASSOCIATED in demand.roles:
            template = message(
                "at least {organisations} organisations from {countries} countries have to take part, associated ones"
                " included"
            )
        yield phrase(template, organisations=demand.organisations, countries=demand.countries)
    if demand.most is not None:
        yield phrase("at most {most} of them may be coordinator or partner", most=demand.most)


def scale(project: Project, rules: Rules, lump_sum: Decimal) -> Project:
    """Return the project at another lump sum in EUR of the call's menu, every share in proportion.

    All sums hold to the cent: parts make the lump sum, shares make their part, and management that was within its cap
    stays within. Where the lump sum is for another variant, the project becomes one of that; whether its partners are
    what that demands, is for the checks to say. Raises NotAllowed for a lump sum that is not on offer.
    """
    if not rules.lump_sums:
        raise _no_lump_sums(project, rules)
    if lump_sum not in rules.lump_sums:
        raise NotAllowed(
            "{lump_sum} is not on offer in call {call}; there is {menu}",
            lump_sum=lump_sum, call=rules.call, menu=rules.lump_sums,
        )  # fmt: skip
    changes: dict[str, object] = {"lump_sum": lump_sum, "variant": _variant(project, rules, lump_sum)}
    if rules.structure == "activities":
        parts = split(lump_sum, [activity.amount for activity in project.activities])
        changes["activities"] = tuple(map(_scaled_activity, project.activities, parts))
        return project.model_copy(update=changes)
    in_proportion = split(lump_sum, [package.allocated for package in project.work_packages])
    within_cap = _within_cap(project, rules, lump_sum, in_proportion)
    changes["work_packages"] = tuple(map(_scaled_package, project.work_packages, within_cap))
    return project.model_copy(update=changes)


def _variant(project: Project, rules: Rules, lump_sum: Decimal) -> str | None:
    """Return the variant that a lump sum is for: the project's own where that has it or the call has no others."""
    fitting = [variant for amount, variant in _on_offer(rules) if amount == lump_sum]
    return project.variant if project.variant in fitting or None in fitting else fitting[0]


def _within_cap(project: Project, rules: Rules, lump_sum: Decimal, parts: Sequence[Decimal]) -> Sequence[Decimal]:
    """Take back the cent by which rounding may lift management above its cap."""
    rule, packages = rules.limits.management, project.work_packages
    managing = [i for i, package in enumerate(packages) if package.management]
    others = [i for i, package in enumerate(packages) if not package.management]
    if rule is None or len(managing) != 1 or not others:
        return parts
    before = total(package.allocated for package in packages)
    most, now = cents_at_most(rule.max_share * lump_sum), parts[managing[0]]
    if now <= most or packages[managing[0]].allocated > rule.max_share * before:
        return parts
    largest = max(others, key=lambda i: parts[i])
    corrections = {managing[0]: most - now, largest: now - most}
    return [amount + corrections.get(i, ZERO) for i, amount in enumerate(parts)]


def _scaled_shares(shares: Mapping[str, Decimal], amount: Decimal) -> dict[str, Decimal]:
    return dict(zip(shares, split(amount, list(shares.values())), strict=True))


def _scaled_activity(activity: Activity, amount: Decimal) -> Activity:
    return activity.model_copy(update={"amount": amount, "shares": _scaled_shares(activity.shares, amount)})


def _scaled_package(package: WorkPackage, amount: Decimal) -> WorkPackage:
    before = package.allocated
    inside = total(activity.amount for activity in package.activities)
    now = cents_at_most(Fraction(inside) * Fraction(amount) / Fraction(before)) if before else ZERO
    parts = split(now, [activity.amount for activity in package.activities])
    return package.model_copy(
        update={
            "amount": None if package.amount is None else amount,
            "shares": _scaled_shares(package.shares, amount),
            "activities": tuple(map(_scaled_activity, package.activities, parts)),
        }
    )
