"""How one cell of a form is written: by the kind of its field, open for an entry or closed."""

from datetime import date
from decimal import Decimal
from typing import Any

from xlsxwriter import Workbook  # type: ignore[import-untyped]
from xlsxwriter.format import Format as CellFormat  # type: ignore[import-untyped]
from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped]

from ka2budget.annex.board import serial
from ka2budget.annex.lines import POINTS_PER_LINE, lines_of
from ka2budget.annex.look import Look, Tone, put
from ka2budget.errors import NotAllowed
from ka2budget.form.choices import Choices, list_of, shown
from ka2budget.form.fields import Field
from ka2budget.form.shape import SHAPES, Column
from ka2budget.text import translate

_LOOKS = {"money": "money", "quantity": "units", "share": "percent", "date": "date", "count": "count"}
_POINTS_BETWEEN, _MOST_LINES = 3.0, 12
_NOT_IN_A_CELL = ("\ufffe", "\uffff")
_LONGEST_TITLE, _LONGEST_MESSAGE = 32, 255
_MOST = 999_999_999
_PROTECTION = {
    "format_cells": True, "format_columns": True, "format_rows": True, "autofilter": True,
    "select_locked_cells": True, "select_unlocked_cells": True,
}  # fmt: skip


class Pen:
    """Writes the cells of one workbook."""

    def __init__(self, book: Workbook, language: str, lists: dict[str, Choices], ranges: dict[str, str]) -> None:
        self.look, self.language, self.lists = Look(book, language), language, lists
        self.ranges = ranges
        """Where the choices of a field stand, as a formula names it."""
        self.free = book.add_format({"font_name": "Arial", "font_size": 10, "locked": False, "valign": "top"})
        self.example = book.add_format(
            {"font_name": "Arial", "font_size": 9, "italic": True, "font_color": "#8A949E", "valign": "top",
             "text_wrap": True, "border": 1, "border_color": "#E3E8ED"}
        )  # fmt: skip

    def words(self, english: str) -> str:
        """Return words of the form in its language."""
        return translate(english, self.language)

    def style(self, field: Field, tone: Tone, *, on_card: bool = False, again: int = 0) -> CellFormat:
        """Return the format of a cell of a field; cells to be filled in are open, all others closed.

        Cards hold all left; ``again`` counts the numbers of the same kind before it in its row.
        """
        style = self.look.cell(kind_of(field), tone, on_card=on_card, again=again)
        if tone == "typed":
            style.set_locked(False)
        return style

    def value(  # noqa: PLR0913 - what is written, as what, and where
        self,
        sheet: Worksheet,
        at: tuple[int, int],
        value: Any,  # noqa: ANN401 - a value of any field
        field: Field,
        tone: Tone,
        of: str,
        *,
        again: int = 0,
    ) -> None:
        """Write a value, or an empty cell for None; ``of`` is the name of the table."""
        style = self.style(field, tone, on_card=of in SHAPES, again=again)
        if value is None:
            sheet.write_blank(*at, None, style)
        elif isinstance(value, bool):
            put(sheet, *at, self.words("yes") if value else self.words("no"), style)
        elif isinstance(value, date):
            number = serial(value)
            if number is None:
                put(sheet, *at, value.isoformat(), style)
            else:
                sheet.write_number(*at, number, style)
        elif isinstance(value, (int, Decimal)):
            self.number(sheet, at, value, style)
        else:
            put(sheet, *at, self.shown(value, field, of), style)

    def number(self, sheet: Worksheet, at: tuple[int, int], value: int | Decimal, style: CellFormat) -> None:
        """Write a number; where a cell would lose digits of it, as text."""
        if Decimal(f"{float(value):.15g}") == value:
            sheet.write_number(*at, float(value), style)
        else:
            put(sheet, *at, f"{value:f}", style)

    def shown(self, value: Any, field: Field, of: str) -> str:  # noqa: ANN401
        """Return how a text stands in its cell: a choice with its meaning, several ids with commas."""
        if isinstance(value, tuple):
            return ", ".join(value)
        text = str(value)
        if any(one in text for one in _NOT_IN_A_CELL) or (text.startswith("<r>") and text.endswith("</r>")):
            raise NotAllowed("{field}: a workbook cannot hold the text {text!r}", field=field.name, text=text[:40])
        return shown(text, field, of, self.lists, self.language)

    def words_of(self, value: Any, field: Field, of: str) -> str:  # noqa: ANN401
        """Return the words in the cell of a value, whose lines count for its height; numbers and dates have one."""
        return self.shown(value, field, of) if isinstance(value, (str, tuple)) else ""

    def check(self, sheet: Worksheet, area: tuple[int, int, int, int], column: Column, of: str, note: str) -> None:
        """Set what the cells of a column accept, and the note that is shown when one is chosen."""
        rule: dict[str, Any] = {"validate": "any", **self._limits(column.field, of)}
        rule |= {"input_title": self.words(column.label)[:_LONGEST_TITLE], "input_message": note[:_LONGEST_MESSAGE]}
        sheet.data_validation(*area, rule)

    def _limits(self, field: Field, of: str) -> dict[str, Any]:
        name = list_of(field, of, self.lists)
        source, listed = self.ranges.get(name), self.lists.get(name)
        wrong = {"error_title": self.words("Please look again")}
        if source is not None and listed is not None:
            message = (
                self.words("Choose one of the list.") if listed.is_closed else self.words("Not in the list. Keep it?")
            )
            return wrong | {
                "validate": "list", "source": source, "error_message": message,
                "error_type": "stop" if listed.is_closed else "information",
            }  # fmt: skip
        if field.kind == "id" and field.name in self.ranges:
            message = self.words("No other sheet has this ID yet. Keep it?")
            return wrong | {
                "validate": "list", "source": self.ranges[field.name], "error_message": message,
                "error_type": "information",
            }  # fmt: skip
        if field.kind == "flag":
            answers = [self.words("yes"), self.words("no")]
            return wrong | {"validate": "list", "source": answers, "error_message": self.words("yes or no.")}
        if field.kind in {"count", "money", "quantity", "share"}:
            message = self.words("A number from {least} to {most}.").format(least=0, most=self._most(field))
            return wrong | {
                "validate": "integer" if field.kind == "count" else "decimal", "criteria": "between", "minimum": 0,
                "maximum": self._most(field), "error_message": message, "error_type": "warning",
            }  # fmt: skip
        if field.kind == "date":
            return wrong | {
                "validate": "date", "criteria": "between", "minimum": date(1900, 1, 1), "maximum": date(2099, 12, 31),
                "error_message": self.words("A date, such as 2026-09-01."), "error_type": "warning",
            }  # fmt: skip
        return {}

    @staticmethod
    def _most(field: Field) -> int:
        return 1 if field.kind == "share" else 10_000 if field.kind == "count" else _MOST

    def close(self, sheet: Worksheet) -> None:
        """Close all cells but those to be filled in; there is no password."""
        sheet.protect("", _PROTECTION)


def kind_of(field: Field) -> str:
    """Return what the cells of a field look like: text, or a kind of number."""
    is_price = field.kind == "quantity" and field.name.endswith("cost")
    return "price" if is_price else _LOOKS.get(field.kind, "text")


def height(texts: list[tuple[str, float]]) -> float:
    """Return the height of a row that holds texts in columns of some widths, in points."""
    lines = max((lines_of(text, width) for text, width in texts), default=1)
    return POINTS_PER_LINE * min(lines, _MOST_LINES) + _POINTS_BETWEEN
