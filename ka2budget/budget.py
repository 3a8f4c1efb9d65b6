"""The calculated budget: who gets what, from which work package, under which heading, adding up to the cent."""

from typing import Annotated

from pydantic import Field

from ka2budget.finding import Finding
from ka2budget.model import Eur, Model, Quantity, Share

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
    """A work package or an activity with its part of the budget."""

    amount: Eur
    percent: Eur
    """Of all parts of its kind, which together make 100.00."""
    partners: dict[str, Eur] = Field(default_factory=dict)
    """Who gets what of it, in EUR."""


class Line(Model):
    """One priced line: quantity x rate = amount."""

    heading: str
    partner: str
    work_package: str | None = None
    quantity: Quantity
    rate: Quantity
    """Cost of one unit, in EUR."""
    amount: Eur
    source: str


class Budget(Model):
    """The budget of one project."""

    action: str
    call: int
    grant: Eur
    """The grant in EUR: for lump sums the one chosen."""
    planned: Eur
    """What the work packages or activities add up to, in EUR; the same as the grant where all is right."""
    total_cost: Eur | None = None
    """The whole estimated cost, in EUR, where given."""
    rate: Annotated[Share | None, _WHERE_KNOWN] = None
    """Share of the costs that the grant covers, in a detailed budget."""
    partners: dict[str, PartnerBudget]
    work_packages: dict[str, PartBudget] = Field(default_factory=dict)
    activities: dict[str, PartBudget] = Field(default_factory=dict)
    headings: dict[str, Eur] = Field(default_factory=dict)
    lines: tuple[Line, ...] = ()
    findings: tuple[Finding, ...] = ()
