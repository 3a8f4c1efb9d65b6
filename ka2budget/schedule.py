"""Every date of a grant that follows from start, length and data sheet, each with its reason."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from ka2budget.agreement import GRANT_AGREEMENT, Basis, Terms
from ka2budget.dates import after_days, after_months
from ka2budget.model import Day, Eur, Model
from ka2budget.money import split
from ka2budget.project import Project
from ka2budget.rules import Rules
from ka2budget.text import Phrase, Word, message, one_after_another

ASSUMED_SIGNATURE = Word("The day of the last signature is not known; taken as the first day of the project.")


class Due(Model):
    """One date of a grant."""

    key: str
    """Stable name of the kind of date."""
    date: Day | None
    """The day, or None where it follows from something that has not happened."""
    what: Phrase
    reason: Phrase
    """How the day comes about."""
    amount: Eur | None = None
    """Money that goes with it, in EUR."""
    source: Phrase | None = None
    doubt: Phrase | None = None


def schedule(project: Project, rules: Rules, grant: Decimal, terms: Terms) -> tuple[Due, ...]:
    """Return the dates of a grant in EUR under its terms, in their order; those without a date come last."""
    return tuple(sorted(_dates(project, rules, grant, terms), key=lambda due: due.date or date.max))


def final_report_due(project: Project, terms: Terms) -> date:
    """Return the day on which the final report is due; a fixed date wins over the days."""
    return terms.final_report or after_days(project.end, terms.final_report_days)


def _dates(project: Project, rules: Rules, grant: Decimal, terms: Terms) -> Iterator[Due]:
    yield Due(key="start", date=project.start, what=Phrase("Start of the project"), reason=Phrase("project file"))
    end_reason = Phrase(
        "{months} months from the start, less a day (Regulation 1182/71, article 3)", {"months": project.months}
    )
    yield Due(key="end", date=project.end, what=Phrase("End of the project"), reason=end_reason)
    yield from _extension(project, rules)
    yield from _payments(project, grant, terms)
    report, basis = final_report_due(project, terms), terms.basis["final-report"]
    reason = Phrase("{days} calendar days after the end", {"days": terms.final_report_days})
    if terms.final_report is not None:
        reason, basis = Phrase("fixed in the grant agreement"), Basis(GRANT_AGREEMENT)
    yield Due(
        key="final-report",
        date=report,
        what=Phrase("Final report due"),
        reason=reason,
        source=basis.source,
        doubt=basis.doubt,
    )
    for days in terms.reminders:
        reason = Phrase("{days} days after the end", {"days": days}) if days else Phrase("on the day of the end")
        yield Due(
            key="reminder",
            date=after_days(project.end, days),
            what=Phrase("Reminder of the final report by the agencies' system"),
            reason=reason,
            source=basis.source,
        )
    paid, basis = after_days(report, terms.balance_days), terms.basis["records"]
    yield Due(
        key="records-until",
        date=after_months(paid, 12 * terms.records_years),
        what=Phrase("End of record keeping"),
        reason=Phrase(
            "{years} years after the balance, if report and payment come on their last days",
            {"years": terms.records_years},
        ),
        source=basis.source,
        doubt=basis.doubt,
    )


def _extension(project: Project, rules: Rules) -> Iterator[Due]:
    rule = rules.limits.extension
    if rule is None or (rule.by_months is None and rule.up_to_months is None):
        return
    added = rule.by_months if rule.by_months is not None else (rule.up_to_months or 0) - project.months
    if added > 0:
        longer = project.model_copy(update={"months": project.months + added})
        yield Due(
            key="extension-limit",
            date=longer.end,
            what=Phrase("Latest end after an extension"),
            reason=Phrase("{months} months more, on justified request; the grant stays as it is", {"months": added}),
            source=rules.cite(rule.source),
            doubt=rule.doubt,
        )


def _payments(project: Project, grant: Decimal, terms: Terms) -> Iterator[Due]:
    amounts, shares = split(grant, terms.instalments), terms.basis["instalments"]
    last = len(amounts) - 1
    for number, amount in enumerate(amounts):
        days, what, assumed = terms.further_days, Phrase("Further pre-financing expected"), None
        day: date | None = None
        why = message("{share:percent} of the grant; {days} days after the agency has the request with its report")
        basis = terms.basis["further"]
        if number == 0:
            days, basis = terms.prefinancing_days, terms.basis["prefinancing"]
            what, day = Phrase("Pre-financing expected"), after_days(terms.signed or project.start, days)
            why = message("{share:percent} of the grant; {days} days after the last signature")
            assumed = None if terms.signed else ASSUMED_SIGNATURE
        elif number == last:
            days, basis = terms.balance_days, terms.basis["balance"]
            what, day = Phrase("Balance expected"), after_days(final_report_due(project, terms), days)
            why = message(
                "{share:percent} of the grant; {days} days after the final report, if it is sent on the last day"
            )
        yield Due(
            key="balance" if number and number == last else f"instalment-{number + 1}",
            date=day,
            what=what,
            reason=Phrase(why, {"share": terms.instalments[number] * 100, "days": days}),
            amount=amount,
            source=basis.source,
            doubt=one_after_another(assumed, shares.doubt, basis.doubt),
        )
