"""The rows of one list of a form: those that say something, with the values and the cells of all their fields."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, NamedTuple

from ka2budget.form.fields import NUMBERS
from ka2budget.form.recognise import Found, place, text_of
from ka2budget.form.sheets import MOST_ROWS, Cell, Sheet
from ka2budget.form.taking import BLANK, FAILED, Examples, Taker, is_empty
from ka2budget.money import cents, total

_MOST_SPREAD = 10 * MOST_ROWS  # rows that all merged cells of a sheet may stand for


class FilledRow(NamedTuple):
    """One row that says something."""

    values: dict[str, Any]
    places: dict[str, str]
    """The cells of all its fields, empty or not."""
    failed: tuple[str, ...]
    """The fields whose values were not understood."""
    is_filled: bool
    """Whether somebody filled it in; else it only shows what is given."""

    @property
    def first(self) -> str:
        """The cell that stands for the row."""
        return next(iter(self.places.values()))


def rows_of(found: Found, taker: Taker, part: str | None) -> Iterator[FilledRow]:
    """Yield the rows of a list; where the form is one partner's part, a row that names none is that partner's."""
    sheet, table = found.sheet, found.table
    there = [one for one in table.columns if one.field.name in found.columns]
    columns = [(one.field, found.columns[one.field.name]) for one in there if not one.is_given]
    given = [found.columns[one.field.name] for one in there if one.is_given]
    asked = [(field, number) for field, number in columns if field.name not in table.words.fixed]
    examples = {one.field.name: Examples(found, one, taker.keys) for one in table.columns}
    spread = _spread(sheet, {number for field, number in columns if field.kind not in NUMBERS}, found.header)
    labelled = {column for column, cell in sheet.rows[found.header].items() if text_of(cell).strip()}
    for number in sorted(one for one in sheet.rows if one > found.header):
        cells = sheet.rows[number]
        for column, cell in cells.items():
            if column not in labelled and not is_empty(cell):
                taker.beside(place(sheet, number, column))
        if all(is_empty(cells.get(column, BLANK), examples[field.name]) for field, column in columns):
            continue
        shows_given = any(not is_empty(cells.get(column, BLANK)) for column in given)
        is_filled = not shows_given or any(
            not is_empty(cells.get(column, BLANK), examples[field.name]) for field, column in asked
        )
        places = {field.name: place(sheet, number, column) for field, column in columns}
        taken = {
            field.name: taker.value(
                cells.get(column) or spread.get((number, column), BLANK),
                field,
                places[field.name],
                examples[field.name],
            )
            for field, column in columns
        }
        if part is not None and "partner" in taken and taken["partner"] is None:
            taken["partner"] = part
        values = {name: value for name, value in taken.items() if value is not None and value is not FAILED}
        _compare_product(found, taker, number, values)
        yield FilledRow(values, places, tuple(name for name, value in taken.items() if value is FAILED), is_filled)


def compare_sums(found: Found, taker: Taker, rows: list[FilledRow]) -> None:
    """Compare the sums above the labels, where somebody typed them."""
    row = found.header - 1
    above = found.sheet.rows.get(row, {})
    fields = {one.field.name for one in found.table.columns if not one.is_given}
    for name in (one for one in found.table.words.sums if one in fields):
        column = found.columns.get(name)
        if column in above and isinstance(above[column].value, Decimal):
            values = (one.values.get(name) for one in rows)
            sums = total(one for one in values if isinstance(one, Decimal))
            taker.compare(above[column], sums, place(found.sheet, row, column))


def _compare_product(found: Found, taker: Taker, row: int, values: dict[str, Any]) -> None:
    worked = found.table.words.worked
    if worked is None or found.worked is None:
        return
    factors = [values.get(name) for name in worked.product]
    if all(isinstance(one, Decimal) for one in factors):
        product = Decimal(1)
        for factor in factors:
            product *= factor or 0
        taker.compare(found.sheet.rows[row].get(found.worked), cents(product), place(found.sheet, row, found.worked))


def _spread(sheet: Sheet, columns: set[int], header: int) -> dict[tuple[int, int], Cell]:
    """Return what merged cells stand for in the rows below their first; numbers are never taken twice."""
    found: dict[tuple[int, int], Cell] = {}
    steps = _MOST_SPREAD
    for top, left, bottom, _ in sheet.merged:
        cell = sheet.rows.get(top, {}).get(left)
        steps -= max(bottom - top, 0)
        if cell is not None and top > header and left in columns and steps >= 0:
            found.update({(row, left): cell for row in range(top + 1, bottom + 1) if row in sheet.rows})
    return found
