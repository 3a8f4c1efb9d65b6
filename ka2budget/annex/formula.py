"""Formulas of a layout: written with names, calculated in Decimal, and spelled with addresses for the spreadsheet."""

import ast
import operator
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from functools import partial
from typing import NamedTuple

from ka2budget.money import cents, total
from ka2budget.text import phrase

_REFERENCE = re.compile(r"\{(?:(?P<block>[a-z_]+)!)?(?P<column>[a-z_]+|\$)(?:@(?P<row>[a-z_]+))?\}")
_FORMS = ("{column}", "{column@row}", "{block!column}", "{block!column@row}")
_EXAMPLE = "{amount} / {amount@total}"
_SIGNS = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv}

_BOUNDS: dict[str, Callable[[Decimal, Decimal], Decimal]] = {"MIN": min, "MAX": max}

Entry = Decimal | str | None
"""What stands in a cell."""
Entries = Sequence[tuple[Entry, ...]]
"""What stands in the cells of each reference of a formula."""
_Node = Callable[[Entries], Decimal]


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
        """Whether it names several cells, which only SUM and SUMPRODUCT take."""
        return self.column == "all" or self.row in {"all", "group"}


class Formula(NamedTuple):
    """A formula of a layout, with the texts around its references."""

    texts: tuple[str, ...]
    """One more than there are references."""
    references: tuple[Reference, ...]
    node: _Node

    def value(self, entries: Entries) -> Decimal | None:
        """Return what the formula gives for what its references hold; None where it lacks a number or divides by 0."""
        try:
            return self.node(entries)
        except ArithmeticError:
            return None

    def spelled(self, addresses: Sequence[str]) -> str:
        """Return the formula for a cell, with the addresses of its references."""
        pairs = zip(self.texts, (*addresses, ""), strict=True)
        return "=" + "".join(text + address for text, address in pairs)


def parse(text: object) -> Formula:
    """Return the formula a layout gives as text; raise ValueError, which says what a formula may hold.

    It may add, subtract, multiply and divide, take the SUM of a range, the MIN or MAX of two numbers, and ROUND to 2
    decimals. ``SUMPRODUCT((range == cell) * range)`` adds up the cells beside those that hold the same text, and
    ``SUMPRODUCT((LEFT(range, LEN(cell)) == cell) * range)`` those beside texts that begin with it.
    """
    if not isinstance(text, str):
        raise ValueError(phrase("a formula is text, such as {example!r}", example=_EXAMPLE))  # noqa: TRY004 - pydantic collects these
    references = tuple(Reference(**found.groupdict()) for found in _REFERENCE.finditer(text))
    if len(references) != text.count("{"):
        raise ValueError(
            phrase("{text!r} has a reference that is not of the form of any of these: {forms}", text=text, forms=_FORMS)
        )
    texts = tuple(_REFERENCE.split(text)[:: _REFERENCE.groups + 1])
    plain = "".join(f"{part}_{number}" for number, part in enumerate(texts[:-1])) + texts[-1]
    try:
        node = _node(ast.parse(plain, mode="eval").body, references)
    except SyntaxError:
        raise ValueError(phrase("{text!r} is not a formula", text=text)) from None
    return Formula(tuple(part.replace("==", "=") for part in texts), references, node)


def parse_several(texts: object) -> tuple[Formula, ...]:
    """Return the formulas a layout gives as a list, of which the first that fits is written, or the one it gives."""
    return tuple(parse(text) for text in texts) if isinstance(texts, list) and texts else (parse(texts),)


def total_of(reference: Reference, *, of_nothing: bool, rounded: bool = False) -> Formula:
    """Return the formula that adds up a range; where all its cells are empty, their sum is 0 or there is none.

    Rounded, it leaves no trace such as -0.00 where amounts above and below 0 make nothing.
    """

    def node(entries: Entries) -> Decimal:
        numbers = tuple(_numbers(entries[0]))
        if not numbers and not of_nothing:
            raise ArithmeticError
        return cents(total(numbers)) if rounded else total(numbers)

    return Formula(("ROUND(SUM(", "), 2)") if rounded else ("SUM(", ")"), (reference,), node)


