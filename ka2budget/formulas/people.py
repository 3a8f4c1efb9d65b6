"""Prices by head: participants of an event, students and months, needs of single students."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from operator import itemgetter
from typing import Annotated, Literal

from pydantic import Field

from ka2budget.formulas.unit import DAYS_OF_A_MONTH, Cap, Charge, Setting, UnitPrice, Unpriced, days_beyond_months
from ka2budget.model import Count, Flag, Money
from ka2budget.money import total
from ka2budget.project import Unit


class PerParticipant(UnitPrice):
    """A rate per participant by kind, with a maximum of the project for some kinds."""

    formula: Literal["per-participant"]
    """How it is priced: by participant."""
    rates: Annotated[dict[str, Money], Field(min_length=1)]
    """For one participant, in EUR, by kind of participant."""
    most: dict[str, Money] = Field(default_factory=dict)
    """Most for all participants of a kind together, in EUR."""

    @property
    def needs(self) -> tuple[str, ...]:
        """Participants, and their kind where there are several."""
        return ("kind", "participants") if len(self.rates) > 1 else ("participants",)

    @property
    def takes(self) -> tuple[str, ...]:
        """The kind of participant."""
        return ("kind",)

    def charges(self, unit: Unit, setting: Setting) -> Iterator[Charge]:  # noqa: ARG002 - the same for all partners
        """Yield participants x the rate of their kind."""
        if unit.participants is not None:
            yield Charge(Decimal(unit.participants), self.rates[self._kind(unit)])

    def unpriced(self, unit: Unit, setting: Setting) -> Iterator[Unpriced]:  # noqa: ARG002
        """Yield a kind of participant without a rate."""
        if self._kind(unit) not in self.rates:
            yield Unpriced("kind", self._kind(unit), tuple(self.rates))

    def caps(self, units: Sequence[Unit], months: int) -> Iterator[Cap]:  # noqa: ARG002 - the same for all durations
        """Yield the maximum of each kind that has one."""
        for kind, most in self.most.items():
            yield Cap(tuple(place for place, unit in enumerate(units) if self._kind(unit) == kind), most, kind)

    def _kind(self, unit: Unit) -> str:
        return unit.kind or (next(iter(self.rates)) if len(self.rates) == 1 else "")


class StudentMonths(UnitPrice):
    """A rate per student and month, for a limited number of students."""

    formula: Literal["student-months"]
    """How it is priced: by student and month."""
    rate: Money
    """For one student and month, in EUR."""
    students: Count
    """Most students that count."""
    most_months: Count
    """Longest programme."""
    by_day: Flag = False
    """Whether days beyond whole months count, at a thirtieth of the rate."""

    @property
    def needs(self) -> tuple[str, ...]:
        """Students, and the months of their programme."""
        return ("students", "months")

    @property
    def takes(self) -> tuple[str, ...]:
        """The days beyond whole months, where they count."""
        return ("days",) if self.by_day else ()

    def charges(self, unit: Unit, setting: Setting) -> Iterator[Charge]:  # noqa: ARG002 - the same for all partners
        """Yield students x months x the rate, and students x days at a thirtieth."""
        yield from self._charges(unit, unit.students or 0)

    def unpriced(self, unit: Unit, setting: Setting) -> Iterator[Unpriced]:  # noqa: ARG002
        """Yield months beyond the longest programme, and days that make a whole month."""
        if unit.months is not None and unit.months > self.most_months:
            yield Unpriced("months", str(unit.months), (f"up to {self.most_months}",))
        if self.by_day:
            yield from days_beyond_months(unit, self.most_months)

    def caps(self, units: Sequence[Unit], months: int) -> Iterator[Cap]:  # noqa: ARG002 - months are the programme's
        """Yield what the students that count come to, those with the most first."""
        each = [total(charge.amount for charge in self._charges(unit, 1)) for unit in units]
        left, most = self.students, Decimal(0)
        for amount, unit in sorted(zip(each, units, strict=True), key=itemgetter(0), reverse=True):
            heads = min(left, unit.students or 0)
            left, most = left - heads, most + heads * amount
        yield Cap(tuple(range(len(units))), most)

    def _charges(self, unit: Unit, students: int) -> Iterator[Charge]:
        if unit.months:
            yield Charge(Decimal(students * unit.months), self.rate)
        if unit.days and self.by_day:
            yield Charge(students * unit.days, self.rate, per=DAYS_OF_A_MONTH)


class NeedsUnit(UnitPrice):
    """The unit that is equal to the cost or next below it; below the lowest nothing is paid."""

    formula: Literal["needs-unit"]
    """How it is priced: the unit that is equal to the cost or next below it."""
    amounts: Annotated[tuple[Money, ...], Field(min_length=1)]
    """In ascending order, in EUR."""

    @property
    def needs(self) -> tuple[str, ...]:
        """The estimated cost for one person."""
        return ("cost",)

    def charges(self, unit: Unit, setting: Setting) -> Iterator[Charge]:  # noqa: ARG002 - the same for all partners
        """Yield the unit."""
        fitting = [amount for amount in self.amounts if unit.cost is not None and amount <= unit.cost]
        if fitting:
            yield Charge(Decimal(1), fitting[-1])
