"""How many lines words take in a column: programs do not always find out when they open a file."""

from functools import lru_cache

BOLD = 1.15
"""The width of a bold letter, in that of others."""
POINTS_PER_LINE = 12.75
"""The height of a line of the ordinary font."""
_LETTERS_PER_UNIT = 1.1  # small ones, in the width of a digit
_OF_A_CAPITAL = 0.25  # by which it is wider


@lru_cache(maxsize=4096)
def lines_of(text: str, width: float) -> int:
    """Return the lines of a text in a column of some width, in digits; words longer than a line are broken."""
    room = max(width * _LETTERS_PER_UNIT, 1.0)
    return sum(_lines_of_one(part, room) for part in text.split("\n"))


def _lines_of_one(text: str, room: float) -> int:
    lines, used = 1, -1.0
    for word in text.split(" "):
        size = len(word) + _OF_A_CAPITAL * sum(map(str.isupper, word))
        if used + 1 + size <= room:
            used += 1 + size
            continue
        if used > 0:
            lines += 1
        more = int((size - 0.01) // room)
        lines, used = lines + more, size - more * room
    return lines
