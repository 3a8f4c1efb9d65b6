"""Checks of unit contributions and real costs: headings, keys, values, ceilings, least and most of the grant."""

from collections.abc import Iterator

from ka2budget.checks.case import Case
from ka2budget.finding import Finding, error, info, warning
from ka2budget.formulas import ExpensiveTravel, FlatRate, NeedsUnit, PerDistance, PerMonth, ShareOfCost, UnitPrice
from ka2budget.money import cents, total
from ka2budget.pricing import missing, organisations, setting
from ka2budget.project import RealCost, Unit
from ka2budget.text import phrase

NO_UNITS = error("units-missing", "{title} are budgeted by units and real costs; write [[units]] with their heading.")
UNITS_UNWANTED = error("units-not-foreseen", "{title} are not budgeted by units; leave units and real costs out.")
UNKNOWN_HEADING = error("heading-unknown", "There is no heading {heading} in call {call}; there is {known}.")
WORKED_OUT = error("heading-worked-out", "{label} is worked out from other headings; leave it out.")
NOT_A_UNIT = error("real-cost-as-unit", "{label} is paid by its real cost; write it under [[real_costs]] with amount.")
NOT_A_COST = error("unit-as-real-cost", "{label} is paid by the unit; write it under [[units]] with {keys}.")
UNKNOWN_PARTNER = error("unit-of-unknown-partner", "{partner} claims {label} but is not among the partners {known}.")
ASSOCIATED = error("unit-of-associated-partner", "{partner} is an associated partner and cannot claim {label}.")
NOT_FOR_ACTION = error("heading-not-for-action", "{label} is not for {action}; it is for {codes}.")
NOT_FOR_PARTNER = error(
    "heading-not-for-partner", "{name} from {country:country} cannot have {label}; it is for organisations of {groups}."
)
INCOMPLETE = error("unit-incomplete", "{label} needs {keys}; without it nothing is counted.")
UNUSED_KEY = warning("unit-key-unused", "{label} does not look at {keys}; it takes {known}.")
NO_RATE = error("unit-without-rate", "{label} has no rate for {key} {value}; it takes {known}.")
MONTHS = error("unit-months-above-project", "{label} claims {months} months; the project has {most}.")
TWICE = error("unit-twice", "{partner} claims {label} {times} times; every organisation has it once.")
NOT_PAID = warning(
    "distance-not-paid", "{distance} km is below the first band of {label}, from {least} km; nothing is paid."
)
NEEDS_NOT_PAID = warning(
    "needs-below-lowest-unit", "A cost of {cost} is below the lowest unit of {label}, {least}; nothing is paid."
)
NOT_EXPENSIVE = info(
    "travel-not-expensive", "The unit covers {share:percent} of the cost of {cost}, so the unit of {unit} is paid."
)
HEADING_CUT = warning(
    "heading-above-ceiling", "{label} comes to {calculated}; call {call} pays at most {ceiling}, the rest is not paid."
)
TOO_MANY = error(
    "participants-above-limit", "{label} has {count} participants; at most {most} are paid in {months} months."
)
STUDENTS = error("students-not-among", "{label} has {count} students, who have to be among the {most} of {other}.")
ONLY_WITH = error("heading-only-with", "{label} is only paid together with {other}, which has nothing.")
BELOW_MINIMUM = error("grant-below-minimum-of-units", "The grant comes to {grant}; call {call} gives at least {least}.")
MAXIMUM = warning(
    "grant-above-maximum",
    "Units and real costs come to {calculated}; the grant is at most {most}, so all amounts fall in proportion.",
)

_KEYS = ("months", "days", "participants", "students", "profile", "kind", "country", "distance_km", "cost")


def units_are_where_the_action_wants_them(case: Case) -> Iterator[Finding]:
    """Where the grant is a sum of units there are some; other budgets have none."""
    project, rules = case.project, case.rules
    source, there = rules.cite(rules.grant_heading.source), bool(project.units or project.real_costs)
    if rules.structure == "units" and not there:
        yield NO_UNITS.at("/units", source, title=rules.title)
    if rules.structure != "units" and there:
        yield UNITS_UNWANTED.at("/units" if project.units else "/real_costs", source, title=rules.title)


