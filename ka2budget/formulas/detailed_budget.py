"""The lump sum from a detailed budget: the arithmetic of EACEA's Detailed Budget Table, added up to the cent.

Source: Detailed Budget Table (Erasmus lump sum II), version 4.4 of 4 October 2023.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Literal, NamedTuple

from pydantic import Field

from ka2budget.model import Model, Money, Share
from ka2budget.money import cents, split, total
from ka2budget.project import CostLine, Project

Cell = tuple[str, str]
"""A partner and a work package, by their ids."""


class Costs(NamedTuple):
    """The costs of one partner in one work package, in EUR."""

    direct: Decimal
    indirect: Decimal

    @property
    def total(self) -> Decimal:
        """Direct and indirect costs together, in EUR."""
        return self.direct + self.indirect


class Priced(NamedTuple):
    """A detailed budget as priced: costs and grant of every partner in every work package, in EUR."""

    costs: Mapping[Cell, Costs]
    grants: Mapping[Cell, Decimal]
    rate: Decimal
    """The share of the costs that the grant covers: the call's, or less where the maximum binds."""
    grant_of_table: Decimal
    """What the official table asks for: the sum of its rounded rows, which can pass the maximum by cents."""


class DetailedBudget(Model):
    """Costs by partner, work package and category, of which the grant covers a share up to a maximum."""

    formula: Literal["detailed-budget"]
    """How it is priced: a share of detailed costs."""
    rate: Share
    """Share of the costs that the grant covers at most."""
    indirect: Share
    """Flat rate for indirect costs, on direct costs without the categories left out."""
    without_indirect: tuple[str, ...]
    """Categories that carry no indirect costs."""
    min_grant: Money | None = None
    """The least that the grant may be, in EUR."""
    max_grant: Money | None = None
    """The most that the grant may be, in EUR."""
    max_grant_by_months: dict[str, Money] = Field(default_factory=dict)
    """The maximum where it depends on the duration in months."""

    def maximum(self, months: int) -> Decimal | None:
        """Return the highest grant in EUR for a project of so many months, or None where there is none."""
        return self.max_grant_by_months.get(str(months), self.max_grant)

    def price(self, project: Project) -> Priced:
        """Return costs and grants; rows of beneficiaries are rounded as in the official table.

        Where their sum would pass the maximum, the maximum is divided by the largest remainder instead.
        """
        costs = self._costs(project)
        rows = {
            name: [cell for one in group for cell in costs if cell[0] == one.id]
            for name, group in project.beneficiaries.items()
        }
        totals = {name: total(costs[cell].total for cell in cells) for name, cells in rows.items()}
        everything, maximum = total(totals.values()), self.maximum(project.months)
        rate = self.rate
        if maximum is not None and everything * rate > maximum:
            rate = maximum / everything
        of_table = {name: cents(amount * rate) for name, amount in totals.items()}
        grants = of_table
        if maximum is not None and total(of_table.values()) > maximum:
            grants = dict(zip(totals, split(maximum, list(totals.values())), strict=True))
        cells: dict[Cell, Decimal] = {}
        for name, row in rows.items():
            cells |= zip(row, split(grants[name], [costs[cell].total for cell in row]), strict=True)
        return Priced(costs, cells, rate, total(of_table.values()))

    def _costs(self, project: Project) -> dict[Cell, Costs]:
        lines: dict[Cell, list[CostLine]] = {}
        for package in project.work_packages:
            for line in package.cost_lines:
                lines.setdefault((line.partner, package.id), []).append(line)
        return {cell: self._costs_of(one) for cell, one in lines.items()}

    def _costs_of(self, lines: Sequence[CostLine]) -> Costs:
        amounts = [(line.amount, line.category in self.without_indirect) for line in lines]
        base = total(amount for amount, is_without in amounts if not is_without)
        return Costs(total(amount for amount, _ in amounts), cents(base * self.indirect))
