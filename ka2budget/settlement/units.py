"""The final grant of unit contributions: what was achieved, what may move between headings, what the score cuts."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import NamedTuple

from ka2budget.budget import Budget
from ka2budget.finding import Finding, warning
from ka2budget.money import HUNDRED, ZERO, cents, cents_at_most, split, total
from ka2budget.pricing import price_units, within_maximum
from ka2budget.project import Project
from ka2budget.report import Report
from ka2budget.rules import ProjectScore, Rules, Transfers

ABOVE_AWARD = warning(
    "heading-above-award",
    "{label}: {achieved} was achieved and {awarded} awarded; {moved} may move there from other headings, the rest is "
    "not paid.",
)
NO_TRANSFERS = warning(
    "transfers-not-known",
    "{label}: {achieved} was achieved and {awarded} awarded; call {call} names no transfers between headings, so none "
    "is made.",
)


ABOVE_SHARE = warning(
    "heading-above-share",
    "{label} comes to {achieved}; at most {share:percent} of the grant of {grant} is paid for it, which is {most}.",
)


class Heading(NamedTuple):
    """A budget heading after the report, in EUR."""

    awarded: Decimal
    achieved: Decimal
    """Units achieved x rate, and real costs accepted, within the ceilings of the call."""
    transferred: Decimal
    """Moved here from other headings, or from here where negative."""
    eligible: Decimal
    """What is accepted before any reduction."""
    payable: Decimal
    by_partner: Mapping[str, Decimal]
    """Who gets what of what is payable."""


class UnitsSettled(NamedTuple):
    """The headings after the report, the score and what it leaves."""

    headings: Mapping[str, Heading]
    score: int | None
    factor: Decimal
    findings: tuple[Finding, ...]


def settle_units(
    project: Project, rules: Rules, budget: Budget, report: Report, score: int | None, reduces: str
) -> UnitsSettled:
    """Return the headings of an allowed budget after the report.

    ``reduces`` says what the band of the score is applied to: ``eligible`` or ``grant``.
    Sources of the rules: ``transfers`` and ``final_report`` of the call.
    """
    achieved = price_units(project, rules, report.units, report.real_costs, reported=True).awarded
    awarded = {name: part.amount for name, part in budget.headings.items()}
    names = [name for name in rules.headings if awarded.get(name) or any(achieved[name].values())]
    claimed, most = {name: total(achieved[name].values()) for name in names}, _most(rules, budget.grant)
    sums = {name: (awarded.get(name, ZERO), min(claimed[name], most.get(name, claimed[name]))) for name in names}
    moved = _transfers(sums, rules.transfers)
    eligible = {name: min(sums[name]) + max(moved[name], ZERO) for name in names}
    rule = rules.final_report
    factor = rule.share(score) if isinstance(rule, ProjectScore) and score is not None else Decimal(1)
    everything = total(eligible.values())
    final = cents(everything * factor)
    if reduces == "grant":
        final = min(everything, cents(budget.grant * factor))
    cells = within_maximum({name: _divided(eligible[name], achieved[name]) for name in names}, final)
    headings = {
        name: Heading(*sums[name], moved[name], eligible[name], total(cells[name].values()), cells[name])
        for name in names
    }
    above = _above_their_shares(rules, budget.grant, claimed, most)
    return UnitsSettled(headings, score, factor, (*above, *_findings(rules, headings)))


def _most(rules: Rules, grant: Decimal) -> dict[str, Decimal]:
    """Return the most that headings with a share of their own may come to, of the grant as agreed, in EUR."""
    rule = rules.limits.grant_shares
    return {} if rule is None else {name: cents_at_most(share * grant) for name, share in rule.most.items()}


def _above_their_shares(
    rules: Rules, grant: Decimal, claimed: Mapping[str, Decimal], most: Mapping[str, Decimal]
) -> Iterator[Finding]:
    rule = rules.limits.grant_shares
    for name, amount in claimed.items():
        if rule is not None and name in most and amount > most[name]:
            yield ABOVE_SHARE.at(
                "/units", rules.cite(rule.source), label=rules.headings[name].label, achieved=amount,
                share=rule.most[name] * HUNDRED, grant=grant, most=most[name],
            )  # fmt: skip


def _transfers(sums: Mapping[str, tuple[Decimal, Decimal]], rule: Transfers | None) -> dict[str, Decimal]:
    """Return what moves to each heading, or from it where negative; all together nothing is won or lost."""
    moved = dict.fromkeys(sums, ZERO)
    if rule is None:
        return moved
    left = {name: awarded - achieved for name, (awarded, achieved) in sums.items()}
    categories: dict[str, list[str]] = {}
    for name in sums:
        categories.setdefault(rule.category(name), []).append(name)
    for names in categories.values():  # inside a category money moves freely
        _move(moved, {name: left[name] for name in names}, {name: -left[name] for name in names})
    left = {name: left[name] + moved[name] for name in sums}
    room: dict[str, Decimal] = {}
    wanted: dict[str, Decimal] = {}
    for names in categories.values():
        awarded = total(sums[name][0] for name in names)
        room |= _within({name: left[name] for name in names if name in rule.leaving}, rule.most_out * awarded)
        free = {name: -left[name] for name in names if name in rule.without_limit}
        limited = {name: -left[name] for name in names if name in rule.entering and name not in free}
        most_in = None if rule.most_in is None and awarded else (rule.most_in or ZERO) * awarded
        wanted |= _within(free, None) | _within(limited, most_in)
    _move(moved, room, wanted)
    return moved


def _within(amounts: Mapping[str, Decimal], most: Decimal | None) -> dict[str, Decimal]:
    """Return the amounts above nothing, which together do not pass the most."""
    above = {name: amount for name, amount in amounts.items() if amount > 0}
    if most is None or total(above.values()) <= most:
        return above
    return dict(zip(above, split(cents_at_most(most), list(above.values())), strict=True))


def _move(moved: dict[str, Decimal], room: Mapping[str, Decimal], wanted: Mapping[str, Decimal]) -> None:
    """Move as much as there is room for and is wanted, in proportion to both."""
    giving, taking = _within(room, None), _within(wanted, None)
    amount = min(total(giving.values()), total(taking.values()))
    for name, part in zip(taking, split(amount, list(taking.values())), strict=True):
        moved[name] += part
    for name, part in zip(giving, split(amount, list(giving.values())), strict=True):
        moved[name] -= part


def _divided(amount: Decimal, achieved: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """Return who gets what of a heading, in proportion to what each achieved."""
    return dict(zip(achieved, split(amount, list(achieved.values())), strict=True)) if any(achieved.values()) else {}


def _findings(rules: Rules, headings: Mapping[str, Heading]) -> Iterator[Finding]:
    for name, one in headings.items():
        if one.achieved > one.awarded + max(one.transferred, ZERO):
            label, rule = rules.headings[name].label, rules.transfers
            if rule is None:
                yield NO_TRANSFERS.at(
                    "/units", label=label, achieved=one.achieved, awarded=one.awarded, call=rules.call
                )
            else:
                yield ABOVE_AWARD.at(
                    "/units", rules.cite(rule.source), label=label, achieved=one.achieved, awarded=one.awarded,
                    moved=one.transferred,
                )  # fmt: skip
