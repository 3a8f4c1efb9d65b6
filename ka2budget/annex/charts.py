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
_ROOM = Decimal("1.15")  # for the figure behind the longest bar
_FONT = {"name": "Arial", "size": 9, "color": GREY}


class Placed(NamedTuple):
    """Where a table stands: its sheet, its rows, and its columns by field and by name."""

    sheet: str
    first: int
    last: int
    columns: Mapping[str, int]


class Bars(NamedTuple):
    """A chart that is to be drawn: where it begins, how many bars it has, and how long the longest is, in EUR."""

    block: Chart
    row: int
    bars: int
    largest: Decimal


def rows_of_chart(bars: int) -> int:
    """Return how many rows of ordinary height a chart of so many bars covers."""
    return ceil(_height(bars) / _PIXELS_PER_ROW)


def draw(book: Workbook, sheet: Worksheet, charts: Iterable[Bars], tables: Mapping[str, Placed], language: str) -> None:
    """Draw charts of amounts; a table that was left out has no chart."""
    for block, row, bars, largest in charts:
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
                "max": int(largest * _ROOM) + 1,
                "major_gridlines": {"visible": True, "line": {"color": LINE}},
            }
        )
        chart.set_y_axis({"reverse": True, "interval_unit": 1, "num_font": _FONT, "line": {"color": LINE}})
        chart.set_size({"width": _WIDTH, "height": _height(bars)})
        chart.set_chartarea({"border": {"none": True}})
        seen = say(
            "Bar chart: {title}, {bars} bars; its figures stand in the sheet {sheet}.",
            language,
            title=title,
            bars=bars,
            sheet=table.sheet,
        )
        sheet.insert_chart(row, 0, chart, {"description": seen, "object_position": 1})


def _height(bars: int) -> int:
    """Return the height in pixels; the more bars there are, the lower each is, as far as its words can be read."""
    return bars * min(_PIXELS_PER_BAR, max(_LEAST_PER_BAR, _PIXELS_OF_BARS // bars)) + _PIXELS_AROUND
