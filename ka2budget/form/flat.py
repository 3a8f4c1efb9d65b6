"""What a form holds as its tables: one list of rows for each, and amounts by partner; nothing is lost."""

import hashlib
from collections.abc import Iterator
from decimal import Decimal
from operator import attrgetter
from typing import Any, NamedTuple

from ka2budget.errors import NoSuchName, NotAllowed
from ka2budget.form.fields import fields_of, maps_of, matrices_of, tables_of
from ka2budget.form.shape import PARTNERS, PROJECT, SHAPES, Shape, declared, parent_field, shape
from ka2budget.model import Model
from ka2budget.project import Project
from ka2budget.text import Word

Row = dict[str, Any]
"""The values of one row by field; what is not said is not there."""


class Flat(NamedTuple):
    """The rows of all tables, and the amounts of all matrices by row of the list and partner."""

    rows: dict[str, list[Row]]
    amounts: dict[str, dict[str, dict[str, Decimal]]]


def empty(of: Shape) -> Flat:
    """Return the tables of a form with nothing in them."""
    rows: dict[str, list[Row]] = {name: [] for name, one in of.tables.items() if not one.is_matrix}
    return Flat(rows, {name: {} for name, one in of.tables.items() if one.is_matrix})


def flatten(content: Model) -> Flat:
    """Return a project or a report as tables.

    Raises NotAllowed where rows could not be told apart, because ids are used twice, or have no place in the form.
    """
    model = declared(type(content))
    of = shape(next(name for name, one in SHAPES.items() if one is model))
    flat = empty(of)
    flat.rows[of.name] = [row_of(content)]
    for name in tables_of(model):
        _add(flat, of, name, getattr(content, name), None)
    for name in maps_of(model):
        flat.rows[name] = [{"key": one, "number": number} for one, number in attrgetter(name)(content).items()]
    for name, rows in flat.rows.items():
        ids = [row["id"] for row in rows if "id" in row]
        twice = next((one for one in ids if ids.count(one) > 1), None)
        if twice is not None:
            title = of.tables[name].words.title
            raise NotAllowed(
                "The id {twice} is used twice among {title}; a form tells its rows apart by their ids",
                twice=twice, title=title,
            )  # fmt: skip
    return flat


def part_of(project: Project, partner: str) -> Project:
    """Return what of a project concerns one partner; raise NoSuchName where there is none of that id."""
    ids = [one.id for one in project.partners]
    if partner not in ids:
        raise NoSuchName("partner", partner, ids)
    part: Project = _part(project, partner)
    return part.model_copy(update={PARTNERS: tuple(one for one in project.partners if one.id == partner)})


def digests(project: Project, part: str | None) -> tuple[str, str, str]:
    """Return short digests of the whole, of what is the partner's own, and of what is the others' to say."""
    flat = flatten(project)
    own: list[tuple[tuple[str, ...], str]] = []
    others: list[tuple[tuple[str, ...], str]] = []
    for place, value in _values(flat):
        (own if part is not None and place[0] == part else others).append((place, value))
    everything = sorted(own + others)
    return _digest(everything), _digest(sorted(own)), _digest(sorted(one for one in others if not _is_foreign(one[0])))


def _add(flat: Flat, of: Shape, name: str, items: tuple[Model, ...], parent: tuple[str, str] | None) -> None:
    """Add the rows of a list; ``parent`` is the list and the id of the row they are part of."""
    table = of.tables[name]
    if items and parent is not None and parent[0] != table.parent:
        title = Word(of.tables[parent[0]].words.title)
        raise NotAllowed("A form has no place for {name} of {title}", name=Word(table.words.title), title=title)
    for item in items:
        row = row_of(item)
        if parent is not None:
            row = {parent_field(table): parent[1]} | row
        flat.rows[name].append(row)
        for matrix in matrices_of(type(item)):
            shares = getattr(item, matrix)
            if shares:
                flat.amounts[f"{name}.{matrix}"][row["id"]] = dict(shares)
        for inner in tables_of(type(item)):
            _add(flat, of, inner, getattr(item, inner), (name, row["id"]))


def row_of(item: Model) -> Row:
    """Return the values of a model that stand in one row."""
    values = ((name, attrgetter(name)(item)) for name in fields_of(declared(type(item))))
    return {name: value for name, value in values if value is not None and value is not False and value != ()}


def _part(item: Model, partner: str) -> Any:  # noqa: ANN401 - the kind of model that went in
    updates: dict[str, Any] = {}
    for name, model in tables_of(declared(type(item))).items():
        rows = getattr(item, name)
        if "partner" in model.model_fields:
            updates[name] = tuple(one for one in rows if one.partner == partner)
        elif name != PARTNERS:
            updates[name] = tuple(_part(one, partner) for one in rows)
    for name in matrices_of(type(item)):
        updates[name] = {who: amount for who, amount in getattr(item, name).items() if who == partner}
    return item.model_copy(update=updates)


def _values(flat: Flat) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield every value with its place: table, row, field or partner; rows without an id by partner."""
    for name, rows in flat.rows.items():
        for row in rows:
            for field, value in row.items():
                if "id" in row or name == PROJECT:
                    key = ("partner", str(row["id"])) if name == PARTNERS else ("row", str(row.get("id", "")))
                    owner = str(row["id"]) if name == PARTNERS else ""
                    yield (owner, name, *key, field), said(value)
            if "id" not in row and name != PROJECT:
                yield (str(row.get("partner", "")), name, repr([(one, said(row[one])) for one in row])), ""
    for name, matrix in flat.amounts.items():
        for row_id, amounts in matrix.items():
            for who, amount in amounts.items():
                yield (who, name, row_id), said(amount)


def _is_foreign(place: tuple[str, ...]) -> bool:
    """Return whether a value is another partner's own, which a form of one partner does not show."""
    return place[0] != ""


def said(value: Any) -> str:  # noqa: ANN401 - a value of any field
    """Return a value as it is compared: numbers without noughts behind them, texts without blanks around them."""
    return f"{value.normalize():f}" if isinstance(value, Decimal) else str(value).strip()


def _digest(values: list[tuple[tuple[str, ...], str]]) -> str:
    return hashlib.sha256(repr(values).encode()).hexdigest()[:12]
