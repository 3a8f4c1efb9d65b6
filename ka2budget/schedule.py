"""Every date of a grant, each with its reason: from what was agreed, and from what has happened since."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from typing import Any, Literal

from pydantic import TypeAdapter

from ka2budget.account import BALANCE, Account, account
from ka2budget.agreement import GRANT_AGREEMENT, Basis, ReportDate
from ka2budget.dates import after_days, after_months, before_months, end_of_period
from ka2budget.event import Event
from ka2budget.history import DECISIONS, History
from ka2budget.lifecycle import EventKind
from ka2budget.model import Day, Eur
from ka2budget.money import ZERO, total
from ka2budget.plan import Plan
from ka2budget.text import Phrase, Word, phrase

ASSUMED_SIGNATURE = Word("The day of the last signature is not known; taken as the first day of the project.")
AGREED = Basis(GRANT_AGREEMENT)
SET = Basis(Word("the agency's letter"))

Nature = Literal["duty", "agency", "own", "milestone"]
"""What is to be done: by the project, by the agency, by the project office so as to be in time, or nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """One date of a grant; no model, since nobody else writes one and each event of a grant makes dozens."""

    key: str
    """Name of the date, the same through the whole life of the grant."""
    date: Day | None
    """The day, or None where it follows from something that has not happened."""
    latest: Day | None = None
    """The next working day, where the date is on a weekend or holiday and the agreement moves it."""
    what: Phrase
    reason: Phrase | Word
    """How the day comes about."""
    nature: Nature = "duty"
    done: Day | None = None
    """Day on which it was done or came about."""
    amount: Eur | None = None
    """Money that goes with it, in EUR."""
    source: Phrase | Word | None = None
    doubts: tuple[Phrase | Word, ...] = ()
    """Why the date or the amount is not certain."""

    def is_past(self, on: Day) -> bool:
        """Return whether it is a day that has gone by without anybody having to do anything."""
        return self.nature == "milestone" and self.date is not None and self.date < on

    def plain(self) -> dict[str, Any]:
        """Return it as JSON has it: words in English, the amount as a string with two decimals."""
        plain: dict[str, Any] = _spelled().dump_python(self, mode="json")
        return plain


@cache
def _spelled() -> TypeAdapter[Due]:
    return TypeAdapter(Due)


def schedule(plan: Plan, history: History | None = None, money: Account | None = None) -> tuple[Due, ...]:
    """Return the dates of a grant in their order, amounts in EUR; those without a date come last.

    ``money`` is the account of the history where it has been worked out already.
    """
    if history is not None and history.last(EventKind.WITHDRAWN) is not None:
        return ()
    dates = _Dates(plan, history or History(plan), money)
    return tuple(sorted(dates.all(), key=lambda due: due.date or date.max))


