"""The XML parts of a workbook: how they are parsed, and what all its sheets share, within bounds.

Nothing is executed, no link is followed; package.py has refused entities before.
"""

import posixpath
import re
from collections.abc import Callable
from typing import NoReturn
from xml.parsers import expat

from ka2budget.errors import Problem, Unreadable
from ka2budget.package import Package
from ka2budget.text import Phrase, phrase

MOST_STRINGS = 200_000
"""Different texts in all sheets together."""
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_NOT_IN_A_FORMAT = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.|_.')
_LAST_BUILT_IN_FORMAT = 163
_DATE_FORMATS = frozenset({*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)})
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


class Enough(Exception):  # noqa: N818 - the end of reading, not a fault
    """The rest of a part is not read."""


class Parts:
    """The XML parts of a workbook, parsed one by one."""

    def __init__(self, package: Package) -> None:
        self.package = package

    def utf8(self, name: str) -> bytes:
        """Return a part as it is, but for UTF-16."""
        part = self.package.parts.get(name, b"")
        if part[:2] in _UTF16:
            try:
                return part.decode("utf-16").encode()
            except UnicodeError:
                self.refuse(phrase("the part {part!r} is not text in the encoding it names", part=name[:80]))
        return part

    def parse(self, name: str, content: bytes, reader: "Reader") -> int | None:
        """Parse a part; return the place where reading stopped, or None at its end."""
        parser = expat.ParserCreate("utf-8" if self.package.parts.get(name, b"")[:2] in _UTF16 else None)
        parser.buffer_text = True
        parser.StartElementHandler = reader.start
        parser.EndElementHandler = reader.end
        parser.CharacterDataHandler = reader.text
        try:
            parser.Parse(content, True)  # noqa: FBT003 - the signature is expat's
        except Enough:
            return int(parser.CurrentByteIndex)
        except expat.ExpatError as error:
            self.refuse(phrase("the part {part!r} is not well-formed XML: {error}", part=name[:80], error=str(error)))
        except (ValueError, LookupError):
            self.refuse(phrase("the part {part!r} is written in a way no workbook is", part=name[:80]))
        return None

    def related(self, name: str) -> dict[str, tuple[str, str]]:
        """Return the parts a part refers to inside the workbook, by id: their kind and name."""
        folder, _, file = name.rpartition("/")
        relations = posixpath.join(folder, "_rels", f"{file}.rels")
        found: dict[str, tuple[str, str]] = {}

        def start(tag: str, attributes: dict[str, str]) -> None:
            if tag == "Relationship" and attributes.get("TargetMode") != "External":
                target = attributes.get("Target", "")
                place = target[1:] if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))
                found[attributes.get("Id", "")] = (attributes.get("Type", "").rpartition("/")[2], place)

        if relations in self.package.parts:
            self.parse(relations, self.utf8(relations), Reader(start))
        return found

    def refuse(self, reason: Phrase) -> NoReturn:
        """Raise Unreadable with one reason."""
        raise Unreadable(self.package.path, [Problem("/", reason)]) from None


class Reader:
    """Takes the elements of a part by their names without a prefix."""

    def __init__(self, start: Callable[[str, dict[str, str]], None] | None = None) -> None:
        self._start = start

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Take the start of an element."""
        if self._start is not None:
            self._start(tag.rpartition(":")[2], attributes)

    def end(self, tag: str) -> None:
        """Take the end of an element."""

    def text(self, data: str) -> None:
        """Take text."""


def entries_of(parts: Parts, main: str) -> tuple[list[tuple[str, str, bool]], bool]:
    """Return the sheets by name, relation and whether they are hidden, and whether dates count from 1904."""
    entries: list[tuple[str, str, bool]] = []
    from_1904 = False

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal from_1904
        if tag == "sheet":
            relation = next((value for name, value in attributes.items() if name.endswith(":id")), "")
            is_hidden = attributes.get("state", "visible") != "visible"
            entries.append((unescaped(attributes.get("name", "")), relation, is_hidden))
        elif tag == "workbookPr":
            from_1904 = attributes.get("date1904", "0") in {"1", "true"}

    if main not in parts.package.parts:
        parts.refuse(phrase("the part {part!r} is missing, so the sheets are not known", part=main[:80]))
    parts.parse(main, parts.utf8(main), Reader(start))
    return entries, from_1904


class _StringReader(Reader):
    """The texts that cells refer to by number; how they are spoken in Japanese is left out."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._pieces: list[str] = []
        self._in_text, self._silent = False, False

    def start(self, tag: str, attributes: dict[str, str]) -> None:  # noqa: ARG002
        name = tag.rpartition(":")[2]
        if name == "si":
            self._pieces = []
        elif name == "rPh":
            self._silent = True
        elif name == "t":
            self._in_text = not self._silent

    def end(self, tag: str) -> None:
        name = tag.rpartition(":")[2]
        if name == "t":
            self._in_text = False
        elif name == "rPh":
            self._silent = False
        elif name == "si":
            self.found.append(unescaped("".join(self._pieces)))
            if len(self.found) > MOST_STRINGS:
                raise Enough

    def text(self, data: str) -> None:
        if self._in_text:
            self._pieces.append(data)


def strings_of(parts: Parts, name: str) -> list[str]:
    """Return the texts that cells refer to by number."""
    reader = _StringReader()
    if name in parts.package.parts and parts.parse(name, parts.utf8(name), reader) is not None:
        parts.refuse(phrase("the file has more than {most} different texts; that is no form", most=f"{MOST_STRINGS:,}"))
    return reader.found


def date_styles_of(parts: Parts, name: str) -> list[bool]:
    """Return for every style of a cell whether it shows a date."""
    formats: dict[str, bool] = {}
    styles: list[bool] = []
    inside = False

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal inside
        if tag == "numFmt":
            code = _NOT_IN_A_FORMAT.sub("", attributes.get("formatCode", "").split(";")[0])
            formats[attributes.get("numFmtId", "")] = any(letter in code for letter in "dDyY")
        elif tag in {"cellXfs", "cellStyleXfs", "cellStyles", "dxfs"}:
            inside = tag == "cellXfs"
        elif tag == "xf" and inside:
            number = attributes.get("numFmtId", "0")
            built_in = number.isdigit() and int(number) <= _LAST_BUILT_IN_FORMAT and int(number) in _DATE_FORMATS
            styles.append(formats.get(number, built_in))

    if name in parts.package.parts:
        parts.parse(name, parts.utf8(name), Reader(start))
    return styles


def unescaped(text: str) -> str:
    """Return text with the characters that workbooks write as ``_x000D_``."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text
