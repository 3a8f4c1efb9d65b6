"""The tables of a call file that say who may apply, for what and how much; without a source none of them loads."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from ka2budget.formulas import Price
from ka2budget.model import Count, Country, Day, Flag, Model, Share
from ka2budget.project import Category

Citation = Annotated[str, Field(min_length=1)]
"""A document of the call's sources.toml and a page in it, such as ``guide p. 250``."""


class Sourced(Model):
    """A table that holds figures: without the document it comes from it does not load."""

    source: Citation
    """Document and page."""
    doubt: str | None = None
    """Why no official document confirms the figures; whoever uses them is told."""
    note: str | None = None
    """What a reader of the figures should know."""


class Heading(Sourced):
    """A budget heading and the way it is priced."""

    label: str
    price: Price


class Participation(Sourced):
    """Who may take part in one role."""

    groups: tuple[str, ...]
    """Country groups of the call's countries.toml; ``all`` stands for the whole world."""
    excluded: tuple[Country, ...] = ()
    """Countries of those groups that may not."""
    types: tuple[str, ...] = ()
    """Types of organisation that may have the role; none named, all."""
    condition: str | None = None
    """What else the organisation has to be, which no program can judge."""


class Eligibility(Model):
    """Who may take part, by role; a role the call does not name is absent."""

    coordinator: Participation
    partner: Participation
    affiliated: Participation | None = None
    associated: Participation | None = None


class Composition(Sourced):
    """One demand on the consortium; organisations of other countries come on top of it."""

    organisations: Count
    """Least number of organisations, the coordinator included."""
    countries: Count = 1
    """Least number of different countries they come from."""
    groups: tuple[str, ...]
    """Country groups that count; ``all`` stands for the whole world."""
    types: tuple[str, ...] = ()
    """Types of organisation that count; none named, all."""
    per_country: Flag = False
    """Whether it is demanded of every country of these groups that takes part."""
    where: tuple[str, ...] = ()
    """Country groups of which an organisation has to take part for the demand to hold; none named, it always holds."""


class Parity(Sourced):
    """At least as many organisations of some country groups as of others."""

    of: tuple[str, ...]
    as_of: tuple[str, ...]


class Months(Sourced):
    """Duration of the project in months."""

    min: Count
    max: Count
    allowed: tuple[Count, ...] = ()
    """The durations on offer, where not every one between is."""


class Extension(Sourced):
    """By how much a running project may be extended; the grant stays as it is."""

    by_months: Count | None = None
    """Most months that may be added; absent where no number is printed."""
    up_to_months: Count | None = None
    """Longest duration in all."""


class ApplicantAge(Sourced):
    """How long the applicant has to exist on the day of the deadline."""

    years: Count


class EstimatedCost(Sourced):
    """The whole cost of the project has to be higher than the lump sum; no percentage is asked for."""

    above_lump_sum: Literal[True]


class AtMost(Sourced):
    """A greatest number."""

    max: Count


class Management(Sourced):
    """The project management work package."""

    work_packages: Count
    """How many work packages are for management."""
    max_share: Share
    """Most that it may be of the lump sum."""


class Applications(Sourced):
    """In how many applications one organisation may appear per deadline."""

    codes: tuple[str, ...]
    """Actions counted together; codes that are not named are not limited."""
    per_organisation: Count
    as_applicant: Count | None = None


class Venues(Sourced):
    """Where activities may take place."""

    roles: tuple[Literal["coordinator", "partner", "affiliated", "associated"], ...]
    """The countries of partners with these roles are allowed."""
    seats: tuple[Country, ...]
    """Countries with a seat of an EU institution, allowed where it is justified."""
    sharing_elsewhere: Flag
    """Whether the sharing of results may take place in other eligible countries."""


class Categories(Sourced):
    """Cost categories of the detailed budget table that the call does not accept."""

    forbidden: tuple[Category, ...]


class GrantShares(Sourced):
    """Most that a cost category may be of the grant."""

    most: dict[Category, Share]


class Subcontracting(Sourced):
    """Share of all costs above which subcontracting needs reasons of its own."""

    reasons_above: Share


class Limits(Model):
    """The limits of a call; the same kind of limit has the same name in all calls."""

    months: Months
    extension: Extension | None = None
    applicant_age: ApplicantAge | None = None
    estimated_cost: EstimatedCost | None = None
    work_packages: AtMost | None = None
    recommended_work_packages: AtMost | None = None
    management: Management | None = None
    applications: Applications | None = None
    venues: Venues | None = None
    regions: AtMost | None = None
    """From how many regions the organisations of third countries may come."""
    categories: Categories | None = None
    grant_shares: GrantShares | None = None
    subcontracting: Subcontracting | None = None


class Round(Sourced):
    """One deadline of the call and the start dates that belong to it."""

    round: Count
    deadline: datetime
    """Brussels time."""
    start_from: Day | None = None
    start_to: Day | None = None
    optional: Flag = False
    """Whether it is held only where the agency opens it."""
    codes: tuple[str, ...] = ()
    """Codes the round is for; none named, all."""


class Criterion(Model):
    """An award criterion."""

    max: Count
    min: Count


class Award(Sourced):
    """How applications are scored, in points."""

    threshold: Count
    criteria: dict[str, Criterion]
    tie_break: tuple[str, ...] = ()
