"""How each amount of a budget came about, with document and page or the doubt."""

from collections.abc import Iterator
from decimal import Decimal

from ka2budget.budget import Budget
from ka2budget.errors import NoSuchName
from ka2budget.model import Eur, Model
from ka2budget.money import HUNDRED, cents_at_most
from ka2budget.project import Project
from ka2budget.rules import Rules


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
        raise NoSuchName("amount", what, [one.what for one in everything])
    return found


def _all(project: Project, rules: Rules, budget: Budget) -> Iterator[Explanation]:
    heading = next(iter(rules.headings.values()))
    parts = budget.work_packages or budget.activities
    titles = {package.id: package.title for package in project.work_packages}
    titles |= {activity.id: activity.title for activity in project.activities}
    menu = " / ".join(f"{amount:,.0f}" for amount in rules.lump_sums)
    yield Explanation(
        what="grant",
        label=heading.label,
        amount=budget.grant,
        terms=tuple(Term(what=name, amount=part.amount) for name, part in parts.items())
        if budget.planned == budget.grant
        else (),
        note=f"chosen from the menu of call {rules.call}: {menu}",
        source=rules.cite(heading.source),
        doubt=heading.doubt,
    )
    if budget.total_cost is not None:
        yield Explanation(
            what="own-part",
            label="Carried by the partners",
            amount=budget.total_cost - budget.grant,
            terms=(Term(what="estimated cost", amount=budget.total_cost), Term(what="grant", amount=-budget.grant)),
            source=rules.cite(rules.limits.estimated_cost.source) if rules.limits.estimated_cost else None,
        )
    yield from _management(project, rules, budget)
    for name, part in parts.items():
        yield Explanation(
            what=name,
            label=titles[name],
            amount=part.amount,
            terms=tuple(Term(what=partner, amount=amount) for partner, amount in part.partners.items()),
            note=f"{part.percent}% of what is planned",
            source="project file",
        )
    for partner in project.partners:
        own = budget.partners[partner.id]
        terms = ((name, part.partners.get(partner.id, Decimal(0))) for name, part in parts.items())
        yield Explanation(
            what=partner.id,
            label=partner.name,
            amount=own.grant,
            terms=tuple(Term(what=name, amount=amount) for name, amount in terms if amount),
            note=f"{own.percent}% of what is planned",
            source="project file",
        )


def _management(project: Project, rules: Rules, budget: Budget) -> Iterator[Explanation]:
    rule = rules.limits.management
    packages = [package.id for package in project.work_packages if package.management]
    if rule is None or len(packages) != 1:
        return
    part = budget.work_packages[packages[0]]
    most = cents_at_most(rule.max_share * budget.grant)
    yield Explanation(
        what="management-cap",
        label="Most that project management may have",
        amount=most,
        note=f"{rule.max_share * HUNDRED:.2f}% of {budget.grant:,.2f}; {packages[0]} has {part.amount:,.2f}",
        source=rules.cite(rule.source),
        doubt=rule.doubt,
    )
