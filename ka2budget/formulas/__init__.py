"""One class per way in which a call prices a thing; its fields are what a call file must give."""

from typing import Annotated

from pydantic import Field

from ka2budget.formulas.detailed_budget import DetailedBudget, Priced
from ka2budget.formulas.lump_sums import FixedLumpSum, LumpSum, LumpSumByType, MenuLumpSum
from ka2budget.formulas.mobility import DistanceBand, ExpensiveTravel, PerDayOfStay, PerDistance, PerMonthOfStay
from ka2budget.formulas.people import NeedsUnit, PerParticipant, StudentMonths
from ka2budget.formulas.real_costs import FlatRate, ShareOfCost
from ka2budget.formulas.staff import PerDay, PerMonth
from ka2budget.formulas.unit import Cap, Charge, Setting, UnitPrice, Unpriced

__all__ = [
    "Cap",
    "Charge",
    "DetailedBudget",
    "DistanceBand",
    "ExpensiveTravel",
    "FixedLumpSum",
    "FlatRate",
    "LumpSum",
    "LumpSumByType",
    "MenuLumpSum",
    "NeedsUnit",
    "PerDay",
    "PerDayOfStay",
    "PerDistance",
    "PerMonth",
    "PerMonthOfStay",
    "PerParticipant",
    "Price",
    "Priced",
    "Setting",
    "ShareOfCost",
    "StudentMonths",
    "UnitPrice",
    "Unpriced",
]

Price = Annotated[
    MenuLumpSum
    | FixedLumpSum
    | LumpSumByType
    | DetailedBudget
    | PerMonth
    | PerDay
    | PerDistance
    | ExpensiveTravel
    | PerDayOfStay
    | PerMonthOfStay
    | PerParticipant
    | StudentMonths
    | NeedsUnit
    | ShareOfCost
    | FlatRate,
    Field(discriminator="formula"),
]
"""The formulas a heading can name."""
