"""Which findings the narrowed schema of a project forestalls, so that a foreign system sees the mistake without us."""

from typing import Literal

from ka2budget.checks import amounts, costs, dates, identity, partners, units, work_packages
from ka2budget.finding import Kind

Caught = Literal["always", "partly", "never"]

ALWAYS: tuple[Kind, ...] = (
    amounts.LUMP_SUM_MISSING,
    amounts.LUMP_SUM_UNWANTED,
    amounts.LUMP_SUM_OF_ANOTHER,
    amounts.LUMP_SUM_NOT_ON_MENU,
    costs.NO_COSTS,
    costs.COSTS_UNWANTED,
    costs.AMOUNT_UNWANTED,
    dates.TOO_SHORT,
    dates.TOO_LONG,
    dates.NOT_OFFERED,
    dates.NO_ROUND,
    identity.VARIANT_MISSING,
    identity.VARIANT_UNKNOWN,
    identity.VARIANT_UNWANTED,
    partners.NO_COORDINATOR,
    partners.COORDINATORS,
    partners.UNKNOWN_COUNTRY,
    partners.COUNTRY,
    partners.COORDINATOR_TYPE,
    units.NO_UNITS,
    units.UNITS_UNWANTED,
    units.UNKNOWN_HEADING,
    units.WORKED_OUT,
    units.NOT_A_UNIT,
    units.NOT_A_COST,
    units.NOT_FOR_ACTION,
    units.INCOMPLETE,
    work_packages.NO_WORK_PACKAGES,
    work_packages.NO_ACTIVITIES,
    work_packages.LOOSE_ACTIVITIES,
    work_packages.UNWANTED_PACKAGES,
    work_packages.UNITS_WANTED,
    work_packages.SHARES_MISSING,
    work_packages.LEAD_MISSING,
    work_packages.MANAGEMENT_MISSING,
    work_packages.MANAGEMENT_TWICE,
    work_packages.TOO_MANY,
)
"""A project with one of these is refused by the schema of its action and call."""

PARTLY: tuple[Kind, ...] = (
    amounts.COST_TOO_LOW,  # where it is not above the lowest lump sum
    costs.FORBIDDEN,  # where units and unit cost are at least 1
    partners.AFFILIATED_OF,  # where nobody is named
    partners.TOO_FEW,  # where the demand holds whoever takes part, as the next three
    partners.TOO_LARGE,
    partners.TOO_FEW_OF_TYPE,
    units.NO_RATE,  # kinds and profiles that have a rate in no country
)
"""Of projects with one of these the schema refuses some."""

_CAUGHT: dict[str, Caught] = {
    **dict.fromkeys((kind.code for kind in PARTLY), "partly"),
    **dict.fromkeys((kind.code for kind in ALWAYS), "always"),
}


def caught(code: str) -> Caught:
    """Return whether the schema of an action and call refuses what a finding of a code is about."""
    return _CAUGHT.get(code, "never")
