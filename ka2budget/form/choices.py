"""What may be chosen in a form: countries, roles, types, categories, headings, profiles, each with its meaning."""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple, TypeVar

from ka2budget.annex.categories import LABELS
from ka2budget.form.fields import Field
from ka2budget.form.shape import tables
from ka2budget.form.words import EXAMPLE
from ka2budget.formulas import MenuLumpSum, PerDay, PerDayOfStay, PerParticipant, ShareOfCost, UnitPrice
from ka2budget.project import Category, Project, Role
from ka2budget.report import Delivered
from ka2budget.rules import ProjectScore, Rules
from ka2budget.text import country_name, euro, key_word, message, translate

_ASKED = ("months", "days", "participants", "students", "profile", "kind", "country", "distance_km", "green", "cost")
_ROLES = {
    Role.COORDINATOR: message("signs the grant agreement and leads the project"),
    Role.PARTNER: message("takes part and receives a share of the grant"),
    Role.AFFILIATED: message("affiliated entity of a partner, named under 'Belongs to'"),
    Role.ASSOCIATED: message("takes part without money of the grant"),
}
_DELIVERED = {
    Delivered.YES: message("carried out as agreed"),
    Delivered.PARTLY: message("carried out in part; say in the comment what is missing"),
    Delivered.NO: message("not carried out"),
}
_Key = TypeVar("_Key", bound=str)


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
        **worded(rules, language),
        "costs.category": Choices(message("Categories"), tuple(_categories(rules, language)), is_closed=True),
        "project.lump_sum": Choices(message("Lump sums"), tuple(_lump_sums(rules, language)), is_closed=False),
        "country": Choices(message("Countries"), tuple(_countries(rules, language)), is_closed=False),
    }
    return {name: one for name, one in lists.items() if one.choices}


def worded(rules: Rules, language: str = "en") -> dict[str, Choices]:
    """Return the lists of a call in which words stand for keys."""
    report = rules.final_report
    criteria = report.criteria if isinstance(report, ProjectScore) else {}
    variants = tuple(Choice(name, label.say(language), "") for name, label in rules.variants.items())
    lists = {
        **worded_in_every_call(language),
        "partners.type": Choices(message("Types"), _keys(_types(rules), language), is_closed=False),
        "units.heading": Choices(
            message("Headings of units"), tuple(_headings(rules, language, costs=False)), is_closed=True
        ),
        "real_costs.heading": Choices(
            message("Headings of real costs"), tuple(_headings(rules, language, costs=True)), is_closed=True
        ),
        "units.profile": Choices(message("Profiles"), _keys(_profiles(rules), language), is_closed=False),
        "units.kind": Choices(message("Kinds"), _keys(_kinds(rules), language), is_closed=False),
        "project.variant": Choices(message("Kinds of project"), variants, is_closed=True),
        "assessment.criteria.key": Choices(message("Criteria"), _keys(criteria, language), is_closed=False),
    }
    return {name: one for name, one in lists.items() if one.choices}


def worded_in_every_call(language: str = "en") -> dict[str, Choices]:
    """Return the lists in which words stand for keys, whatever the call."""
    return {
        "partners.role": Choices(message("Roles"), _meant(_ROLES, language), is_closed=True),
        "delivered": Choices(message("Delivered"), _meant(_DELIVERED, language), is_closed=True),
    }


def list_of(field: Field, of: str, lists: Mapping[str, Choices]) -> str:
    """Return the name of the list a field of a table is chosen from: its own, one of its name, or one of its kind."""
    return next((one for one in (f"{of}.{field.name}", field.name) if one in lists), field.kind)


def shown(text: str, field: Field, of: str, lists: Mapping[str, Choices], language: str) -> str:
    """Return how a value of a field of a table stands in its cell: a word for a key, a country with its name."""
    listed = lists.get(list_of(field, of, lists))
    found = next((one.shown for one in listed.choices if one.value == text), None) if listed else None
    if found is None and field.kind == "country":
        name = country_name(text, language)
        found = text if name == text else f"{text} {name}"
    return found or text


def example(text: str, field: Field, of: str, lists: Mapping[str, Choices], language: str) -> str:
    """Return how an example stands in a form: as a value would, else in the words of the language."""
    found = shown(text, field, of, lists, language)
    return translate(EXAMPLE, language).format(example=translate(text, language) if found == text else found)


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
    """Return the lists of a report on a project: those of its call, and the partners."""
    partners = (Choice(one.id, one.id, one.name) for one in project.partners if one.is_funded)
    return choices(rules, language) | {
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


def _keys(keys: Iterable[str], language: str) -> tuple[Choice, ...]:
    return tuple(Choice(key, key_word(key).say(language), "") for key in dict.fromkeys(keys))


def _meant(meanings: Mapping[_Key, str], language: str) -> tuple[Choice, ...]:
    return tuple(
        Choice(key, key_word(key).say(language), translate(meaning, language)) for key, meaning in meanings.items()
    )


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
        labels = {one.field.name: one.label for one in tables()["units"].columns}
        asks = ", ".join(translate(labels[key], language) for key in _ASKED if key in price.needs)
        yield Choice(name, heading.label.say(language), "" if costs else asks)


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
