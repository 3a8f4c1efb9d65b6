"""Checks of detailed budgets: whose costs, which categories, how the grant comes out."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ka2budget.checks.case import Case
from ka2budget.finding import Finding, error, info, warning
from ka2budget.formulas import DetailedBudget
from ka2budget.money import HUNDRED, ZERO, cents_at_most
from ka2budget.project import Category, CostLine
from ka2budget.text import Word

if TYPE_CHECKING:
    from ka2budget.rules.tables import Categories

NO_COSTS = error(
    "costs-missing", "{title} are budgeted by cost lines; write [[work_packages.costs]] with units and unit_cost."
)
COSTS_UNWANTED = error(
    "costs-not-foreseen", "{title} are not budgeted by cost lines; the costs stay with the partners."
)
AMOUNT_UNWANTED = error(
    "amount-not-foreseen", "The amount of {title} is worked out from its costs; leave amount and shares out."
)
UNKNOWN_PARTNER = error("cost-of-unknown-partner", "{partner} has costs but is not among the partners {known}.")
ASSOCIATED_COST = error("cost-of-associated-partner", "{partner} is an associated partner and cannot have costs.")
FORBIDDEN = error(
    "category-not-accepted", "{label} ({category}) of {amount}: call {call} does not accept this category."
)
NOT_OF_PARTNER = error(
    "category-not-of-partner",
    "{name} from {country:country} cannot have costs of {category}; only organisations of {groups} may.",
)
LABEL_MISSING = warning("cost-without-label", "A line of {category} has no label; say what it is for.")
BELOW_MINIMUM = error("grant-below-minimum", "The grant comes to {grant}; call {call} gives at least {least}.")
MAXIMUM_UNKNOWN = warning(
    "maximum-not-known", "The maximum grant of call {call} was found in no document, so none is checked. {known}"
)
MAXIMUM_BINDS = info(
    "maximum-binds",
    "The costs of {cost} would give more than the maximum of {most}; the grant covers {rate:percent} of them.",
)
TABLE_DIFFERS = warning(
    "official-table-differs",
    "The official budget table would ask for {theirs}, {difference} above the maximum, since it adds up rounded rows; "
    "lower one cost by a little before you copy its sum.",
)
SME_OWNERS = info(
    "sme-owner-unit-cost",
    "Owners without salary count {month} a month or {day} a day, times the coefficient of their country, which is not "
    "in the catalogue; this line has {here}.",
)
TRAVEL = warning(
    "travel-unit-cost-differs", "The unit cost for {distance} km and the return trip is {unit}; this line has {here}."
)
ABOVE_SHARE = error(
    "category-above-share",
    "{category} has {amount}, above {share:percent} of the grant of {grant}; at most {most} is allowed.",
)
SUBCONTRACTING = warning(
    "subcontracting-needs-reasons",
    "Subcontracting has {amount}, {share:percent} of the costs; above {most:percent} it needs reasons of its own.",
)


def costs_are_where_the_action_wants_them(case: Case) -> Iterator[Finding]:
    """Detailed budgets have cost lines and no amounts of their own; other budgets have no cost lines."""
    rules, packages = case.rules, case.project.work_packages
    source, has_costs = rules.cite(rules.grant_heading.source), any(package.cost_lines for package in packages)
    if rules.structure != "costs":
        if has_costs:
            yield COSTS_UNWANTED.at("/work_packages", source, title=rules.title)
        return
    if not has_costs:
        yield NO_COSTS.at("/work_packages", source, title=rules.title)
    for i, package in enumerate(packages):
        if package.shares or package.amount is not None:
            yield AMOUNT_UNWANTED.at(f"/work_packages/{i}", source, title=package.title)


def costs_are_of_funded_partners(case: Case) -> Iterator[Finding]:
    """Every partner with costs exists and is not associated."""
    for i, package in enumerate(case.project.work_packages):
        for j, line in enumerate(package.cost_lines):
            number = j - len(package.costs)
            table = f"costs/{j}" if number < 0 else f"depreciation/{number}"
            partner, where = case.partners.get(line.partner), f"/work_packages/{i}/{table}/partner"
            if partner is None:
                yield UNKNOWN_PARTNER.at(where, partner=line.partner, known=tuple(case.partners))
            elif not partner.is_funded:
                yield ASSOCIATED_COST.at(where, partner=line.partner)


def categories_are_accepted(case: Case) -> Iterator[Finding]:
    """No cost is of a category the call does not accept of that partner, and free lines say what they are for."""
    rule = case.rules.limits.categories
    for i, package in enumerate(case.project.work_packages):
        for j, line in enumerate(package.cost_lines):
            number = j - len(package.costs)
            where = f"/work_packages/{i}/costs/{j}" if number < 0 else f"/work_packages/{i}/depreciation/{number}"
            if rule is not None and (line.category in rule.forbidden or line.category in rule.only_of) and line.amount:
                yield from _not_accepted(case, rule, where, line)
            if line.category in {Category.SUBCONTRACTING, Category.OTHER_GOODS} and line.label is None:
                yield LABEL_MISSING.at(f"{where}/label", category=line.category.value)


def _not_accepted(case: Case, rule: "Categories", where: str, line: CostLine) -> Iterator[Finding]:
    source, partner = case.rules.cite(rule.source), case.partners.get(line.partner)
    if line.category in rule.forbidden:
        yield FORBIDDEN.at(
            f"{where}/category",
            source,
            label=line.label or Word("A cost"),
            category=line.category.value,
            amount=line.amount,
            call=case.rules.call,
        )
    groups = rule.only_of.get(line.category, ())
    if groups and partner is not None and case.rules.group_of(partner.country) not in groups:
        labels = tuple(case.rules.country_groups[group].label for group in groups)
        yield NOT_OF_PARTNER.at(
            f"{where}/partner", source, name=partner.name, country=partner.country, category=line.category.value,
            groups=labels,
        )  # fmt: skip


def grant_is_within_the_calls_limits(case: Case) -> Iterator[Finding]:
    """The grant reaches the call's minimum; where the maximum binds, what that does is told."""
    heading, project = case.rules.grant_heading, case.project
    if not isinstance(heading.price, DetailedBudget):
        return
    source, grant, cost = case.rules.cite(heading.source), case.budget.grant, case.budget.total_cost
    if heading.price.min_grant is not None and grant < heading.price.min_grant:
        yield BELOW_MINIMUM.at(
            "/work_packages", source, grant=grant, call=case.rules.call, least=heading.price.min_grant
        )
    most = heading.price.maximum(project.months)
    if most is None and "max_grant" in heading.unknown:
        yield MAXIMUM_UNKNOWN.at("/work_packages", source, call=case.rules.call, known=heading.unknown["max_grant"])
    if most is not None and case.budget.rate is not None and case.budget.rate < heading.price.rate:
        yield MAXIMUM_BINDS.at("/work_packages", source, cost=cost, most=most, rate=case.budget.rate * HUNDRED)
        theirs = heading.price.price(project).grant_of_table
        if theirs > most:
            yield TABLE_DIFFERS.at("/work_packages", source, theirs=theirs, difference=theirs - most)


