"""The data sheet of one grant: what the signed agreement says, and where it is silent what is expected of it."""

from decimal import Decimal
from typing import Annotated, Literal, NamedTuple, TypeVar

from pydantic import AfterValidator, Field

from ka2budget.catalogue import practice_of
from ka2budget.model import Count, Day, Email, Id, Line, Model, Money, Share
from ka2budget.rules import Days, GrantKind, Instalments, InterimPays, ProjectScore, Rules, Sourced, WorkPackageScore
from ka2budget.text import Sentence, Word, phrase

GRANT_AGREEMENT = Word("grant agreement")
"""What a term rests on that the agreement says."""
_T = TypeVar("_T")

ManagementCap = Literal["final-total", "unreduced-total", "none"]
"""What the management part is held against after a reduction: its share of the final total including it, of the
total with management unreduced, or nothing."""

Reduces = Literal["eligible", "grant"]
"""What the band of a score is applied to: what is eligible after the report, or the grant as agreed."""

UseRule = Literal["unused", "gap", "resubmit"]
"""What becomes of further pre-financing where too little of the earlier one is used: what is unused is taken off, or
only what lacks to the share asked for, or nothing is paid until another report."""

Weekends = Literal["as-printed", "next-working-day"]
"""Whether a date on a weekend or holiday holds as it is, or moves to the next working day."""


def _whole_grant(shares: tuple[Share, ...]) -> tuple[Share, ...]:
    if sum(shares) != 1:
        raise ValueError(
            phrase("instalments are shares of the grant and have to add up to 1, not {total}", total=f"{sum(shares)}")
        )
    return shares


Split = Annotated[tuple[Share, ...], AfterValidator(_whole_grant)]
"""Shares of an amount in the order of payment; the last is the balance."""


class ReportDate(Model):
    """A report before the final one, as the agreement fixes it."""

    kind: Literal["progress", "interim"]
    """A progress report is followed by no payment."""
    until: Day | None = None
    """Last day of the period reported on."""
    due: Day | None = None
    """Day on which it is due; without it so many days after its period."""


class Agreement(Model):
    """What one signed agreement says; what it leaves out is taken from the call's rules."""

    reference: Line | None = None
    """Reference of the grant agreement, such as 2025-1-PL01-KA220-ADU-000123456."""
    signatures: dict[Line, Day] = Field(default_factory=dict)
    """Who signed, and on which day; the grant begins with the last signature."""
    signed: Day | None = None
    """Day of the last signature, where not all are given."""
    instalments: Split | None = None
    """Shares of the grant in the order of payment; the last is the balance."""
    prefinancing_days: Count | None = None
    """Days after the last signature, or after the guarantee."""
    further_days: Count | None = None
    """Days after the request for further pre-financing, or after a periodic report."""
    balance_days: Count | None = None
    """Days after the final report was received."""
    reports: Annotated[tuple[ReportDate, ...], Field(max_length=20)] = ()
    """Progress and interim reports, in their order."""
    interim_pays: InterimPays | None = None
    """What an interim report is followed by."""
    interim_ceiling: Share | None = None
    """Most that is paid before the balance, as a share of the grant."""
    final_report_days: Count | None = None
    """Days after the end of the project within which the final report is due."""
    final_report: Day | None = None
    """Fixed date of the final report; it wins over the days."""
    min_use: Share | None = None
    """Share of the earlier pre-financing that has to be used before further pre-financing is paid in full."""
    use_rule: UseRule | None = None
    """What becomes of further pre-financing where too little of the earlier one is used."""
    guarantee: Money | None = None
    """Financial guarantee asked for, in EUR."""
    management_cap: ManagementCap | None = None
    """What the management part is held against after a reduction."""
    reduces: Reduces | None = None
    """What a weak report reduces, where there is one score: what is eligible, or the grant as agreed."""
    weekends: Weekends | None = None
    """Whether a date on a weekend or holiday holds as it is."""
    holidays: tuple[Day, ...] = ()
    """Public holidays that count as weekends do."""
    late_reminder_days: Count | None = None
    """Days after the due date within which the agency reminds of a late report."""
    grace_days: Count | None = None
    """Days after that reminder from which the agency may end the grant."""
    contest_days: Count | None = None
    """Days within which the decision on the final report may be contested."""
    amendment_days: Count | None = None
    """Days before the end of the project up to which amendments are asked for."""
    amendment_reply_days: Count | None = None
    """Days within which a request for an amendment is answered."""
    records_years: Count | None = None
    """Years after the balance payment for which records are kept."""
    distribution_days: Count | None = None
    """Days after a payment of the agency within which the coordinator passes it on."""
    retention: Share | None = None
    """Share of each partner's part that the coordinator keeps back until the final amount is known."""
    partner_instalments: dict[Id, Split] = Field(default_factory=dict)
    """Partners whose part is passed on in shares of its own, one for each payment of the agency."""
    contacts: Annotated[tuple[Email, ...], Field(max_length=50)] = ()
    """E-mail addresses that are reminded."""


