"""Checks of the consortium: coordinator, countries, roles, size, age of the applicant."""

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING

from ka2budget.checks.case import Case
from ka2budget.finding import Finding, error, info, warning
from ka2budget.project import Partner, Role
from ka2budget.text import Word

if TYPE_CHECKING:
    from ka2budget.rules import Composition, Participation

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
TOO_LARGE = error("too-many-organisations", "{count} organisations count here; at most {most} may.")
OF_UNUSED = warning("of-without-affiliation", "{name} names {of} in `of`, which only an affiliated entity does.")
TOO_FEW_COUNTRIES = error(
    "too-few-countries",
    "Countries of the organisations that count: {countries}; at least {wanted} are needed.",
)
TOO_FEW_OF_TYPE = error(
    "too-few-of-type",
    "{count} organisations of type {types} from {groups}; at least {wanted} are needed; `type` says it.",
)
TOO_FEW_OF_TYPE_HERE = error(
    "too-few-of-type-in-country",
    "{count} organisations of type {types} from {country:country}; {wanted} are needed there.",
)
OUT_OF_BALANCE = error(
    "groups-out-of-balance",
    "{few} organisations of third countries against {many} of Member States and associated or programme countries;"
    " there have to be as many.",
)
TOO_MANY_REGIONS = error(
    "too-many-regions", "The organisations of third countries are from {labels}; they may be from {most} region."
)
COORDINATOR_TYPE = error("coordinator-type", "The coordinator {name} has to be of type {types}; say so in `type`.")
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


ROLES = {
    Role.COORDINATOR: Word("coordinator"),
    Role.PARTNER: Word("partner"),
    Role.AFFILIATED: Word("affiliated entity"),
    Role.ASSOCIATED: Word("associated partner"),
}


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
                role=ROLES[partner.role],
                call=rules.call,
            )


def roles_are_foreseen(case: Case) -> Iterator[Finding]:
    """Affiliated entities belong to a partner, and the call knows the roles that are used."""
    eligibility, partners = case.rules.eligibility, case.partners
    unforeseen = {Role.AFFILIATED: eligibility.affiliated is None, Role.ASSOCIATED: eligibility.associated is None}
    for i, partner in enumerate(case.project.partners):
        where = f"/partners/{i}/role"
        if unforeseen.get(partner.role):
            yield ROLE.at(where, name=partner.name, role=ROLES[partner.role], title=case.rules.title)
        if partner.of is not None and partner.role is not Role.AFFILIATED:
            yield OF_UNUSED.at(where, name=partner.name, of=partner.of)
        owner = partners.get(partner.of or "")
        if partner.role is Role.AFFILIATED and (owner is None or owner.role not in (Role.COORDINATOR, Role.PARTNER)):
            yield AFFILIATED_OF.at(where, name=partner.name)


def consortium_is_large_enough(case: Case) -> Iterator[Finding]:
    """Every demand of the call on number, countries and types of the organisations is met; others come on top."""
    full = [partner for partner in case.project.partners if partner.role in (Role.COORDINATOR, Role.PARTNER)]
    for demand in case.rules.demands_on(case.project.action, case.project.variant):
        if demand.where and not _of_groups(case, full, demand.where):
            continue
        among = _of_groups(case, [one for one in case.project.partners if one.role in demand.roles], demand.groups)
        counted = [partner for partner in among if not demand.types or partner.type in demand.types]
        if demand.per_country:
            for country in sorted({partner.country for partner in among}):
                yield from _demand(case, demand, [one for one in counted if one.country == country], country)
        else:
            yield from _demand(case, demand, counted)
    counting = {group for demand in case.rules.composition for group in demand.groups}
    for i, partner in enumerate(case.project.partners):
        if _is_on_top(case, partner, counting):
            source = case.rules.cite(case.rules.eligibility.partner.source)
            yield ADDED_VALUE.at(f"/partners/{i}", source, name=partner.name, country=partner.country)


def _demand(case: Case, demand: "Composition", counted: list[Partner], country: str = "") -> Iterator[Finding]:
    rules, source = case.rules, case.rules.cite(demand.source)
    countries = sorted({partner.country for partner in counted})
    if len(counted) < demand.organisations:
        groups = (
            (Word("the whole world"),)
            if "all" in demand.groups
            else tuple(rules.country_groups[group].label for group in demand.groups)
        )
        found, wanted = len(counted), demand.organisations
        if demand.types:
            kind, types = (TOO_FEW_OF_TYPE_HERE if country else TOO_FEW_OF_TYPE), " or ".join(demand.types)
            yield kind.at("/partners", source, count=found, types=types, groups=groups, wanted=wanted, country=country)
        else:
            yield TOO_FEW.at("/partners", source, count=found, groups=groups, wanted=wanted)
    if demand.most is not None and len(counted) > demand.most:
        yield TOO_LARGE.at("/partners", source, count=len(counted), most=demand.most)
    if len(countries) < demand.countries and not country:
        listed = ", ".join(countries) or "none"
        yield TOO_FEW_COUNTRIES.at("/partners", source, count=len(countries), countries=listed, wanted=demand.countries)


def _of_groups(case: Case, partners: list[Partner], groups: tuple[str, ...]) -> list[Partner]:
    return [one for one in partners if "all" in groups or case.rules.group_of(one.country) in groups]


def groups_are_in_balance(case: Case) -> Iterator[Finding]:
    """Where the call asks for it, there are as many organisations of one group as of another, from one region."""
    full = [partner for partner in case.project.partners if partner.role in (Role.COORDINATOR, Role.PARTNER)]
    for parity in case.rules.parity:
        counted = [partner for partner in full if not parity.types or partner.type in parity.types]
        few, many = (len(_of_groups(case, counted, groups)) for groups in (parity.of, parity.as_of))
        if few < many:
            yield OUT_OF_BALANCE.at("/partners", case.rules.cite(parity.source), few=few, many=many)
    rule = case.rules.limits.regions
    if rule is not None:
        found = {case.rules.group_of(partner.country) for partner in full}
        regions = sorted(group for group in found if group is not None and group.startswith("region-"))
        if len(regions) > rule.max:
            labels = tuple(case.rules.country_groups[region].label for region in regions)
            yield TOO_MANY_REGIONS.at("/partners", case.rules.cite(rule.source), labels=labels, most=rule.max)


def coordinator_is_of_the_right_type(case: Case) -> Iterator[Finding]:
    """The coordinator is of a type the call names, where it names any."""
    who, coordinator = case.rules.eligibility.coordinator, case.project.coordinator
    if who.types and coordinator is not None and coordinator.type not in who.types:
        where = f"/partners/{case.project.partners.index(coordinator)}/type"
        types = " or ".join(who.types)
        yield COORDINATOR_TYPE.at(where, case.rules.cite(who.source), name=coordinator.name, types=types)


def _is_on_top(case: Case, partner: Partner, counted: set[str]) -> bool:
    return (
        partner.role is Role.PARTNER
        and "all" not in counted
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
