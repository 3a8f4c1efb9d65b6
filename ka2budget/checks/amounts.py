"""Checks of sums: the lump sum, what it is divided into, and who gets it."""

from collections.abc import Iterator

from ka2budget.checks.case import Case
from ka2budget.finding import Finding, error, info, warning
from ka2budget.formulas import FlatRate, LumpSum, LumpSumByType
from ka2budget.money import total
from ka2budget.rules import unconfirmed
from ka2budget.text import Word

LUMP_SUM_MISSING = error("lump-sum-missing", "The lump sum is not given; choose one of {menu} as lump_sum.")
LUMP_SUM_UNWANTED = error(
    "lump-sum-not-chosen", "The lump sum is not chosen but worked out: {grant}; leave lump_sum out."
)
LUMP_SUM_OF_ANOTHER = error(
    "lump-sum-of-another-variant", "The lump sum of {variant} is {menu}, not {lump_sum}; that is for {others}."
)
LUMP_SUM_NOT_ON_MENU = error(
    "lump-sum-not-on-menu", "A lump sum of {lump_sum} is not offered; call {call} has {menu} and nothing in between."
)
SUM_TOO_LOW = error(
    "sum-below-lump-sum",
    "The {parts} add up to {planned}: {difference} less than the lump sum of {grant}. They have to make it exactly.",
)
SUM_TOO_HIGH = error(
    "sum-above-lump-sum",
    "The {parts} add up to {planned}: {difference} more than the lump sum of {grant}. They have to make it exactly.",
)
COST_MISSING = warning(
    "estimated-cost-missing", "The estimated cost is not given; it has to be higher than the lump sum of {grant}."
)
COST_TOO_LOW = error(
    "estimated-cost-too-low",
    "The estimated cost of {cost} has to be higher than the lump sum of {grant}; no percentage is asked for.",
)
PARTNER_COSTS = warning(
    "partner-costs-not-total",
    "The partners' estimated costs add up to {sum}, the project's is {cost}; they should agree.",
)
NO_SHARE = warning("partner-without-share", "{name} gets no share of the grant; is it an associated partner?")
MOST = warning(
    "partner-above-half",
    "{name} gets {grant}, {percent:percent} of the grant; assessors look for a balanced partnership.",
)
ASSIGNED_TO_LEAD = info("amount-goes-to-lead", "No shares are given, so the whole {amount} counts for the lead {lead}.")


def lump_sum_is_on_the_menu(case: Case) -> Iterator[Finding]:
    """The lump sum is one of those the call offers."""
    price, chosen = case.rules.grant_heading.price, case.project.lump_sum
    source = case.rules.cite(case.rules.grant_heading.source)
    if not isinstance(price, LumpSum):
        if chosen is not None:
            yield LUMP_SUM_UNWANTED.at("/lump_sum", source, grant=case.budget.grant)
        return
    menu = tuple(price.offers(case.project.variant))
    if not menu:  # the variant is not known, which another check says
        return
    if price.grant(case.project) is None:
        yield LUMP_SUM_MISSING.at("/lump_sum", source, menu=menu)
    elif isinstance(price, LumpSumByType) and chosen in price.on_offer and chosen not in menu:
        variants = case.rules.variants
        others = tuple(variants[name] for name, amount in price.amounts.items() if amount == chosen)
        variant = variants[case.project.variant or ""]
        yield LUMP_SUM_OF_ANOTHER.at("/lump_sum", source, variant=variant, menu=menu, lump_sum=chosen, others=others)
    elif chosen is not None and chosen not in menu:
        yield LUMP_SUM_NOT_ON_MENU.at("/lump_sum", source, lump_sum=chosen, call=case.project.call, menu=menu)


