"""Checks of work packages and activities: shares, leads, management, number."""

from collections.abc import Iterator, Mapping
from decimal import Decimal

from ka2budget.checks.case import Case
from ka2budget.finding import Finding, error, warning
from ka2budget.money import HUNDRED, cents_at_most, total

NO_WORK_PACKAGES = error(
    "work-packages-missing",
    "{title} are budgeted by work package; write [[work_packages]], one of them for management.",
)
NO_ACTIVITIES = error(
    "activities-missing", "{title} are budgeted by activity; write [[activities]] with their amounts."
)
LOOSE_ACTIVITIES = error(
    "activities-outside-work-packages", "{title} are budgeted by work package; put the activities inside one."
)
UNWANTED_PACKAGES = error(
    "work-packages-not-foreseen", "{title} are budgeted by activity, not by work package; write [[activities]] instead."
)
UNITS_WANTED = error(
    "parts-not-foreseen", "{title} are budgeted by heading; write [[units]] and [[real_costs]] instead of parts."
)
SHARES_MISSING = error("shares-missing", "{title} has {amount} but no shares; say who gets what of it.")
SHARES_DIFFER = error(
    "shares-not-amount", "The shares of {title} add up to {sum}, its amount is {amount}: {difference} apart."
)
UNKNOWN_PARTNER = error("share-of-unknown-partner", "{partner} has a share but is not among the partners {known}.")
ASSOCIATED_SHARE = error("share-of-associated-partner", "{partner} is an associated partner and cannot get money.")
ACTIVITIES_TOO_HIGH = error(
    "activities-above-work-package", "The activities of {title} add up to {sum}, more than its {amount}."
)
LEAD_MISSING = error("lead-missing", "{title} has no lead; name one of {known}.")
LEAD_UNKNOWN = error("lead-unknown", "The lead {lead} of {title} is not among the partners {known}.")
LEAD_ASSOCIATED = error(
    "lead-associated", "The lead {lead} of {title} is an associated partner; a coordinator or partner has to lead."
)
LEAD_WITHOUT_SHARE = warning("lead-without-share", "{lead} leads {title} but gets no share of it.")
PARTICIPANT_UNKNOWN = error(
    "participant-unknown", "{participant} takes part in {title} but is not among the partners {known}."
)
MANAGEMENT_MISSING = error(
    "management-missing", "No work package is for project management; mark one with management = true."
)
MANAGEMENT_TWICE = error(
    "management-not-one", "{count} work packages are marked for project management; there has to be exactly {wanted}."
)
MANAGEMENT_TOO_HIGH = error(
    "management-above-cap",
    "Project management has {amount}, above {share:percent} of the lump sum of {grant}; at most {most} is allowed.",
)
TOO_MANY = error(
    "too-many-work-packages", "There are {count} work packages; the application form takes at most {most}."
)
MANY = warning(
    "many-work-packages", "There are {count} work packages; at most {most} are recommended, management included."
)


def structure_is_that_of_the_action(case: Case) -> Iterator[Finding]:
    """The budget is divided into what the action asks for."""
    project, rules = case.project, case.rules
    source = rules.cite(rules.grant_heading.source)
    if rules.structure == "units":
        if project.work_packages or project.activities:
            where = "/work_packages" if project.work_packages else "/activities"
            yield UNITS_WANTED.at(where, source, title=rules.title)
    elif rules.structure != "activities":
        if not project.work_packages:
            yield NO_WORK_PACKAGES.at("/work_packages", source, title=rules.title)
        if project.activities:
            yield LOOSE_ACTIVITIES.at("/activities", source, title=rules.title)
    else:
        if not project.activities:
            yield NO_ACTIVITIES.at("/activities", source, title=rules.title)
        if project.work_packages:
            yield UNWANTED_PACKAGES.at("/work_packages", source, title=rules.title)


def shares_make_the_amount(case: Case) -> Iterator[Finding]:
    """The shares of each work package and activity are its amount."""
    for i, package in enumerate(case.project.work_packages):
        if not package.shares and case.rules.structure in {"activities", "work-packages"}:
            yield SHARES_MISSING.at(f"/work_packages/{i}/shares", title=package.title, amount=package.allocated)
        elif package.amount is not None:
            yield from _shares_differ(f"/work_packages/{i}/shares", package.title, package.shares, package.amount)
    for where, activity in case.activities:
        if activity.shares:
            yield from _shares_differ(f"{where}/shares", activity.title, activity.shares, activity.amount)