class Basis(NamedTuple):
    """What a term rests on: the agreement, or document and page, and why that is in doubt."""

    source: Word
    doubt: Sentence | None = None


class Terms(Model):
    """The terms of one grant, each with what it rests on by its name in ``basis``; amounts in EUR."""

    kind: GrantKind
    signed: Day | None
    instalments: tuple[Share, ...]
    prefinancing: Count
    prefinancing_before_start: Count | None
    further: Count
    balance: Count
    reports: tuple[ReportDate, ...]
    interim_report: Count | None
    interim_pays: InterimPays
    interim_ceiling: Share
    final_report: Count
    final_report_fixed: Day | None
    reminders: tuple[Count, ...]
    """Days after the end on which the agencies' system reminds of the final report."""
    min_use: Share
    use_rule: UseRule
    guarantee_above: Money
    guarantee: Money | None
    guarantee_release: Count
    records: Count
    management_cap: ManagementCap
    reduces: Reduces
    weekends: Weekends
    holidays: tuple[Day, ...]
    late_reminder: Count | None
    grace: Count | None
    contest: Count | None
    termination_report: Count
    amendment: Count
    amendment_reply: Count
    distribution: Count
    retention: Share
    partner_instalments: dict[Id, tuple[Share, ...]]
    partner_input_interim: Count
    partner_input_final: Count
    evidence: Count
    contacts: tuple[Email, ...]
    basis: dict[str, Basis]


TERM_WORDS = {
    "kind": Word("Kind of grant"),
    "signed": Word("Day of the last signature"),
    "instalments": Word("Instalments, shares of the grant"),
    "prefinancing": Word("Pre-financing, days after the last signature"),
    "prefinancing_before_start": Word("Pre-financing, not earlier than so many days before the start"),
    "further": Word("Further payment, days after the report"),
    "balance": Word("Balance, days after the final report"),
    "reports": Word("Reports before the final one"),
    "interim_report": Word("Interim report, days after its period"),
    "interim_pays": Word("An interim report is followed by"),
    "interim_ceiling": Word("Most paid before the balance, share of the grant"),
    "final_report": Word("Final report, days after the end"),
    "final_report_fixed": Word("Final report, fixed day"),
    "reminders": Word("Reminders of the agencies' system, days after the end"),
    "min_use": Word("Pre-financing to be used before more is paid"),
    "use_rule": Word("Where less is used"),
    "guarantee_above": Word("A guarantee may be asked for above, EUR"),
    "guarantee": Word("Guarantee asked for, EUR"),
    "guarantee_release": Word("Guarantee kept after a debit note, months"),
    "records": Word("Records kept, years"),
    "management_cap": Word("Cap on project management after a reduction"),
    "reduces": Word("A weak report reduces"),
    "weekends": Word("Dates on weekends and holidays"),
    "holidays": Word("Holidays"),
    "late_reminder": Word("Reminder of a late report, days after it was due"),
    "grace": Word("The grant may be ended, days after that reminder"),
    "contest": Word("Contest of the decision, days"),
    "termination_report": Word("Report after a termination, days"),
    "amendment": Word("Last call for amendments, days before the end"),
    "amendment_reply": Word("Answer to an amendment request, days"),
    "distribution": Word("Payments passed on, days"),
    "retention": Word("Kept back from partners until the end, share"),
    "partner_instalments": Word("Partners with instalments of their own"),
    "partner_input_interim": Word("Partners' parts of an interim report, months before"),
    "partner_input_final": Word("Partners' parts of the final report, days before"),
    "evidence": Word("Evidence of a part filed, days after its end"),
    "contacts": Word("Who is reminded"),
}
"""The terms as people read them."""


