"""How each amount of a budget came about, with document and page or the doubt."""

from collections.abc import Iterator
from decimal import Decimal

from ka2budget.budget import Budget, Line
from ka2budget.errors import NoSuchName
from ka2budget.formulas import DetailedBudget, LumpSum
from ka2budget.model import Eur, Model
from ka2budget.money import HUNDRED, cents_at_most, total
from ka2budget.pricing import price_units
from ka2budget.project import Project
from ka2budget.rules import Rules
from ka2budget.rules.tables import GrantLimits

PROJECT_FILE = "project file"
HEADINGS = "the headings, each with its own source"


class Term(Model):
    """One summand of an explained amount."""

    what: str
    amount: Eur


class Explanation(Model):
    """One amount in EUR, the summands that make it, and what it rests on."""

    what: str
    """Short name: grant, own-part, a work package, an activity or a partner."""
    label: str
    amount: Eur
    terms: tuple[Term, ...] = ()
    """They add up to the amount."""
    note: str = ""
    source: str | None = None
    doubt: str | None = None


def explain(project: Project, rules: Rules, budget: Budget, what: str | None = None) -> tuple[Explanation, ...]:
    """Return the explanation of one amount, or of all; raise NoSuchName, which lists the names there are."""
    everything = tuple(_all(project, rules, budget))
    if what is None:
        return everything
    found = tuple(one for one in everything if one.what == what)
    if not found:
        raise NoSuchName("amount", what, list(dict.fromkeys(one.what for one in everything)))
    return found


def _all(project: Project, rules: Rules, budget: Budget) -> Iterator[Explanation]:
    heading, parts = rules.grant_heading, budget.parts
    grant = tuple(Term(what=name, amount=part.amount) for name, part in parts.items())
    by_units = rules.structure == "units"
    yield Explanation(
        what="grant",
        label="Sum of the headings" if by_units else heading.label,
        amount=budget.grant,
        terms=grant if budget.planned == budget.grant else (),
        note=_how_the_grant_comes_about(project, rules, budget),
        source=HEADINGS if by_units else rules.cite(heading.source),
        doubt=None if by_units else heading.doubt,
    )
    if budget.total_cost is not None:
        rule = rules.limits.estimated_cost or heading
        yield Explanation(
            what="own-part",
            label="Carried by the partners",
            amount=budget.total_cost - budget.grant,
            terms=(Term(what="whole cost", amount=budget.total_cost), Term(what="grant", amount=-budget.grant)),
            source=PROJECT_FILE if by_units else rules.cite(rule.source),
        )
    yield from _management(project, rules, budget)
    yield from _costs(project, rules, budget)
    source = PROJECT_FILE if isinstance(heading.price, LumpSum) else rules.cite(heading.source)
    if by_units:
        source = HEADINGS
        yield from _units(project, rules, budget)
    else:
        yield from _shares(project, budget, source)
    yield from _partners(project, budget, source)


def _how_the_grant_comes_about(project: Project, rules: Rules, budget: Budget) -> str:
    price = rules.grant_heading.price
    if isinstance(price, LumpSum):
        if len(price.offers(project.variant)) == 1:
            return f"the lump sum of call {rules.call}"
        menu = " / ".join(f"{amount:,.0f}" for amount in rules.lump_sums)
        return f"chosen from the menu of call {rules.call}: {menu}"
    if not isinstance(price, DetailedBudget):
        return "units x rate, and real costs, within the ceilings of the call"
    most, rate = price.maximum(project.months), (budget.rate or price.rate) * HUNDRED
    limit = "no maximum" if most is None else f"at most {most:,.2f}"
    return f"{rate:.4f}% of costs of {budget.total_cost:,.2f}; the call covers {price.rate * HUNDRED:.0f}%, {limit}"


def _shares(project: Project, budget: Budget, source: str | None) -> Iterator[Explanation]:
    parts = budget.parts
    titles = {package.id: package.title for package in project.work_packages}
    titles |= {activity.id: activity.title for activity in project.activities}
    for name, part in parts.items():
        yield Explanation(
            what=name,
            label=titles[name],
            amount=part.amount,
            terms=tuple(Term(what=partner, amount=amount) for partner, amount in part.partners.items()),
            note=f"{part.percent}% of what is planned",
            source=source,
        )