def units_name_their_heading(case: Case) -> Iterator[Finding]:
    """Units and real costs are under headings of the call, each under one that is paid that way."""
    for where, entry in _entries(case):
        heading = case.rules.headings.get(entry.heading)
        if heading is None:
            known = tuple(case.rules.headings)
            yield UNKNOWN_HEADING.at(f"{where}/heading", heading=entry.heading, call=case.rules.call, known=known)
        elif heading.codes and case.project.action not in heading.codes:
            source = case.rules.cite(heading.source)
            yield NOT_FOR_ACTION.at(
                f"{where}/heading", source, label=heading.label, action=case.project.action, codes=heading.codes
            )
        elif isinstance(heading.price, FlatRate):
            yield WORKED_OUT.at(f"{where}/heading", case.rules.cite(heading.source), label=heading.label)
        elif isinstance(heading.price, ShareOfCost):
            if isinstance(entry, Unit):
                yield NOT_A_UNIT.at(f"{where}/heading", case.rules.cite(heading.source), label=heading.label)
        elif isinstance(entry, RealCost) and isinstance(heading.price, UnitPrice):
            source = case.rules.cite(heading.source)
            yield NOT_A_COST.at(f"{where}/heading", source, label=heading.label, keys=heading.price.needs or "months")


def units_are_of_funded_partners(case: Case) -> Iterator[Finding]:
    """Whoever claims a unit exists, is not associated, and is from a country that may have it."""
    for where, entry in _entries(case):
        partner, heading = case.partners.get(entry.partner), case.rules.headings.get(entry.heading)
        label = heading.label if heading else entry.heading
        if partner is None:
            yield UNKNOWN_PARTNER.at(f"{where}/partner", partner=entry.partner, label=label, known=tuple(case.partners))
        elif not partner.is_funded:
            yield ASSOCIATED.at(f"{where}/partner", partner=entry.partner, label=label)
        elif heading and heading.groups and case.rules.group_of(partner.country) not in heading.groups:
            groups = tuple(case.rules.country_groups[group].label for group in heading.groups)
            yield NOT_FOR_PARTNER.at(
                f"{where}/partner", case.rules.cite(heading.source), name=partner.name, country=partner.country,
                label=label, groups=groups,
            )  # fmt: skip


def units_can_be_priced(case: Case) -> Iterator[Finding]:
    """Every unit has the keys its heading needs, no others, and values that have a rate."""
    for where, unit in _units(case):
        heading, partner = case.rules.headings[unit.heading], case.partners.get(unit.partner)
        price, source = heading.price, case.rules.cite(heading.source)
        if not isinstance(price, UnitPrice) or isinstance(price, ShareOfCost):
            continue
        lacking = missing(price, unit)
        if lacking:
            yield INCOMPLETE.at(where, source, label=heading.label, keys=lacking)
        known = (*price.needs, *price.takes)
        unused = tuple(key for key in _KEYS if getattr(unit, key) is not None and key not in known)
        if unused or (unit.green and "green" not in known):
            yield UNUSED_KEY.at(where, source, label=heading.label, keys=unused or "green", known=known)
        for one in price.unpriced(unit, setting(case.project, case.rules, partner)) if partner else ():
            if one.key not in lacking:
                yield NO_RATE.at(
                    f"{where}/{one.key}",
                    source,
                    label=heading.label,
                    key=one.key,
                    value=one.value,
                    known=one.known,
                )


def units_are_plausible(case: Case) -> Iterator[Finding]:
    """Nothing is claimed for longer than the project, or twice; what is not paid is told."""
    seen: dict[tuple[str, str], int] = {}
    for where, unit in _units(case):
        heading = case.rules.headings[unit.heading]
        price, source = heading.price, case.rules.cite(heading.source)
        if isinstance(price, PerMonth):
            seen[unit.partner, unit.heading] = seen.get((unit.partner, unit.heading), 0) + 1
            if unit.months is not None and unit.months > case.project.months:
                yield MONTHS.at(
                    f"{where}/months", source, label=heading.label, months=unit.months, most=case.project.months
                )
        if isinstance(price, PerDistance) and unit.distance_km is not None:
            least = price.bands[0].from_km
            if unit.distance_km < least:
                yield NOT_PAID.at(
                    f"{where}/distance_km",
                    source,
                    distance=f"{unit.distance_km:f}",
                    label=heading.label,
                    least=f"{least:f}",
                )
        if isinstance(price, NeedsUnit) and unit.cost is not None and unit.cost < price.amounts[0]:
            yield NEEDS_NOT_PAID.at(
                f"{where}/cost", source, cost=unit.cost, label=heading.label, least=price.amounts[0]
            )
        if isinstance(price, ExpensiveTravel) and not missing(price, unit):
            yield from _not_expensive(case, where, unit, price, source)
    for (partner, name), times in seen.items():
        if times > 1:
            yield TWICE.at("/units", partner=partner, label=case.rules.headings[name].label, times=times)