def terms_of(rules: Rules, months: int, grant: Decimal, agreement: Agreement | None = None) -> Terms:
    """Return the terms of a grant in EUR over so many months: the agreement's, else the call's or what is usual."""
    said = agreement or Agreement()
    payments, records, report = rules.payments, rules.records, rules.final_report_due
    kind = kind_of(rules)
    usual, cite = practice_of(kind)
    basis: dict[str, Basis] = {}

    def term(name: str, agreed: _T | None, expected: _T, rule: Sourced | None) -> _T:
        if agreed is not None:
            basis[name] = Basis(GRANT_AGREEMENT)
            return agreed
        if rule is not None:
            basis[name] = Basis(Word(rules.cite(rule.source) or ""), rule.doubt)
        return expected

    def custom(name: str, agreed: _T | None, expected: _T, rule: Sourced | None) -> _T:
        if agreed is None and rule is not None:
            basis[name] = Basis(Word(cite(rule.source)), rule.doubt)
            return expected
        return term(name, agreed, expected, None)

    def days(rule: Days | None) -> int | None:
        return None if rule is None else rule.days

    split, scored = _instalments(rules, months), rules.final_report
    shares = term("instalments", said.instalments, split.shares, split)
    cap: ManagementCap = scored.management_cap if isinstance(scored, WorkPackageScore) else "none"
    reduces: Reduces = scored.reduces if isinstance(scored, ProjectScore) else "eligible"
    pays: InterimPays = usual.interim_pays.pays if usual.interim_pays else "pre-financing"
    pays = custom("interim_pays", said.interim_pays, pays, usual.interim_pays)
    after_interim = term("further", said.further_days, payments.further.days, payments.further)
    if pays == "accepted":
        after_interim = custom("further", said.further_days, usual.interim_payment.days, usual.interim_payment)
    years = records.small_grant_years if grant <= records.small_grant else records.years
    late = usual.late_report
    return Terms(
        kind=kind,
        signed=said.signed or max(said.signatures.values(), default=None),
        instalments=shares,
        prefinancing=term(
            "prefinancing", said.prefinancing_days, payments.prefinancing.days, payments.prefinancing
        ),
        prefinancing_before_start=custom(
            "prefinancing_before_start", None, days(usual.prefinancing_before_start), usual.prefinancing_before_start
        ),
        further=after_interim,
        balance=term("balance", said.balance_days, payments.balance.days, payments.balance),
        reports=said.reports,
        interim_report=custom("interim_report", None, days(usual.interim_report), usual.interim_report),
        interim_pays=pays,
        interim_ceiling=term("interim_ceiling", said.interim_ceiling, 1 - shares[-1], split),
        final_report=term("final_report", said.final_report_days, report.days, report),
        final_report_fixed=said.final_report,
        reminders=report.reminders,
        min_use=term("min_use", said.min_use, payments.further.min_use, payments.further),
        use_rule=term("use_rule", said.use_rule, "unused", payments.further),
        guarantee_above=term("guarantee_above", None, payments.guarantee.above, payments.guarantee),
        guarantee=said.guarantee,
        guarantee_release=custom(
            "guarantee_release", None, usual.guarantee_release.months, usual.guarantee_release
        ),
        records=term("records", said.records_years, years, records),
        management_cap=term("management_cap", said.management_cap, cap, scored),
        reduces=term("reduces", said.reduces, reduces, scored),
        weekends=said.weekends or "as-printed",
        holidays=said.holidays,
        late_reminder=custom("late_reminder", said.late_reminder_days, late.reminder_days if late else None, late),
        grace=custom("grace", said.grace_days, late.grace_days if late else None, late),
        contest=custom("contest", said.contest_days, days(usual.contest), usual.contest),
        termination_report=custom("termination_report", None, usual.termination_report.days, usual.termination_report),
        amendment=custom("amendment", said.amendment_days, usual.amendment.days_before_end, usual.amendment),
        amendment_reply=custom(
            "amendment_reply", said.amendment_reply_days, usual.amendment.reply_days, usual.amendment
        ),
        distribution=custom("distribution", said.distribution_days, usual.distribution.days, usual.distribution),
        retention=said.retention or Decimal(0),
        partner_instalments=said.partner_instalments,
        partner_input_interim=custom(
            "partner_input_interim", None, usual.partner_input_interim.months, usual.partner_input_interim
        ),
        partner_input_final=custom(
            "partner_input_final", None, usual.partner_input_final.days, usual.partner_input_final
        ),
        evidence=custom("evidence", None, usual.evidence.days, usual.evidence),
        contacts=said.contacts,
        basis=basis,
    )  # fmt: skip


def kind_of(rules: Rules) -> GrantKind:
    """Return the kind of grant that rules are for."""
    first_lump_sums = 2021
    if rules.managed_by == "eacea" and rules.call >= first_lump_sums:
        return GrantKind.EACEA
    if rules.structure == "units" or rules.call < first_lump_sums:
        return GrantKind.UNIT_CONTRIBUTIONS
    return GrantKind.SMALL_SCALE if rules.structure == "activities" else GrantKind.COOPERATION


def _instalments(rules: Rules, months: int) -> Instalments:
    fitting = (
        split for split in rules.payments.instalments if split.up_to_months is None or months <= split.up_to_months
    )
    return next(fitting, rules.payments.instalments[-1])
