"""How a sheet goes onto A4: as wide as a page or as several, nearly one page on one, headings with what they head."""

from collections.abc import Iterator, Sequence
from math import ceil

from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped]

ORDINARY_WIDTH, ORDINARY_HEIGHT = 8.43, 15.0
"""Of a column in characters and of a row in points, where nobody set them."""
_LONG, _SHORT = 842.0, 595.0  # points of A4
_BESIDE, _ABOVE_AND_BELOW = 72.0, 93.6  # points of both margins
_POINTS_PER_DIGIT = 5.25
_WIDE = 200.0  # characters on one page of lists
_WIDEST = 285.0  # characters on one page that can still be read
_FULL = 1.2  # pages that are rather printed smaller, on one
_TOGETHER = 5  # rows of a block that stay with its title
_SAFE = 0.8  # of the scale where it is set: another font in place of Arial makes wider columns


def fit(
    sheet: Worksheet,
    widths: Sequence[float],
    heights: Sequence[float],
    *,
    portrait: bool = False,
    starts: Sequence[int] = (),
    beside: int = 1,
) -> None:
    """Fit a sheet onto pages, by the widths of its columns in characters and the heights of its rows in points.

    ``starts`` are the first rows of its blocks, which no page ends with; the first ``beside`` columns are repeated
    where it takes several pages side by side.
    """
    across, down = (_SHORT, _LONG) if portrait else (_LONG, _SHORT)
    across, down = across - _BESIDE, down - _ABOVE_AND_BELOW
    beside_one_another = ceil(sum(widths) / _WIDEST)
    if beside_one_another > 1:
        sheet.fit_to_pages(beside_one_another, 0)
        sheet.repeat_columns(0, beside - 1)
        return
    scale = min(across / sum(width * _POINTS_PER_DIGIT + 3.75 for width in widths), 1.0)
    page = down / scale
    if page < sum(heights) <= page * _FULL:
        sheet.fit_to_pages(1, 1)
    elif sum(heights) > page and len(starts) > 1:
        percent = int(scale * _SAFE * 100)
        sheet.set_print_scale(percent)
        sheet.set_h_pagebreaks(list(_breaks(heights, starts, down * 100 / percent)))


def side_by_side(sheet: Worksheet, widths: Sequence[float], columns: Sequence[int]) -> None:
    """Fit lists that stand side by side onto landscape pages, each whole, by their widths and their first columns."""
    if sum(widths) <= _WIDE:
        return
    used, breaks = 0.0, list[int]()
    for width, column in zip(widths, columns, strict=True):
        if used and used + width > _WIDE:
            breaks.append(column)
            used = 0.0
        used += width
    sheet.set_print_scale(int((_LONG - _BESIDE) / (_WIDE * _POINTS_PER_DIGIT) * _SAFE * 100))
    sheet.set_v_pagebreaks(breaks)


def _breaks(heights: Sequence[float], starts: Sequence[int], page: float) -> Iterator[int]:
    """Yield the rows before which a page ends, so that no title stands at its foot and few blocks are cut."""
    ends = [*starts[1:], len(heights)]
    used, row = 0.0, 0
    for start, end in zip(starts, ends, strict=True):
        for height in heights[row:start]:
            used = height if used + height > page else used + height
        row, left, whole = start, page - used, sum(heights[start:end])
        head = sum(heights[start : min(start + _TOGETHER, end)])
        if start > starts[0] and (left < head or (left < whole <= page and left < page / 2)):
            yield start
            used = 0.0
