"""What all prices by the unit share: a unit is charged as quantity x rate, or says what it lacks for that."""

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from ka2budget.model import Country, Model, Money
from ka2budget.money import cents
from ka2budget.project import Partner, Unit

DAYS_OF_A_MONTH = 30  # a month of a grant has thirty days in every guide


class Charge(NamedTuple):
    """One quantity at one rate; a unit of several rates has several."""

    quantity: Decimal
    rate: Decimal
    """EUR for one, or the share that is paid of a cost."""
    per: int = 1
    """For how many of them the rate is."""

    @property
    def amount(self) -> Decimal:
        """Quantity x rate in EUR, rounded half up to the cent."""
        return cents(self.quantity * self.rate / self.per)


class Setting(NamedTuple):
    """What a unit is priced in."""

    partner: Partner
    """Who claims it."""
    months: int
    """Duration of the project."""
    prices: Mapping[str, Model]
    """The formulas of all headings of the call."""


class Unpriced(NamedTuple):
    """A key of a unit whose value has no rate, and the values that have one."""

    key: str
    value: str
    known: tuple[str, ...]


class Cap(NamedTuple):
    """The most that some units of a heading come to together."""

    members: tuple[int, ...]
    """Places of the units in the heading."""
    most: Decimal
    kind: str | None = None
    """The kind of unit it is for, where it is not for all."""


def days_beyond_months(unit: Unit, most_months: int | None) -> Iterator[Unpriced]:
    """Yield days that are not whole, make a month, or pass the greatest number of months."""
    if unit.days is not None and (unit.days % 1 or unit.days >= DAYS_OF_A_MONTH):
        yield Unpriced("days", f"{unit.days:f}", ("0 to 29 whole days beyond the months",))
    elif unit.days and unit.months == most_months:
        yield Unpriced("days", f"{unit.days:f}", (f"up to {most_months} months",))


class UnitPrice(Model):
    """A price by the unit."""

    @property
    def needs(self) -> tuple[str, ...]:
        """The keys every unit has to give."""
        return ()

    @property
    def takes(self) -> tuple[str, ...]:
        """The keys a unit may give beside."""
        return ()

    @abstractmethod
    def charges(self, unit: Unit, setting: Setting) -> Iterator[Charge]:
        """Yield what a unit that lacks nothing is charged."""

    def unpriced(self, unit: Unit, setting: Setting) -> Iterator[Unpriced]:  # noqa: ARG002 - most have one rate for all
        """Yield the values of a unit that have no rate."""
        return iter(())

    def caps(self, units: Sequence[Unit], months: int) -> Iterator[Cap]:  # noqa: ARG002 - most have none
        """Yield what the call pays at most for units of this heading, in a project of so many months."""
        return iter(())


class ByCountry(Model):
    """What some countries have in common."""

    countries: tuple[Country, ...] = ()
    """None named: those that no other group names."""


class Rates(ByCountry):
    """Rates in EUR by profile of staff, for some countries."""

    rates: dict[str, Money]
    """For one day, in EUR, by profile of staff."""
