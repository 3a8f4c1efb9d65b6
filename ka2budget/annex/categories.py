"""The categories of EACEA's Detailed Budget Table, with its labels.

Source: Detailed Budget Table (Erasmus lump sum II), version 4.4 of 4 October 2023.
"""

from collections.abc import Iterable, Iterator

from ka2budget.text import message

LABELS = {
    "A": message("DIRECT PERSONNEL COSTS"),
    "A1": message("Employees (or equivalent) person months"),
    "A2": message("Natural persons under direct contract"),
    "A3": message("Seconded persons"),
    "A4": message("SME Owners without salary"),
    "A5": message("Volunteers"),
    "B": message("Subcontracting costs"),
    "C": message("Purchase costs"),
    "C1": message("Travel and subsistence per travel or day"),
    "C1.travel": message("Travel"),
    "C1.accommodation": message("Accommodation"),
    "C1.subsistence": message("Subsistence"),
    "C2": message("Equipment"),
    "C3": message("Other goods, works and services"),
    "C3.consumables": message("Consumables"),
    "C3.meetings": message("Services for Meetings, Seminars"),
    "C3.communication": message("Services for communication/promotion/dissemination"),
    "C3.website": message("Website"),
    "C3.artistic-fees": message("Artistic Fees"),
    "C3.other": message("Other"),
    "D": message("Other cost categories"),
    "D1": message("Financial support to third parties"),
}
"""By code, in the order of the table; a code begins with the code of the category it is part of."""

MAIN = ("A", "B", "C", "D")
"""The categories that make up the direct costs."""

IN_MONTHS = frozenset({"A1", "A2", "A3"})
"""The categories whose units are person-months; the days of volunteers and SME owners are not counted with them."""


def shown(used: Iterable[str]) -> Iterator[str]:
    """Yield the codes to show: the main ones, those used, and what these are part of, in the order of the table."""
    codes = tuple(used)
    return (name for name in LABELS if name in MAIN or any(code.startswith(name) for code in codes))
