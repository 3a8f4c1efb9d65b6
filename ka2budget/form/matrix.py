"""Amounts by partner as a sheet of a form: who gets what of each work package or activity, with the sums."""

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from xlsxwriter.utility import xl_rowcol_to_cell  # type: ignore[import-untyped]
from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped]

from ka2budget.annex.lines import BOLD
from ka2budget.annex.look import put
from ka2budget.annex.paper import ORDINARY_HEIGHT, fit
from ka2budget.form import words
from ka2budget.form.fields import Field
from ka2budget.form.pen import height
from ka2budget.form.shape import PARTNERS, Column, Table
from ka2budget.money import total
from ka2budget.text import message

if TYPE_CHECKING:
    from ka2budget.form.writing import Form

_TITLES, _HEADER, _FIRST = 3, 4, 5
_LIST_FIRST = 6  # the first row of the lists that rows and columns are named after
_MONEY = Field("amount", "money", required=False)
_CORNER, _NAMES, _WIDTH = 12.0, 36.0, 15.0
_AMOUNT = Column(_MONEY, message("Amount"), None, int(_WIDTH), (), None)


class _Head(NamedTuple):
    """The id at the head of a row or column, and its words; of a spare one the cells they will stand in."""

    id: str
    title: str
    id_cell: str = ""
    title_cell: str = ""


def write_matrix(form: "Form", sheet: Worksheet, table: Table) -> None:
    """Write the sheet of one table of amounts by partner."""
    pen, parent = form.pen, form.shape.tables[table.parent or ""]
    amounts = form.flat.amounts[table.name]
    partners = _heads(form, form.shape.tables[PARTNERS], {who for one in amounts.values() for who in one}, "name")
    parts = _heads(form, parent, set(), "title")
    by_row = table.words.rows_are_partners
    rows, columns = (partners, parts) if by_row else (parts, partners)
    widths, heights = _head(form, sheet, table, columns)
    last = len(columns) + 2
    sums: dict[int, list[Decimal]] = {number: [] for number in range(2, last)}
    for row, head in enumerate(rows, _FIRST):
        _put(form, sheet, (row, 0), head.id, head.id_cell, pen.look.words("label"))
        name = pen.look.words("name") if head.title_cell else pen.look.cell("text", "plain")
        _put(form, sheet, (row, 1), head.title, head.title_cell, name)
        heights.append(height([(head.title, _NAMES)]))
        sheet.set_row(row, heights[-1])
        found: list[Decimal] = []
        for number, across in enumerate(columns, 2):
            part, who = (across.id, head.id) if by_row else (head.id, across.id)
            amount = amounts.get(part, {}).get(who)
            pen.value(sheet, (row, number), amount, _MONEY, "typed", table.name)
            if amount is not None:
                found.append(amount)
                sums[number].append(amount)
        _sum(form, sheet, (row, last), (row, 2, row, last - 1), total(found) if found else None, "follows")
    end = _FIRST + len(rows)
    area = (_FIRST, 2, max(end - 1, _FIRST), max(last - 1, 2))
    pen.check(sheet, area, _AMOUNT, table.name, pen.words("Amount in EUR. Leave it empty where there is none."))
    put(sheet, end, 0, pen.words(words.SUM), pen.look.cell("text", "total"))
    put(sheet, end, 1, "", pen.look.cell("text", "total"))
    everything = total(amount for one in sums.values() for amount in one)
    is_filled = any(sums.values())
    for number in range(2, last):
        amount = total(sums[number]) if sums[number] else None
        _sum(form, sheet, (end, number), (_FIRST, number, end - 1, number), amount, "total")
    _sum(form, sheet, (end, last), (_FIRST, last, end - 1, last), everything if is_filled else None, "total")
    if form.part is None:
        end = _lump_sum(form, sheet, end, last, everything)
    sheet.freeze_panes(_FIRST, 2)
    sheet.repeat_rows(_TITLES, _HEADER)
    sheet.print_area(0, 0, end, last)
    fit(sheet, widths, [*heights, *[ORDINARY_HEIGHT] * (end + 1 - len(heights))], beside=2)


