"""Partners as the rules of a call narrow them: countries by role, types, and how many of them count."""

from collections.abc import Iterable, Iterator

from ka2budget.project import Role
from ka2budget.rules import Composition, Participation, Rules
from ka2budget.schema.pieces import Schema, add, contained, given, replace, where
from ka2budget.text import country_name

_ALIASES = {"GR": "EL", "GB": "UK"}
"""The codes of the European institutions, which are understood too."""


def narrow_partners(rules: Rules, code: str, whole: Schema) -> Iterator[Schema]:
    """Narrow the partners of a project; yield what holds for some variants alone."""
    partner, everywhere = whole["$defs"]["Partner"], tuple(rules.country_groups)
    named = [{"const": one, "title": country_name(_own(one))} for one in _countries(rules, everywhere)]
    replace(partner["properties"], "country", {"oneOf": named}, "PL")
    eligibility = rules.eligibility
    roles: dict[Role, Participation | None] = {
        Role.COORDINATOR: eligibility.coordinator,
        Role.PARTNER: eligibility.partner,
        Role.AFFILIATED: eligibility.affiliated or eligibility.partner,
        Role.ASSOCIATED: eligibility.associated,
    }
    for role, who in roles.items():
        able = [one for one in _countries(rules, everywhere) if who is None or rules.may_take_part(_own(one), who)]
        if able and len(able) < len(named):
            add(partner, _of(role, {"properties": {"country": {"enum": able}}}))
    add(partner, _of(Role.AFFILIATED, given(["of"])))
    if eligibility.coordinator.types:
        types = {"required": ["type"], "properties": {"type": {"enum": list(eligibility.coordinator.types)}}}
        add(partner, _of(Role.COORDINATOR, types))
    demands = [
        one
        for one in rules.composition
        if (not one.codes or code in one.codes) and not one.where and not one.per_country
    ]
    always = [one for one in demands if not one.variants]
    field = whole["properties"]["partners"]
    field["minItems"] = max([1, *(one.organisations for one in always)])
    coordinator = {"required": ["role"], "properties": {"role": {"const": Role.COORDINATOR.value}}}
    add(field, contained(coordinator, 1, 1), *(_demand(rules, one) for one in always))
    for one in demands:
        for variant in one.variants:
            yield where({"variant": {"const": variant}}, {"properties": {"partners": _demand(rules, one)}})


def _of(role: Role, then: Schema) -> Schema:
    """Return that something holds for a role; who says none is a partner."""
    return where({"role": {"const": role.value}}, then, absent=role is Role.PARTNER)


def _demand(rules: Rules, demand: Composition) -> Schema:
    """Return how many partners there have to be of those that count."""
    counts: Schema = {"required": [], "properties": {"role": {"enum": [role.value for role in demand.roles]}}}
    if Role.PARTNER not in demand.roles:
        counts["required"].append("role")
    if "all" not in demand.groups:
        counts["properties"]["country"] = {"enum": _countries(rules, demand.groups)}
    if demand.types:
        counts["required"].append("type")
        counts["properties"]["type"] = {"enum": list(demand.types)}
    return contained(counts, demand.organisations, demand.most)


def _countries(rules: Rules, groups: Iterable[str]) -> list[str]:
    """Return the codes of the countries of some groups, as files may give them."""
    codes = {
        code for group in groups if group in rules.country_groups for code in rules.country_groups[group].countries
    }
    return sorted(codes | {_ALIASES[code] for code in codes & set(_ALIASES)})


def _own(code: str) -> str:
    return next((own for own, other in _ALIASES.items() if other == code), code)