def unit_costs_of_the_programme_are_used(case: Case) -> Iterator[Finding]:
    """Owners of small enterprises and travel are planned at the unit costs that the call uses, where they are known."""
    limits, rules = case.rules.limits, case.rules
    if limits.sme_owners is None and limits.travel is None:
        return
    for i, package in enumerate(case.project.work_packages):
        for j, line in enumerate(package.costs):
            where = f"/work_packages/{i}/costs/{j}/unit_cost"
            rule, travel = limits.sme_owners, limits.travel
            if rule is not None and line.category is Category.SME_OWNERS:
                source = rules.cite(rule.source)
                yield SME_OWNERS.at(where, source, month=rule.per_month, day=rule.per_day, here=line.unit_cost)
            if travel is None or line.category is not Category.TRAVEL or line.distance_km is None:
                continue
            unit = travel.unit(line.distance_km)
            if unit is not None and line.unit_cost != unit:
                yield TRAVEL.at(
                    where, rules.cite(travel.source), distance=f"{line.distance_km:f}", unit=unit, here=line.unit_cost
                )


def categories_are_within_their_shares(case: Case) -> Iterator[Finding]:
    """No category is above its share of the grant; much subcontracting gives its reasons."""
    limits, sums = case.rules.limits, case.budget.headings
    if limits.grant_shares is not None:
        source = case.rules.cite(limits.grant_shares.source)
        for category, share in limits.grant_shares.most.items():
            amount = sums[category].amount if category in sums else ZERO
            most = cents_at_most(share * case.budget.grant)
            if amount > most:
                label = case.rules.headings[category].label if category in case.rules.headings else category
                where = "/units" if case.rules.structure == "units" else "/work_packages"
                yield ABOVE_SHARE.at(
                    where, source, category=label, amount=amount, share=share * HUNDRED,
                    grant=case.budget.grant, most=most,
                )  # fmt: skip
    rule, cost = limits.subcontracting, case.budget.total_cost
    amount = sums[Category.SUBCONTRACTING].amount if Category.SUBCONTRACTING in sums else ZERO
    if rule is not None and cost and amount > rule.reasons_above * cost:
        yield SUBCONTRACTING.at(
            "/work_packages", case.rules.cite(rule.source), amount=amount, share=amount * HUNDRED / cost,
            most=rule.reasons_above * HUNDRED,
        )  # fmt: skip
