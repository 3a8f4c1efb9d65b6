"""An example consortium: the smallest we find that meets every demand of a call on countries and types."""

from dataclasses import dataclass

from ka2budget.project import Role
from ka2budget.rules import Composition, Rules

_PASSES = 20  # each pass meets at least one more demand; the calls have fewer


@dataclass(slots=True)
class Member:
    """One organisation of an example consortium."""

    country: str
    type: str | None = None
    role: Role = Role.PARTNER
    """The first of all is the coordinator, whatever stands here."""


def example_consortium(rules: Rules, code: str, variant: str | None = None) -> list[Member]:
    """Return members that meet the demands of a call on a code and a variant of it, the coordinator first."""
    members: list[Member] = []
    for _ in range(_PASSES):
        before = [(one.country, one.type) for one in members]
        for demand in sorted(rules.demands_on(code, variant), key=lambda one: (bool(one.types), one.per_country)):
            _meet(rules, demand, members)
        _balance(rules, members)
        if before == [(one.country, one.type) for one in members]:
            break
    if not members:  # the demands of the call are not known
        members = [Member(_countries(rules, rules.eligibility.coordinator.groups, [])[0])]
    return _coordinator_first(rules, members)


def _meet(rules: Rules, demand: Composition, members: list[Member]) -> None:
    among = [one for one in members if one.role in demand.roles and _is_of(rules, one.country, demand.groups)]
    if demand.where and not any(_is_of(rules, one.country, demand.where) for one in members):
        return
    if demand.per_country:
        for country in {one.country: None for one in among}:
            _add(demand, members, [one for one in among if one.country == country], [country], 1)
        return
    _add(demand, members, among, _countries(rules, demand.groups, among), demand.countries)


def _add(demand: Composition, members: list[Member], among: list[Member], countries: list[str], least: int) -> None:
    """Add members, or give those without a type one, until the demand is met; countries in the order of taking."""
    counted = [one for one in among if not demand.types or one.type in demand.types]
    for one in among:
        if demand.types and one.type is None and _lacks(demand, counted, least, one.country):
            one.type = demand.types[0]
            counted.append(one)
    while len(counted) < demand.organisations or len({one.country for one in counted}) < least:
        here = {one.country for one in counted}
        new = [country for country in countries if country not in here]
        place = new[0] if len(here) < least and new else countries[len(counted) % max(least, 1) % len(countries)]
        role = Role.ASSOCIATED if members and Role.ASSOCIATED in demand.roles else Role.PARTNER
        member = Member(place, demand.types[0] if demand.types else None, role)
        members.append(member)
        counted.append(member)


def _lacks(demand: Composition, counted: list[Member], least: int, country: str) -> bool:
    here = {one.country for one in counted}
    return len(counted) < demand.organisations or (len(here) < least and country not in here)


def _balance(rules: Rules, members: list[Member]) -> None:
    for parity in rules.parity:
        counted = [one for one in members if not parity.types or one.type in parity.types]
        few = [one for one in counted if _is_of(rules, one.country, parity.of)]
        many = sum(_is_of(rules, one.country, parity.as_of) for one in counted)
        place = few[0].country if few else _countries(rules, parity.of, [])[0]
        kind = parity.types[0] if parity.types else None
        members += (Member(place, kind) for _ in range(many - len(few)))


def _coordinator_first(rules: Rules, members: list[Member]) -> list[Member]:
    who = rules.eligibility.coordinator
    able = [one for one in members if one.role is Role.PARTNER and rules.may_take_part(one.country, who)]
    fitting = [one for one in able if not who.types or one.type in who.types]
    if not fitting:
        fitting = [one for one in able if one.type is None] or able
        fitting[0].type = who.types[0]
    return [fitting[0], *(one for one in members if one is not fitting[0])]


def _countries(rules: Rules, groups: tuple[str, ...], among: list[Member]) -> list[str]:
    """Return the countries of groups that may take part: those already there first, then group by group."""
    there = list({one.country: None for one in among})
    names = rules.country_groups if "all" in groups else groups
    partner = rules.eligibility.partner
    others = (country for name in names for country in sorted(rules.country_groups[name].countries))
    return [*there, *(one for one in others if rules.may_take_part(one, partner) and one not in there)]


def _is_of(rules: Rules, country: str, groups: tuple[str, ...]) -> bool:
    return "all" in groups or rules.group_of(country) in groups
