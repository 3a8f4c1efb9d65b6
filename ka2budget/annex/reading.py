"""Layout files read once, and refused with file and place where a name in them means nothing."""

import tomllib
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from ka2budget.annex import detailed, estimate, outcome, units
from ka2budget.annex.content import Vocabulary
from ka2budget.annex.formula import Formula, Reference
from ka2budget.annex.layout import RESERVED, AnyBlock, Below, Column, Foot, Layout, Matrix, Sheet, Table
from ka2budget.errors import Problem, Unreadable
from ka2budget.files import named
from ka2budget.model import Model

_VOCABULARIES = {
    "budget": estimate.VOCABULARY,
    "budget-costs": detailed.VOCABULARY,
    "budget-units": units.VOCABULARY,
    "final": outcome.VOCABULARY,
}
_M = TypeVar("_M", bound=Model)
_Spot = tuple[str, str, str]
"""Block, column and row of a formula; for all rows of a list the row is empty."""


@cache
def read_layout(folder: Path, kind: str, structure: str) -> Layout:
    """Return the layout of a budget or final annex with the sheets it shares, read once.

    Raises NoSuchName where the folder has none, and Unreadable with every problem of a file.
    """
    path = named(folder, f"{kind}-{structure}", ".toml", "layout")
    own = _read(path, Layout)
    shared = {name: named(folder, f"shared-{name}", ".toml", "shared sheet") for name in own.shared}
    whole = own.model_copy(update={"sheets": (*own.sheets, *(_read(file, Sheet) for file in shared.values()))})
    files = [path] * len(own.sheets) + list(shared.values())
    vocabulary = _VOCABULARIES.get(f"{kind}-{structure}", _VOCABULARIES[kind])
    for file in dict.fromkeys(files):
        sheets = [sheet for sheet, its_file in zip(whole.sheets, files, strict=True) if its_file == file]
        problems = [problem for sheet in sheets for problem in _problems(sheet, whole, vocabulary)]
        if problems:
            raise Unreadable(file, problems)
    try:
        TopologicalSorter(_needs(whole)).prepare()
    except CycleError as error:
        circle = " <- ".join("/".join(filter(None, spot)) for spot in error.args[1])
        raise Unreadable(path, [Problem("/sheets", f"formulas refer to one another in a circle: {circle}")]) from None
    return whole


def _read(path: Path, model: type[_M]) -> _M:
    try:
        return model.model_validate(tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal))
    except ValidationError as error:
        details = error.errors(include_url=False, include_context=False)
        places = ["/" + "/".join(map(str, one["loc"])) for one in details]
        messages = [one["msg"].removeprefix("Value error, ") for one in details]
        raise Unreadable(path, [Problem(*pair) for pair in zip(places, messages, strict=True)]) from None
    except (OSError, ValueError) as error:
        raise Unreadable(path, [Problem("/", f"cannot be read: {error}")]) from None


def _problems(sheet: Sheet, whole: Layout, vocabulary: Vocabulary) -> Iterator[Problem]:
    """Yield what the shape of a sheet cannot tell: names that are used twice, or that nothing has."""
    place = f"/{sheet.name}"
    if sum(other.name.casefold() == sheet.name.casefold() for other in whole.sheets) > 1:
        yield Problem(place, f"the name {sheet.name!r} is given to two sheets")
    for block in sheet.blocks:
        where = f"{place}/{block.id}"
        if sum(other.id == block.id for one in whole.sheets for other in one.blocks) > 1:
            yield Problem(where, f"the id {block.id!r} is given to two blocks")
        yield from _block_problems(where, block, whole, vocabulary)


