"""Prices by head: participants of an event, students and months, needs of single students."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from ka2budget.formulas.unit import Cap, Charge, Setting, UnitPrice, Unpriced
from ka2budget.model import Count, Money
from ka2budget.project import Unit


class PerParticipant(UnitPrice):
    """A rate per participant by kind, with a maximum of the project for some kinds."""

    formula: Literal["per-participant"]
    rates: Annotated[dict[str, Money], Field(min_length=1)]
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
            yield Cap(tuple(place for place, unit in enumerate(units) if self._kind(unit) == kind), most)

    def _kind(self, unit: Unit) -> str:
        return unit.kind or (next(iter(self.rates)) if len(self.rates) == 1 else "")


class StudentMonths(UnitPrice):
    """A rate per student and month, for a limited number of students."""

    formula: Literal["student-months"]
    rate: Money
    """For one student and month, in EUR."""
    students: Count
    """Most students that count."""

    @property
    def needs(self) -> tuple[str, ...]:
        """Students, and the months of their programme."""
        return ("students", "months")

    def charges(self, unit: Unit, setting: Setting) -> Iterator[Charge]:  # noqa: ARG002 - the same for all partners
        """Yield students x months x the rate."""
        if unit.students is not None and unit.months is not None:
            yield Charge(Decimal(unit.students * unit.months), self.rate)

    def caps(self, units: Sequence[Unit], months: int) -> Iterator[Cap]:  # noqa: ARG002 - months are the programme's
        """Yield what the students that count come to."""
        longest = max((unit.months or 0 for unit in units), default=0)
        yield Cap(tuple(range(len(units))), self.rate * self.students * longest)


class NeedsUnit(UnitPrice):
    """The unit that is equal to the cost or next below it; below the lowest nothing is paid."""

    formula: Literal["needs-unit"]
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