def _partners(project: Project, budget: Budget, source: str | None) -> Iterator[Explanation]:
    parts = budget.parts
    for partner in project.partners:
        own = budget.partners[partner.id]
        terms = ((name, part.partners.get(partner.id, Decimal(0))) for name, part in parts.items())
        yield Explanation(
            what=partner.id,
            label=partner.name,
            amount=own.grant,
            terms=tuple(Term(what=name, amount=amount) for name, amount in terms if amount),
            note=f"{own.percent}% of what is planned",
            source=source,
        )


def _units(project: Project, rules: Rules, budget: Budget) -> Iterator[Explanation]:
    """Explain each heading charge by charge, with what a ceiling or the maximum of the project takes off."""
    priced = price_units(project, rules, project.units, project.real_costs)
    ceilings = {cut.heading: cut.ceiling for cut in priced.cuts}
    for name, part in budget.headings.items():
        heading = rules.headings[name]
        lines = [line for line in budget.lines if line.heading == name]
        calculated, awarded = total(line.amount for line in lines), total(priced.awarded[name].values())
        terms = [Term(what=_charge(line), amount=line.amount) for line in lines]
        if awarded != calculated:
            terms.append(Term(what=f"above the ceiling of {ceilings[name]:,.2f}", amount=awarded - calculated))
        if part.amount != awarded:
            terms.append(Term(what="above the maximum of the project", amount=part.amount - awarded))
        yield Explanation(
            what=name,
            label=heading.label,
            amount=part.amount,
            terms=tuple(terms),
            note=f"{part.percent}% of the grant",
            source=rules.cite(heading.source),
            doubt=heading.doubt,
        )
    rule = rules.limits.grant
    if rule is not None and priced.most is not None:
        yield Explanation(
            what="grant-maximum",
            label="Most that the grant may be",
            amount=priced.most,
            note=_maximum(rule, project.months),
            source=rules.cite(rule.source),
            doubt=rule.doubt,
        )


def _maximum(rule: GrantLimits, months: int) -> str:
    if rule.per_month is not None:
        return f"{rule.per_month:,.2f} x {months} months"
    if rule.per_organisation_and_year is not None:
        return f"{rule.per_organisation_and_year:,.2f} for each organisation and year, {months} months"
    return f"for {months} months"


def _charge(line: Line) -> str:
    label = f" {line.label}" if line.label else ""
    label += f" ({line.detail})" if line.detail else ""
    per = f" / {line.per}" if line.per != 1 else ""
    return f"{line.partner}{label}: {line.quantity:,f} x {line.rate:,f}{per}"


def _costs(project: Project, rules: Rules, budget: Budget) -> Iterator[Explanation]:
    """Explain the costs of each partner, line by line: quantity x rate = amount."""
    price = rules.grant_heading.price
    if not isinstance(price, DetailedBudget):
        return
    source, without = rules.cite(rules.grant_heading.source), ", ".join(price.without_indirect)
    for partner in project.partners:
        lines = [line for line in budget.lines if line.partner == partner.id]
        own = budget.partners[partner.id]
        if not lines or own.cost is None or own.indirect is None:
            continue
        terms = [
            Term(what=f"{line.work_package} {line.heading}: {line.quantity} x {line.rate}", amount=line.amount)
            for line in lines
        ]
        flat = f"{price.indirect * HUNDRED:.0f}% indirect costs, by work package, without {without}"
        yield Explanation(
            what=f"{partner.id}-costs",
            label=f"Costs of {partner.name}",
            amount=own.cost,
            terms=(*terms, Term(what=flat, amount=own.indirect)),
            source=source,
            doubt=rules.grant_heading.doubt,
        )


def _management(project: Project, rules: Rules, budget: Budget) -> Iterator[Explanation]:
    rule = rules.limits.management
    packages = [package.id for package in project.work_packages if package.management]
    if rule is None or len(packages) != 1:
        return
    part = budget.work_packages[packages[0]]
    yield Explanation(
        what="management-cap",
        label="Most that project management may have",
        amount=cents_at_most(rule.max_share * budget.grant),
        note=f"{rule.max_share * HUNDRED:.2f}% of {budget.grant:,.2f}; {packages[0]} has {part.amount:,.2f}",
        source=rules.cite(rule.source),
        doubt=rule.doubt,
    )