def _block_problems(where: str, block: AnyBlock, whole: Layout, vocabulary: Vocabulary) -> Iterator[Problem]:
    is_matrix = isinstance(block, Matrix)
    known = [name for name, fields in vocabulary.items() if (fields is None) == is_matrix]
    if block.source not in known:
        yield Problem(f"{where}/source", f"there is no {block.source!r} to show; there is {', '.join(known)}")
    elif isinstance(block, Matrix):
        for below in block.below:
            yield from _unresolved(f"{where}/{below.name}/formula", below.formula, block, whole)
            yield from _below_problems(f"{where}/{below.name}/needs", below, vocabulary["project"] or ())
    else:
        for column in block.columns:
            yield from _column_problems(f"{where}/{column.key or column.label}", column, vocabulary[block.source] or ())
            for formula in column.formula:
                yield from _unresolved(f"{where}/{column.key}/formula", formula, block, whole)
        for key, times in Counter(column.key for column in block.columns).items():
            if times > 1 or key in RESERVED:
                yield Problem(where, f"the name {key!r} is {'reserved' if key in RESERVED else 'given twice'}")
        for foot in block.below if isinstance(block, Table) else ():
            yield from _foot_problems(f"{where}/{foot.name}", foot, [column.key for column in block.columns])
            for key, formula in foot.formulas.items():
                yield from _unresolved(f"{where}/{foot.name}/{key}", formula, block, whole)


def _below_problems(where: str, below: Below, fields: tuple[str, ...]) -> Iterator[Problem]:
    if below.needs is not None and below.needs not in fields:
        yield Problem(where, f"the project has no field {below.needs!r}; it has {', '.join(fields)}")


def _foot_problems(where: str, foot: Foot, columns: list[str]) -> Iterator[Problem]:
    if foot.name in RESERVED:
        yield Problem(where, f"the name {foot.name!r} is reserved")
    for key in foot.formulas:
        if key not in columns[1:]:
            yield Problem(where, f"there is no column {key!r} beside a label; there is {', '.join(columns[1:])}")


def _column_problems(where: str, column: Column, fields: tuple[str, ...]) -> Iterator[Problem]:
    if column.field is None and (not column.formula or column.name is None):
        yield Problem(where, "needs a field, or a formula and a name")
    for field in (column.field, column.remark):
        if field is not None and field not in fields:
            yield Problem(where, f"there is no field {field!r}; there is {', '.join(fields)}")


def _unresolved(where: str, formula: Formula, home: AnyBlock, whole: Layout) -> Iterator[Problem]:
    blocks = whole.blocks
    for reference in formula.references:
        block = home if reference.block is None else blocks.get(reference.block)
        if block is None:
            yield Problem(where, f"there is no block {reference.block!r}; there is {', '.join(blocks)}")
            continue
        if isinstance(block, Matrix):
            columns, rows = ["$", "all", "total"], ["total", *(below.name for below in block.below)]
        else:
            columns = [column.key for column in block.columns]
            feet = block.below if isinstance(block, Table) else ()
            rows = ["all", "group", "total", *(foot.name for foot in feet)] if isinstance(block, Table) else []
            if any(column.key == reference.column and column.is_plain for column in block.columns):
                yield Problem(where, f"{block.id} shows {reference.column!r} as words; give it a name")
        if reference.column not in columns:
            yield Problem(where, f"{block.id} has no column {reference.column!r}; it has {', '.join(columns)}")
        if reference.row is not None and reference.row not in rows:
            yield Problem(where, f"{block.id} has no row {reference.row!r}; it has {', '.join(rows) or 'none by name'}")


def _needs(whole: Layout) -> dict[_Spot, set[_Spot]]:
    """Return for every formula the places it needs."""
    needs: dict[_Spot, set[_Spot]] = {}
    for name, block in whole.blocks.items():
        if isinstance(block, Matrix):
            for spot in ((name, "total", ""), (name, "$", "total"), (name, "total", "total")):
                needs[spot] = {(name, "$", "")}
            for below in block.below:
                found = {_spot(name, reference) for reference in below.formula.references}
                needs |= {(name, column, below.name): found for column in ("$", "total")}
            continue
        for column in block.columns:
            references = [reference for formula in column.formula for reference in formula.references]
            needs[name, column.key, ""] = {_spot(name, reference) for reference in references}
            needs[name, column.key, "total"] = {(name, column.key, "")}
        for foot in block.below if isinstance(block, Table) else ():
            for key, formula in foot.formulas.items():
                needs[name, key, foot.name] = {_spot(name, reference, foot.name) for reference in formula.references}
    return needs


def _spot(home: str, reference: Reference, foot: str = "") -> _Spot:
    row = "" if reference.row in {"all", "group"} else reference.row or ("" if reference.block else foot)
    return reference.block or home, "$" if reference.column == "all" else reference.column, row
