"""Which lump sum fits the estimated cost, what each leaves to the partners, and the project at another lump sum."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction

from ka2budget.errors import NotAllowed
from ka2budget.model import Eur, Model
from ka2budget.money import CENT, HUNDRED, ZERO, cents, cents_at_most, split, total
from ka2budget.project import Activity, Project, WorkPackage
from ka2budget.rules import Rules
from ka2budget.text import euro


class Option(Model):
    """One lump sum and what it would mean for the project."""

    action: str
    title: str
    lump_sum: Eur
    possible: bool
    """Whether the estimated cost is higher and the duration fits."""
    own_part: Eur | None = None
    """What the partners would carry, in EUR, where the lump sum is possible."""
    own_percent: Eur | None = None
    """The same in per cent of the estimated cost."""
    changes: tuple[str, ...] = ()
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
        raise NotAllowed(f"{project.action} has no lump sums to choose from; its grant is worked out from the costs")
    if cost is None:
        raise NotAllowed("The project gives no estimated_cost; without it no lump sum can be advised")
    options = (
        _option(project, planned, cost, code, rules, amount) for code, rules in choices for amount in rules.lump_sums
    )
    return Advice(
        estimated_cost=cost, planned=planned, options=tuple(sorted(options, key=lambda option: option.lump_sum))
    )


def _option(project: Project, planned: Decimal, cost: Decimal, code: str, rules: Rules, lump_sum: Decimal) -> Option:
    months, changes = rules.limits.months, []
    fits = cost > lump_sum or (rules.limits.estimated_cost is None and cost == lump_sum)
    if not fits:
        more = CENT if rules.limits.estimated_cost is not None else ZERO
        changes.append(f"the estimated cost has to grow by at least {euro(lump_sum - cost + more)}")
    if not months.min <= project.months <= months.max:
        changes.append(f"the duration has to be {months.min} to {months.max} months")
        possible = False
    else:
        possible = fits
    if planned != lump_sum:
        verb, difference = ("grow", lump_sum - planned) if planned < lump_sum else ("shrink", planned - lump_sum)
        changes.append(f"the planned {euro(planned)} have to {verb} by {euro(difference)}")
    if code != project.action:
        changes.append(f"the budget has to be divided into {rules.structure.replace('-', ' ')}")
    return Option(
        action=code,
        title=rules.title,
        lump_sum=lump_sum,
        possible=possible,
        own_part=cost - lump_sum if fits else None,
        own_percent=cents((cost - lump_sum) * HUNDRED / cost) if fits else None,
        changes=tuple(changes),
        source=rules.cite(rules.grant_heading.source),
    )


def scale(project: Project, rules: Rules, lump_sum: Decimal) -> Project:
    """Return the project at another lump sum in EUR of the call's menu, every share in proportion.

    All sums hold to the cent: parts make the lump sum, shares make their part, and management that was within its cap
    stays within. Raises NotAllowed for a lump sum that is not on offer.
    """
    if lump_sum not in rules.lump_sums:
        menu = ", ".join(map(euro, rules.lump_sums))
        raise NotAllowed(f"{euro(lump_sum)} is not on offer in call {rules.call}; there is {menu}")
    if rules.structure == "activities":
        amounts = split(lump_sum, [activity.amount for activity in project.activities])
        activities = tuple(map(_scaled_activity, project.activities, amounts))
        return project.model_copy(update={"lump_sum": lump_sum, "activities": activities})
    in_proportion = split(lump_sum, [package.allocated for package in project.work_packages])
    within_cap = _within_cap(project, rules, lump_sum, in_proportion)
    packages = tuple(map(_scaled_package, project.work_packages, within_cap))
    return project.model_copy(update={"lump_sum": lump_sum, "work_packages": packages})


def _within_cap(project: Project, rules: Rules, lump_sum: Decimal, amounts: Sequence[Decimal]) -> Sequence[Decimal]:
    """Take back the cent by which rounding may lift management above its cap."""
    rule, packages = rules.limits.management, project.work_packages
    managing = [i for i, package in enumerate(packages) if package.management]
    others = [i for i, package in enumerate(packages) if not package.management]
    if rule is None or len(managing) != 1 or not others:
        return amounts
    before = total(package.allocated for package in packages)
    most, now = cents_at_most(rule.max_share * lump_sum), amounts[managing[0]]
    if now <= most or packages[managing[0]].allocated > rule.max_share * before:
        return amounts
    largest = max(others, key=lambda i: amounts[i])
    corrections = {managing[0]: most - now, largest: now - most}
    return [amount + corrections.get(i, ZERO) for i, amount in enumerate(amounts)]


def _scaled_shares(shares: Mapping[str, Decimal], amount: Decimal) -> dict[str, Decimal]:
    return dict(zip(shares, split(amount, list(shares.values())), strict=True))


def _scaled_activity(activity: Activity, amount: Decimal) -> Activity:
    return activity.model_copy(update={"amount": amount, "shares": _scaled_shares(activity.shares, amount)})


def _scaled_package(package: WorkPackage, amount: Decimal) -> WorkPackage:
    before = package.allocated
    inside = total(activity.amount for activity in package.activities)
    now = cents_at_most(Fraction(inside) * Fraction(amount) / Fraction(before)) if before else ZERO
    amounts = split(now, [activity.amount for activity in package.activities])
    return package.model_copy(
        update={
            "amount": None if package.amount is None else amount,
            "shares": _scaled_shares(package.shares, amount),
            "activities": tuple(map(_scaled_activity, package.activities, amounts)),
        }
    )
