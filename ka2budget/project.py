"""What the applicant wrote: a project, its partners, work packages, activities and units. Shape only, no rules."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from ka2budget.dates import end_of_period
from ka2budget.model import Count, Country, Day, Flag, HeadingName, Id, Line, Model, Money, Quantity, Share, Text
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
    """Country of the organisation, as ISO 3166-1 alpha-2, such as PL."""
    role: Role = Role.PARTNER
    """coordinator, partner, affiliated (with `of`) or associated (takes no money)."""
    of: Id | None = None
    """For an affiliated entity: the partner it belongs to."""
    type: Line | None = None
    """Type of organisation, as the action's composition rules name it."""
    city: Line | None = None
    """Place of the organisation."""
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
    """Short name that other tables refer to, such as A1."""
    title: Line
    """Title of the activity."""
    lead: Id
    """The organisation that leads the activity."""
    amount: Money
    """Grant allocated to the activity, in EUR."""
    start: Day | None = None
    """First day of the activity."""
    end: Day | None = None
    """Last day of the activity."""
    venue: Line | None = None
    """Place where it is held."""
    venue_country: Country | None = None
    """Country where it is held, as ISO 3166-1 alpha-2."""
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
    """The partner that has the costs."""
    category: Category
    """Cost category, by the code of the detailed budget table."""
    label: Line | None = None
    """What it is for; for A1 the type of staff."""
    units: Quantity
    """Person-months, travels, days or pieces."""
    unit_cost: Quantity
    """Cost of one unit, in EUR."""
    distance_km: Quantity | None = None
    """For travel, the distance one way; the unit cost is then held against the programme's."""

    @property
    def amount(self) -> Decimal:
        """Units times the cost of one, in EUR, rounded half up to the cent."""
        return cents(self.units * self.unit_cost)


class Depreciation(Model):
    """Equipment of which the project pays the part it uses up; it counts under C2.

    Source: Detailed Budget Table (Erasmus lump sum II), version 4.4, sheet Depreciation Costs.
    """

    partner: Id
    """The partner that buys it."""
    label: Line
    """What is bought."""
    purchased: Day | None = None
    """Day on which it was or will be bought."""
    purchase_cost: Money
    """Price in EUR."""
    project_use: Share
    """Share of its use that is for the project."""
    lifetime_use: Share
    """Share of its lifetime that falls into the project."""
    justification: Text | None = None
    """Why the project needs it."""

    @property
    def line(self) -> CostLine:
        """The same as a line of costs: one unit of price x use x share of the lifetime."""
        return CostLine.model_construct(
            partner=self.partner,
            category=Category.EQUIPMENT,
            label=self.label,
            units=Decimal(1),
            unit_cost=self.purchase_cost * self.project_use * self.lifetime_use,
        )


class WorkPackage(Model):
    """A work package with its share of the grant."""

    id: Id
    """Short name that other tables refer to, such as WP1."""
    title: Line
    """Title of the work package."""
    management: Flag = False
    """Whether this is the project management work package."""
    lead: Id | None = None
    """The organisation that leads the work package."""
    start_month: Annotated[Count, Field(ge=1)] | None = None
    """First month, counted from 1."""
    end_month: Annotated[Count, Field(ge=1)] | None = None
    """Last month, counted from 1."""
    amount: Money | None = None
    """Grant allocated to the work package, in EUR; without it the sum of its shares."""
    shares: dict[Id, Money] = Field(default_factory=dict)
    """Who gets what of this work package, in EUR."""
    activities: tuple[Activity, ...] = ()
    """Activities inside the work package."""
    costs: tuple[CostLine, ...] = ()
    """The lines of a detailed budget."""
    depreciation: tuple[Depreciation, ...] = ()
    """Equipment of a detailed budget, where only its use counts."""

    @property
    def cost_lines(self) -> tuple[CostLine, ...]:
        """The lines of a detailed budget, those of equipment by use behind the others."""
        return self.costs + tuple(one.line for one in self.depreciation) if self.depreciation else self.costs

    @property
    def allocated(self) -> Decimal:
        """The amount of the work package in EUR: as given, else the sum of its shares."""
        return total(self.shares.values()) if self.amount is None else self.amount


class Unit(Model):
    """Something the call pays for by the unit; which keys it needs says the formula of its heading."""

    heading: HeadingName
    """Budget heading, as the call names it, such as project-management."""
    partner: Id
    """Who claims it."""
    label: Line | None = None
    """What it is, such as a meeting or a result."""
    months: Count | None = None
    """Months; for project management all of the project, if nothing is said."""
    days: Quantity | None = None
    """Days of work or of stay, those of travel included where the call funds them."""
    participants: Count | None = None
    """Number of participants."""
    students: Count | None = None
    """Number of students."""
    profile: Line | None = None
    """Profile of staff, such as manager or teacher."""
    kind: Line | None = None
    """Kind of participant, such as staff, learner, local or international."""
    country: Country | None = None
    """Country of stay, where the rate follows it."""
    distance_km: Quantity | None = None
    """Distance one way in a straight line, in km."""
    green: Flag = False
    """Whether the travel is by low-emission means of transport."""
    cost: Money | None = None
    """Real cost in EUR, where the amount follows it."""


class RealCost(Model):
    """A cost the call covers as it really is, or a share of it."""

    heading: HeadingName
    """Budget heading, as the call names it, such as exceptional-costs."""
    partner: Id
    """Who has the cost."""
    label: Line | None = None
    """What it is for."""
    amount: Money
    """The whole cost, in EUR."""

    @property
    def unit(self) -> Unit:
        """The same as a unit whose cost counts."""
        return Unit.model_construct(heading=self.heading, partner=self.partner, label=self.label, cost=self.amount)


class Project(Model):
    """A project as applied for: the content of a project file."""

    action: Line
    """Code of the action, such as KA220-ADU or ERASMUS-SPORT-SCP."""
    call: Annotated[Count, Field(ge=2014, le=2027)]
    """Year of the call; its rules hold for the whole life of the grant."""
    round: Annotated[Count, Field(ge=1, le=3)] = 1
    """Round of the call."""
    variant: Line | None = None
    """Kind of project, where the action has several with rules of their own, such as local-type-1."""
    title: Line
    """Title of the project."""
    acronym: Line | None = None
    """Short title of the project."""
    reference: Line | None = None
    """Reference of the grant agreement, such as 2025-1-PL01-KA220-ADU-000123456."""
    language: Line | None = None
    """Language of the annexes, such as en or de."""
    start: Day
    """First day of the project."""
    months: Annotated[Count, Field(ge=1, le=120)]
    """Duration in months."""
    lump_sum: Money | None = None
    """The lump sum chosen from the call's menu, in EUR."""
    estimated_cost: Money | None = None
    """The whole estimated cost of the project, in EUR; the lump sum has to be lower."""
    partners: Annotated[tuple[Partner, ...], Field(min_length=1, max_length=PARTNERS_AT_MOST)]
    """The organisations that take part."""
    work_packages: Annotated[tuple[WorkPackage, ...], Field(max_length=100)] = ()
    """Work packages of the project."""
    activities: Annotated[tuple[Activity, ...], Field(max_length=500)] = ()
    """Activities of a project without work packages."""
    units: Annotated[tuple[Unit, ...], Field(max_length=5000)] = ()
    """What is paid by the unit, where the call has unit contributions."""
    real_costs: Annotated[tuple[RealCost, ...], Field(max_length=5000)] = ()
    """What is paid as it really costs, or a share of it."""

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