class _Dates:
    """The dates of one grant."""

    def __init__(self, plan: Plan, history: History, money: Account | None) -> None:
        self.plan, self.terms, self.history = plan, plan.terms, history
        self.account = money or account(history)
        self.settled = history.settled_on if history.is_settled else None
        self.decided = min((one.happened for one in history.decisions), default=None)
        last = [*history.of.get(EventKind.FINAL_REPORT, ()), *history.decisions]
        self.over = min((one.happened for one in last), default=None)

    def all(self) -> Iterator[Due]:
        """Yield all dates."""
        yield from self._project()
        yield from self._prefinancing()
        yield from self._reports()
        yield from self._further()
        yield from self._final_report()
        yield from self._after_decision()
        yield from self._distribution()
        yield from self._amendment()

    def due(self, key: str, day: date | None, what: Phrase, reason: Phrase | Word, basis: Basis, **more: Any) -> Due:  # noqa: ANN401
        """Return a date; a moved one where the agreement moves weekends.

        ``over`` is the day from which nobody waits for it any more, done or not.
        """
        latest, over = None if day is None else self.history.working(day), more.pop("over", None)
        doubts = (*more.pop("doubts", ()), basis.doubt)
        return Due(
            key=key, date=day, latest=None if latest == day else latest, what=what, reason=reason,
            source=basis.source, doubts=tuple(dict.fromkeys(one for one in doubts if one)),
            done=more.pop("done", None) or self.history.done.get(key) or over, **more,
        )  # fmt: skip

    def basis(self, name: str) -> Basis:
        """Return what a term rests on."""
        return self.terms.basis.get(name, AGREED)

    def happened(self, kind: EventKind) -> date | None:
        """Return the day on which something last happened."""
        event = self.history.last(kind)
        return None if event is None else event.happened

    def _project(self) -> Iterator[Due]:
        plan = self.plan
        yield Due(
            key="start",
            date=plan.start,
            what=phrase("Start of the project"),
            reason=phrase("project file"),
            nature="milestone",
        )
        reason = phrase(
            "{months} months from the start, less a day (Regulation 1182/71, article 3)", months=plan.months
        )
        yield Due(key="end", date=plan.end, what=phrase("End of the project"), reason=reason, nature="milestone")
        first = self.history.signed
        if first.longest is not None and first.extension is not None:
            yield self.due(
                "extension-limit", end_of_period(first.start, first.longest), phrase("Latest end after an extension"),
                phrase(
                    "{months} months more, on justified request; the grant stays as it is",
                    months=first.longest - first.months,
                ),
                first.extension,
                nature="milestone", over=self.over,
            )  # fmt: skip
        yield self.due(
            "amendment-last-call", plan.end - timedelta(days=self.terms.amendment),
            phrase("Last call for amendments"),
            phrase("{days} days before the end", days=self.terms.amendment), self.basis("amendment"),
            nature="milestone", over=self.over,
        )  # fmt: skip
        for name, part in plan.parts.items():
            if part.end is not None:
                yield self.due(
                    f"evidence-{name}", after_days(part.end, self.terms.evidence),
                    phrase("Evidence of {part} filed", part=name),
                    phrase("{days} days after its end", days=self.terms.evidence), self.basis("evidence"),
                    nature="own", over=self.over,
                )  # fmt: skip

    def _prefinancing(self) -> Iterator[Due]:
        amount, terms = self.plan.instalments[0], self.terms
        if not amount:
            return
        signed = self.happened(EventKind.SIGNED) or terms.signed
        guarantee, asked = self.happened(EventKind.GUARANTEE_RECEIVED), self.history.last(EventKind.GUARANTEE_ASKED)
        first = signed or self.plan.start
        values = {"share": terms.instalments[0] * 100, "days": terms.prefinancing}
        reason = phrase("{share:percent} of the grant; {days} days after the last signature", **values)
        if guarantee is not None and guarantee > first:
            first = guarantee
            reason = phrase("{share:percent} of the grant; {days} days after the guarantee was handed in", **values)
        day: date | None = after_days(first, terms.prefinancing)
        if terms.prefinancing_before_start is not None:
            before = self.plan.start - timedelta(days=terms.prefinancing_before_start)
            if day is not None and before > day:
                day = before
                reason = phrase(
                    "{share:percent} of the grant; {days} days before the start",
                    share=values["share"], days=terms.prefinancing_before_start,
                )  # fmt: skip
        if asked is not None or terms.guarantee:
            yield self.due(
                "guarantee", None, phrase("Financial guarantee to be handed in"),
                phrase("the agency asks for it before it pays"), AGREED,
                amount=(asked.details.amount if asked is not None else None) or terms.guarantee,
                done=guarantee, over=self.decided,
            )  # fmt: skip
            if guarantee is None:
                day, reason = None, phrase("{share:percent} of the grant; once the guarantee is handed in", **values)
        doubts = (ASSUMED_SIGNATURE if signed is None and day is not None else None, self.basis("instalments").doubt)
        yield self.due(
            "instalment-1", day, phrase("Pre-financing expected"), reason, self.basis("prefinancing"),
            nature="agency", amount=self._open("instalment-1", amount),
            done=self._arrived("instalment-1"), over=self.decided,
            doubts=doubts,
        )  # fmt: skip

    def _arrived(self, key: str) -> date | None:
        """Return the day on which an expected payment had come whole."""
        found = [one for one in self.account.expected if one.key == key]
        if not found:
            return None
        return self.decided if found[-1].replaced else found[-1].arrived

    def _open(self, key: str, amount: Decimal) -> Decimal:
        """Return what has not come of an expected payment in part received, else its amount, in EUR."""
        found = [one for one in self.account.expected if one.key == key]
        return found[-1].open if found and found[-1].received and found[-1].open else amount

    def _reports(self) -> Iterator[Due]:
        progress = [one for one in self.terms.reports if one.kind == "progress"]
        sent = self.history.of.get(EventKind.PROGRESS_REPORT, [])
        for number, report in enumerate(progress, 1):
            done = sent[number - 1].happened if len(sent) >= number else None
            day, reason, basis = self._reported(report)
            yield self.due(
                f"progress-report-{number}", day, phrase("Progress report due"), reason, basis, done=done,
                over=self.over,
            )  # fmt: skip
        interim = [one for one in self.terms.reports if one.kind == "interim"]
        rounds = _rounds(self.history)
        for number in range(1, max(len(self.plan.instalments) - 2, len(interim)) + 1):
            dated = interim[number - 1] if number <= len(interim) else None
            done = rounds[number - 1].first.happened if len(rounds) >= number else None
            yield from self._interim(number, dated, done)

    def _reported(self, report: ReportDate | None) -> tuple[date | None, Phrase, Basis]:
        """Return when a report before the final one is due."""
        days = self.terms.interim_report
        if report is not None and report.due is not None:
            return report.due, phrase("fixed in the grant agreement"), AGREED
        if report is not None and report.until is not None and days is not None:
            reason = phrase("{days} days after the end of its period", days=days)
            return after_days(report.until, days), reason, self.basis("interim_report")
        return None, phrase("the grant agreement fixes the day"), AGREED

    def _interim(self, number: int, report: ReportDate | None, done: date | None) -> Iterator[Due]:
        day, reason, basis = self._reported(report)
        yield self.due(
            f"interim-report-{number}", day, phrase("Interim report due"), reason, basis, done=done, over=self.over
        )
        if day is not None:
            months = self.terms.partner_input_interim
            yield self.due(
                f"partner-input-interim-{number}", before_months(day, months),
                phrase("Partners' parts of the interim report"),
                phrase("a month before it is due")
                if months == 1
                else phrase("{months} months before it is due", months=months),
                self.basis("partner_input_interim"),
                nature="own", done=done, over=self.over,
            )  # fmt: skip

    def _further(self) -> Iterator[Due]:
        expected = {one.key: one for one in self.account.expected}
        rounds = [one for one in _rounds(self.history) if one.accepted is not None]
        accepted = {one.accepted.number: one for one in rounds if one.accepted is not None}
        for number, amount in enumerate(self.plan.instalments[1:-1], 2):
            key, basis = f"instalment-{number}", self.basis("further")
            share = self.terms.instalments[number - 1] * 100
            reason = phrase(
                "{share:percent} of the grant; {days} days after the agency has the request with its report",
                share=share, days=self.terms.further,
            )  # fmt: skip
            if key not in expected and self.history.final is None:
                yield self.due(
                    key, None, phrase("Further pre-financing expected"), reason, basis, nature="agency", amount=amount,
                    doubts=(self.basis("instalments").doubt,),
                )  # fmt: skip
        for key, one in expected.items():
            if one.event in accepted:
                found = accepted[one.event]
                day = after_days(found.first.happened, self.terms.further + found.stopped)
                yield self.due(
                    key, day, phrase("Further payment expected"),
                    _clock(one.reason, self.terms.further, found.stopped), self.basis("further"),
                    nature="agency", amount=self._open(key, one.amount), done=self._arrived(key),
                )  # fmt: skip

    def _final_report(self) -> Iterator[Due]:
        terms, end = self.terms, self.plan.end
        sent, basis = self.happened(EventKind.FINAL_REPORT), self.basis("final_report")
        day = terms.final_report_fixed or after_days(end, terms.final_report)
        reason = phrase("{days} calendar days after the end", days=terms.final_report)
        if terms.final_report_fixed is not None:
            reason, basis = phrase("fixed in the grant agreement"), AGREED
        ended = self.history.last(EventKind.TERMINATED)
        if ended is not None:
            effect = ended.details.effect or ended.happened
            day, basis = after_days(effect, terms.termination_report), self.basis("termination_report")
            reason = phrase("{days} calendar days after the termination took effect", days=terms.termination_report)
        again = self.history.last(EventKind.FINAL_REPORT, EventKind.FINAL_RETURNED, EventKind.CLAIM_ACCEPTED)
        if again is not None and again.kind is not EventKind.FINAL_REPORT:
            sent = None
            if again.details.due is not None:
                day, reason, basis = again.details.due, phrase("set by the agency"), SET
        closed = self._decided_on() if sent is None else sent
        yield self.due(
            "results", end, phrase("Results uploaded"), phrase("before the final report"), AGREED, done=closed
        )
        yield self.due(
            "partner-input-final", day - timedelta(days=terms.partner_input_final),
            phrase("Partners' parts of the final report"),
            phrase("{days} days before it is due", days=terms.partner_input_final),
            self.basis("partner_input_final"), nature="own", done=closed,
        )  # fmt: skip
        yield self.due("final-report", day, phrase("Final report due"), reason, basis, done=closed)
        for number, days in enumerate(terms.reminders, 1):
            yield self.due(
                f"reminder-{number}", after_days(end, days),
                phrase("Reminder of the final report by the agencies' system"),
                phrase("{days} days after the end", days=days) if days else phrase("on the day of the end"),
                self.basis("final_report"), nature="milestone", done=closed,
            )  # fmt: skip
        if terms.late_reminder is not None and terms.grace is not None:
            over = after_days(self.history.working(day), terms.late_reminder + terms.grace)
            reason = phrase(
                "{days} days after a reminder within {reminder} days of the missed date",
                days=terms.grace, reminder=terms.late_reminder,
            )  # fmt: skip
            reminded = self.history.last(EventKind.FORMAL_REMINDER, EventKind.FINAL_RETURNED, EventKind.CLAIM_ACCEPTED)
            if reminded is not None and reminded.kind is EventKind.FORMAL_REMINDER:
                over = after_days(reminded.happened, terms.grace)
                reason = phrase("{days} days after the formal reminder", days=terms.grace)
            yield self.due(
                "grace-end", over, phrase("The agency may end the grant and claim everything back"), reason,
                self.basis("grace"), nature="milestone", done=closed,
            )  # fmt: skip
        yield from self._balance(day, sent)

    def _decided_on(self) -> date | None:
        """Return the day of a decision that waits for no report any more."""
        last = self.history.last(*DECISIONS, EventKind.CLAIM_ACCEPTED)
        return None if last is None or last.kind is EventKind.CLAIM_ACCEPTED else last.happened

    def _balance(self, report: date, sent: date | None) -> Iterator[Due]:
        terms, decision, amount = self.terms, self.history.decision, self.plan.instalments[-1]
        values = {"share": terms.instalments[-1] * 100, "days": terms.balance}
        reason = phrase(
            "{share:percent} of the grant; {days} days after the final report, if it is sent on the last day", **values
        )
        day, done = after_days(report, terms.balance), None
        expected: date | None = day
        if sent is not None:
            first, stopped = _final_clock(self.history)
            expected = day = after_days(first, terms.balance + stopped)
            reason = _clock(phrase("the final report was sent"), terms.balance, stopped)
        if decision is not None:
            decided = next((one for one in self.account.expected if one.key == BALANCE), None)
            owed = decided.amount if decided else max(self.account.balance or ZERO, ZERO)
            amount = self._open(BALANCE, owed)
            done = decision.happened if not amount else self._arrived(BALANCE) or self.settled
            if decided and decision.kind is EventKind.AUDIT_CLOSED and decided.event == decision.number:
                expected, reason = None, decided.reason  # no report sets a clock for it
            elif decided:
                reason = _clock(decided.reason, terms.balance, _final_clock(self.history)[1])
        paid_doubt = self.basis("instalments").doubt if decision is None else None
        yield self.due(
            BALANCE, expected, phrase("Balance expected"), reason, self.basis("balance"),
            nature="agency", amount=amount, done=done, doubts=(paid_doubt,),
        )  # fmt: skip
        kept, years = self.history.records_until if self.settled else None, terms.records
        yield self.due(
            "records-until", kept or after_months(day, 12 * years), phrase("End of record keeping"),
            phrase("{years} years after the last payment", years=years)
            if kept
            else phrase("{years} years after the balance, if report and payment come on their last days", years=years),
            self.basis("records"), nature="milestone",
        )  # fmt: skip

    def _after_decision(self) -> Iterator[Due]:
        decision, terms = self.history.decision, self.terms
        if decision is None:
            return
        last = self.history.last(*DECISIONS, EventKind.CONTESTED)
        if terms.contest is not None:
            yield self.due(
                "contest", after_days(decision.happened, terms.contest), phrase("Last day to contest the decision"),
                phrase("{days} days after the decision", days=terms.contest), self.basis("contest"), nature="milestone",
                done=last.happened if last is not None and last.kind is EventKind.CONTESTED else None,
            )  # fmt: skip
        note, balance = self.history.last(EventKind.DEBIT_NOTE), self.account.balance
        repaid = self.history.last(EventKind.REPAYMENT)
        if balance is not None and (balance < 0 or note is not None or repaid is not None):
            yield self.due(
                "repayment", note.details.due if note else None, phrase("Repayment to the agency"),
                phrase("final grant of {final} less {paid} paid", final=self.history.final, paid=self.history.paid),
                SET if note else AGREED, amount=abs(min(balance, ZERO)),
                done=self.history.settled_on if balance >= 0 else self.settled,
            )  # fmt: skip
        if self.history.last(EventKind.GUARANTEE_RECEIVED) is not None:
            released, day = self.happened(EventKind.GUARANTEE_RELEASED), self.settled
            reason = phrase("with the balance")
            if note is not None:
                day = after_months(note.happened, terms.guarantee_release)
                reason = phrase("{months} months after the debit note", months=terms.guarantee_release)
            yield self.due(
                "guarantee-release", day, phrase("Financial guarantee to be released"), reason,
                self.basis("guarantee_release"), nature="agency", done=released,
            )  # fmt: skip

    def _distribution(self) -> Iterator[Due]:
        """Yield when the last payment of the agency is passed on, with what partners are still due."""
        received = self.history.last(EventKind.PAYMENT_RECEIVED)
        open_ = total(one.to_pay for one in self.account.partners.values())
        if received is not None:
            passed = self.happened(EventKind.TRANSFER)
            yield self.due(
                f"distribution-{len(self.history.of[EventKind.PAYMENT_RECEIVED])}",
                after_days(received.happened, self.terms.distribution),
                phrase("Payment passed on to the partners"),
                phrase("{days} days after the payment of {day}", days=self.terms.distribution, day=received.happened),
                self.basis("distribution"), nature="own", amount=open_,
                done=None if open_ else passed or received.happened,
            )  # fmt: skip
        back = total(one.to_return for one in self.account.partners.values())
        if back:
            yield self.due(
                "partner-returns", None, phrase("Money to be called back from partners"),
                phrase("they were paid more than their part"), AGREED, nature="own", amount=back,
            )  # fmt: skip

    def _amendment(self) -> Iterator[Due]:
        asked = self.history.last(EventKind.AMENDMENT_REQUESTED)
        if asked is None:
            return
        answer = self.history.last(
            EventKind.AMENDMENT_REQUESTED, EventKind.AMENDMENT_SIGNED, EventKind.AMENDMENT_REFUSED
        )
        done = None if answer is None or answer is asked else answer.happened
        yield self.due(
            f"amendment-reply-{len(self.history.of[EventKind.AMENDMENT_REQUESTED])}",
            after_days(asked.happened, self.terms.amendment_reply), phrase("Answer to the amendment request"),
            phrase("{days} days after it was asked for", days=self.terms.amendment_reply),
            self.basis("amendment_reply"), nature="agency", done=done, over=self.decided,
        )  # fmt: skip


