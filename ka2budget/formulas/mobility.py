"""Prices of travel and stay: by distance, by day with stages, by month, and where travel is expensive."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from ka2budget.formulas.staff import group_of
from ka2budget.formulas.unit import DAYS_OF_A_MONTH, ByCountry, Charge, Setting, UnitPrice, Unpriced, days_beyond_months
from ka2budget.model import Count, Country, Model, Money, Quantity, Share
from ka2budget.money import ZERO
from ka2budget.project import Unit


class DistanceBand(Model):
    """From this distance on, up to the next band, this is paid."""

    from_km: Quantity
    """Distance from which it holds, in km."""
    rate: Money
    """For one participant and the return trip, in EUR."""
    green: Money | None = None
    """The same for low-emission travel, where the call pays it differently."""


class PerDistance(UnitPrice):
    """A rate per participant by distance; a distance is in exactly one band, below the first nothing is paid."""

    formula: Literal["per-distance"]
    """How it is priced: by distance."""
    bands: Annotated[tuple[DistanceBand, ...], Field(min_length=1)]
    """In ascending order."""

    @property
    def needs(self) -> tuple[str, ...]:
        """Participants and the distance one way."""
        return ("participants", "distance_km")

    @property
    def takes(self) -> tuple[str, ...]:
        """Whether the travel is green."""
        return ("green",)

    def rate(self, distance_km: Decimal, *, green: bool = False) -> Decimal:
        """Return what is paid for one participant, in EUR."""
        band = next((band for band in reversed(self.bands) if band.from_km <= distance_km), None)
        if band is None:
            return ZERO
        return band.green if green and band.green is not None else band.rate

    def charges(self, unit: Unit, setting: Setting) -> Iterator[Charge]:  # noqa: ARG002 - the same for all partners
        """Yield participants x the rate of the band."""
        if unit.participants is not None and unit.distance_km is not None:
            yield Charge(Decimal(unit.participants), self.rate(unit.distance_km, green=unit.green))


class ExpensiveTravel(UnitPrice):
    """Where the unit covers too little of the real cost, a share of the real cost is paid in its place."""

    formula: Literal["expensive-travel"]
    """How it is priced: a share of the real cost of expensive travel."""
    instead_of: str
    """The heading whose unit it replaces."""
    covers_less_than: Share
    """The unit has to cover less than this share of the real cost."""
    pays: Share
    """Share of the real cost that is paid then."""

    @property
    def needs(self) -> tuple[str, ...]:
        """Participants, distance, and the real cost of all of them."""
        return ("participants", "distance_km", "cost")

    @property
    def takes(self) -> tuple[str, ...]:
        """Whether the travel is green."""
        return ("green",)

    def charges(self, unit: Unit, setting: Setting) -> Iterator[Charge]:
        """Yield the share of the real cost where the unit covers too little, else the unit."""
        units = setting.prices[self.instead_of]
        if isinstance(units, PerDistance) and unit.cost is not None:
            for charge in units.charges(unit, setting):
                covers_too_little = charge.amount < self.covers_less_than * unit.cost
                yield Charge(unit.cost, self.pays) if covers_too_little else charge

    def unpriced(self, unit: Unit, setting: Setting) -> Iterator[Unpriced]:
        """Yield a journey of nobody, of no cost, or so short that there is no unit that could cover too little."""
        units, distance = setting.prices.get(self.instead_of), unit.distance_km
        if unit.participants == 0:
            yield Unpriced("participants", "0", ("1 and more",))
        if unit.cost == 0:
            yield Unpriced("cost", "0", ("a cost above 0",))
        if isinstance(units, PerDistance) and distance is not None and distance < units.bands[0].from_km:
            yield Unpriced("distance_km", f"{distance:f}", (f"{units.bands[0].from_km:f} and more",))


class Stage(Model):
    """From this day of the stay on, this is paid a day."""

    from_day: Annotated[Count, Field(ge=1)]
    """First day of the stage."""
    rate: Money
    """Paid for one day, in EUR."""


class StayRates(ByCountry):
    """Rates by kind of participant for some countries of stay."""

    rates: dict[str, tuple[Stage, ...]]
    """Stages in ascending order, the first from day 1."""


class PerDayOfStay(UnitPrice):
    """A rate per participant and day of stay, which falls in stages such as from day 15 and from day 61."""

    formula: Literal["per-day-of-stay"]
    """How it is priced: by day of stay."""
    groups: Annotated[tuple[StayRates, ...], Field(min_length=1)]
    """Rates by country of stay."""
    least_days: Count = 0
    """The shortest stay that is paid."""
    last_day: Count | None = None
    """The last day that is paid."""
    step: Quantity = Decimal(1)
    """The smallest part of a day that counts."""

    @property
    def needs(self) -> tuple[str, ...]:
        """Kind of participant, participants, days, and the country where the rate follows it."""
        keys = ("kind", "participants", "days")
        return (*keys, "country") if any(group.countries for group in self.groups) else keys

    def charges(self, unit: Unit, setting: Setting) -> Iterator[Charge]:  # noqa: ARG002 - the same for all partners
        """Yield participants x days of each stage x its rate."""
        group = group_of(self.groups, unit.country)
        if group is None or unit.days is None or unit.participants is None:
            return
        stages = group.rates[unit.kind or ""]
        ends = [Decimal(stage.from_day - 1) for stage in stages[1:]]
        for stage, end in zip(stages, [*ends, unit.days], strict=True):
            days = min(end, unit.days) - (stage.from_day - 1)
            if days > 0:
                yield Charge(unit.participants * days, stage.rate)

    def unpriced(self, unit: Unit, setting: Setting) -> Iterator[Unpriced]:  # noqa: ARG002
        """Yield a country without rates, a kind of participant without one, and a stay too short or too long."""
        group = group_of(self.groups, unit.country)
        if group is None:
            known = tuple(country for one in self.groups for country in one.countries)
            yield Unpriced("country", str(unit.country), known)
        elif unit.kind not in group.rates:
            yield Unpriced("kind", str(unit.kind), tuple(group.rates))
        if unit.days is None:
            return
        if unit.days < self.least_days:
            yield Unpriced("days", f"{unit.days:f}", (f"{self.least_days} and more",))
        if self.last_day is not None and unit.days > self.last_day:
            yield Unpriced("days", f"{unit.days:f}", (f"up to {self.last_day}",))
        if unit.days % self.step:
            yield Unpriced("days", f"{unit.days:f}", (f"multiples of {self.step}",))


class PerMonthOfStay(UnitPrice):
    """A rate per participant and month by country of stay; a day of an incomplete month counts a thirtieth."""

    formula: Literal["per-month-of-stay"]
    """How it is priced: by month of stay."""
    rates: dict[Country, Money]
    """For one participant and month, in EUR, by country of stay."""
    least_months: Count
    """The shortest stay that is paid, in months."""
    most_months: Count
    """The longest stay that is paid, in months."""

    @property
    def needs(self) -> tuple[str, ...]:
        """Participants, country, and whole months."""
        return ("participants", "country", "months")

    @property
    def takes(self) -> tuple[str, ...]:
        """The days beyond whole months."""
        return ("days",)

    def charges(self, unit: Unit, setting: Setting) -> Iterator[Charge]:  # noqa: ARG002 - the same for all partners
        """Yield participants x months, and participants x days at a thirtieth."""
        if unit.participants is None or unit.months is None:
            return
        rate = self.rates[unit.country or ""]
        if unit.months:
            yield Charge(Decimal(unit.participants * unit.months), rate)
        if unit.days:
            yield Charge(unit.participants * unit.days, rate, per=DAYS_OF_A_MONTH)

    def unpriced(self, unit: Unit, setting: Setting) -> Iterator[Unpriced]:  # noqa: ARG002
        """Yield a country without a rate, a stay too short or too long, and days that make a whole month."""
        if unit.country not in self.rates:
            yield Unpriced("country", str(unit.country), tuple(self.rates))
        if unit.months is not None and not self.least_months <= unit.months <= self.most_months:
            yield Unpriced("months", str(unit.months), (f"{self.least_months} to {self.most_months}",))
        yield from days_beyond_months(unit, self.most_months)
