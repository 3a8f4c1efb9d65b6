"""What is said of the whole, on one sheet of a form: label, entry, example, and what belongs there."""

from typing import TYPE_CHECKING

from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped]

from ka2budget.annex.lines import BOLD
from ka2budget.annex.look import put
from ka2budget.form import words
from ka2budget.form.pen import height
from ka2budget.form.shape import PARTNERS, Table
from ka2budget.text import message

if TYPE_CHECKING:
    from ka2budget.form.writing import Form

VERSION = "1"


def write_card(form: "Form", sheet: Worksheet, table: Table) -> None:
    """Write the sheet of the whole, and what the form itself is."""
    pen, widths = form.pen, [24.0, 38.0, 36.0, 50.0]
    for number, width in enumerate(widths):
        sheet.set_column(number, number, width)
    form.subtitle(sheet, widths)
    row = 2
    lines = [pen.words(line) for line in form.shape.words.how]
    if form.part is not None:
        who = form.rows_of(PARTNERS)[0]
        lines.insert(0, pen.words(form.shape.words.part or "").format(partner=f"{form.part} {who['name']}"))
    for line in lines:
        form.across(sheet, row, line, widths)
        row += 1
    row += 1
    for number, label in enumerate((message("Item"), words.ENTRY, message("Example"), message("What belongs there"))):
        put(sheet, row, number, pen.words(label), pen.look.words("header"))
    sheet.freeze_panes(row + 1, 0)
    content = form.rows_of(table.name)[0]
    for column in form.columns(table):
        row += 1
        field, note = column.field, form.note(table, column)
        star = " *" if field.required else ""
        put(sheet, row, 0, f"{pen.words(column.label)}{star}", pen.look.words("label"))
        pen.value(sheet, (row, 1), content.get(field.name), field, form.tone(table, column), table.name)
        example = form.example(table, column)
        put(sheet, row, 2, example, pen.example)
        put(sheet, row, 3, note, pen.look.cell("text", "plain"))
        if not column.is_given:
            pen.check(sheet, (row, 1, row, 1), column, table.name, note)
        sheet.set_row(
            row,
            height(
                [
                    (f"{pen.words(column.label)}{star}", widths[0] / BOLD),
                    (pen.words_of(content.get(field.name), field, table.name), widths[1]),
                    (example, widths[2]),
                    (note, widths[3]),
                ]
            ),
        )
    row += 1
    put(sheet, row, 0, pen.words("* has to be filled in"), pen.look.words("remark"))
    row += 2
    put(sheet, row, 0, pen.words("About this form"), pen.look.words("block"))
    about = [(words.VERSION, VERSION), (words.PART, form.part or ""), (words.MADE_FROM, " ".join(form.made_from))]
    for label, text in about:
        if text:
            row += 1
            put(sheet, row, 0, pen.words(label), pen.look.words("label"))
            put(sheet, row, 1, text, pen.look.cell("text", "follows"))
    sheet.print_area(0, 0, row, len(widths) - 1)
