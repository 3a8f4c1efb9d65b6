"""What may be chosen in a form, on a sheet of its own that the cells refer to."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped]

from ka2budget.annex.look import put
from ka2budget.form.choices import Choices
from ka2budget.form.pen import Pen, height
from ka2budget.text import message

if TYPE_CHECKING:
    from ka2budget.form.writing import Form

FIRST = 4
"""The row of the first choices, counted from 0."""
_NARROWEST, _WIDEST = 10, 60


def write_choices(form: "Form", sheet: Worksheet) -> None:
    """Write the sheet of lists, those with meanings in two columns."""
    pen, texts = form.pen, dict[int, list[tuple[str, float]]]()
    for column, one in zip(places(form.lists), form.lists.values(), strict=True):
        _column(pen, sheet, column, one.title, [each.shown for each in one.choices])
        meanings = [each.meaning for each in one.choices]
        if any(meanings):
            width = _column(pen, sheet, column + 1, message("Meaning"), meanings)
            for row, meaning in enumerate(meanings, FIRST):
                texts.setdefault(row, []).append((meaning, width))
    for row, found in texts.items():
        sheet.set_row(row, height(found))
    sheet.freeze_panes(FIRST, 0)


def places(lists: Mapping[str, Choices]) -> Iterator[int]:
    """Yield the column of each list."""
    column = 0
    for one in lists.values():
        yield column
        column += 2 if any(each.meaning for each in one.choices) else 1


def _column(pen: Pen, sheet: Worksheet, column: int, title: str, texts: list[str]) -> float:
    title = pen.words(title)
    width = float(max(_NARROWEST, len(title), min(max(map(len, texts)), _WIDEST)) + 2)
    sheet.set_column(column, column, width)
    put(sheet, FIRST - 1, column, title, pen.look.words("header"))
    for row, text in enumerate(texts, FIRST):
        put(sheet, row, column, text, pen.look.cell("text", "plain"))
    return width
