"""One sheet of a workbook: its blocks are placed below one another on the board, its words are written at once."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from math import ceil

from xlsxwriter import Workbook  # type: ignore[import-untyped]
from xlsxwriter.format import Format as CellFormat  # type: ignore[import-untyped]

from ka2budget.annex.board import Board, Cell
from ka2budget.annex.content import Content, Grid, Item, Listing, Value, translated
from ka2budget.annex.formula import Formula, Reference, total_of
from ka2budget.annex.layout import Below, Card, Column, Matrix, Sheet, Table
from ka2budget.annex.look import Look, Tone, plain, put, set_page

_CHARACTERS_PER_UNIT = 1.1
_POINTS_PER_LINE, _POINTS_BETWEEN, _HIGHEST_ROW = 12.75, 2.25, 409.0
_ROW_TOTAL = total_of(Reference(None, "all", None), of_nothing=True)
_COLUMN_TOTAL = total_of(Reference(None, "$", "all"), of_nothing=True)
_GRAND_TOTAL = total_of(Reference(None, "total", "all"), of_nothing=True)
_WORDS = {"text", "alert"}


class Page:
    """One sheet while its blocks are placed below one another."""

    def __init__(self, book: Workbook, shape: Sheet, look: Look, board: Board, name: str, language: str) -> None:
        self.shape, self.look, self.board, self.language = shape, look, board, language
        self.name = self._words(shape.name)
        self.sheet = book.add_worksheet(self.name)
        pages = self._words("Page {page} of {pages}").format(page="&P", pages="&N")
        set_page(self.sheet, plain(name), pages, portrait=shape.portrait)
        self.row, self.last_column = 3, 0
        self.widths: dict[int, float] = {}
        self.lines: dict[int, int] = {}
        put(self.sheet, 0, 0, self._words(shape.title), look.words("title"))
        put(self.sheet, 1, 0, name, look.words("subtitle"))

    def place(self, content: Content) -> None:
        """Place every block that has something to show."""
        project = content["project"]
        draft = project.items[0].record["draft"] if isinstance(project, Listing) else None
        if draft is not None:
            put(self.sheet, 2, 0, str(draft), self.look.words("draft"))
            self.row += 1
        for block in self.shape.blocks:
            source = content[block.source]
            if isinstance(block, Table) and isinstance(source, Listing) and not source.items and block.empty is None:
                continue
            if block.title is not None:
                put(self.sheet, self.row, 0, self._words(block.title), self.look.words("block"))
                self.row += 1
            if isinstance(block, Matrix) and isinstance(source, Grid):
                self._matrix(block, source)
            elif isinstance(block, Table) and isinstance(source, Listing):
                self._table(block, source.items)
            elif isinstance(block, Card) and isinstance(source, Listing):
                self._card(block, source.items[0].record)
            self.row += 1

    def finish(self) -> None:
        """Set what depends on the size of the sheet: the widths, and the area that is printed."""
        for column, width in self.widths.items():
            self.sheet.set_column(column, column, width)
        for row, lines in self.lines.items():
            self.sheet.set_row(row, min(_POINTS_PER_LINE * lines + _POINTS_BETWEEN, _HIGHEST_ROW))
        self.sheet.print_area(0, 0, max(self.row - 2, 1), self.last_column)

    def _card(self, block: Card, record: Mapping[str, Value]) -> None:
        self._wide(block.widths or ())
        for entry in block.entries:
            value = record[entry.field] if entry.field else None
            if entry.optional and value is None:
                continue
            self._put(0, self._words(entry.label), self.look.words("label"))
            if entry.is_plain:
                self._words_of(1, value, self.look.cell(entry.format, "plain", on_card=True))
            else:
                cell = self._cell(block.id, 1, "", entry, record)
                self.board.add(replace(cell, on_card=True), entry.key)
            remark = record[entry.remark] if entry.remark else None
            if remark is not None:
                self._put(2, str(remark), self.look.words("remark"))
            self.row += 1

    def _table(self, block: Table, items: tuple[Item, ...]) -> None:
        columns = [
            column
            for column in block.columns
            if not column.optional or any(item.record[column.field or ""] is not None for item in items)
        ]
        self._wide(column.width for column in columns)
        self._header((self._words(column.label), column.format not in _WORDS) for column in columns)
        styles = (self.look.cell(column.format, "plain") if column.is_plain else None for column in columns)
        shown = [(number, column, style) for number, (column, style) in enumerate(zip(columns, styles, strict=True))]
        names: set[str] = set()
        for item in items:
            key = item.key
            while key in names:  # an id that is used twice; a finding says so
                key += "'"
            names.add(key)
            group = f"group {item.group}"
            for number, column, style in shown:
                if style is not None:
                    self._words_of(number, item.record[column.field or ""], style)
                    continue
                cell = self._cell(block.id, number, key, column, item.record)
                self.board.add(cell, column.key, ((column.key, "all"), (column.key, group)))
            self.row += 1
        if items and any(column.total for column in columns):
            self._totals(block, columns)
        elif not items and block.empty is not None:
            self._across(self._words(block.empty), len(columns))

    def _totals(self, block: Table, columns: list[Column]) -> None:
        for number, column in enumerate(columns):
            cell = Cell(self.name, self.row, number, block.id, "", "total", None, format=column.format, tone="total")
            if column.total:
                cell.formula, cell.is_given = total_of(Reference(None, column.key, "all"), of_nothing=False), False
            elif number == 0:
                cell.value = self._words(block.total_label)
            self.board.add(cell, column.key)
        self.row += 1

    def _matrix(self, block: Matrix, grid: Grid) -> None:
        rows, columns, amounts = grid.rows, grid.columns, grid.amounts
        if block.turned:
            rows, columns = columns, rows
            amounts = {(row, column): amount for (column, row), amount in amounts.items()}
        self._wide((block.row_width, *[block.column_width] * (len(columns) + 1)))
        if grid.note is not None:
            self._across(grid.note, len(columns) + 2)
        first, sum_ = self._words(block.row_label), self._words(block.total_label)
        self._header(((first, False), *((label, True) for label in columns.values()), (sum_, True)))
        last = len(columns) + 1
        for row, label in rows.items():
            self._beside(label)
            for number, column in enumerate(columns, 1):
                cell = Cell(self.name, self.row, number, block.id, column, f"${row}", amounts.get((row, column)))
                cell.format, cell.tone = block.format, "typed" if block.input else "plain"
                self.board.add(cell, f"${column}", ((f"${column}", "all"), ("all", f"${row}")))
            total = self._follows(block.id, last, f"${row}", row, block.format, _ROW_TOTAL)
            self.board.add(total, "total", (("total", "all"),))
            self.row += 1
        self._beside(sum_, "total")
        for number, column in enumerate(columns, 1):
            cell = self._follows(block.id, number, "total", column, block.format, _COLUMN_TOTAL)
            self.board.add(replace(cell, tone="total"), f"${column}")
        cell = self._follows(block.id, last, "total", "", block.format, _GRAND_TOTAL)
        self.board.add(replace(cell, tone="total"), "total")
        self.row += 1
        for below in block.below:
            self._below(block, below, columns)

    def _below(self, block: Matrix, below: Below, columns: Iterable[str]) -> None:
        self._beside(self._words(below.label), "follows")
        number = 0
        for number, column in enumerate(columns, 1):
            cell = self._follows(block.id, number, below.name, column, below.format, below.formula)
            if not below.each:
                cell.formula, cell.is_given = None, True
            self.board.add(cell, f"${column}")
        cell = self._follows(block.id, number + 1, below.name, "", below.format, below.formula)
        self.board.add(cell, "total")
        if below.check:
            self._check(cell)
        self.row += 1

    def _cell(self, block: str, number: int, key: str, column: Column, record: Mapping[str, Value]) -> Cell:
        row_name = f"${key}" if key else ""
        cell = Cell(self.name, self.row, number, block, key, row_name, None, column.formula, format=column.format)
        cell.tone = "typed" if column.input else "follows" if column.formula else "plain"
        if column.field is None:
            cell.is_given = False
        else:
            cell.value = record[column.field]
        if column.check:
            self._check(cell)
        return cell

    def _words_of(self, number: int, value: Value, style: CellFormat) -> None:
        if value is None:
            self.sheet.write_blank(self.row, number, None, style)
        else:
            self._put(number, str(value), style)

    def _follows(self, block: str, number: int, row_name: str, key: str, kind: str, formula: Formula) -> Cell:
        cell = Cell(self.name, self.row, number, block, key, row_name, None, formula, is_given=False)
        return replace(cell, format=kind, tone="follows")

    def _check(self, cell: Cell) -> None:
        rule = {"type": "cell", "criteria": "!=", "value": 0, "format": self.look.words("red")}
        self.sheet.conditional_format(cell.row, cell.column, cell.row, cell.column, rule)

    def _header(self, labels: Iterable[tuple[str, bool]]) -> None:
        """Write a header; each label with whether numbers stand below it."""
        for number, (label, is_number) in enumerate(labels):
            self._put(number, label, self.look.words("header", right=is_number))
        self.row += 1
        if len(self.shape.blocks) == 1:
            self.sheet.repeat_rows(self.row - 1)
            self.sheet.freeze_panes(self.row, self.shape.frozen)

    def _beside(self, label: str, tone: Tone = "plain") -> None:
        self._put(0, label, self.look.cell("text", tone))

    def _across(self, words: str, columns: int) -> None:
        """Write a remark over all columns, in as many lines as it needs."""
        self.sheet.merge_range(self.row, 0, self.row, max(columns - 1, 1), "", self.look.words("remark"))
        put(self.sheet, self.row, 0, words, self.look.words("remark"))
        self._fit(words, sum(self.widths[number] for number in range(columns)))
        self.row += 1

    def _put(self, number: int, words: str, style: CellFormat) -> None:
        self._fit(words, self.widths.get(number, 0))
        put(self.sheet, self.row, number, words, style)

    def _fit(self, words: str, width: float) -> None:
        """Make the row high enough for wrapped words: not every program does it when it opens the file."""
        width *= _CHARACTERS_PER_UNIT
        if len(words) > width or "\n" in words:
            lines = sum(ceil(len(part) / width) or 1 for part in words.split("\n")) if width else 1
            self.lines[self.row] = max(lines, self.lines.get(self.row, 1))

    def _wide(self, widths: Iterable[Decimal | int | None]) -> None:
        for number, width in enumerate(widths):
            self.last_column = max(self.last_column, number)
            if width is not None:
                self.widths[number] = max(self.widths.get(number, 0.0), float(width))

    def _words(self, english: str) -> str:
        return translated(english, self.language)
