"""Units and real costs priced under the rules of a call: charges, ceilings of headings, maximum of the project."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from ka2budget.budget import Line
from ka2budget.formulas import Cap, Charge, FlatRate, Setting, UnitPrice
from ka2budget.money import cents_at_most, split, total
from ka2budget.project import Partner, Project, RealCost, Role, Unit
from ka2budget.rules import Heading, Rules
from ka2budget.text import Phrase, key_word, message, phrase

Amounts = Mapping[str, Mapping[str, Decimal]]
"""EUR by heading and partner."""


class Cut(NamedTuple):
    """A ceiling that binds: what the units come to, and the most that is paid for them, in EUR."""

    heading: str
    calculated: Decimal
    ceiling: Decimal
    kind: str | None
    """The kind of unit it is for, where it is not for all of the heading."""


class PricedUnits(NamedTuple):
    """Units and real costs as priced."""

    lines: tuple[Line, ...]
    """Every charge, before any ceiling."""
    awarded: Amounts
    """Within the ceilings of the headings."""
    grants: Amounts
    """Within the maximum of the project too."""
    cuts: tuple[Cut, ...]
    most: Decimal | None
    """The project's maximum, or None where there is none."""


def price_units(
    project: Project, rules: Rules, units: Sequence[Unit], real_costs: Sequence[RealCost], *, reported: bool = False
) -> PricedUnits:
    """Return what units and real costs come to; those that cannot be priced count nothing, and the checks name them.

    What is ``reported`` is not held to what an application may ask for.
    """
    claimed: dict[str, list[Unit]] = {name: [] for name in rules.headings}
    for unit in (*units, *(cost.unit for cost in real_costs)):
        if unit.heading in claimed:
            claimed[unit.heading].append(unit)
    lines: list[Line] = []
    cuts: list[Cut] = []
    awarded: dict[str, dict[str, Decimal]] = {}
    for name, heading in sorted(rules.headings.items(), key=lambda one: isinstance(one[1].price, FlatRate)):
        found = (
            _flat_rate(project, rules, name, heading, awarded)
            if isinstance(heading.price, FlatRate)
            else [_lines(project, rules, unit, heading) for unit in claimed[name]]
        )
        lines += (line for one in found for line in one)
        within = [total(line.amount for line in one) for one in found]
        for members, limit, kind in _caps(heading, claimed[name], project.months, reported=reported):
            calculated = total(within[place] for place in members)
            if calculated > limit:
                cuts.append(Cut(name, calculated, limit, kind))
                within = _within(members, limit, within)
        partners = [one[0].partner if one else None for one in found]
        awarded[name] = _by_partner(project, zip(partners, within, strict=True))
    limits = rules.limits.grant
    most = None if limits is None else limits.most(project.months, organisations(project))
    return PricedUnits(tuple(lines), awarded, within_maximum(awarded, most), tuple(cuts), most)


def organisations(project: Project) -> int:
    """Return how many organisations are coordinator or partner."""
    return sum(one.role in {Role.COORDINATOR, Role.PARTNER} for one in project.partners)


def setting(project: Project, rules: Rules, partner: Partner) -> Setting:
    """Return what the units of a partner are priced in."""
    prices = {name: heading.price for name, heading in rules.headings.items()}
    return Setting(partner, project.months, prices)


def missing(price: UnitPrice, unit: Unit) -> tuple[str, ...]:
    """Return the keys that a unit lacks."""
    return tuple(key for key in price.needs if getattr(unit, key) is None)


def within_maximum(amounts: Amounts, most: Decimal | None) -> Amounts:
    """Return amounts that together do not pass a maximum; where it binds, all fall in proportion."""
    cells = [(name, partner) for name, row in amounts.items() for partner in row]
    values = [amounts[name][partner] for name, partner in cells]
    if most is None or total(values) <= most:
        return amounts
    within: dict[str, dict[str, Decimal]] = {name: {} for name in amounts}
    for (name, partner), amount in zip(cells, split(most, values), strict=True):
        within[name][partner] = amount
    return within


