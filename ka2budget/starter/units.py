"""Example units for a starter file: every heading of the call that a first plan needs, the others as comments."""

from collections.abc import Iterator
from decimal import ROUND_CEILING, Decimal

from ka2budget.consortium import Member
from ka2budget.formulas import (
    FlatRate,
    NeedsUnit,
    PerDay,
    PerDayOfStay,
    PerDistance,
    PerMonth,
    PerParticipant,
    Setting,
    ShareOfCost,
    StudentMonths,
    UnitPrice,
)
from ka2budget.money import HUNDRED, total
from ka2budget.project import Partner, Role, Unit
from ka2budget.rules import Heading, Rules

_WEIGHTS: dict[type[UnitPrice], int] = {PerDay: 7, PerDayOfStay: 6, PerDistance: 4, PerParticipant: 2, ShareOfCost: 1}
"""How much of an example is under headings of each kind."""
_OF_THE_MOST = Decimal("0.6")  # an example stays well within every maximum
_OF_A_SHARE = Decimal("0.5")
_ABOVE_THE_LEAST = Decimal("1.4")  # what is cut to a share of the grant is not made good
_DISTANCE_KM, _DAYS_OF_STAY, _MONTHS_OF_A_MASTER, _STUDENTS, _NEEDS = Decimal(1500), Decimal(5), 24, 40, Decimal(5000)


def example_units(rules: Rules, members: list[Member], months: int) -> str:
    """Return the tables of units and real costs of a starter file, as TOML with comments."""
    partners = [
        Partner(
            id=f"P{number}", name="Example", country=one.country,
            role=Role.COORDINATOR if number == 1 else Role.PARTNER,
        )
        for number, one in enumerate(members, 1)
        if one.role is not Role.ASSOCIATED
    ]  # fmt: skip
    blocks: list[str] = []
    shares = _shares(rules)
    has_units = any(isinstance(heading.price, PerDay) for heading in rules.headings.values())
    shares_of_grant = rules.limits.grant_shares.most if rules.limits.grant_shares else {}
    aim = _aim(rules, months, len(partners))
    for name, heading in rules.headings.items():
        price = heading.price
        if isinstance(price, FlatRate):
            blocks.append(f"# {heading.label}: worked out, {price.share * HUNDRED:.0f} % of {', '.join(price.of)}.")
            continue
        if not isinstance(price, UnitPrice):
            continue
        blocks.append(f"# {heading.label} [{rules.cite(heading.source)}]")
        claimants = [one for one in partners if not heading.groups or rules.group_of(one.country) in heading.groups]
        if any("[[" in block for block in blocks) and not isinstance(price, PerMonth):
            claimants = claimants[:2]  # the first heading is for all, so that nobody is left without a share
        if isinstance(price, ShareOfCost) and has_units and name not in shares_of_grant:
            claimants = []
        units = list(_units(name, heading, claimants, months, aim * shares.get(name, Decimal(0))))
        if units:
            blocks += (_table(unit, is_cost=isinstance(price, ShareOfCost)) for unit in units)
        else:
            blocks.append(f"# Where you need it: a table like the others, with {', '.join(price.needs) or 'months'}.")
    return "\n\n".join(blocks)


def _aim(rules: Rules, months: int, organisations: int) -> Decimal:
    """Return what an example comes to in EUR: within the most, above the least."""
    limits = rules.limits.grant
    most = None if limits is None else limits.most(months, organisations)
    least = Decimal(0) if limits is None or limits.min is None else limits.min * _ABOVE_THE_LEAST
    return max(least, Decimal(100_000) if most is None else most * _OF_THE_MOST)


