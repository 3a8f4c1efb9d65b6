"""The tables of a call file that say who may apply, for what and how much; without a source none of them loads."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, WithJsonSchema

from ka2budget.formulas import DistanceBand, Price
from ka2budget.model import Count, Country, Day, Flag, HeadingName, Model, Money, Share
from ka2budget.money import cents_at_most
from ka2budget.project import Category, Role
from ka2budget.text import Sentence, Word

_LOCAL_TIME = {"type": "string", "pattern": r"^20[0-9]{2}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2})?$"}

Citation = Annotated[str, Field(min_length=1)]
"""A document of the call's sources.toml and a page in it, such as ``guide p. 250``."""


class Sourced(Model):
    """A table that holds figures: without the document it comes from it does not load."""

    source: Citation
    """Document and page."""
    doubt: Sentence | None = None
    """Why no official document confirms the figures; whoever uses them is told."""
    note: Sentence | None = None
    """What a reader of the figures should know."""
    unknown: dict[str, Sentence] = Field(default_factory=dict)
    """Figures that were found in no document: the name of each, and what is known of it."""


class Heading(Sourced):
    """A budget heading and the way it is priced."""

    label: Word
    """The heading as people read it."""
    price: Price
    """How it is priced."""
    ceiling: Money | None = None
    """Most that the project may have under it, in EUR."""
    ceiling_of_application: Money | None = None
    """Most that may be asked for under it in the application, in EUR; the report is not held to it."""
    ceiling_per_year: Money | None = None
    """Most per year of the project, in EUR; a month counts a twelfth."""
    participants_per_year: Count | None = None
    """Most participants per year of the project."""
    only_with: str | None = None
    """Another heading without which it is not paid."""
    students_among: str | None = None
    """Another heading, among whose students those of this one are."""
    groups: tuple[str, ...] = ()
    """Country groups whose organisations may have it; none named, all."""
    codes: tuple[str, ...] = ()
    """Codes it is for; none named, all."""


class Participation(Sourced):
    """Who may take part in one role."""

    groups: tuple[str, ...]
    """Country groups of the call's countries.toml; ``all`` stands for the whole world."""
    excluded: tuple[Country, ...] = ()
    """Countries of those groups that may not."""
    types: tuple[str, ...] = ()
    """Types of organisation that may have the role; none named, all."""
    condition: Sentence | None = None
    """What else the organisation has to be, which no program can judge."""


class Eligibility(Model):
    """Who may take part, by role; a role the call does not name is absent."""

    coordinator: Participation
    """Who may coordinate."""
    partner: Participation
    """Who may be a partner."""
    affiliated: Participation | None = None
    """Who may be an affiliated entity."""
    associated: Participation | None = None
    """Who may be an associated partner."""


class Composition(Sourced):
    """One demand on the consortium; organisations of other countries come on top of it."""

    organisations: Count = 0
    """Least number of organisations, the coordinator included."""
    most: Count | None = None
    """Greatest number of them."""
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
    roles: tuple[Role, ...] = (Role.COORDINATOR, Role.PARTNER)
    """Roles that count."""
    codes: tuple[str, ...] = ()
    """Codes it is for; none named, all."""
    variants: tuple[str, ...] = ()
    """Variants it is for; none named, all."""


class Parity(Sourced):
    """At least as many organisations of some country groups as of others."""

    of: tuple[str, ...]
    """Country groups that need as many organisations."""
    as_of: tuple[str, ...]
    """Country groups that they are compared with."""
    types: tuple[str, ...] = ()
    """Types of organisation that count; none named, all."""


class Months(Sourced):
    """Duration of the project in months."""

    min: Count
    """Shortest duration, in months."""
    max: Count
    """Longest duration, in months."""
    normally: Flag = False
    """Whether the call says only what is usual; another duration then needs reasons."""
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
    """Years for which the applicant has to exist."""


class EstimatedCost(Sourced):
    """The whole cost of the project has to be higher than the lump sum; no percentage is asked for."""

    above_lump_sum: Literal[True]
    """The whole cost has to be higher than the lump sum."""


class AtMost(Sourced):
    """A greatest number."""

    max: Count
    """The greatest number."""


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
    per_organisation: Count | None = None
    """Most applications in which an organisation may be."""
    as_applicant: Count | None = None
    """Most applications of which it may be the applicant."""


class Venues(Sourced):
    """Where activities may take place."""

    roles: tuple[Literal["coordinator", "partner", "affiliated", "associated"], ...]
    """The countries of partners with these roles are allowed."""
    seats: tuple[Country, ...]
    """Countries with a seat of an EU institution, allowed where it is justified."""
    sharing_elsewhere: Flag
    """Whether the sharing of results may take place in other eligible countries."""


class Categories(Sourced):
    """Cost categories of the detailed budget table that the call does not accept, or not of everybody."""

    forbidden: tuple[Category, ...] = ()
    """Categories that are not accepted of anybody."""
    only_of: dict[Category, tuple[str, ...]] = Field(default_factory=dict)
    """Country groups whose organisations alone may have costs of a category."""


