"""A layout and its content as a workbook: every block is placed, every formula settled, every cell written once."""

from datetime import date, datetime, time
from io import BytesIO

from xlsxwriter import Workbook  # type: ignore[import-untyped]
from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped]

from ka2budget import __version__
from ka2budget.annex.board import Board, Cell, serial
from ka2budget.annex.content import Content, translated
from ka2budget.annex.layout import Layout
from ka2budget.annex.look import Look, plain, put
from ka2budget.annex.page import Page

_OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
_LONGEST_PROPERTY = 255


def write_workbook(layout: Layout, content: Content, name: str, today: date, language: str) -> bytes:
    """Return a workbook as bytes; the same arguments give the same bytes."""
    file = BytesIO()
    book = Workbook(file, _OPTIONS)
    subject = translated(layout.title, language)
    book.set_properties(
        {
            "title": f"{subject}: {plain(name)}"[:_LONGEST_PROPERTY],
            "subject": subject,
            "author": "ka2budget",
            "comments": f"ka2budget {__version__}",
            "created": datetime.combine(today, time()),
        }
    )
    look, board = Look(book, language), Board()
    shown = [sheet for sheet in layout.sheets if not sheet.optional or any(content[one.source] for one in sheet.blocks)]
    pages = [Page(book, sheet, look, board, name, language) for sheet in shown]
    for page in pages:
        page.place(content)
    sheets = {page.name: page.sheet for page in pages}
    for cell in board.settled():
        _write(sheets[cell.sheet], cell, look)
    for page in pages:
        page.finish()
    book.close()
    return file.getvalue()


def _write(sheet: Worksheet, cell: Cell, look: Look) -> None:
    row, column, value = cell.row, cell.column, cell.value
    style = look.cell(cell.format, cell.tone, on_card=cell.on_card, starts=cell.starts)
    if isinstance(value, date):
        value = serial(value) or value.isoformat()
    if value is None:
        sheet.write_blank(row, column, None, style)
    elif isinstance(value, str):
        put(sheet, row, column, value, style)
    elif cell.text is None:
        sheet.write_number(row, column, value, style)
    else:
        sheet.write_formula(row, column, cell.text, style, value if cell.format == "money" else float(value))