def _node(node: ast.expr, references: tuple[Reference, ...]) -> _Node:
    match node:
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _SIGNS:
            sign, one, other = _SIGNS[type(op)], _node(left, references), _node(right, references)
            return lambda entries: sign(one(entries), other(entries))
        case ast.Constant(value=int(number)):
            constant = Decimal(number)
            return lambda _: constant
        case ast.Name(id=name) if (place := _place(name, references)) is not None and not references[place].is_range:
            return partial(_only, place)
        case ast.Call(func=ast.Name(id="SUM"), args=[ast.Name(id=name)], keywords=[]):
            if (range_ := _place(name, references)) is not None and references[range_].is_range:
                return lambda entries: total(_numbers(entries[range_]))
        case ast.Call(func=ast.Name(id="ROUND"), args=[inner, ast.Constant(value=2)], keywords=[]):
            exact = _node(inner, references)
            return lambda entries: cents(exact(entries))
        case ast.Call(func=ast.Name(id="MIN" | "MAX" as name), args=[left, right], keywords=[]):
            bound, one, other = _BOUNDS[name], _node(left, references), _node(right, references)
            return lambda entries: bound(one(entries), other(entries))
        case ast.Call(
            func=ast.Name(id="SUMPRODUCT"),
            args=[
                ast.BinOp(
                    left=ast.Compare(left=beside, ops=[ast.Eq()], comparators=[ast.Name(id=cell)]),
                    op=ast.Mult(),
                    right=ast.Name(id=name),
                )
            ],
            keywords=[],
        ):
            texts, length = _texts(beside)
            places = [_place(one, references) for one in (texts, cell, name, length or cell)]
            found = [place for place in places if place is not None]
            ranges = [references[place].is_range for place in found]
            if ranges == [True, False, True, False] and references[found[1]] == references[found[3]]:
                return partial(_beside, length is not None, found[:3])
    raise ValueError(
        phrase(
            "a formula has + - * /, whole numbers, references to one cell, SUM of a range, MIN and MAX of two numbers, "
            "ROUND(..., 2), and SUMPRODUCT((range == cell) * range) or with LEFT(range, LEN(cell)) for the first range"
        )
    )


def _texts(node: ast.expr) -> tuple[str, str | None]:
    """Return the placeholder of a range of texts, and of the text with whose length their beginnings are taken."""
    match node:
        case ast.Name(id=name):
            return name, None
        case ast.Call(
            func=ast.Name(id="LEFT"),
            args=[ast.Name(id=name), ast.Call(func=ast.Name(id="LEN"), args=[ast.Name(id=length)], keywords=[])],
            keywords=[],
        ):
            return name, length
    return "", None


def _beside(beginning: bool, places: Sequence[int], entries: Entries) -> Decimal:  # noqa: FBT001 - which of two forms
    """Return the sum of the amounts whose text is, or begins with, the wanted one; capitals count as small letters."""
    texts, (wanted, *_), amounts = (entries[place] for place in places)
    if not isinstance(wanted, str) or len(texts) != len(amounts):
        raise ArithmeticError
    text = wanted.casefold()
    found = (str(one or "")[: len(text) if beginning else None].casefold() for one in texts)
    return total(_numbers(amount for amount, one in zip(amounts, found, strict=True) if one == text))


def _numbers(entries: Iterable[Entry]) -> Iterator[Decimal]:
    return (entry for entry in entries if isinstance(entry, Decimal))


def _only(place: int, entries: Entries) -> Decimal:
    entry = entries[place][0]
    if not isinstance(entry, Decimal):
        raise ArithmeticError  # noqa: TRY004 - an empty cell is no mistake; there is nothing to calculate with
    return entry


def _place(name: str, references: tuple[Reference, ...]) -> int | None:
    """Return which reference stands behind a placeholder such as ``_0``."""
    number = name.removeprefix("_")
    return int(number) if number.isdigit() and name != number and int(number) < len(references) else None