class GrantShares(Sourced):
    """Most that a cost category or a budget heading may be of the grant."""

    most: dict[str, Share]
    """The most of each category or heading, as a share of the grant."""


class GrantLimits(Sourced):
    """The least and the most that the grant may be, in EUR, where it is a sum of headings."""

    min: Money | None = None
    """The least that the grant may be."""
    max: Money | None = None
    """The most that the grant may be."""
    per_month: Money | None = None
    """Most per month of the project."""
    by_months: dict[str, Money] = Field(default_factory=dict)
    """The most, where it depends on the duration in months."""
    per_organisation_and_year: Money | None = None
    """Most per organisation and year of the project."""

    def most(self, months: int, organisations: int) -> Decimal | None:
        """Return the highest grant in EUR for so many months and organisations, or None where there is none."""
        found = [self.by_months.get(str(months), self.max)]
        if self.per_month is not None:
            found.append(self.per_month * months)
        if self.per_organisation_and_year is not None:
            found.append(cents_at_most(self.per_organisation_and_year * organisations * months / 12))
        return min((one for one in found if one is not None), default=None)


class Transfers(Sourced):
    """What may move between headings without an amendment, as shares of what each was awarded."""

    leaving: tuple[str, ...]
    """Headings that money may leave."""
    entering: tuple[str, ...]
    """Headings that money may enter, up to ``most_in`` of what they were awarded."""
    without_limit: tuple[str, ...] = ()
    """Headings that money may enter without a limit, also where nothing was awarded."""
    most_out: Share = Decimal(1)
    """Most that may leave a heading, as a share of what it was awarded."""
    most_in: Share | None = None
    """Absent, as much as leaves the others."""
    together: dict[str, tuple[HeadingName, ...]] = Field(default_factory=dict)
    """Headings that the agreement counts as one category, between which money moves freely."""

    def category(self, heading: str) -> str:
        """Return the category a heading is counted in: its own where it is in none with others."""
        return next((name for name, headings in self.together.items() if heading in headings), heading)


class SmeOwners(Sourced):
    """Unit cost of owners of small and medium-sized enterprises without salary, before the country's coefficient."""

    per_month: Money
    """Unit cost of a month, in EUR."""
    per_day: Money
    """Unit cost of a day, in EUR."""


class TravelUnits(Sourced):
    """Unit costs of travel by distance, for the return trip of one person."""

    bands: tuple[DistanceBand, ...]
    """Unit costs by distance, in ascending order."""

    def unit(self, distance_km: Decimal) -> Decimal | None:
        """Return the unit cost in EUR; None below the first band, where the real cost is planned."""
        return next((band.rate for band in reversed(self.bands) if band.from_km <= distance_km), None)


class Subcontracting(Sourced):
    """Share of all costs above which subcontracting needs reasons of its own."""

    reasons_above: Share
    """Share of all costs above which reasons are needed."""


class Limits(Model):
    """The limits of a call; the same kind of limit has the same name in all calls."""

    months: Months
    """Duration of the project."""
    extension: Extension | None = None
    """By how much a running project may be extended."""
    applicant_age: ApplicantAge | None = None
    """How long the applicant has to exist."""
    estimated_cost: EstimatedCost | None = None
    """What the whole cost is held against."""
    work_packages: AtMost | None = None
    """Most work packages that the application form takes."""
    recommended_work_packages: AtMost | None = None
    """Most work packages that are recommended."""
    management: Management | None = None
    """The project management work package."""
    applications: Applications | None = None
    """In how many applications one organisation may appear."""
    venues: Venues | None = None
    """Where activities may take place."""
    regions: AtMost | None = None
    """From how many regions the organisations of third countries may come."""
    categories: Categories | None = None
    """Cost categories that are not accepted, or not of everybody."""
    grant: GrantLimits | None = None
    """The least and the most that the grant may be."""
    grant_shares: GrantShares | None = None
    """Most that a category or heading may be of the grant."""
    subcontracting: Subcontracting | None = None
    """When subcontracting needs reasons."""
    sme_owners: SmeOwners | None = None
    """Unit cost of owners without salary."""
    travel: TravelUnits | None = None
    """Unit costs of travel."""


class Round(Sourced):
    """One deadline of the call and the start dates that belong to it."""

    round: Count
    """Number of the round."""
    deadline: Annotated[datetime, WithJsonSchema(_LOCAL_TIME)]
    """Brussels time."""
    start_from: Day | None = None
    """First day on which its projects start."""
    start_to: Day | None = None
    """Last day on which its projects start."""
    optional: Flag = False
    """Whether it is held only where the agency opens it."""
    codes: tuple[str, ...] = ()
    """Codes the round is for; none named, all."""


class Criterion(Model):
    """An award criterion."""

    max: Count
    """Most points."""
    min: Count
    """Points that are needed."""


class Award(Sourced):
    """How applications are scored, in points."""

    threshold: Count
    """Points that are needed in all."""
    criteria: dict[str, Criterion]
    """The criteria by name."""
    tie_break: tuple[str, ...] = ()
    """Criteria that decide between equal scores, in their order."""


class Question(Sourced):
    """Something the call asks for that only people can judge."""

    asks: Sentence
    """What the call asks for."""
