"""One sheet of a workbook, read and written in its XML: what is not written stays as it was, attributes included.

What is written are values of cells, and whether rows and columns are hidden. Formulas, styles, locks, lists and parts
of later versions of Excel are never touched. Source: ECMA-376, part 1, 18.3 (worksheets) and 22.9 (escaped text).
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from typing import NamedTuple

from lxml import etree

MOST_TEXT = 32_767
"""Characters that fit into one cell."""
_LINE_HEIGHT, _HIGHEST = "15", 409  # points
_FIRST_DAY = date(1899, 12, 30)
_REFERENCE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_NOT_XML = re.compile("[^\t\n\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_XML_SPACE = "{http://www.w3.org/XML/1998/namespace}space"


class Cell(NamedTuple):
    """What a cell holds: a number, a text or nothing; for a formula what it came to when the workbook was saved."""

    value: Decimal | str | None = None
    formula: bool = False


EMPTY = Cell()

Value = Decimal | str | date | None
"""What can be written into a cell; nothing empties it."""


def parse(part: bytes) -> etree._Element:
    """Return the root of a part's XML; raise lxml's XMLSyntaxError. No entity is expanded, nothing is fetched."""
    return etree.fromstring(part, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False))


def as_part(root: etree._Element) -> bytes:
    """Return the XML of a part."""
    return etree.tostring(root.getroottree(), xml_declaration=True, encoding="UTF-8", standalone=True)


def text_of(holder: etree._Element) -> str:
    """Return the text of an inline or shared string, its runs joined, phonetic hints left out."""
    tag = _tag(holder, "t")
    runs = [one for one in holder.iter(tag) if etree.QName(one.getparent()).localname != "rPh"]
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), "".join(run.text or "" for run in runs))


def column_number(letters: str) -> int:
    """Return the number of a column: 1 for A."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def column_name(number: int) -> str:
    """Return the letters of a column: A for 1."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def day_of(number: Decimal) -> date:
    """Return the day a number stands for; raise OverflowError for one that no calendar has."""
    return _FIRST_DAY + timedelta(days=int(number))


class Sheet:
    """The cells of one sheet by references such as E34; ``changed`` tells whether its part has to be written."""

    def __init__(self, root: etree._Element, strings: Sequence[str]) -> None:
        self.root = root
        self.changed = False
        self._strings = strings

    @cached_property
    def _rows(self) -> dict[int, etree._Element]:
        rows = [(row.get("r", ""), row) for row in self.root.iter(self._tag("row"))]
        return {int(number): row for number, row in rows if number.isdecimal()}

    @cached_property
    def _cells(self) -> dict[str, etree._Element]:
        return {cell.get("r", ""): cell for row in self._rows.values() for cell in row.iterchildren(self._tag("c"))}

    def __contains__(self, reference: str) -> bool:
        """Return whether the sheet has the cell, empty or not."""
        return reference in self._cells

    def __getitem__(self, reference: str) -> Cell:
        """Return what a cell holds; a cell that is not there is empty."""
        found = self._cells.get(reference)
        return EMPTY if found is None else self._read(found)

    def last(self, letters: str) -> int:
        """Return the last row that has a cell in a column, empty or not; 0 where there is none."""
        return max((row for row in self._rows if f"{letters}{row}" in self), default=0)

    def column(self, letters: str) -> Mapping[int, Cell]:
        """Return the cells of a column by row."""
        found = {number: self[f"{letters}{number}"] for number in self._rows}
        return {number: cell for number, cell in found.items() if cell.value is not None}

    def row(self, number: int) -> Mapping[str, Cell]:
        """Return the cells of a row by column."""
        row = self._rows.get(number)
        cells = [] if row is None else [(_letters(cell), self._read(cell)) for cell in row.iterchildren(self._tag("c"))]
        return {letters: cell for letters, cell in cells if cell.value is not None}

    def put(self, reference: str, value: Value) -> None:
        """Write a value into a cell, which keeps its style; None empties it. Text longer than a cell holds is cut."""
        cell = self._cells.get(reference)
        if cell is None:
            if value is None:
                return
            cell = self._new_cell(reference)
        for child in list(cell):
            cell.remove(child)
        cell.attrib.pop("t", "")
        if isinstance(value, str):
            cell.set("t", "inlineStr")
            text = etree.SubElement(etree.SubElement(cell, self._tag("is")), self._tag("t"))
            text.set(_XML_SPACE, "preserve")
            text.text = _NOT_XML.sub("\ufffd", _ESCAPED.sub(r"_x005F_x\1_", value)[:MOST_TEXT])
        elif value is not None:
            number = Decimal((value - _FIRST_DAY).days) if isinstance(value, date) else value
            etree.SubElement(cell, self._tag("v")).text = f"{number:f}"
        self.changed = True

    def hide_rows(self, rows: Iterable[int], *, hidden: bool) -> None:
        """Hide rows, or show them; rows that are not there stay so."""
        for number in rows:
            row = self._rows.get(number)
            if row is not None and (row.get("hidden") == "1") != hidden:
                _set_hidden(row, hidden=hidden)
                self.changed = True

    def hide_columns(self, first: int, last: int, *, hidden: bool) -> None:
        """Hide columns, or show them."""
        for column in self._columns(first, last):
            if (column.get("hidden") == "1") != hidden:
                _set_hidden(column, hidden=hidden)
                self.changed = True

    def heighten_row(self, number: int, lines: int) -> None:
        """Make a row high enough for so many lines; for one line it has the height of the others again."""
        row = self._rows.get(number)
        if row is None or (lines == 1 and not row.get("customHeight")):
            return
        settings = next(self.root.iter(self._tag("sheetFormatPr")), None)
        height = float(_LINE_HEIGHT if settings is None else settings.get("defaultRowHeight", _LINE_HEIGHT))
        for name, value in (("ht", f"{min(height * lines, _HIGHEST):g}"), ("customHeight", "1")):
            if lines > 1:
                row.set(name, value)
            else:
                row.attrib.pop(name, "")
        self.changed = True

    def widen_column(self, letters: str, characters: int) -> None:
        """Make a column wide enough for a text of so many characters; a wider one stays as it is."""
        number = column_number(letters)
        for column in self._columns(number, number):
            if float(column.get("width", "0")) < characters:
                column.set("width", str(characters))
                column.set("customWidth", "1")
                self.changed = True

    def _columns(self, first: int, last: int) -> list[etree._Element]:
        """Return the definitions of columns, parted from the others that a definition is for."""
        found = []
        for column in list(self.root.iterfind(f"{self._tag('cols')}/{self._tag('col')}")):
            low, high = int(column.get("min", "0")), int(column.get("max", "0"))
            if high < first or low > last:
                continue
            for start, end in ((low, first - 1), (max(low, first), min(high, last)), (last + 1, high)):
                if start <= end:
                    one = deepcopy(column)
                    one.set("min", str(start))
                    one.set("max", str(end))
                    column.addprevious(one)
                    found += [one] if first <= start and end <= last else []
            _remove(column)
        return found

    def select(self, *, selected: bool) -> None:
        """Have the sheet be the one in sight when the workbook is opened, or not."""
        for view in self.root.iter(self._tag("sheetView")):
            view.set("tabSelected", "1" if selected else "0")
            self.changed = True

    def forget_results(self) -> None:
        """Take away what formulas came to when the workbook was saved, so that nobody takes it for current."""
        formula, result = self._tag("f"), self._tag("v")
        for cell in self._cells.values():
            if cell.find(formula) is None:
                continue
            for value in cell.findall(result):
                cell.remove(value)
            cell.attrib.pop("t", "")
            self.changed = True

    def _read(self, cell: etree._Element) -> Cell:
        formula = cell.find(self._tag("f")) is not None
        kind, value = cell.get("t", "n"), cell.findtext(self._tag("v"))
        inline = cell.find(self._tag("is"))
        if kind == "inlineStr":
            return Cell(None if inline is None else text_of(inline), formula)
        if value is None or (not value and kind != "str"):
            return Cell(None, formula)
        if kind == "s":
            known = value.isdecimal() and int(value) < len(self._strings)
            return Cell(self._strings[int(value)] if known else None, formula)
        return Cell(_number(value) if kind == "n" else value, formula)

    def _new_cell(self, reference: str) -> etree._Element:
        found = _REFERENCE.fullmatch(reference)
        if found is None:
            raise ValueError(f"{reference!r} is no cell")
        letters, number = found[1], int(found[2])
        row = self._rows.get(number)
        if row is None:
            row = etree.Element(self._tag("row"), {"r": str(number)})
            data = next(self.root.iter(self._tag("sheetData")))
            data.insert(sum(one < number for one in self._rows), row)
            self._rows[number] = row
        cell = etree.Element(self._tag("c"), {"r": reference})
        before = [one for one in row if column_number(_letters(one)) < column_number(letters)]
        row.insert(len(before), cell)
        self._cells[reference] = cell
        return cell

    def _tag(self, name: str) -> str:
        return _tag(self.root, name)


def _tag(element: etree._Element, name: str) -> str:
    """Return a name in the namespace of the sheet, which differs between the two forms of the standard."""
    return f"{{{etree.QName(element).namespace}}}{name}"


def _remove(element: etree._Element) -> None:
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)


def _letters(cell: etree._Element) -> str:
    return cell.get("r", "").rstrip("0123456789")


def _number(text: str) -> Decimal | str:
    """Return a number as it was typed: files hold what is next to it in binary, such as 999999999.99000001."""
    try:
        number = Decimal(repr(float(text)))
    except ValueError:
        return text
    return number if number.is_finite() else text


def _set_hidden(element: etree._Element, *, hidden: bool) -> None:
    if hidden:
        element.set("hidden", "1")
    else:
        element.attrib.pop("hidden", "")
