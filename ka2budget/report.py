"""What was really done: what a report declares, what the assessor decided, and what has been paid. Shape only."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from ka2budget.model import Count, Day, Id, Line, Model, Money, Share, Text
from ka2budget.project import CostLine, RealCost, Unit

Score = Annotated[Count, Field(le=100)]
"""Points from 0 to 100."""


class Delivered(StrEnum):
    """Whether a work package or an activity was carried out."""

    YES = "yes"
    PARTLY = "partly"
    NO = "no"


class Assessment(Model):
    """The assessor's view of the project as a whole, for actions that have one score."""

    score: Score | None = None
    """Points for the project as a whole."""
    criteria: dict[Line, Score] = Field(default_factory=dict)
    """Points by award criterion; they add up to the score."""


class Result(Model):
    """What became of one work package or activity."""

    id: Id
    """The work package or activity, by its id in the project."""
    score: Score | None = None
    """Points given to the work package; the management work package has none."""
    delivered: Delivered = Delivered.YES
    """Whether it was carried out: yes, partly or no."""
    rejected: Money | None = None
    """Amount refused outright before any score counts, in EUR, beside what is refused of its activities.

    Where real costs are paid, it is refused of the costs reported, indirect ones included.
    """
    accepted: Share | None = None
    """Accepted part, where parts are accepted instead of scored."""
    costs: tuple[CostLine, ...] = ()
    """The real costs that are accepted, where the grant pays real costs."""
    comment: Text | None = None
    """What the assessor says of it."""


class Payment(Model):
    """Money the agency paid to the coordinator."""

    date: Day
    """Day of the payment."""
    amount: Money
    """Amount paid, in EUR."""


class Transfer(Payment):
    """Money the coordinator passed on to a partner."""

    partner: Id
    """Who received it."""


class Report(Model):
    """A final report and its assessment: the content of a report file."""

    until: Day | None = None
    """Last day of the period reported on."""
    used: Money | None = None
    """Pre-financing used until then, in EUR."""
    assessment: Assessment = Field(default_factory=Assessment)
    """The assessor's view of the project as a whole."""
    work_packages: tuple[Result, ...] = ()
    """What became of the work packages."""
    activities: tuple[Result, ...] = ()
    """Activities, also those inside work packages."""
    units: tuple[Unit, ...] = ()
    """What was achieved, where the call has unit contributions; the same keys as in the project."""
    real_costs: tuple[RealCost, ...] = ()
    """The real costs that are accepted."""
    payments: tuple[Payment, ...] = ()
    """Payments of the agency to the coordinator."""
    transfers: tuple[Transfer, ...] = ()
    """Payments of the coordinator to the partners."""
