"""The cells of a workbook as whoever filled it in left them, read within bounds; nothing is worked out.

A cell keeps its last value, whether a formula stands behind it, and whether it is shown as a date. Rows below MOST_ROWS
and columns beyond MOST_COLUMNS are not read; values there are told. A million rows that are but formatted cost nothing.
"""

import re
from collections.abc import Iterator
from decimal import Decimal
from math import isfinite
from typing import Any, NamedTuple

from ka2budget.errors import Problem
from ka2budget.form.parts import Enough, Parts, Reader, date_styles_of, entries_of, strings_of, unescaped
from ka2budget.package import Package
from ka2budget.text import phrase

MOST_ROWS = 6_000
"""Rows of a sheet that are read; the longest list of a project has 5 000."""
MOST_COLUMNS = 300
"""Columns of a sheet that are read; a project has at most 150 partners."""
MOST_CELLS = 200_000
"""Cells with a value in all sheets together."""
MOST_SHEETS = 60
_MOST_MERGED = 5_000
_PLACE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_MERGED = re.compile(rb"<(?:\w+:)?mergeCell\s[^>]*?ref=[\"']([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})[\"']")
_VALUE = re.compile(rb"<(?:\w+:)?(?:v|t)[\s>]")


class Cell(NamedTuple):
    """One cell that holds something."""

    value: str | Decimal | bool | None
    """What it shows; None where a formula has no result, or an error for one."""
    has_formula: bool = False
    is_date: bool = False
    """Whether its number is shown as a date."""
    error: str | None = None
    """The error it shows, such as #REF!."""


class Sheet(NamedTuple):
    """One sheet: rows and columns counted from 1."""

    name: str
    is_hidden: bool
    rows: dict[int, dict[int, Cell]]
    merged: tuple[tuple[int, int, int, int], ...]
    """First row, first column, last row, last column of what is merged."""


class Book(NamedTuple):
    """The sheets of a workbook in their order."""

    sheets: tuple[Sheet, ...]
    from_1904: bool
    """Whether its dates are counted from 1904."""
    problems: tuple[Problem, ...]
    """Values that were not read, because they stand beyond the bounds."""


def letters(column: int) -> str:
    """Return the letters of a column counted from 1."""
    name = ""
    while column:
        column, left = divmod(column - 1, 26)
        name = chr(65 + left) + name
    return name


def read_sheets(package: Package) -> Book:
    """Return the sheets of a workbook; raise Unreadable where it is no workbook that can be read."""
    parts = Parts(package)
    main = next((target for kind, target in parts.related("").values() if kind == "officeDocument"), "xl/workbook.xml")
    entries, from_1904 = entries_of(parts, main)
    related = parts.related(main)
    by_kind = dict(related.values())
    strings = strings_of(parts, by_kind.get("sharedStrings", ""))
    dates = date_styles_of(parts, by_kind.get("styles", ""))
    problems: list[Problem] = []
    sheets, left = [], MOST_CELLS
    if len(entries) > MOST_SHEETS:
        parts.refuse(phrase("the file has more than {most} sheets; that is no form", most=MOST_SHEETS))
    for name, relation, is_hidden in entries:
        kind, target = related.get(relation, ("", ""))
        if kind != "worksheet" or target not in package.parts:
            continue
        reader = _SheetReader(strings, dates, left)
        content = parts.utf8(target)
        rest = parts.parse(target, content, reader)
        left -= reader.count
        if left < 0:
            parts.refuse(
                phrase("the file has more than {most} cells with values; that is no form", most=f"{MOST_CELLS:,}")
            )
        if reader.beyond or (rest is not None and _VALUE.search(content, rest)):
            problems.append(
                Problem(
                    name,
                    phrase(
                        "has values below row {row} or beyond column {column}; a form has none there",
                        row=f"{MOST_ROWS:,}",
                        column=letters(MOST_COLUMNS),
                    ),
                )
            )
        merged = tuple(_merged(content))
        sheets.append(Sheet(name, is_hidden, reader.rows, merged))
    return Book(tuple(sheets), from_1904, tuple(problems))


class _SheetReader(Reader):
    """The cells of one sheet."""

    def __init__(self, strings: list[str], dates: list[bool], most: int) -> None:
        super().__init__()
        self.rows: dict[int, dict[int, Cell]] = {}
        self.count, self.beyond = 0, False
        self._strings, self._dates, self._most = strings, dates, most
        self._row, self._column = 0, 0
        self._kind, self._style = "n", 0
        self._pieces: list[str] = []
        self._reads, self._has_formula, self._silent = False, False, False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition(":")[2]
        if name == "c":
            self._column += 1
            place = _PLACE.fullmatch(attributes.get("r", ""))
            if place is not None:
                self._column = _number_of(place[1])
            self._kind = attributes.get("t", "n")
            style = attributes.get("s", "0")
            self._style = int(style) if style.isdigit() else 0
            self._pieces, self._has_formula = [], False
        elif name == "row":
            number = attributes.get("r", "")
            self._row = int(number) if number.isdigit() else self._row + 1
            self._column = 0
            if self._row > MOST_ROWS:
                raise Enough
        elif name in {"v", "t"}:
            self._reads = not self._silent
        elif name == "f":
            self._has_formula = True
        elif name == "rPh":
            self._silent = True

    def end(self, tag: str) -> None:
        name = tag.rpartition(":")[2]
        if name in {"v", "t"}:
            self._reads = False
        elif name == "rPh":
            self._silent = False
        elif name == "c" and (self._pieces or self._has_formula):
            self.count += 1
            if self.count > self._most:
                raise Enough
            if self._column > MOST_COLUMNS:
                self.beyond = True
            else:
                cell = self._cell("".join(self._pieces))
                if cell is not None:
                    self.rows.setdefault(self._row, {})[self._column] = cell

    def text(self, data: str) -> None:
        if self._reads:
            self._pieces.append(data)

    def _cell(self, text: str) -> Cell | None:
        formula = self._has_formula
        if self._kind == "e":
            return Cell(None, formula, error=text or "an error")
        if self._kind == "b":
            return Cell(text.strip() == "1", formula)
        if self._kind == "s":
            number = int(text) if text.strip().isdigit() else -1
            if not 0 <= number < len(self._strings):
                return Cell(None, formula, error="a text that is not there")
            value: Any = self._strings[number]
        elif self._kind in {"str", "inlineStr", "d"}:
            value = unescaped(text)
        elif not text.strip():
            return Cell(None, formula) if formula else None
        else:
            return self._number(text, has_formula=formula)
        return Cell(value, formula) if value or formula else None

    def _number(self, text: str, *, has_formula: bool) -> Cell:
        number = float(text)
        if not isfinite(number):
            return Cell(None, has_formula, error="a number that is too large")
        is_date = self._style < len(self._dates) and self._dates[self._style]
        return Cell(Decimal(f"{number:.15g}"), has_formula, is_date)  # fifteen digits are what a spreadsheet keeps


def _merged(content: bytes) -> Iterator[tuple[int, int, int, int]]:
    for number, found in enumerate(_MERGED.finditer(content)):
        first, top, last, bottom = found.groups()
        if number >= _MOST_MERGED:
            return
        yield int(top), _number_of(first.decode()), min(int(bottom), MOST_ROWS), _number_of(last.decode())


def _number_of(name: str) -> int:
    number = 0
    for letter in name:
        number = number * 26 + ord(letter) - 64
    return number