def _shares_differ(where: str, title: str, shares: Mapping[str, Decimal], amount: Decimal) -> Iterator[Finding]:
    shared = total(shares.values())
    if shared != amount:
        yield SHARES_DIFFER.at(where, title=title, sum=shared, amount=amount, difference=abs(shared - amount))


def shares_go_to_funded_partners(case: Case) -> Iterator[Finding]:
    """Every partner with a share exists and is not associated."""
    partners = case.partners
    places = [(f"/work_packages/{i}/shares", package.shares) for i, package in enumerate(case.project.work_packages)]
    places += [(f"{where}/shares", activity.shares) for where, activity in case.activities]
    for where, shares in places:
        for name in shares:
            if name not in partners:
                yield UNKNOWN_PARTNER.at(f"{where}/{name}", partner=name, known=tuple(partners))
            elif not partners[name].is_funded:
                yield ASSOCIATED_SHARE.at(f"{where}/{name}", partner=name)


def activities_fit_into_their_work_package(case: Case) -> Iterator[Finding]:
    """The activities inside a work package do not exceed it."""
    for i, package in enumerate(case.project.work_packages):
        inside = total(activity.amount for activity in package.activities)
        if inside > package.allocated and case.rules.structure == "work-packages":
            yield ACTIVITIES_TOO_HIGH.at(
                f"/work_packages/{i}/activities", title=package.title, sum=inside, amount=package.allocated
            )


def leads_take_part(case: Case) -> Iterator[Finding]:
    """Every work package and activity has a lead, which is a funded partner and has a share."""
    for i, package in enumerate(case.project.work_packages):
        where = f"/work_packages/{i}/lead"
        yield from _lead(case, where, package.title, package.lead)
        if package.lead and package.shares and package.lead in case.partners and not package.shares.get(package.lead):
            yield LEAD_WITHOUT_SHARE.at(where, lead=package.lead, title=package.title)
    for where, activity in case.activities:
        yield from _lead(case, f"{where}/lead", activity.title, activity.lead)


def _lead(case: Case, where: str, title: str, lead: str | None) -> Iterator[Finding]:
    partners = case.partners
    if lead is None:
        yield LEAD_MISSING.at(where, title=title, known=tuple(partners))
    elif lead not in partners:
        yield LEAD_UNKNOWN.at(where, lead=lead, title=title, known=tuple(partners))
    elif not partners[lead].is_funded:
        yield LEAD_ASSOCIATED.at(where, lead=lead, title=title)


def participants_are_partners(case: Case) -> Iterator[Finding]:
    """Whoever takes part in an activity is among the partners, associated ones included."""
    partners = case.partners
    for where, activity in case.activities:
        for i, name in enumerate(activity.participants):
            if name not in partners:
                yield PARTICIPANT_UNKNOWN.at(
                    f"{where}/participants/{i}", participant=name, title=activity.title, known=tuple(partners)
                )


def management_is_within_its_cap(case: Case) -> Iterator[Finding]:
    """Where the call asks for a management work package there is exactly one, at most the cap of the lump sum."""
    rule = case.rules.limits.management
    if rule is None or not case.project.work_packages:
        return
    source, grant = case.rules.cite(rule.source), case.budget.grant
    packages = [(i, package) for i, package in enumerate(case.project.work_packages) if package.management]
    if not packages:
        yield MANAGEMENT_MISSING.at("/work_packages", source)
    elif len(packages) != rule.work_packages:
        yield MANAGEMENT_TWICE.at("/work_packages", source, count=len(packages), wanted=rule.work_packages)
    amount, most = total(package.allocated for _, package in packages), rule.max_share * grant
    if amount > most:
        yield MANAGEMENT_TOO_HIGH.at(
            f"/work_packages/{packages[0][0]}",
            source,
            amount=amount,
            share=rule.max_share * HUNDRED,
            grant=grant,
            most=cents_at_most(most),
        )


def number_is_within_limits(case: Case) -> Iterator[Finding]:
    """There are not more work packages than the form takes, nor than is recommended."""
    count, limits = len(case.project.work_packages), case.rules.limits
    if limits.work_packages is not None and count > limits.work_packages.max:
        yield TOO_MANY.at(
            "/work_packages", case.rules.cite(limits.work_packages.source), count=count, most=limits.work_packages.max
        )
    elif limits.recommended_work_packages is not None and count > limits.recommended_work_packages.max:
        rule = limits.recommended_work_packages
        yield MANY.at("/work_packages", case.rules.cite(rule.source), count=count, most=rule.max)
