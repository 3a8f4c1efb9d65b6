"""One sheet as it fills from the top: the words on it, and the widths and heights they need."""

from collections.abc import Iterable
from decimal import Decimal
from math import ceil
from textwrap import wrap

from xlsxwriter import Workbook  # type: ignore[import-untyped]
from xlsxwriter.format import Format as CellFormat  # type: ignore[import-untyped]
from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped]

from ka2budget.annex.board import Cell
from ka2budget.annex.content import Value
from ka2budget.annex.layout import Chart, Sheet
from ka2budget.annex.lines import BOLD, POINTS_PER_LINE, lines_of
from ka2budget.annex.look import Look, Tone, plain, protect, put, set_page
from ka2budget.annex.paper import ORDINARY_HEIGHT, ORDINARY_WIDTH, fit
from ka2budget.text import message, translate

_SURE = 0.85  # of the width; what is shorter takes one line, in whatever letters
_INDENT = 1.0  # before the edge of a number, in the width of a digit
_WIDEST_WORD = 24.0
_TITLE, _SUBTITLE = 1.6, 1.05  # of a letter of them
_POINTS_OF_TITLE, _POINTS_OF_SUBTITLE = 21.0, 15.0
_POINTS_BETWEEN, _HIGHEST_ROW = 2.25, 409.0


_FROM_0 = {"validate": "decimal", "criteria": ">=", "value": 0, "ignore_blank": True}
_RULES: dict[str, dict[str, object]] = {
    "money": _FROM_0,
    "price": _FROM_0,
    "units": _FROM_0,
    "count": {"validate": "integer", "criteria": ">=", "value": 0, "ignore_blank": True},
    "percent": {"validate": "decimal", "criteria": "between", "minimum": 0, "maximum": 1, "ignore_blank": True},
}
_WANTED = {
    "money": message("An amount in EUR from 0, as a number."),
    "price": message("An amount in EUR from 0, as a number."),
    "units": message("A number from 0."),
    "count": message("A whole number from 0."),
    "percent": message("A share from 0% to 100%."),
}


class _Plain(Worksheet):  # type: ignore[misc]
    """A sheet whose formulas are written as they are: layouts know no function that Excel stores by another name."""

    def _prepare_formula(self, formula: str, expand_future_functions: bool = False) -> str:  # noqa: FBT001, FBT002, ARG002
        return formula.removeprefix("=")


