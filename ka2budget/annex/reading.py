"""Layout files read once, and refused with file and place where a name in them means nothing."""

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from ka2budget.annex import detailed, estimate, outcome, units
from ka2budget.annex.content import Vocabulary
from ka2budget.annex.formula import Formula, Reference
from ka2budget.annex.layout import RESERVED, AnyBlock, Below, Card, Chart, Column, Foot, Layout, Matrix, Sheet, Table
from ka2budget.annex.layout_file import line_of_block, read_file
from ka2budget.errors import Problem, Unreadable
from ka2budget.files import TEMPLATES, named
from ka2budget.text import Phrase, message, phrase

LAYOUTS = TEMPLATES / "annexes"
_VOCABULARIES = {
    "budget": estimate.VOCABULARY,
    "budget-costs": detailed.VOCABULARY,
    "budget-units": units.VOCABULARY,
    "final": outcome.VOCABULARY,
}
_Spot = tuple[str, str, str]
"""Block, column and row of a formula; for all rows of a list the row is empty."""


@cache
def read_layout(folder: Path, kind: str, structure: str) -> Layout:
    """Return the layout of a budget or final annex with the sheets it shares, read once.

    What the folder has wins over ours. Raises NoSuchName where it has a layout that no annex is made from, and
    Unreadable with every problem of a file.
    """
    _only_ours(folder)
    path = _file(folder, f"{kind}-{structure}")
    own = read_file(path, Layout)
    shared = {name: _file(folder, f"shared-{name}") for name in own.shared}
    whole = own.model_copy(update={"sheets": (*own.sheets, *(read_file(file, Sheet) for file in shared.values()))})
    files = [path] * len(own.sheets) + list(shared.values())
    vocabulary = _VOCABULARIES.get(f"{kind}-{structure}", _VOCABULARIES[kind])
    for file in dict.fromkeys(files):
        sheets = [sheet for sheet, its_file in zip(whole.sheets, files, strict=True) if its_file == file]
        problems = [_with_line(one, file) for sheet in sheets for one in _problems(sheet, whole, vocabulary)]
        if problems:
            raise Unreadable(file, problems)
    try:
        TopologicalSorter(_needs(whole)).prepare()
    except CycleError as error:
        circle = " <- ".join("/".join(filter(None, spot)) for spot in error.args[1])
        said = phrase("formulas refer to one another in a circle: {circle}", circle=circle)
        raise Unreadable(path, [Problem("/sheets", said)]) from None
    return whole


def _only_ours(folder: Path) -> None:
    """Raise NoSuchName for a layout by a name of its own, which would be left out in silence."""
    for path in sorted(folder.glob("*.toml")):
        named(LAYOUTS, path.stem, ".toml", message("layout"))


def _file(folder: Path, name: str) -> Path:
    own = folder / f"{name}.toml"
    return own if own.exists() else named(LAYOUTS, name, ".toml", message("layout"))


def _with_line(problem: Problem, file: Path) -> Problem:
    _, _, block, *_ = [*problem.where.split("/"), "", ""]
    return Problem(f"{line_of_block(file, block)}:{problem.where}", problem.message)


def _problems(sheet: Sheet, whole: Layout, vocabulary: Vocabulary) -> Iterator[Problem]:
    """Yield what the shape of a sheet cannot tell: names that are used twice, or that nothing has."""
    place = f"/{sheet.name}"
    if sum(other.name.casefold() == sheet.name.casefold() for other in whole.sheets) > 1:
        yield Problem(place, phrase("the name {name!r} is given to two sheets", name=sheet.name))
    for block in sheet.blocks:
        where = f"{place}/{block.id}"
        if sum(other.id == block.id for one in whole.sheets for other in one.blocks) > 1:
            yield Problem(where, phrase("the id {id!r} is given to two blocks", id=block.id))
        yield from _block_problems(where, block, whole, vocabulary)


def _block_problems(where: str, block: AnyBlock, whole: Layout, vocabulary: Vocabulary) -> Iterator[Problem]:
    is_matrix = isinstance(block, Matrix)
    known = [name for name, fields in vocabulary.items() if (fields is None) == is_matrix]
    if block.source not in known:
        said = phrase("there is no {source!r} to show; there is {known}", source=block.source, known=known)
        yield Problem(f"{where}/source", said)
    elif isinstance(block, Chart):
        yield from _chart_problems(where, block, whole)
    elif isinstance(block, Matrix):
        for below in block.below:
            yield from _unresolved(f"{where}/{below.name}/formula", below.formula, block, whole)
            yield from _below_problems(f"{where}/{below.name}/needs", below, vocabulary["project"] or ())
    else:
        yield from _list_problems(where, block, whole, vocabulary[block.source] or ())


