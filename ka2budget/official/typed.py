"""What people typed into the cells of a table: numbers, texts, dates and references, with every doubt noted."""

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from ka2budget.errors import Problem
from ka2budget.model import LAST_YEAR, MOST_EUR
from ka2budget.official.book import Book
from ka2budget.official.sheet import day_of
from ka2budget.text import Phrase, phrase

_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]+")
_NUMBER = re.compile(r"[0-9]+")
MILLIONTH = Decimal("0.000001")
"""A project holds six decimals."""
LONGEST_LINE, LONGEST_TEXT = 1000, 2000
"""Characters that a project holds of a text on one line, or on several."""
_SHOWN = 10  # of the cells in a sentence
_HUNDREDTH = Decimal("0.01")


class Typed:
    """Reads cells of a book; ``problems`` keep it from being read, ``notices`` are what a reader should know."""

    def __init__(self, book: Book) -> None:
        self.book = book
        self.problems: list[Problem] = []
        self.notices: list[Phrase] = []
        self._formulas: dict[str, list[str]] = {}

    def problem(self, sheet: str, reference: str, message: Phrase) -> None:
        """Note what keeps the table from being read."""
        self.problems.append(Problem(f"{sheet}!{reference}", message))

    def number(self, sheet: str, reference: str, most: Decimal | int = MOST_EUR) -> Decimal | None:
        """Return the number of a cell from 0 to a highest one, or None where it is empty or cannot be taken."""
        value, formula = self.book[sheet][reference]
        if formula and value is None:
            said = phrase("holds a formula without its result; open the workbook, save it, and read it again")
            self.problem(sheet, reference, said)
            return None
        if value is None or (isinstance(value, str) and not value.strip()):
            return None
        if isinstance(value, str) or not 0 <= value <= most:
            said = (
                phrase("holds the text {text!r}; a number from 0 to {most} is wanted", text=value[:40], most=f"{most}")
                if isinstance(value, str)
                else phrase("holds {number}; a number from 0 to {most} is wanted", number=f"{value:f}", most=f"{most}")
            )
            self.problem(sheet, reference, said)
            return None
        if formula:
            self._formulas.setdefault(sheet, []).append(reference)
        return value

    def words(self, sheet: str, reference: str) -> str:
        """Return the text of a cell on one line, or nothing."""
        return " ".join(self.text(sheet, reference).split())

    def text(self, sheet: str, reference: str) -> str:
        """Return the text of a cell as typed, on several lines if need be, or nothing."""
        value = self.book[sheet][reference].value
        lines = "" if value is None else value if isinstance(value, str) else f"{value:f}"
        return "\n".join(_UNSEEN.sub(" ", line).strip() for line in lines.splitlines()).strip()

    def day(self, sheet: str, reference: str) -> date | None:
        """Return the date of a cell, or None where it is empty or cannot be taken."""
        value = self.book[sheet][reference].value
        if value is None:
            return None
        if isinstance(value, Decimal):
            try:
                day = day_of(value)
            except OverflowError:
                day = date.max
            if value > 0 and day.year <= LAST_YEAR:
                return day
        said = phrase("holds {text!r}; a date up to the year {year} is wanted", text=str(value)[:40], year=LAST_YEAR)
        self.problem(sheet, reference, said)
        return None

    def participant(self, sheet: str, reference: str) -> Decimal | None:
        """Return the number that a reference such as BE 001 or BE 001 / AE 002 stands for: 1, or 1.02."""
        value = self.book[sheet][reference].value
        if isinstance(value, Decimal):
            return value
        numbers = [int(one) for one in _NUMBER.findall(value or "")[:2]]
        if not numbers:
            return None
        return Decimal(numbers[0]) + _HUNDREDTH * sum(numbers[1:])

    def about_formulas(self) -> Iterator[Phrase]:
        """Yield which cells for numbers hold formulas, whose results were taken."""
        for sheet, references in self._formulas.items():
            cells = (*references[:_SHOWN], *(("...",) if len(references) > _SHOWN else ()))
            yield phrase(
                "{sheet}: formulas stand where numbers are typed; their results are taken: {cells}.",
                sheet=sheet, cells=cells,
            )  # fmt: skip