class Leaf:
    """A sheet with its title, and the row that is written next."""

    def __init__(self, book: Workbook, shape: Sheet, look: Look, name: str, language: str) -> None:
        self.shape, self.look, self.language = shape, look, language
        self.name = self._words(shape.name)
        self.sheet = book.add_worksheet(self.name, _Plain)
        pages = self._words("Page {page} of {pages}").format(page="&P", pages="&N")
        whole = any(isinstance(block, Chart) for block in shape.blocks)  # a chart that a page cuts cannot be read
        set_page(self.sheet, plain(name), pages, portrait=shape.portrait, whole=whole)
        self.row, self.last_column = 3, 0
        self.widths: dict[int, float] = {}
        self.lines: dict[int, int] = {}
        self.starts: list[int] = []
        """The rows in which blocks begin."""
        self.title, self.subtitle, self.portrait, self.whole = self._words(shape.title), name, shape.portrait, whole
        put(self.sheet, 0, 0, self.title, look.words("title"))
        put(self.sheet, 1, 0, name, look.words("subtitle"))

    def finish(self) -> None:
        """Set what depends on the size of the sheet: widths and heights, the area that is printed, and its pages."""
        last = self._last_printed()
        widths = [self.widths.get(column, ORDINARY_WIDTH) for column in range(last + 1)]
        for column, width in self.widths.items():
            self.sheet.set_column(column, column, width)
        heights = [ORDINARY_HEIGHT] * max(self.row - 1, 2)
        for row, lines in self.lines.items():
            self._high(row, min(POINTS_PER_LINE * lines + _POINTS_BETWEEN, _HIGHEST_ROW), heights)
        if last:
            self._high(0, self._long(0, self.title, "title", sum(widths) / _TITLE) * _POINTS_OF_TITLE, heights)
            lines = self._long(1, self.subtitle, "subtitle", sum(widths) / _SUBTITLE)
            self._high(1, lines * _POINTS_OF_SUBTITLE, heights)
        self.sheet.print_area(0, 0, len(heights) - 1, last)
        if not self.whole:
            fit(self.sheet, widths, heights, portrait=self.portrait, starts=self.starts)
        protect(self.sheet)

    def _high(self, row: int, height: float, heights: list[float]) -> None:
        self.sheet.set_row(row, height)
        if row < len(heights):
            heights[row] = height

    def _long(self, row: int, words: str, what: str, letters: float) -> int:
        """Write words that are longer than the sheet is wide again, in lines, and return how many these are."""
        lines = len(wrap(words, int(letters))) or 1
        if lines > 1:
            self.sheet.merge_range(row, 0, row, self._last_printed(), "", self.look.words(f"long {what}"))
            put(self.sheet, row, 0, words, self.look.words(f"long {what}"))
        return lines

    def _last_printed(self) -> int:
        """Return the last column that is printed; beside a single one there is room for the title."""
        width = self.widths.get(0, ORDINARY_WIDTH)
        return self.last_column or max(ceil((len(self.title) * _TITLE - width) / ORDINARY_WIDTH), 0)

    def _words_of(self, number: int, value: Value, style: CellFormat) -> None:
        if value is None:
            self.sheet.write_blank(self.row, number, None, style)
        else:
            self._put(number, str(value), style)

    def _accept(self, kind: str, rows: tuple[int, int], columns: tuple[int, int]) -> None:
        """Let cells that people may change take only what belongs there."""
        rule = _RULES.get(kind)
        if rule is None or rows[0] > rows[1]:
            return
        words = {
            "error_title": self._words(message("This does not belong here")),
            "error_message": self._words(_WANTED[kind]),
        }
        self.sheet.data_validation(rows[0], columns[0], rows[1], columns[1], rule | words)

    def _check(self, cell: Cell) -> None:
        rule = {"type": "cell", "criteria": "!=", "value": 0, "format": self.look.words("red")}
        self.sheet.conditional_format(cell.row, cell.column, cell.row, cell.column, rule)

    def _header(self, labels: Iterable[tuple[str, bool]], rows: int = 1) -> None:
        """Write a row of a header of so many; each label with whether numbers stand below it."""
        for number, (label, is_number) in enumerate(labels):
            if number in self.widths:
                longest = max(map(len, label.split()), default=0)
                self.widths[number] = max(self.widths[number], min(longest * BOLD + 1, _WIDEST_WORD))
            self._put(number, label, self.look.words("header", right=is_number))
            if width := self.widths.get(number):
                self._fit(label, width / BOLD - (_INDENT if is_number else 0))
        self.row += 1
        if len(self.shape.blocks) == 1:
            self.sheet.repeat_rows(self.row - rows, self.row - 1)
            self.sheet.freeze_panes(self.row, self.shape.frozen)

    def _beside(self, label: str, tone: Tone = "plain") -> None:
        self._put(0, label, self.look.cell("text", tone))

    def _across(self, words: str, columns: int, style: CellFormat) -> None:
        """Write words over the first columns, in as many lines as they need."""
        if columns > 1:
            self.sheet.merge_range(self.row, 0, self.row, columns - 1, "", style)
        put(self.sheet, self.row, 0, words, style)
        self._fit(words, sum(self.widths[number] for number in range(columns)))

    def _label(self, words: str) -> None:
        self._fit(words, self.widths.get(0, 0) / BOLD)
        put(self.sheet, self.row, 0, words, self.look.words("label"))

    def _put(self, number: int, words: str, style: CellFormat) -> None:
        self._fit(words, self.widths.get(number, 0))
        put(self.sheet, self.row, number, words, style)

    def _fit(self, words: str, width: float) -> None:
        """Make the row high enough for wrapped words: not every program does it when it opens the file."""
        if len(words) > _SURE * width or "\n" in words:
            self.lines[self.row] = max(lines_of(words, width) if width > 0 else 1, self.lines.get(self.row, 1))

    def _wide(self, widths: Iterable[Decimal | int | None]) -> None:
        for number, width in enumerate(widths):
            self.last_column = max(self.last_column, number)
            if width is not None:
                self.widths[number] = max(self.widths.get(number, 0.0), float(width))

    def _words(self, english: str) -> str:
        return translate(english, self.language)
