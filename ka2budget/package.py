"""An Excel workbook as the package of parts it is, opened within bounds: workbooks come by mail from strangers.

Nothing in it is executed, no link is followed, no entity of its XML is expanded.
"""

import re
import zipfile
from io import BytesIO
from pathlib import Path
from typing import NoReturn

from ka2budget.errors import Problem, Unreadable, system_reason
from ka2budget.text import phrase

MOST_BYTES = 20_000_000
"""A larger file is not read; the largest official table has a twentieth of it."""
MOST_UNPACKED = 100_000_000
"""Bytes of all parts together, unpacked."""
MOST_PARTS = 2_000
_ENCRYPTED = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # the container of encrypted workbooks, and of those before 2007
_DECLARES = re.compile(rb"<!\s*(DOCTYPE|ENTITY)", re.IGNORECASE)
_XML = (".xml", ".rels", ".vml")


class Package:
    """The parts of a workbook by their names; what is not XML is carried along unread."""

    def __init__(self, path: Path, parts: dict[str, bytes]) -> None:
        self.path = path
        self.parts = parts

    def bytes(self) -> bytes:
        """Return the workbook as a file; parts in the order they were in, always the same bytes."""
        content = BytesIO()
        with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, part in self.parts.items():
                entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
                entry.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(entry, part)
        return content.getvalue()


def read_bounded(path: Path, most_bytes: int) -> bytes:
    """Return the content of a file; raise Unreadable for a folder, a device, or more bytes than are bounded."""
    try:
        if path.is_dir():
            _refuse(path, "the file is a directory; give a project file (.toml or .json)")
        if path.exists() and not path.is_file():
            _refuse(path, "the file is not a file that can be read as a whole")
        if path.stat().st_size > most_bytes:
            _refuse(path, "the file has more than {most} MB; that is no budget", most=most_bytes // 1_000_000)
        with path.open("rb") as file:
            content = file.read(most_bytes + 1)
    except OSError as error:
        _refuse(path, "the file cannot be read: {reason}", reason=system_reason(error))
    except ValueError as error:
        _refuse(path, "the file cannot be read: {reason}", reason=error)
    if len(content) > most_bytes:
        _refuse(path, "the file has more than {most} MB; that is no budget", most=most_bytes // 1_000_000)
    return content


def open_package(path: Path) -> Package:
    """Return the parts of a workbook (.xlsx); raise Unreadable with one sentence for what is wrong with it.

    Refused are: more than MOST_BYTES, MOST_UNPACKED or MOST_PARTS, encrypted or old workbooks, macros, what is no
    workbook, and XML that declares a document type or entities.
    """
    return package_of(read_bounded(path, MOST_BYTES), path)


def package_of(content: bytes, path: Path) -> Package:
    """Return the parts of a workbook's content; the path names it in errors. Raises as ``open_package``."""
    if len(content) > MOST_BYTES:
        _refuse(path, "the file has more than {most} MB; that is no budget", most=MOST_BYTES // 1_000_000)
    if content.startswith(_ENCRYPTED):
        _refuse(path, "the file is encrypted, or an old .xls workbook; save it as .xlsx without a password")
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            parts = _parts(path, archive)
    except (zipfile.BadZipFile, NotImplementedError, EOFError, RuntimeError, OSError, ValueError) as error:
        _refuse(path, "the file is not a workbook (.xlsx) that can be opened: {reason}", reason=error)
    if "[Content_Types].xml" not in parts or not any(name.startswith("xl/worksheets/") for name in parts):
        _refuse(path, "the file is a zip archive but not a workbook (.xlsx)")
    if any(name.lower().endswith("vbaproject.bin") for name in parts):
        _refuse(path, "the file has macros; save it as .xlsx without them (nothing was executed)")
    return Package(path, parts)


def _parts(path: Path, archive: zipfile.ZipFile) -> dict[str, bytes]:
    entries = archive.infolist()
    if len(entries) > MOST_PARTS:
        _refuse(path, "the file has more than {most} parts; that is no budget", most=MOST_PARTS)
    left, parts = MOST_UNPACKED, {}
    for entry in entries:
        if entry.is_dir():
            continue
        with archive.open(entry) as file:  # what the header says of the size may be wrong, so it is not believed
            part = file.read(left + 1)
        left -= len(part)
        if left < 0:
            _refuse(path, "the file unpacks to more than {most} MB; that is no budget", most=MOST_UNPACKED // 1_000_000)
        if entry.filename in parts:
            _refuse(path, "the file has the part {part!r} twice", part=entry.filename[:80])
        if entry.filename.lower().endswith(_XML) and _declares(part):
            _refuse(
                path, "the file declares a document type in {part!r}, which no workbook needs", part=entry.filename[:80]
            )
        parts[entry.filename] = part
    return parts


def _declares(part: bytes) -> bool:
    """Return whether XML declares a document type or entities; other encodings than UTF-8 are looked through too."""
    if part[:2] in {b"\xff\xfe", b"\xfe\xff"} or b"\x00" in part[:4]:
        part = part.replace(b"\x00", b"")
    return _DECLARES.search(part) is not None


def _refuse(path: Path, template: str, **values: object) -> NoReturn:
    raise Unreadable(path, [Problem("/", phrase(template, **values))]) from None
