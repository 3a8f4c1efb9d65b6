"""Workbooks from strangers: each danger is refused in one sentence, within bounds, and nothing is executed."""

import io
import zipfile
from pathlib import Path

import openpyxl
import pytest

from ka2budget import package
from ka2budget.errors import Unreadable
from ka2budget.package import open_package

SHEET = "xl/worksheets/sheet1.xml"
XML = b'<?xml version="1.0" encoding="UTF-8"?><worksheet/>'


def workbook(**parts: bytes) -> bytes:
    """Return a small workbook with some parts replaced or added."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in {"[Content_Types].xml": XML, SHEET: XML, **parts}.items():
            archive.writestr(name, part)
    return content.getvalue()


def refusal(tmp_path: Path, content: bytes) -> str:
    path = tmp_path / "form.xlsx"
    path.write_bytes(content)
    with pytest.raises(Unreadable) as refused:
        open_package(path)
    (problem,) = refused.value.problems
    return str(problem.message)


def twice() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("[Content_Types].xml", XML)
        archive.writestr(SHEET, XML)
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr(SHEET, XML)
    return content.getvalue()


LAUGHS = b'<!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;">]><worksheet>&lol2;</worksheet>'


DANGERS = {
    "empty": (b"", "is not a workbook"),
    "text": (b"no workbook at all", "is not a workbook"),
    "encrypted": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "is encrypted, or an old .xls workbook"),
    "cut": (workbook()[:200], "is not a workbook"),
    "macros": (workbook(**{"xl/vbaProject.bin": b"macro"}), "has macros"),
    "laughs": (workbook(**{SHEET: LAUGHS}), "declares a document type"),
    "laughs-utf16": (workbook(**{SHEET: LAUGHS.decode().encode("utf-16")}), "declares a document type"),
    "doctype": (workbook(**{SHEET: b"<! doctype x><worksheet/>"}), "declares a document type"),
    "parts": (workbook(**{f"part{n}.bin": b"" for n in range(package.MOST_PARTS)}), "parts; that is no budget"),
}


@pytest.mark.parametrize(("content", "says"), DANGERS.values(), ids=DANGERS)
def test_what_is_no_workbook_or_dangerous_is_refused(tmp_path: Path, content: bytes, says: str) -> None:
    assert says in refusal(tmp_path, content)


def test_an_archive_without_sheets_is_no_workbook(tmp_path: Path) -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("readme.txt", b"hello")
    assert "but not a workbook" in refusal(tmp_path, content.getvalue())


def test_a_part_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    assert "twice" in refusal(tmp_path, twice())


def test_a_bomb_is_not_unpacked_further_than_the_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(package, "MOST_UNPACKED", 1_000_000)
    assert "unpacks to more than 1 MB" in refusal(tmp_path, workbook(**{"xl/media/zero.bin": bytes(50_000_000)}))


def test_a_header_that_lies_about_the_size_is_not_believed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(package, "MOST_UNPACKED", 1_000_000)
    honest = workbook(**{"xl/media/zero.bin": bytes(5_000_000)})
    size = (5_000_000).to_bytes(4, "little")
    assert honest.count(size) == 2
    lying = honest.replace(size, (10).to_bytes(4, "little"))
    assert "form" not in refusal(tmp_path, lying)


def test_a_file_too_large_a_folder_and_a_missing_file_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(Unreadable, match="is a directory"):
        open_package(tmp_path)
    with pytest.raises(Unreadable, match="no such file"):
        open_package(tmp_path / "nowhere.xlsx")
    with pytest.raises(Unreadable, match="cannot be read"):
        open_package(Path("nul\0.xlsx"))
    monkeypatch.setattr(package, "MOST_BYTES", 100)
    assert "MB; that is no budget" in refusal(tmp_path, workbook())


def test_a_workbook_comes_out_as_it_went_in(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    book = openpyxl.Workbook()
    book.active["A1"] = "Example"  # type: ignore[index]
    book.save(path)
    found = open_package(path)
    again = tmp_path / "again.xlsx"
    again.write_bytes(found.bytes())
    assert open_package(again).parts == found.parts
    assert openpyxl.load_workbook(again).active["A1"].value == "Example"  # type: ignore[index]
    assert found.bytes() == open_package(again).bytes()
