"""A workbook as sheets by name: which part a sheet is, what names stand for, and what is hidden."""

import posixpath
import re
from functools import cached_property
from typing import NamedTuple

from lxml import etree

from ka2budget.errors import Problem, Unreadable
from ka2budget.official.sheet import Sheet, as_part, parse, text_of
from ka2budget.package import Package
from ka2budget.text import phrase

_BOOK = "xl/workbook.xml"
_CELL = re.compile(r"'?(?P<sheet>.+?)'?!\$?(?P<column>[A-Z]{1,3})\$?(?P<row>[0-9]{1,7})")


class Place(NamedTuple):
    """A cell of a sheet; of a range, its first cell."""

    sheet: str
    column: str
    row: int

    @property
    def cell(self) -> str:
        """The reference within the sheet, such as E34."""
        return f"{self.column}{self.row}"


class Book:
    """The sheets of a package by name. Raises Unreadable where a part is not well formed or missing."""

    def __init__(self, package: Package) -> None:
        self.package = package
        self._root = self._parse(_BOOK)
        self._sheets: dict[str, Sheet] = {}

    @cached_property
    def parts(self) -> dict[str, str]:
        """The part that each sheet is, by the sheet's name, in the order of the tabs."""
        targets = {one.get("Id", ""): one.get("Target", "") for one in self._parse("xl/_rels/workbook.xml.rels")}
        found = {}
        for sheet in self._elements("sheet"):
            target = next((targets.get(str(one), "") for name, one in sheet.items() if str(name).endswith("}id")), "")
            found[sheet.get("name", "")] = posixpath.normpath(posixpath.join("/xl", target)).lstrip("/")
        return {name: part for name, part in found.items() if part in self.package.parts}

    @cached_property
    def names(self) -> dict[str, Place]:
        """The cell that each name of the workbook stands for; names for anything else are left out."""
        found = {one.get("name", ""): _CELL.match(one.text or "") for one in self._elements("definedName")}
        return {
            name: Place(match["sheet"].replace("''", "'"), match["column"], int(match["row"]))
            for name, match in found.items()
            if match
        }

    def __contains__(self, name: str) -> bool:
        """Return whether there is a sheet of that name."""
        return name in self.parts

    def __getitem__(self, name: str) -> Sheet:
        """Return a sheet by name, which has to be there."""
        if name not in self._sheets:
            self._sheets[name] = Sheet(self._parse(self.parts[name]), self._strings)
        return self._sheets[name]

    def hide(self, name: str, *, hidden: bool) -> None:
        """Hide a sheet, or show it."""
        for sheet in self._elements("sheet"):
            if sheet.get("name") == name and hidden:
                sheet.set("state", "hidden")
            elif sheet.get("name") == name:
                sheet.attrib.pop("state", "")

    def calculate_on_opening(self) -> None:
        """Have every formula computed when the workbook is opened, which then shows a sheet that is not hidden."""
        for settings in self._elements("calcPr"):
            settings.set("fullCalcOnLoad", "1")
        sheets = self._elements("sheet")
        for view in self._elements("workbookView"):
            view.attrib.pop("firstSheet", "")  # the first tab in sight may be hidden now
            active = sheets[int(view.get("activeTab", "0"))]
            if _is_hidden(active):
                visible = next(number for number, sheet in enumerate(sheets) if not _is_hidden(sheet))
                view.set("activeTab", str(visible))
                self[active.get("name", "")].select(selected=False)
                self[sheets[visible].get("name", "")].select(selected=True)

    def bytes(self) -> bytes:
        """Return the workbook as a file: parts that were not changed byte for byte as they were."""
        changed = {_BOOK: as_part(self._root)}
        changed |= {self.parts[name]: as_part(one.root) for name, one in self._sheets.items() if one.changed}
        return Package(self.package.path, self.package.parts | changed).bytes()

    @cached_property
    def _strings(self) -> list[str]:
        part = "xl/sharedStrings.xml"
        return [text_of(one) for one in self._parse(part)] if part in self.package.parts else []

    def _elements(self, name: str) -> list[etree._Element]:
        return list(self._root.iter(f"{{{etree.QName(self._root).namespace}}}{name}"))

    def _parse(self, part: str) -> etree._Element:
        try:
            return parse(self.package.parts[part])
        except KeyError:
            problem = Problem("/", phrase("the file is not a workbook (.xlsx): it has no part {part}", part=part))
        except etree.XMLSyntaxError as error:
            said = phrase("the part {part} is not well-formed XML: {reason}", part=part, reason=error.msg)
            problem = Problem("/", said)
        raise Unreadable(self.package.path, [problem])


def _is_hidden(sheet: etree._Element) -> bool:
    return sheet.get("state", "visible") != "visible"
