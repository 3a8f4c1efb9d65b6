"""One sheet of a workbook: its blocks are placed below one another on the board, its words are written at once."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from itertools import groupby

from xlsxwriter import Workbook  # type: ignore[import-untyped]

from ka2budget.annex.board import Board, Cell
from ka2budget.annex.charts import LABELS, Bars, Placed
from ka2budget.annex.content import Content, Grid, Item, Listing, Value
from ka2budget.annex.formula import Formula, Reference, total_of
from ka2budget.annex.layout import Below, Card, Chart, Column, Foot, Matrix, Sheet, Table
from ka2budget.annex.leaf import Leaf
from ka2budget.annex.lines import lines_of
from ka2budget.annex.look import Look, put

_ROW_TOTAL = total_of(Reference(None, "all", None), of_nothing=True)
_COLUMN_TOTAL = total_of(Reference(None, "$", "all"), of_nothing=True)
_GRAND_TOTAL = total_of(Reference(None, "total", "all"), of_nothing=True)
_WORDS = {"text", "alert"}


class Page(Leaf):
    """One sheet while its blocks are placed below one another; of a list, or of one row of it alone."""

    def __init__(  # noqa: PLR0913, PLR0917 - what all pages of a workbook share, and what it is of
        self, book: Workbook, shape: Sheet, look: Look, board: Board, name: str, language: str, of: str | None = None
    ) -> None:
        super().__init__(book, shape, look, name, language)
        self.board, self.of = board, of
        self.tables: dict[str, Placed] = {}
        self.charts: list[Bars] = []

    def place(self, content: Content) -> None:
        """Place every block that has something to show."""
        about = content["project"]
        project = about.items[0].record if isinstance(about, Listing) else {}
        if project["draft"] is not None:
            put(self.sheet, 2, 0, str(project["draft"]), self.look.words("draft"))
            self.row += 1
        for block in self.shape.blocks:
            source = self._mine(content[block.source])
            if isinstance(block, Chart):
                self._chart(block, source)
            elif not isinstance(block, Table) or source or block.empty is not None:
                self._block(block, source, project)

    def _mine(self, source: Listing | Grid) -> Listing | Grid:
        """Return what belongs to the row that the sheet is of, or everything."""
        if self.of is None or isinstance(source, Grid):
            return source
        return Listing(tuple(item for item in source.items if self.of in {item.key, item.group}))

    def _block(self, block: Card | Table | Matrix, source: Listing | Grid, project: Mapping[str, Value]) -> None:
        self.starts.append(self.row)
        if block.title is not None:
            put(self.sheet, self.row, 0, self._words(block.title), self.look.words("block"))
            self.row += 1
        if isinstance(block, Matrix) and isinstance(source, Grid):
            is_long = block.turned_label is not None and len(source.columns) > len(source.rows)
            grid = source.turned if block.turned or is_long else source
            self._matrix(block, grid, block.turned_label if block.turned_label and is_long else block.row_label)
            for below in block.below:
                if below.needs is None or project[below.needs] is not None:
                    self._below(block, below, grid.columns)
        elif isinstance(block, Table) and isinstance(source, Listing) and block.by is not None:
            self._parted(block, source.items, block.by)
        elif isinstance(block, Table) and isinstance(source, Listing):
            self._table(block, source.items)
        elif isinstance(block, Card) and isinstance(source, Listing):
            self._card(block, source.items[0].record)
        self.row += 1

    def _chart(self, block: Chart, source: Listing | Grid) -> None:
        """Keep the place of a chart; it is drawn once the table it shows is placed."""
        rows = [one.record for one in source.items] if isinstance(source, Listing) else []
        amounts = (row[block.values] for row in rows)
        largest = max((amount for amount in amounts if isinstance(amount, Decimal)), default=Decimal(0))
        if len(rows) > 1 and largest:
            lines = max(lines_of(str(row[block.labels]), LABELS) for row in rows)
            bars = Bars(block, self.row, len(rows), lines, largest)
            self.charts.append(bars)
            self.row += bars.rows + 1

    def _parted(self, block: Table, items: tuple[Item, ...], by: str) -> None:
        """Place a table for each value of a field."""
        for value, rows in groupby(items, lambda item: item.record[by]):
            self.starts.append(self.row)
            put(self.sheet, self.row, 0, str(value), self.look.words("block"))
            self.row += 1
            part = block.model_copy(update={"id": f"{block.id} {self.of} {value}"})
            self._table(part, tuple(rows), block.id)
            self.row += 1

    def _card(self, block: Card, record: Mapping[str, Value]) -> None:
        self._wide(block.widths or ())
        name = block.id if self.of is None else f"{block.id} {self.of}"
        for entry in block.entries:
            value = record[entry.field] if entry.field else None
            if entry.optional and value is None:
                continue
            self._label(self._words(entry.label))
            if entry.is_plain:
                self._words_of(1, value, self.look.cell(entry.format, "plain", on_card=True))
            else:
                cell = replace(self._cell(name, 1, "", entry, record), on_card=True, key=self.of or "")
                self.board.add(cell, entry.key)
                if entry.input:
                    self._accept(entry.format, (self.row, self.row), (1, 1))
            remark = record[entry.remark] if entry.remark else None
            if remark is not None:
                self._put(2, str(remark), self.look.words("beside"))
            self.row += 1

    def _table(self, block: Table, items: tuple[Item, ...], known_as: str | None = None) -> None:
        columns = [
            column
            for column in block.columns
            if not column.optional or any(item.record[column.field or ""] is not None for item in items)
        ]
        self._wide(column.width for column in columns)
        self._header((self._words(column.label), column.format not in _WORDS) for column in columns)
        names: set[str] = set()
        last_group = items[0].group if items else ""
        plain = [column.is_plain for column in columns]
        places = {name: number for number, column in enumerate(columns) for name in (column.field, column.name) if name}
        self.tables[block.id] = Placed(self.name, self.row, self.row + len(items) - 1, places)
        for kind, run in groupby(enumerate(columns), lambda one: one[1].format if one[1].input else None):
            if kind is not None:  # one rule for neighbours: LibreOffice forgets the indent of the second otherwise
                numbers = [number for number, _ in run]
                self._accept(kind, (self.row, self.row + len(items) - 1), (numbers[0], numbers[-1]))
        for item in items:
            key = item.key
            while key in names:  # an id that is used twice; a finding says so
                key += "'"
            names.add(key)
            group, starts, last_group = f"group {item.group}", item.group != last_group, item.group
            for number, column in enumerate(columns):
                if plain[number]:
                    style = self.look.cell(column.format, "strong" if item.strong else "plain", starts=starts)
                    self._words_of(number, item.record[column.field or ""], style)
                    continue
                cell = self._cell(block.id, number, key, column, item.record)
                cell.tone, cell.starts = "strong" if item.strong else cell.tone, starts
                self.board.add(cell, column.key, ((column.key, "all"), (column.key, group)), known_as)
            self.row += 1
        if items and any(column.total for column in columns):
            self._totals(block, columns)
        elif not items and block.empty is not None:
            self._across(self._words(block.empty), max(len(columns), 2), self.look.words("remark"))
            self.row += 1
        for foot in block.below:
            self._foot(block, foot, columns)

    def _totals(self, block: Table, columns: list[Column]) -> None:
        for number, column in enumerate(columns):
            cell = Cell(self.name, self.row, number, block.id, "", "total", None, format=column.format, tone="total")
            if column.total:
                everything = Reference(None, column.key, "all")
                cell.formulas = (total_of(everything, of_nothing=False, rounded=column.signed),)
                cell.is_given = False
            elif number == 0:
                cell.value = self._words(block.total_label)
            self.board.add(cell, column.key)
        self.row += 1

    def _foot(self, block: Table, foot: Foot, columns: list[Column]) -> None:
        first = next(number for number, column in enumerate(columns) if column.key in foot.formulas)
        self._across(self._words(foot.label), first, self.look.cell("text", "total"))
        for number, column in enumerate(columns[first:], first):
            cell = Cell(self.name, self.row, number, block.id, "", foot.name, None)
            cell.formulas = tuple(filter(None, (foot.formulas.get(column.key),)))
            cell.format, cell.tone, cell.is_given = column.format, "total", False
            self.board.add(cell, column.key)
        self.row += 1

    def _matrix(self, block: Matrix, grid: Grid, row_label: str) -> None:
        rows, columns, amounts = grid.rows, grid.columns, grid.amounts
        self._wide((block.row_width, *[block.column_width] * (len(columns) + 1)))
        if grid.note is not None:
            self._across(grid.note, len(columns) + 2, self.look.words("remark"))
            self.row += 1
        first, sum_ = self._words(row_label), self._words(block.total_label)
        last_label = self._words(block.sum_label) if block.sum_label else sum_
        self._header(((first, False), *((label, True) for label in columns.values()), (last_label, True)))
        if block.second is not None:
            words = (self._words(block.second.words), True)
            self._header(((self._words(block.second.label), False), *[words] * (len(columns) + 1)), rows=2)
        last = len(columns) + 1
        if block.input and columns:
            self._accept(block.format, (self.row, self.row + len(rows) - 1), (1, len(columns)))
        for row, label in rows.items():
            self._beside(label)
            for number, column in enumerate(columns, 1):
                cell = Cell(self.name, self.row, number, block.id, column, f"${row}", amounts.get((row, column)))
                cell.format, cell.tone = block.format, "typed" if block.input else "plain"
                self.board.add(cell, f"${column}", ((f"${column}", "all"), ("all", f"${row}")))
            total = self._follows(block.id, last, f"${row}", row, block.format, _ROW_TOTAL)
            if row in grid.silent:
                total.formulas = ()
            self.board.add(total, "total", (("total", "all"),))
            self.row += 1
        self._beside(sum_, "total")
        for number, column in enumerate(columns, 1):
            cell = self._follows(block.id, number, "total", column, block.format, _COLUMN_TOTAL)
            self.board.add(replace(cell, tone="total"), f"${column}")
        cell = self._follows(block.id, last, "total", "", block.format, _GRAND_TOTAL)
        self.board.add(replace(cell, tone="total"), "total")
        self.row += 1

    def _below(self, block: Matrix, below: Below, columns: Iterable[str]) -> None:
        self._beside(self._words(below.label), "follows")
        number = 0
        for number, column in enumerate(columns, 1):
            cell = self._follows(block.id, number, below.name, column, below.format, below.formula)
            if not below.each:
                cell.formulas, cell.is_given = (), True
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
            if isinstance(cell.value, str):
                self._fit(cell.value, self.widths.get(number, 0))
        if column.check:
            self._check(cell)
        return cell

    def _follows(self, block: str, number: int, row_name: str, key: str, kind: str, formula: Formula) -> Cell:
        cell = Cell(self.name, self.row, number, block, key, row_name, None, (formula,), is_given=False)
        return replace(cell, format=kind, tone="follows")
