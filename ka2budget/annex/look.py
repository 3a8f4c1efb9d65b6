"""The look of a workbook: one accent colour, soft yellow for what was typed, grey for what follows, strong headings."""

from typing import Literal

from xlsxwriter import Workbook  # type: ignore[import-untyped]
from xlsxwriter.format import Format as CellFormat  # type: ignore[import-untyped]
from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped]

from ka2budget.text import excel_date, excel_money

ACCENT, LIGHT_ACCENT, GREY, LINE, RED = "#1F4E79", "#DCE6F1", "#5F6B76", "#C9D1D9", "#B42318"
TYPED, FOLLOWS = "#FFF8E1", "#F3F4F6"

Tone = Literal["plain", "typed", "follows", "strong", "total"]
_TONES: dict[Tone, dict[str, object]] = {
    "plain": {},
    "typed": {"bg_color": TYPED, "locked": False},
    "follows": {"bg_color": FOLLOWS},
    "strong": {"bg_color": FOLLOWS, "bold": True},
    "total": {"bg_color": FOLLOWS, "bold": True, "top": 1, "top_color": ACCENT},
}
_STARTS: dict[str, object] = {"top": 1, "top_color": ACCENT}
_FONT: dict[str, object] = {"font_name": "Arial", "font_size": 10}
OPTIONS: dict[str, object] = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "default_format_properties": {**_FONT, "font_scheme": "none"},
}
"""Of every workbook. Programs measure columns in digits of its default font: it is the one that the cells have."""
_FRAME: dict[str, object] = {**_FONT, "valign": "top", "text_wrap": True, "border": 1, "border_color": LINE}
_RIGHT: dict[str, object] = {"align": "right", "indent": 1}
_WORDS: dict[str, dict[str, object]] = {
    "title": {**_FONT, "bold": True, "font_size": 16, "font_color": ACCENT},
    "long title": {**_FONT, "bold": True, "font_size": 16, "font_color": ACCENT, "text_wrap": True, "valign": "top"},
    "subtitle": {**_FONT, "font_color": GREY},
    "long subtitle": {**_FONT, "font_color": GREY, "text_wrap": True, "valign": "top"},
    "draft": {**_FONT, "bold": True, "font_color": RED},
    "block": {**_FONT, "bold": True, "font_size": 12, "font_color": ACCENT},
    "header": {
        **_FRAME,
        "bold": True,
        "font_color": ACCENT,
        "bg_color": LIGHT_ACCENT,
        "bottom": 2,
        "bottom_color": ACCENT,
    },
    "label": {**_FRAME, "bold": True, "font_color": ACCENT},
    "name": {**_FRAME, "text_wrap": False, "shrink": True},
    "remark": {**_FONT, "valign": "top", "text_wrap": True, "italic": True, "font_color": GREY},
    "beside": {
        **_FONT,
        "align": "left",
        "valign": "top",
        "text_wrap": True,
        "italic": True,
        "font_color": GREY,
        "indent": 1,
    },
    "red": {"bg_color": "#FDE2DF", "font_color": RED, "bold": True},
}
_UP_TO_SIX = "0.00####"
_LONGEST_FOOTER = 60
_LONGEST_TEXT = 32_767
_NOT_XML = {0xFFFE: None, 0xFFFF: None, 0x0A: " "}


class Look:
    """The cell formats of one workbook in one language; each is made once."""

    def __init__(self, workbook: Workbook, language: str) -> None:
        self._workbook = workbook
        money = excel_money(language)
        self._numbers = {
            "money": money,
            "price": money.replace("0.00", _UP_TO_SIX),
            "units": f"#,##{_UP_TO_SIX}",
            "date": excel_date(language),
            "percent": "0.00%",
            "count": "0",
        }
        self._made: dict[tuple[object, ...], CellFormat] = {}

    def cell(self, kind: str, tone: Tone, *, on_card: bool = False, starts: bool = False, again: int = 0) -> CellFormat:
        """Return the format of a cell: text, alert or a kind of number or date, in a tone.

        Cards hold all left; a line stands above the row that starts a group. A kind of number that stands in a row
        ``again``, once or more often, under another rule for what may be typed, has another black each time.
        """
        key = kind, tone, on_card, starts, again
        made = self._made.get(key)
        if made is None:
            properties = {**_FRAME, **_TONES[tone], "align": "left"} | (_STARTS if starts else {})
            if kind in self._numbers:
                properties |= {"num_format": self._numbers[kind], "text_wrap": False}
                properties |= {"font_color": self._black(kind, again)}
            elif kind == "alert":
                properties |= {"bold": True, "font_color": RED}
            if kind in self._numbers and not on_card:
                properties |= _RIGHT
            made = self._made[key] = self._workbook.add_format(properties)
        return made

    def _black(self, kind: str, again: int) -> str:
        """Return a black that no other kind of number has, and none of those before it in its row.

        Where a cell differs from the one before by its number format alone, or by what may be typed, LibreOffice
        forgets that it is indented.
        """
        return f"#{list(self._numbers).index(kind) + len(self._numbers) * again:06X}"

    def words(self, what: str, *, right: bool = False) -> CellFormat:
        """Return the format of words by what they are: a title, a header, a label, a remark, or a failed check."""
        key = what, "words", right
        if key not in self._made:
            self._made[key] = self._workbook.add_format(_WORDS[what] | (_RIGHT if right else {}))
        return self._made[key]


_OPEN = {
    "format_cells": True,
    "format_columns": True,
    "format_rows": True,
    "sort": True,
    "autofilter": True,
    "select_locked_cells": True,
    "select_unlocked_cells": True,
}
"""What stays allowed on a protected sheet: everything that changes no figure. There is no password."""


def protect(sheet: Worksheet) -> None:
    """Lock what is computed; what was typed stays open."""
    sheet.protect("", _OPEN)


def set_page(sheet: Worksheet, name: str, pages: str, *, portrait: bool, whole: bool = False) -> None:
    """Set a sheet up for A4, with the name of the project and the number of the page below.

    It is as wide as the page, and where it has to stay ``whole`` as high too.
    """
    if not portrait:
        sheet.set_landscape()
    sheet.set_paper(9)
    sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.7)
    sheet.fit_to_pages(1, 1 if whole else 0)
    sheet.hide_gridlines(2)
    short = name if len(name) <= _LONGEST_FOOTER else f"{name[: _LONGEST_FOOTER - 1]}…"
    footer = short.replace("&", "&&")
    small = '&"Arial,Regular"&8'
    sheet.set_footer(f"&L{small}{' ' if footer[:1].isdigit() else ''}{footer}&C{small}&A&R{small}{pages}")


def put(sheet: Worksheet, row: int, column: int, text: str, style: CellFormat) -> None:
    """Write text as text, whatever it looks like."""
    if text.endswith("</r>"):
        text += " "  # between <r> and </r> the library would take it for markup of its own
    sheet.write_string(row, column, text[:_LONGEST_TEXT], style)


def plain(text: str) -> str:
    """Return text for a footer or a property, on one line and without what XML cannot hold."""
    return text.translate(_NOT_XML)
