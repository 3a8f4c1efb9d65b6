"""Where things stand in EACEA's Detailed Budget Table, as data: its sheets, named cells, columns and markers.

The table is built by macros, which mark rows and columns for their formulas; these marks are what is looked for, so
that a copy with more beneficiaries or work packages than the one that was read is understood as well.
Source: Detailed Budget Table (Erasmus lump sum II), version 4.4 of 4 October 2023, all sheets.
"""

from collections.abc import Mapping

from ka2budget.project import Category

VERSION = "4.4"
"""The version of the table that was read; others are taken where every cell is in its place."""

Slot = tuple[Category, int]
"""A row of a work package: the category, and for employees which of the kinds of staff, from 0; else 0."""

INSTRUCTIONS, BENEFICIARIES, WORK_PACKAGES = "Instructions", "Beneficiaries List", "Work Packages List"
COSTS, BUDGET, OVERVIEW, MONTHS = (
    "Estim costs of the project", "Proposal Budget", "BE-WP Overview", "BE-WP Person Months",
)  # fmt: skip
DEPRECIATION, COMMENTS = "Depreciation Costs", "Any comments"
SHEETS = (
    INSTRUCTIONS, BENEFICIARIES, WORK_PACKAGES, COSTS, BUDGET, OVERVIEW, MONTHS, DEPRECIATION, COMMENTS,
)  # fmt: skip

ACRONYM, MAXIMUM, RATE, COUNTRIES, RELEASE = "Acronym", "MAXSUB", "COFINPERCENT", "ListOfCountries", "CurrentVersion"
STAFF = ("EMP_TYPE1", "EMP_TYPE2", "EMP_TYPE3", "EMP_TYPE4", "EMP_OTHER")
"""The named cells of the kinds of staff; the last is for all others."""
NO_KIND = "Type"
"""With a number from 1 the name of a kind of staff as downloaded."""
NAMES = (ACRONYM, MAXIMUM, RATE, COUNTRIES, RELEASE, *STAFF)

MARKS: Mapping[str, Slot] = {
    **{f"WPRow.{letter}": (Category.EMPLOYEES, kind) for kind, letter in enumerate("CDEFG")},
    "WPRow.H": (Category.NATURAL_PERSONS, 0),
    "WPRow.I": (Category.SECONDED_PERSONS, 0),
    "WPRow.J": (Category.SME_OWNERS, 0),
    "WPRow.K": (Category.VOLUNTEERS, 0),
    "WPRow.L": (Category.SUBCONTRACTING, 0),
    "WPRow.O": (Category.TRAVEL, 0),
    "WPRow.P": (Category.ACCOMMODATION, 0),
    "WPRow.Q": (Category.SUBSISTENCE, 0),
    "WPRow.R": (Category.EQUIPMENT, 0),
    "WPRow.T": (Category.CONSUMABLES, 0),
    "WPRow.U": (Category.MEETINGS, 0),
    "WPRow.V": (Category.COMMUNICATION, 0),
    "WPRow.W": (Category.WEBSITE, 0),
    "WPRow.X": (Category.ARTISTIC_FEES, 0),
    "WPRow.Y": (Category.OTHER_GOODS, 0),
    "WPRow.0": (Category.THIRD_PARTIES, 0),
}
"""What stands in column D of a row that takes costs."""

LIST_NAME, LIST_KIND, LIST_NUMBER = "B", "I", "J"
"""Columns of the lists; the last two are hidden: the kind of participant, and its number."""
LIST_COLUMNS = (LIST_NAME, "C", "D")
"""Name, acronym and country of a participant."""
BENEFICIARY, WITHOUT_COSTS = "B", "T"
"""Kinds of participants. T marks affiliated entities, the only ones whose row in the summaries may come to nothing."""
FIRST_IN_LIST = 6

MARK, BLOCK, IDS = "D", "N", 2
"""Of a sheet with costs: column of the marks, column of the work packages' numbers, row of the participants'."""
FIRST_OF_COSTS = "R"
"""The first column with units."""
BELOW_TITLE = "WPRow.A"
"""The mark one row below the title of a work package."""
INDIRECT_LABEL = "O"
"""The column with the label of indirect costs, which names their flat rate."""
COLUMNS_OF_ONE = 4
"""Columns of each beneficiary where all stand side by side, beginning with its units."""

SUMMARY_IDS, SUMMARY_PACKAGES = "A", 4
"""Of the summaries: column of the participants' numbers, row of the work packages'."""

NOTES_FROM = 4
"""First row of Depreciation Costs and Any comments."""
DEPRECIATION_COLUMNS, COMMENT_COLUMNS = "ABCDEFGHIJL", "ABCD"
BUDGET_MARKS, DIRECT = 2, "WPRow.1"
"""Of the sheet Proposal Budget: row of the marks, and the mark of direct costs."""
