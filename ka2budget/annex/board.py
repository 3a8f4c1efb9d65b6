"""The cells of a workbook before it is written: placed by name, so that formulas find one another."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from xlsxwriter.utility import xl_rowcol_to_cell  # type: ignore[import-untyped]

from ka2budget.annex.content import Value
from ka2budget.annex.formula import Entry, Formula, Reference
from ka2budget.annex.look import Tone

_DAY_ZERO = date(1899, 12, 30).toordinal()
_FIRST_DAY = date(1900, 3, 1)  # spreadsheets know no earlier day, or count it wrongly


@dataclass(slots=True, eq=False)
class Cell:
    """A cell with a value, a formula, or a formula that may stand for the value."""

    sheet: str
    row: int
    column: int
    block: str
    key: str
    """What ``$`` means in its formula."""
    row_name: str
    value: Value
    formulas: tuple[Formula, ...] = ()
    """Of which the first that fits is written."""
    is_given: bool = True
    """Whether the value is known, so that a formula has to give it exactly."""
    format: str = "text"
    tone: Tone = "plain"
    on_card: bool = False
    starts: bool = False
    """Whether a group of rows begins with its own."""
    text: str | None = None
    """The formula as written, once the cell is settled."""
    is_settled: bool = False


@dataclass(slots=True)
class Board:
    """All cells of a workbook, found by block, column and row."""

    cells: list[Cell] = field(default_factory=list)
    _spots: dict[tuple[str, str, str], Cell] = field(default_factory=dict)
    _ranges: dict[tuple[str, str, str], list[Cell]] = field(default_factory=dict)

    def add(self, cell: Cell, column: str, ranges: tuple[tuple[str, str], ...] = (), block: str | None = None) -> None:
        """Place a cell in a column; ``ranges`` are the column and row names under which it is one of several.

        ``block`` is what others call the block, where one of the layout is there several times.
        """
        self.cells.append(cell)
        self._spots[cell.block, column, cell.row_name] = cell
        if block is not None:
            self._spots[block, column, cell.row_name] = cell
        for name, row in ranges:
            self._ranges.setdefault((cell.block, name, row), []).append(cell)

    def settled(self) -> Iterator[Cell]:
        """Yield every cell with its value; its formula is kept where it gives exactly that value."""
        for cell in self.cells:
            self._settle(cell)
            yield cell

    def _settle(self, cell: Cell) -> None:
        if cell.is_settled:
            return
        cell.is_settled = True
        if not (cell.is_given and cell.value is None):
            any(self._fits(cell, formula) for formula in cell.formulas)  # the first that does is kept

    def _fits(self, cell: Cell, formula: Formula) -> bool:
        """Keep a formula, and its value where none is known, and tell whether it gives what it should."""
        targets = [self._targets(cell, reference) for reference in formula.references]
        if not all(targets):
            return False
        result = formula.value([tuple(self._entries(cells)) for cells in targets])
        if result is None or (cell.is_given and result != _entry(cell.value)):
            return False
        cell.text = formula.spelled([_address(cell, cells) for cells in targets])
        if not cell.is_given:
            cell.value = result
        return True

    def _targets(self, cell: Cell, reference: Reference) -> list[Cell]:
        """Return the cells of a reference; none where it names nothing, or cells that do not touch."""
        block = reference.block or cell.block
        column = reference.column
        if column == "$":
            column = f"${cell.key}" if cell.key else "total"
        if reference.is_range:
            row = cell.row_name if column == "all" else str(reference.row)
            cells = self._ranges.get((block, column, f"group {cell.key}" if row == "group" else row), [])
            steps = cells[-1].row - cells[0].row + cells[-1].column - cells[0].column if cells else 0
            return cells if steps == len(cells) - 1 else []
        row = reference.row or (cell.row_name if block == cell.block else f"${cell.key}")
        found = self._spots.get((block, column, row)) or self._spots.get((block, column, ""))
        return [] if found is None else [found]

    def _entries(self, cells: list[Cell]) -> Iterator[Entry]:
        for cell in cells:
            self._settle(cell)
            yield _entry(cell.value)


def serial(day: date) -> int | None:
    """Return the number of a day as spreadsheets count days; None before March 1900."""
    return day.toordinal() - _DAY_ZERO if day >= _FIRST_DAY else None


def _entry(value: Value) -> Entry:
    if isinstance(value, (Decimal, str)):
        return value
    if isinstance(value, int):
        return Decimal(value)
    if isinstance(value, date):
        day = serial(value)
        return None if day is None else Decimal(day)
    return None


def _address(home: Cell, cells: list[Cell]) -> str:
    first, last = cells[0], cells[-1]
    address = xl_rowcol_to_cell(first.row, first.column)
    if first is not last:
        address += f":{xl_rowcol_to_cell(last.row, last.column)}"
    return address if first.sheet == home.sheet else f"'{first.sheet}'!{address}"
