"""Formulas of a layout: written with names, calculated in Decimal, and spelled with addresses for the spreadsheet."""

import ast
import operator
import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import partial
from typing import NamedTuple

from ka2budget.money import cents, total

_REFERENCE = re.compile(r"\{(?:(?P<block>[a-z_]+)!)?(?P<column>[a-z_]+|\$)(?:@(?P<row>[a-z_]+))?\}")
_FORMS = "{column}, {column@row}, {block!column} or {block!column@row}"
_SIGNS = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv}

Numbers = Sequence[tuple[Decimal, ...]]
"""What stands in the cells of each reference of a formula; one number where it names one cell."""
_Node = Callable[[Numbers], Decimal]


class Reference(NamedTuple):
    """Cells by name: of this block or another one, a column, and a row; without a row, the one the formula stands in.

    The column ``$`` is the one with the key of this row, ``all`` every column of a matrix. The row ``all`` is every
    row, ``group`` the rows that belong to this one; any other name is a row below the list, such as ``total``.
    """

    block: str | None
    column: str
    row: str | None

    @property
    def is_range(self) -> bool:
        """Whether it names several cells, which only SUM takes."""
        return self.column == "all" or self.row in {"all", "group"}


class Formula(NamedTuple):
    """A formula of a layout, with the texts around its references."""

    texts: tuple[str, ...]
    """One more than there are references."""
    references: tuple[Reference, ...]
    node: _Node

    def value(self, numbers: Numbers) -> Decimal | None:
        """Return what the formula gives for the numbers of its references; None where it divides by zero."""
        try:
            return self.node(numbers)
        except ArithmeticError:
            return None

    def spelled(self, addresses: Sequence[str]) -> str:
        """Return the formula for a cell, with the addresses of its references."""
        pairs = zip(self.texts, (*addresses, ""), strict=True)
        return "=" + "".join(text + address for text, address in pairs)


def parse(text: object) -> Formula:
    """Return the formula a layout gives as text; raise ValueError, which says what a formula may hold.

    It may add, subtract, multiply and divide, take the SUM of a range, and ROUND to 2 decimals.
    """
    if not isinstance(text, str):
        raise ValueError("a formula is text, such as '{amount} / {amount@total}'")  # noqa: TRY004 - pydantic collects these
    references = tuple(Reference(**found.groupdict()) for found in _REFERENCE.finditer(text))
    if len(references) != text.count("{"):
        raise ValueError(f"{text!r} has a reference that is not of the form {_FORMS}")
    texts = tuple(_REFERENCE.split(text)[:: _REFERENCE.groups + 1])
    plain = "".join(f"{part}_{number}" for number, part in enumerate(texts[:-1])) + texts[-1]
    try:
        node = _node(ast.parse(plain, mode="eval").body, references)
    except SyntaxError:
        raise ValueError(f"{text!r} is not a formula") from None
    return Formula(texts, references, node)


def total_of(reference: Reference, *, of_nothing: bool) -> Formula:
    """Return the formula that adds up a range; where all its cells are empty, their sum is 0 or there is none."""

    def node(numbers: Numbers) -> Decimal:
        if not numbers[0] and not of_nothing:
            raise ArithmeticError
        return total(numbers[0])

    return Formula(("SUM(", ")"), (reference,), node)


def _node(node: ast.expr, references: tuple[Reference, ...]) -> _Node:
    match node:
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _SIGNS:
            sign, one, other = _SIGNS[type(op)], _node(left, references), _node(right, references)
            return lambda numbers: sign(one(numbers), other(numbers))
        case ast.Constant(value=int(number)):
            constant = Decimal(number)
            return lambda _: constant
        case ast.Name(id=name) if (place := _place(name, references)) is not None and not references[place].is_range:
            return partial(_only, place)
        case ast.Call(func=ast.Name(id="SUM"), args=[ast.Name(id=name)], keywords=[]):
            if (range_ := _place(name, references)) is not None and references[range_].is_range:
                return lambda numbers: total(numbers[range_])
        case ast.Call(func=ast.Name(id="ROUND"), args=[inner, ast.Constant(value=2)], keywords=[]):
            exact = _node(inner, references)
            return lambda numbers: cents(exact(numbers))
    raise ValueError("a formula has + - * /, whole numbers, references to one cell, SUM of a range and ROUND(..., 2)")


def _only(place: int, numbers: Numbers) -> Decimal:
    return numbers[place][0]


def _place(name: str, references: tuple[Reference, ...]) -> int | None:
    """Return which reference stands behind a placeholder such as ``_0``."""
    number = name.removeprefix("_")
    return int(number) if number.isdigit() and name != number and int(number) < len(references) else None
