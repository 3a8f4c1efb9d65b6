"""A layout and its content as a workbook: every block is placed, every formula settled, every cell written once."""

from collections.abc import Iterator
from datetime import date, datetime, time
from io import BytesIO

from xlsxwriter import Workbook  # type: ignore[import-untyped]
from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped]

from ka2budget import __version__
from ka2budget.annex.board import Board, Cell, serial
from ka2budget.annex.charts import draw
from ka2budget.annex.content import Content, Listing
from ka2budget.annex.layout import Layout, Sheet, Table
from ka2budget.annex.look import OPTIONS, Look, plain, put
from ka2budget.annex.page import Page
from ka2budget.text import say, translate

_LONGEST_PROPERTY = 255
_LONGEST_NAME = 31


def write_workbook(layout: Layout, content: Content, name: str, today: date, language: str) -> bytes:
    """Return a workbook as bytes; the same arguments give the same bytes."""
    file = BytesIO()
    book = Workbook(file, OPTIONS)
    subject = translate(layout.title, language)
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
    taken = {translate(sheet.name, language).casefold() for sheet in shown if sheet.each is None}
    pages = [
        Page(book, shape, look, board, name, language, of)
        for sheet in shown
        for shape, of in _shapes(sheet, content, taken, language)
    ]
    for page in pages:
        page.place(content)
    sheets = {page.name: page.sheet for page in pages}
    for cell in board.settled():
        _write(sheets[cell.sheet], cell, look)
    tables = {name: table for page in pages for name, table in page.tables.items()}
    for page in pages:
        draw(book, page.sheet, page.charts, tables, language)
        page.finish()
    book.close()
    return file.getvalue()


def _shapes(sheet: Sheet, content: Content, taken: set[str], language: str) -> Iterator[tuple[Sheet, str | None]]:
    """Yield a sheet as it is, or one for each row of a list that something belongs to, and the key of that row."""
    if sheet.each is None:
        yield sheet, None
        return
    tables = [content[block.source] for block in sheet.blocks if isinstance(block, Table)]
    busy = {item.group for table in tables if isinstance(table, Listing) for item in table.items}
    rows = content[sheet.each]
    for item in rows.items if isinstance(rows, Listing) else ():
        if item.key in busy:
            busy.discard(item.key)  # an id that is used twice has one sheet; a finding says so
            name = _free(say(sheet.name, language, **item.record), taken)
            title = say(sheet.title, language, **item.record)
            yield sheet.model_copy(update={"name": name, "title": title}), item.key


def _free(name: str, taken: set[str]) -> str:
    """Return a name for a sheet that no other one has, in whatever letters."""
    found, number = name[:_LONGEST_NAME], 2
    while found.casefold() in taken:
        found, number = f"{name[: _LONGEST_NAME - 5]} ({number})", number + 1
    taken.add(found.casefold())
    return found


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
