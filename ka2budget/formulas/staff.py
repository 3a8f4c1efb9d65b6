"""Prices of work: by month and role, by day, country and profile."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Annotated, Literal, TypeVar

from pydantic import Field

from ka2budget.formulas.unit import ByCountry, Cap, Charge, Rates, Setting, UnitPrice, Unpriced
from ka2budget.model import Money, Quantity
from ka2budget.project import Role, Unit

_Group = TypeVar("_Group", bound=ByCountry)


class PerMonth(UnitPrice):
    """A rate per month by role, with a maximum per month for all together."""

    formula: Literal["per-month"]
    """How it is priced: by month and role."""
    coordinator: Money
    """For the coordinator and one month, in EUR."""
    partner: Money
    """For each other organisation and one month, in EUR."""
    most_per_month: Money | None = None
    """Most for all organisations together, in EUR per month of the project."""

    @property
    def takes(self) -> tuple[str, ...]:
        """The months; without them those of the project."""
        return ("months",)

    def charges(self, unit: Unit, setting: Setting) -> Iterator[Charge]:
        """Yield months x the rate of the role."""
        rate = self.coordinator if setting.partner.role is Role.COORDINATOR else self.partner
        yield Charge(Decimal(setting.months if unit.months is None else unit.months), rate)

    def caps(self, units: Sequence[Unit], months: int) -> Iterator[Cap]:
        """Yield the monthly maximum for the whole project."""
        if self.most_per_month is not None:
            yield Cap(tuple(range(len(units))), self.most_per_month * months)


class PerDay(UnitPrice):
    """A rate per day of work by country of the employing organisation and profile of staff."""

    formula: Literal["per-day"]
    """How it is priced: by day of work."""
    groups: Annotated[tuple[Rates, ...], Field(min_length=1)]
    """Rates by country of the employing organisation."""
    step: Quantity = Decimal(1)
    """The smallest part of a day that counts."""

    @property
    def needs(self) -> tuple[str, ...]:
        """Profile and days."""
        return ("profile", "days")

    def charges(self, unit: Unit, setting: Setting) -> Iterator[Charge]:
        """Yield days x the rate of country and profile."""
        group = group_of(self.groups, setting.partner.country)
        if group is not None and unit.days is not None:
            yield Charge(unit.days, group.rates[unit.profile or ""])

    def unpriced(self, unit: Unit, setting: Setting) -> Iterator[Unpriced]:
        """Yield a country without rates, a profile without one, and days in smaller parts than count."""
        group = group_of(self.groups, setting.partner.country)
        if group is None:
            known = tuple(country for one in self.groups for country in one.countries)
            yield Unpriced("partner", setting.partner.country, known)
        elif unit.profile not in group.rates:
            yield Unpriced("profile", str(unit.profile), tuple(group.rates))
        if unit.days is not None and unit.days % self.step:
            yield Unpriced("days", str(unit.days), (f"multiples of {self.step}",))


def group_of(groups: Sequence[_Group], country: str | None) -> _Group | None:
    """Return the group a country is in, else the one for all others, or None."""
    named = (group for group in groups if country in group.countries)
    return next(named, next((group for group in groups if not group.countries), None))
