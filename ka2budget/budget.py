"""The calculated budget: who gets what, from which work package, under which heading, adding up to the cent."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated

from pydantic import Field

from ka2budget.finding import Finding
from ka2budget.model import Eur, Model, Quantity, Share
from ka2budget.text import Phrase

_WHERE_KNOWN = Field(exclude_if=lambda value: value is None)


class PartnerBudget(Model):
    """One partner's part of the budget."""

    grant: Eur
    """Its share of the grant, in EUR."""
    percent: Eur
    """The same in per cent; all partners together make 100.00."""
    direct: Annotated[Eur | None, _WHERE_KNOWN] = None
    """Its direct costs, in EUR, in a detailed budget."""
    indirect: Annotated[Eur | None, _WHERE_KNOWN] = None
    """Its indirect costs, in EUR, in a detailed budget."""
    cost: Eur | None = None
    """Its part of the whole cost, in EUR, where known."""
    own_part: Eur | None = None
    """What it pays itself, in EUR, where its cost is known."""


class PartBudget(Model):
    """A work package, an activity or a heading with its part of the budget."""

    amount: Eur
    """What it has of the budget, in EUR."""
    percent: Eur
    """Of all parts of its kind, which together make 100.00."""
    partners: dict[str, Eur] = Field(default_factory=dict)
    """Who gets what of it, in EUR."""


class Line(Model):
    """One priced line: quantity x rate = amount."""

    heading: str
    """Budget heading or cost category."""
    partner: str
    """The partner that it is of."""
    work_package: str | None = None
    """The work package that it is in."""
    label: Annotated[str | None, _WHERE_KNOWN] = None
    """What it is for."""
    detail: Annotated[Phrase | None, _WHERE_KNOWN] = None
    """What sets its quantity and rate, such as a profile, a distance or the participants."""
    quantity: Quantity
    """Number of units, or a cost in EUR of which a share is paid."""
    rate: Quantity
    """Cost of one unit in EUR, or the share that is paid of a cost."""
    per: Annotated[int, Field(exclude_if=lambda value: value == 1)] = 1
    """For how many of them the rate is: 30 where a month's rate is divided into days."""
    amount: Eur
    """Quantity x rate, in EUR."""
    source: str
    """Document and page of the rate, or where in the project file it stands."""


class Budget(Model):
    """The budget of one project."""

    action: str
    """Code of the action."""
    call: int
    """Year of the call."""
    grant: Eur
    """The grant in EUR: for lump sums the one chosen."""
    planned: Eur
    """What the parts add up to, in EUR; the same as the grant where all is right."""
    total_cost: Eur | None = None
    """The whole estimated cost, in EUR, where given."""
    rate: Annotated[Share | None, _WHERE_KNOWN] = None
    """Share of the costs that the grant covers, in a detailed budget."""
    partners: dict[str, PartnerBudget]
    """Each partner's part, by id."""
    work_packages: dict[str, PartBudget] = Field(default_factory=dict)
    """Work packages with their parts, by id."""
    activities: dict[str, PartBudget] = Field(default_factory=dict)
    """Activities with their parts, by id."""
    headings: dict[str, PartBudget] = Field(default_factory=dict)
    """Budget headings: for unit contributions what the grant pays, for a detailed budget what the category costs."""
    lines: tuple[Line, ...] = ()
    """Every line that was priced."""
    findings: tuple[Finding, ...] = ()
    """What the checks found."""

    @property
    def left(self) -> Decimal:
        """What of the grant is not in any part yet, in EUR; below zero where the parts have more."""
        return self.grant - self.planned

    @property
    def parts(self) -> Mapping[str, PartBudget]:
        """What the grant is divided into: work packages, activities or headings, by id."""
        return self.work_packages or self.activities or self.headings
