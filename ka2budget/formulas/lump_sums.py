"""Lump sums that the call fixes."""

from abc import abstractmethod
from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from ka2budget.model import Model, Money
from ka2budget.project import Project


class LumpSum(Model):
    """A lump sum is the whole grant; the call says which there are."""

    @property
    @abstractmethod
    def on_offer(self) -> Sequence[Decimal]:
        """The lump sums of the call, in EUR."""

    def offers(self, variant: str | None) -> Sequence[Decimal]:  # noqa: ARG002 - most calls have no variants
        """Return the lump sums a project of a variant may have, in EUR."""
        return self.on_offer

    def grant(self, project: Project) -> Decimal | None:
        """Return the grant in EUR: the lump sum chosen, else the only one offered; None where it is still open."""
        offers = self.offers(project.variant)
        if project.lump_sum is None and len(offers) == 1:
            return offers[0]
        return project.lump_sum


class MenuLumpSum(LumpSum):
    """The applicant chooses one of the call's lump sums."""

    formula: Literal["menu-lump-sum"]
    """How it is priced: the applicant chooses one of several lump sums."""
    amounts: Annotated[tuple[Money, ...], Field(min_length=1)]
    """The lump sums on offer, in EUR."""

    @property
    def on_offer(self) -> Sequence[Decimal]:
        """The lump sums of the call, in EUR."""
        return self.amounts


class FixedLumpSum(LumpSum):
    """The call has one lump sum for every project."""

    formula: Literal["fixed-lump-sum"]
    """How it is priced: one lump sum for all."""
    amount: Money
    """The lump sum, in EUR."""

    @property
    def on_offer(self) -> Sequence[Decimal]:
        """The lump sum of the call, in EUR."""
        return (self.amount,)


class LumpSumByType(LumpSum):
    """The lump sum follows from the variant of the project."""

    formula: Literal["lump-sum-by-type"]
    """How it is priced: a lump sum for each variant."""
    amounts: Annotated[dict[str, Money], Field(min_length=1)]
    """The lump sum of each variant, in EUR."""

    @property
    def on_offer(self) -> Sequence[Decimal]:
        """The lump sums of the call, in EUR."""
        return tuple(dict.fromkeys(self.amounts.values()))

    def offers(self, variant: str | None) -> Sequence[Decimal]:
        """Return the lump sum of a variant, or nothing where the call does not know it."""
        amount = self.amounts.get(variant or "")
        return () if amount is None else (amount,)
