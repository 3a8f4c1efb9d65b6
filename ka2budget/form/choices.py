"""What may be chosen in a form: countries, roles, types, categories, headings, profiles, each with its meaning."""

from collections.abc import Iterator
from typing import NamedTuple

from ka2budget.annex.categories import LABELS
from ka2budget.formulas import MenuLumpSum, PerDay, PerDayOfStay, PerParticipant, ShareOfCost, UnitPrice
from ka2budget.project import Category, Project, Role
from ka2budget.rules import ProjectScore, Rules
from ka2budget.text import country_name, euro, message, translate

_KEYS = ("months", "days", "participants", "students", "profile", "kind", "country", "distance_km", "green", "cost")
_ROLES = {
    Role.COORDINATOR: message("signs the grant agreement and leads the project"),
    Role.PARTNER: message("takes part and receives a share of the grant"),
    Role.AFFILIATED: message("affiliated entity of a partner, named under 'Belongs to'"),
    Role.ASSOCIATED: message("takes part without money of the grant"),
}
_DELIVERED = {
    message("yes"): message("carried out as agreed"),
    message("partly"): message("carried out in part; say in the comment what is missing"),
    message("no"): message("not carried out"),
}


class Choice(NamedTuple):
    """One value that may be chosen, as the cell shows it, and what it means."""

    value: str
    shown: str
    meaning: str


class Choices(NamedTuple):
    """One list to choose from."""

    title: str
    choices: tuple[Choice, ...]
    is_closed: bool
    """Whether no other value is possible."""


def choices(rules: Rules, language: str = "en") -> dict[str, Choices]:
    """Return the lists of a call by the fields they are for, of one table such as ``units.heading``, or by kind."""
    lists = {
        "partners.role": Choices(
            message("Roles"),
            tuple(Choice(one, one, translate(text, language)) for one, text in _ROLES.items()),
            is_closed=True,
        ),
        "partners.type": Choices(message("Types"), _plain(dict.fromkeys(_types(rules))), is_closed=False),
        "costs.category": Choices(message("Categories"), tuple(_categories(rules, language)), is_closed=True),
        "units.heading": Choices(
            message("Headings of units"), tuple(_headings(rules, language, costs=False)), is_closed=True
        ),
        "real_costs.heading": Choices(
            message("Headings of real costs"), tuple(_headings(rules, language, costs=True)), is_closed=True
        ),
        "units.profile": Choices(message("Profiles"), _plain(dict.fromkeys(_profiles(rules))), is_closed=False),
        "units.kind": Choices(message("Kinds"), _plain(dict.fromkeys(_kinds(rules))), is_closed=False),
        "project.variant": Choices(
            message("Kinds of project"),
            _plain({name: translate(label, language) for name, label in rules.variants.items()}),
            is_closed=True,
        ),
        "project.lump_sum": Choices(message("Lump sums"), tuple(_lump_sums(rules, language)), is_closed=False),
        "country": Choices(message("Countries"), tuple(_countries(rules, language)), is_closed=False),
    }
    return {name: one for name, one in lists.items() if one.choices}


def facts(rules: Rules) -> frozenset[str]:
    """Return what decides which sheets and columns a form of this call has."""
    found: set[str] = {rules.structure, rules.managed_by}
    if rules.variants:
        found.add("variants")
    if any(isinstance(heading.price, ShareOfCost) for heading in rules.headings.values()):
        found.add("real-costs")
    for heading in rules.headings.values():
        if isinstance(heading.price, UnitPrice) and not isinstance(heading.price, ShareOfCost):
            found |= {*heading.price.needs, *heading.price.takes}
    return frozenset(found)


def choices_of_report(project: Project, rules: Rules, language: str = "en") -> dict[str, Choices]:
    """Return the lists of a report on a project: those of its call, what may be delivered, and the partners."""
    delivered = (Choice(one, translate(one, language), translate(text, language)) for one, text in _DELIVERED.items())
    partners = (Choice(one.id, one.id, one.name) for one in project.partners if one.is_funded)
    return choices(rules, language) | {
        "delivered": Choices(message("Delivered"), tuple(delivered), is_closed=True),
        "partner": Choices(message("Partners"), tuple(partners), is_closed=False),
    }


def facts_of_report(rules: Rules, *, interim: bool) -> frozenset[str]:
    """Return what decides which sheets and columns the form of a report has: interim or final, and how it is judged."""
    rule, stage = rules.final_report, "interim" if interim else "final"
    judged = f"{rules.structure}-{rule.method}"
    found = {judged, stage, f"{stage}-{rule.method}", f"{stage}-{judged}"}
    if isinstance(rule, ProjectScore) and rule.criteria:
        found.add(f"{stage}-criteria")
    return facts(rules) | found


def _plain(values: dict[str, str] | dict[str, None]) -> tuple[Choice, ...]:
    return tuple(Choice(name, name, meaning or "") for name, meaning in values.items())


def _countries(rules: Rules, language: str) -> Iterator[Choice]:
    coordinator, partner = rules.eligibility.coordinator, rules.eligibility.partner
    for group in rules.country_groups.values():
        for code in group.countries:
            if rules.may_take_part(code, partner) or rules.may_take_part(code, coordinator):
                yield Choice(code, f"{code} {country_name(code, language)}", translate(group.label, language))


def _types(rules: Rules) -> Iterator[str]:
    yield from rules.eligibility.coordinator.types
    yield from rules.eligibility.partner.types
    for demand in rules.composition:
        yield from demand.types


def _categories(rules: Rules, language: str) -> Iterator[Choice]:
    if rules.structure == "costs":
        forbidden = rules.limits.categories.forbidden if rules.limits.categories else ()
        for code in Category:
            if code not in forbidden:
                yield Choice(code, f"{code} {translate(LABELS[code], language)}", "")


def _headings(rules: Rules, language: str, *, costs: bool) -> Iterator[Choice]:
    for name, heading in rules.headings.items():
        price = heading.price
        if not isinstance(price, UnitPrice) or isinstance(price, ShareOfCost) != costs:
            continue
        asks = ", ".join(key.replace("_", " ") for key in _KEYS if key in price.needs)
        meaning = translate(heading.label, language)
        yield Choice(name, name, meaning if costs or not asks else f"{meaning}: {asks}")


def _profiles(rules: Rules) -> Iterator[str]:
    for heading in rules.headings.values():
        if isinstance(heading.price, PerDay):
            for group in heading.price.groups:
                yield from group.rates


def _kinds(rules: Rules) -> Iterator[str]:
    for heading in rules.headings.values():
        if isinstance(heading.price, PerDayOfStay):
            for group in heading.price.groups:
                yield from group.rates
        elif isinstance(heading.price, PerParticipant):
            yield from heading.price.rates


def _lump_sums(rules: Rules, language: str) -> Iterator[Choice]:
    if isinstance(rules.grant_heading.price, MenuLumpSum):
        for amount in rules.lump_sums:
            yield Choice(f"{amount:f}", f"{amount:f}", euro(amount, language))
