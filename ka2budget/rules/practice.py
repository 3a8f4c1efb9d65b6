"""What grant agreements of each kind are known to say where the guides of the calls are silent."""

from enum import StrEnum
from typing import Literal

from ka2budget.model import Count, Model
from ka2budget.rules.payments import Days
from ka2budget.rules.tables import Sourced


class GrantKind(StrEnum):
    """The four kinds of grant whose lives differ."""

    SMALL_SCALE = "small-scale"
    """Small-scale Partnerships: activities, managed by a National Agency."""
    COOPERATION = "cooperation"
    """Cooperation Partnerships: work packages, managed by a National Agency."""
    EACEA = "eacea"
    """Lump sums of the agency in Brussels."""
    UNIT_CONTRIBUTIONS = "unit-contributions"
    """Grants of 2014 to 2020, and of Cooperation Partnerships in 2021."""


InterimPays = Literal["pre-financing", "accepted"]
"""What an interim report is followed by: further pre-financing, or a payment for accepted work packages."""


class MonthsBefore(Sourced):
    """A time limit in months before or after another day."""

    months: Count


class LateReport(Sourced):
    """What happens where a final report does not come, in days."""

    reminder_days: Count
    """Days after the due date within which the agency reminds."""
    grace_days: Count
    """Days after the reminder from which it may end the grant."""


class AmendmentLimits(Sourced):
    """When amendments are asked for and answered, in days."""

    days_before_end: Count
    reply_days: Count


class WhatInterimPays(Sourced):
    """What an interim report is followed by."""

    pays: InterimPays


class Practice(Model):
    """What grant agreements of one kind are known to say; what they do not have is absent."""

    distribution: Days
    """Days after a payment of the agency within which the coordinator passes it on."""
    partner_input_interim: MonthsBefore
    """Months before an interim report at which the partners' parts are due."""
    partner_input_final: Days
    """Days before the final report at which they are due."""
    interim_report: Days | None = None
    """Days after the end of the reporting period."""
    interim_payment: Days
    """Days after the receipt of an interim report."""
    interim_pays: WhatInterimPays | None = None
    prefinancing_before_start: Days | None = None
    """Days before the start before which no pre-financing is paid."""
    late_report: LateReport | None = None
    contest: Days | None = None
    """Days after the decision on the final report."""
    termination_report: Days
    """Days after the termination takes effect."""
    amendment: AmendmentLimits
    guarantee_release: MonthsBefore
    """Months after the debit note until which a guarantee is kept where money is recovered."""
    evidence: Days
    """Days after the end of a work package at which its evidence should be filed."""
