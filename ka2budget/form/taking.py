"""Values out of cells, with a problem for each that is not understood, and a note of what its reader should know."""

from collections.abc import Container
from decimal import Decimal
from typing import Any

from ka2budget.errors import Problem
from ka2budget.finding import Finding
from ka2budget.form.choices import example
from ka2budget.form.fields import Field
from ka2budget.form.filled import BESIDE, DAY_FIRST, FORMULA, SUM_DIFFERS
from ka2budget.form.keys import NO_KEYS, Keys
from ka2budget.form.recognise import Found
from ka2budget.form.shape import Column
from ka2budget.form.sheets import Cell
from ka2budget.form.values import Doubtful, value_of
from ka2budget.form.words import EXAMPLE
from ka2budget.money import cents
from ka2budget.text import Phrase, phrase, translate

BLANK = Cell(None)
FAILED = object()
"""Stands for a value that was not understood; the problem is told already."""
MONEY = Field("amount", "money", required=False)
NO_EXAMPLES: Container[str] = frozenset()
_MOST_NAMED = 5  # cells in one sentence
_NO_RESULT = phrase(
    "holds a formula without a result; open the file in a spreadsheet program and save it, or type the value itself"
)


class Taker:
    """Takes the values of one form, and keeps what there is to say about them."""

    def __init__(self, *, from_1904: bool) -> None:
        self.problems: list[Problem] = []
        self.notices: list[Finding] = []
        self.keys = NO_KEYS
        """What words stand for in the call of the form, once it is read."""
        self._from_1904 = from_1904
        self._formulas: dict[str, list[str]] = {}
        self._beside: dict[str, list[str]] = {}

    def value(self, cell: Cell, field: Field, where: str, examples: Container[str] = NO_EXAMPLES) -> Any:  # noqa: ANN401
        """Return the value of a cell; None where it says nothing, and FAILED where it is not understood."""
        if cell.has_formula and cell.value is None and cell.error is None:
            self.problem(where, _NO_RESULT)
            return FAILED
        if is_empty(cell, examples):
            return None
        try:
            value = value_of(cell, field, self.keys, from_1904=self._from_1904)
        except Doubtful as doubtful:
            self.notices.append(DAY_FIRST.at(where, remark=doubtful.remark))
            value = doubtful.value
        except ValueError as error:
            self.problem(where, error.args[0])
            return FAILED
        if cell.has_formula:
            _note(self._formulas, where)
        return value

    def compare(self, cell: Cell | None, expected: Decimal, where: str) -> None:
        """Note where a sum was typed and is another than what stands in the form; one that is worked out is not."""
        if cell is None or cell.has_formula:
            return
        typed = self.value(cell, MONEY, where)
        if isinstance(typed, Decimal) and cents(typed) != expected:
            self.notices.append(SUM_DIFFERS.at(where, typed=typed, sum=expected))

    def problem(self, where: str, message: Phrase) -> None:
        """Keep a problem of a cell or a sheet."""
        self.problems.append(Problem(where, message))

    def beside(self, where: str) -> None:
        """Keep a cell that is not read."""
        _note(self._beside, where)

    def every_notice(self) -> tuple[Finding, ...]:
        """Return all there is to know, of cells of one kind together by sheet."""
        found = list(self.notices)
        for kind, places in ((FORMULA, self._formulas), (BESIDE, self._beside)):
            for sheet, cells in places.items():
                shown = ", ".join(cells[:_MOST_NAMED]) + (", ..." if len(cells) > _MOST_NAMED else "")
                found.append(kind.at(sheet, count=len(cells), cells=shown))
        return tuple(found)


def is_empty(cell: Cell, examples: Container[str] = NO_EXAMPLES) -> bool:
    """Return whether a cell says nothing: it is blank, or an example of ours."""
    if cell.error is not None:
        return False
    if isinstance(cell.value, str):
        text = cell.value.strip()
        return not text or text in examples
    return cell.value is None and not cell.has_formula


class Examples:
    """How an example of ours may stand in the cells of a column."""

    def __init__(self, found: Found, column: Column, keys: Keys) -> None:
        self._found, self._column, self._keys = found, column, keys

    def __contains__(self, text: object) -> bool:
        """Return whether a text is the example, in one of the languages of the sheet."""
        return isinstance(text, str) and any(
            text.startswith(translate(EXAMPLE, language).partition("{")[0]) and text in self._in(language)
            for language in self._found.languages
        )

    def _in(self, language: str) -> tuple[str, ...]:
        """Return the example as the form of a language has it, and as it stands in the words of forms."""
        written, field, of = self._column.example, self._column.field, self._found.table.name
        if written is None:
            return ()
        lists = self._keys.lists(language)
        return tuple(example(written, field, of, some, language) for some in (lists, {}))


def _note(places: dict[str, list[str]], where: str) -> None:
    sheet, _, cell = where.rpartition("!")
    places.setdefault(sheet, []).append(cell)
