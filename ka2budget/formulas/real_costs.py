"""Prices of what really costs money: a share of the cost, or a flat rate on other headings."""

from collections.abc import Iterator
from typing import Literal

from ka2budget.formulas.unit import Charge, Setting, UnitPrice
from ka2budget.model import Model, Share
from ka2budget.project import Unit


class ShareOfCost(UnitPrice):
    """A share of the real cost."""

    formula: Literal["share-of-cost"]
    share: Share

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
    share: Share
    of: tuple[str, ...]
    """The headings it is a share of."""
