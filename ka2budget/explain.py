"""How each amount of a budget came about, with document and page or the doubt."""

from collections.abc import Iterator
from decimal import Decimal

from ka2budget.budget import Budget, Line
from ka2budget.errors import NoSuchName
from ka2budget.formulas import DetailedBudget, LumpSum
from ka2budget.model import Eur, Model
from ka2budget.money import HUNDRED, cents_at_most, four_decimals, total
from ka2budget.pricing import price_units
from ka2budget.project import Project
from ka2budget.rules import Rules
from ka2budget.rules.tables import GrantLimits
from ka2budget.text import Phrase, Sentence, Word, phrase

PROJECT_FILE = Word("project file")
HEADINGS = Word("the headings, each with its own source")


class Term(Model):
    """One summand of an explained amount."""

    what: Phrase
    amount: Eur


class Explanation(Model):
    """One amount in EUR, the summands that make it, and what it rests on."""

    what: str
    """Short name: grant, own-part, a work package, an activity or a partner."""
    label: Phrase
    amount: Eur
    terms: tuple[Term, ...] = ()
    """They add up to the amount."""
    note: Phrase | None = None
    source: Phrase | None = None
    doubt: Sentence | None = None


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
        label=phrase("Sum of the headings") if by_units else heading.label,
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
            label=phrase("Carried by the partners"),
            amount=budget.total_cost - budget.grant,
            terms=(
                Term(what=phrase("whole cost"), amount=budget.total_cost),
                Term(what=phrase("grant"), amount=-budget.grant),
            ),
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


def _how_the_grant_comes_about(project: Project, rules: Rules, budget: Budget) -> Phrase:
    price, call = rules.grant_heading.price, rules.call
    if isinstance(price, LumpSum):
        if len(price.offers(project.variant)) == 1:
            return phrase("the lump sum of call {call}", call=call)
        return phrase("chosen from the menu of call {call}: {menu}", call=call, menu=rules.lump_sums)
    if not isinstance(price, DetailedBudget):
        return phrase("units x rate, and real costs, within the ceilings of the call")
    most, rate = price.maximum(project.months), (budget.rate or price.rate) * HUNDRED
    return phrase(
        "{rate:digits}% of costs of {cost}; the call covers {share:percent}, {limit}",
        rate=four_decimals(rate), cost=budget.total_cost, share=price.rate * HUNDRED,
        limit=phrase("no maximum") if most is None else phrase("at most {most}", most=most),
    )  # fmt: skip


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
            note=phrase("{percent:percent} of what is planned", percent=part.percent),
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
            note=phrase("{percent:percent} of what is planned", percent=own.percent),
            source=source,
        )


def _units(project: Project, rules: Rules, budget: Budget) -> Iterator[Explanation]:
    """Explain each heading charge by charge, with what a ceiling or the maximum of the project takes off."""
    priced = price_units(project, rules, project.units, project.real_costs)
    for name, part in budget.headings.items():
        heading = rules.headings[name]
        lines = [line for line in budget.lines if line.heading == name]
        awarded = total(priced.awarded[name].values())
        terms = [Term(what=_charge(line), amount=line.amount) for line in lines]
        terms += [
            Term(
                what=phrase("above the ceiling of {ceiling}", ceiling=cut.ceiling),
                amount=cut.ceiling - cut.calculated,
            )
            for cut in priced.cuts
            if cut.heading == name
        ]
        if part.amount != awarded:
            terms.append(Term(what=phrase("above the maximum of the project"), amount=part.amount - awarded))
        yield Explanation(
            what=name,
            label=heading.label,
            amount=part.amount,
            terms=tuple(terms),
            note=phrase("{percent:percent} of the grant", percent=part.percent),
            source=rules.cite(heading.source),
            doubt=heading.doubt,
        )
    rule = rules.limits.grant
    if rule is not None and priced.most is not None:
        yield Explanation(
            what="grant-maximum",
            label=phrase("Most that the grant may be"),
            amount=priced.most,
            note=_maximum(rule, project.months),
            source=rules.cite(rule.source),
            doubt=rule.doubt,
        )


def _maximum(rule: GrantLimits, months: int) -> Phrase:
    if rule.per_month is not None:
        return phrase("{rate} x {months} months", rate=rule.per_month, months=months)
    if rule.per_organisation_and_year is not None:
        each = rule.per_organisation_and_year
        return phrase("{rate} for each organisation and year, {months} months", rate=each, months=months)
    return phrase("for {months} months", months=months)


def _charge(line: Line) -> Phrase:
    label = f" {line.label}" if line.label else ""
    per = f" / {line.per}" if line.per != 1 else ""
    return phrase(
        "{partner}{label} ({detail}): {quantity:digits} x {rate:digits}{per}"
        if line.detail
        else "{partner}{label}: {quantity:digits} x {rate:digits}{per}",
        partner=line.partner, label=label, detail=line.detail,
        quantity=line.quantity, rate=line.rate, per=per,
    )  # fmt: skip


def _costs(project: Project, rules: Rules, budget: Budget) -> Iterator[Explanation]:
    """Explain the costs of each partner, line by line: quantity x rate = amount."""
    price = rules.grant_heading.price
    if not isinstance(price, DetailedBudget):
        return
    source = rules.cite(rules.grant_heading.source)
    for partner in project.partners:
        lines = [line for line in budget.lines if line.partner == partner.id]
        own = budget.partners[partner.id]
        if not lines or own.cost is None or own.indirect is None:
            continue
        terms = [
            Term(
                what=phrase(
                    "{package} {heading}: {quantity:digits} x {rate:digits}",
                    package=line.work_package,
                    heading=line.heading,
                    quantity=line.quantity,
                    rate=line.rate,
                ),
                amount=line.amount,
            )
            for line in lines
        ]
        flat = phrase(
            "{share:percent} indirect costs, by work package, without {without}",
            share=price.indirect * HUNDRED, without=price.without_indirect,
        )  # fmt: skip
        yield Explanation(
            what=f"{partner.id}-costs",
            label=phrase("Costs of {name}", name=partner.name),
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
        label=phrase("Most that project management may have"),
        amount=cents_at_most(rule.max_share * budget.grant),
        note=phrase(
            "{share:percent} of {grant}; {id} has {amount}",
            share=rule.max_share * HUNDRED,
            grant=budget.grant,
            id=packages[0],
            amount=part.amount,
        ),
        source=rules.cite(rule.source),
        doubt=rule.doubt,
    )
