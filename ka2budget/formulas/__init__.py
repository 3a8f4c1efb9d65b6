"""One class per way in which a call prices a thing; its fields are what a call file must give."""

from typing import Annotated

from pydantic import Field

from ka2budget.formulas.detailed_budget import DetailedBudget, Priced
from ka2budget.formulas.lump_sums import MenuLumpSum

__all__ = ["DetailedBudget", "MenuLumpSum", "Price", "Priced"]

Price = Annotated[MenuLumpSum | DetailedBudget, Field(discriminator="formula")]
"""The formulas a heading can name."""
