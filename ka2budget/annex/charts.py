"""Charts of a workbook: bars of a table's amounts, drawn from its cells, with words for those who cannot see them."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from math import ceil
from typing import NamedTuple

from xlsxwriter import Workbook  # type: ignore[import-untyped]
from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped]

from ka2budget.annex.layout import Chart
from ka2budget.annex.look import ACCENT, GREY, LINE
from ka2budget.text import say, translate

_PIXELS_AROUND, _PIXELS_PER_ROW, _WIDTH = 60, 20, 780
_PIXELS_PER_BAR, _LEAST_PER_BAR, _PIXELS_OF_BARS = 28, 18, 300
_LEAST_HEIGHT = 200  # in a lower chart LibreOffice breaks the figures behind the bars
_PIXELS_PER_LINE = 16
LABELS = 60.0
"""Digits of the cells that labels beside bars have room for in a line."""
_ROOM = Decimal("1.2")  # for the figure behind the longest bar
_FONT = {"name": "Arial", "size": 9, "color": GREY}


class Placed(NamedTuple):
    """Where a table stands: its sheet, its rows, and its columns by field and by name."""

    sheet: str
    first: int
    last: int
    columns: Mapping[str, int]


class Bars(NamedTuple):
    """A chart that is to be drawn: where it begins, and of its bars their number, most lines and largest amount."""

    block: Chart
    row: int
    bars: int
    lines: int
    largest: Decimal

    @property
    def rows(self) -> int:
        """How many rows of ordinary height it covers."""
        return ceil(self.height / _PIXELS_PER_ROW)

    @property
    def height(self) -> int:
        """Its height in pixels; the more bars there are, the lower each is, as far as its words can be read."""
        least = max(_LEAST_PER_BAR, self.lines * _PIXELS_PER_LINE)
        bar = max(least, min(_PIXELS_PER_BAR, _PIXELS_OF_BARS // self.bars))
        return max(self.bars * bar + _PIXELS_AROUND, _LEAST_HEIGHT)


def draw(book: Workbook, sheet: Worksheet, charts: Iterable[Bars], tables: Mapping[str, Placed], language: str) -> None:
    """Draw charts of amounts; a table that was left out has no chart."""
    for one in charts:
        block = one.block
        table = tables.get(block.of)
        if table is None or block.labels not in table.columns or block.values not in table.columns:
            continue
        first, last, labels, values = table.first, table.last, table.columns[block.labels], table.columns[block.values]
        title = translate(block.title, language)
        chart = book.add_chart({"type": "bar"})
        chart.add_series(
            {
                "name": title,
                "categories": [table.sheet, first, labels, last, labels],
                "values": [table.sheet, first, values, last, values],
                "fill": {"color": ACCENT},
                "gap": 40,
                "data_labels": {"value": True, "num_format": "#,##0", "font": _FONT},
            }
        )
        chart.set_title({"name": title, "name_font": {"name": "Arial", "size": 11, "color": ACCENT}, "overlay": False})
        chart.set_legend({"none": True})
        chart.set_x_axis(
            {
                "visible": False,
                "min": 0,
                "max": int(one.largest * _ROOM) + 1,
                "major_gridlines": {"visible": True, "line": {"color": LINE}},
            }
        )
        chart.set_y_axis({"reverse": True, "interval_unit": 1, "num_font": _FONT, "line": {"color": LINE}})
        chart.set_size({"width": _WIDTH, "height": one.height})
        chart.set_chartarea({"border": {"none": True}})
        seen = say(
            "Bar chart: {title}, {bars} bars; its figures stand in the sheet {sheet}.",
            language,
            title=title,
            bars=one.bars,
            sheet=table.sheet,
        )
        sheet.insert_chart(one.row, 0, chart, {"description": seen, "object_position": 1})
