"""What the applicant wrote: a project, its partners, work packages and activities. Shape only, no rules."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from ka2budget.dates import end_of_period
from ka2budget.model import Count, Country, Day, Flag, Id, Line, Model, Money, Quantity, Text
from ka2budget.money import cents, total

PARTNERS_AT_MOST = 150
"""More partners than this is taken for a mistake in the file; the largest alliances have a third of it."""


class Role(StrEnum):
    """What a partner is to the grant agreement."""

    COORDINATOR = "coordinator"
    PARTNER = "partner"
    AFFILIATED = "affiliated"
    ASSOCIATED = "associated"


class Partner(Model):
    """An organisation that takes part."""

    id: Id
    """Short name that other tables refer to, such as P1."""
    name: Line
    """Legal name of the organisation."""
    country: Country
    role: Role = Role.PARTNER
    """coordinator, partner, affiliated (with `of`) or associated (takes no money)."""
    of: Id | None = None
    """For an affiliated entity: the partner it belongs to."""
    type: Line | None = None
    """Type of organisation, as the action's composition rules name it."""
    city: Line | None = None
    oid: Line | None = None
    """Organisation ID of actions managed by National Agencies, such as E10000001."""
    pic: Line | None = None
    """Participant Identification Code of actions managed by EACEA, nine digits."""
    established: Day | None = None
    """Day on which the organisation was legally established."""
    estimated_cost: Money | None = None
    """The partner's part of the whole cost, in EUR."""

    @property
    def is_funded(self) -> bool:
        """Whether the partner may receive a share of the grant."""
        return self.role is not Role.ASSOCIATED


class Activity(Model):
    """Something that takes place; in Small-scale Partnerships the unit of budgeting."""

    id: Id
    title: Line
    lead: Id
    """The organisation that leads the activity."""
    amount: Money
    """Grant allocated to the activity, in EUR."""
    start: Day | None = None
    end: Day | None = None
    venue: Line | None = None
    venue_country: Country | None = None
    participants: tuple[Id, ...] = ()
    """Other organisations that take part."""
    shares: dict[Id, Money] = Field(default_factory=dict)
    """Who gets what of the amount, in EUR; without it the lead gets the whole."""
    results: Text | None = None
    """Expected results."""

    @property
    def allocation(self) -> Mapping[str, Decimal]:
        """Who gets what of the activity, in EUR: as given, else the whole goes to its lead."""
        return self.shares or {self.lead: self.amount}


class Category(StrEnum):
    """The cost categories of the detailed budget table, by the codes it gives them."""

    EMPLOYEES = "A1"
    NATURAL_PERSONS = "A2"
    SECONDED_PERSONS = "A3"
    SME_OWNERS = "A4"
    VOLUNTEERS = "A5"
    SUBCONTRACTING = "B"
    TRAVEL = "C1.travel"
    ACCOMMODATION = "C1.accommodation"
    SUBSISTENCE = "C1.subsistence"
    EQUIPMENT = "C2"
    CONSUMABLES = "C3.consumables"
    MEETINGS = "C3.meetings"
    COMMUNICATION = "C3.communication"
    WEBSITE = "C3.website"
    ARTISTIC_FEES = "C3.artistic-fees"
    OTHER_GOODS = "C3.other"
    THIRD_PARTIES = "D1"


class CostLine(Model):
    """One line of a detailed budget: units times the cost of one."""

    partner: Id
    category: Category
    label: Line | None = None
    """What it is for; for A1 the type of staff."""
    units: Quantity
    """Person-months, travels, days or pieces."""
    unit_cost: Quantity
    """Cost of one unit, in EUR."""

    @property
    def amount(self) -> Decimal:
        """Units times the cost of one, in EUR, rounded half up to the cent."""
        return cents(self.units * self.unit_cost)


class WorkPackage(Model):
    """A work package with its share of the grant."""

    id: Id
    title: Line
    management: Flag = False
    """Whether this is the project management work package."""
    lead: Id | None = None
    start_month: Annotated[Count, Field(ge=1)] | None = None
    """First month, counted from 1."""
    end_month: Annotated[Count, Field(ge=1)] | None = None
    amount: Money | None = None
    """Grant allocated to the work package, in EUR; without it the sum of its shares."""
    shares: dict[Id, Money] = Field(default_factory=dict)
    """Who gets what of this work package, in EUR."""
    activities: tuple[Activity, ...] = ()
    costs: tuple[CostLine, ...] = ()
    """The lines of a detailed budget."""

    @property
    def allocated(self) -> Decimal:
        """The amount of the work package in EUR: as given, else the sum of its shares."""
        return total(self.shares.values()) if self.amount is None else self.amount


class Project(Model):
    """A project as applied for: the content of a project file."""

    action: Line
    """Code of the action, such as KA220-ADU or ERASMUS-SPORT-SCP."""
    call: Annotated[Count, Field(ge=2014, le=2027)]
    """Year of the call; its rules hold for the whole life of the grant."""
    round: Annotated[Count, Field(ge=1, le=3)] = 1
    """Round of the call."""
    title: Line
    acronym: Line | None = None
    reference: Line | None = None
    """Reference of the grant agreement, such as 2025-1-PL01-KA220-ADU-000123456."""
    language: Line | None = None
    """Language of the annexes, such as en or de."""
    start: Day
    months: Annotated[Count, Field(ge=1, le=120)]
    """Duration in months."""
    lump_sum: Money | None = None
    """The lump sum chosen from the call's menu, in EUR."""
    estimated_cost: Money | None = None
    """The whole estimated cost of the project, in EUR; the lump sum has to be lower."""
    partners: Annotated[tuple[Partner, ...], Field(min_length=1, max_length=PARTNERS_AT_MOST)]
    work_packages: Annotated[tuple[WorkPackage, ...], Field(max_length=100)] = ()
    activities: Annotated[tuple[Activity, ...], Field(max_length=500)] = ()
    """Activities of a project without work packages."""

    @property
    def coordinator(self) -> Partner | None:
        """The first partner whose role is coordinator."""
        return next((partner for partner in self.partners if partner.role is Role.COORDINATOR), None)

    @property
    def beneficiaries(self) -> dict[str, tuple[Partner, ...]]:
        """Coordinator and partners by id, each with its affiliated entities behind it."""
        funded = [partner for partner in self.partners if partner.is_funded]
        return {
            partner.id: (partner, *(one for one in funded if one.role is Role.AFFILIATED and one.of == partner.id))
            for partner in funded
            if partner.role is not Role.AFFILIATED
        }

    @property
    def end(self) -> date:
        """The last day of the project."""
        return end_of_period(self.start, self.months)