def parts_make_the_lump_sum(case: Case) -> Iterator[Finding]:
    """Activities or work packages add up to the lump sum, to the cent."""
    grant, planned = case.budget.grant, case.budget.planned
    if planned and planned != grant:
        kind, difference = (SUM_TOO_LOW, grant - planned) if planned < grant else (SUM_TOO_HIGH, planned - grant)
        source = case.rules.cite(case.rules.grant_heading.source)
        parts, where = Word("work packages"), "/work_packages"
        if case.rules.structure == "activities":
            parts, where = Word("activities"), "/activities"
        yield kind.at(where, source, parts=parts, planned=planned, difference=difference, grant=grant)


def cost_is_above_the_lump_sum(case: Case) -> Iterator[Finding]:
    """The estimated cost is higher than the lump sum."""
    rule, cost = case.rules.limits.estimated_cost, case.project.estimated_cost
    if rule is None:
        return
    if cost is None:
        yield COST_MISSING.at("/estimated_cost", case.rules.cite(rule.source), grant=case.budget.grant)
    elif cost <= case.budget.grant:
        yield COST_TOO_LOW.at("/estimated_cost", case.rules.cite(rule.source), cost=cost, grant=case.budget.grant)


def partner_costs_make_the_cost(case: Case) -> Iterator[Finding]:
    """Where every funded partner names its cost, they add up to the project's."""
    costs = [partner.estimated_cost for partner in case.project.partners if partner.is_funded]
    given = [cost for cost in costs if cost is not None]
    cost = case.project.estimated_cost
    if cost is not None and given and len(given) == len(costs) and total(given) != cost:
        yield PARTNER_COSTS.at("/estimated_cost", sum=total(given), cost=cost)


def every_partner_has_a_share(case: Case) -> Iterator[Finding]:
    """Every funded partner gets some of the grant."""
    for i, partner in enumerate(case.project.partners):
        if case.budget.planned and partner.is_funded and not case.budget.partners[partner.id].grant:
            yield NO_SHARE.at(f"/partners/{i}", name=partner.name)


def amounts_without_shares_go_to_the_lead(case: Case) -> Iterator[Finding]:
    """Where an activity has no shares, its lead gets all of it, and is told."""
    if case.rules.structure == "activities":
        for where, activity in case.activities:
            if not activity.shares:
                yield ASSIGNED_TO_LEAD.at(f"{where}/amount", amount=activity.amount, lead=activity.lead)


def no_partner_has_the_most(case: Case) -> Iterator[Finding]:
    """No partner of several gets more than half of the grant."""
    if sum(partner.is_funded for partner in case.project.partners) == 1:
        return
    for i, partner in enumerate(case.project.partners):
        part = case.budget.partners[partner.id]
        if part.grant * 2 > case.budget.planned:
            yield MOST.at(f"/partners/{i}", name=partner.name, grant=part.grant, percent=part.percent)


def rules_are_confirmed(case: Case) -> Iterator[Finding]:
    """Every rule the budget rests on stands in an official document, or its doubt is told."""
    in_use: set[str | None] = {case.rules.group_of(partner.country) for partner in case.project.partners}
    in_use |= {partner.role.value for partner in case.project.partners}
    if case.rules.structure == "units":
        in_use |= {unit.heading for unit in case.project.units} | {cost.heading for cost in case.project.real_costs}
        in_use |= {name for name, one in case.rules.headings.items() if isinstance(one.price, FlatRate)}
    else:
        in_use |= set(case.rules.headings)
    in_use |= {line.category for package in case.project.work_packages for line in package.cost_lines}
    shares = case.rules.limits.grant_shares
    if shares is not None and in_use & set(shares.most):
        in_use.add("grant_shares")
    doubts = case.rules.doubts("headings", "eligibility", "composition", "limits", "rounds", "countries")
    yield from unconfirmed(case.rules, (doubt for doubt in doubts if _concerns(doubt.path, in_use)))


def _concerns(path: str, in_use: set[str | None]) -> bool:
    """Return whether a rule about a country group, a role, a heading or a share is one the project needs."""
    section, _, name = path.partition(".")
    return name in in_use or (section not in {"countries", "eligibility", "headings"} and name != "grant_shares")