def _list_problems(where: str, block: Card | Table, whole: Layout, fields: tuple[str, ...]) -> Iterator[Problem]:
    for column in block.columns:
        yield from _column_problems(f"{where}/{column.key or column.label}", column, fields)
        for formula in column.formula:
            yield from _unresolved(f"{where}/{column.key}/formula", formula, block, whole)
    for key, times in Counter(column.key for column in block.columns).items():
        if key in RESERVED:
            yield Problem(where, phrase("the name {name!r} is reserved", name=key))
        elif times > 1:
            yield Problem(where, phrase("the name {name!r} is given twice", name=key))
    if isinstance(block, Table) and block.by is not None and block.by not in fields:
        said = phrase("there is no field {field!r}; there is {fields}", field=block.by, fields=fields)
        yield Problem(f"{where}/by", said)
    for foot in block.below if isinstance(block, Table) else ():
        yield from _foot_problems(f"{where}/{foot.name}", foot, [column.key for column in block.columns])
        for key, formula in foot.formulas.items():
            yield from _unresolved(f"{where}/{foot.name}/{key}", formula, block, whole)


def _chart_problems(where: str, block: Chart, whole: Layout) -> Iterator[Problem]:
    table = whole.blocks.get(block.of)
    if not isinstance(table, Table) or table.source != block.source:
        tables = [name for name, one in whole.blocks.items() if isinstance(one, Table) and one.source == block.source]
        said = phrase(
            "there is no table {table!r} of {source}; there is {tables}",
            table=block.of, source=block.source, tables=tables,
        )  # fmt: skip
        yield Problem(f"{where}/of", said)
        return
    names = {name for column in table.columns for name in (column.field, column.name) if name}
    for key in ("labels", "values"):
        if getattr(block, key) not in names:
            said = _no_column(block.of, getattr(block, key), sorted(names))
            yield Problem(f"{where}/{key}", said)


def _below_problems(where: str, below: Below, fields: tuple[str, ...]) -> Iterator[Problem]:
    if below.needs is not None and below.needs not in fields:
        said = phrase("the project has no field {field!r}; it has {fields}", field=below.needs, fields=fields)
        yield Problem(where, said)


def _foot_problems(where: str, foot: Foot, columns: list[str]) -> Iterator[Problem]:
    if foot.name in RESERVED:
        yield Problem(where, phrase("the name {name!r} is reserved", name=foot.name))
    for key in foot.formulas:
        if key not in columns[1:]:
            beside = columns[1:]
            said = phrase(
                "there is no column {column!r} beside a label; there is {columns}", column=key, columns=beside
            )
            yield Problem(where, said)


def _column_problems(where: str, column: Column, fields: tuple[str, ...]) -> Iterator[Problem]:
    if column.field is None and (not column.formula or column.name is None):
        yield Problem(where, phrase("needs a field, or a formula and a name"))
    for field in (column.field, column.remark):
        if field is not None and field not in fields:
            said = phrase("there is no field {field!r}; there is {fields}", field=field, fields=fields)
            yield Problem(where, said)


def _unresolved(where: str, formula: Formula, home: AnyBlock, whole: Layout) -> Iterator[Problem]:
    blocks = whole.blocks
    for reference in formula.references:
        block = home if reference.block is None else blocks.get(reference.block)
        if block is None:
            said = phrase("there is no block {block!r}; there is {blocks}", block=reference.block, blocks=tuple(blocks))
            yield Problem(where, said)
            continue
        if isinstance(block, Matrix):
            columns, rows = ["$", "all", "total"], ["total", *(below.name for below in block.below)]
        else:
            columns = [column.key for column in block.columns]
            feet = block.below if isinstance(block, Table) else ()
            rows = ["all", "group", "total", *(foot.name for foot in feet)] if isinstance(block, Table) else []
            if any(column.key == reference.column and column.is_plain for column in block.columns):
                said = phrase(
                    "{block} shows {column!r} as words; give it a name", block=block.id, column=reference.column
                )
                yield Problem(where, said)
        if reference.column not in columns:
            yield Problem(where, _no_column(block.id, reference.column, columns))
        if reference.row is not None and reference.row not in rows:
            said = phrase(
                "{block} has no row {row!r}; it has {rows}" if rows else "{block} has no row {row!r}, nor any by name",
                block=block.id, row=reference.row, rows=rows,
            )  # fmt: skip
            yield Problem(where, said)


def _no_column(block: str, column: str, columns: Sequence[str]) -> Phrase:
    return phrase(
        "{block} has no column {column!r}; it has {columns}", block=block, column=column, columns=tuple(columns)
    )


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
