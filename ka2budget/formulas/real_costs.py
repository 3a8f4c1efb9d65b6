"""Prices of what really costs money: a share of the cost, or a flat rate on other headings."""

from collections.abc import Iterator
from typing import Literal

from ka2budget.formulas.unit import Charge, Setting, UnitPrice
from ka2budget.model import Model, Share
from ka2budget.project import Unit


class ShareOfCost(UnitPrice):
    """A share of the real cost."""

    formula: Literal["share-of-cost"]
    """How it is priced: a share of the real cost."""
    share: Share
    """Share of the cost that is paid."""

    @property
    def needs(self) -> tuple[str, ...]:
        """The cost."""
        return ("cost",)

    def charges(self, unit: Unit, setting: Setting) -> Iterator[Charge]:  # noqa: ARG002 - the same for all partners
        """Yield the cost x the share."""
        if unit.cost is not None:
            yield Charge(unit.cost, self.share)


class FlatRate(Model):
    """A flat rate on what other headings come to; nobody claims it."""

    formula: Literal["flat-rate"]
    """How it is priced: a flat rate on other headings."""
    share: Share
    """The flat rate, as a share of those headings."""
    of: tuple[str, ...]
    """The headings it is a share of."""
