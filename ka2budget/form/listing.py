"""One list on one sheet of a form: labels, an example, what is filled in, and room for more."""

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from xlsxwriter.utility import xl_col_to_name, xl_rowcol_to_cell  # type: ignore[import-untyped]
from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped]

from ka2budget.annex.lines import BOLD
from ka2budget.annex.look import put
from ka2budget.annex.paper import ORDINARY_HEIGHT, fit
from ka2budget.form import words
from ka2budget.form.fields import NUMBERS, Field
from ka2budget.form.flat import Row
from ka2budget.form.pen import height, kind_of
from ka2budget.form.shape import Column, Table
from ka2budget.form.sheets import MOST_ROWS
from ka2budget.money import cents, total

if TYPE_CHECKING:
    from ka2budget.form.writing import Form

HEADER, FIRST = 4, 6
"""Rows of the labels and of the first entry, counted from 0; between them stands the example."""
_WORKED_WIDTH = 16.0
_STAR = "\u00a0*"  # which stays in the line of the last word
_MONEY = Field("amount", "money", required=False)


class _List(NamedTuple):
    """One list while it is written."""

    form: "Form"
    sheet: Worksheet
    table: Table
    columns: list[Column]
    widths: list[float]

    @property
    def product(self) -> tuple[str, ...]:
        """The fields whose product stands behind the others; none where nothing is worked out."""
        return self.table.words.worked.product if self.table.words.worked is not None else ()


def write_list(form: "Form", sheet: Worksheet, table: Table) -> None:
    """Write the sheet of one list."""
    columns = form.columns(table)
    labels = [f"{form.pen.words(one.label)}{_STAR if one.field.required else ''}" for one in columns]
    widths = [_width(one.width, label) for one, label in zip(columns, labels, strict=True)]
    if table.words.worked is not None:
        labels.append(form.pen.words(table.words.worked.label))
        widths.append(_WORKED_WIDTH)
    one = _List(form, sheet, table, columns, widths)
    last = FIRST + len(form.rows_of(table.name)) + form.spare(table) - 1
    heights = [*_head(one, labels), *_rows(one, last)]
    is_open = form.tone(table) == "typed"
    end = MOST_ROWS - 1 if is_open else max(last, FIRST)
    for place, column in enumerate(columns):
        if not column.is_given:
            form.pen.check(sheet, (FIRST, place, end, place), column, table.name, form.note(table, column))
    _sums(one)
    frozen = next((place for place, column in enumerate(columns) if column.field.name == "id"), 0) + 1
    sheet.freeze_panes(FIRST, min(frozen, 2))
    sheet.repeat_rows(HEADER)
    fit(sheet, widths, heights)


def _head(one: _List, labels: list[str]) -> list[float]:
    """Write what the sheet is for, the labels and the examples; return the heights of their rows."""
    form, sheet, pen = one.form, one.sheet, one.form.pen
    is_open = form.tone(one.table) == "typed"
    for number, width in enumerate(one.widths):
        is_free = is_open and number < len(one.columns) and not one.columns[number].is_given
        sheet.set_column(number, number, width, pen.free if is_free else None)
    intro = pen.words(one.table.words.intro)
    if form.part is not None and any(column.field.name == "partner" for column in one.columns):
        part = pen.words(form.shape.words.part_list or "").format(partner=form.part)
        intro = f"{intro} {part}"
    high = form.across(sheet, 2, intro, one.widths)
    right = [column.field.kind in NUMBERS or column.field.kind == "date" for column in one.columns]
    for number, label in enumerate(labels):
        is_number = number >= len(right) or right[number]
        put(sheet, HEADER, number, label, pen.look.words("header", right=is_number))
    header = height([(label, width / BOLD - 1) for label, width in zip(labels, one.widths, strict=True)])
    sheet.set_row(HEADER, header)
    examples = [form.example(one.table, column) if is_open else "" for column in one.columns]
    examples += [""] * bool(one.product)
    for number, example in enumerate(examples):
        put(sheet, HEADER + 1, number, example, pen.example)
    below = height(list(zip(examples, one.widths, strict=True)))
    sheet.set_row(HEADER + 1, below)
    return [ORDINARY_HEIGHT, form.subtitle(sheet, one.widths), high, ORDINARY_HEIGHT, header, below]


def _rows(one: _List, last: int) -> Iterator[float]:
    """Write what is filled in and what is not; yield the heights of the rows."""
    form, sheet, table = one.form, one.sheet, one.table
    rows, again = form.rows_of(table.name), list(_again(one.columns))
    for number in range(FIRST, last + 1):
        row = rows[number - FIRST] if number - FIRST < len(rows) else {}
        for place, column in enumerate(one.columns):
            field = column.field
            tone, value = form.tone(table, column, row), row.get(field.name)
            form.pen.value(sheet, (number, place), value, field, tone, table.name, again=again[place])
        if one.product:
            _worked(one, number, row)
        high = ORDINARY_HEIGHT
        if row:
            fields = [column.field for column in one.columns]
            texts = [form.pen.words_of(row.get(field.name), field, table.name) for field in fields]
            high = height(list(zip(texts, one.widths, strict=False)))
            sheet.set_row(number, high)
        yield high


def _again(columns: list[Column]) -> Iterator[int]:
    """Yield for each column how many before it look like it."""
    seen: Counter[str] = Counter()
    for column in columns:
        kind = kind_of(column.field)
        yield seen[kind]
        seen[kind] += 1


def _worked(one: _List, row: int, values: Row) -> None:
    names = [column.field.name for column in one.columns]
    cells = [xl_rowcol_to_cell(row, names.index(name)) for name in one.product]
    text = f'=IF(COUNT({",".join(cells)})<{len(cells)},"",ROUND({"*".join(cells)},2))'
    result: Any = _product(values, one.product)
    style = one.form.pen.style(_MONEY, "follows")
    one.sheet.write_formula(row, len(one.columns), text, style, "" if result is None else float(result))


def _sums(one: _List) -> None:
    """Write the sums of money above the labels."""
    pen, rows = one.form.pen, one.form.rows_of(one.table.name)
    sums: dict[int, list[Decimal]] = {}
    for place, column in enumerate(one.columns):
        if column.field.name in one.table.words.sums:
            sums[place] = [row[column.field.name] for row in rows if column.field.name in row]
    if one.product:
        products = (_product(row, one.product) for row in rows)
        sums[len(one.columns)] = [each for each in products if each is not None]
    for place, amounts in sums.items():
        name = xl_col_to_name(place)
        area = f"{name}{FIRST + 1}:{name}{MOST_ROWS}"
        value = float(total(amounts)) if amounts else ""
        text = f'=IF(COUNT({area})=0,"",SUM({area}))'
        one.sheet.write_formula(HEADER - 1, place, text, pen.style(_MONEY, "total"), value)
    if sums and 0 not in sums:
        put(one.sheet, HEADER - 1, min(sums) - 1, pen.words(words.SUM), pen.look.cell("text", "total"))


def _product(values: Row, product: tuple[str, ...]) -> Decimal | None:
    result = Decimal(1)
    for name in product:
        if name not in values:
            return None
        result *= values[name]
    return cents(result)


def _width(least: int, label: str) -> float:
    """Return the width of a column in which no word of its label breaks; the star stays with the last one."""
    longest = max(map(len, label.split(" ")))
    return max(least + 1.0, longest * BOLD + 2)