def _head(form: "Form", sheet: Worksheet, table: Table, columns: list[_Head]) -> tuple[list[float], list[float]]:
    """Write what stands above the amounts; return the widths of all columns and the heights of these rows."""
    pen = form.pen
    corner = pen.words(table.words.corner or "")
    widths = [max(_CORNER, *(len(word) * BOLD + 1 for word in corner.split())), _NAMES]
    widths += [_WIDTH] * (len(columns) + 1)
    for number, width in enumerate(widths):
        sheet.set_column(number, number, width)
    high = form.across(sheet, 2, pen.words(table.words.intro), widths)
    titles = height([(head.title, _WIDTH - 1) for head in columns])
    header = height([(corner, widths[0] / BOLD)])
    heights = [ORDINARY_HEIGHT, form.subtitle(sheet, widths), high, titles, header]
    for number, head in enumerate(columns, 2):
        _put(form, sheet, (_TITLES, number), head.title, head.title_cell, pen.look.words("remark"))
        _put(form, sheet, (_HEADER, number), head.id, head.id_cell, pen.look.words("header", right=True))
    sheet.set_row(_TITLES, titles)
    put(sheet, _HEADER, 0, corner, pen.look.words("header"))
    put(sheet, _HEADER, 1, pen.words(table.words.rows or ""), pen.look.words("header"))
    put(sheet, _HEADER, len(columns) + 2, pen.words(words.SUM), pen.look.words("header", right=True))
    sheet.set_row(_HEADER, header)
    return widths, heights


def _heads(form: "Form", table: Table, more: set[str], title: str) -> list[_Head]:
    """Return the heads of a list: those there are, others that have amounts, and spare ones."""
    rows = form.rows_of(table.name)
    heads = [_Head(row["id"], str(row[title])) for row in rows]
    heads += [_Head(one, "") for one in sorted(more - {row["id"] for row in rows})]
    if form.part is not None:
        return heads
    names = [one.field.name for one in form.columns(table)]
    columns = names.index("id"), names.index(title)
    name = form.sheet_name(table.name)
    for number in range(form.spare(table)):
        cells = [f"{name}!{xl_rowcol_to_cell(_LIST_FIRST + len(rows) + number, column)}" for column in columns]
        heads.append(_Head("", "", *cells))
    return heads


def _put(form: "Form", sheet: Worksheet, at: tuple[int, int], text: str, cell: str, style: object) -> None:
    if cell:
        sheet.write_formula(*at, f'=IF({cell}="","",{cell})', style, "")
    else:
        put(sheet, *at, form.pen.shown(text, _MONEY, ""), style)


def _sum(
    form: "Form", sheet: Worksheet, at: tuple[int, int], area: Sequence[int], amount: Decimal | None, tone: str
) -> None:
    first, last = xl_rowcol_to_cell(area[0], area[1]), xl_rowcol_to_cell(max(area[0], area[2]), max(area[1], area[3]))
    style = form.pen.style(_MONEY, "total" if tone == "total" else "follows")
    value = "" if amount is None else float(amount)
    sheet.write_formula(*at, f'=IF(COUNT({first}:{last})=0,"",SUM({first}:{last}))', style, value)


def _lump_sum(form: "Form", sheet: Worksheet, row: int, column: int, everything: Decimal) -> int:
    """Write the lump sum and what is still to be shared out below the sums; return the last row."""
    cell = form.card_cell("lump_sum")
    if cell is None:
        return row
    pen, lump_sum = form.pen, form.rows_of("project")[0].get("lump_sum")
    given = "" if lump_sum is None else float(lump_sum)
    left = "" if lump_sum is None else float(lump_sum - everything)
    style = pen.style(_MONEY, "follows")
    reached = xl_rowcol_to_cell(row, column)
    for number, (label, text, value) in enumerate(
        (
            (words.LUMP_SUM, f'=IF({cell}="","",{cell})', given),
            (words.LEFT, f'=IF({cell}="","",{cell}-N({reached}))', left),
        ),
        row + 1,
    ):
        sheet.merge_range(number, 0, number, column - 1, "", pen.look.cell("text", "follows"))
        put(sheet, number, 0, pen.words(label), pen.look.cell("text", "follows"))
        sheet.write_formula(number, column, text, style, value)
    rule = {
        "type": "formula",
        "criteria": f"=AND(ISNUMBER({xl_rowcol_to_cell(row + 2, column)}),{xl_rowcol_to_cell(row + 2, column)}<>0)",
    }
    sheet.conditional_format(row + 2, column, row + 2, column, rule | {"format": pen.look.words("red")})
    return row + 2
