"""What the grant agreement of a call is expected to say of payments, reports and records."""

from ka2budget.model import Count, Model, Money, Share
from ka2budget.rules.tables import Sourced


class Days(Sourced):
    """A time limit in calendar days."""

    days: Count
    """Number of days."""


class FurtherPrefinancing(Days):
    """Further pre-financing: paid in full once enough of the earlier one is used."""

    min_use: Share
    """Share of the earlier pre-financing that has to be used."""


class Instalments(Sourced):
    """How the grant is paid out, as shares of it; the last one is the balance."""

    up_to_months: Count | None = None
    """Longest project this holds for; absent, any."""
    shares: tuple[Share, ...]
    """Shares of the grant in the order of payment."""


class Above(Sourced):
    """An amount in EUR above which something may be asked."""

    above: Money
    """The amount, in EUR."""


class Payments(Model):
    """What the grant agreement is expected to say; the signed agreement wins."""

    prefinancing: Days
    """Days after the last signature."""
    further: FurtherPrefinancing
    """Further pre-financing, after its request."""
    balance: Days
    """Days after the final report was received."""
    guarantee: Above
    """Grants above this amount may need a financial guarantee."""
    instalments: tuple[Instalments, ...]
    """How the grant is paid out, by duration."""


class FinalReportDue(Days):
    """When the final report is due, and when the agencies' system reminds of it, in days after the end."""

    reminders: tuple[Count, ...] = ()
    """Days after the end on which the agencies' system reminds."""


class Records(Sourced):
    """How long records are kept, in years after the balance payment."""

    years: Count
    """Years for grants above the limit."""
    small_grant: Money
    """Grants up to this amount, in EUR, are kept for a shorter time."""
    small_grant_years: Count
    """Years for grants up to the limit."""
