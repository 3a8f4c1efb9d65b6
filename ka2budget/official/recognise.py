"""Recognise EACEA's Detailed Budget Table in a workbook, by its own markers, or say what of it is missing."""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import NamedTuple

from ka2budget.errors import Problem, Unreadable
from ka2budget.official import table
from ka2budget.official.book import Book, Place
from ka2budget.official.costs import plain
from ka2budget.official.sheet import Cell, Sheet, column_name, column_number
from ka2budget.official.table import Slot
from ka2budget.text import phrase


class Participant(NamedTuple):
    """A beneficiary of the table, or an affiliated entity."""

    number: Decimal
    """Whole for a beneficiary; 1.02 is the second affiliated entity of beneficiary 1."""
    row: int
    """Row in the list of beneficiaries."""

    @property
    def is_beneficiary(self) -> bool:
        """Whether it is a beneficiary, not an affiliated entity."""
        return self.number == int(self.number)

    @property
    def sheet(self) -> str:
        """The name of the sheet with its costs, which is also the beneficiary's id."""
        return f"BE {int(self.number):03d}"


class Form(NamedTuple):
    """The layout of a sheet with costs."""

    rows: Mapping[tuple[int, Slot], int]
    """The row of each line by number of the work package."""
    blocks: Mapping[int, range]
    """All rows of each work package."""
    columns: Mapping[Decimal, tuple[str, str]]
    """The columns of units and of costs per unit, by number of the participant."""


class Official(NamedTuple):
    """The Detailed Budget Table in a workbook, with the room it has."""

    book: Book
    participants: tuple[Participant, ...]
    work_packages: Mapping[int, int]
    """The row in the list of work packages, by number."""
    forms: Mapping[str, Form]
    """The layout of the sheets of beneficiaries, by name."""
    version: str

    @property
    def beneficiaries(self) -> tuple[Participant, ...]:
        """The beneficiaries, without affiliated entities."""
        return tuple(one for one in self.participants if one.is_beneficiary)

    def named(self, name: str) -> Cell:
        """Return what a named cell holds."""
        place = self.book.names[name]
        return self.book[place.sheet][place.cell]

    @property
    def call_name(self) -> Place:
        """The cell for the name of the call, which has no name itself: the one above the acronym."""
        sheet, column, row = self.book.names[table.ACRONYM]
        return Place(sheet, column, row - 1)

    def countries(self) -> Iterator[str]:
        """Yield the entries of the list of countries, such as Poland (PL)."""
        place = self.book.names[table.COUNTRIES]
        for row, cell in self.book[place.sheet].column(place.column).items():
            if row >= place.row and isinstance(cell.value, str):
                yield cell.value

    @property
    def indirect(self) -> Decimal | None:
        """The flat rate for indirect costs that the table computes with, as a share; None where it does not say so."""
        texts = self.book[table.COSTS].column(table.INDIRECT_LABEL).values()
        found = [re.search(r"Indirect costs\s+([0-9.]+) ?%", str(cell.value)) for cell in texts]
        return next((Decimal(one[1]) / 100 for one in found if one), None)

    def note_rows(self, sheet: str) -> range:
        """Return the rows of Depreciation Costs or Any comments that may be filled."""
        last = max(self.book[sheet].last(column) for column in table.COMMENT_COLUMNS)
        return range(table.NOTES_FROM, last + 1)


def recognise(book: Book) -> Official:
    """Return the table in a workbook; raise Unreadable with everything that is looked for and is not there."""
    problems = [Problem(name, phrase("there is no such sheet")) for name in table.SHEETS if name not in book]
    problems += [
        Problem("/", phrase("there is no cell named {name}", name=name))
        for name in table.NAMES
        if name not in book.names or book.names[name].sheet not in book
    ]
    if not problems:
        participants = tuple(_participants(book[table.BENEFICIARIES]))
        packages = {int(number): row for number, row in _numbers(book[table.WORK_PACKAGES], table.LIST_NUMBER)}
        forms = {one.sheet: _form(book[one.sheet]) for one in participants if one.sheet in book}
        problems += _missing(participants, packages, forms)
    if problems:
        said = phrase(
            "the file is not EACEA's Detailed Budget Table (lump sum II, version {version}) as downloaded:",
            version=table.VERSION,
        )
        raise Unreadable(book.package.path, [Problem("/", said), *problems])
    return Official(book, participants, packages, forms, _version(book))


def form_of_costs(book: Book) -> Form:
    """Return the layout of the sheet that shows all beneficiaries side by side."""
    return _form(book[table.COSTS])


def _participants(sheet: Sheet) -> Iterator[Participant]:
    for number, row in _numbers(sheet, table.LIST_NUMBER):
        yield Participant(number, row)


def _numbers(sheet: Sheet, column: str) -> Iterator[tuple[Decimal, int]]:
    for row, cell in sheet.column(column).items():
        if row >= table.FIRST_IN_LIST and isinstance(cell.value, Decimal) and not cell.formula:
            yield cell.value, row


def _form(sheet: Sheet) -> Form:
    marks = sheet.column(table.MARK)
    starts = [
        (int(cell.value), row)
        for row, cell in sheet.column(table.BLOCK).items()
        if isinstance(cell.value, Decimal) and row + 1 in marks and marks[row + 1].value == table.BELOW_TITLE
    ]
    ends = [row for _, row in starts[1:]] + [max(marks, default=0) + 1]
    blocks = {number: range(row, end) for (number, row), end in zip(starts, ends, strict=False)}
    rows = {
        (number, table.MARKS[str(marks[row].value)]): row
        for number, block in blocks.items()
        for row in block
        if row in marks and marks[row].value in table.MARKS
    }
    ids = {column_number(name): cell.value for name, cell in sheet.row(table.IDS).items() if not cell.formula}
    columns = {
        value: (column_name(number - 1), column_name(number))
        for number, value in ids.items()
        if number > column_number(table.FIRST_OF_COSTS) and isinstance(value, Decimal)
    }
    return Form(rows, blocks, columns)


def _missing(
    participants: tuple[Participant, ...], packages: Mapping[int, int], forms: Mapping[str, Form]
) -> Iterator[Problem]:
    first = f"{table.LIST_NUMBER}{table.FIRST_IN_LIST}"
    if not participants:
        yield Problem(f"{table.BENEFICIARIES}!{first}", phrase("there is no number of a beneficiary"))
    if not packages:
        yield Problem(f"{table.WORK_PACKAGES}!{first}", phrase("there is no number of a work package"))
    for one in participants:
        form = forms.get(one.sheet)
        if form is None:
            yield Problem(one.sheet, phrase("there is no such sheet"))
        elif one.number not in form.columns:
            said = phrase("there are no columns for number {number}", number=plain(one.number))
            yield Problem(f"{one.sheet}!{table.IDS}:{table.IDS}", said)
    for name, form in forms.items():
        wanted = table.MARKS.values()
        lacking = [number for number in packages if any((number, slot) not in form.rows for slot in wanted)]
        if lacking:
            listed = tuple(f"WP {number:03d}" for number in lacking)
            said = phrase("there are not all rows of costs of {work_packages}", work_packages=listed)
            yield Problem(f"{name}!{table.MARK}:{table.MARK}", said)


def _version(book: Book) -> str:
    """Return the version, which stands one row below the cell that spells it out, as a value of its own."""
    place = book.names[table.RELEASE]
    return str(book[place.sheet][f"B{place.row + 1}"].value)