def _shares(rules: Rules) -> dict[str, Decimal]:
    """Return which part of the example each heading has."""
    weights = {
        name: Decimal(next((weight for kind, weight in _WEIGHTS.items() if isinstance(heading.price, kind)), 0))
        for name, heading in rules.headings.items()
    }
    everything = total(weights.values()) or Decimal(1)
    most = rules.limits.grant_shares.most if rules.limits.grant_shares else {}
    return {
        name: min(weight / everything, most.get(name, Decimal(2)) * _OF_A_SHARE) for name, weight in weights.items()
    }


def _units(name: str, heading: Heading, partners: list[Partner], months: int, amount: Decimal) -> Iterator[Unit]:
    price, ceiling = heading.price, heading.ceiling
    if not partners or not isinstance(price, UnitPrice):
        return
    for most in (ceiling, heading.ceiling_of_application):
        if most is not None:
            amount = min(amount, most * _OF_A_SHARE)
    if heading.ceiling_per_year is not None:
        amount = min(amount, heading.ceiling_per_year * months / 12 * _OF_A_SHARE)
    if isinstance(price, PerMonth):
        yield from (_unit(name, partner) for partner in partners)
        return
    for partner in partners:
        setting = Setting(partner, months, {})
        one = _one(name, price, partner)
        if one is None or any(price.unpriced(one, setting)):
            continue
        cost = total(charge.amount for charge in price.charges(one, setting))
        times = Decimal(1)
        if any(isinstance(price, kind) for kind in _WEIGHTS) and cost:
            times = max((amount / len(partners) / cost).quantize(Decimal(1), ROUND_CEILING), Decimal(1))
        if heading.participants_per_year is not None:
            times = min(times, Decimal(heading.participants_per_year // 2))
        yield _times(one, times)


def _one(name: str, price: UnitPrice, partner: Partner) -> Unit | None:
    """Return the smallest example of a heading, or None where an example needs none."""
    unit: Unit | None = None
    if isinstance(price, PerDay):
        profiles = price.groups[0].rates
        unit = _unit(name, partner, profile="teacher" if "teacher" in profiles else next(iter(profiles)), days=1)
    elif isinstance(price, PerDistance):
        unit = _unit(name, partner, participants=1, distance_km=_DISTANCE_KM)
    elif isinstance(price, PerDayOfStay) and not price.groups[0].countries:
        unit = _unit(name, partner, kind=next(iter(price.groups[0].rates)), participants=1, days=_DAYS_OF_STAY)
    elif isinstance(price, PerParticipant) and len(price.rates) > 1:
        unit = _unit(name, partner, kind=next(iter(price.rates)), participants=1)
    elif isinstance(price, StudentMonths):
        unit = _unit(name, partner, students=max(min(_STUDENTS, price.students) // 2, 1), months=_MONTHS_OF_A_MASTER)
    elif isinstance(price, NeedsUnit):
        unit = _unit(name, partner, cost=_NEEDS)
    elif isinstance(price, ShareOfCost):
        unit = _unit(name, partner, cost=Decimal(100))
    return unit


def _unit(name: str, partner: Partner, **keys: object) -> Unit:
    return Unit.model_validate({"heading": name, "partner": partner.id, **keys})


def _times(unit: Unit, times: Decimal) -> Unit:
    """Return a unit so many times as large."""
    if unit.profile is not None and unit.days is not None:
        return unit.model_copy(update={"days": unit.days * times})
    if unit.participants is not None:
        return unit.model_copy(update={"participants": int(unit.participants * times)})
    return unit if unit.cost is None else unit.model_copy(update={"cost": unit.cost * times})


def _table(unit: Unit, *, is_cost: bool) -> str:
    keys = {key: value for key, value in unit if value is not None and key != "green"}
    lines = ["[[real_costs]]" if is_cost else "[[units]]"]
    if is_cost:
        keys = {"amount" if key == "cost" else key: value for key, value in keys.items()} | {"label": "Example"}
    for key, value in keys.items():
        lines.append(f'{key} = "{value}"' if isinstance(value, str) else f"{key} = {int(value)}")
    return "\n".join(lines)
