"""The categories of EACEA's Detailed Budget Table, with its labels; they are official and stay in English.

Source: Detailed Budget Table (Erasmus lump sum II), version 4.4 of 4 October 2023.
"""

from collections.abc import Iterable, Iterator

LABELS = {
    "A": "DIRECT PERSONNEL COSTS",
    "A1": "Employees (or equivalent) person months",
    "A2": "Natural persons under direct contract",
    "A3": "Seconded persons",
    "A4": "SME Owners without salary",
    "A5": "Volunteers",
    "B": "Subcontracting costs",
    "C": "Purchase costs",
    "C1": "Travel and subsistence per travel or day",
    "C1.travel": "Travel",
    "C1.accommodation": "Accommodation",
    "C1.subsistence": "Subsistence",
    "C2": "Equipment",
    "C3": "Other goods, works and services",
    "C3.consumables": "Consumables",
    "C3.meetings": "Services for Meetings, Seminars",
    "C3.communication": "Services for communication/promotion/dissemination",
    "C3.website": "Website",
    "C3.artistic-fees": "Artistic Fees",
    "C3.other": "Other",
    "D": "Other cost categories",
    "D1": "Financial support to third parties",
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
