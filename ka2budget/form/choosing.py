"""What may be chosen in a form, on a sheet of its own that the cells refer to."""

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import TYPE_CHECKING

from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped]

from ka2budget.annex.lines import BOLD
from ka2budget.annex.look import put
from ka2budget.annex.paper import side_by_side
from ka2budget.form.choices import Choices
from ka2budget.form.pen import Pen, height
from ka2budget.text import message

if TYPE_CHECKING:
    from ka2budget.form.writing import Form

FIRST = 4
"""The row of the first choices, counted from 0."""
_NARROWEST, _WIDEST = 10, 75


def write_choices(form: "Form", sheet: Worksheet) -> None:
    """Write the sheet of lists, those with meanings in two columns."""
    pen, texts, widths = form.pen, dict[int, list[tuple[str, float]]](), list[float]()
    for column, one in zip(places(form.lists), form.lists.values(), strict=True):
        widths.append(_column(pen, sheet, column, one.title, [each.shown for each in one.choices]))
        meanings = [each.meaning for each in one.choices]
        if any(meanings):
            widths.append(width := _column(pen, sheet, column + 1, message("Meaning"), meanings))
            for row, meaning in enumerate(meanings, FIRST):
                texts.setdefault(row, []).append((meaning, width))
    for row, found in texts.items():
        sheet.set_row(row, height(found))
    sheet.freeze_panes(FIRST, 0)
    sheet.repeat_rows(FIRST - 1)
    form.subtitle(sheet, widths)
    lists = list(places(form.lists))
    sheet.print_area(0, 0, FIRST + max(len(one.choices) for one in form.lists.values()) - 1, len(widths) - 1)
    side_by_side(sheet, [sum(widths[one:end]) for one, end in pairwise([*lists, len(widths)])], lists)


def places(lists: Mapping[str, Choices]) -> Iterator[int]:
    """Yield the column of each list."""
    column = 0
    for one in lists.values():
        yield column
        column += 2 if any(each.meaning for each in one.choices) else 1


def _column(pen: Pen, sheet: Worksheet, column: int, title: str, texts: list[str]) -> float:
    title = pen.words(title)
    width = max(_NARROWEST, len(title) * BOLD, min(max(map(len, texts)), _WIDEST)) + 2.0
    sheet.set_column(column, column, width)
    put(sheet, FIRST - 1, column, title, pen.look.words("header"))
    for row, text in enumerate(texts, FIRST):
        put(sheet, row, column, text, pen.look.cell("text", "plain"))
    return width