def _lines(project: Project, rules: Rules, unit: Unit, heading: Heading) -> list[Line]:
    partner = next((one for one in project.partners if one.id == unit.partner), None)
    price = heading.price
    if partner is None or not isinstance(price, UnitPrice) or missing(price, unit):
        return []
    where = setting(project, rules, partner)
    if any(price.unpriced(unit, where)):
        return []
    return [_line(unit, charge, rules.cite(heading.source)) for charge in price.charges(unit, where)]


def _line(unit: Unit, charge: Charge, source: str | None) -> Line:
    return Line.model_construct(
        heading=unit.heading,
        partner=unit.partner,
        label=unit.label,
        detail=_detail(unit),
        quantity=charge.quantity,
        rate=charge.rate,
        per=charge.per,
        amount=charge.amount,
        source=source or "",
    )


_COUNTED = {
    "students": (message("1 student"), message("{count} students")),
    "participants": (message("1 participant"), message("{count} participants")),
    "months": (message("1 month"), message("{count} months")),
    "days": (message("1 day"), message("{count} days")),
}


def _detail(unit: Unit) -> Phrase | None:
    """Return what sets the quantity and the rate of a unit, in few words."""
    parts: list[str | Phrase] = [key_word(key) for key in (unit.profile, unit.kind) if key]
    if unit.country:
        parts.append(unit.country)
    if unit.distance_km is not None:
        parts.append(f"{unit.distance_km:f} km")
    for key, (one, several) in _COUNTED.items():
        if count := getattr(unit, key):
            parts.append(phrase(one if count == 1 else several, count=f"{Decimal(count):f}"))
    if unit.green:
        parts.append(phrase("green travel"))
    return phrase("{parts}", parts=tuple(parts)) if parts else None


def _flat_rate(project: Project, rules: Rules, name: str, heading: Heading, awarded: Amounts) -> list[list[Line]]:
    """Return the flat rate of every partner on what it has under the other headings."""
    price = heading.price
    if not isinstance(price, FlatRate):
        return []
    lines = []
    for partner in project.partners:
        base = total(awarded[other].get(partner.id, Decimal(0)) for other in price.of)
        if base:
            unit = Unit.model_construct(heading=name, partner=partner.id, label=None)
            lines.append([_line(unit, Charge(base, price.share), rules.cite(heading.source))])
    return lines


def _within(members: Sequence[int], most: Decimal, amounts: Sequence[Decimal]) -> list[Decimal]:
    """Return the amounts, those of the members fallen in proportion to the most that they come to."""
    fallen = dict(zip(members, split(most, [amounts[place] for place in members]), strict=True))
    return [fallen.get(place, amount) for place, amount in enumerate(amounts)]


def _caps(heading: Heading, units: list[Unit], months: int, *, reported: bool) -> Iterator[Cap]:
    """Yield every cap of a heading: those of its formula, and its ceilings."""
    price, everything = heading.price, tuple(range(len(units)))
    if isinstance(price, UnitPrice):
        yield from price.caps(units, months)
    if heading.ceiling is not None:
        yield Cap(everything, heading.ceiling)
    if heading.ceiling_of_application is not None and not reported:
        yield Cap(everything, heading.ceiling_of_application)
    if heading.ceiling_per_year is not None:
        yield Cap(everything, cents_at_most(heading.ceiling_per_year * months / 12))


def _by_partner(project: Project, amounts: Iterator[tuple[str | None, Decimal]]) -> dict[str, Decimal]:
    rows: dict[str, Decimal] = {}
    for partner, amount in amounts:
        if partner is not None:
            rows[partner] = rows.get(partner, Decimal(0)) + amount
    return {one.id: rows[one.id] for one in project.partners if one.id in rows}
