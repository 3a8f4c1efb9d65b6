"""Lump sums that the call fixes."""

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from ka2budget.model import Model, Money
from ka2budget.project import Project


class MenuLumpSum(Model):
    """The applicant chooses one of the call's lump sums, which is the whole grant."""

    formula: Literal["menu-lump-sum"]
    amounts: Annotated[tuple[Money, ...], Field(min_length=1)]
    """The lump sums on offer, in EUR."""

    def grant(self, project: Project) -> Decimal | None:
        """Return the grant in EUR as the project chose it, or None where it chose nothing."""
        return project.lump_sum