def _not_expensive(case: Case, where: str, unit: Unit, price: ExpensiveTravel, source: str | None) -> Iterator[Finding]:
    units = case.rules.headings[price.instead_of].price
    if not isinstance(units, PerDistance) or not unit.cost or unit.participants is None or unit.distance_km is None:
        return
    paid = unit.participants * units.rate(unit.distance_km, green=unit.green)
    if paid >= price.covers_less_than * unit.cost:
        yield NOT_EXPENSIVE.at(where, source, share=cents(100 * paid / unit.cost), cost=unit.cost, unit=paid)


def headings_are_within_their_ceilings(case: Case) -> Iterator[Finding]:
    """What a ceiling of a heading cuts off is told."""
    if case.rules.structure != "units":
        return
    for cut in case.priced.cuts:
        heading = case.rules.headings[cut.heading]
        label = heading.label
        yield HEADING_CUT.at(
            "/units", case.rules.cite(heading.source),
            label=phrase("{label} ({kind})", label=label, kind=cut.kind) if cut.kind else label,
            calculated=cut.calculated, ceiling=cut.ceiling, call=case.rules.call,
        )  # fmt: skip


def headings_keep_their_conditions(case: Case) -> Iterator[Finding]:
    """Headings paid together with another one have it; participants and students are no more than are paid."""
    claimed = {entry.heading for _, entry in _entries(case)}
    awarded = {name for name, row in case.priced.awarded.items() if any(row.values())}
    students: dict[str, int] = {}
    for unit in case.project.units:
        students[unit.heading] = students.get(unit.heading, 0) + (unit.students or 0)
    for name in claimed & set(case.rules.headings):
        heading = case.rules.headings[name]
        source = case.rules.cite(heading.source)
        if heading.only_with is not None and name in awarded and heading.only_with not in awarded:
            other = case.rules.headings[heading.only_with].label
            yield ONLY_WITH.at("/units", source, label=heading.label, other=other)
        if heading.students_among is not None:
            count, among = students.get(name, 0), students.get(heading.students_among, 0)
            if count > among:
                other = case.rules.headings[heading.students_among].label
                yield STUDENTS.at("/units", source, label=heading.label, count=count, most=among, other=other)
        if heading.participants_per_year is not None:
            count = sum(unit.participants or 0 for unit in case.project.units if unit.heading == name)
            most = heading.participants_per_year * case.project.months // 12
            if count > most:
                yield TOO_MANY.at(
                    "/units", source, label=heading.label, count=count, most=most, months=case.project.months
                )


def grant_of_units_is_within_limits(case: Case) -> Iterator[Finding]:
    """The grant reaches the call's minimum; what its maximum cuts off is told."""
    rule = case.rules.limits.grant
    if rule is None or case.rules.structure != "units":
        return
    source = case.rules.cite(rule.source)
    if rule.min is not None and case.budget.grant < rule.min:
        yield BELOW_MINIMUM.at("/units", source, grant=case.budget.grant, call=case.rules.call, least=rule.min)
    calculated = total(amount for row in case.priced.awarded.values() for amount in row.values())
    most = rule.most(case.project.months, organisations(case.project))
    if most is not None and calculated > most:
        yield MAXIMUM.at("/units", source, calculated=calculated, most=most)


def _entries(case: Case) -> Iterator[tuple[str, Unit | RealCost]]:
    if case.rules.structure == "units":
        yield from ((f"/units/{i}", unit) for i, unit in enumerate(case.project.units))
        yield from ((f"/real_costs/{i}", cost) for i, cost in enumerate(case.project.real_costs))


def _units(case: Case) -> Iterator[tuple[str, Unit]]:
    """Yield the units whose heading there is."""
    if case.rules.structure == "units":
        for i, unit in enumerate(case.project.units):
            if unit.heading in case.rules.headings:
                yield f"/units/{i}", unit
