"""The data sheet of one grant: what the signed agreement says, and where it is silent what the call's rules expect."""

from datetime import date
from typing import Annotated, Literal, NamedTuple, TypeVar

from pydantic import AfterValidator

from ka2budget.model import Count, Day, Model, Money, Share
from ka2budget.rules import Days, Instalments, ProjectScore, Rules, Sourced, WorkPackageScore
from ka2budget.text import Sentence, Word, phrase

GRANT_AGREEMENT = Word("grant agreement")
"""What a term rests on that the agreement says."""
_T = TypeVar("_T")

ManagementCap = Literal["final-total", "unreduced-total", "none"]
"""What the management part is held against after a reduction: its share of the final total including it, of the
total with management unreduced, or nothing."""


Reduces = Literal["eligible", "grant"]
"""What the band of a score is applied to: what is eligible after the report, or the grant as agreed."""


def _whole_grant(shares: tuple[Share, ...]) -> tuple[Share, ...]:
    if sum(shares) != 1:
        raise ValueError(
            phrase("instalments are shares of the grant and have to add up to 1, not {total}", total=f"{sum(shares)}")
        )
    return shares


class Agreement(Model):
    """What one signed agreement says; what it leaves out is taken from the call's rules."""

    signed: Day | None = None
    """Day of the last signature."""
    instalments: Annotated[tuple[Share, ...], AfterValidator(_whole_grant)] | None = None
    """Shares of the grant in the order of payment; the last is the balance."""
    prefinancing_days: Count | None = None
    balance_days: Count | None = None
    final_report_days: Count | None = None
    final_report: Day | None = None
    """Fixed date of the final report; it wins over the days."""
    management_cap: ManagementCap | None = None
    reduces: Reduces | None = None
    """What a weak report reduces, where there is one score: what is eligible, or the grant as agreed."""


class Basis(NamedTuple):
    """What a term rests on: the agreement, or document and page, and why that is in doubt."""

    source: str
    doubt: Sentence | None = None


class Terms(NamedTuple):
    """The terms of one grant, each with what it rests on."""

    signed: date | None
    instalments: tuple[Share, ...]
    prefinancing_days: int
    further_days: int
    balance_days: int
    final_report_days: int
    final_report: date | None
    reminders: tuple[int, ...]
    guarantee_above: Money
    records_years: int
    management_cap: ManagementCap
    reduces: Reduces
    basis: dict[str, Basis]


def terms_of(rules: Rules, months: int, grant: Money, agreement: Agreement | None = None) -> Terms:
    """Return the terms of a grant in EUR over so many months: the agreement's, else the call's."""
    said = agreement or Agreement()
    payments, records = rules.payments, rules.records
    basis: dict[str, Basis] = {}

    def term(name: str, agreed: _T | None, expected: _T, rule: Sourced) -> _T:
        if agreed is not None:
            basis[name] = Basis(GRANT_AGREEMENT)
            return agreed
        basis[name] = Basis(rules.cite(rule.source) or "", rule.doubt)
        return expected

    split, scored = _instalments(rules, months), rules.final_report
    cap: ManagementCap = scored.management_cap if isinstance(scored, WorkPackageScore) else "none"
    reduces: Reduces = scored.reduces if isinstance(scored, ProjectScore) else "eligible"
    report: Days = rules.final_report_due
    return Terms(
        signed=said.signed,
        instalments=term("instalments", said.instalments, split.shares, split),
        prefinancing_days=term(
            "prefinancing", said.prefinancing_days, payments.prefinancing.days, payments.prefinancing
        ),
        further_days=term("further", None, payments.further.days, payments.further),
        balance_days=term("balance", said.balance_days, payments.balance.days, payments.balance),
        final_report_days=term("final-report", said.final_report_days, report.days, report),
        final_report=said.final_report,
        reminders=rules.final_report_due.reminders,
        guarantee_above=term("guarantee", None, payments.guarantee.above, payments.guarantee),
        records_years=term(
            "records", None, records.small_grant_years if grant <= records.small_grant else records.years, records
        ),
        management_cap=term("management-cap", said.management_cap, cap, scored),
        reduces=term("reduces", said.reduces, reduces, scored),
        basis=basis,
    )


def _instalments(rules: Rules, months: int) -> Instalments:
    fitting = (
        split for split in rules.payments.instalments if split.up_to_months is None or months <= split.up_to_months
    )
    return next(fitting, rules.payments.instalments[-1])
