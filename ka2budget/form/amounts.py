"""The amounts by partner of one sheet of a form, each with the ids at the head of its row and column."""

from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from ka2budget.form import words
from ka2budget.form.recognise import Found, place, text_of
from ka2budget.form.sheets import Cell, letters
from ka2budget.form.taking import BLANK, MONEY, Taker
from ka2budget.money import total
from ka2budget.text import phrase


class Amount(NamedTuple):
    """One amount: of which work package or activity, of which partner."""

    part: str
    partner: str
    value: Decimal
    where: str


class _Head(NamedTuple):
    """The cell at the head of a row or column."""

    cell: Cell
    name: str


def amounts_of(found: Found, taker: Taker) -> Iterator[Amount]:
    """Yield the amounts of a sheet; sums that somebody typed are compared."""
    sheet, header, corner = found.sheet, found.header, found.corner
    heads = {column: cell for column, cell in sheet.rows[header].items() if column > corner}
    sums = [column for column, cell in heads.items() if _is(found, cell, words.SUM)]
    beside = [column for column, cell in heads.items() if _is(found, cell, found.table.words.rows or "")]
    totals: dict[int, list[Decimal]] = {}
    for row in sorted(one for one in sheet.rows if one > header):
        cells = sheet.rows[row]
        first = cells.get(corner, BLANK)
        if _is(found, first, words.SUM):
            for column, amounts in totals.items():
                taker.compare(cells.get(column), total(amounts), place(sheet, row, column))
            continue
        if _is(found, first, words.LUMP_SUM) or _is(found, first, words.LEFT):
            continue
        in_row: list[Decimal] = []
        for column, cell in sorted(cells.items()):
            if column <= corner or column in sums or column in beside:
                continue
            where = place(sheet, row, column)
            value = taker.value(cell, MONEY, where)
            if not isinstance(value, Decimal):
                continue
            in_row.append(value)
            totals.setdefault(column, []).append(value)
            ends = (
                _Head(first, f"{letters(corner)}{row}"),
                _Head(heads.get(column, BLANK), f"{letters(column)}{header}"),
            )
            names = [_name(one, taker, where) for one in ends]
            if names[0] and names[1]:
                partner, part = names if found.table.words.rows_are_partners else reversed(names)
                yield Amount(str(part), str(partner), value, where)
        for column in sums:
            taker.compare(cells.get(column), total(in_row), place(sheet, row, column))


def _is(found: Found, cell: Cell, english: str) -> bool:
    return words.is_ours(text_of(cell), english, found.languages)


def _name(head: _Head, taker: Taker, where: str) -> str | None:
    """Return the id at the head of a row or column, or None with a problem where there is none."""
    name = text_of(head.cell).strip()
    if name:
        return name
    has_no_result = head.cell.has_formula and head.cell.value is None
    reason = phrase("the formula there has no result") if has_no_result else phrase("it is empty")
    taker.problem(where, phrase("has an amount, but no ID stands in {cell}: {reason}", cell=head.name, reason=reason))
    return None