class _Round:
    """One interim report: when it was first sent, for how many days the clock stood, and when it was accepted."""

    def __init__(self, first: Event) -> None:
        self.first, self.stopped = first, 0
        self.accepted: Event | None = None
        self.returned: Event | None = None


def _rounds(history: History) -> list[_Round]:
    rounds: list[_Round] = []
    current: _Round | None = None
    for event in history.events:
        if event.kind is EventKind.INTERIM_REPORT:
            if current is None:
                current = _Round(event)
                rounds.append(current)
            elif current.returned is not None:
                current.stopped += (event.happened - current.returned.happened).days
                current.returned = None
        elif current is not None and event.kind is EventKind.INTERIM_RETURNED:
            current.returned = event
        elif current is not None and event.kind is EventKind.INTERIM_ACCEPTED:
            current.accepted, current = event, None
        elif current is not None and event.kind is EventKind.INTERIM_REJECTED:
            current = None
            rounds.pop()
    return rounds


def _final_clock(history: History) -> tuple[date, int]:
    """Return when the final report was first sent, since a claim or at all, and for how many days the clock stood."""
    first, returned, stopped = None, None, 0
    for event in history.events:
        if event.kind is EventKind.CLAIM_ACCEPTED:
            first, returned, stopped = None, None, 0
        elif event.kind is EventKind.FINAL_REPORT:
            first = first or event.happened
            if returned is not None:
                stopped += (event.happened - returned).days
            returned = None
        elif event.kind is EventKind.FINAL_RETURNED:
            returned = event.happened
    return first or history.plan.end, stopped


def _clock(reason: Phrase, days: int, stopped: int) -> Phrase:
    if not stopped:
        return phrase("{reason}; {days} days after the report was received", reason=reason, days=days)
    return phrase(
        "{reason}; {days} days after the report was received, and {stopped} days in which it was being corrected",
        reason=reason, days=days, stopped=stopped,
    )  # fmt: skip
