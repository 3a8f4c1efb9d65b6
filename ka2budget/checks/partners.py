"""Checks of the consortium: coordinator, countries, roles, size, age of the applicant."""

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING

from ka2budget.checks.case import Case
from ka2budget.finding import Finding, error, info, warning
from ka2budget.project import Partner, Role

if TYPE_CHECKING:
    from ka2budget.rules import Participation

NO_COORDINATOR = error("coordinator-missing", "No partner is the coordinator; give one of them that role.")
COORDINATORS = error("several-coordinators", "{names} are all coordinator; there has to be exactly one.")
UNKNOWN_COUNTRY = error(
    "country-unknown", "{country} of {name} is not a country of call {call}; use ISO 3166 codes such as PL."
)
COUNTRY = error(
    "country-not-eligible",
    "{name} is from {country:country}; organisations from there cannot be {role} in call {call}.",
)
ROLE = warning("role-not-foreseen", "{name} is {role}, a role the call's documents do not name for {title}.")
AFFILIATED_OF = error("affiliated-of", "{name} is an affiliated entity; `of` has to name a coordinator or partner.")
TOO_FEW = error(
    "too-few-organisations",
    "Organisations that count ({groups}): {count}; at least {wanted} are needed, others come on top.",
)
OF_UNUSED = warning("of-without-affiliation", "{name} names {of} in `of`, which only an affiliated entity does.")
TOO_FEW_COUNTRIES = error(
    "too-few-countries",
    "Countries of the organisations that count: {countries}; at least {wanted} are needed.",
)
ADDED_VALUE = info(
    "essential-added-value",
    "{name} from {country:country} comes on top of the minimum and has to bring essential added value; say which.",
)
AGE_UNKNOWN = warning(
    "applicant-age-unknown",
    "The applicant has to be established {years} years before {deadline}; give `established` to have it checked.",
)
TOO_YOUNG = error(
    "applicant-too-young",
    "The applicant was established on {established}; it has to be {years} years old on {deadline}, so by {latest}.",
)
CONDITION = info("applicant-condition", "To be judged by people: {condition}")


def one_coordinator(case: Case) -> Iterator[Finding]:
    """Exactly one partner is the coordinator."""
    names = [partner.name for partner in case.project.partners if partner.role is Role.COORDINATOR]
    if not names:
        yield NO_COORDINATOR.at("/partners")
    elif len(names) > 1:
        yield COORDINATORS.at("/partners", names=names)


def countries_may_take_part(case: Case) -> Iterator[Finding]:
    """Every organisation is from a country that may have its role in this call."""
    rules, eligibility = case.rules, case.rules.eligibility
    roles: dict[Role, Participation | None] = {
        Role.COORDINATOR: eligibility.coordinator,
        Role.PARTNER: eligibility.partner,
        Role.AFFILIATED: eligibility.affiliated or eligibility.partner,
        Role.ASSOCIATED: eligibility.associated,
    }
    for i, partner in enumerate(case.project.partners):
        where, who = f"/partners/{i}/country", roles[partner.role]
        if rules.group_of(partner.country) is None:
            yield UNKNOWN_COUNTRY.at(where, country=partner.country, name=partner.name, call=rules.call)
        elif who is not None and not rules.may_take_part(partner.country, who):
            yield COUNTRY.at(
                where,
                rules.cite(who.source),
                name=partner.name,
                country=partner.country,
                role=partner.role.value,
                call=rules.call,
            )
    if eligibility.coordinator.condition:
        source = rules.cite(eligibility.coordinator.source)
        yield CONDITION.at("/partners", source, condition=eligibility.coordinator.condition)


def roles_are_foreseen(case: Case) -> Iterator[Finding]:
    """Affiliated entities belong to a partner, and the call knows the roles that are used."""
    eligibility, partners = case.rules.eligibility, case.partners
    unforeseen = {Role.AFFILIATED: eligibility.affiliated is None, Role.ASSOCIATED: eligibility.associated is None}
    for i, partner in enumerate(case.project.partners):
        where = f"/partners/{i}/role"
        if unforeseen.get(partner.role):
            yield ROLE.at(where, name=partner.name, role=partner.role.value, title=case.rules.title)
        if partner.of is not None and partner.role is not Role.AFFILIATED:
            yield OF_UNUSED.at(where, name=partner.name, of=partner.of)
        owner = partners.get(partner.of or "")
        if partner.role is Role.AFFILIATED and (owner is None or owner.role not in (Role.COORDINATOR, Role.PARTNER)):
            yield AFFILIATED_OF.at(where, name=partner.name)


def consortium_is_large_enough(case: Case) -> Iterator[Finding]:
    """Enough organisations from enough countries that count; others come on top."""
    rules = case.rules
    full = [
        (i, partner)
        for i, partner in enumerate(case.project.partners)
        if partner.role in (Role.COORDINATOR, Role.PARTNER)
    ]
    for demand in rules.composition:
        counted = [partner for _, partner in full if rules.group_of(partner.country) in demand.groups]
        countries = sorted({partner.country for partner in counted})
        source = rules.cite(demand.source)
        if len(counted) < demand.organisations:
            groups = ", ".join(rules.country_groups[group].label for group in demand.groups)
            yield TOO_FEW.at("/partners", source, count=len(counted), groups=groups, wanted=demand.organisations)
        if len(countries) < demand.countries:
            listed = ", ".join(countries) or "none"
            yield TOO_FEW_COUNTRIES.at(
                "/partners", source, count=len(countries), countries=listed, wanted=demand.countries
            )
        for i, partner in full:
            if _is_on_top(case, partner, demand.groups):
                yield ADDED_VALUE.at(
                    f"/partners/{i}",
                    rules.cite(rules.eligibility.partner.source),
                    name=partner.name,
                    country=partner.country,
                )


def _is_on_top(case: Case, partner: Partner, counted: tuple[str, ...]) -> bool:
    return (
        partner.role is Role.PARTNER
        and case.rules.group_of(partner.country) not in counted
        and case.rules.may_take_part(partner.country, case.rules.eligibility.partner)
    )


def applicant_is_old_enough(case: Case) -> Iterator[Finding]:
    """The applicant exists as long as the call asks on the day of the deadline."""
    rule, applicant = case.rules.limits.applicant_age, case.project.coordinator
    rounds = [round_ for round_ in case.rules.rounds_of(case.project.action) if round_.round == case.project.round]
    if rule is None or applicant is None or not rounds:
        return
    deadline = rounds[0].deadline.date()
    latest = _years_before(deadline, rule.years)
    where = f"/partners/{case.project.partners.index(applicant)}/established"
    source = case.rules.cite(rule.source)
    if applicant.established is None:
        yield AGE_UNKNOWN.at(where, source, years=rule.years, deadline=deadline)
    elif applicant.established > latest:
        yield TOO_YOUNG.at(
            where, source, established=applicant.established, years=rule.years, deadline=deadline, latest=latest
        )


def _years_before(day: date, years: int) -> date:
    last_of_february = day.replace(day=28) if (day.month, day.day) == (2, 29) else day
    return last_of_february.replace(year=day.year - years)
